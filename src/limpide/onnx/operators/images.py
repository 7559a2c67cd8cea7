"""Images in other sizes: Resize, sampling at places, depth and space exchanged."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...dtypes import INT64
from ...errors import DataError
from ...graph import Array
from ...nn.words import lp
from ...shapes import static
from ...tensor import Tensor, astensor
from .table import axis_in, integers, known, limited, operator, shape_of
from .windows import Windows

# ----------------------------------------------------------------------------------------------- resize
Filter = Callable[[Array], Array]  # the weight of an element that is so far away


class Axis(NamedTuple):
    """One axis that is resized. total: its new size before it was rounded down."""

    size: int
    wanted: int
    scale: float
    start: float
    end: float

    @property
    def total(self) -> float:
        return self.scale * self.size


def _aligned(x: Array, a: Axis) -> Array:
    return np.asarray(x * (a.size - 1) / (a.total - 1) if a.wanted != 1 else x * 0)


def _symmetric(x: Array, a: Axis) -> Array:
    return a.size / 2 * (1 - a.wanted / a.total) + (x + 0.5) / a.scale - 0.5


def _cropped(x: Array, a: Axis) -> Array:
    if a.wanted == 1:
        return x * 0 + (a.start + a.end) * (a.size - 1) / 2
    return a.start * (a.size - 1) + x * (a.end - a.start) * (a.size - 1) / (a.wanted - 1)


PLACES: dict[str, Callable[[Array, Axis], Array]] = {  # where an element of the result is in the input
    "half_pixel": lambda x, a: (x + 0.5) / a.scale - 0.5,
    "half_pixel_symmetric": _symmetric,
    "pytorch_half_pixel": lambda x, a: (x + 0.5) / a.scale - 0.5 if a.wanted > 1 else x * 0,
    "tf_half_pixel_for_nn": lambda x, a: (x + 0.5) / a.scale,
    "align_corners": _aligned,
    "asymmetric": lambda x, a: x / a.scale,
    "tf_crop_and_resize": _cropped,
}
NEAREST: dict[str, Callable[[Array], Array]] = {
    "round_prefer_floor": lambda x: np.ceil(x - 0.5),
    "round_prefer_ceil": lambda x: np.floor(x + 0.5),
    "floor": np.floor,
    "ceil": np.ceil,
}


def _linear(distance: Array) -> Array:
    return np.asarray(np.maximum(1 - np.abs(distance), 0))


def _cubic(a: float) -> Filter:
    def weight(distance: Array) -> Array:
        d = np.abs(distance)
        near = ((a + 2) * d - (a + 3)) * d * d + 1
        far = ((a * d - 5 * a) * d + 8 * a) * d - 4 * a
        return np.asarray(np.where(d <= 1, near, np.where(d < 2, far, 0)))

    return weight


def _taps(places: Array, reach: int, weight: Filter, scale: float) -> tuple[Array, Array]:
    """For every place the elements around it and their weights; with a scale below 1 of a wider filter."""
    count = math.ceil(reach / scale)
    first = np.floor(places).astype(np.int64)[:, None]
    at = first + np.arange(-count, count + 1)
    weights = weight((at - places[:, None]) * scale)
    return at, weights / weights.sum(1, keepdims=True)


@operator("Resize", 10, sizes=True)
def resize_10(x: Any, scales: Any, *, mode: str = "nearest") -> Any:
    return _resized(x, None, scales, None, mode, "asymmetric", "floor")


@operator("Upsample", 7)
def upsample_attribute(x: Any, *, scales: Sequence[float], mode: str = "nearest") -> Any:
    return _resized(x, None, np.asarray(scales), None, mode, "asymmetric", "floor")


@operator("Upsample", 9)
def upsample(x: Any, scales: Any, *, mode: str = "nearest") -> Any:
    return _resized(x, None, scales, None, mode, "asymmetric", "floor")


@operator("Resize", 11, sizes=True)
def resize(
    x: Any, roi: Any = None, scales: Any = None, sizes: Any = None, *, antialias: int = 0, axes: Any = None,
    coordinate_transformation_mode: str = "half_pixel", cubic_coeff_a: float = -0.75,
    exclude_outside: int = 0,
    extrapolation_value: float = 0.0, keep_aspect_ratio_policy: str = "stretch", mode: str = "nearest",
    nearest_mode: str = "round_prefer_floor",
) -> Any:  # fmt: skip
    return _resized(
        x, roi, scales, sizes, mode, coordinate_transformation_mode, nearest_mode, antialias=antialias,
        axes=axes, a=cubic_coeff_a, exclude=exclude_outside, extrapolation=extrapolation_value,
        policy=keep_aspect_ratio_policy,
    )  # fmt: skip


def _resized(
    x: Any, roi: Any, scales: Any, sizes: Any, mode: str, places: str, nearest: str, antialias: int = 0,
    axes: Any = None, a: float = -0.75, exclude: int = 0, extrapolation: float = 0.0, policy: str = "stretch",
) -> Any:  # fmt: skip
    x = astensor(x)
    if places not in PLACES or nearest not in NEAREST or mode not in ("nearest", "linear", "cubic"):
        raise DataError("onnx", f"Resize by {mode!r}, {places!r}, {nearest!r} is not known")
    along = [axis_in(n, x.ndim) for n in (range(x.ndim) if axes is None else axes)]
    chosen = _axes(x, along, roi, scales, sizes, policy)
    limited([chosen[n].wanted if n in chosen else s for n, s in enumerate(x.shape)])
    for axis, each in chosen.items():
        if each.wanted == each.size and each.scale == 1 and places != "tf_crop_and_resize":
            continue
        at = PLACES[places](np.arange(each.wanted, dtype=np.float64), each)
        outside = (at < 0) | (at > each.size - 1) if places == "tf_crop_and_resize" else None
        x = _along(x, axis, each, at, mode, nearest, antialias, a, exclude)
        if outside is not None:
            shape = [-1 if n == axis else 1 for n in range(x.ndim)]
            x = lp.where(outside.reshape(shape), np.asarray(extrapolation, x.dtype), x)
    return x


def _axes(x: Tensor, along: Sequence[int], roi: Any, scales: Any, sizes: Any, policy: str) -> dict[int, Axis]:
    given = None if scales is None else known(scales, "scales").astype(np.float64).reshape(-1)
    told = None if sizes is None else shape_of(sizes, "sizes")
    kept = [i for i, a in enumerate(along) if not isinstance(x.shape[a], int)]
    if kept and all(
        told[i] == x.shape[along[i]] if told else given is not None and given[i] == 1 for i in kept
    ):
        along = [a for i, a in enumerate(along) if i not in kept]  # axes of an unknown size that stay
        given = None if given is None else np.delete(given, kept)
        told = None if told is None else tuple(n for i, n in enumerate(told) if i not in kept)
    shape = static([x.shape[a] for a in along], "onnx")
    if given is not None and given.size:
        if len(given) != len(along) or not (given > 0).all():
            raise DataError("onnx", f"the scales {given.tolist()} do not fit {len(along)} axes")
        factors, wanted = given, np.floor(given * shape + 1e-9).astype(int)
    elif told is not None:
        told = static(told, "onnx")
        if len(told) != len(along):
            raise DataError("onnx", f"{len(told)} sizes for {len(along)} axes")
        factors, wanted = np.divide(told, shape), np.asarray(told)
        if policy != "stretch":
            one = factors.min() if policy == "not_larger" else factors.max()
            factors = np.full(len(along), one)
            wanted = np.floor(factors * shape + 0.5).astype(int)
    else:
        raise DataError("onnx", "Resize is given neither scales nor sizes")
    ends = None if roi is None else known(roi, "the region").astype(np.float64).reshape(-1)
    if ends is None or ends.size != 2 * len(along):
        ends = np.array([0.0] * len(along) + [1.0] * len(along))
    return {
        axis: Axis(shape[i], int(wanted[i]), float(factors[i]), float(ends[i]), float(ends[i + len(along)]))
        for i, axis in enumerate(along)
    }


def _along(
    x: Tensor,
    axis: int,
    each: Axis,
    at: Array,
    mode: str,
    nearest: str,
    antialias: int,
    a: float,
    exclude: int,
) -> Any:
    if mode == "nearest":
        return lp.take(x, np.clip(NEAREST[nearest](at), 0, each.size - 1).astype(np.int64), axis)
    scale = min(each.scale, 1.0) if antialias else 1.0
    elements, weights = _taps(at, *((1, _linear) if mode == "linear" else (2, _cubic(a))), scale)
    inside = (elements >= 0) & (elements < each.size)
    if exclude:
        weights = np.where(inside, weights, 0)
        weights = weights / weights.sum(1, keepdims=True)
    matrix = np.zeros((each.wanted, each.size))
    np.add.at(matrix, (np.arange(each.wanted)[:, None], np.clip(elements, 0, each.size - 1)), weights)
    return lp.moveaxis(lp.matmul(lp.moveaxis(x, axis, -1), matrix.T.astype(x.dtype)), -1, axis)


# -------------------------------------------------------------------------------------- sampled at places
def _unfolded(t: Any, size: int, corners: int) -> Any:
    """Coordinates from -1 to 1 as positions of an axis."""
    return (t + 1) / 2 * (size - 1) if corners else ((t + 1) * size - 1) / 2


def _reflected(t: Any, size: int, corners: int) -> Any:
    low, high = (0.0, float(size - 1)) if corners else (-0.5, size - 0.5)
    span = high - low
    if span == 0:
        return t * 0
    back = lp.remainder(t - low, 2 * span)
    return lp.minimum(back, 2 * span - back) + low


@operator("GridSample")
def grid_sample(
    x: Any, grid: Any, *, align_corners: int = 0, mode: str = "linear", padding_mode: str = "zeros"
) -> Any:
    x, grid = astensor(x), astensor(grid)
    mode = {"bilinear": "linear", "bicubic": "cubic"}.get(mode, mode)
    sizes = static(x.shape[2:], "onnx")
    if grid.shape[-1] != len(sizes) or mode not in ("linear", "nearest", "cubic"):
        raise DataError("onnx", f"a grid of {grid.shape} does not sample {x.shape} ({mode})")
    places = [_unfolded(grid[..., len(sizes) - 1 - i], size, align_corners) for i, size in enumerate(sizes)]
    return sampled(x, places, mode, padding_mode, align_corners)


def sampled(
    x: Tensor, places: Sequence[Any], mode: str, padding: str, corners: int = 1, fold: Any = lp.add
) -> Any:
    """The elements of (n, channels, *size) between those that there are, at places (n, ...) of every axis.

    fold: what is made of the weighted neighbours of a place.
    """
    sizes, (n, channels) = static(x.shape[2:], "onnx"), x.shape[:2]
    taps: list[list[tuple[Any, Any]]] = []
    for t, size in zip(places, sizes, strict=True):
        if mode == "nearest":
            taps.append([(lp.rint(t), None)])
            continue
        if padding == "border" and mode == "linear":
            t = lp.clip(t, 0, size - 1)
        elif padding == "reflection" and mode == "linear":
            t = _reflected(t, size, corners)
        low = lp.floor(t)
        reach = (0, 1) if mode == "linear" else (-1, 0, 1, 2)
        near = _linear_formula if mode == "linear" else _cubic_formula
        taps.append([(low + k, near(low + k - t)) for k in reach])
    flat = lp.reshape(x, (n, channels, -1))
    total = None
    for combination in itertools.product(*taps):
        place: Any = None
        inside: Any = None
        weight: Any = None
        for (at, w), size in zip(combination, sizes, strict=True):
            if padding == "border":
                at = lp.clip(at, 0, size - 1)
            elif padding == "reflection":
                at = lp.clip(lp.rint(_reflected(at, size, corners)), 0, size - 1)
            here = lp.logical_and(lp.greater_equal(at, 0), lp.less(at, size))
            at = lp.clip(at, 0, size - 1).astype(INT64)
            place = at if place is None else place * size + at
            inside = here if inside is None else lp.logical_and(inside, here)
            weight = w if weight is None else weight * w
        index = lp.broadcast_to(lp.reshape(place, (n, 1, -1)), (n, channels, lp.size(place) // n))
        values = lp.reshape(lp.take_along_axis(flat, index, 2), (n, channels, *place.shape[1:]))
        factor = inside.astype(x.dtype) if weight is None else inside.astype(x.dtype) * weight
        part = values * lp.expand_dims(factor, 1)
        total = part if total is None else fold(total, part)
    return total


def _linear_formula(d: Any) -> Any:
    return 1 - lp.absolute(d)


def _cubic_formula(d: Any, a: float = -0.75) -> Any:
    d = lp.absolute(d)
    near = ((a + 2) * d - (a + 3)) * d * d + 1
    far = ((a * d - 5 * a) * d + 8 * a) * d - 4 * a
    return lp.where(lp.less_equal(d, 1), near, far)


@operator("DeformConv", 19)
def deformable_conv(
    x: Any, w: Any, offset: Any, b: Any = None, mask: Any = None, *, dilations: Any = None, group: int = 1,
    kernel_shape: Any = None, offset_group: int = 1, pads: Any = None, strides: Any = None,
) -> Any:  # fmt: skip
    """A convolution whose kernel looks at other places, by computed offsets (Dai et al. 2017)."""
    x, w, offset = astensor(x), astensor(w), astensor(offset)
    kernel, rank = static(w.shape[2:], "onnx"), x.ndim - 2
    windows = Windows(x.shape[2:], kernel, strides, pads, dilations)
    (n, channels), counts, taps = x.shape[:2], offset.shape[2:], int(np.prod(kernel))
    moved = lp.reshape(offset, (n * offset_group, taps, rank, *counts))
    at = np.indices((*kernel, *static(counts, "onnx"))).reshape(2 * rank, taps, *static(counts, "onnx"))
    places = [
        moved[:, :, i]
        + (at[rank + i] * windows.strides[i] - windows.pads[i][0] + at[i] * windows.dilations[i]).astype(
            x.dtype
        )
        for i in range(rank)
    ]
    parts = lp.reshape(x, (n * offset_group, channels // offset_group, *x.shape[2:]))
    seen = sampled(parts, places, "linear", "zeros")
    if mask is not None:
        seen = seen * lp.reshape(mask, (n * offset_group, 1, taps, *counts))
    rows = lp.reshape(seen, (n, group, channels // group * taps, -1))
    y = lp.matmul(lp.reshape(w, (group, w.shape[0] // group, -1)), rows)
    y = lp.reshape(y, (n, w.shape[0], *counts))
    return y if b is None else y + lp.reshape(b, (-1, *[1] * rank))


@operator("RoiAlign", 10)
def roi_align_unshifted(x: Any, rois: Any, images: Any, **attributes: Any) -> Any:
    return roi_align(x, rois, images, coordinate_transformation_mode="output_half_pixel", **attributes)


@operator("RoiAlign", 16)
def roi_align(
    x: Any, rois: Any, images: Any, *, coordinate_transformation_mode: str = "half_pixel", mode: str = "avg",
    output_height: int = 1, output_width: int = 1, sampling_ratio: int = 0, spatial_scale: float = 1.0,
) -> Any:  # fmt: skip
    """Regions of images, each in as many parts: means of points in every part (He et al. 2017).

    With mode "max" the largest weighted neighbour of all points, as the standard has it.
    """
    x, rois = astensor(x), astensor(rois)
    shifted = coordinate_transformation_mode == "half_pixel"
    counts = (output_height, output_width)
    if sampling_ratio:
        return _aligned_regions(x, rois * spatial_scale, images, counts, (sampling_ratio,) * 2, shifted, mode)
    found = []
    for i, (left, top, right, bottom) in enumerate((known(rois, "the regions") * spatial_scale).tolist()):
        sizes = (max(v, 0 if shifted else 1) for v in (bottom - top, right - left))
        ratios = tuple(max(1, math.ceil(v / c)) for v, c in zip(sizes, counts, strict=True))
        limited([ratio * count for ratio, count in zip(ratios, counts, strict=True)])
        box, image = rois[i : i + 1] * spatial_scale, astensor(images)[i : i + 1]
        found.append(_aligned_regions(x, box, image, counts, ratios, shifted, mode))
    return lp.concatenate(found, 0) if found else lp.zeros((0, x.shape[1], *counts), x.dtype)


def _aligned_regions(
    x: Tensor, boxes: Any, images: Any, counts: Sequence[int], ratios: Sequence[int], shifted: bool, mode: str
) -> Any:
    """Regions with the same number of points in every part: (high, wide)."""
    edges = boxes - (0.5 if shifted else 0.0)
    places, there = [], []
    for i, (axis, size) in enumerate(zip((1, 0), static(x.shape[2:], "onnx"), strict=True)):
        low, high = edges[:, axis], edges[:, axis + 2]
        span = high - low if shifted else lp.maximum(high - low, 1)
        steps = counts[i] * ratios[i]
        points = (np.arange(steps, dtype=np.float32) + 0.5) / steps
        at = lp.expand_dims(low, 1) + lp.expand_dims(span, 1) * points
        there.append(lp.logical_and(lp.greater_equal(at, -1), lp.less_equal(at, size)))
        places.append(at)
    shape = (boxes.shape[0], places[0].shape[1], places[1].shape[1])
    grid = [lp.broadcast_to(lp.expand_dims(p, a), shape) for p, a in zip(places, (2, 1), strict=True)]
    fold = lp.maximum if mode == "max" else lp.add
    seen = sampled(lp.take(x, images, 0), grid, "linear", "border", fold=fold)
    inside = lp.logical_and(lp.expand_dims(there[0], 2), lp.expand_dims(there[1], 1))
    seen = lp.where(lp.expand_dims(inside, 1), seen, 0)
    parts = (boxes.shape[0], x.shape[1], counts[0], ratios[0], counts[1], ratios[1])
    return (lp.max if mode == "max" else lp.mean)(lp.reshape(seen, parts), axis=(3, 5))


# -------------------------------------------------------------------------------------- depth and space
@operator("DepthToSpace")
def depth_to_space(x: Any, *, blocksize: int, mode: str = "DCR") -> Any:
    x, b = astensor(x), blocksize
    n, channels, h, w = x.shape
    depth = channels // (b * b)
    if mode == "DCR":
        parts = lp.transpose(lp.reshape(x, (n, b, b, depth, h, w)), (0, 3, 4, 1, 5, 2))
    else:
        parts = lp.transpose(lp.reshape(x, (n, depth, b, b, h, w)), (0, 1, 4, 2, 5, 3))
    return lp.reshape(parts, (n, depth, h * b, w * b))


@operator("SpaceToDepth")
def space_to_depth(x: Any, *, blocksize: int, mode: str = "DCR") -> Any:
    x, b = astensor(x), blocksize
    n, channels, h, w = x.shape
    parts = lp.reshape(x, (n, channels, h // b, b, w // b, b))
    order = (0, 3, 5, 1, 2, 4) if mode == "DCR" else (0, 1, 3, 5, 2, 4)
    return lp.reshape(lp.transpose(parts, order), (n, channels * b * b, h // b, w // b))


# ------------------------------------------------------------------------------------------------ boxes
@operator("NonMaxSuppression")
def non_max_suppression(
    boxes: Any,
    scores: Any,
    most: Any = None,
    overlap: Any = None,
    least: Any = None,
    *,
    center_point_box: int = 0,
) -> Any:
    """The boxes of every image and class that no better one overlaps; the result's size depends on values."""
    corners, marks = known(boxes, "boxes").astype(np.float64), known(scores, "scores")
    limit = 0 if most is None else integers(most, "the most boxes")[0]
    share = 0.0 if overlap is None else float(known(overlap, "the overlap").reshape(()))
    lowest = -np.inf if least is None else float(known(least, "the least score").reshape(()))
    if center_point_box:
        middle, size = corners[..., :2], corners[..., 2:]
        corners = np.concatenate([middle - size / 2, middle + size / 2], -1)
    low = np.minimum(corners[..., :2], corners[..., 2:])
    high = np.maximum(corners[..., :2], corners[..., 2:])
    found = []
    for image, kind in np.ndindex(*marks.shape[:2]):
        kept: list[int] = []
        for box in np.argsort(-marks[image, kind], kind="stable"):
            if len(kept) >= limit or marks[image, kind, box] <= lowest:
                break
            if all(_overlap(low[image], high[image], box, other) <= share for other in kept):
                kept.append(int(box))
        found += [(image, kind, box) for box in kept]
    return Tensor(None, np.array(found, np.int64).reshape(-1, 3))


def _overlap(low: Array, high: Array, a: int, b: int) -> float:
    """The common area of two boxes as a share of what both cover."""
    common = np.prod(np.maximum(np.minimum(high[a], high[b]) - np.maximum(low[a], low[b]), 0))
    areas = np.prod(high[a] - low[a]) + np.prod(high[b] - low[b])
    return float(common / (areas - common)) if areas > common else 0.0
