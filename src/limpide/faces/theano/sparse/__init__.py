"""`theano.sparse`: matrices that are sparse at the border of functions; inside they are dense."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from ....errors import MissingExtraError
from ... import missing
from .. import scalar
from ..compile.sharedvalue import TensorSharedVariable, shared_constructor
from ..configparser import config
from ..gof.graph import Between, Variable
from ..tensor import basic
from ..tensor.basic import dtype_named, record_op
from ..tensor.elementwise import elementwise, reductions
from ..tensor.type import TensorType, formula
from ..tensor.var import _tensor_py_operators, as_tensor_variable, dtype_of

FORMATS = ("csr", "csc", "bsr")


def scipy_sparse() -> Any:
    """The one door to SciPy's sparse matrices."""
    try:
        return importlib.import_module("scipy.sparse")
    except ImportError:
        raise MissingExtraError("scipy", "faces", "theano.sparse") from None


class SparseType(TensorType):
    """Sparse matrices of a format and dtype."""

    def __init__(self, format: str, dtype: Any = None):
        if format not in FORMATS:
            raise ValueError(f"unsupported format {format!r}: it is one of {FORMATS}")
        super().__init__(dtype or config.floatX, (False, False))
        self.format = format

    def filter(self, data: Any, strict: bool = False, allow_downcast: bool | None = None) -> Any:
        """The matrix as an array. Raises TypeError for what is not sparse."""
        if not hasattr(data, "toarray"):
            raise TypeError(f"{self} expects a scipy.sparse matrix, not a {type(data).__name__}")
        return super().filter(np.asarray(data.toarray()), False, allow_downcast)

    def to_value(self, array: Any) -> Any:
        """An array as a sparse matrix."""
        return getattr(scipy_sparse(), f"{self.format}_matrix")(array)

    def __reduce__(self) -> Any:
        return SparseType, (self.format, self.dtype)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SparseType) and (self.format, self.dtype) == (other.format, other.dtype)

    def __hash__(self) -> int:
        return hash((self.format, self.dtype))

    def __str__(self) -> str:
        return f"Sparse[{self.dtype}, {self.format}]"

    __repr__ = __str__


class _sparse_py_operators(_tensor_py_operators):
    """What sparse variables do otherwise than dense ones."""

    is_sparse = True

    @property
    def format(self) -> str:
        found: str = self.type.format
        return found

    @property
    def T(self) -> Any:
        other = {"csr": "csc", "csc": "csr"}.get(self.format, self.format)
        return as_sparse(basic.transpose(dense_from_sparse(self)), other)

    def transpose(self) -> Any:
        return self.T

    def toarray(self) -> Any:
        """As a dense variable."""
        return dense_from_sparse(self)

    def __add__(self, other: Any) -> Any:
        return add(self, other)

    def __sub__(self, other: Any) -> Any:
        return sub(self, other)

    def __mul__(self, other: Any) -> Any:
        return mul(self, other)

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> Any:
        return as_sparse(-dense_from_sparse(self), self.format)

    def __dot__(self, other: Any) -> Any:
        return dot(self, other)

    def dot(self, other: Any) -> Any:
        return dot(self, other)

    def sum(self, axis: Any = None, **_: Any) -> Any:
        return sp_sum(self, axis)

    def __getitem__(self, index: Any) -> Any:
        part = dense_from_sparse(self)[index]
        return as_sparse(part, self.format) if part.ndim == 2 else part


class SparseVariable(_sparse_py_operators, Variable):
    """A symbolic sparse matrix."""


class SparseConstant(SparseVariable):
    """A sparse matrix whose value is known."""


class SparseTensorSharedVariable(_sparse_py_operators, TensorSharedVariable):
    """A shared sparse matrix."""

    def get_value(self, borrow: bool = False, return_internal_type: bool = False) -> Any:
        return self.type.to_value(np.array(self.source.parameter.cell.value))


SparseType.variable = SparseVariable


def sparse_constructor(
    value: Any,
    name: str | None = None,
    strict: bool = False,
    allow_downcast: bool | None = None,
    borrow: bool = False,
    **_: Any,
) -> Any:
    """Shared sparse matrices."""
    if not hasattr(value, "toarray") or getattr(value, "format", None) not in FORMATS:
        raise TypeError(f"not a sparse matrix: {type(value)}")
    return SparseTensorSharedVariable(
        value, SparseType(value.format, value.dtype), name, strict, allow_downcast
    )


