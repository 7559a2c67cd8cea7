"""The pictures of the labs. The one door to matplotlib, used without a display."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limpide.errors import MissingExtraError

Array = NDArray[Any]
Lines = Mapping[str, Sequence[float]]

# Okabe and Ito's colours, told apart by colour-blind readers too.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
STYLE: dict[Any, Any] = {
    "axes.grid": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": "medium",
    "figure.dpi": 144,
    "font.size": 10,
    "grid.alpha": 0.3,
}


def require() -> None:
    """Raises MissingExtraError where matplotlib is not installed."""
    if importlib.util.find_spec("matplotlib") is None:
        raise MissingExtraError("matplotlib", "labs", "drawing the pictures of a lab")


def figure(width: float, height: float, rows: int = 1, columns: int = 1) -> tuple[Any, Any]:
    """A figure of so many inches and its axes: one, or an array of them."""
    require()
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(STYLE):
        made = Figure(figsize=(width, height), layout="constrained")
        axes = made.subplots(rows, columns)
    return made, axes


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
    count = columns.shape[1]
    rows = -(-count // per_row)
    across = min(per_row, count)
    made, axes = figure(size * across + 1.2, (size + 0.2) * rows + 0.5, rows, across)
    cells = list(np.atleast_1d(axes).ravel())
    bound = float(np.abs(columns).max()) or 1.0
    for cell in cells:
        cell.set_axis_off()
    for cell, column, name in zip(cells, columns.T, titles, strict=False):
        image = cell.imshow(column.reshape(28, 28), cmap="RdBu", vmin=-bound, vmax=bound)
        cell.set_title(name)
    made.colorbar(image, ax=cells, shrink=0.8)
    made.suptitle(title)
    return made


def curves(lines: Lines, title: str, xlabel: str, ylabel: str) -> Any:
    """One curve per name, over 1, 2, 3, ..."""
    made, axes = figure(7.0, 4.3)
    draw_curves(axes, lines, title, xlabel, ylabel)
    return made


def draw_curves(axes: Any, lines: Lines, title: str, xlabel: str, ylabel: str) -> None:
    """The curves of `curves` on axes that are there already."""
    from matplotlib.ticker import MaxNLocator

    for (name, values), colour in zip(lines.items(), COLOURS, strict=False):
        marker = "o" if len(values) <= 30 else ""
        axes.plot(range(1, len(values) + 1), values, label=name, color=colour, marker=marker, markersize=3)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    axes.set_title(title)
    if len(lines) > 1:
        axes.legend(frameon=False)


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
