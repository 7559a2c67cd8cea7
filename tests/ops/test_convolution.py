"""Convolutions and pooling of any shape against direct loops in float64, and what their words mean."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import limpide as lp
from limpide.errors import LimpideError
from limpide.graph import Array
from ops.check import check_gradient, differs, run_everywhere, run_on, sample

CONV = {1: lp.conv1d, 2: lp.conv2d, 3: lp.conv3d}
TRANSPOSED = {1: lp.conv_transpose1d, 2: lp.conv_transpose2d, 3: lp.conv_transpose3d}
MAX = {1: lp.max_pool1d, 2: lp.max_pool2d, 3: lp.max_pool3d}
AVG = {1: lp.avg_pool1d, 2: lp.avg_pool2d, 3: lp.avg_pool3d}
LAST = {1: "NWC", 2: "NHWC", 3: "NDHWC"}


# ------------------------------------------------------------------------------------------- direct loops
@dataclass(frozen=True)
class Case:
    """A convolution from (n, channels, *size) by (outputs, channels // groups, *kernel)."""

    size: tuple[int, ...]
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    groups: int = 1
    channels: int = 1  # of a group
    outputs: int = 1  # of a group
    n: int = 2

    @property
    def rank(self) -> int:
        return len(self.size)

    @property
    def counts(self) -> tuple[int, ...]:
        return tuple(
            (size + 2 * p - d * (k - 1) - 1) // s + 1
            for size, k, s, p, d in zip(
                self.size, self.kernel, self.stride, self.padding, self.dilation, strict=True
            )
        )

    @property
    def attributes(self) -> dict[str, Any]:
        return {"stride": self.stride, "padding": self.padding, "dilation": self.dilation}

    def place(self, t: tuple[int, ...], k: tuple[int, ...]) -> tuple[int, ...] | None:
        """The element that window `t` holds at its position `k`; None in the padding."""
        found = tuple(
            a * s + b * d - p
            for a, b, s, d, p in zip(t, k, self.stride, self.dilation, self.padding, strict=True)
        )
        return found if all(0 <= i < size for i, size in zip(found, self.size, strict=True)) else None

    def pairs(self) -> Any:
        """(window, position, element) wherever there is an element."""
        for t in itertools.product(*map(range, self.counts)):
            for k in itertools.product(*map(range, self.kernel)):
                place = self.place(t, k)
                if place is not None:
                    yield t, k, place


def direct_conv(x: Array, w: Array, case: Case) -> Array:
    y = np.zeros((len(x), len(w), *case.counts))
    for t, k, place in case.pairs():
        for o in range(len(w)):
            first = o // case.outputs * case.channels
            channels = slice(first, first + case.channels)
            y[(slice(None), o, *t)] += x[(slice(None), channels, *place)] @ w[(o, slice(None), *k)]
    return y


def direct_transposed(y: Array, w: Array, case: Case) -> Array:
    x = np.zeros((len(y), case.groups * case.channels, *case.size))
    for t, k, place in case.pairs():
        for o in range(len(w)):
            first = o // case.outputs * case.channels
            channels = slice(first, first + case.channels)
            x[(slice(None), channels, *place)] += np.outer(y[(slice(None), o, *t)], w[(o, slice(None), *k)])
    return x


def direct_weight(x: Array, y: Array, case: Case) -> Array:
    w = np.zeros((case.groups * case.outputs, case.channels, *case.kernel))
    for t, k, place in case.pairs():
        for o in range(len(w)):
            first = o // case.outputs * case.channels
            channels = slice(first, first + case.channels)
            w[(o, slice(None), *k)] += y[(slice(None), o, *t)] @ x[(slice(None), channels, *place)]
    return w


@st.composite
def cases(draw: st.DrawFn, groups: tuple[int, ...] = (1, 1, 2, 3)) -> Case:
    rank = draw(st.sampled_from([1, 2, 2, 3]))

    def each(values: list[int]) -> tuple[int, ...]:
        return tuple(draw(st.sampled_from(values)) for _ in range(rank))

    kernel, stride, dilation = each([1, 2, 3]), each([1, 2, 3]), each([1, 1, 2])
    padding = each([0, 1, 2])
    reach = tuple(d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True))
    size = tuple(draw(st.integers(r, r + 4)) for r in reach)
    number = st.sampled_from([1, 2, 3])
    return Case(
        size, kernel, stride, padding, dilation,
        draw(st.sampled_from(groups)), draw(number), draw(number), draw(st.sampled_from([1, 2])),
    )  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(cases())