shared_constructor(sparse_constructor)


def as_sparse(x: Any, format: str = "csr") -> Any:
    """A dense variable's matrix as a sparse variable."""
    return SparseVariable(SparseType(format, dtype_of(x)), x.source, x.index, x.name)


def as_sparse_variable(x: Any, name: str | None = None) -> Any:
    """A sparse variable as it is; a sparse matrix as a constant."""
    if getattr(x, "is_sparse", False):
        return x
    if hasattr(x, "toarray"):
        return as_sparse(as_tensor_variable(x.toarray(), name), x.format)
    raise TypeError(f"{x!r} is not sparse")


def as_sparse_or_tensor_variable(x: Any, name: str | None = None) -> Any:
    sparse = hasattr(x, "toarray") or getattr(x, "is_sparse", False)
    return as_sparse_variable(x, name) if sparse else as_tensor_variable(x, name)


def dense_from_sparse(x: Any) -> Any:
    """A sparse variable's matrix as a dense variable."""
    x = as_sparse_variable(x)
    return record_op("DenseFromSparse", lambda t: t, x, known=lambda: formula(x.type.dtype, 2))


def csr_from_dense(x: Any) -> Any:
    return as_sparse(basic.cast(as_tensor_variable(x), dtype_of(as_tensor_variable(x))), "csr")


def csc_from_dense(x: Any) -> Any:
    return as_sparse(as_tensor_variable(x), "csc")


def matrix(format: str, name: str | None = None, dtype: Any = None) -> Any:
    """A symbolic sparse matrix of a format."""
    return SparseType(format, dtype_named(dtype))(name)


def csr_matrix(name: str | None = None, dtype: Any = None) -> Any:
    return matrix("csr", name, dtype)


def csc_matrix(name: str | None = None, dtype: Any = None) -> Any:
    return matrix("csc", name, dtype)


def bsr_matrix(name: str | None = None, dtype: Any = None) -> Any:
    return matrix("bsr", name, dtype)


csr_dmatrix, csc_dmatrix = SparseType("csr", "float64"), SparseType("csc", "float64")
csr_fmatrix, csc_fmatrix = SparseType("csr", "float32"), SparseType("csc", "float32")


# ------------------------------------------------------------------------------------------- arithmetic
def _dense(x: Any) -> tuple[Any, str | None]:
    """The dense variable, and its format if it is sparse."""
    if getattr(x, "is_sparse", False) or hasattr(x, "toarray"):
        x = as_sparse_variable(x)
        return dense_from_sparse(x), x.format
    return as_tensor_variable(x), None


def add(x: Any, y: Any) -> Any:
    """The sum: sparse if both are."""
    (a, f), (b, g) = _dense(x), _dense(y)
    return as_sparse(a + b, f or "csr") if f and g else a + b


def sub(x: Any, y: Any) -> Any:
    (a, f), (b, g) = _dense(x), _dense(y)
    return as_sparse(a - b, f or "csr") if f and g else a - b


def mul(x: Any, y: Any) -> Any:
    """The elementwise product: sparse if one is."""
    (a, f), (b, g) = _dense(x), _dense(y)
    return as_sparse(a * b, f or g or "csr")


multiply = mul


def dot(x: Any, y: Any) -> Any:
    """The matrix product, a dense matrix."""
    return basic.dot(_dense(x)[0], _dense(y)[0])


def structured_dot(x: Any, y: Any) -> Any:
    """The product of a sparse matrix and another: sparse if both are."""
    (a, f), (b, g) = _dense(x), _dense(y)
    product = basic.dot(a, b)
    return as_sparse(product, f or "csr") if f and g else product


true_dot = structured_dot


def sp_sum(x: Any, axis: Any = None, sparse_grad: bool = False) -> Any:
    return reductions["sum"](dense_from_sparse(x), axis)


def sp_ones_like(x: Any) -> Any:
    """Ones where the matrix is not zero."""
    return as_sparse(basic.cast(elementwise["neq"](dense_from_sparse(x), 0), dtype_of(x)), x.format)


def sp_zeros_like(x: Any) -> Any:
    return as_sparse(dense_from_sparse(x) * 0, x.format)


def transpose(x: Any) -> Any:
    return as_sparse_variable(x).T


def diag(x: Any) -> Any:
    return basic.diag(dense_from_sparse(x))


