"""Random expressions: plain NumPy, the NumPy device and the C device give the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import limpide as lp
from limpide.graph import Array
from ops.check import devices, differs, nothing, run_eagerly, run_on, sample

Step = tuple[
    str, Callable[[Any, list[Any]], Any]
]  # a line of text, and what it does with a module and values

UNARY = ["sin", "cos", "tanh", "exp", "abs", "negative", "square", "sqrt_abs", "floor"]
BINARY = ["add", "subtract", "multiply", "maximum", "minimum", "where", "less"]
REDUCE = ["sum", "mean", "max", "min"]


def apply_unary(name: str) -> Callable[[Any, Any], Any]:
    if name == "sqrt_abs":
        return lambda m, x: m.sqrt(m.abs(x))
    if name == "exp":
        return lambda m, x: m.exp(-m.abs(x))
    return lambda m, x: getattr(m, name)(x)


def apply_binary(name: str) -> Callable[[Any, Any, Any], Any]:
    if name == "where":
        return lambda m, a, b: m.where(a > b, a * 0.5, b)
    if name == "less":
        return lambda m, a, b: m.where(m.less(a, b), 1.0, -1.0) * a
    return lambda m, a, b: getattr(m, name)(a, b)


@st.composite
def programs(draw: st.DrawFn) -> tuple[list[tuple[int, ...]], list[Step]]:
    """Shapes of inputs, and steps that each append a value to those that there are."""
    base = draw(st.lists(st.integers(1, 5), min_size=1, max_size=3))
    shapes = [tuple(base)] + [
        tuple(draw(st.sampled_from([n, 1])) for n in base)[draw(st.integers(0, len(base) - 1)) :]
        for _ in range(draw(st.integers(0, 2)))
    ]
    known: list[tuple[int, ...]] = list(shapes)
    steps: list[Step] = []
    for _ in range(draw(st.integers(1, 9))):
        text, do, shape = draw(one_step(known))
        steps.append((text, do))
        known.append(shape)
    return shapes, steps


@st.composite
def one_step(
    draw: st.DrawFn, known: list[tuple[int, ...]]
) -> tuple[str, Callable[..., Any], tuple[int, ...]]:
    i = draw(st.integers(0, len(known) - 1))
    shape = known[i]
    kind = draw(
        st.sampled_from(["unary", "binary", "binary", "reduce", "slice", "transpose", "reshape", "matmul"])
    )
    if kind == "binary":
        j = draw(st.integers(0, len(known) - 1))
        try:
            result = np.broadcast_shapes(shape, known[j])
        except ValueError:
            kind = "unary"
        else:
            name = draw(st.sampled_from(BINARY))
            return f"{name}({i}, {j})", lambda m, v: apply_binary(name)(m, v[i], v[j]), result
    if kind == "reduce" and shape:
        name = draw(st.sampled_from(REDUCE))
        axis = draw(st.integers(0, len(shape) - 1))
        keep = draw(st.booleans())
        result = np.zeros(shape).sum(axis=axis, keepdims=keep).shape
        return (
            f"{name}({i}, {axis}, {keep})",
            lambda m, v: getattr(m, name)(v[i], axis=axis, keepdims=keep),
            result,
        )
    if kind == "slice" and shape:
        index = tuple(draw(parts(n)) for n in shape)
        return f"{i}[{index}]", lambda m, v: v[i][index], np.zeros(shape)[index].shape
    if kind == "transpose":
        order = tuple(draw(st.permutations(range(len(shape)))))
        return (
            f"transpose({i}, {order})",
            lambda m, v: m.transpose(v[i], order),
            tuple(shape[a] for a in order),
        )
    if kind == "reshape":
        return f"ravel({i})", lambda m, v: m.reshape(v[i], (-1, 1)), (int(np.prod(shape)), 1)
    if kind == "matmul" and len(shape) == 2:
        return f"{i} @ {i}.T", lambda m, v: m.matmul(v[i], m.transpose(v[i])), (shape[0], shape[0])
    name = draw(st.sampled_from(UNARY))
    return f"{name}({i})", lambda m, v: apply_unary(name)(m, v[i]), shape


@st.composite
def parts(draw: st.DrawFn, size: int) -> slice:
    """A slice that keeps an element at least."""
    start = draw(st.integers(0, size - 1))
    stop = draw(st.integers(start + 1, size))
    step = draw(st.integers(1, 3))
    if draw(st.booleans()):
        return slice(start, stop, step)
    return slice(stop - 1, start - 1 if start else None, -step)


def evaluate(steps: list[Step], m: Any, inputs: list[Any]) -> list[Any]:
    values = list(inputs)
    for _, do in steps:
        values.append(do(m, values))
    return values[len(inputs) :]


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(programs())
def test_eager_and_numpy_device_agree_with_numpy(program: tuple[list[tuple[int, ...]], list[Step]]) -> None:
    shapes, steps = program
    arrays = [sample(np.float64, s, -2, 2, seed=k) for k, s in enumerate(shapes)]
    wanted = [np.asarray(w) for w in evaluate(steps, np, arrays)]
    eager, _ = run_eagerly(lambda *xs: evaluate(steps, lp, list(xs)), *arrays)
    compiled = run_on("numpy", lambda *xs: evaluate(steps, lp, list(xs)), *arrays)
    for (text, _), want, got, again in zip(steps, wanted, eager, compiled, strict=True):
        assert differs(got, want, ulps=64, scaled=64) is None, text
        assert differs(again, want, ulps=64, scaled=64) is None, text


@settings(max_examples=6, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(programs(), min_size=8, max_size=8))
def test_the_c_device_agrees(many: list[tuple[list[tuple[int, ...]], list[Step]]]) -> None:
    """Several programs, their last values and gradients, in one compiled function."""
    arrays: list[Array] = []
    for shapes, _ in many:
        arrays += [sample(np.float64, s, -2, 2, seed=len(arrays) + k) for k, s in enumerate(shapes)]

    def everything(*inputs: Any) -> list[Any]:
        remaining = iter(inputs)
        found = []
        for shapes, steps in many:
            xs = [next(remaining) for _ in shapes]

            def total(*v: Any, steps: list[Step] = steps) -> Any:
                return (evaluate(steps, lp, list(v))[-1] ** 2).sum() + nothing(v)

            found.append([evaluate(steps, lp, xs)[-1], lp.grad(total, tuple(range(len(xs))))(*xs)])
        return found

    wanted, names = run_eagerly(everything, *arrays)
    for device in devices():
        for name, got, want in zip(names, run_on(device, everything, *arrays), wanted, strict=True):
            assert differs(got, want, ulps=256, scaled=256) is None, f"{name} on {device}"
