"""Python functions, printing, and checks of values in a run."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from ...tensor import Tensor as EngineTensor
from ..record import (
    Deep,
    Given,
    Host,
    Replay,
)
from .dtypes import as_dtype
from .errors import InvalidArgumentError
from .graph import Mode, Tensor, get_default_graph
from .inputs import convert_to_tensor
from .recording import apply, array_of, numpy_of, op, tensor
from .variables import group

Function = Callable[..., Any]


# ------------------------------------------------------------------------------------- Python functions
def py_func(func: Function, inp: Any, Tout: Any, stateful: bool = True, name: str | None = None) -> Any:
    """A Python function of arrays as an operation; nothing is differentiated through it."""
    several = isinstance(Tout, (list, tuple))
    kinds = [as_dtype(t) for t in (Tout if several else [Tout])]

    def call(values: Any) -> list[Any]:
        found = func(*(np.asarray(v) if not isinstance(v, (bytes, str)) else v for v in values))
        listed = list(found) if several and isinstance(found, (list, tuple)) else [found]
        if not kinds:
            return []
        return [
            array_of(f, k) if k.name == "string" else np.asarray(f, k.as_numpy_dtype)
            for f, k in zip(listed, kinds, strict=True)
        ]

    given = [i if isinstance(i, Tensor) else numpy_of(i) for i in inp]
    if Mode.eager:
        results = call([numpy_of(i.numpy() if isinstance(i, EngineTensor) else i) for i in inp])
        made = [convert_to_tensor(r) for r in results]
        return made if several else made[0]
    if not kinds:
        return apply("PyFunc", call, [given], name=name, outputs=0, source=Host)
    found = apply(
        "PyFunc", call, [given], name=name, count=len(kinds), dtype=kinds, source=Host, gradient=False
    )
    return found if several else found[0]


py_function = py_func


def numpy_function(func: Function, inp: Any, Tout: Any, name: str | None = None) -> Any:
    return py_func(func, inp, Tout, name=name)


# ------------------------------------------------------------------------------------ printing and checks
def Print(
    input_: Any,
    data: Any,
    message: str | None = None,
    first_n: int | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> Any:
    """The same tensor; every run prints the data to standard error."""
    shown = [convert_to_tensor(d) for d in data]
    left = [first_n]

    def report(*values: Any) -> None:
        if left[0] is not None and left[0] >= 0:
            if left[0] == 0:
                return
            left[0] -= 1
        print((message or "") + "".join(f"[{_shown(v, summarize or 3)}]" for v in values), file=sys.stderr)

    return _watched("Print", input_, shown, report, name)


def _watched(kind: str, input_: Any, shown: Any, report: Function, name: str | None) -> Any:
    """The same tensor, with a function that sees values after every run."""
    given = convert_to_tensor(input_)
    if Mode.eager:
        report(*(s.numpy() for s in shown))
        return given
    if any(s.dtype.engine is None for s in [given, *shown]):

        def call(value: Any, *values: Any) -> Any:
            report(*values)
            return value

        return apply(kind, call, [given, *shown], name=name, dtype=given.dtype, source=Host)

    def build(replay: Replay, value: Any, *values: Any) -> Any:
        replay.effect(report, *values)
        return value

    return apply(
        kind,
        build,
        [given, *shown],
        name=name,
        known=lambda: given.known,
        dtype=given.dtype.base_dtype,
        source=Deep,
    )


def _shown(value: Any, most: int) -> str:
    flat_ = np.asarray(value).ravel()
    text = " ".join(_number(v) for v in (flat_ if most < 0 else flat_[:most]))
    return text + ("..." if 0 <= most < flat_.size else "")


def _number(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return f"{value:.9g}" if isinstance(value, (float, np.floating)) else str(value)


def print_(*inputs: Any, **kwargs: Any) -> Any:
    """Print values in every run: to standard error, a stream, or "file://PATH"."""
    stream, end = kwargs.get("output_stream", sys.stderr), kwargs.get("end", "\n")
    leaves = [leaf for leaf in inputs if isinstance(leaf, (Tensor, EngineTensor))]

    def report(*values: Any) -> None:
        remaining = iter(values)
        words = [str(next(remaining)) if isinstance(i, (Tensor, EngineTensor)) else str(i) for i in inputs]
        target = sys.stdout if stream is sys.stdout else sys.stderr
        print(*words, file=target, end=end)

    if Mode.eager:
        report(*(v.numpy() for v in leaves))
        return None

    def build(replay: Replay, *values: Any) -> Any:
        replay.effect(report, *values)
        return np.bool_(True)

    return apply(
        "PrintV2",
        build,
        leaves,
        name=kwargs.get("name"),
        outputs=0,
        known=lambda: np.bool_(True),
        source=Deep,
    )


def checked(
    kind: str, condition: Any, data: Any, message: str, name: str | None, summarize: int | None = 3
) -> Any:
    """An operation that fails where the condition does not hold for all elements."""
    shown = [convert_to_tensor(d) for d in data]

    def report(ok: Any, *values: Any) -> None:
        if not np.all(ok):
            told = " ".join(f"[{_shown(v, summarize or 3)}]" for v in values)
            raise InvalidArgumentError(None, None, f"{message} {told}".strip())

    holds = convert_to_tensor(condition)
    if Mode.eager:
        report(holds.numpy(), *(s.numpy() if isinstance(s, EngineTensor) else s for s in shown))
        return None

    def check(ok: Any, *values: Any) -> list[Any]:
        report(ok, *values)
        return [np.bool_(True)]

    if any(s.dtype.engine is None for s in shown):
        return apply(
            "Assert",
            check,
            [holds, *shown],
            name=name,
            source=Host,
            outputs=0,
            count=1,
        )

    def build(replay: Replay, ok: Any, *values: Any) -> Any:
        replay.effect(report, ok, *values)
        return np.bool_(True)

    return apply(
        kind, build, [holds, *shown], name=name, outputs=0, known=lambda: np.bool_(True), source=Deep
    )


def Assert(condition: Any, data: Any, summarize: int | None = None, name: str | None = None) -> Any:
    """An operation that fails where the condition does not hold, and tells the data."""
    texts = [d.decode() if isinstance(d, bytes) else d for d in data if isinstance(d, (str, bytes))]
    values = [d for d in data if not isinstance(d, (str, bytes))]
    message = " ".join(["assertion failed:", *(f"[{t}]" for t in texts)])
    return checked("Assert", condition, values, message, name or "Assert", summarize)


def check_numerics(tensor: Any, message: str, name: str | None = None) -> Any:
    """The same tensor; a run fails where it holds a NaN or an infinity."""

    def report(value: Any) -> None:
        if np.isnan(value).any():
            raise InvalidArgumentError(None, None, f"{message} : Tensor had NaN values")
        if np.isinf(value).any():
            raise InvalidArgumentError(None, None, f"{message} : Tensor had Inf values")

    given = convert_to_tensor(tensor)
    return _watched("CheckNumerics", given, [given], report, name)


def verify_tensor_all_finite(
    t: Any = None, msg: Any = None, name: Any = None, x: Any = None, message: Any = None
) -> Any:
    """The same tensor; a run fails where it holds a NaN or an infinity."""
    return check_numerics(t if x is None else x, msg or message or "", name)


def add_check_numerics_ops() -> Any:
    """An operation that checks every float tensor of the graph."""
    graph = get_default_graph()
    checks = []
    for operation in graph.get_operations():
        for output in operation.outputs:
            kind = output.dtype
            if kind is not None and kind.is_floating and not isinstance(output.source, (Given, Host)):
                checks.append(check_numerics(output, f"{operation.name}:{output.value_index}"))
    return group(*checks)


def tuple_(tensors: Any, name: str | None = None, control_inputs: Any = None) -> list[Any]:
    """The same tensors, each after all of them."""
    graph = get_default_graph()
    given = [t for t in tensors if t is not None]
    with graph.control_dependencies([*given, *(control_inputs or [])]):
        kept = [_same(t) if isinstance(t, Tensor) else t for t in given]
    remaining = iter(kept)
    return [None if t is None else next(remaining) for t in tensors]


@op("Identity")
def _same(x: Any, name: Any = None) -> Any:
    return tensor(x)


def with_dependencies(dependencies: Any, output_tensor: Any, name: str | None = None) -> Any:
    """The same tensor after other operations."""
    with get_default_graph().control_dependencies(dependencies):
        return _same(output_tensor, name=name)


__all__ = [
    "Assert", "Print", "add_check_numerics_ops", "check_numerics", "numpy_function", "py_func", "py_function",
    "verify_tensor_all_finite",
]  # fmt: skip
