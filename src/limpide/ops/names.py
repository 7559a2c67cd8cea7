"""Which functions are public, which NumPy functions they answer to, which are methods."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from . import (
    activations,
    arithmetic,
    arrange,
    block,
    convolve,
    creation,
    map,
    pooling,
    products,
    reduce,
    statistics,
    view,
)
from .define import rounded_once

# The modules whose __all__ is public.
MODULES: tuple[ModuleType, ...] = (
    map, arithmetic, activations, reduce, statistics, view, block, arrange, creation, products,
    convolve, pooling,
)  # fmt: skip

# Those whose functions are made of several ops: of bfloat16 they are computed in float32 and rounded once.
COMPOSED: tuple[ModuleType, ...] = (arithmetic, activations, statistics, products, convolve, pooling)
EXACT = ("astype", "copy", "positive", "divmod", "nan_to_num")  # but for these

# Another public name -> ours
ALIASES: dict[str, str] = {
    "abs": "absolute",
    "acos": "arccos",
    "acosh": "arccosh",
    "amax": "max",
    "amin": "min",
    "around": "round",
    "asin": "arcsin",
    "asinh": "arcsinh",
    "atan": "arctan",
    "atan2": "arctan2",
    "atanh": "arctanh",
    "concat": "concatenate",
    "cumulative_prod": "cumprod",
    "cumulative_sum": "cumsum",
    "degrees": "rad2deg",
    "invert": "bitwise_not",
    "bitwise_invert": "bitwise_not",
    "bitwise_left_shift": "left_shift",
    "bitwise_right_shift": "right_shift",
    "mod": "remainder",
    "permute_dims": "transpose",
    "pow": "power",
    "radians": "deg2rad",
    "row_stack": "vstack",
    "swish": "silu",
    "true_divide": "divide",
}

# NumPy's name, where it is not public here -> ours
NUMPY_ONLY: dict[str, str] = {
    "add.reduce": "sum",
    "multiply.reduce": "prod",
    "maximum.reduce": "max",
    "minimum.reduce": "min",
    "logical_and.reduce": "all",
    "logical_or.reduce": "any",
    "add.accumulate": "cumsum",
    "multiply.accumulate": "cumprod",
    "multiply.outer": "outer",
    "linalg.norm": "norm",
    "linalg.vector_norm": "vector_norm",
    "linalg.matrix_power": "matrix_power",
    "linalg.matmul": "matmul",
    "linalg.tensordot": "tensordot",
    "linalg.outer": "outer",
    "linalg.cross": "cross",
    "linalg.vecdot": "vecdot",
    "linalg.matrix_transpose": "matrix_transpose",
}

METHODS: tuple[str, ...] = (
    "sum", "prod", "mean", "var", "std", "max", "min", "argmax", "argmin", "any", "all", "cumsum", "cumprod",
    "reshape", "transpose", "squeeze", "ravel", "flatten", "swapaxes", "astype", "clip", "round", "dot",
    "take", "repeat", "diagonal", "trace", "argsort", "copy", "searchsorted",
)  # fmt: skip


def public() -> dict[str, Callable[..., Any]]:
    """Every public function of nodes by name, aliases included."""
    found = {name: _own(module, name) for module in MODULES for name in module.__all__}
    return found | {alias: found[name] for alias, name in ALIASES.items()}


def _own(module: ModuleType, name: str) -> Callable[..., Any]:
    build: Callable[..., Any] = getattr(module, name)
    return rounded_once(build) if module in COMPOSED and name not in EXACT else build


def numpy_table() -> dict[str, str]:
    """NumPy's function name -> our public name."""
    own = ("norm", "vector_norm", "matrix_power")  # in NumPy these are in numpy.linalg only
    return {name: name for name in public() if name not in own} | NUMPY_ONLY
