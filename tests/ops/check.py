"""One harness for every op: the same function eagerly, on the NumPy device and on the C device."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

import limpide as lp
from limpide import nest
from limpide.dtypes import SUPPORTED
from limpide.graph import Array
from limpide.runtime.toolchain import find

Function = Callable[..., Any]

FLOATS = [np.dtype(np.float32), np.dtype(np.float64)]
INTEGERS = [d for d in SUPPORTED if d.kind in "iu"]


def devices() -> list[str]:
    """The C device only where there is a compiler."""
    return ["numpy"] if find() is None else ["numpy", "c"]


@contextmanager
def configured(**settings: Any) -> Iterator[None]:
    before = {name: getattr(lp.config, name) for name in settings}
    try:
        for name, value in settings.items():
            setattr(lp.config, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(lp.config, name, value)


def run_on(device: str, fn: Function, *arrays: Array) -> list[Array]:
    """The leaves of `fn(*arrays)`, compiled for a device."""
    inputs = [lp.input(f"x{i}", a.shape, a.dtype) for i, a in enumerate(arrays)]
    with configured(device=device):
        leaves: list[Array] = nest.flatten(lp.function(inputs, fn(*inputs))(*arrays))[0]
    return leaves


def run_eagerly(fn: Function, *arrays: Array) -> tuple[list[Array], list[str]]:
    """The leaves of `fn` on tensors with values, and what to call each of them."""
    result = fn(*(lp.tensor(a) for a in arrays))
    return [t.numpy() for t in nest.flatten(result)[0]], nest.names(result, "result")


def run_everywhere(fn: Function, *arrays: Any, ulps: float = 4, scaled: float = 0) -> list[Array]:
    """The leaves of `fn` on every device, compared; shapes and dtypes are equal, numbers as in `same`."""
    given = [np.asarray(a) for a in arrays]
    wanted, names = run_eagerly(fn, *given)
    wrong: list[str] = []
    for device in devices():
        for name, got, want in zip(names, run_on(device, fn, *given), wanted, strict=True):
            trouble = differs(got, want, ulps, scaled)
            if trouble:
                wrong.append(f"{name} on {device}: {trouble}")
    assert not wrong, "\n".join(wrong)
    return wanted


def differs(got: Array, want: Array, ulps: float = 4, scaled: float = 0) -> str | None:
    """What is wrong with a result, or None.

    ulps: allowed distance in units of the last place; scaled: the same in those of the largest element.
    """
    if got.shape != want.shape or got.dtype != want.dtype:
        return f"{got.dtype}{got.shape} instead of {want.dtype}{want.shape}"
    bad = ~_close(got, want, ulps, scaled) if want.dtype.kind == "f" else got != want
    if not bad.any():
        return None
    at = np.unravel_index(int(bad.argmax()), bad.shape)
    return f"{got[at]!r} instead of {want[at]!r} at {at} ({int(bad.sum())} of {want.size} differ)"


def _close(got: Array, want: Array, ulps: float, scaled: float) -> Array:
    eps, tiny = np.finfo(want.dtype).eps, np.finfo(want.dtype).smallest_normal
    finite = want[np.isfinite(want)]
    largest = float(np.abs(finite).max()) if finite.size else 0.0
    with np.errstate(all="ignore"):
        allowed = ulps * (eps * np.abs(want.astype(np.float64)) + tiny) + scaled * eps * largest
        near = np.abs(got.astype(np.float64) - want.astype(np.float64)) <= allowed
    result: Array = near | (got == want) | (np.isnan(got) & np.isnan(want))
    return result


# -------------------------------------------------------------------------------------------- samples
def special(dtype: Any) -> Array:
    """The values at which functions go wrong."""
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        return np.array([False, True])
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        small = [0, 1, 2, 3, 7] + ([-1, -2, -5, -7] if dtype.kind == "i" else [])
        return np.array([*small, info.min, info.max, info.max - 1, info.min + 1], dtype)
    info_f = np.finfo(dtype)
    middle = [0.25, 0.5, 1, 1.5, 2, 2.5, 3, 5.5, 20, 100, 1e4, 1e-3, 1e-9]
    edges = [float(info_f.max), float(info_f.smallest_normal), float(info_f.smallest_subnormal), np.inf]
    positive = [0.0, *middle, *edges]
    return np.array([*positive, *(-v for v in positive), np.nan], dtype)


def pairs(values: Array) -> tuple[Array, Array]:
    """Every value with every value."""
    a, b = np.meshgrid(values, values, indexing="ij")
    return a.ravel(), b.ravel()


def sample(dtype: Any, shape: Sequence[int], low: float, high: float, seed: int = 0) -> Array:
    """Random values of a dtype in a range, the same for equal arguments."""
    rng = np.random.default_rng([seed, *shape])
    dtype = np.dtype(dtype)
    values = rng.uniform(low, high, tuple(shape))
    if dtype.kind == "u":
        values = np.abs(values)
    if dtype.kind == "b":
        return values > (low + high) / 2
    return (np.rint(values) if dtype.kind in "iu" else values).astype(dtype)


# ------------------------------------------------------------------------------------------ gradients
def check_gradient(
    fn: Function, *arrays: Array, order: int = 2, step: float = 1e-5, rtol: float = 1e-6
) -> None:
    """Derivatives of `fn` by float64 arrays against central differences, along random directions.

    <u, J v> is compared for random u and v; from the second order on, with the gradient in the place of `fn`.
    """
    rng = np.random.default_rng(1)
    weights = rng.normal(size=np.shape(fn(*(lp.tensor(a) for a in arrays)).value))
    directions = [rng.normal(size=a.shape) for a in arrays]

    def weighted(*args: Any) -> Any:
        return (fn(*args) * weights).sum()

    def along(t: float) -> float:
        return float(weighted(*(lp.tensor(a + t * d) for a, d in zip(arrays, directions, strict=True))))

    slope = (along(step) - along(-step)) / (2 * step)
    gradient = lp.grad(weighted, tuple(range(len(arrays))))
    found = gradient(*arrays)
    exact = sum(float((g.numpy() * d).sum()) for g, d in zip(found, directions, strict=True))
    size = sum(float(np.abs(g.numpy() * d).sum()) for g, d in zip(found, directions, strict=True))
    assert abs(exact - slope) <= rtol * (size + abs(slope)) + 1e-8, (
        f"derivative {exact} instead of {slope}, {order - 1} orders to go"
    )
    if order > 1:

        def next_order(*args: Any) -> Any:
            return lp.concatenate([g.ravel() for g in gradient(*args)]) + nothing(args)

        check_gradient(next_order, *arrays, order=order - 1, step=step, rtol=rtol * 10)


def nothing(args: Sequence[Any]) -> Any:
    """Zero, but by way of every argument: a gradient that is constant has a derivative, zero."""
    return sum((a * 0).sum() for a in args)
