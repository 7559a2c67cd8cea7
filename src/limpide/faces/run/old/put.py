"""How a patch puts names back."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Mapping
from typing import Any


def put(owner: Any, names: Mapping[str, Any]) -> None:
    """Set the attributes that are not there."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about names that are gone or going
        for name, value in names.items():
            if not _has(owner, name):
                setattr(owner, name, value)


def _has(owner: Any, name: str) -> bool:
    try:
        return hasattr(owner, name)
    except ImportError:  # as scikit-learn says that something is gone
        return False


def renamed(owner: Any, names: Mapping[str, str]) -> None:
    """Set the attributes `old` that are not there to `owner.new`, where that is there."""
    for old, new in names.items():
        if not hasattr(owner, old) and hasattr(owner, new):
            setattr(owner, old, getattr(owner, new))


def translated(owner: Any, name: str, change: Callable[[dict[str, Any]], None]) -> None:
    """Let `change` bring the named arguments of a call up to date before it is made."""
    function = getattr(owner, name, None)
    if function is None:
        return

    @functools.wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        change(kwargs)
        return function(*args, **kwargs)

    setattr(owner, name, called)


def rename(**names: str | None) -> Callable[[dict[str, Any]], None]:
    """A change of named arguments: `old=new`, or `old=None` to drop it."""

    def change(kwargs: dict[str, Any]) -> None:
        for old, new in names.items():
            if old in kwargs:
                value = kwargs.pop(old)
                if new is not None:
                    kwargs.setdefault(new, value)

    return change
