"""The pictures of the labs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limpide.train.pictures import COLOURS, STYLE, Lines, draw_curves, figure, require

Array = NDArray[Any]


def mosaic(images: Array, columns: int, title: str) -> Any:
    """Images (n, height, width), with 255 for ink, side by side in rows."""
    n, height, width = images.shape
    rows = -(-n // columns)
    paper = np.zeros((rows * columns, height, width), images.dtype)
    paper[:n] = images
    sheet = paper.reshape(rows, columns, height, width).swapaxes(1, 2).reshape(rows * height, -1)
    made, axes = figure(8.0, 0.4 + 8.0 * rows * height / (columns * width))
    axes.imshow(sheet, cmap="gray_r", interpolation="nearest")
    axes.set_title(title)
    axes.set_axis_off()
    return made


def weights(columns: Array, titles: Sequence[str], title: str, per_row: int = 5, size: float = 1.7) -> Any:
    """The weights (784, n) of n neurons as images of so many inches: blue speaks for, red against."""
    return signed(columns.T.reshape(-1, 28, 28), titles, title, per_row, size)


def signed(images: Array, titles: Sequence[str], title: str, per_row: int = 5, size: float = 1.7) -> Any:
    """Numbers (n, height, width) of both signs as images of so many inches: blue above 0, red below."""
    count = len(images)
    rows = -(-count // per_row)
    across = min(per_row, count)
    made, axes = figure(size * across + 1.2, (size + 0.2) * rows + 0.5, rows, across)
    cells = list(np.atleast_1d(axes).ravel())
    bound = float(np.abs(images).max()) or 1.0
    for cell in cells:
        cell.set_axis_off()
    for cell, numbers, name in zip(cells, images, titles, strict=False):
        image = cell.imshow(numbers, cmap="RdBu", vmin=-bound, vmax=bound)
        cell.set_title(name)
    made.colorbar(image, ax=cells, shrink=0.8)
    made.suptitle(title)
    return made


def captioned(
    images: Array, captions: Sequence[str], title: str, per_row: int = 10, size: float = 0.85
) -> Any:
    """Images (n, height, width), the largest value in black, each with a caption above it."""
    rows = max(1, -(-len(images) // per_row))
    made, axes = figure(0.85 * per_row, rows + 0.4, rows, per_row)
    cells = list(np.atleast_1d(axes).ravel())
    for cell in cells:
        cell.set_axis_off()
    top = float(images.max(initial=0)) or 1.0
    for cell, image, caption in zip(cells, images, captions, strict=False):
        cell.imshow(image, cmap="gray_r", vmin=0, vmax=top, interpolation="nearest")
        cell.set_title(caption, fontsize=8)
    made.suptitle(title)
    return made


def curves(lines: Lines, title: str, xlabel: str, ylabel: str) -> Any:
    """One curve per name, over 1, 2, 3, ..."""
    made, axes = figure(7.0, 4.3)
    draw_curves(axes, lines, title, xlabel, ylabel)
    return made


def plane(axes: Any, decide: Callable[[Array], Array], points: Array, labels: Array, title: str) -> None:
    """Points (n, 2) of two classes, and what `decide` makes of the plane: above 0 or below.

    labels: -1 or 1. decide: takes points (m, 2), gives m numbers; its zero line is the boundary.
    """
    low, high = points.min(0), points.max(0)
    margin = 0.25 * (high - low)
    xs, ys = (np.linspace(low[k] - margin[k], high[k] + margin[k], 200) for k in (0, 1))
    grid = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2).astype(points.dtype)
    values = np.asarray(decide(grid)).reshape(200, 200)
    axes.contourf(xs, ys, values > 0, levels=[-0.5, 0.5, 1.5], colors=[COLOURS[1], COLOURS[0]], alpha=0.18)
    if values.min() < 0 < values.max():
        axes.contour(xs, ys, values, levels=[0.0], colors="black", linewidths=1.2)
    for side, marker, colour in ((-1, "s", COLOURS[1]), (1, "o", COLOURS[0])):
        chosen = points[labels == side]
        axes.scatter(*chosen.T, s=28, marker=marker, color=colour, edgecolor="white", linewidth=0.6)
    axes.set_title(title)
    axes.set_xlabel("$x_1$")
    axes.set_ylabel("$x_2$")
    axes.grid(False)


__all__ = [
    "COLOURS", "STYLE", "captioned", "curves", "draw_curves", "figure", "mosaic", "plane", "require",
    "signed", "weights",
]  # fmt: skip
