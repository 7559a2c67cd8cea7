"""The optimisers that scale the gradient itself: each is its slots and one formula, as in PyTorch."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Unpack

from ..errors import ArgumentError, user_frame
from ..nn.words import lp
from .groups import Rate
from .optimizer import Common, Optimizer, Parameters, Slots, Step


class SGD(Optimizer):
    """p -= lr g; with momentum v = momentum v + (1 - dampening) g, p -= lr v.

    Polyak 1964; Sutskever et al. 2013. The first v is g. nesterov: p -= lr (g + momentum v).
    weight_decay: added to the gradient, times p.

    >>> from limpide.tensor import Parameter
    >>> w = Parameter([1.0, 2.0], name="w")
    >>> SGD(lr=0.1).minimize(lp.sum(w * w))
    >>> w
    parameter([0.8, 1.6], dtype=float32, name='w')
    """

    def __init__(
        self,
        parameters: Parameters = None,
        lr: Rate = 0.01,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        **common: Unpack[Common],
    ):
        if nesterov and not (momentum and not dampening):
            raise ArgumentError(
                "SGD", "nesterov needs momentum and no dampening", where=user_frame(), hint="try momentum=0.9"
            )
        options = {
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
        }
        super().__init__(parameters, lr, options, **common)

    def slots(self, options: SimpleNamespace) -> dict[str, float]:
        return {"momentum": 0.0} if options.momentum else {}

    def counts(self, options: SimpleNamespace) -> bool:
        return bool(options.momentum and options.dampening)

    def update(self, p: Any, g: Any, step: Step) -> tuple[Any, Slots]:
        o = step.options
        g = decayed(p, g, o.weight_decay)
        if not o.momentum:
            return p - step.lr * g, {}
        part = g
        if o.dampening:
            part = g * lp.where(step.count > 1, 1 - o.dampening, 1.0).astype(g.dtype)
        v = step.slots["momentum"] * o.momentum + part
        return p - step.lr * (g + v * o.momentum if o.nesterov else v), {"momentum": v}


class RMSProp(Optimizer):
    """s = alpha s + (1 - alpha) g^2, p -= lr g / (sqrt(s) + eps) (Tieleman and Hinton 2012).

    centered: a = alpha a + (1 - alpha) g, and s - a^2 in the place of s (Graves 2013).
    momentum: v = momentum v + g / (sqrt(s) + eps), p -= lr v. weight_decay: added to the gradient, times p.
    """

    def __init__(
        self,
        parameters: Parameters = None,
        lr: Rate = 0.01,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
        **common: Unpack[Common],
    ):
        options = {
            "alpha": alpha,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum": momentum,
            "centered": centered,
        }
        super().__init__(parameters, lr, options, **common)

    def slots(self, options: SimpleNamespace) -> dict[str, float]:
        wanted = {"square": True, "mean": options.centered, "momentum": options.momentum}
        return {name: 0.0 for name, used in wanted.items() if used}

    def update(self, p: Any, g: Any, step: Step) -> tuple[Any, Slots]:
        o = step.options
        g = decayed(p, g, o.weight_decay)
        s = step.slots["square"] * o.alpha + lp.square(g) * (1 - o.alpha)
        new = {"square": s}
        if o.centered:
            new["mean"] = a = step.slots["mean"] * o.alpha + g * (1 - o.alpha)
            s = s - lp.square(a)
        scaled = g / (lp.sqrt(s) + o.eps)
        if o.momentum:
            new["momentum"] = scaled = step.slots["momentum"] * o.momentum + scaled
        return p - step.lr * scaled, new


class Adagrad(Optimizer):
    """s += g^2, p -= lr / (1 + (t - 1) lr_decay) g / (sqrt(s) + eps) (Duchi et al. 2011).

    s starts from initial_accumulator_value. weight_decay: added to the gradient, times p.
    """

    def __init__(
        self,
        parameters: Parameters = None,
        lr: Rate = 0.01,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
        **common: Unpack[Common],
    ):
        options = {
            "lr_decay": lr_decay,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "eps": eps,
        }
        super().__init__(parameters, lr, options, **common)

    def slots(self, options: SimpleNamespace) -> dict[str, float]:
        return {"sum": options.initial_accumulator_value}

    def counts(self, options: SimpleNamespace) -> bool:
        return bool(options.lr_decay)

    def update(self, p: Any, g: Any, step: Step) -> tuple[Any, Slots]:
        o = step.options
        g = decayed(p, g, o.weight_decay)
        lr = step.lr
        if o.lr_decay:
            lr = lr / (1 + (step.count - 1) * o.lr_decay).astype(g.dtype)
        s = step.slots["sum"] + lp.square(g)
        return p - lr * (g / (lp.sqrt(s) + o.eps)), {"sum": s}


class Adadelta(Optimizer):
    """d = sqrt(u + eps) / sqrt(s + eps) g, p -= lr d, with means s of g^2 and u of d^2 (Zeiler 2012).

    s = rho s + (1 - rho) g^2 before, u = rho u + (1 - rho) d^2 after.
    weight_decay: added to the gradient, times p.
    """

    def __init__(
        self,
        parameters: Parameters = None,
        lr: Rate = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0.0,
        **common: Unpack[Common],
    ):
        super().__init__(parameters, lr, {"rho": rho, "eps": eps, "weight_decay": weight_decay}, **common)

    def slots(self, options: SimpleNamespace) -> dict[str, float]:
        return {"square": 0.0, "moved": 0.0}

    def update(self, p: Any, g: Any, step: Step) -> tuple[Any, Slots]:
        o = step.options
        g = decayed(p, g, o.weight_decay)
        s = step.slots["square"] * o.rho + lp.square(g) * (1 - o.rho)
        u = step.slots["moved"]
        d = lp.sqrt(u + o.eps) / lp.sqrt(s + o.eps) * g
        return p - step.lr * d, {"square": s, "moved": u * o.rho + lp.square(d) * (1 - o.rho)}


class Lion(Optimizer):
    """p -= lr sign(b1 m + (1 - b1) g), then m = b2 m + (1 - b2) g (Chen et al. 2023).

    betas: (b1, b2). weight_decay: p *= 1 - lr weight_decay before the step. Its lr is 3 to 10 times smaller
    than Adam's.
    """

    def __init__(
        self,
        parameters: Parameters = None,
        lr: Rate = 1e-4,
        betas: tuple[float, float] = (0.9, 0.99),
        weight_decay: float = 0.0,
        **common: Unpack[Common],
    ):
        super().__init__(parameters, lr, {"betas": betas, "weight_decay": weight_decay}, **common)

    def slots(self, options: SimpleNamespace) -> dict[str, float]:
        return {"mean": 0.0}

    def update(self, p: Any, g: Any, step: Step) -> tuple[Any, Slots]:
        b1, b2 = step.options.betas
        m = step.slots["mean"]
        direction = lp.sign(m * b1 + g * (1 - b1))
        return shrunk(p, step) - step.lr * direction, {"mean": m * b2 + g * (1 - b2)}


def decayed(p: Any, g: Any, weight_decay: float) -> Any:
    """The gradient of the loss with weight_decay / 2 p^2 added to it."""
    return g + p * weight_decay if weight_decay else g


def shrunk(p: Any, step: Step) -> Any:
    """Weight decay apart from the gradient: p (1 - lr weight_decay) (Loshchilov and Hutter 2017)."""
    decay = step.options.weight_decay
    return p * (1 - step.lr * decay) if decay else p
