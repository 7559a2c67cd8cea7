"""Gradients of convolutions from what max pooling picked: against the NumPy device, and when they pay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import limpide as lp
from limpide.build import optimise
from limpide.codegen.c import lower
from limpide.function import specialise
from limpide.graph import Array
from limpide.ops.picked import picked_input_op, picked_weight_op
from limpide.schedule.machine import Machine
from limpide.schedule.partition import Choice, accesses, choices, region
from ops.check import configured, devices, differs, run_on, sample

CONV = {1: lp.conv1d, 2: lp.conv2d, 3: lp.conv3d}
POOL = {1: lp.max_pool1d, 2: lp.max_pool2d, 3: lp.max_pool3d}
LAST = {1: "NWC", 2: "NHWC", 3: "NDHWC"}
COMPILER = pytest.mark.skipif("c" not in devices(), reason="needs a C compiler")


@dataclass(frozen=True)
class Net:
    """A convolution and a max pooling, channels last."""

    size: tuple[int, ...]
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    pool: tuple[int, ...]
    pool_stride: tuple[int, ...]
    channels: int
    outputs: int
    n: int
    dtype: str

    def arrays(self) -> tuple[Array, Array]:
        x = sample(self.dtype, (self.n, *self.size, self.channels), -1, 1, seed=1)
        return x, sample(self.dtype, (*self.kernel, self.channels, self.outputs), -1, 1, seed=2)

    def gradients(self, x: Any, w: Any) -> list[Any]:
        rank = len(self.size)
        y = CONV[rank](
            x, w, stride=self.stride, padding=self.padding, dilation=self.dilation, layout=LAST[rank]
        )
        y = POOL[rank](lp.relu(y), self.pool, stride=self.pool_stride, layout=LAST[rank])
        weights = sample(self.dtype, tuple(map(int, y.shape)), 1, 2, seed=3)
        return lp.grad((y * weights).sum(), [x, w])


@st.composite
def nets(draw: st.DrawFn) -> Net:
    rank = draw(st.sampled_from([1, 2, 2, 3]))

    def each(values: list[int]) -> tuple[int, ...]:
        return tuple(draw(st.sampled_from(values)) for _ in range(rank))

    kernel, stride, dilation, padding = each([1, 2, 3]), each([1, 1, 2]), each([1, 1, 2]), each([0, 0, 1])
    pool, pool_stride = each([2, 3]), each([2, 2, 1, 3])
    reach = [d * (k - 1) + 1 + s * (p - 1) for k, s, d, p in zip(kernel, stride, dilation, pool, strict=True)]
    size = tuple(draw(st.integers(r, r + 5)) for r in reach)
    return Net(
        size, kernel, stride, padding, dilation, pool, pool_stride,
        draw(st.sampled_from([1, 2, 16, 32])), draw(st.sampled_from([1, 5, 16, 32])),
        draw(st.sampled_from([1, 2, 5])), draw(st.sampled_from(["float32", "float32", "float64"])),
    )  # fmt: skip


def check(net: Net, threads: int) -> None:
    want = run_on("numpy", net.gradients, *net.arrays())
    with configured(threads=threads):
        for got, wanted in zip(run_on("c", net.gradients, *net.arrays()), want, strict=True):
            assert differs(got, wanted, ulps=8, scaled=64) is None


def kernels(net: Net, threads: int = 1) -> dict[str, Any]:
    """The kernels of sums over what was picked, by the names of their ops."""
    inputs = [lp.input(f"x{i}", a.shape, a.dtype) for i, a in enumerate(net.arrays())]
    program = lp.function(inputs, net.gradients(*inputs)).program
    known = optimise(specialise(program, [tuple(map(int, n.shape)) for n in program.inputs]))[0]
    found = lower(known, Machine(vector_bytes=64, registers=32, threads=threads))
    ours = (picked_input_op, picked_weight_op)
    return {n.op.name: k for k in found.kernels for n in k.writes if n.op in ours}


LENET = Net((12, 12), (5, 5), (1, 1), (0, 0), (1, 1), (2, 2), (2, 2), 16, 32, 4, "float32")
FIRST = Net((28, 28), (5, 5), (1, 1), (0, 0), (1, 1), (2, 2), (2, 2), 1, 16, 4, "float32")
DEEP = Net((10, 10), (3, 3), (1, 1), (1, 1), (1, 1), (2, 2), (2, 2), 64, 48, 3, "float32")
DOUBLE = Net((9, 20), (3, 3), (2, 1), (1, 0), (1, 2), (2, 3), (2, 2), 24, 8, 3, "float64")
LONG = Net((400,), (9,), (1,), (4,), (1,), (4,), (4,), 16, 16, 2, "float32")
SOLID = Net((6, 7, 8), (2, 3, 3), (1, 1, 1), (0, 1, 0), (1, 1, 1), (2, 2, 2), (2, 2, 2), 16, 4, 2, "float32")
NETS = [LENET, FIRST, DEEP, DOUBLE, LONG, SOLID]


@COMPILER
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("net", NETS, ids=["lenet", "first", "deep", "double", "long", "solid"])
def test_gradients_of_typical_nets(net: Net, threads: int) -> None:
    check(net, threads)


@COMPILER
@settings(max_examples=12, deadline=None)
@given(nets(), st.sampled_from([1, 2]))
def test_gradients_of_any_net(net: Net, threads: int) -> None:
    check(net, threads)


def test_both_gradients_are_sums_over_what_was_picked() -> None:
    for net in (LENET, DEEP, LONG, SOLID):
        assert set(kernels(net)) == {"picked_input", "picked_weight"}


def test_one_channel_has_vectors_along_the_outputs() -> None:
    found = kernels(FIRST)
    assert set(found) == {"picked_weight"}
    assert not found["picked_weight"].node.attr("across")
    assert kernels(LENET)["picked_weight"].node.attr("across")


def test_windows_that_move_one_by_one_are_not_worth_it() -> None:
    assert not kernels(Net((12, 12), (5, 5), (1, 1), (0, 0), (1, 1), (2, 2), (1, 1), 16, 32, 4, "float32"))


def test_threads_share_the_batch() -> None:
    found = kernels(LENET, threads=2)
    assert found["picked_weight"].node.shape[0] == 2
    for kernel in found.values():
        assert kernel.axis == kernel.batch
        assert kernel.batch.extent == LENET.n
        assert Choice(kernel.batch) in choices(kernel, Machine(64, 32, threads=2), None)
        for _, address, written in accesses(kernel):
            own = region(address, Choice(kernel.batch)) if address is not None else None
            assert own is None or own.exact or not written


@COMPILER
def test_equal_elements_give_their_gradient_once() -> None:
    x, w = LENET.arrays()
    got = run_on("c", LENET.gradients, np.ones_like(x), np.ones_like(w))
    for a, b in zip(got, run_on("numpy", LENET.gradients, np.ones_like(x), np.ones_like(w)), strict=True):
        assert differs(a, b, ulps=8, scaled=64) is None
