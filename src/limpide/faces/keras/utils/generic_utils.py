"""`keras.utils.generic_utils`: objects by name, custom objects, the progress bar."""

from __future__ import annotations

import inspect
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ... import missing

_custom: dict[str, Any] = {}


class CustomObjectScope:
    """Names that are known in a `with` block."""

    def __init__(self, *args: Any):
        self.custom_objects = args

    def __enter__(self) -> CustomObjectScope:
        self.before = dict(_custom)
        for objects in self.custom_objects:
            _custom.update(objects)
        return self

    def __exit__(self, *_: Any) -> None:
        _custom.clear()
        _custom.update(self.before)


def custom_object_scope(*args: Any) -> CustomObjectScope:
    """Names that are known in a `with` block."""
    return CustomObjectScope(*args)


def get_custom_objects() -> dict[str, Any]:
    """The names that are known everywhere; scripts add theirs."""
    return _custom


def has_arg(fn: Callable[..., Any], name: str, accept_all: bool = False) -> bool:
    """Whether a function takes an argument of this name."""
    try:
        parameters = inspect.signature(fn).parameters
    except (TypeError, ValueError):
        return False
    if any(p.kind is p.VAR_KEYWORD for p in parameters.values()) and accept_all:
        return True
    found = parameters.get(name)
    return found is not None and found.kind in (found.POSITIONAL_OR_KEYWORD, found.KEYWORD_ONLY)


def serialize_keras_object(instance: Any) -> Any:
    """An object as its class name and configuration, a function as its name."""
    if instance is None:
        return None
    if hasattr(instance, "get_config"):
        return {"class_name": type(instance).__name__, "config": instance.get_config()}
    if hasattr(instance, "__name__"):
        return instance.__name__
    raise ValueError("Cannot serialize", instance)


def deserialize_keras_object(
    identifier: Any,
    module_objects: dict[str, Any] | None = None,
    custom_objects: dict[str, Any] | None = None,
    printable_module_name: str = "object",
) -> Any:
    """The object behind a name or a configuration."""
    known = {**(module_objects or {}), **_custom, **(custom_objects or {})}
    if isinstance(identifier, dict):
        if "class_name" not in identifier or "config" not in identifier:
            raise ValueError(f"Improper config format: {identifier}")
        name = identifier["class_name"]
        found = known.get(name)
        if found is None:
            raise ValueError(f"Unknown {printable_module_name}: {name}")
        if hasattr(found, "from_config"):
            if has_arg(found.from_config, "custom_objects"):
                return found.from_config(
                    identifier["config"], custom_objects={**_custom, **(custom_objects or {})}
                )
            with CustomObjectScope(custom_objects or {}):
                return found.from_config(identifier["config"])
        return found(**identifier["config"])
    if isinstance(identifier, str):
        if identifier not in known:
            raise ValueError(f"Unknown {printable_module_name}:{identifier}")
        found = known[identifier]
        return found() if inspect.isclass(found) else found
    raise ValueError(f"Could not interpret serialized {printable_module_name}: {identifier}")


def get_from_module(
    identifier: Any,
    module_params: dict[str, Any],
    module_name: str,
    instantiate: bool = False,
    kwargs: Any = None,
) -> Any:
    """Keras 1: what stands under a name in a module."""
    if isinstance(identifier, str):
        found = _custom.get(identifier, module_params.get(identifier))
        if not found:
            raise ValueError(f"Invalid {module_name}: {identifier}")
        return found(**(kwargs or {})) if instantiate else found
    if isinstance(identifier, dict):
        rest = dict(identifier)
        found = module_params.get(rest.pop("name"))
        if not found:
            raise ValueError(f"Invalid {module_name}: {identifier}")
        return found(**rest)
    return identifier


def make_tuple(*args: Any) -> tuple[Any, ...]:
    """The arguments as a tuple."""
    return args


def to_list(x: Any, allow_tuple: bool = False) -> list[Any]:
    """A list as it is, anything else in one."""
    if isinstance(x, list):
        return x
    if allow_tuple and isinstance(x, tuple):
        return list(x)
    return [x]


def unpack_singleton(x: Any) -> Any:
    """The one element of a list, or the list."""
    return x[0] if len(x) == 1 else x


def object_list_uid(objects: Any) -> str:
    """The identities of objects as a text."""
    return ", ".join(str(builtin_id(o)) for o in to_list(objects, allow_tuple=True))


def builtin_id(o: Any) -> int:
    """The identity of an object."""
    return id(o)


def is_all_none(items: Any) -> bool:
    """Whether all are None."""
    return all(i is None for i in to_list(items, allow_tuple=True))


def slice_arrays(arrays: Any, start: Any = None, stop: Any = None) -> Any:
    """Rows of one or several arrays: from start to stop, or those of a list of positions."""
    if arrays is None:
        return [None]

    def part(a: Any) -> Any:
        if a is None:
            return None
        if hasattr(start, "__len__"):
            return a[start.tolist() if hasattr(start, "shape") else start]
        return a[start:stop]

    return [part(a) for a in arrays] if isinstance(arrays, list) else part(arrays)


