"""`foxhound.utils.vis`, of which Theano tutorials draw their weights."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np


def unit_scale(x: Any) -> Any:
    """Every row spread over 0..1."""
    rows = np.asarray(x, np.float64)
    least, most = rows.min(axis=-1, keepdims=True), rows.max(axis=-1, keepdims=True)
    return (rows - least) / np.where(most > least, most - least, 1)


def grayscale_grid_vis(x: Any, shape: tuple[int, int], save_path: str | None = None) -> Any:
    """Pictures (n, height, width) side by side in a grid of (rows, columns); written if a path is given."""
    rows, columns = shape
    _, height, width = x.shape
    sheet = np.zeros((rows * columns, height, width))
    sheet[: len(x)] = x[: rows * columns]
    grid = sheet.reshape(rows, columns, height, width).swapaxes(1, 2).reshape(rows * height, columns * width)
    if save_path is not None:
        levels = unit_scale(grid.ravel()).reshape(grid.shape) * 255
        importlib.import_module("PIL.Image").fromarray(levels.astype(np.uint8)).save(save_path)
    return grid
