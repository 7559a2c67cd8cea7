"""Activations, losses, convolutions and pooling against NumPy."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from limpide.faces import theano
from limpide.faces.theano import tensor as T
from limpide.faces.theano.tensor.nnet import conv, neighbours
from limpide.faces.theano.tensor.signal import conv as signal_conv
from limpide.faces.theano.tensor.signal import downsample, pool

rng = np.random.RandomState(0)
IMAGES, FILTERS = rng.randn(2, 3, 7, 6), rng.randn(4, 3, 3, 2)


def convolved(x: Any, w: Any, border: Any = "valid", stride: Any = (1, 1), flip: bool = True) -> Any:
    """A convolution written out."""
    rows, columns = w.shape[2:]
    pads = {"valid": (0, 0), "full": (rows - 1, columns - 1), "half": (rows // 2, columns // 2)}.get(
        str(border)
    )
    pads = pads or ((border, border) if isinstance(border, int) else border)
    x = np.pad(x, ((0, 0), (0, 0), (pads[0],) * 2, (pads[1],) * 2))
    w = w[:, :, ::-1, ::-1] if flip else w
    down, across = (x.shape[2] - rows) // stride[0] + 1, (x.shape[3] - columns) // stride[1] + 1
    out = np.zeros((len(x), len(w), down, across))
    for i, j in product(range(down), range(across)):
        part = x[:, :, i * stride[0] : i * stride[0] + rows, j * stride[1] : j * stride[1] + columns]
        out[:, :, i, j] = np.tensordot(part, w, axes=((1, 2, 3), (1, 2, 3)))
    return out


@pytest.mark.parametrize("border", ["valid", "full", "half", 1, (2, 1)])
@pytest.mark.parametrize("stride", [(1, 1), (2, 3)])
def test_conv2d(border: Any, stride: Any) -> None:
    x, w = T.dtensor4("x"), T.dtensor4("w")
    y = T.nnet.conv2d(x, w, border_mode=border, subsample=stride)
    assert np.allclose(
        theano.function([x, w], y)(IMAGES, FILTERS), convolved(IMAGES, FILTERS, border, stride)
    )


def test_conv2d_spellings() -> None:
    x, w = T.dtensor4("x"), T.dtensor4("w")
    old = conv.conv2d(input=x, filters=w, filter_shape=(4, 3, 3, 2), image_shape=(2, 3, 7, 6))
    unflipped = T.nnet.conv2d(x, w, filter_flip=False)
    assert np.allclose(theano.function([x, w], old)(IMAGES, FILTERS), convolved(IMAGES, FILTERS))
    assert np.allclose(
        theano.function([x, w], unflipped)(IMAGES, FILTERS), convolved(IMAGES, FILTERS, flip=False)
    )
    wrong = theano.function([x, w], T.nnet.conv2d(x, w, input_shape=(9, 3, 7, 6)))
    with pytest.raises(ValueError, match="was declared"):
        wrong(IMAGES, FILTERS)
    with pytest.raises(ValueError, match="channels"):
        theano.function([x, w], T.nnet.conv2d(x, w))(IMAGES[:, :2], FILTERS)
    with pytest.raises(ValueError, match="invalid border_mode"):
        T.nnet.conv2d(x, w, border_mode="around")


def test_gradients_of_a_convolution() -> None:
    x, w = T.dtensor4("x"), T.dtensor4("w")
    y = T.nnet.conv2d(x, w, border_mode="half", subsample=(2, 2))
    f = theano.function([x, w], T.grad((y**2).sum(), [x, w]))
    of_x, of_w = f(IMAGES, FILTERS)
    step = 1e-6
    for array, slope, place in ((IMAGES, of_x, (1, 2, 3, 4)), (FILTERS, of_w, (3, 0, 1, 1))):
        moved = [array.copy(), array.copy()]
        moved[0][place] += step
        moved[1][place] -= step
        pairs = [(m, FILTERS) if array is IMAGES else (IMAGES, m) for m in moved]
        up, down = ((convolved(*p, border="half", stride=(2, 2)) ** 2).sum() for p in pairs)
        assert np.isclose(slope[place], (up - down) / (2 * step), rtol=1e-5)


def test_the_gradient_by_the_input_is_a_transposed_convolution() -> None:
    x, w, g = T.dtensor4("x"), T.dtensor4("w"), T.dtensor4("g")
    y = T.nnet.conv2d(x, w, subsample=(2, 2))
    by_grad = theano.function([x, w, g], T.Lop(y, x, g))
    by_name = theano.function(
        [w, g], T.nnet.abstract_conv.conv2d_grad_wrt_inputs(g, w, (2, 3, 7, 6), subsample=(2, 2))
    )
    back = rng.randn(2, 4, 3, 3)
    assert np.allclose(by_grad(IMAGES, FILTERS, back), by_name(FILTERS, back))


def test_conv3d() -> None:
    x, w = T.dtensor5("x"), T.dtensor5("w")
    volume, kernel = rng.randn(1, 2, 4, 5, 3), rng.randn(3, 2, 2, 2, 2)
    found = theano.function([x, w], T.nnet.conv3d(x, w))(volume, kernel)
    expected = np.zeros((1, 3, 3, 4, 2))
    for i, j, k in product(range(3), range(4), range(2)):
        part = volume[:, :, i : i + 2, j : j + 2, k : k + 2]
        expected[:, :, i, j, k] = np.tensordot(part, kernel[:, :, ::-1, ::-1, ::-1], axes=((1, 2, 3, 4),) * 2)
    assert np.allclose(found, expected)


def test_convolution_of_single_images() -> None:
    x, w = T.dmatrix("x"), T.dmatrix("w")
    found = theano.function([x, w], signal_conv.conv2d(x, w, border_mode="full"))(IMAGES[0, 0], FILTERS[0, 0])
    assert np.allclose(found, convolved(IMAGES[:1, :1], FILTERS[:1, :1], "full")[0, 0])


def pooled(x: Any, size: Any, ignore: bool, stride: Any = None, pad: Any = (0, 0), mode: str = "max") -> Any:
    """Pooling written out."""
    stride = stride or size
    rows, columns = x.shape[-2:]
    padded = (rows + 2 * pad[0], columns + 2 * pad[1])

    def count(n: int, k: int, s: int) -> int:
        return (
            (n - k) // s + 1 if ignore else (n - 1) // s + 1 if s >= k else max(0, (n - 1 - k + s) // s) + 1
        )

    shape = [count(n, k, s) for n, k, s in zip(padded, size, stride, strict=True)]
    out = np.zeros((*x.shape[:-2], *shape))
    for i, j in product(*map(range, shape)):
        at = [(i * stride[0] - pad[0], size[0], rows), (j * stride[1] - pad[1], size[1], columns)]
        (a, b), (c, d) = ((max(s, 0), min(s + k, n)) for s, k, n in at)
        part = x[..., a:b, c:d]
        whole = np.prod([min(s + k, n + p) - s for (s, k, n), p in zip(at, pad, strict=True)])
        out[..., i, j] = {
            "max": lambda p=part: p.max((-1, -2)),
            "sum": lambda p=part: p.sum((-1, -2)),
            "average_exc_pad": lambda p=part: p.mean((-1, -2)),
            "average_inc_pad": lambda p=part, w=whole: p.sum((-1, -2)) / w,
        }[mode]()
    return out


@pytest.mark.parametrize("mode", pool.MODES)
@pytest.mark.parametrize(
    ("size", "ignore", "stride", "pad"),
    [
        ((2, 2), True, None, (0, 0)),
        ((2, 4), False, None, (0, 0)),
        ((3, 2), True, (2, 1), (0, 0)),
        ((3, 3), False, (2, 2), (0, 0)),
        ((3, 3), True, (2, 2), (1, 1)),
        ((2, 2), False, (3, 3), (0, 0)),
    ],
)
def test_pooling(size: Any, ignore: bool, stride: Any, pad: Any, mode: str) -> None:
    x = T.dtensor4("x")
    y = pool.pool_2d(x, size, ignore_border=ignore, stride=stride, pad=pad, mode=mode)
    assert np.allclose(theano.function([x], y)(IMAGES), pooled(IMAGES, size, ignore, stride, pad, mode))


def test_pooling_spellings() -> None:
    x = T.dmatrix("x")
    outputs = [
        pool.pool_2d(input=x, ds=(2, 2), ignore_border=True),
        pool.pool_2d(x, ws=(2, 2), ignore_border=True, st=(2, 2), padding=(0, 0)),
        downsample.max_pool_2d(x, (2, 2), True),
        downsample.max_pool_2d(input=x, ds=(2, 2), ignore_border=True),
    ]
    for found in theano.function([x], outputs)(IMAGES[0, 0]):
        assert np.array_equal(found, pooled(IMAGES[0, 0], (2, 2), True))
    assert theano.function([x], downsample.max_pool_2d(x, (2, 2)))(IMAGES[0, 0]).shape == (4, 3)
    with pytest.warns(UserWarning, match="ignore_border"):
        pool.pool_2d(x, (2, 2))
    kept = theano.function([x], downsample.max_pool_2d_same_size(x, (2, 2)))(IMAGES[0, 0])
    assert (kept != 0).sum() == 9


def softmax(x: Any) -> Any:
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def test_activations() -> None:
    x, v = T.dmatrix("x"), T.dvector("v")
    data = rng.randn(3, 5) * 3
    outputs = [
        T.nnet.softmax(x), T.nnet.logsoftmax(x), T.nnet.relu(x), T.nnet.relu(x, 0.1), T.nnet.elu(x),
        T.nnet.hard_sigmoid(x), T.nnet.softsign(x), T.nnet.softplus(x), T.nnet.ultra_fast_sigmoid(x),
    ]  # fmt: skip
    found = theano.function([x], outputs)(data)
    expected = [
        softmax(data), np.log(softmax(data)), np.maximum(data, 0), np.where(data > 0, data, data * 0.1),
        np.where(data > 0, data, np.expm1(data)), np.clip(data * 0.2 + 0.5, 0, 1), data / (1 + abs(data)),
        np.log1p(np.exp(data)),
    ]  # fmt: skip
    for f, e in zip(found, expected, strict=False):
        assert np.allclose(f, e)
    assert np.abs(found[-1] - 1 / (1 + np.exp(-data))).max() < 0.1
    assert theano.function([v], T.nnet.softmax(v))(data[0]).shape == (1, 5)
    with pytest.raises(ValueError, match="1-d or 2-d"):
        T.nnet.softmax(T.dtensor3())


def test_losses() -> None:
    p, q, labels = T.dmatrix("p"), T.dmatrix("q"), T.ivector("labels")
    rows, others = softmax(rng.randn(3, 4)), softmax(rng.randn(3, 4))
    f = theano.function(
        [p, q, labels],
        [
            T.nnet.categorical_crossentropy(p, labels),
            T.nnet.categorical_crossentropy(p, q),
            T.nnet.binary_crossentropy(p, q),
            T.nnet.sigmoid_binary_crossentropy(p, q),
        ],
    )
    one_hot, rowwise, binary, logits = f(rows, others, [0, 3, 2])
    assert np.allclose(one_hot, -np.log(rows[[0, 1, 2], [0, 3, 2]]))
    assert np.allclose(rowwise, -(others * np.log(rows)).sum(1))
    assert np.allclose(binary, -(others * np.log(rows) + (1 - others) * np.log(1 - rows)))
    s = 1 / (1 + np.exp(-rows))
    assert np.allclose(logits, -(others * np.log(s) + (1 - others) * np.log(1 - s)))
    with pytest.raises(TypeError, match="rank mismatch"):
        T.nnet.categorical_crossentropy(p, T.dvector())


def test_neighbourhoods() -> None:
    x = T.dtensor4("x")
    rows = neighbours.images2neibs(x, (2, 3))
    data = np.arange(48.0).reshape(1, 2, 4, 6)
    found = theano.function([x], rows)(data)
    assert found.shape == (8, 6)
    assert found[1].tolist() == data[0, 0, :2, 3:].ravel().tolist()
    back = theano.function([x], neighbours.neibs2images(rows, (2, 3), x.shape))
    assert np.array_equal(back(data), data)


def test_batch_normalisation() -> None:
    x = T.dmatrix("x")
    data = rng.randn(6, 3)
    gamma, beta = np.array([1.0, 2, 3]), np.array([0.5, 0, -1])
    out, mean, inverse = T.nnet.bn.batch_normalization_train(x, gamma, beta)
    found = theano.function([x], [out, mean, inverse])(data)
    spread = data.var(0) + 1e-4
    assert np.allclose(found[0], (data - data.mean(0)) / np.sqrt(spread) * gamma + beta)
    assert found[1].shape == (1, 3)
    assert np.allclose(found[2], 1 / np.sqrt(spread))
    test = T.nnet.bn.batch_normalization_test(x, gamma, beta, data.mean(0), data.var(0))
    assert np.allclose(theano.function([x], test)(data), found[0])


def test_a_softmax_in_two_levels() -> None:
    x, target = T.dmatrix("x"), T.ivector("t")
    W1, b1, W2, b2 = rng.randn(5, 2), rng.randn(2), rng.randn(2, 5, 3), rng.randn(2, 3)
    every = T.nnet.h_softmax(x, 4, 6, 2, 3, W1, b1, W2, b2)
    one = T.nnet.h_softmax(x, 4, 6, 2, 3, W1, b1, W2, b2, target)
    data = rng.randn(4, 5)
    p, chosen = theano.function([x, target], [every, one])(data, [0, 5, 3, 2])
    assert np.allclose(p.sum(1), 1)
    assert np.allclose(chosen, p[range(4), [0, 5, 3, 2]])


def test_bilinear_upsampling() -> None:
    x = T.dtensor4("x")
    data = np.arange(4.0).reshape(1, 1, 2, 2)
    found = theano.function([x], T.nnet.abstract_conv.bilinear_upsampling(x, ratio=2))(data)
    assert found[0, 0].tolist() == [[0, 0.5, 1, 1], [1, 1.5, 2, 2], [2, 2.5, 3, 3], [2, 2.5, 3, 3]]


def test_labels_without_times() -> None:
    from limpide.faces.theano.tensor.nnet.ctc import ctc

    x, labels, steps = T.dtensor3("x"), T.imatrix("labels"), T.ivector("steps")
    f = theano.function([x, labels, steps], ctc(x, labels, steps))
    found = f(np.zeros((2, 2, 2)), [[1, -1], [1, 1]], [2, 2])
    assert np.isclose(found[0], -np.log(0.75))  # of four ways all but blank, blank
    assert found.shape == (2,)