def test_convolutions_of_any_kind_on_the_numpy_device(case: Case) -> None:
    check_convolution(case, "numpy")


@settings(max_examples=6, deadline=None)
@given(cases())
def test_convolutions_of_any_kind_compiled(case: Case) -> None:
    check_convolution(case, "c")


def check_convolution(case: Case, device: str) -> None:
    """Both layouts, the transposed one, and the gradients, which are each other."""
    outputs, channels = case.groups * case.outputs, case.groups * case.channels
    x = sample(np.float64, (case.n, channels, *case.size), -1, 1)
    w = sample(np.float64, (outputs, case.channels, *case.kernel), -1, 1, seed=1)
    y = sample(np.float64, (case.n, outputs, *case.counts), -1, 1, seed=2)
    layout = LAST[case.rank]
    attributes = case.attributes | {"groups": case.groups}

    def everything(x: Any, w: Any, y: Any) -> list[Any]:
        first = CONV[case.rank](x, w, **attributes)
        rows = [lp.moveaxis(a, 1, -1) for a in (x, y)]
        inner = lp.moveaxis(w, (1, 0), (-2, -1))
        second = CONV[case.rank](rows[0], inner, **attributes, layout=layout)
        total = (first * y).sum()
        return [first, lp.moveaxis(second, -1, 1), *lp.grad(total, [x, w])]

    got = run_on(device, everything, x, w, y)
    want = direct_conv(x, w, case)
    for one in got[:2]:
        assert differs(one, want, ulps=8, scaled=16) is None
    assert differs(got[2], direct_transposed(y, w, case), ulps=8, scaled=16) is None
    assert differs(got[3], direct_weight(x, y, case), ulps=8, scaled=16) is None


@settings(max_examples=20, deadline=None)
@given(cases())
def test_transposed_convolutions_are_the_gradient(case: Case) -> None:
    """With the output padding that gives the size back."""
    exact = [
        (t - 1) * s - 2 * p + d * (k - 1) + 1
        for t, s, p, d, k in zip(
            case.counts, case.stride, case.padding, case.dilation, case.kernel, strict=True
        )
    ]
    more = tuple(size - e for size, e in zip(case.size, exact, strict=True))
    y = sample(np.float64, (case.n, case.groups * case.outputs, *case.counts), -1, 1)
    w = sample(np.float64, (case.groups * case.outputs, case.channels, *case.kernel), -1, 1, seed=1)
    got = TRANSPOSED[case.rank](y, w, output_padding=more, groups=case.groups, **case.attributes).numpy()
    assert differs(got, direct_transposed(y, w, case), ulps=8, scaled=16) is None


