"""Images as rows of neighbourhoods, and back."""

from __future__ import annotations

from typing import Any

from .....tensor import Tensor
from .... import missing
from ....record import size
from ...engine import lp
from ...gof import recipes
from ..basic import record_op
from ..type import formula
from ..var import as_tensor_variable, dtype_of


def _pair(value: Any) -> list[int]:
    if hasattr(value, "data"):
        value = value.data
    return [int(v) for v in value]


def images2neibs(ten4: Any, neib_shape: Any, neib_step: Any = None, mode: str = "valid") -> Any:
    """Every neighbourhood of the images (n, channels, rows, columns) as one row.

    mode: 'valid', 'ignore_borders', 'wrap_centered', 'half' or 'full'.
    """
    x = as_tensor_variable(ten4)
    height, width = _pair(neib_shape)
    steps = (height, width) if neib_step is None else _pair(neib_step)

    def build(t: Tensor) -> Tensor:
        if mode == "valid":
            for what, s, k, step in zip(
                ("rows", "columns"), t.shape[2:], (height, width), steps, strict=True
            ):
                if (s - k) % step:
                    raise TypeError(f"neib_shape {k} and neib_step {step} do not fit the {s} {what}")
        elif mode in ("half", "full"):
            pads = [(k // 2, k // 2) if mode == "half" else (k - 1, k - 1) for k in (height, width)]
            t = lp["pad"](t, ((0, 0), (0, 0), *pads))
        elif mode == "wrap_centered":
            pads = [(k // 2, k // 2) for k in (height, width)]
            t = lp["pad"](t, ((0, 0), (0, 0), *pads), mode="wrap")
        elif mode != "ignore_borders":
            raise NotImplementedError(f"Unknown mode={mode}")
        n, c, rows, columns = t.shape
        down, across = (rows - height) // steps[0] + 1, (columns - width) // steps[1] + 1
        parts = [
            t[
                :,
                :,
                i : i + (down - 1) * steps[0] + 1 : steps[0],
                j : j + (across - 1) * steps[1] + 1 : steps[1],
            ]
            for i in range(height)
            for j in range(width)
        ]
        return lp["reshape"](lp["stack"](parts, axis=-1), (n * c * down * across, height * width))

    return record_op(f"Images2Neibs{{{mode}}}", build, x, known=lambda: formula(dtype_of(x), 2))


def neibs2images(neibs: Any, neib_shape: Any, original_shape: Any, mode: str = "valid") -> Any:
    """The images whose neighbourhoods, side by side, the rows are."""
    rows = as_tensor_variable(neibs)
    height, width = _pair(neib_shape)
    wanted = (
        tuple(original_shape)
        if isinstance(original_shape, (tuple, list))
        else tuple(original_shape[i] for i in range(4))
    )

    def build(t: Tensor, shape: Any) -> Tensor:
        n, c, r, w = (size(s) for s in shape)
        inner = lp["reshape"](t, (n, c, r // height, w // width, height, width))
        return lp["reshape"](lp["transpose"](inner, (0, 1, 2, 4, 3, 5)), (n, c, r, w))

    return record_op("Neibs2Images", build, rows, wanted, known=lambda: formula(dtype_of(rows), 4))


recipes.keep("neighbours", globals(), ["images2neibs", "neibs2images"])

__getattr__ = missing.attributes("theano.tensor.nnet.neighbours", globals())
