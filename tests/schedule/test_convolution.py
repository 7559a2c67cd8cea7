"""Convolutions as contractions: the C against the NumPy device, and the form that their kernels have."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import limpide as lp
from limpide.build import optimise
from limpide.codegen.c import lower
from limpide.function import specialise
from limpide.graph import Array
from limpide.schedule import Kernel, LoopKernel, MatmulKernel
from limpide.schedule.dots import form
from limpide.schedule.machine import Machine
from limpide.schedule.tiles import Roles, border, chunk
from ops.check import configured, devices, differs, run_on, sample

COMPILER = pytest.mark.skipif("c" not in devices(), reason="needs a C compiler")
CONV = {1: lp.conv1d, 2: lp.conv2d}
LAST = {1: "NWC", 2: "NHWC"}
MACHINE = Machine(vector_bytes=64, registers=32)


@dataclass(frozen=True)
class Case:
    """A convolution of (n, channels, *size), and what follows it."""

    size: tuple[int, ...]
    kernel: tuple[int, ...]
    stride: int = 1
    padding: Any = 0
    dilation: int = 1
    channels: int = 1
    outputs: int = 16
    groups: int = 1
    n: int = 3
    last: bool = False  # whether channels are

    def arrays(self) -> list[Array]:
        inner = self.channels // self.groups
        shapes = [
            (self.n, *self.size, self.channels) if self.last else (self.n, self.channels, *self.size),
            (*self.kernel, inner, self.outputs) if self.last else (self.outputs, inner, *self.kernel),
            (self.outputs,),
        ]
        return [sample("float32", shape, -1, 1, seed=i) for i, shape in enumerate(shapes)]

    def forward(self, x: Any, w: Any, b: Any) -> Any:
        rank = len(self.size)
        return CONV[rank](
            x, w, b, self.stride, self.padding, self.dilation, self.groups, LAST[rank] if self.last else None
        )

    def gradients(self, x: Any, w: Any, b: Any) -> Any:
        y = lp.tanh(self.forward(x, w, b))
        return [y, *lp.grad((y * y).sum(), [x, w, b])]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    rank = draw(st.sampled_from([1, 2, 2]))
    kernel = tuple(draw(st.sampled_from([1, 2, 3, 5])) for _ in range(rank))
    dilation = draw(st.sampled_from([1, 1, 2]))
    size = tuple(dilation * (k - 1) + 1 + draw(st.integers(0, 14)) for k in kernel)
    groups, channels, outputs = draw(
        st.sampled_from([(1, 1, 16), (1, 3, 8), (1, 16, 17), (1, 8, 4), (2, 8, 6), (16, 16, 16), (4, 4, 8)])
    )
    stride, padding = draw(st.sampled_from([1, 1, 2, 3])), draw(st.sampled_from([0, 0, 1, 2, "same"]))
    n, last = draw(st.sampled_from([1, 3])), draw(st.booleans())
    return Case(size, kernel, stride, padding, dilation, channels, outputs, groups, n, last)


def check(case: Case, threads: int) -> None:
    want = run_on("numpy", case.gradients, *case.arrays())
    with configured(threads=threads):
        for got, wanted in zip(run_on("c", case.gradients, *case.arrays()), want, strict=True):
            assert differs(got, wanted, ulps=8, scaled=64) is None


@COMPILER
def test_sums_over_a_single_place_of_a_single_image() -> None:
    """Their loops are left out; those around them are not taken for one."""
    check(Case((2,), (2,), channels=16, outputs=16, groups=16, n=1), 1)


@COMPILER
@settings(max_examples=12, deadline=None)
@given(cases(), st.sampled_from([1, 2]))
def test_convolutions_and_their_gradients(case: Case, threads: int) -> None:
    check(case, threads)


def kernels(function: Any, arrays: list[Array], machine: Machine = MACHINE) -> list[Kernel]:
    inputs = [lp.input(f"x{i}", a.shape, a.dtype) for i, a in enumerate(arrays)]
    program = lp.function(inputs, function(*inputs)).program
    known = optimise(specialise(program, [tuple(map(int, n.shape)) for n in program.inputs]))[0]
    return lower(known, machine).kernels


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize(
    ("channels", "kernel"), [(1, (5, 5)), (8, (1, 1)), (16, (3, 3)), (1, (1, 1))], ids=str
)
def test_results_are_tiles_along_the_outputs_in_every_layout(
    channels: int, kernel: tuple[int, int], last: bool
) -> None:
    case = Case((14, 14), kernel, channels=channels, outputs=32, last=last)
    (product,) = (k for k in kernels(case.forward, case.arrays()) if isinstance(k, MatmulKernel))
    roles = form(product, MACHINE)
    assert isinstance(roles, Roles)
    assert roles.column.extent == 32 and roles.b.stride(roles.column) == 1


DEEP = [
    Case((24, 24), (3, 3), channels=3, outputs=17, padding=1, n=4),
    Case((26, 24), (1, 1), channels=20, outputs=32, n=6),
    Case((25, 27), (3, 2), channels=16, outputs=40, n=5, last=True),
    Case((47, 47), (3, 3), stride=2, padding="same", channels=8, outputs=12, groups=2, n=4),
    Case((2100,), (5,), channels=4, outputs=16, n=2),
    Case((1024,), (1,), channels=12, outputs=8, n=3, last=True),
]


@COMPILER
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("case", DEEP, ids=["small", "points", "odd", "groups", "long", "rows"])
def test_sums_over_many_places(case: Case, threads: int) -> None:
    check(case, threads)


def weight_sums(case: Case, threads: int) -> MatmulKernel:
    """The kernel of the weights' gradient."""
    machine = Machine(vector_bytes=64, registers=32, threads=threads)

    def gradient(x: Any, w: Any, b: Any) -> Any:
        return lp.grad((case.forward(x, w, b) ** 2).sum(), w)

    found = [k for k in kernels(gradient, case.arrays(), machine) if isinstance(k, MatmulKernel)]
    return found[-1]