@pytest.mark.parametrize("groups", [1, 3])
def test_second_derivatives(groups: int) -> None:
    x = sample(np.float64, (2, 3, 5, 4), -1, 1)
    w = sample(np.float64, (3, 3 // groups, 2, 3), -1, 1, seed=1)

    def f(x: Any, w: Any) -> Any:
        return lp.tanh(lp.conv2d(x, w, stride=(2, 1), padding=1, groups=groups))

    check_gradient(f, x, w, order=2)


# ------------------------------------------------------------------------------------------------ pooling
def direct_pool(x: Array, case: Case, fold: Any) -> tuple[Array, dict[Any, list[tuple[int, ...]]]]:
    """The fold of every window's elements, and which these are, in order."""
    members: dict[Any, list[tuple[int, ...]]] = {}
    for t, _, place in case.pairs():
        members.setdefault(t, []).append(place)
    y = np.zeros((*x.shape[:2], *case.counts))
    for t, places in members.items():
        y[(slice(None), slice(None), *t)] = fold(
            np.stack([x[(slice(None), slice(None), *p)] for p in places])
        )
    return y, members


@st.composite
def pools(draw: st.DrawFn) -> Case:
    case = draw(cases(groups=(1,)))
    padding = tuple(
        min(p, (d * (k - 1) + 1) // 2)
        for p, k, d in zip(case.padding, case.kernel, case.dilation, strict=True)
    )
    return Case(case.size, case.kernel, case.stride, padding, case.dilation, channels=case.channels)


@settings(max_examples=30, deadline=None)
@given(pools(), st.integers(0, 99))
def test_the_largest_of_windows_and_its_gradient(case: Case, seed: int) -> None:
    check_max_pool(case, seed, "numpy")


@settings(max_examples=6, deadline=None)
@given(pools(), st.integers(0, 99))
def test_the_largest_of_windows_compiled(case: Case, seed: int) -> None:
    check_max_pool(case, seed, "c")


def check_max_pool(case: Case, seed: int, device: str) -> None:
    """Whole numbers, so that many are equal: the first of them has the gradient."""
    rng = np.random.default_rng(seed)
    x = rng.integers(-2, 3, (2, case.channels, *case.size)).astype(np.float64)
    y, members = direct_pool(x, case, lambda rows: rows.max(0))
    g = rng.normal(size=y.shape)
    want = np.zeros_like(x)
    for t, places in members.items():
        for n, c in np.ndindex(*x.shape[:2]):
            first = places[int(np.argmax([x[(n, c, *p)] for p in places]))]
            want[(n, c, *first)] += g[(n, c, *t)]

    def both(x: Any, g: Any) -> list[Any]:
        own = MAX[case.rank](x, case.kernel, **case.attributes)
        return [own, lp.grad((own * g).sum(), x)]

    found = run_on(device, both, x, g)
    assert differs(found[0], y) is None
    assert differs(found[1], want, scaled=8) is None


@settings(max_examples=30, deadline=None)
@given(pools(), st.booleans())
def test_the_mean_of_windows(case: Case, padded: bool) -> None:
    case = Case(
        case.size,
        case.kernel,
        case.stride,
        tuple(min(p, k // 2) for p, k in zip(case.padding, case.kernel, strict=True)),
        (1,) * case.rank,
        channels=case.channels,
    )
    x = sample(np.float64, (2, case.channels, *case.size), -1, 1)
    count = int(np.prod(case.kernel))
    want, _ = direct_pool(x, case, lambda rows: rows.sum(0) / (count if padded else len(rows)))
    own = AVG[case.rank](x, case.kernel, case.stride, case.padding, count_include_pad=padded)
    assert differs(own.numpy(), want, ulps=8, scaled=8) is None
    check_gradient(
        lambda x: AVG[case.rank](x, case.kernel, case.stride, case.padding, count_include_pad=padded) ** 2,
        x,
        order=1,
    )


@pytest.mark.parametrize("kernel", [2, 3, 7])
def test_nan_is_the_largest(kernel: int) -> None:
    x = sample(np.float32, (1, 2, 14, 14), -1, 1)
    x[0, 0, 3, 4], x[0, 1, 7, 7], x[0, 1, 8, 8] = np.nan, np.inf, -np.inf

    def both(x: Any) -> list[Any]:
        y = lp.max_pool2d(x, kernel, 2)
        return [y, lp.grad(lambda x: lp.max_pool2d(x, kernel, 2).sum())(x)]

    y, _ = run_everywhere(both, x)
    assert np.isnan(y[0, 0]).any() and not np.isnan(y[0, 1]).any() and np.isposinf(y[0, 1]).any()


def test_windows_that_end_behind_the_input() -> None:
    x = np.arange(7.0).reshape(1, 1, 7)
    assert lp.max_pool1d(x, 3, 3).tolist() == [[[2, 5]]]
    assert lp.max_pool1d(x, 3, 3, ceil_mode=True).tolist() == [[[2, 5, 6]]]
    assert lp.avg_pool1d(x, 3, 3, ceil_mode=True).tolist() == [[[1, 4, 6]]]
    assert lp.max_pool1d(x, 2, 3, padding=1, ceil_mode=True).shape == (1, 1, 3)  # none begins in the padding


@pytest.mark.parametrize(
    "size, kernel, stride", [(7, 3, 2), (8, 3, 2), (6, 2, 2), (5, 2, 1), (7, 2, 3), (4, 5, 1)]
)
def test_windows_of_the_padding_same(size: int, kernel: int, stride: int) -> None:
    x = sample(np.float64, (2, size, size, 3), -1, 1)
    count = -(-size // stride)
    before = max((count - 1) * stride + kernel - size, 0) // 2
    parts = [slice(max(t * stride - before, 0), t * stride - before + kernel) for t in range(count)]
    for own, fold in [(lp.max_pool2d, np.max), (lp.avg_pool2d, np.mean)]:
        want = np.stack([np.stack([fold(x[:, a, b], axis=(1, 2)) for b in parts], 1) for a in parts], 1)
        more = {} if own is lp.max_pool2d else {"count_include_pad": False}
        y = own(x, kernel, stride, "same", layout="NHWC", **more)
        assert differs(y.numpy(), want, ulps=8, scaled=8) is None


def test_where_the_largest_is() -> None:
    x = sample(np.float64, (2, 3, 5, 6), -1, 1)
    y, at = lp.max_pool2d(x, (3, 2), 2, padding=1, return_indices=True)
    assert np.array_equal(
        np.take_along_axis(x.reshape(2, 3, 30), at.numpy().reshape(2, 3, -1), 2), y.numpy().reshape(2, 3, -1)
    )
    _, at = lp.max_pool2d(np.moveaxis(x, 1, -1), (2, 2), dilation=(2, 3), layout="NHWC", return_indices=True)
    assert at.dtype == np.int64 and at.shape == (2, 2, 2, 3)
    _, at = lp.max_pool1d(np.float32([[[1, 5, 2, 7]]]), 2, return_indices=True)
    assert at.tolist() == [[[1, 3]]]


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_adaptive_pooling(count: int) -> None:
    x = sample(np.float64, (2, 3, 7, 5), -1, 1)
    ends = [[(i * s // count, -(-(i + 1) * s // count)) for i in range(count)] for s in (7, 5)]
    parts = [[x[:, :, a:b, c:d] for c, d in ends[1]] for a, b in ends[0]]
    for own, fold in [(lp.adaptive_avg_pool2d, np.mean), (lp.adaptive_max_pool2d, np.max)]:
        want = np.stack([np.stack([fold(p, axis=(2, 3)) for p in row], -1) for row in parts], -2)
        assert differs(own(x, count).numpy(), want, ulps=8) is None
    assert lp.adaptive_avg_pool2d(x, (None, 2)).shape == (2, 3, 7, 2)
    check_gradient(lambda x: lp.adaptive_max_pool2d(x, count) ** 2, x, order=1)


# ------------------------------------------------------------------------------------------------ the words
@pytest.mark.parametrize("dtype", ["float32", "float64", "int32"])
def test_dtypes(dtype: str) -> None:
    x, w = sample(dtype, (2, 3, 6, 6), -3, 3), sample(dtype, (4, 3, 3, 3), -3, 3, seed=1)
    run_everywhere(lambda x, w: [lp.conv2d(x, w, padding=1), lp.max_pool2d(x, 2)], x, w, ulps=8, scaled=32)


def test_the_size_of_the_batch_is_not_needed() -> None:
    x, w = lp.input("x", (None, 8, 8, 3)), sample(np.float32, (3, 3, 3, 4), -1, 1)
    y = lp.max_pool2d(lp.conv2d(x, w, padding="same", layout="NHWC"), 2, layout="NHWC")
    f = lp.function([x], [y, lp.grad(y.sum(), x)])
    for n in (1, 5):
        y_, g = f(np.ones((n, 8, 8, 3), np.float32))
        assert y_.shape == (n, 4, 4, 4) and g.shape == (n, 8, 8, 3)


def test_one_example_alone() -> None:
    x, w = sample(np.float64, (3, 6, 6), -1, 1), sample(np.float64, (4, 3, 3, 3), -1, 1)
    assert np.array_equal(lp.conv2d(x, w).numpy(), lp.conv2d(x[None], w).numpy()[0])
    assert lp.max_pool2d(x, 2).shape == (3, 3, 3)
    assert lp.conv_transpose2d(lp.conv2d(x, w), w).shape == (3, 6, 6)


@pytest.mark.parametrize(("size", "stride"), [(7, 1), (7, 2), (8, 3), (5, 4)])
def test_same_padding(size: int, stride: int) -> None:
    x, w = np.ones((1, size, 1)), np.ones((3, 1, 1))
    count = -(-size // stride)
    assert lp.conv1d(x, w, stride=stride, padding="same", layout="NWC").shape == (1, count, 1)
    y = lp.conv_transpose1d(np.ones((1, count, 1)), w, stride=stride, padding="same", layout="NWC")
    assert y.shape == (1, count * stride, 1)


def test_bias_is_per_output() -> None:
    x, w, b = np.zeros((1, 2, 3, 3)), np.zeros((4, 2, 1, 1)), np.arange(4.0)
    assert (lp.conv2d(x, w, b).numpy() == b[:, None, None]).all()
    assert (lp.conv2d(x.transpose(0, 2, 3, 1), w.T, b, layout="NHWC").numpy() == b).all()


X, W = np.zeros((2, 3, 8, 8)), np.zeros((4, 3, 3, 3))
ERRORS = [
    (lambda: lp.conv2d(np.zeros((2, 8, 8, 3)), W), "the input has 8 channels, but the weight of shape"),
    (lambda: lp.conv2d(np.zeros((2, 8, 8, 3)), W), "layout= says where the channels are"),
    (lambda: lp.conv2d(np.zeros((8, 8)), W), r"the input has shape \(8, 8\); 4 axes are needed"),
    (lambda: lp.conv2d(X, np.zeros((3, 3))), r"the weight has shape \(3, 3\), not 4 axes"),
    (lambda: lp.conv2d(X, W, np.zeros(3)), r"the bias has shape \(3,\), not \(4,\), one per output"),
    (lambda: lp.conv2d(X, W, stride=0), "stride is 0; it should be one number, or 2"),
    (lambda: lp.conv2d(X, W, padding="full"), "the padding 'full' is neither 'valid' nor 'same'"),
    (lambda: lp.conv2d(X, W, padding=-1), "numbers that are not negative"),
    (lambda: lp.conv2d(X, W, groups=3), "4 outputs cannot be split into 3 groups"),
    (lambda: lp.conv2d(X, W, layout="CHWN"), "the layout 'CHWN' is not one of NCHW, NHWC"),
    (lambda: lp.conv2d(X, W, dilation=5), r"windows of \(3, 3\) and dilation \(5, 5\) do not fit into"),
    (lambda: lp.conv_transpose2d(X, W[:3], output_padding=1), "must be below the stride"),
    (lambda: lp.conv_transpose2d(X[:, :, :1], W[:3], padding=2), "nothing is left of it"),
    (lambda: lp.max_pool2d(X, 9), r"windows of \(9, 9\) do not fit into a size of \(8, 8\)"),
    (lambda: lp.max_pool2d(X, 2, padding=2), "is more than half of the window"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "message"), ERRORS)
def test_what_does_not_fit(call: Any, message: str) -> None:
    with pytest.raises(LimpideError) as caught:
        call()
    assert re.search(message, str(caught.value))
