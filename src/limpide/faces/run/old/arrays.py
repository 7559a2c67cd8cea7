"""NumPy, pandas and h5py."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from .put import put, rename, translated

NUMPY = {
    "float": float, "int": int, "object": object, "str": str, "complex": complex, "unicode": str,
    "float_": np.float64, "complex_": np.complex128, "int0": np.intp, "uint0": np.uintp, "bool8": np.bool_,
    "unicode_": np.str_, "string_": np.bytes_, "singlecomplex": np.complex64, "cfloat": np.complex128,
    "object0": np.object_, "NaN": np.nan, "NAN": np.nan, "Inf": np.inf, "Infinity": np.inf, "infty": np.inf,
    "PINF": np.inf, "NINF": -np.inf, "PZERO": 0.0, "NZERO": -0.0,
    "product": np.prod, "cumproduct": np.cumprod, "sometrue": np.any, "alltrue": np.all,
    "row_stack": np.vstack,
    "round_": np.round, "rank": np.ndim, "mat": np.asmatrix, "alen": len, "issubclass_": issubclass,
    "trapz": np.trapezoid,
    "in1d": lambda a, b, **kwargs: np.isin(np.ravel(a), b, **kwargs),
    "asscalar": lambda a: a.item(),
    "asfarray": lambda a, dtype=np.float64: np.asarray(a, dtype),
    "msort": lambda a: np.sort(a, axis=0),
    "fastCopyAndTranspose": lambda a: np.array(a).T.copy(),
    "disp": lambda text, *args: print(text),
    "source": lambda thing, *args: print(thing),
    "sctypes": {
        "int": [np.int8, np.int16, np.int32, np.int64],
        "uint": [np.uint8, np.uint16, np.uint32, np.uint64],
        "float": [np.float16, np.float32, np.float64],
        "complex": [np.complex64, np.complex128],
        "others": [bool, object, bytes, str, np.void],
    },
}  # fmt: skip


class _Cast(dict[Any, Callable[[Any], Any]]):
    """`np.cast["float32"](x)`."""

    def __missing__(self, dtype: Any) -> Callable[[Any], Any]:
        return lambda x: np.asarray(x).astype(dtype)


def _numpy(module: Any) -> None:
    put(module, {**NUMPY, "cast": _Cast()})
    put(module.random, {"random_integers": lambda low, high=None, size=None: _integers(low, high, size)})
    for name in ("array", "asarray"):
        setattr(module, name, _ragged(getattr(module, name)))
    translated(module, "reshape", rename(newshape="shape"))
    put(module.linalg, {"linalg": module.linalg})
    module.fromstring = _fromstring(module.fromstring)
    translated(module, "load", lambda kwargs: kwargs.setdefault("allow_pickle", True))


def _integers(low: int, high: int | None, size: Any) -> Any:
    first, last = (1, low) if high is None else (low, high)
    return np.random.randint(first, last + 1, size)


def _ragged(function: Callable[..., Any]) -> Callable[..., Any]:
    """Rows of unequal lengths make an array of objects, as they did."""

    @functools.wraps(function)
    def made(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except ValueError as error:
            if "inhomogeneous" not in str(error) or len(args) > 1 or kwargs.get("dtype") is not None:
                raise
            return function(*args, **{**kwargs, "dtype": object})

    return made


def _fromstring(function: Callable[..., Any]) -> Callable[..., Any]:
    """Without a separator the bytes are the numbers; the array is a copy of them."""

    @functools.wraps(function)
    def read(string: Any, dtype: Any = float, count: int = -1, *, sep: str = "", **kwargs: Any) -> Any:
        if sep:
            return function(string, dtype, count, sep=sep, **kwargs)
        content = string.encode("latin-1") if isinstance(string, str) else string
        return np.frombuffer(content, dtype, count).copy()

    return read


def _pandas(module: Any) -> None:
    for kind in (module.DataFrame, module.Series):
        put(kind, {"as_matrix": _as_matrix, "ix": property(lambda self: self.loc)})


def _as_matrix(table: Any, columns: Any = None) -> Any:
    return (table if columns is None else table[columns]).to_numpy()


def _h5py(module: Any) -> None:
    put(module.Dataset, {"value": property(lambda self: self[()])})


PATCHES = {"numpy": _numpy, "pandas": _pandas, "h5py": _h5py}
