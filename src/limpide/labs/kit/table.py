"""A table of numbers from a CSV file: what `--data` of the small labs reads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limpide.errors import DataError


def read(path: Path, columns: Sequence[str], rows: int = 1) -> NDArray[Any]:
    """Finite float32 numbers (n, len(columns)), n at least `rows`.

    Columns are separated by commas; what follows a # is a comment. Raises DataError for anything else.
    """
    hint = f"a row a line: {', '.join(columns)}"
    try:
        with open(path, encoding="utf-8") as file:
            lines = [line.partition("#")[0].strip() for line in file]
        numbers = np.array([[float(cell) for cell in line.split(",")] for line in lines if line])
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise DataError("table", f"{path} cannot be read: {why}", hint=hint) from error
    if numbers.ndim != 2 or numbers.shape[1] != len(columns) or len(numbers) < rows:
        what = (
            f"{path} holds numbers of shape {numbers.shape}, expected at least {rows} rows of {len(columns)}"
        )
        raise DataError("table", what, hint=hint)
    with np.errstate(over="ignore"):
        table = numbers.astype(np.float32)
    if not np.isfinite(table).all():
        raise DataError("table", f"{path} holds numbers that are not finite in float32")
    return table


def wrong(path: Path, why: str) -> DataError:
    """The error that says what a lab cannot use in a file."""
    return DataError("table", f"{path}: {why}")
