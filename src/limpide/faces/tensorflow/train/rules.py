"""How TensorFlow 1's optimizers move a variable: the formulas of its kernels, one table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ....nn.words import lp

Slots = dict[str, Any]
Update = Callable[[Any, Any, Slots, Any], tuple[Any, Slots]]


class Rule(NamedTuple):
    """slots: their names and first values. powers: numbers per optimizer that are multiplied at every step.

    update(p, g, slots, h): the new value of a variable and of its slots; h: the settings, numbers of the
    variable's dtype.
    """

    update: Update
    slots: Callable[[Any], dict[str, float]] = lambda h: {}
    powers: tuple[str, ...] = ()


def _descent(p: Any, g: Any, s: Slots, h: Any) -> tuple[Any, Slots]:
    return p - h.learning_rate * g, {}


def _momentum(p: Any, g: Any, s: Slots, h: Any) -> tuple[Any, Slots]:
    a = s["momentum"] * h.momentum + g
    step = g * h.learning_rate + a * h.momentum * h.learning_rate if h.use_nesterov else a * h.learning_rate
    return p - step, {"momentum": a}


def _adagrad(p: Any, g: Any, s: Slots, h: Any) -> tuple[Any, Slots]:
    a = s["accumulator"] + lp.square(g)
    return p - h.learning_rate * g / lp.sqrt(a), {"accumulator": a}


def _adadelta(p: Any, g: Any, s: Slots, h: Any) -> tuple[Any, Slots]:
    a = s["accum"] * h.rho + lp.square(g) * (1 - h.rho)
    step = lp.sqrt(s["accum_update"] + h.epsilon) / lp.sqrt(a + h.epsilon) * g
    u = s["accum_update"] * h.rho + lp.square(step) * (1 - h.rho)
    return p - h.learning_rate * step, {"accum": a, "accum_update": u}


def _rmsprop(p: Any, g: Any, s: Slots, h: Any) -> tuple[Any, Slots]:
    ms = s["rms"] * h.decay + lp.square(g) * (1 - h.decay)
    new = {"rms": ms}
    if h.centered:
        new["mg"] = mg = s["mg"] * h.decay + g * (1 - h.decay)
        ms = ms - lp.square(mg)
    new["momentum"] = mom = s["momentum"] * h.momentum + h.learning_rate * g / lp.sqrt(ms + h.epsilon)
    return p - mom, new


def _means(g: Any, s: Slots, h: Any) -> Slots:
    return {"m": s["m"] * h.beta1 + g * (1 - h.beta1), "v": s["v"] * h.beta2 + lp.square(g) * (1 - h.beta2)}


def _adam(p: Any, g: Any, s: Slots, h: Any) -> tuple[Any, Slots]:
    rate = h.learning_rate * lp.sqrt(1 - h.beta2_power) / (1 - h.beta1_power)
    new = _means(g, s, h)
    return p - rate * new["m"] / (lp.sqrt(new["v"]) + h.epsilon), new


def _adamw(p: Any, g: Any, s: Slots, h: Any) -> tuple[Any, Slots]:
    return _adam(p - h.weight_decay * p, g, s, h)


def _nadam(p: Any, g: Any, s: Slots, h: Any) -> tuple[Any, Slots]:
    rate = h.learning_rate * lp.sqrt(1 - h.beta2_power) / (1 - h.beta1_power)
    new = _means(g, s, h)
    ahead = new["m"] * h.beta1 + g * (1 - h.beta1)
    return p - rate * ahead / (lp.sqrt(new["v"]) + h.epsilon), new


def _adamax(p: Any, g: Any, s: Slots, h: Any) -> tuple[Any, Slots]:
    m = s["m"] * h.beta1 + g * (1 - h.beta1)
    v = lp.maximum(s["v"] * h.beta2, lp.abs(g))
    return p - h.learning_rate / (1 - h.beta1_power) * m / (v + h.epsilon), {"m": m, "v": v}


def _momentumw(p: Any, g: Any, s: Slots, h: Any) -> tuple[Any, Slots]:
    return _momentum(p - h.weight_decay * p, g, s, h)


def _ftrl(p: Any, g: Any, s: Slots, h: Any) -> tuple[Any, Slots]:
    shrunk = (
        g + 2 * h.l2_shrinkage_regularization_strength * p if h.l2_shrinkage_regularization_strength else g
    )
    a = s["accum"] + lp.square(g)
    power = -h.learning_rate_power
    sigma = (a**power - s["accum"] ** power) / h.learning_rate
    linear = s["linear"] + shrunk - sigma * p
    quadratic = a**power / h.learning_rate + 2 * h.l2_regularization_strength
    l1 = h.l1_regularization_strength
    moved = (lp.sign(linear) * l1 - linear) / quadratic
    return lp.where(lp.abs(linear) > l1, moved, 0).astype(p.dtype), {"accum": a, "linear": linear}


def _shrunk(p: Any, rate: Any, h: Any) -> Any:
    """A step back by the norms of weights, elements below their threshold to 0 (Duchi and Singer 2009)."""
    l1, l2 = h.l1_regularization_strength, h.l2_regularization_strength
    size = lp.maximum(lp.abs(p) - rate * l1, 0) if l1 else lp.abs(p)
    return lp.sign(p) / (1 + rate * l2) * size


def _proximal_descent(p: Any, g: Any, s: Slots, h: Any) -> tuple[Any, Slots]:
    return _shrunk(p - h.learning_rate * g, h.learning_rate, h), {}


def _proximal_adagrad(p: Any, g: Any, s: Slots, h: Any) -> tuple[Any, Slots]:
    a = s["accumulator"] + lp.square(g)
    rate = h.learning_rate / lp.sqrt(a)
    return _shrunk(p - rate * g, rate, h), {"accumulator": a}


def _adagrad_da(p: Any, g: Any, s: Slots, h: Any) -> tuple[Any, Slots]:
    total = s["gradient_accumulator"] + g
    squares = s["gradient_squared_accumulator"] + lp.square(g)
    l1, step = h.l1_regularization_strength, h.step
    kept = lp.sign(total) * lp.maximum(lp.abs(total) - l1 * step, 0) if l1 else total
    scale = h.l2_regularization_strength * step * h.learning_rate + lp.sqrt(squares)
    return -h.learning_rate * kept / scale, {
        "gradient_accumulator": total,
        "gradient_squared_accumulator": squares,
    }


def _zeros(*names: str) -> Callable[[Any], dict[str, float]]:
    return lambda h: dict.fromkeys(names, 0.0)


RULES = {
    "GradientDescent": Rule(_descent),
    "Momentum": Rule(_momentum, _zeros("momentum")),
    "Adagrad": Rule(_adagrad, lambda h: {"accumulator": h.initial_accumulator_value}),
    "Adadelta": Rule(_adadelta, _zeros("accum", "accum_update")),
    "RMSProp": Rule(_rmsprop, lambda h: {"rms": 1.0, **({"mg": 0.0} if h.centered else {}), "momentum": 0.0}),
    "Adam": Rule(_adam, _zeros("m", "v"), ("beta1", "beta2")),
    "AdamW": Rule(_adamw, _zeros("m", "v"), ("beta1", "beta2")),
    "Nadam": Rule(_nadam, _zeros("m", "v"), ("beta1", "beta2")),
    "AdaMax": Rule(_adamax, _zeros("m", "v"), ("beta1",)),
    "MomentumW": Rule(_momentumw, _zeros("momentum")),
    "Ftrl": Rule(_ftrl, lambda h: {"accum": h.initial_accumulator_value, "linear": 0.0}),
    "ProximalGradientDescent": Rule(_proximal_descent),
    "ProximalAdagrad": Rule(_proximal_adagrad, lambda h: {"accumulator": h.initial_accumulator_value}),
    "AdagradDA": Rule(
        _adagrad_da,
        lambda h: {
            "gradient_accumulator": 0.0,
            "gradient_squared_accumulator": h.initial_gradient_squared_accumulator_value,
        },
    ),
}
