"""Pictures of training. The one door to matplotlib, used without a display."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import MissingExtraError

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
        raise MissingExtraError("matplotlib", "labs", "drawing a picture")


def figure(width: float, height: float, rows: int = 1, columns: int = 1) -> tuple[Any, Any]:
    """A figure of so many inches and its axes: one, or an array of them."""
    require()
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(STYLE):
        made = Figure(figsize=(width, height), layout="constrained")
        axes = made.subplots(rows, columns)
    return made, axes


def draw_curves(axes: Any, lines: Lines, title: str, xlabel: str, ylabel: str) -> None:
    """One curve per name, over 1, 2, 3, ..."""
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


def curves(pictures: Mapping[str, Lines], title: str, xlabel: str) -> Any:
    """Pictures side by side, each with curves over 1, 2, 3, ..."""
    made, axes = figure(5.0 * max(1, len(pictures)), 3.6, 1, max(1, len(pictures)))
    for cell, (name, lines) in zip(np.atleast_1d(axes), pictures.items(), strict=False):
        draw_curves(cell, lines, "", xlabel, name)
    made.suptitle(title)
    return made


def over(xs: Sequence[float], lines: Lines, title: str, xlabel: str, ylabel: str, mark: float | None) -> Any:
    """Curves over positive numbers, on a logarithmic axis; `mark` is pointed out."""
    made, axes = figure(6.4, 4.0)
    for (name, values), colour in zip(lines.items(), COLOURS, strict=False):
        axes.plot(xs[: len(values)], values, label=name, color=colour)
    if mark is not None:
        axes.axvline(mark, color=COLOURS[6], linestyle="--", linewidth=1, label=f"{mark:.3g}")
    axes.set_xscale("log")
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    axes.set_title(title)
    axes.legend(frameon=False)
    return made


def bars(series: Mapping[str, Mapping[str, float]], title: str, ylabel: str) -> Any:
    """Positive numbers by name, on a logarithmic axis; one colour per series."""
    names = list(dict.fromkeys(name for values in series.values() for name in values))
    made, axes = figure(min(12.0, 2 + 0.4 * len(names) * max(1, len(series))), 4.2)
    width = 0.8 / max(1, len(series))
    for i, ((label, values), colour) in enumerate(zip(series.items(), COLOURS, strict=False)):
        places = [k + (i - (len(series) - 1) / 2) * width for k, name in enumerate(names) if name in values]
        axes.bar(places, [values[name] for name in names if name in values], width, label=label, color=colour)
    axes.set_yscale("log")
    axes.set_axisbelow(True)
    axes.set_xticks(range(len(names)), names, rotation=60, ha="right", fontsize=8)
    axes.set_ylabel(ylabel)
    axes.set_title(title)
    if len(series) > 1:
        low, high = axes.get_ylim()
        axes.set_ylim(low, 5 * high)  # room for the names
        axes.legend(frameon=False, loc="upper left", ncols=len(series))
    return made
