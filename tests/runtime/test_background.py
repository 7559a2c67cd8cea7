"""NumPy answers while the compiler works: the same state, errors in time, clean ends."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import limpide as lp
from codegen.programs import configured
from limpide import random
from limpide.compile import CompiledFunction
from limpide.config import config
from limpide.errors import CompilerError
from limpide.runtime import native, toolchain
from limpide.runtime.background import Background
from limpide.runtime.execute import NativeFunction

pytestmark = [
    pytest.mark.skipif(toolchain.find() is None, reason="no C compiler"),
    pytest.mark.skipif(os.name != "posix", reason="a compiler that is a shell script"),
]


@pytest.fixture
def slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A compiler that waits, as long as the file that is returned is there, before it compiles a function."""
    gate, script = tmp_path / "gate", tmp_path / "slow-cc"
    command = shlex.join(toolchain.require().command)
    script.write_text(
        f'#!/bin/sh\ncase "$*" in *background*) while [ -e {gate} ]; do sleep 0.02; done;; esac\n'
        f'exec {command} "$@"\n'
    )
    script.chmod(0o755)
    monkeypatch.setenv("CC", str(script))
    toolchain.forget()
    gate.write_text("")
    return gate


@pytest.fixture(autouse=True)
def background() -> Iterator[None]:
    config.background = True
    with configured():
        yield
    config.background = False


def built(f: CompiledFunction) -> Any:
    return next(iter(f.function.versions.values()))


def counting() -> tuple[CompiledFunction, Any]:
    x = lp.input("x", (3,))
    w = lp.parameter(np.zeros(3, np.float32), name="w")
    return lp.function([x], [x + w, random.uniform(size=2)], [(w, w + x)], name="background"), w


def test_answers_come_before_the_compiler_is_done(slow: Path) -> None:
    f, w = counting()
    ones = np.ones(3, np.float32)
    for n in range(3):
        np.testing.assert_array_equal(f(ones)[0], np.full(3, 1 + n))
    run = built(f)
    assert isinstance(run, Background)
    assert run.ready is None
    assert run.compiling
    slow.unlink()
    run.wait()
    for n in range(3, 6):
        np.testing.assert_array_equal(f(ones)[0], np.full(3, 1 + n))
    assert isinstance(run.ready, NativeFunction)
    np.testing.assert_array_equal(w.numpy(), np.full(3, 6))


def test_random_numbers_go_on_where_they_were(slow: Path) -> None:
    def numbers(switch: bool) -> Any:
        generator = random.Generator(5)

        @lp.compile
        def background() -> Any:
            return generator.uniform(size=4)

        found = [background().numpy() for _ in range(3)]
        if switch:
            slow.unlink()
            ((function, _),) = background._versions.values()
            (run,) = function.versions.values()
            assert isinstance(run, Background)
            run.wait()
        return [*found, *(background().numpy() for _ in range(3))]

    with configured(device="numpy"):
        wanted = numbers(switch=False)
    found = numbers(switch=True)
    np.testing.assert_array_equal(found, wanted)
    assert len(np.unique(found)) == 24


def test_a_failure_is_told_by_the_next_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    called = threading.Event()

    def failing(*_: Any) -> tuple[int, str]:
        called.wait()
        return 1, "x.c:1: error: nonsense"

    monkeypatch.setattr(native, "_compile", failing)
    f, w = counting()
    f(np.ones(3, np.float32))
    called.set()
    built(f).wait()
    for _ in range(2):
        with pytest.raises(CompilerError, match="nonsense"):
            f(np.ones(3, np.float32))
    np.testing.assert_array_equal(w.numpy(), np.ones(3))


def test_what_is_compiled_already_is_not_waited_for() -> None:
    f, _ = counting()
    f(np.ones(3, np.float32))
    built(f).wait()
    again, _ = counting()
    again(np.ones(3, np.float32))
    assert isinstance(built(again), NativeFunction)


def test_long_work_waits_for_the_compiler() -> None:
    x = lp.input("x", (3,))
    total, _ = lp.scan(lambda c, _: (c + 1, None), x, length=5)
    large = lp.input("large", (600, 600))
    for f, argument in ((lp.function([x], total), (3,)), (lp.function([large], large @ large), (600, 600))):
        f(np.zeros(argument, np.float32))
        assert isinstance(built(f), NativeFunction)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_compiles_for_itself(slow: Path) -> None:
    f, _ = counting()
    f(np.ones(3, np.float32))
    child = os.fork()
    if child == 0:
        slow.unlink()
        os._exit(0 if f(np.ones(3, np.float32))[0][0] == 2 else 1)
    assert os.waitpid(child, 0)[1] == 0
    built(f).wait()
    assert f(np.ones(3, np.float32))[0][0] == 2


PROGRAM = """
import sys, time
import numpy as np
import limpide as lp
x = lp.input("x", (3,))
f = lp.function([x], x * 2, name="background")
f(np.ones(3, np.float32))
print(next(iter(f.function.versions.values())).compiling, flush=True)
time.sleep(float(sys.argv[1]))
"""


@pytest.mark.parametrize("end", ["exit", "Ctrl-C"])
def test_the_process_may_end_while_the_compiler_works(end: str, slow: Path, folder: Path) -> None:
    environment = {**os.environ, "LIMPIDE_BACKGROUND": "1"}
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "0" if end == "exit" else "60"],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "True\n"
    if end == "Ctrl-C":
        process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert time.monotonic() - started < 30
    assert errors == "" if end == "exit" else errors.count("Traceback") == 1
    assert list(folder.glob(".building-*")) == []
    if Path("/proc/self/cmdline").exists():
        commands = [place.read_bytes() for place in Path("/proc").glob("[0-9]*/cmdline") if readable(place)]
        assert not any(str(slow.parent).encode() in command for command in commands)


def readable(place: Path) -> bool:
    try:
        place.read_bytes()
    except OSError:
        return False
    return True
