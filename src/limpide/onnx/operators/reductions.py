"""Reductions, running sums, softmax, products of matrices, sorting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...dtypes import is_float
from ...errors import DataError
from ...nn.words import lp
from ...shapes import product
from ...tensor import Tensor, astensor
from .table import axis_in, integers, known, number, operator

Fold = Callable[[Tensor, tuple[int, ...], bool], Any]


def _by(name: str) -> Fold:
    return lambda x, axes, keepdims: getattr(lp, name)(x, axis=axes, keepdims=keepdims)


def _extreme(name: str, truths: str) -> Fold:
    def fold(x: Tensor, axes: tuple[int, ...], keepdims: bool) -> Any:
        if x.dtype == np.bool_:
            return _by(truths)(x, axes, keepdims)
        if any(isinstance(x.shape[a], int) and x.shape[a] == 0 for a in axes):
            shape = tuple(1 if a in axes else s for a, s in enumerate(x.shape))
            full = lp.full(shape, _lowest(x, name), x.dtype)
            return full if keepdims else lp.squeeze(full, axes)
        return _by(name)(x, axes, keepdims)

    return fold


def _lowest(x: Tensor, name: str) -> Any:
    if is_float(x.dtype):
        return -np.inf if name == "max" else np.inf
    limits = np.iinfo(x.dtype)
    return limits.min if name == "max" else limits.max


def _mean(x: Tensor, axes: tuple[int, ...], keepdims: bool) -> Any:
    if is_float(x.dtype):
        return lp.mean(x, axis=axes, keepdims=keepdims)
    return lp.trunc(lp.sum(x, axis=axes, keepdims=keepdims) / product(x.shape[a] for a in axes))


FOLDS: dict[str, Fold] = {
    "ReduceSum": _by("sum"),
    "ReduceProd": _by("prod"),
    "ReduceMean": _mean,
    "ReduceMax": _extreme("max", "any"),
    "ReduceMin": _extreme("min", "all"),
    "ReduceL1": lambda x, axes, keepdims: lp.sum(lp.absolute(x), axis=axes, keepdims=keepdims),
    "ReduceL2": lambda x, axes, keepdims: lp.sqrt(lp.sum(lp.square(x), axis=axes, keepdims=keepdims)),
    "ReduceSumSquare": lambda x, axes, keepdims: lp.sum(lp.square(x), axis=axes, keepdims=keepdims),
    "ReduceLogSum": lambda x, axes, keepdims: lp.log(lp.sum(x, axis=axes, keepdims=keepdims)),
    "ReduceLogSumExp": lambda x, axes, keepdims: _log_sum_exp(x, axes, keepdims),
}


def _log_sum_exp(x: Tensor, axes: tuple[int, ...], keepdims: bool) -> Any:
    if not is_float(x.dtype):
        x = x.astype("float64")
    if any(isinstance(x.shape[a], int) and x.shape[a] == 0 for a in axes):
        return lp.log(lp.sum(x, axis=axes, keepdims=keepdims))
    return lp.logsumexp(x, axis=axes, keepdims=keepdims)


def _reduction(fold: Fold) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The operator with its axes as an attribute, and with its axes as an input."""

    def apply(x: Any, axes: tuple[int, ...], keepdims: int, nothing: bool = False) -> Any:
        x = astensor(x)
        if nothing and not axes:
            return fold(x, (), True).astype(x.dtype)
        places = tuple(axis_in(a, x.ndim) for a in axes) or tuple(range(x.ndim))
        return astensor(fold(x, places, bool(keepdims))).astype(x.dtype)

    def old(x: Any, *, axes: tuple[int, ...] = (), keepdims: int = 1) -> Any:
        return apply(x, axes, keepdims)

    def new(x: Any, axes: Any = None, *, keepdims: int = 1, noop_with_empty_axes: int = 0) -> Any:
        return apply(x, () if axes is None else integers(axes, "axes"), keepdims, bool(noop_with_empty_axes))

    return old, new


for _name, _fold in FOLDS.items():
    _old, _new = _reduction(_fold)
    operator(_name)(_old)
    operator(_name, 13 if _name == "ReduceSum" else 18)(_new)


def _located(name: str) -> Callable[..., Any]:
    def locate(x: Any, *, axis: int = 0, keepdims: int = 1, select_last_index: int = 0) -> Any:
        x = astensor(x)
        axis = axis_in(axis, x.ndim)
        find = getattr(lp, name)
        if not select_last_index:
            return find(x, axis=axis, keepdims=bool(keepdims))
        return x.shape[axis] - 1 - find(lp.flip(x, axis), axis=axis, keepdims=bool(keepdims))

    return locate


operator("ArgMax")(_located("argmax"))
operator("ArgMin")(_located("argmin"))


