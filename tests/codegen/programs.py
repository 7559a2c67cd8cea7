"""Random programs of whole numbers: every device must compute them to the same bits.

All values are small integers (in floats, too), so that no order of summation rounds, and positions,
comparisons and sorting may follow any arithmetic. NaN and Inf can be let in; they spread alike everywhere.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

import limpide as lp
from limpide import build
from limpide.errors import LimpideError
from limpide.function import Function
from limpide.graph import Array
from limpide.runtime.execute import NativeFunction

SIZES = (1, 1, 2, 3, 4, 5, 8, 16, 17, 33)
DTYPES = ("float32", "float32", "float64", "int64", "int32", "bool", "uint8")
LARGEST = 2.0**21  # no product of sums grows beyond what float32 holds exactly
MOST = 3000  # elements of one array

Entry = tuple[Any, float]  # a tensor and a bound of its absolute values


@dataclass
class Generator:
    """Grows a pool of tensors by random operations."""

    pick: random.Random
    pool: list[Entry] = field(default_factory=list)

    def any(self) -> Entry:
        recent = self.pool[-6:] if self.pick.random() < 0.6 else self.pool
        return self.pick.choice(recent)

    def partner(self, t: Any) -> Entry:
        """A number that `t` meets without error: one from the pool whose shape fits, or one made to fit."""
        u, bound = self.number()
        try:
            np.broadcast_shapes(t.shape, u.shape)
        except ValueError:
            size = t.shape[-1] if t.ndim and self.pick.random() < 0.5 else None
            return self.fitted(u, t.shape if size is None else (size,), u.dtype), 7.0
        return u, bound

    def add(self, tensor: Any, bound: float) -> None:
        """Keep a tensor, its values brought back to small numbers where they may have grown."""
        if lp.size(tensor) > MOST:
            return
        if bound > LARGEST or tensor.dtype == np.uint8:
            tensor, bound = self.small(tensor), 7.0
        self.pool.append((tensor, bound))

    def small(self, t: Any) -> Any:
        return t if t.dtype == np.bool_ else lp.remainder(t, 7)

    def number(self) -> Entry:
        """Something that is not bool, as most arithmetic asks for."""
        t, bound = self.any()
        return (t.astype(self.pick.choice(("float32", "int64"))), 1.0) if t.dtype == np.bool_ else (t, bound)

    def grow(self, steps: int) -> None:
        for _ in range(steps):
            move = self.pick.choice(MOVES)
            with suppress(LimpideError):  # a shape or a dtype that an operation does not take
                move(self)

    def fitted(self, t: Any, shape: tuple[int, ...], dtype: Any) -> Any:
        """Any tensor made into one of a given shape and dtype, by repeating or cutting."""
        flat, want = lp.ravel(t), int(np.prod(shape))
        have = int(np.prod(t.shape))
        if not have:
            flat, have = lp.zeros((1,), t.dtype), 1
        if have < want:
            flat = lp.ravel(lp.broadcast_to(flat, (-(-want // have), have)))
        return self.small(lp.reshape(flat[:want], shape).astype("int64")).astype(dtype)


# ------------------------------------------------------------------------------------------------ moves
def unary(g: Generator) -> None:
    t, bound = g.number()
    name = g.pick.choice(("negative", "absolute", "relu", "square", "sign", "copy", "cast"))
    if name == "square":
        g.add(lp.square(t), bound * bound)
    elif name == "cast":
        dtype = g.pick.choice(("float32", "float64", "int64", "int32", "bool"))
        g.add(t.astype(dtype), bound)
    elif name == "copy":
        g.add(lp.stop_gradient(t), bound)
    else:
        g.add(getattr(lp, name)(t), bound)


def binary(g: Generator) -> None:
    t, a = g.number()
    u, b = g.partner(t)
    name = g.pick.choice(("add", "subtract", "multiply", "maximum", "minimum"))
    g.add(getattr(lp, name)(t, u), a * b if name == "multiply" else a + b)


def compare(g: Generator) -> None:
    t, _ = g.number()
    u, _ = g.partner(t)
    g.add(getattr(lp, g.pick.choice(("less", "equal", "greater_equal", "not_equal")))(t, u), 1.0)


def choose(g: Generator) -> None:
    t, a = g.number()
    (u, b), (c, _) = g.partner(t), g.partner(t)
    g.add(lp.where(lp.greater(c, 0), t, u), a + b)


def reduction(g: Generator) -> None:
    t, bound = g.any()
    axes = tuple(a for a in range(t.ndim) if g.pick.random() < 0.5)
    count = float(np.prod([t.shape[a] for a in axes])) + 1
    name = g.pick.choice(("sum", "sum", "max", "min", "any", "all", "prod"))
    keep = g.pick.random() < 0.4
    if name == "prod":
        t, bound, count = lp.sign(g.small(t).astype("int64")), 1.0, 1.0
    g.add(getattr(lp, name)(t, axis=axes, keepdims=keep), bound * (count if name == "sum" else 1))


def located(g: Generator) -> None:
    t, _ = g.any()
    axis = g.pick.choice([None, *range(t.ndim)])
    y = getattr(lp, g.pick.choice(("argmax", "argmin")))(t, axis)
    g.add(y, float(MOST))


def sorting(g: Generator) -> None:
    t, _ = g.any()
    g.add(lp.argsort(t, g.pick.randrange(t.ndim) if t.ndim else None), float(MOST))


def view(g: Generator) -> None:
    t, bound = g.any()
    name = g.pick.choice(("transpose", "reshape", "slice", "flip", "broadcast", "pad"))
    if name == "transpose":
        order = list(range(t.ndim))
        g.pick.shuffle(order)
        t = lp.transpose(t, tuple(order))
    elif name == "reshape":
        t = lp.reshape(t, shapes(g, int(np.prod(t.shape))))
    elif name == "flip":
        t = lp.flip(t, tuple(a for a in range(t.ndim) if g.pick.random() < 0.6))
    elif name == "broadcast":
        t = lp.broadcast_to(t, (g.pick.choice((1, 2, 3)), *t.shape))
    elif name == "pad":
        widths = [(g.pick.randint(0, 2), g.pick.randint(0, 2)) for _ in range(t.ndim)]
        t = lp.pad(t, widths, constant_values=g.pick.choice((0, 0, -3, 2)) if t.dtype.kind in "fi" else 0)
    else:
        t = t[tuple(part(g, s) for s in t.shape)]
    g.add(t, bound + 3)


def shapes(g: Generator, count: int) -> tuple[int, ...]:
    sizes = []
    for d in (2, 3, 4, 5):
        if count and count % d == 0 and g.pick.random() < 0.6:
            sizes.append(d)
            count //= d
    sizes.append(count)
    g.pick.shuffle(sizes)
    return tuple(sizes)


def part(g: Generator, size: int) -> Any:
    if g.pick.random() < 0.3 or not size:
        return slice(None)
    start = g.pick.randrange(size)
    stop = g.pick.randint(start, size) if g.pick.random() < 0.1 else g.pick.randint(start + 1, size)
    step = g.pick.choice((1, 1, 2, 3, -1))
    if step < 0:
        return slice(stop - 1, start - 1 if start else None, g.pick.choice((-1, -2)))
    return start if g.pick.random() < 0.15 else slice(start, stop, step)


def product(g: Generator) -> None:
    t, u = g.any()[0], g.any()[0]
    if not t.ndim or not u.ndim:
        return
    t, u = g.small(t), g.small(u)
    if g.pick.random() < 0.3 and t.dtype != np.bool_ and u.dtype != np.bool_:
        t, u = t.astype("float32"), u.astype("float32")
    common = min(t.shape[-1], u.shape[-1])
    if g.pick.random() < 0.3:
        t, u = lp.flip(t, -1), lp.flip(u, 0)
    t, u = t[..., :common], u[..., :common]
    kind = g.pick.choice(("rows", "across", "batch", "vector", "outer"))
    if kind == "rows":
        y = t.reshape((-1, common)) @ lp.transpose(u.reshape((-1, common)))
    elif kind == "across":
        y = lp.einsum("ki,kj->" + g.pick.choice(("ij", "ji")), lp.transpose(t.reshape((-1, common))),
                      lp.transpose(u.reshape((-1, common))))  # fmt: skip
    elif kind == "batch":
        t, u = (x.reshape((-1, common)) for x in (t, u))
        n = g.pick.choice((2, 3))
        t, u = (x[: x.shape[0] // n * n].reshape((n, -1, common)) for x in (t, u))
        y = lp.einsum("bik,bjk->" + g.pick.choice(("bij", "ibj", "jbi", "bj", "ij", "i")), t, u)
    elif kind == "vector":
        y = t.reshape((-1, common)) @ u.reshape((-1, common))[0]
    else:
        y = lp.einsum("i,j->" + g.pick.choice(("ij", "ji")), t.reshape((-1,))[:40], u.reshape((-1,))[:40])
    g.add(y, 49.0 * MOST)


def joined(g: Generator) -> None:
    t, a = g.any()
    if t.ndim:
        axis = g.pick.randrange(t.ndim)
        parts = [t, g.small(t), lp.flip(t, axis)][: g.pick.choice((2, 3))]
        g.pick.shuffle(parts)
        g.add(lp.concatenate(parts, axis), a + 7)


def gather(g: Generator) -> None:
    (t, a), (i, _) = g.any(), g.any()
    if not t.ndim or 0 in t.shape or lp.size(i) > 40:
        return
    axis = g.pick.randrange(t.ndim)
    n = t.shape[axis]
    index = lp.remainder(g.fitted(i, tuple(i.shape), "int64"), n) - g.pick.choice((0, n))
    g.add(lp.take(t, index, axis), a)


def running(g: Generator) -> None:
    t, a = g.any()
    if t.ndim:
        axis = g.pick.randrange(t.ndim)
        g.add(lp.cumsum(g.small(t), axis), 7.0 * t.shape[axis])


def dynamic(g: Generator) -> None:
    (t, a), (i, _) = g.any(), g.any()
    if not t.ndim or not t.shape[0] or not lp.size(i):
        return
    size = g.pick.randint(1, t.shape[0])
    start = lp.remainder(g.fitted(i, (), "int64"), t.shape[0] - size + 1)
    g.add(t[start : start + size], a)


def constant(g: Generator) -> None:
    shape = tuple(g.pick.choice(SIZES[:7]) for _ in range(g.pick.randint(0, 2)))
    rng = np.random.default_rng(g.pick.randrange(1000))
    g.add(lp.tensor(rng.integers(-4, 5, shape).astype(g.pick.choice(("float32", "int64")))), 4.0)
    g.add(lp.arange(g.pick.choice(SIZES)), 33.0)


def loop(g: Generator) -> None:
    """A scan with a few carries and elements, whose body is a program like this one."""
    if g.pick.random() < 0.4 or len(g.pool) > 60:
        return
    starts = [g.small(g.any()[0]) for _ in range(g.pick.choice((1, 1, 2, 3)))]
    rows = [t for t, _ in g.pool if t.ndim and t.shape[0] <= 8]
    elements = []
    if rows and g.pick.random() < 0.8:
        first = g.small(g.pick.choice(rows))
        same = [t for t in rows if t.shape[0] == first.shape[0]]
        elements = [first, *(g.small(g.pick.choice(same)) for _ in range(g.pick.choice((0, 0, 1))))]
    captured = [(g.small(t), 7.0) for t, _ in g.pick.sample(g.pool, min(2, len(g.pool)))]
    length = None if elements else g.pick.choice((0, 1, 3))
    seed = g.pick.random()
    stack = bool(elements) or g.pick.random() < 0.5

    def step(carry: list[Any], parts: list[Any] | None) -> tuple[list[Any], Any]:
        inner = Generator(random.Random(seed))
        inner.pool = [*captured, *((t, 7.0) for t in carry), *((t, 7.0) for t in parts or [])]
        inner.grow(inner.pick.randint(1, 8))
        new = []
        for t in carry:
            keep = inner.pick.random()
            value = inner.any()[0] if keep < 0.7 else inner.pick.choice(carry) if keep < 0.9 else t
            new.append(t if value is t else inner.fitted(value, t.shape, t.dtype))
        if not stack:
            return new, None
        y = inner.pick.choice((carry[0], new[0], inner.any()[0]))
        return new, (y, inner.any()[0], y)

    last, ys = lp.scan(step, starts, elements or None, length, reverse=g.pick.random() < 0.3)
    for t in [*last, *(ys or ())]:
        g.add(t, LARGEST)


def assignment(g: Generator) -> None:
    """State gets a new value: of its own elsewhere, of other state, or of anything."""
    cells = [t for t, _ in g.pool if isinstance(t, lp.Parameter)]
    if not cells:
        return
    cell = g.pick.choice(cells)
    kind = g.pick.random()
    if kind < 0.2:
        value = lp.flip(cell)
    elif kind < 0.3 and cell.ndim == 2 and cell.shape[0] == cell.shape[1]:
        value = cell.T
    elif kind < 0.5:
        other = g.pick.choice(cells)
        value = g.fitted(other * 1, cell.shape, cell.dtype)
        other.assign(g.fitted(cell * 1, other.shape, other.dtype))
    elif kind < 0.7:
        value = g.small(cell + g.fitted(g.any()[0], cell.shape, cell.dtype))
    else:
        value = g.fitted(g.any()[0], cell.shape, cell.dtype)
    before = cell * 1
    cell.assign(value)
    g.add(before, LARGEST)
    g.add(value, LARGEST)


MOVES: tuple[Callable[[Generator], None], ...] = (
    unary, unary, binary, binary, binary, binary, compare, choose, reduction, reduction, reduction, located,
    sorting, view, view, view, view, product, product, joined, gather, running, dynamic, constant, loop,
    assignment,
)  # fmt: skip


# ---------------------------------------------------------------------------------------------- programs
@dataclass
class Case:
    """A program: what it is called with, the state it changes, and the function."""

    arrays: list[Array]
    cells: list[lp.Parameter]
    function: Any


def layout(pick: random.Random, a: Array) -> Array:
    """The same numbers, laid out in some way in memory."""
    kind = pick.choice(("plain", "plain", "fortran", "backwards", "strided", "read-only", "unaligned"))
    if kind == "fortran":
        return np.asfortranarray(a) if a.ndim else a
    if kind == "backwards" and a.ndim:
        return np.ascontiguousarray(a[::-1])[::-1]
    if kind == "strided" and a.ndim:
        wide = np.zeros((*a.shape[:-1], a.shape[-1] * 2), a.dtype)
        wide[..., ::2] = a
        return wide[..., ::2]
    if kind == "read-only":
        a = a.copy()
        a.flags.writeable = False
    if kind == "unaligned":
        raw = np.zeros(a.nbytes + 1, np.uint8)
        moved = raw[1:].view(a.dtype).reshape(a.shape)
        moved[...] = a
        return moved
    return a


def case(seed: int, special: float = 0.0, empty: float = 0.0) -> Case:
    """The program of a seed. special, empty: how often there are NaN and Inf, and axes of size 0."""
    pick = random.Random(seed)
    rng = np.random.default_rng(seed)

    def array(most: int = 3) -> Array:
        shape = [pick.choice(SIZES) for _ in range(pick.randint(0, most))]
        if shape and pick.random() < empty:
            shape[pick.randrange(len(shape))] = 0
        while np.prod(shape) > MOST:
            shape[pick.randrange(len(shape))] = 2
        values = np.asarray(rng.integers(-4, 5, shape)).astype(pick.choice(DTYPES))
        if values.dtype.kind == "f" and pick.random() < special:
            bad = rng.choice([np.nan, np.inf, -np.inf, -0.0], shape)
            values = np.where(rng.random(shape) < 0.1, bad, values).astype(values.dtype)
        return layout(pick, values)

    arrays = [array() for _ in range(pick.randint(1, 3))]
    square = pick.choice(SIZES[:6])
    cells = [lp.parameter(array(2), name=f"cell{i}") for i in range(pick.choice((0, 1, 2, 3)))]
    if cells:
        cells.append(lp.parameter(rng.integers(-4, 5, (square, square)).astype("float32"), name="square"))

    def program(*inputs: Any) -> Any:
        g = Generator(random.Random(seed + 1))
        g.pool = [(t, 4.0) for t in [*inputs, *cells]]
        g.grow(g.pick.randint(5, 30))
        made = g.pool[len(inputs) :] or g.pool
        outputs = [made[-1][0], *(g.pick.choice(made[-12:])[0] for _ in range(g.pick.randint(1, 4)))]
        if g.pick.random() < 0.2:
            outputs += [outputs[0], inputs[0]]
        if g.pick.random() < 0.1:
            outputs.append(lp.tensor(np.arange(3.0)))
        return [lp.stop_gradient(t) if isinstance(t, lp.Parameter) else t for t in outputs]

    return Case(arrays, cells, lp.compile(program))


# ------------------------------------------------------------------------------------------- both devices
@contextmanager
def configured(threads: int = 1, device: str = "c") -> Iterator[None]:
    """Settings for a while. With several threads, kernels of any size are split."""
    before = lp.config.threads, lp.config.device, build.machine
    lp.config.threads, lp.config.device = threads, device
    if threads > 1:
        eager = replace(build.machine(), barrier=0.0, remote=math.inf, team=0.0)
        build.machine = lambda: eager
    try:
        yield
    finally:
        lp.config.threads, lp.config.device, build.machine = before


def spoil(function: Function) -> None:
    """Fill the memory of what was built with garbage: nothing may be read that was not written."""
    for run in function.versions.values():
        if isinstance(run, NativeFunction):
            run._arena[:] = 0xA5


def run(found: Case, calls: int = 2) -> list[Array]:
    """Results of some calls, and the state after each."""
    results: list[Array] = []
    before = [cell.numpy() for cell in found.cells]
    for _ in range(calls):
        outputs = [t.numpy() for t in found.function(*found.arrays)]
        results += [*outputs, *(cell.numpy() for cell in found.cells)]
        for function, _ in found.function._versions.values():
            spoil(function)
    for cell, value in zip(found.cells, before, strict=True):
        cell.assign(value)
    return results


def differences(seed: int, threads: int = 1, **kinds: float) -> str | None:
    """What the devices compute differently for a seed, or None."""
    found = case(seed, **kinds)
    with configured(1, "numpy"):
        wanted = run(found)
    with configured(threads, "c"):
        got = run(found)
    for i, (a, b) in enumerate(zip(got, wanted, strict=True)):
        if a.shape != b.shape or a.dtype != b.dtype:
            return f"seed {seed}, result {i}: {a.dtype}{a.shape} instead of {b.dtype}{b.shape}"
        if not np.array_equal(a, b, equal_nan=a.dtype.kind == "f"):
            return f"seed {seed}, result {i} of {len(wanted)}: {a} instead of {b}"
    return None
