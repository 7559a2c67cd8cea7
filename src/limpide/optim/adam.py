"""Adam and its kin: a mean of the gradients, divided by a measure of their size, as in PyTorch."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Unpack

from ..nn.words import lp
from .groups import Rate
from .optimizer import Common, Optimizer, Parameters, Slots, Step
from .rules import decayed, shrunk

Betas = tuple[float, float]


class Adam(Optimizer):
    """p -= lr m' / (sqrt(s') + eps), from corrected means m, s of g and g^2 (Kingma and Ba 2014).

    m = b1 m + (1 - b1) g, s = b2 s + (1 - b2) g^2, m' = m / (1 - b1^t), s' = s / (1 - b2^t).
    amsgrad: the largest s so far in the place of s in s' (Reddi et al. 2018).
    betas: (b1, b2). weight_decay: added to the gradient, times p.
    """

    def __init__(
        self,
        parameters: Parameters = None,
        lr: Rate = 0.001,
        betas: Betas = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        **common: Unpack[Common],
    ):
        options = {"betas": betas, "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad}
        super().__init__(parameters, lr, options, **common)

    def slots(self, options: SimpleNamespace) -> dict[str, float]:
        names = ("mean", "square", "largest") if options.amsgrad else ("mean", "square")
        return dict.fromkeys(names, 0.0)

    def counts(self, options: SimpleNamespace) -> bool:
        return True

    def update(self, p: Any, g: Any, step: Step) -> tuple[Any, Slots]:
        return self._moved(p, decayed(p, g, step.options.weight_decay), step)

    def _moved(self, p: Any, g: Any, step: Step) -> tuple[Any, Slots]:
        o = step.options
        m, s = means(g, step)
        new = {"mean": m, "square": s}
        if o.amsgrad:
            new["largest"] = s = lp.maximum(step.slots["largest"], s)
        rate = step.lr / corrected(o.betas[0], step).astype(g.dtype)
        scale = lp.sqrt(corrected(o.betas[1], step)).astype(g.dtype)
        return p - rate * (m / (lp.sqrt(s) / scale + o.eps)), new


class AdamW(Adam):
    """Adam with p *= 1 - lr weight_decay before the step (Loshchilov and Hutter 2017)."""

    def __init__(
        self,
        parameters: Parameters = None,
        lr: Rate = 0.001,
        betas: Betas = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
        amsgrad: bool = False,
        **common: Unpack[Common],
    ):
        super().__init__(parameters, lr, betas, eps, weight_decay, amsgrad, **common)

    def update(self, p: Any, g: Any, step: Step) -> tuple[Any, Slots]:
        return self._moved(shrunk(p, step), g, step)


class Adamax(Optimizer):
    """p -= lr / (1 - b1^t) m / u, with u = max(b2 u, |g| + eps) (Kingma and Ba 2014, section 7).

    m = b1 m + (1 - b1) g. betas: (b1, b2). weight_decay: added to the gradient, times p.
    """

    def __init__(
        self,
        parameters: Parameters = None,
        lr: Rate = 0.002,
        betas: Betas = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        **common: Unpack[Common],
    ):
        super().__init__(parameters, lr, {"betas": betas, "eps": eps, "weight_decay": weight_decay}, **common)

    def slots(self, options: SimpleNamespace) -> dict[str, float]:
        return {"mean": 0.0, "largest": 0.0}

    def counts(self, options: SimpleNamespace) -> bool:
        return True

    def update(self, p: Any, g: Any, step: Step) -> tuple[Any, Slots]:
        o = step.options
        b1, b2 = o.betas
        g = decayed(p, g, o.weight_decay)
        m = step.slots["mean"] * b1 + g * (1 - b1)
        u = lp.maximum(step.slots["largest"] * b2, lp.abs(g) + o.eps)
        rate = step.lr / corrected(b1, step).astype(g.dtype)
        return p - rate * (m / u), {"mean": m, "largest": u}


class NAdam(Optimizer):
    """Adam with Nesterov's momentum (Dozat 2016).

    p -= lr ((1 - mu_t) / (1 - M_t) g + mu_t+1 / (1 - M_t+1) m) / (sqrt(s') + eps), where
    mu_t = b1 (1 - 0.96^(t momentum_decay) / 2), M_t = mu_1 ... mu_t; m, s and s' are Adam's.
    betas: (b1, b2). weight_decay: added to the gradient, times p; decoupled_weight_decay: as in AdamW.
    """

    def __init__(
        self,
        parameters: Parameters = None,
        lr: Rate = 0.002,
        betas: Betas = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum_decay: float = 0.004,
        decoupled_weight_decay: bool = False,
        **common: Unpack[Common],
    ):
        options = {
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(parameters, lr, options, **common)

    def slots(self, options: SimpleNamespace) -> dict[str, float]:
        return {"mean": 0.0, "square": 0.0}

    def shared(self, options: SimpleNamespace) -> dict[str, float]:
        return {"momentum_product": 1.0}

    def counts(self, options: SimpleNamespace) -> bool:
        return True

    def advance(self, step: Step) -> Slots:
        return {"momentum_product": step.shared["momentum_product"] * self._mu(step, step.count)}

    def update(self, p: Any, g: Any, step: Step) -> tuple[Any, Slots]:
        o = step.options
        p, g = decayed_either_way(p, g, step)
        m, s = means(g, step)
        mu, later = self._mu(step, step.count), self._mu(step, step.count + 1)
        product = step.shared["momentum_product"]
        of_g = step.lr * ((1 - mu) / (1 - product)).astype(g.dtype)
        of_m = step.lr * (later / (1 - product * later)).astype(g.dtype)
        scale = lp.sqrt(corrected(o.betas[1], step)).astype(g.dtype)
        return p - (of_g * g + of_m * m) / (lp.sqrt(s) / scale + o.eps), {"mean": m, "square": s}

    def _mu(self, step: Step, count: Any) -> Any:
        o = step.options
        return o.betas[0] * (1 - lp.power(0.96, count * o.momentum_decay) / 2)


class RAdam(Optimizer):
    """Adam that trusts its s only once the variance of 1 / sqrt(s) is known (Liu et al. 2019).

    rho = rho_inf - 2 t b2^t / (1 - b2^t), rho_inf = 2 / (1 - b2) - 1; where rho > 5
    p -= lr m' r / (sqrt(s') + eps), r = sqrt((rho - 4)(rho - 2) rho_inf / ((rho_inf - 4)(rho_inf - 2) rho)),
    before p -= lr m'; m, s, m', s' are Adam's.
    betas: (b1, b2). weight_decay: added to the gradient, times p; decoupled_weight_decay: as in AdamW.
    """

    def __init__(
        self,
        parameters: Parameters = None,
        lr: Rate = 0.001,
        betas: Betas = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        decoupled_weight_decay: bool = False,
        **common: Unpack[Common],
    ):
        options = {
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(parameters, lr, options, **common)

    def slots(self, options: SimpleNamespace) -> dict[str, float]:
        return {"mean": 0.0, "square": 0.0}

    def counts(self, options: SimpleNamespace) -> bool:
        return True

    def update(self, p: Any, g: Any, step: Step) -> tuple[Any, Slots]:
        o = step.options
        b1, b2 = o.betas
        p, g = decayed_either_way(p, g, step)
        m, s = means(g, step)
        limit = 2 / (1 - b2) - 1
        rho = limit - 2 * step.count * lp.power(b2, step.count) / corrected(b2, step)
        trusted = rho > 5
        known = lp.where(trusted, rho, 5.0)  # no root of what is negative
        r = lp.sqrt((known - 4) * (known - 2) * limit / ((limit - 4) * (limit - 2) * known))
        scale = (r * lp.sqrt(corrected(b2, step))).astype(g.dtype)
        factor = lp.where(trusted, scale / (lp.sqrt(s) + o.eps), 1.0)
        rate = step.lr / corrected(b1, step).astype(g.dtype)
        return p - rate * (m * factor), {"mean": m, "square": s}


def means(g: Any, step: Step) -> tuple[Any, Any]:
    """The new means of g and of g^2."""
    b1, b2 = step.options.betas
    m = step.slots["mean"] * b1 + g * (1 - b1)
    return m, step.slots["square"] * b2 + lp.square(g) * (1 - b2)


def corrected(beta: float, step: Step) -> Any:
    """1 - beta^t: what a mean that starts from 0 lacks after t steps."""
    return 1 - lp.power(beta, step.count)


def decayed_either_way(p: Any, g: Any, step: Step) -> tuple[Any, Any]:
    """Weight decay on the weights where it is decoupled, else on the gradient."""
    o = step.options
    return (shrunk(p, step), g) if o.decoupled_weight_decay else (p, decayed(p, g, o.weight_decay))
