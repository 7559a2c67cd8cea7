"""How variables were made, as calls that can be written down: pickles of graphs hold these, no programs."""

from __future__ import annotations

import functools
import pickle
import threading
from collections.abc import Callable, Iterable
from typing import Any

from ... import pickles
from ...record import Apply

KEPT: dict[str, Callable[..., Any]] = {}  # the functions that a pickle may call


class _Depth(threading.local):
    value = 0


_depth = _Depth()


def called(name: str, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a function; the variables that the outermost such call gives remember it by its name."""
    if _depth.value:
        return function(*args, **kwargs)
    _depth.value += 1
    try:
        result = function(*args, **kwargs)
    finally:
        _depth.value -= 1
    for position, variable in enumerate(result if isinstance(result, (list, tuple)) else [result]):
        source = getattr(variable, "source", None)
        if isinstance(source, Apply):
            at = position if isinstance(result, (list, tuple)) else None
            vars(variable).setdefault("recipe", (name, args, kwargs, at))
    return result


def outside(function: Callable[..., Any], *args: Any) -> Any:
    """Call a script's function from inside of one of ours: what it calls are outermost calls."""
    before, _depth.value = _depth.value, 0
    try:
        return function(*args)
    finally:
        _depth.value = before


def keep(module: str, names: dict[str, Any], chosen: Iterable[str]) -> None:
    """Have the functions of a module remembered by what they give."""
    for name in chosen:
        function = names.get(name)
        if (
            callable(function)
            and not isinstance(function, type)
            and function.__class__.__name__ == "function"
        ):
            names[name] = kept(f"{module}.{name}", function)


def kept(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, remembered by what it gives."""
    KEPT[name] = function

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        return called(name, function, args, kwargs)

    return call


def again(name: str, args: tuple[Any, ...], kwargs: dict[str, Any], position: int | None, label: Any) -> Any:
    """A variable made again."""
    if name not in KEPT:
        raise pickles.refused(f"a call of {name}")
    result = called(name, KEPT[name], tuple(args), kwargs)
    variable = result if position is None else result[position]
    variable.name = label
    return variable


def input_again(type_: Any, name: str | None) -> Any:
    return type_.make_variable(name)


def reduced(variable: Any) -> tuple[Any, tuple[Any, ...]]:
    """What `__reduce__` of a variable gives."""
    if not isinstance(variable.source, Apply):
        return input_again, (variable.type, variable.name)
    recipe = vars(variable).get("recipe")
    if recipe is None:
        raise pickle.PicklingError(f"how {variable} was made cannot be written down")
    return again, (*recipe, variable.name)


pickles.allow(again, input_again)
