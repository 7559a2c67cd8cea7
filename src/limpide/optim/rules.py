"""The optimisers: each is its slots and one formula, defined as in PyTorch."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..errors import ArgumentError, user_frame
from ..nn.words import choose, lp
from ..tensor import Parameter
from .optimizer import Optimizer, Step

Parameters = Iterable[Parameter] | None


class SGD(Optimizer):
    """p -= lr g; with momentum v = momentum v + g, p -= lr v (Polyak 1964; Sutskever et al. 2013).

    nesterov: p -= lr (g + momentum v). weight_decay: added to the gradient, times p.

    >>> w = Parameter([1.0, 2.0], name="w")
    >>> SGD(lr=0.1).minimize(lp.sum(w * w))
    >>> w
    parameter([0.8, 1.6], dtype=float32, name='w')
    """

    def __init__(
        self,
        parameters: Parameters = None,
        lr: float = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ):
        if nesterov and not momentum:
            raise ArgumentError("SGD", "nesterov needs momentum", where=user_frame(), hint="try momentum=0.9")
        self.momentum, self.nesterov, self.weight_decay = momentum, nesterov, weight_decay
        self.slots = ("momentum",) if momentum else ()
        super().__init__(parameters, lr)

    def update(self, p: Any, g: Any, step: Step) -> Any:
        g = _decayed(p, g, self.weight_decay)
        if not self.momentum:
            return p - step.lr * g
        v = step.slots["momentum"] * self.momentum + g
        step.slots["momentum"].assign(v)
        return p - step.lr * (g + v * self.momentum if self.nesterov else v)


class RMSProp(Optimizer):
    """s = alpha s + (1 - alpha) g^2, p -= lr g / (sqrt(s) + eps) (Tieleman and Hinton 2012).

    momentum: v = momentum v + g / (sqrt(s) + eps), p -= lr v. weight_decay: added to the gradient, times p.
    """

    def __init__(
        self,
        parameters: Parameters = None,
        lr: float = 0.01,
        alpha: float = 0.99,
        eps: float = 1e-8,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
    ):
        self.alpha, self.eps, self.momentum, self.weight_decay = alpha, eps, momentum, weight_decay
        self.slots = ("square", "momentum") if momentum else ("square",)
        super().__init__(parameters, lr)

    def update(self, p: Any, g: Any, step: Step) -> Any:
        g = _decayed(p, g, self.weight_decay)
        s = step.slots["square"] * self.alpha + lp.square(g) * (1 - self.alpha)
        step.slots["square"].assign(s)
        scaled = g / (lp.sqrt(s) + self.eps)
        if not self.momentum:
            return p - step.lr * scaled
        v = step.slots["momentum"] * self.momentum + scaled
        step.slots["momentum"].assign(v)
        return p - step.lr * v


class Adagrad(Optimizer):
    """s += g^2, p -= lr g / (sqrt(s) + eps) (Duchi et al. 2011).

    weight_decay: added to the gradient, times p.
    """

    slots = ("sum",)

    def __init__(
        self, parameters: Parameters = None, lr: float = 0.01, eps: float = 1e-10, weight_decay: float = 0.0
    ):
        self.eps, self.weight_decay = eps, weight_decay
        super().__init__(parameters, lr)

    def update(self, p: Any, g: Any, step: Step) -> Any:
        g = _decayed(p, g, self.weight_decay)
        s = step.slots["sum"] + lp.square(g)
        step.slots["sum"].assign(s)
        return p - step.lr * (g / (lp.sqrt(s) + self.eps))


class Adam(Optimizer):
    """p -= lr m' / (sqrt(s') + eps), from corrected means m, s of g and g^2 (Kingma and Ba 2014).

    m = b1 m + (1 - b1) g, s = b2 s + (1 - b2) g^2, m' = m / (1 - b1^t), s' = s / (1 - b2^t).
    betas: (b1, b2). weight_decay: added to the gradient, times p.
    """

    slots = ("mean", "square")
    counts = True

    def __init__(
        self,
        parameters: Parameters = None,
        lr: float = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ):
        self.betas, self.eps, self.weight_decay = betas, eps, weight_decay
        super().__init__(parameters, lr)

    def update(self, p: Any, g: Any, step: Step) -> Any:
        return self._moved(p, _decayed(p, g, self.weight_decay), step)

    def _moved(self, p: Any, g: Any, step: Step) -> Any:
        b1, b2 = self.betas
        m = step.slots["mean"] * b1 + g * (1 - b1)
        s = step.slots["square"] * b2 + lp.square(g) * (1 - b2)
        step.slots["mean"].assign(m)
        step.slots["square"].assign(s)
        rate = step.lr / (1 - lp.power(b1, step.count)).astype(g.dtype)
        correction = lp.sqrt(1 - lp.power(b2, step.count)).astype(g.dtype)
        return p - rate * (m / (lp.sqrt(s) / correction + self.eps))


class AdamW(Adam):
    """Adam with p *= 1 - lr weight_decay before the step (Loshchilov and Hutter 2017)."""

    def __init__(
        self,
        parameters: Parameters = None,
        lr: float = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ):
        super().__init__(parameters, lr, betas, eps, weight_decay)

    def update(self, p: Any, g: Any, step: Step) -> Any:
        return self._moved(p * (1 - step.lr * self.weight_decay), g, step)


def _decayed(p: Any, g: Any, weight_decay: float) -> Any:
    return g + p * weight_decay if weight_decay else g


NAMES: dict[str, type[Optimizer]] = {
    "sgd": SGD,
    "rmsprop": RMSProp,
    "adagrad": Adagrad,
    "adam": Adam,
    "adamw": AdamW,
}


def get(optimizer: str | Optimizer) -> Optimizer:
    """An optimizer by its name, with its defaults; one that exists as it is.

    Raises ArgumentError that lists the names.

    >>> get("adam")
    Adam(lr=0.001)
    """
    if isinstance(optimizer, Optimizer):
        return optimizer
    if not isinstance(optimizer, str):
        raise ArgumentError(
            "optimizer", f"{optimizer!r} is neither a name nor an optimizer", where=user_frame()
        )
    return choose("optimizer", optimizer.lower(), NAMES)()
