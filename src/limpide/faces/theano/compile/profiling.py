"""How long calls of functions take."""

from __future__ import annotations

import atexit
import sys
import time
from typing import Any, TextIO


class ProfileStats:
    """Counts and seconds of a function's calls; a call is one native call, there are no times of ops."""

    def __init__(self, atexit_print: bool = True, message: str | None = None, **_: Any):
        self.message = message
        self.fct_callcount = 0
        self.fct_call_time = self.fct_call.time = 0.0
        self.compile_time = 0.0
        if atexit_print:
            atexit.register(self.summary)

    class fct_call:  # the time of the calls alone, under the name of the old interface
        time = 0.0

    def add(self, seconds: float) -> None:
        self.fct_callcount += 1
        self.fct_call_time += seconds

    def summary(self, file: TextIO | None = None, **_: Any) -> None:
        """Print what was measured."""
        out = file or sys.stderr
        print("Function profiling\n==================", file=out)
        print(f"  Message: {self.message}", file=out)
        print(f"  Time in {self.fct_callcount} calls to Function.__call__: {self.fct_call_time:e}s", file=out)
        print(f"  Time of the first call, with compilation: {self.compile_time:e}s", file=out)


now = time.perf_counter
