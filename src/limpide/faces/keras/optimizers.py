"""`keras.optimizers`: the engine's rules in Keras' formulas and words."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np

from ... import optim
from ...nn.words import lp
from ...optim.adam import corrected
from ...optim.groups import Group
from ...optim.optimizer import Slots, Step
from .. import missing
from ..record import Replay
from . import backend as K
from .spelling import Spellings, parameters_of
from .symbols import is_symbol, parameter_of, recorded
from .utils.generic_utils import deserialize_keras_object, serialize_keras_object


# ----------------------------------------------------------------------------- the engine's side: rules
class _Counting(optim.Optimizer):
    """Every rule counts its steps; lr / (1 + decay t) with a decay."""

    decay = 0.0

    def counts(self, options: SimpleNamespace) -> bool:
        return True

    def _begin(self, group: Group, before: Any) -> Step:
        step = super()._begin(group, before)
        return step._replace(lr=step.lr / (1.0 + self.decay * before)) if self.decay else step


class _SGD(_Counting, optim.SGD):
    """v = momentum v - lr g, p += v; nesterov: p += momentum v - lr g."""

    def update(self, p: Any, g: Any, step: Step) -> tuple[Any, Slots]:
        o = step.options
        if not o.momentum:
            return p - step.lr * g, {}
        v = step.slots["momentum"] * o.momentum - step.lr * g
        return p + (v * o.momentum - step.lr * g if o.nesterov else v), {"momentum": v}


class _RMSprop(_Counting, optim.RMSProp):
    pass


class _Adagrad(_Counting, optim.Adagrad):
    pass


class _Adadelta(_Counting, optim.Adadelta):
    pass


class _Nadam(_Counting, optim.NAdam):
    pass


class _Adam(_Counting, optim.Adam):
    """p -= lr sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(s) + eps)."""

    def _moved(self, p: Any, g: Any, step: Step) -> tuple[Any, Slots]:
        o = step.options
        m = step.slots["mean"] * o.betas[0] + g * (1 - o.betas[0])
        s = step.slots["square"] * o.betas[1] + lp.square(g) * (1 - o.betas[1])
        new = {"mean": m, "square": s}
        if o.amsgrad:
            new["largest"] = s = lp.maximum(step.slots["largest"], s)
        rate = step.lr * (lp.sqrt(corrected(o.betas[1], step)) / corrected(o.betas[0], step)).astype(g.dtype)
        return p - rate * m / (lp.sqrt(s) + o.eps), new


class _Adamax(_Counting, optim.Adamax):
    """p -= lr / (1 - b1^t) m / (u + eps), u = max(b2 u, |g|)."""

    def update(self, p: Any, g: Any, step: Step) -> tuple[Any, Slots]:
        o = step.options
        m = step.slots["mean"] * o.betas[0] + g * (1 - o.betas[0])
        u = lp.maximum(step.slots["largest"] * o.betas[1], lp.absolute(g))
        rate = step.lr / corrected(o.betas[0], step).astype(g.dtype)
        return p - rate * m / (u + o.eps), {"mean": m, "largest": u}


# --------------------------------------------------------------------------------------- Keras' side
class Optimizer(Spellings):
    """What Keras' optimisers share. One of one's own gives `get_updates(loss, params)`.

    clipnorm: all gradients together are scaled to at most this norm; clipvalue: their elements are cut.
    """

    spellings: ClassVar[dict[str, str]] = {"learning_rate": "lr"}
    rule: Any = None  # the engine's optimiser behind it

    def __init__(self, **kwargs: Any):
        for name in kwargs:
            if name not in ("clipnorm", "clipvalue", "name", "amsgrad"):
                raise TypeError(f"Unexpected keyword argument passed to optimizer: {name}")
        self.__dict__.update({k: v for k, v in kwargs.items() if k in ("clipnorm", "clipvalue")})
        self.updates: list[Any] = []
        self.weights: list[Any] = []

    def _use(self, rule: Any, decay: float = 0.0) -> None:
        """The engine's rule, its learning rate and number of steps as Keras' variables."""
        rule.decay = decay
        rule.clip_norm, rule.clip_value = getattr(self, "clipnorm", None), getattr(self, "clipvalue", None)
        self.rule, self.decay, self.initial_decay = rule, decay, decay
        self.lr = _handle(rule.param_groups[0].rate, "lr")
        self.iterations = _handle(rule._count, "iterations")

    @property
    def learning_rate(self) -> Any:
        return self.lr

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        self.lr = value

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "lr" and self.rule is not None and "lr" in self.__dict__ and not is_symbol(value):
            K.set_value(self.lr, value)
            return
        super().__setattr__(name, value)

    # ------------------------------------------------------------------------------------- training
    def get_gradients(self, loss: Any, params: Sequence[Any]) -> list[Any]:
        """The derivatives of the loss, clipped."""
        found = list(K.gradients(loss, params))
        clipnorm, clipvalue = getattr(self, "clipnorm", None), getattr(self, "clipvalue", None)
        if clipnorm:
            norm = K.sqrt(sum(K.sum(K.square(g)) for g in found))
            found = [K.switch(norm >= clipnorm, g * clipnorm / norm, g) for g in found]
        if clipvalue:
            found = [K.clip(g, -clipvalue, clipvalue) for g in found]
        return found

    def get_updates(self, *args: Any, **kwargs: Any) -> list[Any]:
        """One step as updates: (loss, params), or Keras 1's (params, constraints, loss)."""
        loss, params, constraints = _arguments(args, kwargs)
        parameters = [parameter_of(p) for p in params]
        bounds = [
            (p, constraints.get(p) or getattr(v, "constraint", None))
            for p, v in zip(parameters, params, strict=True)
        ]
        bounded: list[tuple[Any, Any]] = [(p, c) for p, c in bounds if c is not None]
        rule = self.rule
        rule.prepare(parameters)

        def train(replay: Replay, loss: Any) -> Any:
            rule.minimize(lp.sum(loss), parameters=parameters)
            for p, constraint in bounded:
                p.assign(constraint(p))
            return loss

        self._params = parameters
        self.updates = [recorded(train, [loss], deep=True, known=lambda: loss.known, once=True)]
        return self.updates

    # ----------------------------------------------------------------------------------------- state
    def _state(self) -> list[Any]:
        """The state in Keras' order: the steps, then every kind of slot of all weights."""
        if self.rule is None:
            return [parameter_of(w) for w in self.weights]
        held = [self.rule._slots[p.cell] for p in getattr(self, "_params", ()) if p.cell in self.rule._slots]
        kinds = list(held[0]) if held else []
        return [self.rule._count, *(slots[k] for k in kinds for slots in held)]

    def get_weights(self) -> list[Any]:
        """The state as arrays."""
        return [np.array(p.cell.value) for p in self._state()]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Give the state these values; ValueError where shapes differ."""
        own = self._state()
        if len(own) == len(weights) + 1:
            own = own[1:]  # files whose optimiser did not keep the number of steps
        if len(own) != len(weights) or any(p.shape != np.shape(w) for p, w in zip(own, weights, strict=True)):
            raise ValueError("Optimizer weight shapes are not compatible with the provided weights")
        for p, w in zip(own, weights, strict=True):
            p.assign(np.asarray(w).astype(p.dtype))

    def get_config(self) -> dict[str, Any]:
        """What it is made of again."""
        return {k: getattr(self, k) for k in ("clipnorm", "clipvalue") if getattr(self, k, None) is not None}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        if not cls.__module__.startswith(__name__):
            return cls(**config)
        known = {*parameters_of(cls), "learning_rate", "clipnorm", "clipvalue"}
        return cls(**{k: v for k, v in config.items() if k in known and v is not None})

    def _described(self, *names: str) -> dict[str, Any]:
        values = {n: getattr(self, n) for n in names}
        return {
            n: float(K.get_value(v)) if is_symbol(v) else v for n, v in values.items()
        } | Optimizer.get_config(self)


def _handle(parameter: Any, name: str) -> Any:
    """A variable over the engine's state."""
    return K.variable_of(parameter, name)


