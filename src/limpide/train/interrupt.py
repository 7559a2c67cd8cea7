"""Ctrl-C between steps, never inside one."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any, Self


class Interruption:
    """While this block runs, the first Ctrl-C is only noted; `check` raises it where it is safe.

    A second one is handled as before this block: it may come in the middle of a step.
    Outside of the main thread, where Python has no signals, nothing changes.
    """

    def __init__(self) -> None:
        self.noted = False
        self.between_steps = False  # whether it was raised where it is safe
        self._previous: Any = None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._previous = signal.getsignal(signal.SIGINT)
            if callable(self._previous):
                signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, *_: Any) -> None:
        self._restore()

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.noted = True
        self._restore()

    def _restore(self) -> None:
        if callable(self._previous):
            signal.signal(signal.SIGINT, self._previous)
            self._previous = None

    def check(self) -> None:
        """Raise KeyboardInterrupt where Ctrl-C was pressed."""
        if self.noted:
            self.noted, self.between_steps = False, True
            raise KeyboardInterrupt
