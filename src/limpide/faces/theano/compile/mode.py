"""Modes: names of ways to compile. All of them compile the same way here; some look at every node."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..configparser import config
from ..gof import WrapLinkerMany

Looker = Callable[[int, Any, Any], None]


class Mode:
    """A linker's and an optimiser's name, and functions to call around every node of a run."""

    def __init__(self, linker: Any = None, optimizer: Any = "default"):
        self.linker, self.optimizer = linker, optimizer
        wrappers = getattr(linker, "wrappers", [])
        self.lookers: list[Looker] = list(wrappers) if isinstance(linker, WrapLinkerMany) else []
        self.provided_optimizer = optimizer
        self.provided_linker = linker

    def including(self, *tags: Any) -> Mode:
        return self

    def excluding(self, *tags: Any) -> Mode:
        return self

    def requiring(self, *tags: Any) -> Mode:
        return self

    def register(self, *optimizations: Any) -> Mode:
        return self

    def clone(self, link_kwargs: Any = None, optimizer: Any = "", **kwargs: Any) -> Mode:
        return self

    def __str__(self) -> str:
        return f"{type(self).__name__}(linker = {self.linker}, optimizer = {self.optimizer})"


class MonitorMode(Mode):
    """Calls `pre_func(i, node, fn)` and `post_func(i, node, fn)` for every node of every run.

    fn.inputs and fn.outputs hold the values as one-element lists.
    """

    def __init__(
        self,
        pre_func: Looker | None = None,
        post_func: Looker | None = None,
        optimizer: Any = "default",
        linker: Any = None,
    ):
        super().__init__(linker, optimizer)
        self.lookers += [f for f in (pre_func, post_func) if f is not None]


class NanGuardMode(Mode):
    """Stops where a value is NaN, infinite or very large, and names the node."""

    def __init__(
        self,
        nan_is_error: bool | None = None,
        inf_is_error: bool | None = None,
        big_is_error: bool | None = None,
        optimizer: Any = "default",
        linker: Any = None,
        **_: Any,
    ):
        super().__init__(linker, optimizer)
        guard = config.NanGuardMode
        self.nan = guard.nan_is_error if nan_is_error is None else nan_is_error
        self.inf = guard.inf_is_error if inf_is_error is None else inf_is_error
        self.big = guard.big_is_error if big_is_error is None else big_is_error
        self.lookers.append(self._look)

    def _look(self, i: int, node: Any, fn: Any) -> None:
        for (value,) in fn.outputs:
            array = np.asarray(value)
            if array.dtype.kind != "f":
                continue
            big = np.abs(np.where(np.isfinite(array), array, 0)) > 1e10
            questions = [("NaN", self.nan, np.isnan(array)), ("Inf", self.inf, np.isinf(array))]
            questions.append(("Big value", self.big, big))
            wrong = [what for what, asked, found in questions if asked and found.any()]
            if wrong:
                where = f", line {node.source.where[1]}" if node.source.where else ""
                raise AssertionError(f"{wrong[0]} detected\nIn an output of {node}{where}")


class DebugMode(Mode):
    """Every value is checked to be finite where its inputs are."""

    def __init__(self, *_: Any, **__: Any):
        super().__init__("DebugMode", "default")


class ProfileMode(Mode):
    """A name of old scripts; `function(profile=True)` measures."""

    def print_summary(self, **_: Any) -> None:
        return None


predefined_modes: dict[str, Callable[[], Mode]] = {
    "Mode": Mode, "FAST_RUN": lambda: Mode("cvm", "fast_run"), "FAST_COMPILE": lambda: Mode("py",
    "fast_compile"),
    "FAST_RUN_NOGC": Mode, "DEBUG_MODE": DebugMode, "DebugMode": DebugMode, "NanGuardMode": NanGuardMode,
    "ProfileMode": ProfileMode, "PROFILE_MODE": ProfileMode, "MonitorMode": MonitorMode, "SANITY_CHECK": Mode,
    "STABILIZE": Mode,
}  # fmt: skip


def get_mode(orig: Any) -> Mode:
    """A mode as it is, or by its name; config.mode for None. Raises Exception for an unknown name."""
    if isinstance(orig, Mode):
        return orig
    name = config.mode if orig is None else orig
    if name not in predefined_modes:
        raise Exception(f"No predefined mode exist for string: {name}")
    return predefined_modes[name]()


def get_default_mode() -> Mode:
    return get_mode(None)


def register_mode(name: str, mode: Mode) -> None:
    """Give a mode a name."""
    if name in predefined_modes:
        raise ValueError(f"Mode name already taken: {name}")
    predefined_modes[name] = lambda: mode


__all__ = [
    "DebugMode", "Mode", "MonitorMode", "NanGuardMode", "ProfileMode", "get_default_mode", "get_mode",
    "predefined_modes", "register_mode",
]  # fmt: skip
