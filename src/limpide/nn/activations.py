"""Activations as modules; the functions behind them are `lp.relu`, `lp.sigmoid` and so on."""

from __future__ import annotations

from typing import Any

from ..tensor import Tensor, astensor
from .module import Module
from .words import choose, lp


class Identity(Module):
    """The input as it is."""

    def forward(self, x: Any) -> Tensor:
        return astensor(x)


class Sigmoid(Module):
    """1 / (1 + exp(-x)).

    >>> Sigmoid()(0.0)
    tensor(0.5, dtype=float32)
    """

    def forward(self, x: Any) -> Any:
        return lp.sigmoid(x)


class Tanh(Module):
    """The hyperbolic tangent."""

    def forward(self, x: Any) -> Any:
        return lp.tanh(x)


class ReLU(Module):
    """max(x, 0)."""

    def forward(self, x: Any) -> Any:
        return lp.relu(x)


class LeakyReLU(Module):
    """x where it is positive, else negative_slope * x (Maas et al. 2013)."""

    def __init__(self, negative_slope: float = 0.01):
        self.negative_slope = negative_slope

    def forward(self, x: Any) -> Any:
        return lp.leaky_relu(x, self.negative_slope)

    def _describe(self) -> str:
        return f"negative_slope={self.negative_slope}"


class ELU(Module):
    """x where it is positive, else alpha (exp(x) - 1) (Clevert et al. 2015)."""

    def __init__(self, alpha: float = 1.0):
        self.alpha = alpha

    def forward(self, x: Any) -> Any:
        return lp.elu(x, self.alpha)

    def _describe(self) -> str:
        return f"alpha={self.alpha}"


class GELU(Module):
    """x times the normal distribution function (Hendrycks and Gimpel 2016)."""

    def __init__(self, approximate: bool = False):
        self.approximate = approximate

    def forward(self, x: Any) -> Any:
        return lp.gelu(x, approximate=self.approximate)

    def _describe(self) -> str:
        return "approximate=True" if self.approximate else ""


class SiLU(Module):
    """x * sigmoid(x) (Elfwing et al. 2017)."""

    def forward(self, x: Any) -> Any:
        return lp.silu(x)


class Softplus(Module):
    """log(1 + exp(x))."""

    def forward(self, x: Any) -> Any:
        return lp.softplus(x)


class Softmax(Module):
    """exp(x) / sum(exp(x)) along an axis."""

    def __init__(self, axis: int = -1):
        self.axis = axis

    def forward(self, x: Any) -> Any:
        return lp.softmax(x, axis=self.axis)

    def _describe(self) -> str:
        return "" if self.axis == -1 else f"axis={self.axis}"


class LogSoftmax(Softmax):
    """log(softmax(x)) without overflow or cancellation."""

    def forward(self, x: Any) -> Any:
        return lp.log_softmax(x, axis=self.axis)


NAMES: dict[str, type[Module]] = {
    "identity": Identity,
    "linear": Identity,
    "sigmoid": Sigmoid,
    "tanh": Tanh,
    "relu": ReLU,
    "leaky_relu": LeakyReLU,
    "elu": ELU,
    "gelu": GELU,
    "silu": SiLU,
    "softplus": Softplus,
    "softmax": Softmax,
    "log_softmax": LogSoftmax,
}


def activation(name: str) -> Module:
    """The activation with this name.

    >>> activation("relu")
    ReLU()
    """
    return choose("activation", name, NAMES)()
