"""Assertions about tensors: tf.assert_*, tf.debugging."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import missing
from . import math
from .checks import check_numerics, checked, verify_tensor_all_finite
from .dtypes import as_dtype
from .inputs import convert_to_tensor
from .variables import no_op


def _comparison(word: str, compare: Callable[..., Any]) -> Callable[..., Any]:
    def check(
        x: Any, y: Any, data: Any = None, summarize: Any = None, message: str | None = None, name: Any = None
    ) -> Any:
        x = convert_to_tensor(x)
        y = convert_to_tensor(y, getattr(x.dtype, "base_dtype", None) if not hasattr(y, "dtype") else None)
        text = " ".join(filter(None, [message, f"assertion failed: x {word} y did not hold element-wise"]))
        return checked("Assert", compare(x, y), [x, y, *(data or [])], text, name, summarize)

    return check


def _sign(word: str, compare: Callable[..., Any]) -> Callable[..., Any]:
    def check(
        x: Any, data: Any = None, summarize: Any = None, message: str | None = None, name: Any = None
    ) -> Any:
        x = convert_to_tensor(x)
        text = " ".join(filter(None, [message, f"assertion failed: x {word} 0 did not hold element-wise"]))
        return checked("Assert", compare(x, 0), [x, *(data or [])], text, name, summarize)

    return check


assert_equal = _comparison("==", math.equal)
assert_none_equal = _comparison("!=", math.not_equal)
assert_less = _comparison("<", math.less)
assert_less_equal = _comparison("<=", math.less_equal)
assert_greater = _comparison(">", math.greater)
assert_greater_equal = _comparison(">=", math.greater_equal)
assert_positive = _sign(">", math.greater)
assert_negative = _sign("<", math.less)
assert_non_negative = _sign(">=", math.greater_equal)
assert_non_positive = _sign("<=", math.less_equal)


def assert_rank(
    x: Any, rank: Any, data: Any = None, summarize: Any = None, message: str | None = None, name: Any = None
) -> Any:
    """Raise ValueError where the number of axes is known and another one."""
    known = convert_to_tensor(x).shape
    found = known.ndims if hasattr(known, "ndims") else len(known)
    if found is not None and isinstance(rank, int) and found != rank:
        raise ValueError(f"{message or ''} Tensor must have rank {rank}, received rank {found}".strip())
    return no_op()


def assert_rank_at_least(
    x: Any, rank: Any, data: Any = None, summarize: Any = None, message: str | None = None, name: Any = None
) -> Any:
    """Raise ValueError where the number of axes is known and less."""
    found = convert_to_tensor(x).shape.ndims
    if found is not None and isinstance(rank, int) and found < rank:
        raise ValueError(
            f"{message or ''} Tensor must have rank at least {rank}, received rank {found}".strip()
        )
    return no_op()


def assert_rank_in(
    x: Any, ranks: Any, data: Any = None, summarize: Any = None, message: str | None = None, name: Any = None
) -> Any:
    found = convert_to_tensor(x).shape.ndims
    if found is not None and found not in ranks:
        raise ValueError(f"{message or ''} Tensor must have rank in {ranks}, received rank {found}".strip())
    return no_op()


def assert_integer(x: Any, message: str | None = None, name: Any = None) -> Any:
    """Raise TypeError where the elements are no integers."""
    if not as_dtype(convert_to_tensor(x).dtype).base_dtype.is_integer:
        raise TypeError(f'{message or ""} Expected "x" to be integer type'.strip())
    return no_op()


def assert_type(tensor: Any, tf_type: Any, message: str | None = None, name: Any = None) -> Any:
    """Raise TypeError where the elements are of another data type."""
    found = as_dtype(convert_to_tensor(tensor).dtype).base_dtype
    if found != as_dtype(tf_type):
        raise TypeError(f"{message or ''} tensor must be of type {tf_type}, not {found}".strip())
    return no_op()


def assert_proper_iterable(values: Any) -> None:
    if isinstance(values, (str, bytes)) or not hasattr(values, "__iter__"):
        raise TypeError(f'Expected argument "values" to be iterable. Found: {type(values)}')


def assert_scalar(tensor: Any, name: Any = None) -> Any:
    return assert_rank(tensor, 0)


def assert_same_float_dtype(tensors: Any = None, dtype: Any = None) -> Any:
    kinds = {as_dtype(t.dtype).base_dtype for t in tensors or ()}
    if len(kinds) > 1:
        raise ValueError(f"Expected one float type, found {kinds}")
    return kinds.pop() if kinds else as_dtype(dtype or "float32")


def assert_variables_initialized(var_list: Any = None) -> Any:
    return no_op()


def is_numeric_tensor(tensor: Any) -> bool:
    kind = getattr(tensor, "dtype", None)
    return kind is not None and as_dtype(kind).engine is not None and not as_dtype(kind).is_bool


def _monotonic(compare: Callable[..., Any]) -> Callable[..., Any]:
    def check(x: Any, name: Any = None) -> Any:
        flat = convert_to_tensor(x)
        return math.reduce_all(compare(flat[:-1], flat[1:]))

    return check


is_non_decreasing = _monotonic(math.less_equal)
is_strictly_increasing = _monotonic(math.less)
is_nan, is_inf, is_finite = math.is_nan, math.is_inf, math.is_finite
__all__ = [
    "assert_equal", "assert_greater", "assert_greater_equal", "assert_integer", "assert_less",
    "assert_less_equal", "assert_negative", "assert_non_negative", "assert_non_positive", "assert_none_equal",
    "assert_positive", "assert_proper_iterable", "assert_rank", "assert_rank_at_least", "assert_rank_in",
    "assert_same_float_dtype", "assert_scalar", "assert_type", "assert_variables_initialized",
    "check_numerics", "is_non_decreasing", "is_numeric_tensor", "is_strictly_increasing",
    "verify_tensor_all_finite",
]  # fmt: skip
__getattr__ = missing.attributes("tensorflow.debugging", globals())