def _arguments(args: Any, kwargs: dict[str, Any]) -> tuple[Any, list[Any], Any]:
    given = list(args)
    loss, params = kwargs.get("loss"), kwargs.get("params")
    constraints = kwargs.get("constraints")
    if loss is None and given:
        loss = given.pop(0) if is_symbol(given[0]) else given.pop()
    if params is None and given:
        params = given.pop(0)
    if constraints is None and given:
        constraints = given.pop(0)
    found = constraints if isinstance(constraints, dict) else {}
    return loss, list(params or ()), {parameter_of(p): c for p, c in found.items()} if found else {}


def _epsilon(given: float | None) -> float:
    return K.epsilon() if given is None else given


class SGD(Optimizer):
    """p -= lr g, with momentum, Nesterov's momentum and decay of the learning rate."""

    def __init__(
        self, lr: Any = 0.01, momentum: float = 0.0, decay: float = 0.0, nesterov: bool = False, **kwargs: Any
    ):
        super().__init__(**kwargs)
        self.momentum, self.nesterov = momentum, nesterov
        self._use(_SGD(lr=lr, momentum=float(momentum), nesterov=bool(nesterov and momentum)), decay)

    def get_config(self) -> dict[str, Any]:
        return self._described("lr", "momentum", "decay", "nesterov")


