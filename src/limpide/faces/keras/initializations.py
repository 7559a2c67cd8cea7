"""`keras.initializations` (Keras 1): a shape to a variable."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import missing
from . import backend as K
from . import initializers
from .utils.generic_utils import get_from_module


def get_fans(shape: Any, dim_ordering: str = "th") -> tuple[float, float]:
    """How many inputs and outputs a weight connects."""
    first = dim_ordering == "th" and len(shape) > 2
    return initializers._compute_fans(shape, "channels_first" if first else "channels_last")


def _variable(initializer: Any, shape: Any, name: str | None) -> Any:
    return K.variable(initializer(tuple(shape)), name=name)


def uniform(shape: Any, scale: float = 0.05, name: str | None = None, **_: Any) -> Any:
    """Uniform on [-scale, scale]."""
    return _variable(initializers.RandomUniform(-scale, scale), shape, name)


def normal(shape: Any, scale: float = 0.05, name: str | None = None, **_: Any) -> Any:
    """Normal with this standard deviation."""
    return _variable(initializers.RandomNormal(0.0, scale), shape, name)


def _scaled(name: str) -> Callable[..., Any]:
    def initialise(shape: Any, name: str | None = None, dim_ordering: str = "th", **_: Any) -> Any:
        return _variable(getattr(initializers, kind)(), shape, name)

    kind = name
    initialise.__name__ = name
    initialise.__doc__ = f"The initialiser {name} as a variable."
    return initialise


lecun_uniform = _scaled("lecun_uniform")
glorot_normal = _scaled("glorot_normal")
glorot_uniform = _scaled("glorot_uniform")
he_normal = _scaled("he_normal")
he_uniform = _scaled("he_uniform")


def orthogonal(shape: Any, scale: float = 1.1, name: str | None = None, **_: Any) -> Any:
    """Orthogonal, times scale."""
    return _variable(initializers.Orthogonal(scale), shape, name)


def identity(shape: Any, scale: float = 1.0, name: str | None = None, **_: Any) -> Any:
    """The identity times scale; ValueError for what is no square matrix."""
    if len(shape) != 2 or shape[0] != shape[1]:
        raise ValueError("Identity matrix initialization can only be used for 2D square matrices.")
    return K.variable(scale * np.identity(shape[0]), name=name)


def zero(shape: Any, name: str | None = None, **_: Any) -> Any:
    """Zeros."""
    return K.zeros(shape, name=name)


def one(shape: Any, name: str | None = None, **_: Any) -> Any:
    """Ones."""
    return K.ones(shape, name=name)


zeros, ones = zero, one


def get(identifier: Any, **kwargs: Any) -> Any:
    """The initialiser of a name."""
    return get_from_module(identifier, globals(), "initialization", kwargs=kwargs)


__getattr__ = missing.attributes("keras.initializations", globals())
