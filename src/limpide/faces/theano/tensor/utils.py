"""Helpers that scripts name."""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import missing
from .elemwise import widened


def hash_from_ndarray(data: Any) -> str:
    """A text that differs where arrays differ."""
    return f"{hash((np.asarray(data).tobytes(), np.shape(data))):x}"


def shape_of_variables(fgraph: Any, input_shapes: Any) -> dict[Any, tuple[int, ...]]:
    """The shapes of a graph's variables for shapes of its inputs."""
    given = {v: np.zeros(s, v.dtype) for v, s in input_shapes.items()}
    return {
        v: tuple(v.shape.eval({k: x for k, x in given.items()}))
        for v in fgraph.variables
        if hasattr(v, "ndim")
    }


__all__ = ["hash_from_ndarray", "shape_of_variables", "widened"]

__getattr__ = missing.attributes("theano.tensor.utils", globals())
