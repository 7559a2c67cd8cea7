"""Every elementwise op, from its block: forward, gradients, dtypes, edges, on every device."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide.dtypes import BOOL, SUPPORTED
from limpide.errors import DTypeError, ShapeError
from limpide.graph import Array
from limpide.ops import define, random
from limpide.ops.define import MapOp, ops
from limpide.ops.names import ALIASES
from limpide.ops.philox import philox
from limpide.tensor import lift
from ops.check import (
    FLOATS,
    INTEGERS,
    check_gradient,
    configured,
    differs,
    pairs,
    run_everywhere,
    sample,
    special,
)

MAPS = [op for op in ops.values() if isinstance(op, MapOp)]
SIMPLE = [op for op in MAPS if op.name not in ("cast", "philox", "where")]  # these have tests of their own
KINDS = {"float": "f", "number": "fiu", "integer": "iub", "bool": "b", "any": "fiub"}

# Formulas of their own for what NumPy lacks, in extended precision.
FORMULAS: dict[str, Callable[..., Any]] = {
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "softplus": lambda x: np.log(1 + np.exp(x)),
    "log_sigmoid": lambda x: -np.log(1 + np.exp(-x)),
    "relu": lambda x: np.maximum(x, 0),
    "stop_gradient": lambda x: x,
    "erf": lambda x: np.vectorize(lambda v: math.erf(float(v)))(x),
    "bitwise_not": np.invert,
    "absolute": abs,
    "erfinv": lambda y: np.vectorize(_inverse_erf)(y),
}


def _inverse_erf(y: float) -> float:
    """By bisection."""
    low, high = -6.0, 6.0
    while (middle := (low + high) / 2) not in (low, high):
        low, high = (middle, high) if math.erf(middle) < y else (low, middle)
    return middle


def build(op: MapOp) -> Callable[..., Any]:
    return lp.functions[op.name]


def operands(op: MapOp, dtype: Any, shapes: list[tuple[int, ...]]) -> list[Array]:
    return [sample(dtype, s, *d, seed=i) for i, (s, d) in enumerate(zip(shapes, op.domain, strict=True))]


def accepted(op: MapOp, dtype: np.dtype[Any]) -> bool:
    """What an op works on without a conversion."""
    return dtype.kind in KINDS[op.takes]


def outputs(dtype: np.dtype[Any]) -> dict[str, Callable[[], tuple[Any, list[Array]]]]:
    """Every op on ordinary, scalar, empty, broadcast and special operands of a dtype."""
    cases: dict[str, Any] = {}
    for op in SIMPLE:
        if not accepted(op, dtype):
            continue
        n = len(op.domain)
        shapes = {"many": [(19,)] * n, "scalar": [()] * n, "empty": [(0, 3)] * n}
        if n == 2:
            shapes |= {"broadcast": [(3, 1), (1, 4)], "mixed": [(), (5,)]}
        for label, given in shapes.items():
            cases[f"{op.name} {label}"] = (op, operands(op, dtype, given))
        if op.name not in ("left_shift", "right_shift"):  # shifts by more than the width are undefined
            values = special(dtype)
            cases[f"{op.name} special"] = (op, [values] if n == 1 else list(pairs(values)))
    return cases


@pytest.mark.parametrize("dtype", SUPPORTED, ids=str)
def test_forward_on_every_device(dtype: np.dtype[Any]) -> None:
    cases = outputs(dtype)
    arrays = [a for _, given in cases.values() for a in given]

    def everything(*inputs: Any) -> dict[str, Any]:
        remaining = iter(inputs)
        return {label: build(op)(*(next(remaining) for _ in given)) for label, (op, given) in cases.items()}

    run_everywhere(everything, *arrays, ulps=8)


@pytest.mark.parametrize("op", SIMPLE, ids=lambda op: op.name)
def test_forward_against_a_formula_of_its_own(op: MapOp) -> None:
    dtype = np.dtype(
        np.float64 if "f" in KINDS[op.takes] else np.int64 if op.takes == "integer" else np.bool_
    )
    arrays = operands(op, dtype, [(50,)] * len(op.domain))
    formula = FORMULAS.get(op.name) or getattr(np, op.name, None)
    precise = [a.astype(np.longdouble) if dtype.kind == "f" else a for a in arrays]
    want = np.asarray(formula(*precise))
    got = build(op)(*arrays).numpy()
    assert differs(got, want.astype(got.dtype), ulps=4) is None


@pytest.mark.parametrize("op", [op for op in SIMPLE if any(op.grads)], ids=lambda op: op.name)
def test_gradients_against_finite_differences(op: MapOp) -> None:
    arrays = operands(op, np.float64, [(4, 3)] * len(op.domain))
    check_gradient(build(op), *arrays, order=2)


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_gradients_on_every_device(dtype: np.dtype[Any]) -> None:
    smooth = [op for op in SIMPLE if any(op.grads)]
    arrays = [a for op in smooth for a in operands(op, dtype, [(11,)] * len(op.domain))]

    def everything(*inputs: Any) -> dict[str, Any]:
        remaining = iter(inputs)
        found: dict[str, Any] = {}
        for op in smooth:
            xs = [next(remaining) for _ in op.domain]
            found[op.name] = lp.grad(lambda *xs, op=op: build(op)(*xs).sum(), tuple(range(len(xs))))(*xs)
            found[f"{op.name} twice"] = lp.hessian(lambda *xs, op=op: build(op)(*xs).sum(), tuple(xs))
        return found

    run_everywhere(everything, *arrays, ulps=64, scaled=16)


# ----------------------------------------------------------------------------------------------- dtypes
NUMPY_TOO = [op for op in SIMPLE if isinstance(getattr(np, op.name, None), np.ufunc)]


@pytest.mark.parametrize("op", NUMPY_TOO, ids=lambda op: op.name)
def test_result_dtypes_are_those_of_numpy(op: MapOp) -> None:
    """But for our rules: float functions of integers give floatx; arithmetic refuses bool, shifts keep it."""
    for first in SUPPORTED:
        for second in SUPPORTED if len(op.domain) == 2 else [first]:
            arrays = [np.ones(2, d) for d in (first, second)][: len(op.domain)]
            if op.name in ("floor", "ceil", "trunc") and np.lib.NumpyVersion(np.__version__) < "2.1.0":
                continue  # floats before
            try:
                with np.errstate(all="ignore"):
                    want = getattr(np, op.name)(*arrays).dtype
            except TypeError:
                with pytest.raises(DTypeError):
                    build(op)(*arrays)
                continue
            if op.takes == "number" and np.result_type(*arrays) == BOOL:
                with pytest.raises(DTypeError, match="does not take bool"):
                    build(op)(*arrays)
                continue
            met = np.result_type(*arrays)  # float64 for uint64 with a signed integer
            if op.takes == "float" and (want.kind == "f" or op.name == "reciprocal"):
                want = met if met.kind == "f" else np.dtype(np.float32)
            if op.name.endswith("_shift") and met == BOOL:
                want = met
            assert build(op)(*arrays).dtype == want, (first, second)


@pytest.mark.parametrize("dtype", SUPPORTED, ids=str)
def test_python_numbers_take_the_dtype_that_they_meet(dtype: np.dtype[Any]) -> None:
    x = np.ones(2, dtype)
    assert (lp.tensor(x) * 2).dtype == (np.int64 if dtype == BOOL else dtype)
    assert (lp.tensor(x) * 2.5).dtype == (dtype if dtype.kind == "f" else np.float32)
    with configured(floatx="float64"):
        assert (lp.tensor(x) * 2.5).dtype == (dtype if dtype.kind == "f" else np.float64)


def test_every_dtype_is_cast_to_every_dtype() -> None:
    with np.errstate(all="ignore"):
        arrays = [special(d) for d in SUPPORTED]
    run_everywhere(lambda *xs: [[x.astype(d) for d in SUPPORTED] for x in xs], *arrays, ulps=0)


@pytest.mark.parametrize("target", [*INTEGERS, *FLOATS], ids=str)
def test_casts_agree_with_numpy_where_the_value_fits(target: np.dtype[Any]) -> None:
    for source in SUPPORTED:
        x = sample(source, (40,), 0, 100) if target.kind == "u" else sample(source, (40,), -100, 100)
        assert differs(lp.tensor(x).astype(target).numpy(), x.astype(target), ulps=0) is None


def test_the_gradient_of_a_cast_is_cast_back() -> None:
    x = lp.tensor(np.float64([1, 2]), requires_grad=True)
    g = lp.grad((x.astype("float32") * 3).sum(), x)
    assert g.dtype == np.float64 and g.tolist() == [3, 3]
    with pytest.raises(lp.LimpideError, match="does not|only floats"):
        lp.grad(x.astype("int32").sum(), x)


# ------------------------------------------------------------------------------------------ by themselves
@pytest.mark.parametrize("dtype", SUPPORTED, ids=str)
def test_where(dtype: np.dtype[Any]) -> None:
    condition = np.array([[True], [False], [True]])
    a, b = sample(dtype, (3, 4), 0, 9), sample(dtype, (4,), 0, 9, seed=1)
    (got,) = run_everywhere(lambda c, x, y: lp.where(c, x, y), condition, a, b, ulps=0)
    assert differs(got, np.where(condition, a, b), ulps=0) is None


def test_relu_lets_the_gradient_of_nan_through() -> None:
    x = np.array([math.nan, -1.0, -0.0, 2.0], np.float32)
    (got,) = run_everywhere(lambda v: [lp.grad(lambda u: lp.relu(u).sum())(v)], x)
    assert got.tolist() == [1, 0, 0, 1]


def test_where_takes_any_dtype_as_a_condition_and_keeps_nan_out_of_the_gradient() -> None:
    assert lp.where(np.array([0, 2]), 1.0, -1.0).tolist() == [-1, 1]
    x = np.float64([-1, 4])
    g = lp.grad(lambda x: lp.where(x > 0, lp.sqrt(lp.where(x > 0, x, 1)), 0).sum())(x)
    assert g.tolist() == [0, 0.25]
    check_gradient(lambda a, b: lp.where(np.array([True, False]), a * a, b * b * b), x, x)


def test_philox_on_every_device() -> None:
    a, b = pairs(special(np.uint64))
    bits = lift(random.philox, "philox")
    (got,) = run_everywhere(bits, a, b, a)
    assert (got == philox(a, b, a)).all()


def test_maximum_and_minimum_share_the_gradient_of_ties() -> None:
    assert [float(g) for g in lp.grad(lp.maximum, (0, 1))(2.0, 2.0)] == [0.5, 0.5]
    assert [float(g) for g in lp.grad(lp.minimum, (0, 1))(2.0, 3.0)] == [1, 0]


def test_derivatives_where_formulas_are_delicate() -> None:
    third = lp.grad(lp.grad(lp.grad(lambda x: x**2)))
    assert float(third(0.0)) == 0
    assert [float(g) for g in lp.grad(lp.hypot, (0, 1))(0.0, 0.0)] == [0, 0]
    assert float(lp.grad(lp.absolute)(0.0)) == 0 and float(lp.grad(lp.relu)(0.0)) == 0
    assert float(lp.grad(lambda x: lp.power(x, 0.0))(0.0)) == 0
    for f in (lp.sigmoid, lp.softplus, lp.log_sigmoid, lp.tanh):
        for x in (-1e4, 1e4):
            assert np.isfinite(float(lp.grad(lp.grad(f))(x))), f


def test_every_public_map_is_reached_under_its_numpy_name() -> None:
    x = lp.tensor([0.5, 0.25])
    for op in NUMPY_TOO:
        assert lp.functions[op.name] is not None
    assert np.allclose(np.exp(x), np.exp(x.numpy())) and np.allclose(np.mod(x, 0.3), np.mod(x.numpy(), 0.3))
    assert {name for name in ALIASES if isinstance(getattr(np, name, None), np.ufunc)} >= {
        "abs",
        "invert",
        "mod",
    }


# ----------------------------------------------------------------------------------------------- errors
def test_shapes_that_do_not_broadcast() -> None:
    with pytest.raises(ShapeError, match=r"\[add\] shapes \(2, 3\) and \(2, 4\) do not broadcast: axis -1"):
        lp.add(np.ones((2, 3)), np.ones((2, 4)))


def test_dtypes_that_an_op_does_not_take() -> None:
    with pytest.raises(DTypeError, match=r"\[subtract\] does not take bool"):
        lp.subtract(True, np.array([True]))
    with pytest.raises(DTypeError, match=r"\[bitwise_and\] takes integers or bool, not float64"):
        lp.bitwise_and(np.ones(2), 1)


def test_a_wrong_number_of_operands() -> None:
    with pytest.raises(ShapeError, match=r"\[exp\] takes 1 operands, not 2"):
        lp.exp(1.0, 2.0)


def test_a_declaration_with_a_missing_rule_is_refused() -> None:
    with pytest.raises(ValueError, match="2 domains but 1 gradient rules"):
        define.map_op(
            "half",
            numpy=np.add,
            c="{0}",
            grad=(None,),
            takes="float",
            domain=((0, 1), (0, 1)),
            doc="Nothing.",
        )
    with pytest.raises(ValueError, match="op add is declared twice"):
        define.map_op(
            "add", numpy=np.add, c="{0}", grad=(None,), takes="float", domain=((0, 1),), doc="Nothing."
        )
