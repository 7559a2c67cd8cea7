"""Python's own library."""

from __future__ import annotations

import collections.abc
import html
import inspect
import math
import sys
import time
from typing import Any, NamedTuple

from .put import put


class ArgSpec(NamedTuple):
    """What `inspect.getargspec` gave."""

    args: list[str]
    varargs: str | None
    keywords: str | None
    defaults: tuple[Any, ...] | None


def getargspec(function: Any) -> ArgSpec:
    """The arguments of a function, without those by keyword alone."""
    full = inspect.getfullargspec(function)
    return ArgSpec(full.args, full.varargs, full.varkw, full.defaults)


def _collections(module: Any) -> None:
    put(module, {name: getattr(collections.abc, name) for name in collections.abc.__all__})


def _string(module: Any) -> None:
    names = {old: getattr(module, f"ascii_{old}") for old in ("letters", "lowercase", "uppercase")}
    joins = {
        "join": lambda words, sep=" ": sep.join(words),
        "split": lambda text, *args: text.split(*args),
        "replace": lambda text, *args: text.replace(*args),
        "strip": lambda text: text.strip(),
        "lower": lambda text: text.lower(),
        "upper": lambda text: text.upper(),
        "atoi": int,
        "atof": float,
        "maketrans": str.maketrans,
    }
    put(module, {**names, **joins})


PATCHES = {
    "collections": _collections,
    "time": lambda module: put(module, {"clock": time.perf_counter}),
    "inspect": lambda module: put(module, {"getargspec": getargspec}),
    "string": _string,
    "fractions": lambda module: put(module, {"gcd": math.gcd}),
    "cgi": lambda module: put(module, {"escape": html.escape}),
    "os": lambda module: put(module, {"getcwdu": module.getcwd}),
    "sys": lambda module: put(module, {"maxint": sys.maxsize, "setdefaultencoding": lambda name: None}),
}
