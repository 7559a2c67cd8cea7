"""Activations as modules; the functions behind them are `lp.relu`, `lp.sigmoid` and so on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import ShapeError, user_frame
from ..shapes import same, show
from ..tensor import Parameter, Tensor, astensor
from . import init as initialisers
from .layers import as_floats, count_of
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
    """x times the normal distribution function (Hendrycks and Gimpel 2016).

    approximate: True or "tanh" for the formula with tanh; False or "none" for the exact one.
    """

    def __init__(self, approximate: bool | str = False):
        choose("approximation", str(approximate), {"False": 0, "none": 0, "True": 1, "tanh": 1})
        self.approximate = approximate in (True, "tanh")

    def forward(self, x: Any) -> Any:
        return lp.gelu(x, approximate=self.approximate)

    def _describe(self) -> str:
        return "approximate=True" if self.approximate else ""


class SiLU(Module):
    """x * sigmoid(x) (Elfwing et al. 2017)."""

    def forward(self, x: Any) -> Any:
        return lp.silu(x)


class Softplus(Module):
    """log(1 + exp(beta x)) / beta."""

    def __init__(self, beta: float = 1.0):
        self.beta = beta

    def forward(self, x: Any) -> Any:
        return lp.softplus(x) if self.beta == 1 else lp.softplus(lp.multiply(x, self.beta)) / self.beta

    def _describe(self) -> str:
        return "" if self.beta == 1 else f"beta={self.beta}"


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


class Softmin(Softmax):
    """softmax(-x)."""

    def forward(self, x: Any) -> Any:
        return lp.softmin(x, axis=self.axis)


class LogSigmoid(Module):
    """log(sigmoid(x)) without overflow."""

    def forward(self, x: Any) -> Any:
        return lp.log_sigmoid(x)


class ReLU6(Module):
    """min(max(x, 0), 6) (Krizhevsky 2010)."""

    def forward(self, x: Any) -> Any:
        return lp.relu6(x)


class SELU(Module):
    """1.0507 ELU(x) with alpha 1.6733, which keeps mean 0 and variance 1 (Klambauer et al. 2017)."""

    def forward(self, x: Any) -> Any:
        return lp.selu(x)


class CELU(Module):
    """x where it is positive, else alpha (exp(x / alpha) - 1) (Barron 2017)."""

    def __init__(self, alpha: float = 1.0):
        self.alpha = alpha

    def forward(self, x: Any) -> Any:
        return lp.celu(x, self.alpha)

    def _describe(self) -> str:
        return f"alpha={self.alpha}"


class Mish(Module):
    """x tanh(log(1 + exp(x))) (Misra 2019)."""

    def forward(self, x: Any) -> Any:
        return lp.mish(x)


class Softsign(Module):
    """x / (1 + |x|)."""

    def forward(self, x: Any) -> Any:
        return lp.softsign(x)


class Tanhshrink(Module):
    """x - tanh(x)."""

    def forward(self, x: Any) -> Any:
        x = as_floats(x)
        return x - lp.tanh(x)


class Exponential(Module):
    """exp(x)."""

    def forward(self, x: Any) -> Any:
        return lp.exp(x)


class Hardtanh(Module):
    """x kept in [low, high]."""

    def __init__(self, low: float = -1.0, high: float = 1.0):
        self.low, self.high = low, high

    def forward(self, x: Any) -> Any:
        return lp.hard_tanh(x, self.low, self.high)

    def _describe(self) -> str:
        return f"{self.low}, {self.high}"


class Hardsigmoid(Module):
    """x / 6 + 1 / 2 kept in [0, 1]."""

    def forward(self, x: Any) -> Any:
        return lp.hard_sigmoid(x)


class Hardswish(Module):
    """x Hardsigmoid(x) (Howard et al. 2019)."""

    def forward(self, x: Any) -> Any:
        return lp.hard_swish(x)


class Hardshrink(Module):
    """x where it is outside of [-edge, edge], else 0."""

    def __init__(self, edge: float = 0.5):
        self.edge = edge

    def forward(self, x: Any) -> Any:
        return lp.where(lp.greater(lp.absolute(x), self.edge), x, 0.0)

    def _describe(self) -> str:
        return str(self.edge)


class Softshrink(Hardshrink):
    """x moved towards 0 by `edge`, and 0 where it is not that large."""

    def forward(self, x: Any) -> Any:
        x = as_floats(x)
        return lp.relu(x - self.edge) - lp.relu(-x - self.edge)


class Threshold(Module):
    """x where it is above the threshold, else `value`."""

    def __init__(self, threshold: float, value: float):
        self.threshold, self.value = threshold, value

    def forward(self, x: Any) -> Any:
        x = as_floats(x)
        return lp.where(lp.greater(x, self.threshold), x, self.value)

    def _describe(self) -> str:
        return f"{self.threshold}, {self.value}"


class GLU(Softmax):
    """The first half along an axis times the sigmoid of the second (Dauphin et al. 2016)."""

    def forward(self, x: Any) -> Any:
        return lp.glu(x, axis=self.axis)


class PReLU(Module):
    """x where it is positive, else weight x, with a weight that is trained (He et al. 2015).

    count: 1, or the number of channels, which stand on the second axis.

    >>> PReLU()(-2.0)
    tensor(-0.5, dtype=float32)
    """

    def __init__(self, count: int = 1, start: float = 0.25, dtype: Any = None):
        count_of("PReLU", "count", count)
        self.weight = Parameter(initialisers.constant((count,), start, dtype=dtype))

    def forward(self, x: Any) -> Any:
        x = as_floats(x, self.weight)
        (count,) = self.weight.shape
        if count > 1 and (x.ndim < 2 or not same(x.shape[1], count)):
            raise ShapeError(
                "PReLU",
                f"the input has shape {show(x.shape)}, but {count} channels on the second axis are expected",
                where=user_frame(),
            )
        shape = (count, *(1,) * (x.ndim - 2)) if count > 1 else ()
        return lp.where(lp.greater(x, 0), x, x * lp.reshape(self.weight, shape))

    def _describe(self) -> str:
        return "" if self.weight.shape == (1,) else str(self.weight.shape[0])


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
    "swish": SiLU,
    "softmin": Softmin,
    "log_sigmoid": LogSigmoid,
    "relu6": ReLU6,
    "selu": SELU,
    "celu": CELU,
    "mish": Mish,
    "softsign": Softsign,
    "tanh_shrink": Tanhshrink,
    "exponential": Exponential,
    "hard_tanh": Hardtanh,
    "hard_sigmoid": Hardsigmoid,
    "hard_swish": Hardswish,
    "hard_silu": Hardswish,
    "hard_shrink": Hardshrink,
    "soft_shrink": Softshrink,
    "glu": GLU,
    "prelu": PReLU,
}


def activation(name: str | Callable[..., Any]) -> Callable[..., Any]:
    """The activation with this name; a module or function as it is.

    >>> activation("relu")
    ReLU()
    """
    return choose("activation", name, NAMES)() if isinstance(name, str) else name
