"""The NumPy device runs a function while its library is compiled: the first answer comes at once."""

from __future__ import annotations

import atexit
import ctypes
import threading
import weakref
from collections.abc import Callable

from ..graph import Array
from . import native

STOP_SECONDS = 5
Run = Callable[[list[Array]], list[Array]]

_compiling: weakref.WeakSet[Background] = weakref.WeakSet()


class Background:
    """Something to call at once: `meanwhile` until the library is there, then what `finish` makes of it.

    Raises, from the next call on, what the compiler's failure raises.
    """

    def __init__(self, job: native.Job, meanwhile: Run, finish: Callable[[ctypes.CDLL], Run]):
        self.ready: Run | None = None
        self._job, self._meanwhile, self._finish = job, meanwhile, finish
        self._library: ctypes.CDLL | None = None
        self._failure: Exception | None = None
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._compile, name="limpide compiles", daemon=True)
        _compiling.add(self)
        self._thread.start()

    def __call__(self, arrays: list[Array]) -> list[Array]:
        run = self.ready
        if run is None:
            with self._lock:  # what NumPy does to state is done before compiled code goes on with it
                if self.ready is None and self.compiling:
                    return self._meanwhile(arrays)
                run = self.ready = self.ready or self._take_over()
        return run(arrays)

    @property
    def compiling(self) -> bool:
        """Whether the compiler is still at work."""
        return self._thread.is_alive()

    def wait(self, seconds: float | None = None) -> None:
        """Until the compiler has done its work, or for so long."""
        self._thread.join(seconds)

    def _compile(self) -> None:
        try:
            self._library = native.load_aside(self._job)
        except Exception as error:  # told to the caller, by the next call
            self._failure = error

    def _take_over(self) -> Run:
        if self._failure is not None:
            raise self._failure
        # In a forked child there is neither the thread nor what it would have made.
        return self._finish(self._library or native.load_job(self._job))


@atexit.register
def _stop() -> None:
    """The end of the process waits for no compiler, and leaves none behind."""
    waiting = [one for one in _compiling if one.compiling]
    if waiting:
        native.end_compilers()
    for one in waiting:
        one.wait(STOP_SECONDS)
