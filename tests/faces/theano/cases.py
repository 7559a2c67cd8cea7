"""Expressions that Theano and PyTensor write the same way: what they give is in reference.json."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Case = tuple[str, list[str], Callable[..., Any]]

# Names of inputs: dtype and sizes. Values are drawn from the name, so that both sides have the same.
SHAPES: dict[str, tuple[str, tuple[int, ...]]] = {
    "s": ("float64", ()), "v": ("float64", (4,)), "w": ("float64", (4,)), "m": ("float64", (3, 4)),
    "n": ("float64", (4, 2)), "q": ("float64", (3, 3)), "t": ("float64", (2, 3, 4)),
    "u": ("float64", (2, 4, 2)), "r": ("float64", (1, 4)), "c": ("float64", (3, 1)),
    "fs": ("float32", ()), "fv": ("float32", (4,)), "fm": ("float32", (3, 4)),
    "i": ("int32", ()), "iv": ("int32", (3,)), "im": ("int32", (3, 4)), "lv": ("int64", (4,)),
    "bv": ("int8", (4,)), "wv": ("int16", (4,)),
}  # fmt: skip


def value(name: str) -> Any:
    """The value of an input: floats near 0.5, small integers."""
    dtype, shape = SHAPES[name]
    rng = np.random.RandomState(sum(map(ord, name)))
    if dtype.startswith("float"):
        return np.asarray(rng.uniform(0.1, 0.9, shape)).astype(dtype)
    return np.asarray(rng.randint(0, 3, shape)).astype(dtype)


def _elementwise() -> list[Case]:
    names = [
        "exp", "log", "sqrt", "sqr", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arcsin", "arccos",
        "arctan", "arcsinh", "arctanh", "log1p", "expm1", "log2", "log10", "exp2", "abs", "neg",
        "sgn", "ceil", "floor",
        "sigmoid", "erf", "erfc", "erfinv", "softplus", "reciprocal", "deg2rad", "rad2deg",
    ]  # fmt: skip
    found: list[Case] = [(f"{n}(m)", ["m"], lambda T, x, n=n: getattr(T, n)(x)) for n in names]
    for n in ("exp", "sqrt", "sin", "ceil", "reciprocal", "log1p"):
        for x in ("bv", "wv", "iv", "lv", "fv"):
            found.append((f"{n}({x})", [x], lambda T, a, n=n: getattr(T, n)(a + 1)))
    return found


def _binary() -> list[Case]:
    found: list[Case] = []
    for n in ("add", "sub", "mul", "true_div", "pow", "maximum", "minimum", "lt", "ge", "eq", "neq"):
        found.append((f"{n}(m, r)", ["m", "r"], lambda T, a, b, n=n: getattr(T, n)(a, b)))
    pairs = [("bv", "fv"), ("wv", "fv"), ("lv", "fv"), ("lv", "bv"), ("fv", "v"), ("wv", "bv"), ("lv", "lv")]
    for x, y in pairs:
        for n in ("add", "mul", "true_div", "maximum"):
            found.append((f"{n}({x}, {y})", [x, y], lambda T, a, b, n=n: getattr(T, n)(a, b + 1)))
    for n in ("int_div", "mod"):
        found.append((f"{n}(im, 2)", ["im"], lambda T, a, n=n: getattr(T, n)(a - 1, 2)))
        found.append((f"{n}(m, 0.3)", ["m"], lambda T, a, n=n: getattr(T, n)(a, 0.3)))
    return found


def _constants() -> list[Case]:
    """How Python's numbers meet dtypes."""
    found: list[Case] = []
    for x in ("bv", "wv", "iv", "lv", "fv", "v"):
        for c in (1, 300, 100000, 2**40, 0.5, 0.1, 1e300):
            found.append((f"{x} + {c}", [x], lambda T, a, c=c: a + c))
        found.append((f"{x} / 2", [x], lambda T, a: a / 2))
        found.append((f"{x} // 2", [x], lambda T, a: a // 2))
        found.append((f"{x} ** 2", [x], lambda T, a: a**2))
        found.append((f"1 - {x}", [x], lambda T, a: 1 - a))
    return found


REST: list[Case] = [
    ("sum", ["m"], lambda T, x: T.sum(x)),
    ("sum axis", ["t"], lambda T, x: x.sum(axis=(0, 2))),
    ("sum keepdims", ["m"], lambda T, x: x.sum(axis=1, keepdims=True)),
    ("sum of ints", ["bv"], lambda T, x: x.sum()),
    ("sum of float32", ["fm"], lambda T, x: x.sum(axis=0)),
    ("prod", ["m"], lambda T, x: T.prod(x, axis=0)),
    ("prod of ints", ["iv"], lambda T, x: T.prod(x)),
    ("mean", ["m"], lambda T, x: x.mean(axis=1)),
    ("mean of ints", ["im"], lambda T, x: T.mean(x)),
    ("mean of float32", ["fm"], lambda T, x: T.mean(x)),
    ("mean of neq", ["iv"], lambda T, x: T.mean(T.neq(x, 1))),
    ("var", ["m"], lambda T, x: T.var(x, axis=0)),
    ("std", ["m"], lambda T, x: T.std(x)),
    ("max", ["m"], lambda T, x: T.max(x, axis=1)),
    ("min", ["m"], lambda T, x: x.min()),
    ("argmax", ["m"], lambda T, x: T.argmax(x, axis=1)),
    ("argmax all", ["m"], lambda T, x: T.argmax(x)),
    ("argmin", ["m"], lambda T, x: T.argmin(x, axis=0)),
    ("all", ["im"], lambda T, x: T.all(T.ge(x, 0), axis=0)),
    ("any", ["im"], lambda T, x: T.any(T.gt(x, 1), axis=1)),
    ("dot mm", ["m", "n"], lambda T, a, b: T.dot(a, b)),
    ("dot mv", ["m", "v"], lambda T, a, b: T.dot(a, b)),
    ("dot vm", ["v", "n"], lambda T, a, b: T.dot(a, b)),
    ("dot vv", ["v", "w"], lambda T, a, b: T.dot(a, b)),
    ("dot float32 int", ["fm", "lv"], lambda T, a, b: T.dot(a, b)),
    ("outer", ["v", "w"], lambda T, a, b: T.outer(a, b)),
    ("tensordot", ["t", "m"], lambda T, a, b: T.tensordot(a, b, axes=[[1, 2], [0, 1]])),
    ("tensordot 1", ["t", "n"], lambda T, a, b: T.tensordot(a, b, axes=1)),
    ("batched_dot", ["t", "u"], lambda T, a, b: T.batched_dot(a, b)),
    ("transpose", ["t"], lambda T, x: x.transpose(2, 0, 1)),
    ("dimshuffle", ["m"], lambda T, x: x.dimshuffle(1, "x", 0) * 2),
    ("dimshuffle vector", ["v", "m"], lambda T, v, m: v.dimshuffle("x", 0) + m),
    ("reshape", ["m"], lambda T, x: x.reshape((2, 6))),
    ("reshape -1", ["m"], lambda T, x: x.reshape((-1, 2))),
    ("reshape of a shape", ["m", "t"], lambda T, x, t: t.reshape((x.shape[0], 8))),
    ("flatten", ["t"], lambda T, x: x.flatten()),
    ("flatten 2", ["t"], lambda T, x: x.flatten(2)),
    ("shape", ["t"], lambda T, x: x.shape),
    ("size", ["t"], lambda T, x: x.size),
    ("join", ["m", "fm"], lambda T, a, b: T.join(0, a, b)),
    ("concatenate", ["m", "q"], lambda T, a, b: T.concatenate([a, b], axis=1)),
    ("stack", ["v", "w"], lambda T, a, b: T.stack([a, b])),
    ("stack axis", ["v", "w"], lambda T, a, b: T.stack([a, b], axis=1)),
    ("stack scalars", ["s", "fs"], lambda T, a, b: T.stack([a, b, a * b])),
    ("tile", ["m"], lambda T, x: T.tile(x, (2, 3))),
    ("repeat", ["m"], lambda T, x: T.repeat(x, 2, axis=1)),
    ("roll", ["v"], lambda T, x: T.roll(x, 2)),
    ("diag of a matrix", ["q"], lambda T, x: T.diag(x)),
    ("diag of a vector", ["v"], lambda T, x: T.diag(x)),
    ("trace", ["q"], lambda T, x: T.linalg.trace(x) if hasattr(T, "linalg") else T.nlinalg.trace(x)),
    ("tril", ["q"], lambda T, x: T.tril(x)),
    ("triu", ["q"], lambda T, x: T.triu(x, 1)),
    ("eye", [], lambda T: T.eye(3, 4, 1)),
    ("zeros", ["m"], lambda T, x: T.zeros((x.shape[0], 2)) + 1),
    ("ones_like", ["iv"], lambda T, x: T.ones_like(x)),
    ("zeros_like float", ["fv"], lambda T, x: T.zeros_like(x, dtype="float64")),
    ("alloc", ["v"], lambda T, x: T.alloc(x, 3, 4)),
    ("fill", ["m"], lambda T, x: T.fill(x, 7)),
    ("arange", [], lambda T: T.arange(5)),
    ("arange of a shape", ["m"], lambda T, x: T.arange(x.shape[1])),
    ("arange floats", [], lambda T: T.arange(0.0, 1.0, 0.25)),
    ("arange step", [], lambda T: T.arange(2, 11, 3)),
    ("switch", ["m", "r"], lambda T, a, b: T.switch(T.lt(a, b), a, b * 2)),
    ("clip", ["m"], lambda T, x: T.clip(x, 0.3, 0.6)),
    ("cast", ["m"], lambda T, x: T.cast(x * 5, "int32")),
    ("round", ["m"], lambda T, x: T.round(x * 5)),
    ("sort", ["m"], lambda T, x: T.sort(x, axis=1)),
    ("argsort", ["m"], lambda T, x: T.argsort(x, axis=0)),
    ("cumsum", ["m"], lambda T, x: T.cumsum(x, axis=1)),
    ("cumprod", ["v"], lambda T, x: T.cumprod(x)),
    ("index", ["m"], lambda T, x: x[1]),
    ("index -1", ["m"], lambda T, x: x[-1, 2]),
    ("slice", ["m"], lambda T, x: x[1:, ::2]),
    ("slice back", ["v"], lambda T, x: x[::-1]),
    ("slice bounds back", ["v"], lambda T, x: x[3:0:-1]),
    ("newaxis", ["v"], lambda T, x: x[:, None] * x),
    ("ellipsis", ["t"], lambda T, x: x[..., 1]),
    ("index by an input", ["m", "i"], lambda T, x, i: x[i]),
    ("slice by an input", ["v", "i"], lambda T, x, i: x[i : i + 2]),
    ("take rows", ["m", "iv"], lambda T, x, i: x[i]),
    ("take columns", ["m", "iv"], lambda T, x, i: x[:, i]),
    ("pick", ["m", "iv"], lambda T, x, i: x[T.arange(i.shape[0]), i]),
    ("pick and slice", ["t", "iv"], lambda T, x, i: x[0, i]),
    ("set_subtensor", ["m", "v"], lambda T, x, v: T.set_subtensor(x[1], v)),
    ("set_subtensor slice", ["m"], lambda T, x: T.set_subtensor(x[:, 1:3], 0.5)),
    ("inc_subtensor", ["m", "v"], lambda T, x, v: T.inc_subtensor(x[0], v)),
    ("inc_subtensor repeated", ["m", "iv"], lambda T, x, i: T.inc_subtensor(x[i], 1.0)),
    ("set_subtensor pick", ["m", "iv"], lambda T, x, i: T.set_subtensor(x[T.arange(3), i], 9.0)),
    ("nonzero", ["im", "m"], lambda T, i, x: x[T.gt(i, 0).nonzero()]),
    ("softmax", ["m"], lambda T, x: softmax(T, x)),
    ("log softmax of labels", ["m", "iv"], lambda T, x, i: -T.log(softmax(T, x))[T.arange(3), i]),
    ("norm", ["m"], lambda T, x: T.sqrt(T.sum(x**2))),
    ("builtin sum", ["m", "r"], lambda T, x, r: sum([x, r, x])),
    ("builtin abs", ["m"], lambda T, x: abs(x - 0.5)),
    ("comparison", ["m"], lambda T, x: (x > 0.5) * x),
    ("logical", ["im"], lambda T, x: (T.ge(x, 1) & T.le(x, 1)) | T.eq(x, 0)),
    ("invert", ["im"], lambda T, x: ~T.eq(x, 1)),
    ("bits", ["im"], lambda T, x: (x & 1) | (x ^ 2)),
    ("divmod", ["im"], lambda T, x: (x - 2) // 2 + (x - 2) % 2),
    ("inverse", ["q"], lambda T, x: inverse(T, x)),
    ("determinant", ["q"], lambda T, x: T.linalg.det(x) if hasattr(T, "linalg") else T.nlinalg.det(x)),
]


def softmax(T: Any, x: Any) -> Any:
    if hasattr(T, "nnet"):
        return T.nnet.softmax(x)
    return T.special.softmax(x, axis=-1)


def inverse(T: Any, x: Any) -> Any:
    if hasattr(T, "linalg"):
        return T.linalg.matrix_inverse(x)
    return T.nlinalg.matrix_inverse(x)


CASES: list[Case] = [*_elementwise(), *_binary(), *_constants(), *REST]
WITHOUT_GRADIENT = {"slice back"}
