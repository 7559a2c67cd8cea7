"""The processes of a comparison: one for limpide and one for each peer, all there from the beginning.

Libraries in one process would disturb one another with their threads; in processes that only wait,
they do not. One is asked at a time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any

# Read by BLAS, OpenMP, numba and limpide when they are loaded.
THREAD_VARIABLES = (
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OMP_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "LIMPIDE_THREADS",
)
# Threads that watch for more work after theirs is done would take the cores from whoever is next: OpenBLAS
# watches for 2**22 cycles then, about a millisecond, Intel's OpenMP for one.
SLEEP_SOON = {"OPENBLAS_THREAD_TIMEOUT": "22", "KMP_BLOCKTIME": "1"}
LAST_LINES = 5


class Member:
    """A worker, seen from here. failed: why it cannot be asked any more, else empty."""

    def __init__(self, name: str, threads: int):
        self.name, self.version, self.failed = name, "", ""
        self.log: IO[str] = tempfile.TemporaryFile("w+")  # noqa: SIM115
        environment = os.environ | dict.fromkeys(THREAD_VARIABLES, str(threads)) | SLEEP_SOON
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        with on_cores(threads):
            self.process = subprocess.Popen(
                [sys.executable, "-m", "limpide.bench.worker", name, str(threads)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self.log,
                text=True,
                env=environment,
                start_new_session=True,  # Ctrl-C is for the command alone
            )

    def greet(self) -> None:
        """Wait until the library is loaded."""
        answer = self.answer()
        self.version, self.failed = answer.get("version", ""), answer.get("error", "")

    def ask(self, do: str, **what: object) -> Any:
        """One question, one answer; `{"error": ...}` where it failed."""
        if self.failed:
            return {"error": self.failed}
        assert self.process.stdin is not None
        try:
            print(json.dumps({"do": do, **what}), file=self.process.stdin, flush=True)
        except OSError:
            return self.ended()
        return self.answer()

    def answer(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        return json.loads(line) if line else self.ended()

    def ended(self) -> dict[str, str]:
        """It is gone: say so from now on."""
        self.log.seek(0)
        last = self.log.read().strip().split("\n")[-LAST_LINES:]
        self.failed = f"its process ended ({self.process.wait()}): {' '.join(last)}"
        return {"error": self.failed}

    def stop(self) -> None:
        self.process.kill()
        self.process.communicate()
        self.log.close()


@contextmanager
def team(names: Sequence[str], threads: int) -> Iterator[list[Member]]:
    """The workers of these libraries, started and greeted one after the other; stopped at the end."""
    members: list[Member] = []
    try:
        for name in names:
            members.append(Member(name, threads))
            members[-1].greet()
        yield members
    finally:
        for member in members:
            member.stop()


@contextmanager
def on_cores(count: int) -> Iterator[None]:
    """Processes started in here may use that many cores only, where the system can tell them."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    all_of_them = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(all_of_them)[:count])
    try:
        yield
    finally:
        os.sched_setaffinity(0, all_of_them)