# ----------------------------------------------------------------------------------------- along one axis
def _rows(x: Tensor, axis: int) -> Any:
    """All axes from one on as one: how softmax worked before version 13."""
    lead = product(x.shape[:axis])
    return lp.reshape(x, (lead, product(x.shape[axis:])))


def _flattened(name: str) -> Callable[..., Any]:
    def run(x: Any, *, axis: int = 1) -> Any:
        x = astensor(x)
        return lp.reshape(ALONG[name](_rows(x, axis_in(axis, x.ndim)), -1), x.shape)

    return run


def _along(name: str) -> Callable[..., Any]:
    def run(x: Any, *, axis: int = -1) -> Any:
        return ALONG[name](astensor(x), axis)

    return run


def hardmax(x: Tensor, axis: int) -> Any:
    axis = axis_in(axis, x.ndim)
    places = lp.argmax(x, axis=axis, keepdims=True)
    counted = lp.reshape(lp.arange(x.shape[axis]), tuple(-1 if a == axis else 1 for a in range(x.ndim)))
    return lp.equal(places, counted).astype(x.dtype)


ALONG: dict[str, Callable[[Tensor, int], Any]] = {
    "Softmax": lambda x, axis: lp.softmax(x, axis),
    "LogSoftmax": lambda x, axis: lp.log_softmax(x, axis),
    "Hardmax": hardmax,
}
for _name in ALONG:
    operator(_name)(_flattened(_name))
    operator(_name, 13)(_along(_name))


def _cumulative(name: str, neutral: int) -> Callable[..., Any]:
    def run(x: Any, axis: Any, *, exclusive: int = 0, reverse: int = 0) -> Any:
        x = astensor(x)
        at = axis_in(int(number(axis, "axis")), x.ndim)
        x = lp.flip(x, at) if reverse else x
        y = getattr(lp, name)(x, axis=at).astype(x.dtype)
        if exclusive:
            ends = tuple((1, 0) if a == at else (0, 0) for a in range(x.ndim))
            whole: list[Any] = [slice(None)] * x.ndim
            whole[at] = slice(0, x.shape[at])
            y = lp.pad(y, ends, constant_values=neutral)[tuple(whole)]
        return lp.flip(y, at) if reverse else y

    return run


operator("CumSum")(_cumulative("cumsum", 0))
operator("CumProd")(_cumulative("cumprod", 1))


@operator("TopK")
def top_k_of_attribute(x: Any, *, k: int, axis: int = -1) -> Any:
    return lp.top_k(x, k, axis)


@operator("TopK", 10)
def top_k(x: Any, k: Any, *, axis: int = -1, largest: int = 1, sorted: int = 1) -> Any:
    x = astensor(x)
    axis, count = axis_in(axis, x.ndim), int(number(k, "K"))
    if not 0 <= count <= x.shape[axis]:
        raise DataError("onnx", f"K is {count}, but the axis has {x.shape[axis]} elements")
    order = lp.argsort(x, axis=axis, descending=bool(largest))
    places = order[(*[slice(None)] * axis, slice(0, count))]
    return lp.take_along_axis(x, places, axis), places


@operator("LpNormalization")
def lp_normalization(x: Any, *, axis: int = -1, p: int = 2) -> Any:
    size = lp.vector_norm(x, axis=axis, keepdims=True, ord=p)
    return lp.where(lp.equal(size, 0), lp.zeros_like(x), x / lp.where(lp.equal(size, 0), 1, size))


# -------------------------------------------------------------------------------------------- products
@operator("MatMul")
def matmul(a: Any, b: Any) -> Any:
    return lp.matmul(a, b)


@operator("Gemm")
def gemm(
    a: Any, b: Any, c: Any = None, *, alpha: float = 1.0, beta: float = 1.0, transA: int = 0, transB: int = 0,
    broadcast: int = 0,
) -> Any:  # fmt: skip
    a, b = astensor(a), astensor(b)
    if a.ndim != 2 or b.ndim != 2:
        raise DataError("onnx", f"Gemm takes matrices, not {a.ndim} and {b.ndim} axes")
    y = lp.matmul(a.T if transA else a, b.T if transB else b)
    y = y if alpha == 1 else _times(y, alpha)
    return y if c is None or beta == 0 else y + (c if beta == 1 else _times(astensor(c), beta))


def _times(x: Tensor, factor: float) -> Any:
    return (x * factor).astype(x.dtype)


@operator("Einsum")
def einsum(*operands: Any, equation: str) -> Any:
    return lp.einsum(equation, *operands)


@operator("Det")
def determinant(x: Any) -> Any:
    x = astensor(x)
    return Tensor(None, np.asarray(np.linalg.det(known(x, "a determinant")), x.dtype))
