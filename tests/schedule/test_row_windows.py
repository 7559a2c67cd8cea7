"""Pooling that follows the rows of a convolution: against the NumPy device, and when rows are stored."""

from __future__ import annotations

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
from limpide.schedule import MatmulKernel
from limpide.schedule.machine import Machine
from limpide.schedule.partition import choices, form_of
from ops.check import configured, devices, differs, run_on, sample

COMPILER = pytest.mark.skipif("c" not in devices(), reason="needs a C compiler")
LAST = {1: "NWC", 2: "NHWC", 3: "NDHWC"}
CONV = {1: lp.conv1d, 2: lp.conv2d, 3: lp.conv3d}
POOLS = {
    "max": {1: lp.max_pool1d, 2: lp.max_pool2d, 3: lp.max_pool3d},
    "avg": {1: lp.avg_pool1d, 2: lp.avg_pool2d, 3: lp.avg_pool3d},
}


def net(kind: str, pool: Any, stride: Any, rank: int = 2) -> Any:
    def forward(x: Any, w: Any, b: Any) -> Any:
        y = lp.relu(CONV[rank](x, w, b, layout=LAST[rank]))
        return POOLS[kind][rank](y, pool, stride=stride, layout=LAST[rank])

    return forward


def arrays(
    size: tuple[int, ...], kernel: tuple[int, ...], channels: int, outputs: int, n: int = 3, dtype: str = "f4"
) -> list[Array]:
    shapes = [(n, *size, channels), (*kernel, channels, outputs), (outputs,)]
    return [sample(dtype, shape, -1, 1, seed=i) for i, shape in enumerate(shapes)]


def check(forward: Any, given_: list[Array]) -> None:
    want = run_on("numpy", forward, *given_)
    for threads in (1, 2):
        with configured(threads=threads):
            for got, wanted in zip(run_on("c", forward, *given_), want, strict=True):
                assert differs(got, wanted, ulps=8, scaled=32) is None


def kernels(forward: Any, given_: list[Array], threads: int = 1) -> list[Any]:
    inputs = [lp.input(f"x{i}", a.shape, a.dtype) for i, a in enumerate(given_)]
    program = lp.function(inputs, forward(*inputs)).program
    known = optimise(specialise(program, [tuple(map(int, n.shape)) for n in program.inputs]))[0]
    return lower(known, Machine(vector_bytes=64, registers=32, threads=threads)).kernels


def joined(forward: Any, given_: list[Array]) -> bool:
    return any(isinstance(k, MatmulKernel) and k.windows is not None for k in kernels(forward, given_))


IMAGES = arrays((16, 18), (3, 3), 2, 20)


@COMPILER
@pytest.mark.parametrize("kind", ["max", "avg"])
@pytest.mark.parametrize("pool", [2, (3, 2), (2, 16), (1, 3)])
def test_windows_of_rows(kind: str, pool: Any) -> None:
    forward = net(kind, pool, pool)
    assert joined(forward, IMAGES) == (pool != (1, 3))  # a single row is no group
    check(forward, IMAGES)


@COMPILER
def test_windows_and_where_their_elements_are() -> None:
    def both(x: Any, w: Any, b: Any) -> list[Any]:
        y = net("max", 2, 2)(x, w, b)
        z = y.reshape((3, 7 * 8 * 20)) @ sample("f4", (7 * 8 * 20, 5), -1, 1)
        return lp.grad((z * z).sum(), [w, b])

    assert joined(both, IMAGES)
    check(both, IMAGES)


@COMPILER
def test_volumes_and_rows_that_no_window_reads() -> None:
    for size, pool in (((7, 6, 12), 2), ((9, 8, 14), (3, 1, 2))):
        given_ = arrays(size, (2, 2, 3), 3, 8)
        assert joined(net("max", pool, pool, 3), given_)
        check(net("max", pool, pool, 3), given_)


@COMPILER
@settings(max_examples=15, deadline=None)
@given(st.data())
def test_any_convolution_and_pooling(data: st.DataObject) -> None:
    rank = data.draw(st.sampled_from([1, 2, 2, 3]))

    def each(low: int, high: int) -> tuple[int, ...]:
        return tuple(data.draw(st.integers(low, high)) for _ in range(rank))

    kernel, pool, stride = each(1, 3), each(1, 3), each(1, 3)
    size = tuple(k + p + data.draw(st.integers(0, 12)) for k, p in zip(kernel, pool, strict=True))
    number = st.sampled_from([1, 2, 8, 17, 32])
    given_ = arrays(
        size, kernel, data.draw(number), data.draw(number), data.draw(st.sampled_from([1, 3])),
        data.draw(st.sampled_from(["f4", "f8"])),
    )  # fmt: skip
    check(net(data.draw(st.sampled_from(["max", "avg"])), pool, stride, rank), given_)


@COMPILER
def test_nan_and_infinity() -> None:
    x, w, b = (a.copy() for a in IMAGES)
    x[0, 3, 4, 0], x[1, 5, 5, 1], b[3] = np.nan, np.inf, -np.inf
    check(net("max", 2, 2), [x, w, b])


def test_rows_that_others_read_are_stored() -> None:
    def twice(x: Any, w: Any, b: Any) -> list[Any]:
        y = lp.relu(lp.conv2d(x, w, b, layout="NHWC"))
        return [lp.max_pool2d(y, 2, layout="NHWC"), y]

    assert not joined(twice, IMAGES)


def test_windows_that_overlap_are_not_groups_of_rows() -> None:
    assert not joined(net("max", 3, 2), IMAGES)
    assert joined(net("max", (2, 3), (2, 1)), IMAGES)


def test_rows_that_would_not_stay_in_the_first_cache_are_stored() -> None:
    assert not joined(net("max", 2, 2), arrays((8, 200), (3, 3), 2, 64, n=1))


def test_threads_share_the_batch_or_the_groups_of_rows() -> None:
    for kernel in kernels(net("max", 2, 2), IMAGES):
        if isinstance(kernel, MatmulKernel):
            assert kernel.windows is not None
            machine = Machine(64, 32, threads=2)
            axes = {c.axis for c in choices(kernel, machine, form_of(kernel, machine))}
            assert axes == {None, kernel.out[0], kernel.windows.loop}


@COMPILER
def test_one_image_is_shared_by_its_rows() -> None:
    given_ = arrays((40, 40), (5, 5), 16, 32, n=1)
    found = kernels(net("max", 2, 2), given_, threads=2)
    axes = [k.axis for k in found if isinstance(k, MatmulKernel)]
    assert [a.extent for a in axes if a is not None] == [18]
    check(net("max", 2, 2), given_)


@COMPILER
def test_pooling_that_is_padded_for_what_comes_next() -> None:
    def twice(x: Any, w: Any, b: Any, v: Any) -> list[Any]:
        y = net("max", 2, 2)(x, w, b)
        z = lp.max_pool2d(lp.relu(lp.conv2d(y, v, padding="same", layout="NHWC")), 2, layout="NHWC")
        return lp.grad((z * z).sum(), [w, b, v])

    given_ = [*arrays((18, 18), (3, 3), 2, 16), sample("f4", (3, 3, 16, 32), -1, 1)]
    assert joined(twice, given_)
    check(twice, given_)