class RMSprop(Optimizer):
    """p -= lr g / (sqrt(mean of g^2) + epsilon)."""

    def __init__(
        self,
        lr: Any = 0.001,
        rho: float = 0.9,
        epsilon: float | None = None,
        decay: float = 0.0,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.rho, self.epsilon = rho, _epsilon(epsilon)
        self._use(_RMSprop(lr=lr, alpha=rho, eps=self.epsilon), decay)

    def get_config(self) -> dict[str, Any]:
        return self._described("lr", "rho", "decay", "epsilon")


class Adagrad(Optimizer):
    """p -= lr g / (sqrt(sum of g^2) + epsilon)."""

    def __init__(self, lr: Any = 0.01, epsilon: float | None = None, decay: float = 0.0, **kwargs: Any):
        super().__init__(**kwargs)
        self.epsilon = _epsilon(epsilon)
        self._use(_Adagrad(lr=lr, eps=self.epsilon), decay)

    def get_config(self) -> dict[str, Any]:
        return self._described("lr", "decay", "epsilon")


class Adadelta(Optimizer):
    """p -= lr sqrt(mean of d^2 + epsilon) / sqrt(mean of g^2 + epsilon) g."""

    def __init__(
        self,
        lr: Any = 1.0,
        rho: float = 0.95,
        epsilon: float | None = None,
        decay: float = 0.0,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.rho, self.epsilon = rho, _epsilon(epsilon)
        self._use(_Adadelta(lr=lr, rho=rho, eps=self.epsilon), decay)

    def get_config(self) -> dict[str, Any]:
        return self._described("lr", "rho", "decay", "epsilon")


class Adam(Optimizer):
    """Adam; amsgrad: with the largest mean of g^2 so far."""

    def __init__(
        self, lr: Any = 0.001, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float | None = None,
        decay: float = 0.0, amsgrad: bool = False, **kwargs: Any,
    ):  # fmt: skip
        super().__init__(**kwargs)
        self.beta_1, self.beta_2, self.epsilon, self.amsgrad = beta_1, beta_2, _epsilon(epsilon), amsgrad
        self._use(_Adam(lr=lr, betas=(beta_1, beta_2), eps=self.epsilon, amsgrad=amsgrad), decay)

    def get_config(self) -> dict[str, Any]:
        return self._described("lr", "beta_1", "beta_2", "decay", "epsilon", "amsgrad")


class Adamax(Optimizer):
    """Adam with the largest |g| in the place of the mean of g^2."""

    def __init__(
        self, lr: Any = 0.002, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float | None = None,
        decay: float = 0.0, **kwargs: Any,
    ):  # fmt: skip
        super().__init__(**kwargs)
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, _epsilon(epsilon)
        self._use(_Adamax(lr=lr, betas=(beta_1, beta_2), eps=self.epsilon), decay)

    def get_config(self) -> dict[str, Any]:
        return self._described("lr", "beta_1", "beta_2", "decay", "epsilon")


class Nadam(Optimizer):
    """Adam with Nesterov's momentum."""

    def __init__(
        self, lr: Any = 0.002, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float | None = None,
        schedule_decay: float = 0.004, **kwargs: Any,
    ):  # fmt: skip
        super().__init__(**kwargs)
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, _epsilon(epsilon)
        self.schedule_decay = schedule_decay
        self._use(_Nadam(lr=lr, betas=(beta_1, beta_2), eps=self.epsilon, momentum_decay=schedule_decay))

    def get_config(self) -> dict[str, Any]:
        return self._described("lr", "beta_1", "beta_2", "epsilon", "schedule_decay")


class TFOptimizer(Optimizer):
    """An optimiser of TensorFlow: its `compute_gradients` and `apply_gradients` are the step."""

    def __init__(self, optimizer: Any):
        super().__init__()
        self.optimizer = optimizer

    def get_updates(self, *args: Any, **kwargs: Any) -> list[Any]:
        loss, params, _ = _arguments(args, kwargs)
        step = self.optimizer.minimize(K.mean(loss), var_list=params)
        self.updates = [getattr(step, "done", step)]
        return self.updates

    def get_config(self) -> dict[str, Any]:
        raise NotImplementedError("the settings of TensorFlow's optimisers are not written into files")


sgd, rmsprop, adagrad, adadelta = SGD, RMSprop, Adagrad, Adadelta
adam, adamax, nadam = Adam, Adamax, Nadam
RMSProp = RMSprop


def serialize(optimizer: Any) -> Any:
    """Its name and configuration."""
    return serialize_keras_object(optimizer)


def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """The optimiser of a configuration."""
    names = {n.lower(): v for n, v in globals().items() if isinstance(v, type) and issubclass(v, Optimizer)}
    if config["class_name"].lower() in names:
        config = {**config, "class_name": config["class_name"].lower()}
    return deserialize_keras_object(config, names, custom_objects, "optimizer")


def get(identifier: Any, kwargs: Any = None) -> Any:
    """The optimiser of a name or a configuration; TensorFlow's in Keras' words; others as they are."""
    if isinstance(identifier, dict):
        return deserialize(identifier)
    if isinstance(identifier, str):
        return deserialize({"class_name": identifier, "config": kwargs or {}})
    if isinstance(identifier, Optimizer):
        return identifier
    if hasattr(identifier, "apply_gradients"):
        return TFOptimizer(identifier)
    raise ValueError("Could not interpret optimizer identifier:", identifier)


__getattr__ = missing.attributes("keras.optimizers", globals())
