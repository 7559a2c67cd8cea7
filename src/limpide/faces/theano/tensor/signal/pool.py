"""Pooling: the last two (or three) axes in windows."""

from __future__ import annotations

import warnings
from math import prod
from typing import Any

from .....tensor import Tensor
from .... import missing
from ...engine import lp
from ...gof import recipes
from ..basic import record_op
from ..type import formula
from ..var import as_tensor_variable, dtype_of

MODES = ("max", "sum", "average_inc_pad", "average_exc_pad")


def _pool(rank: int, x: Any, ws: Any, ignore_border: bool, stride: Any, pad: Any, mode: str) -> Any:
    x = as_tensor_variable(x)
    if x.ndim < rank:
        raise NotImplementedError(f"pool_{rank}d requires a dimension >= {rank}")
    if mode not in MODES:
        raise ValueError(f"Pool mode parameter only support {', '.join(map(repr, MODES))}. Got {mode}")
    window = tuple(int(w) for w in _tuple(ws, rank))
    steps = window if stride is None else tuple(int(s) for s in _tuple(stride, rank))
    padding = tuple(int(p) for p in _tuple(pad, rank))
    if any(p >= w for p, w in zip(padding, window, strict=True)) and any(padding):
        raise NotImplementedError("padding must be smaller than the window")
    if any(padding) and not ignore_border:
        raise NotImplementedError("padding works only with ignore_border=True")

    def build(t: Tensor) -> Tensor:
        outer = t.shape[: t.ndim - rank]
        flat = lp["reshape"](t, (1 if not outer else prod(outer), 1, *t.shape[t.ndim - rank :]))
        pooled = _windows(rank, flat, window, steps, padding, ignore_border, mode)
        return lp["reshape"](pooled, (*outer, *pooled.shape[2:]))

    pattern = (*x.broadcastable[: x.ndim - rank], *[False] * rank)
    return record_op(
        f"Pool{{ignore_border={ignore_border}, mode={mode!r}, ndim={rank}}}",
        build,
        x,
        known=lambda: formula(dtype_of(x), pattern),
    )


def _tuple(value: Any, rank: int) -> tuple[Any, ...]:
    if hasattr(value, "data") and hasattr(value, "source"):
        value = value.data.tolist()
    return tuple(value) if isinstance(value, (tuple, list)) else (value,) * rank


def _windows(
    rank: int, x: Tensor, window: Any, steps: Any, padding: Any, ignore_border: bool, mode: str
) -> Tensor:
    """Pooling of (n, 1, sizes...)."""
    if mode == "max":
        pooled: Tensor = lp[f"max_pool{rank}d"](x, window, steps, padding, ceil_mode=not ignore_border)
        return pooled
    average = lp[f"avg_pool{rank}d"]
    if mode != "sum":
        pooled = average(
            x,
            window,
            steps,
            padding,
            ceil_mode=not ignore_border,
            count_include_pad=mode == "average_inc_pad",
        )
        return pooled
    ends = [(p, p) for p in padding]
    if not ignore_border:
        ends = [(0, max(0, _rest(s, w, st))) for s, w, st in zip(x.shape[2:], window, steps, strict=True)]
    padded = lp["pad"](x, ((0, 0), (0, 0), *ends)) if any(map(any, ends)) else x
    total: Tensor = average(padded, window, steps) * prod(window)
    return total


def _rest(size: Any, window: int, stride: int) -> Any:
    """How far the last window, begun inside, reaches past the end."""
    count = -(-(size - window) // stride) + 1 if size > window else 1
    if (count - 1) * stride >= size:
        count -= 1
    return (count - 1) * stride + window - size


def pool_2d(
    input: Any,
    ws: Any = None,
    ignore_border: bool | None = None,
    stride: Any = None,
    pad: Any = (0, 0),
    mode: str = "max",
    ds: Any = None,
    st: Any = None,
    padding: Any = None,
) -> Any:
    """The last two axes in windows of `ws`: 'max', 'sum', 'average_inc_pad' or 'average_exc_pad'.

    ignore_border: leave out windows that reach past the end; False by default, with Theano's warning.
    """
    if ws is None and ds is None:
        raise ValueError("pool_2d: ws, the size of the windows, is needed")
    if ignore_border is None:
        warnings.warn(
            "pool_2d() will have the parameter ignore_border default value changed to True (currently False)",
            stacklevel=2,
        )
        ignore_border = False
    return _pool(
        2,
        input,
        ds if ws is None else ws,
        bool(ignore_border),
        st if stride is None else stride,
        pad if padding is None else padding,
        mode,
    )


def pool_3d(
    input: Any,
    ws: Any = None,
    ignore_border: bool | None = None,
    stride: Any = None,
    pad: Any = (0, 0, 0),
    mode: str = "max",
    ds: Any = None,
    st: Any = None,
    padding: Any = None,
) -> Any:
    """The last three axes in windows; as `pool_2d`."""
    return _pool(
        3,
        input,
        ds if ws is None else ws,
        bool(ignore_border),
        st if stride is None else stride,
        pad if padding is None else padding,
        mode,
    )


def max_pool_2d(
    input: Any,
    ds: Any = None,
    ignore_border: bool | None = None,
    st: Any = None,
    padding: Any = (0, 0),
    mode: str = "max",
    ws: Any = None,
    stride: Any = None,
    pad: Any = None,
) -> Any:
    """The old name of `pool_2d`."""
    return pool_2d(
        input,
        ds if ws is None else ws,
        bool(ignore_border),
        st if stride is None else stride,
        padding if pad is None else pad,
        mode,
    )


def max_pool_2d_same_size(input: Any, patch_size: Any) -> Any:
    """Every window's largest element at its place, zeros elsewhere."""
    x = as_tensor_variable(input)
    height, width = (int(p) for p in patch_size)

    def build(t: Tensor) -> Tensor:
        rows, columns = t.shape[-2:]
        outer = t.shape[:-2]
        flat = lp["reshape"](t, (-1, 1, rows, columns))
        largest = lp["max_pool2d"](flat, (height, width), (height, width), 0)
        big = lp["repeat"](lp["repeat"](largest, height, 2), width, 3)
        kept = flat[:, :, : big.shape[2], : big.shape[3]]
        found = lp["where"](kept == big, kept, 0)
        rest = ((0, 0), (0, 0), (0, rows - big.shape[2]), (0, columns - big.shape[3]))
        return lp["reshape"](lp["pad"](found, rest), (*outer, rows, columns))

    return record_op("MaxPoolSameSize", build, x, known=lambda: x.formula)


recipes.keep("pool", globals(), ["pool_2d", "pool_3d", "max_pool_2d", "max_pool_2d_same_size"])

__getattr__ = missing.attributes("theano.tensor.signal.pool", globals())
