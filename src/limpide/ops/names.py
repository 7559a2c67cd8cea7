"""Which functions are public, which NumPy functions they answer to, which are methods."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import block, composed, map, reduce, view

# module -> public names in it
PUBLIC: dict[Any, tuple[str, ...]] = {
    map: (
        "add", "subtract", "multiply", "divide", "floor_divide", "remainder", "power", "negative", "absolute",
        "sign", "reciprocal", "square", "maximum", "minimum", "exp", "exp2", "expm1", "log", "log2", "log10",
        "log1p", "sqrt", "cbrt", "logaddexp", "hypot", "sin", "cos", "tan", "arcsin", "arccos", "arctan",
        "arctan2", "sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh", "erf", "erfinv", "sigmoid",
        "softplus", "log_sigmoid", "relu", "floor", "ceil", "trunc", "rint", "equal", "not_equal", "less",
        "less_equal", "greater", "greater_equal", "logical_and", "logical_or", "logical_xor", "logical_not",
        "bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_not", "left_shift", "right_shift", "isnan",
        "isinf", "isfinite", "where", "clip", "stop_gradient",
    ),
    reduce: ("sum", "prod", "max", "min", "any", "all", "argmax", "argmin", "count_nonzero"),
    view: (
        "reshape", "expand_dims", "squeeze", "ravel", "transpose", "swapaxes", "moveaxis", "broadcast_to", "flip",
    ),
    block: ("concatenate", "cumsum", "argsort"),
    composed: tuple(
        name for name, value in vars(composed).items()
        if callable(value) and getattr(value, "__module__", "") == composed.__name__
        and not name.startswith("_") and name not in ("count", "max_axis")
    ),
}  # fmt: skip

# NumPy's name -> ours, where they differ
ALIASES: dict[str, str] = {
    "add.reduce": "sum",
    "multiply.reduce": "prod",
    "maximum.reduce": "max",
    "minimum.reduce": "min",
    "true_divide": "divide",
    "mod": "remainder",
    "amax": "max",
    "amin": "min",
    "abs": "absolute",
    "invert": "bitwise_not",
    "concat": "concatenate",
    "permute_dims": "transpose",
    "acos": "arccos",
    "acosh": "arccosh",
    "asin": "arcsin",
    "asinh": "arcsinh",
    "atan": "arctan",
    "atan2": "arctan2",
    "atanh": "arctanh",
    "pow": "power",
    "cumulative_sum": "cumsum",
}

METHODS: tuple[str, ...] = (
    "sum", "prod", "mean", "var", "std", "max", "min", "argmax", "argmin", "any", "all", "cumsum",
    "reshape", "transpose", "squeeze", "ravel", "swapaxes", "astype", "clip", "dot", "take", "argsort",
)  # fmt: skip


def public() -> dict[str, Callable[..., Any]]:
    """Every public function of nodes by name, aliases included."""
    found = {name: getattr(module, name) for module, names in PUBLIC.items() for name in names}
    return found | {alias: found[name] for alias, name in ALIASES.items() if "." not in alias}


def numpy_table() -> dict[str, str]:
    """NumPy's function name -> our public name."""
    return {name: name for name in public()} | ALIASES

