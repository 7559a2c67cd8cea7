"""`pickle.load` of a script, and of NumPy for it, reads data alone; other libraries keep Python's."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable
from typing import Any

from .. import pickles
from .modules import is_users


def install() -> None:
    """Put the functions in place."""
    load, loads, unpickler = pickle.load, pickle.loads, pickle.Unpickler
    pickle.load = _either(pickles.load, load)
    pickle.loads = _either(pickles.loads, loads)
    pickle.Unpickler = _either(pickles.Reader, unpickler)  # type: ignore[assignment,misc]


def _either(ours: Callable[..., Any], theirs: Callable[..., Any]) -> Callable[..., Any]:
    def called(*args: Any, **kwargs: Any) -> Any:
        caller = sys._getframe(1)
        of_numpy = str(caller.f_globals.get("__name__")).startswith("numpy.")
        function = ours if of_numpy or is_users(caller.f_code.co_filename) else theirs
        return function(*args, **kwargs)

    called.__name__ = called.__qualname__ = theirs.__name__
    return called
