"""Convolutions: Theano's turn the filters round."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .....grad import vjp_nodes
from .....ops.loop import placeholder
from .....tensor import Tensor
from .... import missing
from ....record import Symbol, sizes
from ... import scalar
from ...engine import lp
from ...gof import recipes
from ..basic import record_op, shape_of_arguments
from ..elemwise import as_dtype
from ..type import formula
from ..var import as_tensor_variable, dtype_of


def per_axis(value: Any, rank: int, default: int = 1) -> tuple[int, ...]:
    """One number for every axis."""
    if value is None:
        return (default,) * rank
    if isinstance(value, (tuple, list)):
        return tuple(int(v) for v in value)
    return (int(value),) * rank


def pads(border_mode: Any, kernel: Sequence[int], dilation: Sequence[int]) -> list[tuple[int, int]]:
    """The rows of zeros before and behind every axis.

    Raises ValueError for a border mode that there is not.
    """
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    if border_mode == "valid":
        return [(0, 0)] * len(reach)
    if border_mode == "full":
        return [(r - 1, r - 1) for r in reach]
    if border_mode == "half":
        return [(r // 2, r // 2) for r in reach]
    if border_mode == "same":
        return [((r - 1) // 2, r // 2) for r in reach]
    if isinstance(border_mode, int):
        return [(border_mode, border_mode)] * len(reach)
    if isinstance(border_mode, (tuple, list)) and len(border_mode) == len(reach):
        return [
            (int(p[0]), int(p[1])) if isinstance(p, (tuple, list)) else (int(p), int(p)) for p in border_mode
        ]
    raise ValueError(
        f"invalid border_mode {border_mode!r}, which must be either 'valid', 'full', 'half', an integer or a "
        f"pair of integers"
    )


def correlate(
    x: Tensor, w: Tensor, border_mode: Any, stride: Any, dilation: Any, groups: int, flip: bool
) -> Tensor:
    """The convolution of a batch, (n, channels, sizes...), with filters (outputs, channels, sizes...)."""
    rank = x.ndim - 2
    if x.shape[1] != w.shape[1] * groups:
        raise ValueError(
            f"the input has {x.shape[1]} channels, the filters have {w.shape[1]}"
            + (f" in each of {groups} groups" if groups > 1 else "")
        )
    found = pads(border_mode, [int(s) for s in w.shape[2:]], dilation)
    padding: Any = tuple(low for low, _ in found)
    if any(low != high for low, high in found):
        x, padding = lp["pad"](x, ((0, 0), (0, 0), *found)), 0
    if flip and any(s != 1 for s in w.shape[2:]):
        w = lp["flip"](w, axis=tuple(range(2, w.ndim)))
    convolve = lp[f"conv{rank}d"]
    result: Tensor = convolve(
        x, w, stride=tuple(stride), padding=padding, dilation=tuple(dilation), groups=groups
    )
    return result


def _conv(
    rank: int,
    input: Any,
    filters: Any,
    input_shape: Any,
    filter_shape: Any,
    border_mode: Any,
    subsample: Any,
    filter_flip: bool,
    filter_dilation: Any,
    num_groups: int = 1,
) -> Any:
    x, w = as_tensor_variable(input), as_tensor_variable(filters)
    for v, what in ((x, "input"), (w, "filters")):
        if v.ndim != rank + 2:
            raise TypeError(f"{what} must be {rank + 2}D tensor, it has {v.ndim} axes")
    stride, dilation = per_axis(subsample, rank), per_axis(filter_dilation, rank)
    out = scalar.upcast(dtype_of(x), dtype_of(w))
    expected = [_numbers(input_shape, rank + 2), _numbers(filter_shape, rank + 2)]
    pads(border_mode, (1,) * rank, (1,) * rank)

    def build(t: Tensor, w: Tensor) -> Tensor:
        for tensor, given, what in ((t, expected[0], "input"), (w, expected[1], "filters")):
            if given and any(g is not None and g != s for g, s in zip(given, tensor.shape, strict=True)):
                raise ValueError(
                    f"the {what} have shape {tuple(tensor.shape)}, but {tuple(given)} was declared"
                )
        return as_dtype(
            correlate(
                as_dtype(t, out), as_dtype(w, out), border_mode, stride, dilation, num_groups, filter_flip
            ),
            out,
        )

    name = (
        f"AbstractConv{rank}d{{border_mode={border_mode!r}, subsample={stride}, filter_flip={filter_flip}}}"
    )
    return record_op(name, build, x, w, known=lambda: formula(out, rank + 2))


def _numbers(shape: Any, rank: int) -> list[int | None]:
    """A declared shape: what is symbolic in it is not checked."""
    if shape is None:
        return []
    if len(shape) != rank:
        raise ValueError(f"a shape of {rank} sizes is needed, not {shape}")
    return [int(s) if isinstance(s, (int, np.integer)) else None for s in shape]


def conv2d(
    input: Any,
    filters: Any,
    input_shape: Any = None,
    filter_shape: Any = None,
    border_mode: Any = "valid",
    subsample: Any = (1, 1),
    filter_flip: bool = True,
    image_shape: Any = None,
    filter_dilation: Any = (1, 1),
    num_groups: int = 1,
    unshared: bool = False,
    **_: Any,
) -> Any:
    """The 2-D convolution of images (n, channels, rows, columns) with filters (outputs, channels, ...).

    border_mode: 'valid', 'full', 'half', a number of zeros around, or one for each axis (or pairs).
    filter_flip: True convolves, False correlates.
    """
    if unshared:
        missing.record("theano.tensor.nnet.conv2d(unshared=)")
        raise NotImplementedError("convolutions with a filter for every place")
    shape = image_shape if input_shape is None else input_shape
    return _conv(
        2,
        input,
        filters,
        shape,
        filter_shape,
        border_mode,
        subsample,
        filter_flip,
        filter_dilation,
        num_groups,
    )


def conv3d(
    input: Any,
    filters: Any,
    input_shape: Any = None,
    filter_shape: Any = None,
    border_mode: Any = "valid",
    subsample: Any = (1, 1, 1),
    filter_flip: bool = True,
    filter_dilation: Any = (1, 1, 1),
    num_groups: int = 1,
) -> Any:
    """The 3-D convolution; as `conv2d`."""
    return _conv(
        3,
        input,
        filters,
        input_shape,
        filter_shape,
        border_mode,
        subsample,
        filter_flip,
        filter_dilation,
        num_groups,
    )


def _gradient(rank: int, by: int) -> Any:
    """The gradient of a convolution by its input (0) or its filters (1), where only the other is known."""

    def conv_grad(
        output_grad: Any,
        other: Any,
        shape: Any,
        known_shape: Any = None,
        border_mode: Any = "valid",
        subsample: Any = None,
        filter_flip: bool = True,
        filter_dilation: Any = None,
        num_groups: int = 1,
        **_: Any,
    ) -> Any:
        g, other = as_tensor_variable(output_grad), as_tensor_variable(other)
        wanted = shape_of_arguments([s for s in shape] if not isinstance(shape, Symbol) else shape)
        stride, dilation = per_axis(subsample, rank), per_axis(filter_dilation, rank)

        def build(g: Tensor, other: Tensor, shape: Any) -> Tensor:
            hole = Tensor(placeholder("x", sizes(shape), other.dtype))
            pair = (hole, other) if by == 0 else (other, hole)
            y = correlate(*pair, border_mode, stride, dilation, num_groups, filter_flip)
            found = vjp_nodes([y.node], [as_dtype(g, y.dtype.name).node], [hole.node])[0]
            assert found is not None
            return Tensor(found)

        name = f"AbstractConv{rank}d_grad{'Inputs' if by == 0 else 'Weights'}"
        return record_op(name, build, g, other, wanted, known=lambda: formula(dtype_of(other), rank + 2))

    return conv_grad


def conv2d_grad_wrt_inputs(
    output_grad: Any, filters: Any, input_shape: Any, filter_shape: Any = None, **options: Any
) -> Any:
    """What flows back from a 2-D convolution to its input: also the transposed convolution."""
    return _gradient(2, 0)(output_grad, filters, input_shape, filter_shape, **options)


def conv2d_grad_wrt_weights(
    input: Any, output_grad: Any, filter_shape: Any, input_shape: Any = None, **options: Any
) -> Any:
    """What flows back from a 2-D convolution to its filters."""
    return _gradient(2, 1)(output_grad, input, filter_shape, input_shape, **options)


def conv3d_grad_wrt_inputs(
    output_grad: Any, filters: Any, input_shape: Any, filter_shape: Any = None, **options: Any
) -> Any:
    return _gradient(3, 0)(output_grad, filters, input_shape, filter_shape, **options)


def conv3d_grad_wrt_weights(
    input: Any, output_grad: Any, filter_shape: Any, input_shape: Any = None, **options: Any
) -> Any:
    return _gradient(3, 1)(output_grad, input, filter_shape, input_shape, **options)


def conv2d_transpose(
    input: Any,
    filters: Any,
    output_shape: Any,
    filter_shape: Any = None,
    border_mode: Any = "valid",
    input_dilation: Any = (1, 1),
    filter_flip: bool = True,
    filter_dilation: Any = (1, 1),
    num_groups: int = 1,
    unshared: bool = False,
) -> Any:
    """The transposed convolution."""
    return conv2d_grad_wrt_inputs(
        input,
        filters,
        output_shape,
        filter_shape,
        border_mode=border_mode,
        subsample=input_dilation,
        filter_flip=filter_flip,
        filter_dilation=filter_dilation,
        num_groups=num_groups,
    )


def separable_conv2d(
    input: Any,
    depthwise_filters: Any,
    pointwise_filters: Any,
    num_channels: int,
    input_shape: Any = None,
    depthwise_filter_shape: Any = None,
    pointwise_filter_shape: Any = None,
    border_mode: Any = "valid",
    subsample: Any = (1, 1),
    filter_flip: bool = True,
    filter_dilation: Any = (1, 1),
) -> Any:
    """A convolution of every channel, then one over the channels."""
    between = conv2d(
        input,
        depthwise_filters,
        border_mode=border_mode,
        subsample=subsample,
        filter_flip=filter_flip,
        filter_dilation=filter_dilation,
        num_groups=num_channels,
    )
    return conv2d(between, pointwise_filters)


def causal_conv1d(
    input: Any,
    filters: Any,
    filter_shape: Any,
    input_shape: Any = None,
    subsample: Any = 1,
    filter_flip: bool = True,
    filter_dilation: Any = 1,
    **_: Any,
) -> Any:
    """A convolution over time, (n, channels, steps), whose output at a time sees no later input."""
    x, w = as_tensor_variable(input), as_tensor_variable(filters)
    reach = (int(filter_shape[2]) - 1) * int(per_axis(filter_dilation, 1)[0])
    y = conv2d(
        x.dimshuffle(0, 1, 2, "x"), w.dimshuffle(0, 1, 2, "x"), border_mode=((reach, 0), (0, 0)),
        subsample=(*per_axis(subsample, 1), 1), filter_flip=filter_flip,
        filter_dilation=(*per_axis(filter_dilation, 1), 1),
    )  # fmt: skip
    return y[:, :, :, 0]


def get_conv_output_shape(
    image_shape: Any, kernel_shape: Any, border_mode: Any, subsample: Any, filter_dilation: Any = None
) -> tuple[Any, ...]:
    """The shape of a convolution's output for shapes of its inputs."""
    rank = len(kernel_shape) - 2
    dilation = per_axis(filter_dilation, rank)
    padding = pads(border_mode, kernel_shape[2:], dilation)
    found = []
    for size, kernel, (low, high), stride, d in zip(
        image_shape[2:], kernel_shape[2:], padding, subsample, dilation, strict=True
    ):
        reach = (kernel - 1) * d + 1
        found.append(None if size is None else (size + low + high - reach) // stride + 1)
    return (image_shape[0], kernel_shape[0], *found)


class AbstractConv2d_gradInputs:
    """`conv2d_grad_wrt_inputs` as an object: called with filters, what flows back, and sizes."""

    def __init__(
        self,
        imshp: Any = None,
        kshp: Any = None,
        border_mode: Any = "valid",
        subsample: Any = (1, 1),
        filter_flip: bool = True,
        filter_dilation: Any = (1, 1),
        **_: Any,
    ):
        self.options = {
            "border_mode": border_mode, "subsample": subsample, "filter_flip": filter_flip,
            "filter_dilation": filter_dilation,
        }  # fmt: skip
        self.imshp = imshp

    def __call__(self, kern: Any, topgrad: Any, shape: Any) -> Any:
        """shape: rows and columns of the input."""
        w = as_tensor_variable(kern)
        g = as_tensor_variable(topgrad)
        sizes_ = (g.shape[0], w.shape[1], shape[0], shape[1])
        return conv2d_grad_wrt_inputs(g, w, sizes_, **self.options)


def bilinear_kernel_2D(ratio: int, normalize: bool = True) -> Any:
    """The weights of bilinear interpolation, (2 ratio - 1) squared."""
    line = bilinear_kernel_1D(ratio, normalize)
    return line.dimshuffle("x", 0) * line.dimshuffle(0, "x")


def bilinear_kernel_1D(ratio: int, normalize: bool = True) -> Any:
    line = np.concatenate([np.arange(1, ratio + 1), np.arange(ratio - 1, 0, -1)]).astype("float32")
    return as_tensor_variable(line / ratio if normalize else line)


def bilinear_upsampling(
    input: Any,
    ratio: Any = None,
    frac_ratio: Any = None,
    batch_size: Any = None,
    num_input_channels: Any = None,
    use_1D_kernel: bool = True,
) -> Any:
    """Images larger by a whole ratio, bilinearly between their pixels; edges are repeated."""
    if ratio is None:
        missing.record("theano.tensor.nnet.abstract_conv.bilinear_upsampling(frac_ratio=)")
        raise NotImplementedError("bilinear_upsampling by a fraction")
    x = as_tensor_variable(input)
    factor = int(ratio)
    out = dtype_of(x)

    def along(t: Tensor, axis: int) -> Tensor:
        """Pixel i of the result lies at i / ratio of the input."""
        size = t.shape[axis]
        place = np.arange(size * factor) / factor
        low = np.minimum(np.floor(place).astype("int64"), size - 1)
        high = np.minimum(low + 1, size - 1)
        weight = (place - low).astype(out).reshape([-1 if a == axis else 1 for a in range(t.ndim)])
        below, above = lp["take"](t, low, axis=axis), lp["take"](t, high, axis=axis)
        found: Tensor = below + (above - below) * weight
        return found

    return record_op("BilinearUpsampling", lambda t: along(along(t, 2), 3), x, known=lambda: formula(out, 4))


recipes.keep(
    "conv",
    globals(),
    ["conv2d", "conv3d", "conv2d_grad_wrt_inputs", "conv2d_grad_wrt_weights", "bilinear_upsampling"],
)

__getattr__ = missing.attributes("theano.tensor.nnet.abstract_conv", globals())
