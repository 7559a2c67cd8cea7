"""`pickle.load` of a script, and of NumPy for it, reads data alone; other libraries keep Python's."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from .. import pickles
from .modules import is_users


def install() -> None:
    """Put the functions in place."""
    load, loads, unpickler = pickle.load, pickle.loads, pickle.Unpickler
    pickle.load = _either(pickles.load, load)
    pickle.loads = _either(pickles.loads, loads)
    pickle.Unpickler = _Unpickler(unpickler)  # type: ignore[assignment,misc]


def _reads_data(caller: FrameType) -> bool:
    """Whether the code that runs is the script's, or NumPy's."""
    of_numpy = str(caller.f_globals.get("__name__")).startswith("numpy.")
    return of_numpy or is_users(caller.f_code.co_filename)


def _either(ours: Callable[..., Any], theirs: Callable[..., Any]) -> Callable[..., Any]:
    def called(*args: Any, **kwargs: Any) -> Any:
        return (ours if _reads_data(sys._getframe(1)) else theirs)(*args, **kwargs)

    called.__name__ = called.__qualname__ = theirs.__name__
    return called


class _Unpickler:
    """Stands for the class `pickle.Unpickler`, also where it is derived from."""

    def __init__(self, theirs: type):
        self.theirs = theirs

    def _kind(self, caller: FrameType) -> Any:
        return pickles.Reader if _reads_data(caller) else self.theirs

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._kind(sys._getframe(1))(*args, **kwargs)

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[Any, ...]:
        return (self._kind(sys._getframe(1)),)

    def __instancecheck__(self, thing: object) -> bool:
        return isinstance(thing, pickles.Reader | self.theirs)
