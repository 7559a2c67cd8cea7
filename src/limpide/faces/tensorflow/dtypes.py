"""TensorFlow's data types: names over NumPy's, with the engine's dtype where it can compute in them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...dtypes import BFLOAT16, SUPPORTED
from ...dtypes import DType as EngineType

Numpy = np.dtype[Any]


class DType:
    """A data type; reference types are those of variables.

    >>> float32.as_numpy_dtype, float32.name, float32.is_floating
    (<class 'numpy.float32'>, 'float32', True)
    """

    def __init__(self, name: str, numpy: Any, number: int, ref: DType | None = None):
        self.name, self._number, self._base = name, number, ref
        self._numpy: Numpy | None = None if numpy is None else np.dtype(numpy)

    @property
    def as_numpy_dtype(self) -> Any:
        return object if self._numpy is None or self._numpy.kind == "O" else self._numpy.type

    @property
    def engine(self) -> EngineType | None:
        """The dtype in which the engine computes, or None where NumPy does it (text, complex numbers)."""
        if self.base_dtype is bfloat16:
            return BFLOAT16
        if self.base_dtype is float16:
            return np.dtype(np.float32)
        return self._numpy if self._numpy in SUPPORTED else None

    @property
    def base_dtype(self) -> DType:
        return self._base or self

    @property
    def real_dtype(self) -> DType:
        return {complex64: float32, complex128: float64}.get(self.base_dtype, self)

    @property
    def as_datatype_enum(self) -> int:
        return self._number + (100 if self._base else 0)

    @property
    def _ref(self) -> DType:
        return REFERENCES[self.base_dtype]

    @property
    def _is_ref_dtype(self) -> bool:
        return self._base is not None

    def _kind(self, kinds: str) -> bool:
        return self._numpy is not None and self._numpy.kind in kinds

    @property
    def is_floating(self) -> bool:
        return self._kind("f") or self.base_dtype is bfloat16

    @property
    def is_integer(self) -> bool:
        return self._kind("iu") and not self.is_quantized

    @property
    def is_unsigned(self) -> bool:
        return self._kind("u")

    @property
    def is_bool(self) -> bool:
        return self._kind("b")

    @property
    def is_complex(self) -> bool:
        return self._kind("c")

    @property
    def is_quantized(self) -> bool:
        return self.name.startswith("q")

    @property
    def is_numpy_compatible(self) -> bool:
        return self._numpy is not None

    @property
    def size(self) -> int:
        return 1 if self._numpy is None else self._numpy.itemsize

    def _limit(self, name: str) -> Any:
        if self.is_floating:
            return getattr(np.finfo(self.as_numpy_dtype), name)
        if self.is_bool:
            return name == "max"
        if not self.is_integer:
            raise TypeError(f"Cannot find {name}imum value of {self}.")
        return getattr(np.iinfo(self.as_numpy_dtype), name)

    @property
    def min(self) -> Any:
        return self._limit("min")

    @property
    def max(self) -> Any:
        return self._limit("max")

    @property
    def limits(self) -> tuple[Any, Any]:
        return {bool_: (False, True), float32: (0.0, 1.0), float64: (0.0, 1.0)}.get(
            self.base_dtype, (0, self.max)
        )

    def is_compatible_with(self, other: Any) -> bool:
        wanted = as_dtype(other)
        return self in (wanted, wanted.base_dtype)

    def __eq__(self, other: Any) -> bool:
        if other is None:
            return False
        try:
            return as_dtype(other) is self
        except TypeError:
            return False

    def __hash__(self) -> int:
        return hash(self.name)

    def __int__(self) -> int:
        return self.as_datatype_enum

    def __str__(self) -> str:
        return f"<dtype: '{self.name}'>"

    def __repr__(self) -> str:
        return f"tf.{self.name}"

    def __reduce__(self) -> tuple[Any, ...]:
        return as_dtype, (self.name,)


_TABLE = [
    ("float32", np.float32, 1), ("float64", np.float64, 2), ("int32", np.int32, 3), ("uint8", np.uint8, 4),
    ("int16", np.int16, 5), ("int8", np.int8, 6), ("string", np.object_, 7), ("complex64", np.complex64, 8),
    ("int64", np.int64, 9), ("bool", np.bool_, 10), ("qint8", np.int8, 11), ("quint8", np.uint8, 12),
    ("qint32", np.int32, 13), ("bfloat16", None, 14), ("qint16", np.int16, 15), ("quint16", np.uint16, 16),
    ("uint16", np.uint16, 17), ("complex128", np.complex128, 18), ("float16", np.float16, 19),
    ("resource", None, 20), ("variant", None, 21), ("uint32", np.uint32, 22), ("uint64", np.uint64, 23),
]  # fmt: skip
TYPES = {name: DType(name, numpy, number) for name, numpy, number in _TABLE}
REFERENCES = {base: DType(f"{name}_ref", base._numpy, base._number, base) for name, base in TYPES.items()}

float16 = half = TYPES["float16"]
float32, float64, bfloat16 = TYPES["float32"], TYPES["float64"], TYPES["bfloat16"]
double = float64
int8, int16, int32, int64 = TYPES["int8"], TYPES["int16"], TYPES["int32"], TYPES["int64"]
uint8, uint16, uint32, uint64 = TYPES["uint8"], TYPES["uint16"], TYPES["uint32"], TYPES["uint64"]
bool_, string, complex64, complex128 = TYPES["bool"], TYPES["string"], TYPES["complex64"], TYPES["complex128"]
resource, variant = TYPES["resource"], TYPES["variant"]
qint8, qint16, qint32, quint8, quint16 = (
    TYPES[f"q{n}"] for n in ("int8", "int16", "int32", "uint8", "uint16")
)

_BY_NAME = (
    TYPES | {r.name: r for r in REFERENCES.values()} | {"half": float16, "float": float32, "double": float64}
)
_BY_NUMBER = {t.as_datatype_enum: t for t in [*TYPES.values(), *REFERENCES.values()]}
_BY_PYTHON: dict[Any, DType] = {
    float: float32,
    int: int32,
    bool: bool_,
    str: string,
    bytes: string,
    complex: complex128,
}


def as_dtype(value: Any) -> DType:
    """A data type from TensorFlow's, NumPy's or Python's words for it.

    Raises TypeError for what is none.
    """
    if isinstance(value, DType):
        return value
    if isinstance(value, str) and value in _BY_NAME:
        return _BY_NAME[value]
    if isinstance(value, type) and value in _BY_PYTHON:
        return _BY_PYTHON[value]
    if isinstance(value, int) and value in _BY_NUMBER:
        return _BY_NUMBER[value]
    try:
        found: Numpy = np.dtype(value)
    except TypeError:
        raise TypeError(f"Cannot convert value {value!r} to a TensorFlow DType.") from None
    if found.kind in "USO":
        return string
    if found == BFLOAT16:
        return bfloat16
    name = found.newbyteorder("=").name
    if name not in TYPES:
        raise TypeError(f"Cannot convert value {value!r} to a TensorFlow DType.")
    return TYPES[name]


def engine_type(value: Any, default: Any = None) -> Any:
    """The engine's dtype for a TensorFlow, NumPy or Python one; `default` for None.

    Raises TypeError for text and complex numbers.
    """
    if value is None:
        return default if default is None else engine_type(default)
    dtype = as_dtype(value)
    if dtype.engine is None:
        raise TypeError(f"{dtype.name} is not a type that this operation computes in")
    return dtype.engine