def transpose_shape(shape: Any, target_format: str, spatial_axes: Any) -> Any:
    """A shape with the channels where the format wants them."""
    if target_format == "channels_first":
        new = (*shape[: spatial_axes[0]], shape[-1], *(shape[i] for i in spatial_axes))
        return new if isinstance(shape, tuple) else list(new)
    return shape


def func_dump(func: Any) -> Any:
    """A function's code is not written here."""
    raise ValueError("the code of a Python function is never written into a file: give it a name instead")


func_load = func_dump


def check_for_unexpected_keys(name: str, input_dict: dict[str, Any], expected_values: Iterable[str]) -> None:
    """ValueError where a dict has keys that nobody expects."""
    unknown = set(input_dict) - set(expected_values)
    if unknown:
        raise ValueError(
            f"Unknown entries in {name} dictionary: {sorted(unknown)}. Only expected following keys:"
            f" {list(expected_values)}"
        )


@contextmanager
def _quiet() -> Iterator[None]:
    yield


class Progbar:
    """`12/60 [====>....] - ETA: 1s - loss: 0.5`: how far something is, with the means of measurements.

    target: how many steps there are, or None. verbose: 1 for a bar, 2 for a line at the end, 0 for nothing.
    Where there is no terminal only the line at the end of the bar is written.
    """

    def __init__(
        self, target: int | None, width: int = 30, verbose: int = 1, interval: float = 0.05,
        stateful_metrics: Any = None, **_: Any,
    ):  # fmt: skip
        self.target, self.width, self.verbose, self.interval = target, width, verbose, interval
        self.stateful_metrics = set(stateful_metrics or ())
        self._dynamic_display = hasattr(sys.stdout, "isatty") and sys.stdout.isatty()
        self._total_width = self._seen_so_far = self.seen_so_far = 0
        self._values: dict[str, Any] = {}
        self._start = time.time()
        self._last_update = 0.0

    def update(self, current: int, values: Any = None, force: bool = False) -> None:
        """`current` steps are done; values: pairs (name, measurement of the steps since the last update)."""
        for name, value in values or ():
            if name in self.stateful_metrics:
                self._values[name] = value
            else:
                total, count = self._values.get(name, (0.0, 0))
                new = max(current - self._seen_so_far, 0)
                self._values[name] = (total + value * new, count + new)
        self._seen_so_far = self.seen_so_far = current
        now = time.time()
        done = self.target is not None and current >= self.target
        if self.verbose == 1:
            if (
                not force
                and not done
                and (now - self._last_update < self.interval or not self._dynamic_display)
            ):
                return
            self._draw(current, now - self._start, done)
        elif self.verbose == 2 and done:
            sys.stdout.write(f"{self._numbers()}\n".lstrip())
            sys.stdout.flush()
        self._last_update = now

    def _draw(self, current: int, passed: float, done: bool) -> None:
        text = self._bar(current)
        each = passed / current if current else 0.0
        if not done and self.target is not None:
            text += f" - ETA: {_clock(each * (self.target - current))}"
        else:
            text += f" - {_clock(passed)}" + (f" {_short(each)}" if each else "")
        text += self._numbers()
        before = self._total_width
        self._total_width = len(text)
        if self._dynamic_display:
            sys.stdout.write("\b" * before + "\r" + text + " " * max(0, before - len(text)))
        else:
            sys.stdout.write(text)
        if done or not self._dynamic_display:
            sys.stdout.write("\n")
        sys.stdout.flush()

    def _bar(self, current: int) -> str:
        if self.target is None:
            return f"{current:7d}/Unknown"
        digits = len(str(self.target))
        filled = int(self.width * current / max(self.target, 1))
        bar = "=" * max(filled - 1, 0)
        if filled > 0:
            bar += ">" if current < self.target else "="
        return f"{current:{digits}d}/{self.target} [{bar.ljust(self.width, '.')}]"

    def _numbers(self) -> str:
        text = ""
        for name, value in self._values.items():
            mean = value[0] / max(1, value[1]) if isinstance(value, tuple) else value
            text += f" - {name}: {number(mean)}"
        return text

    def add(self, n: int, values: Any = None) -> None:
        """n more steps are done."""
        self.update(self._seen_so_far + n, values)


def number(value: Any) -> str:
    """A measurement as Keras prints it.

    >>> number(0.5), number(0.00001)
    ('0.5000', '1.0000e-05')
    """
    value = float(np.mean(value))
    return f"{value:.4f}" if abs(value) > 1e-3 else f"{value:.4e}"


def _clock(seconds: float) -> str:
    seconds = round(seconds) if seconds == seconds else 0
    if seconds > 3600:
        return f"{seconds // 3600}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}"
    return f"{seconds // 60}:{seconds % 60:02d}" if seconds > 60 else f"{seconds:.0f}s"


def _short(seconds: float) -> str:
    for unit, factor in (("s", 1.0), ("ms", 1e3)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.0f}{unit}/step"
    return f"{seconds * 1e6:.0f}us/step"


__getattr__ = missing.attributes("keras.utils.generic_utils", globals())
