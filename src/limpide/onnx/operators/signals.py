"""Signals: Fourier transforms, windows, mel filters; and random numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...dtypes import FLOAT32, FLOAT64
from ...errors import DataError
from ...graph import Array
from ...nn.words import lp
from ...random import Generator, default_generator
from ...shapes import static
from ...tensor import Tensor, astensor
from .table import axis_in, dtype_of, limited, number, operator


# ------------------------------------------------------------------------------------------- Fourier
def _transform(x: Any, axis: int, length: int | None, inverse: int, onesided: int) -> Any:
    """The discrete Fourier transform of (..., 1 or 2), real and imaginary parts last: products with waves."""
    x = astensor(x)
    axis = axis_in(axis, x.ndim)
    if axis == x.ndim - 1 or x.shape[-1] not in (1, 2):
        raise DataError("onnx", f"a signal of shape {x.shape} has no axis {axis} of real or complex numbers")
    (own,) = static((x.shape[axis],), "onnx")
    default = 2 * (own - 1) if onesided and inverse else own
    size = default if length is None else length
    if size < 1:
        raise DataError("onnx", f"a transform of length {size}")
    whole = size // 2 + 1 if onesided and inverse else size  # what is given of a spectrum
    used = min(own, whole)
    x = lp.moveaxis(x, axis, -1)  # (..., parts, time)
    x = x[..., :used]
    real = x[..., 0, :]
    imaginary = x[..., 1, :] if x.shape[-2] == 2 else None
    if onesided and inverse:
        return _real_inverse(real, imaginary, used, size, axis)
    count = size // 2 + 1 if onesided else size
    limited([used, count])
    angle = 2 * np.pi / size * (np.outer(np.arange(used), np.arange(count)) % size)
    cos, sin = (np.asarray(f(angle), x.dtype) for f in (np.cos, np.sin))
    sign = 1 if inverse else -1
    first, second = lp.matmul(real, cos), lp.matmul(real, sin * sign)
    if imaginary is not None:
        first, second = first - lp.matmul(imaginary, sin * sign), second + lp.matmul(imaginary, cos)
    if inverse:
        first, second = first / size, second / size
    return lp.stack([lp.moveaxis(part, -1, axis) for part in (first, second)], -1)


def _real_inverse(real: Any, imaginary: Any, used: int, size: int, axis: int) -> Any:
    """From the first half of the spectrum of a real signal."""
    angle = 2 * np.pi / size * (np.outer(np.arange(used), np.arange(size)) % size)
    twice = np.where((np.arange(used) == 0) | (2 * np.arange(used) == size), 1, 2)[:, None] / size
    y = lp.matmul(real, np.asarray(np.cos(angle) * twice, astensor(real).dtype))
    if imaginary is not None:
        y = y - lp.matmul(imaginary, np.asarray(np.sin(angle) * twice, astensor(real).dtype))
    return lp.expand_dims(lp.moveaxis(y, -1, axis), -1)


@operator("DFT", 17)
def dft_attribute(x: Any, length: Any = None, *, axis: int = 1, inverse: int = 0, onesided: int = 0) -> Any:
    size = None if length is None else int(number(length, "the length"))
    return _transform(x, axis, size, inverse, onesided)


@operator("DFT", 20)
def dft(x: Any, length: Any = None, axis: Any = None, *, inverse: int = 0, onesided: int = 0) -> Any:
    size = None if length is None else int(number(length, "the length"))
    return _transform(x, -2 if axis is None else int(number(axis, "axis")), size, inverse, onesided)


@operator("STFT")
def stft(signal: Any, step: Any, window: Any = None, length: Any = None, *, onesided: int = 1) -> Any:
    signal = astensor(signal)
    if length is None and window is None:
        raise DataError("onnx", "STFT is given neither a window nor a length")
    size = int(astensor(window).shape[0]) if length is None else int(number(length, "the length"))
    by, (total,) = int(number(step, "the step")), static((signal.shape[1],), "onnx")
    if size < 1 or by < 1 or size > total:
        raise DataError("onnx", f"frames of {size} every {by} in a signal of {total}")
    starts = np.arange(0, total - size + 1, by)
    limited([len(starts), size])
    frames = lp.take(signal, starts[:, None] + np.arange(size), 1)  # (batch, frames, size, 1 or 2)
    if window is not None:
        frames = frames * lp.reshape(window, (-1, 1))
    return _transform(frames, 2, None, 0, onesided)


# ------------------------------------------------------------------------------------------- windows
def _window(factors: Sequence[float]) -> Callable[..., Any]:
    """A sum of cosines of 0, 1, 2, ... turns."""

    def window(size: Any, *, output_datatype: int = 1, periodic: int = 1) -> Any:
        count = int(number(size, "the size"))
        limited([count])
        turns = np.arange(count) / max(count if periodic else count - 1, 1)
        values = sum(f * np.cos(2 * np.pi * i * turns) for i, f in enumerate(factors))
        return Tensor(None, np.asarray(values).astype(dtype_of(output_datatype)))

    return window


for _name, _factors in {
    "HannWindow": (0.5, -0.5),
    "HammingWindow": (25 / 46, -21 / 46),
    "BlackmanWindow": (0.42, -0.5, 0.08),
}.items():
    operator(_name)(_window(_factors))


@operator("MelWeightMatrix")
def mel_weights(bins: Any, length: Any, rate: Any, low: Any, high: Any, *, output_datatype: int = 1) -> Any:
    """Triangles on the mel scale, 2595 log10(1 + f / 700), as a matrix of (spectrum, bins)."""
    count, size, sampled = (int(number(v, "a number")) for v in (bins, length, rate))
    edges = [float(number(v, "a frequency")) for v in (low, high)]
    limited([size // 2 + 1, count])
    first, last = (2595 * math.log10(1 + f / 700) for f in edges)
    mels = np.arange(count + 2) * ((last - first) / (count + 2)) + first
    places = np.floor((size + 1) * (700 * (10 ** (mels / 2595) - 1)) / sampled).astype(int)
    found: Array = np.zeros((size // 2 + 1, count))
    for i in range(count):
        left, middle, right = places[i : i + 3]
        if left == middle:
            found[middle, i] = 1
        for j in range(left, middle + 1 if left != middle else left):
            found[j, i] = (j - left) / (middle - left)
        for j in range(middle, right):
            found[j, i] = (right - j) / (right - middle)
    return Tensor(None, found.astype(dtype_of(output_datatype)))


# -------------------------------------------------------------------------------------------- random
def _stream(seed: float | None) -> Generator:
    return default_generator() if seed is None else Generator(int(seed) & (2**63 - 1))


def _drawn(kind: str, a: float, b: float, shape: Sequence[Any], dtype: Any, seed: float | None) -> Any:
    work = dtype if dtype in (FLOAT32, FLOAT64) else FLOAT32
    draw = getattr(_stream(seed), kind)
    return draw(a, b, size=limited(tuple(shape)), dtype=work).astype(dtype)


@operator("RandomNormal")
def random_normal(
    *, shape: Sequence[int], dtype: int = 1, mean: float = 0.0, scale: float = 1.0, seed: float | None = None
) -> Any:
    return _drawn("normal", mean, scale, shape, dtype_of(dtype), seed)


@operator("RandomUniform")
def random_uniform(
    *, shape: Sequence[int], dtype: int = 1, low: float = 0.0, high: float = 1.0, seed: float | None = None
) -> Any:
    return _drawn("uniform", low, high, shape, dtype_of(dtype), seed)


@operator("RandomNormalLike")
def random_normal_like(
    x: Any, *, dtype: int | None = None, mean: float = 0.0, scale: float = 1.0, seed: float | None = None
) -> Any:
    x = astensor(x)
    return _drawn("normal", mean, scale, x.shape, x.dtype if dtype is None else dtype_of(dtype), seed)


@operator("RandomUniformLike")
def random_uniform_like(
    x: Any, *, dtype: int | None = None, low: float = 0.0, high: float = 1.0, seed: float | None = None
) -> Any:
    x = astensor(x)
    return _drawn("uniform", low, high, x.shape, x.dtype if dtype is None else dtype_of(dtype), seed)


@operator("Bernoulli")
def bernoulli(x: Any, *, dtype: int | None = None, seed: float | None = None) -> Any:
    x = astensor(x)
    hits = lp.less(_stream(seed).random(x.shape, dtype="float32"), x)
    return hits.astype(x.dtype if dtype is None else dtype_of(dtype))


@operator("Multinomial")
def multinomial(x: Any, *, dtype: int = 6, sample_size: int = 1, seed: float | None = None) -> Any:
    """Classes drawn by the rows of log-probabilities: the first that passes a random number."""
    x = astensor(x)
    edges = lp.cumsum(lp.softmax(x, -1), axis=-1)
    limited([x.shape[0], sample_size, x.shape[1]])
    numbers = _stream(seed).random((x.shape[0], sample_size, 1), dtype="float32")
    classes = lp.sum(lp.greater_equal(numbers, edges[:, None, :-1]), axis=-1)
    return classes.astype(dtype_of(dtype))