def square_diagonal(diagonal: Any) -> Any:
    return as_sparse(basic.diag(as_tensor_variable(diagonal)), "csc")


def row_scale(x: Any, s: Any) -> Any:
    return as_sparse(dense_from_sparse(x) * as_tensor_variable(s).dimshuffle(0, "x"), x.format)


def col_scale(x: Any, s: Any) -> Any:
    return as_sparse(dense_from_sparse(x) * as_tensor_variable(s).dimshuffle("x", 0), x.format)


def clean(x: Any) -> Any:
    return as_sparse_variable(x)


def cast(x: Any, dtype: Any) -> Any:
    return as_sparse(basic.cast(dense_from_sparse(x), dtype), x.format)


def _structured(name: str) -> Callable[..., Any]:
    """An elementwise function of the elements that are not zero."""

    def function(x: Any) -> Any:
        a = dense_from_sparse(x)
        stays = elementwise["eq"](a, 0)
        return as_sparse(
            elementwise["switch"](stays, 0, elementwise[name](elementwise["switch"](stays, 1, a))), x.format
        )

    return function


structured_exp, structured_log, structured_sigmoid = map(_structured, ("exp", "log", "sigmoid"))


def _each(name: str) -> Callable[..., Any]:
    """An elementwise function that leaves zeros zero."""
    return lambda x: as_sparse(elementwise[name](dense_from_sparse(x)), x.format)


sqr, sqrt, sin, tan, tanh, arcsin = map(_each, ("sqr", "sqrt", "sin", "tan", "tanh", "arcsin"))
arctan, sgn, floor, ceil, expm1, log1p = map(_each, ("arctan", "sgn", "floor", "ceil", "expm1", "log1p"))


# ------------------------------------------------------------------------------------- parts of matrices
def _csm(format: str) -> Callable[..., Any]:
    def construct(data: Any, indices: Any, indptr: Any, shape: Any) -> Any:
        """The sparse matrix of these parts."""
        parts = [as_tensor_variable(p) for p in (data, indices, indptr, shape)]

        def make(data: Any, indices: Any, indptr: Any, shape: Any) -> Any:
            kind = getattr(scipy_sparse(), f"{format}_matrix")
            return kind((data, indices, indptr), tuple(int(s) for s in shape)).toarray()

        dense = record_op(
            format.upper(), make, *parts, known=lambda: formula(dtype_of(parts[0]), 2), kind=Between
        )
        return as_sparse(dense, format)

    return construct


CSR, CSC = _csm("csr"), _csm("csc")


def csm_properties(csm: Any) -> tuple[Any, Any, Any, Any]:
    """The data, indices, pointers and shape of a sparse matrix."""
    csm = as_sparse_variable(csm)

    def parts(array: Any) -> Any:
        found = csm.type.to_value(array)
        return found.data, found.indices, found.indptr, np.array(found.shape, "int32")

    dtypes = [csm.type.dtype, "int32", "int32", "int32"]
    return tuple(
        record_op(
            "CSMProperties",
            parts,
            csm,
            count=4,
            known=lambda: [formula(d, 1) for d in dtypes],
            kind=Between,
        )
    )


def csm_data(csm: Any) -> Any:
    return csm_properties(csm)[0]


def csm_indices(csm: Any) -> Any:
    return csm_properties(csm)[1]


def csm_indptr(csm: Any) -> Any:
    return csm_properties(csm)[2]


def csm_shape(csm: Any) -> Any:
    return csm_properties(csm)[3]


def hstack(blocks: Any, format: str | None = None, dtype: Any = None) -> Any:
    return as_sparse(basic.concatenate([_dense(b)[0] for b in blocks], axis=1), format or "csc")


def vstack(blocks: Any, format: str | None = None, dtype: Any = None) -> Any:
    return as_sparse(basic.concatenate([_dense(b)[0] for b in blocks], axis=0), format or "csc")


def sparse_sampling_dot(x: Any, y: Any, p: Any) -> Any:
    """p times the product of x and y', elementwise."""
    pattern = dense_from_sparse(p)
    return as_sparse(pattern * basic.dot(as_tensor_variable(x), as_tensor_variable(y).T), "csr")


sampling_dot = sparse_sampling_dot
enable_sparse = True
all_dtypes = (*scalar.DISCRETE, *scalar.FLOATS)


__getattr__ = missing.attributes("theano.sparse", globals())