def test_weights_are_summed_in_chunks_and_by_threads() -> None:
    for case in DEEP:
        roles = form(weight_sums(case, 1), MACHINE)
        assert isinstance(roles, Roles) and roles.chunks
        assert prod(v.extent for v in roles.depth) <= 1024
    own = weight_sums(DEEP[0], 2)
    assert own.node.shape[0] == 2 and own.axis == own.out[0]
    assert weight_sums(DEEP[2], 2).node.shape[0] == 1, "five images cannot be halved"


@pytest.mark.parametrize(
    ("sizes", "found"),
    [
        ((32, 32, 32), (1, 8)),  # eight rows of 32 places are a chunk
        ((128, 7, 7), (0, 4)),  # four images
        ((131072,), (0, 256)),
        ((16, 23, 23), (1, 23)),  # one row is short, and 23 cannot be cut: a whole image
        ((8, 300, 300), (2, 150)),
        ((8, 8, 8), None),
    ],
)
def test_where_sums_are_cut(sizes: tuple[int, ...], found: tuple[int, int] | None) -> None:
    assert chunk(sizes) == found


DEPTHWISE = Case((12, 13), (3, 3), padding=1, channels=32, outputs=32, groups=32)


@COMPILER
@pytest.mark.parametrize("last", [False, True])
def test_channels_with_kernels_of_their_own(last: bool) -> None:
    check(replace(DEPTHWISE, last=last), 2)
    check(replace(DEPTHWISE, kernel=(9, 8), padding=4, last=last), 1)  # too large for a sum for each position
    check(replace(DEPTHWISE, outputs=64, last=last), 1)
    check(replace(DEPTHWISE, size=(1, 2), kernel=(1, 2), padding=0, n=1, last=last), 1)  # one place


def test_weights_of_all_positions_are_summed_in_one_pass() -> None:
    def gradient(x: Any, w: Any, b: Any) -> Any:
        return lp.grad((DEPTHWISE.forward(x, w, b) ** 2).sum(), w)

    found = kernels(gradient, DEPTHWISE.arrays())
    sums = [sum(s.node.op.name == "sum" for s in k.stages) for k in found if isinstance(k, LoopKernel)]
    assert max(sums) >= 9


@COMPILER
def test_deep_sums_with_vectors_across_the_result() -> None:
    """Tiles cannot add to a result that lies across them."""
    a, b = sample("float32", (48, 64, 3), -1, 1), sample("float32", (10, 48, 64), -1, 1, seed=1)

    def product(a: Any, b: Any) -> Any:
        return lp.einsum("npc,onp->co", a, b)

    for got, want in zip(run_on("c", product, a, b), run_on("numpy", product, a, b), strict=True):
        assert differs(got, want, ulps=8, scaled=64) is None


def borders(function: Any, case: Case) -> list[tuple[int, int, int]]:
    """(stride, low, high) of the rows that products leave out."""
    roles = [form(k, MACHINE) for k in kernels(function, case.arrays()) if isinstance(k, MatmulKernel)]
    found = [border(r) for r in roles if isinstance(r, Roles)]
    return [(b.stride, b.low, b.high) for b in found if b is not None]


def test_rows_of_zeros_are_left_out() -> None:
    def back(x: Any, w: Any, b: Any) -> Any:
        return lp.grad((case.forward(x, w, b) ** 2).sum(), x)

    case = Case((12, 12), (5, 5), channels=16, outputs=32)
    assert borders(case.forward, case) == []
    assert borders(back, case) == [(1, 4, 12)]  # eight rows of results with four of zeros on both sides
    same = replace(case, size=(20, 20), padding="same", stride=2)
    assert borders(same.forward, same) == [(2, 1, 21)]
    apart = replace(case, size=(20, 20), dilation=2, padding=2)
    assert borders(apart.forward, apart) == []


@COMPILER
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("padding", [1, 4, "same"])
def test_padding_of_every_width(padding: Any, stride: int) -> None:
    check(Case((9, 7), (5, 3), stride, padding, channels=8, outputs=16, n=2, last=True), 2)
    check(Case((2, 3), (2, 3), stride, padding, channels=3, outputs=8, n=1), 1)
