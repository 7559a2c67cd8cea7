"""What the losses share: checked operands, reductions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...dtypes import computing, is_float
from ...errors import DTypeError, ShapeError, user_frame
from ...shapes import same, show
from ...tensor import astensor
from ..words import choose, lp

Loss = Callable[..., Any]
REDUCTIONS = ("mean", "sum", "none")


def reduce(values: Any, reduction: str, known: Sequence[str] = REDUCTIONS) -> Any:
    """The mean or the sum of a loss's values, or the values."""
    if reduction not in REDUCTIONS:
        choose("reduction", reduction, dict.fromkeys(known))
    return values if reduction == "none" else getattr(lp, reduction)(values)


def floats(op: str, outputs: Any) -> Any:
    outputs = astensor(outputs)
    if not is_float(outputs.dtype):
        raise DTypeError(
            op, f"the outputs are {outputs.dtype}, not floats", where=user_frame(), hint='.astype("float32")'
        )
    work = computing(outputs.dtype)  # a loss of bfloat16 outputs is float32: its digits are looked at
    return outputs if outputs.dtype == work else outputs.astype(work)


def together(op: str, outputs: Any, labels: Any) -> tuple[Any, Any]:
    """Outputs and labels of one shape and dtype, for losses that go element by element."""
    f: Any = floats(op, outputs)
    y: Any = astensor(labels)
    if y.ndim == f.ndim - 1 and f.shape[-1] == 1:
        y = lp.expand_dims(y, -1)
    if y.ndim != f.ndim or not all(map(same, y.shape, f.shape)):
        raise ShapeError(
            op,
            f"labels has shape {show(astensor(labels).shape)}, outputs has shape {show(f.shape)}",
            where=user_frame(),
            hint="they are compared element by element, so the shapes must be equal",
        )
    return f, y.astype(f.dtype)


def weighted(values: Any, weight: Any) -> Any:
    """The values times a weight, which is broadcast to them; without one as they are."""
    if weight is None:
        return values
    w = astensor(weight)
    shape = values.shape
    if w.ndim > len(shape) or not all(
        s == 1 or same(s, size) for s, size in zip(w.shape[::-1], shape[::-1], strict=False)
    ):
        raise ShapeError(
            "loss", f"weight has shape {show(w.shape)}, the losses have {show(shape)}", where=user_frame()
        )
    return values * w.astype(values.dtype)
