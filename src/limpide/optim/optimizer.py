"""Optimizer: finds the parameters behind a loss and gives them new values, eagerly or in traced code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..errors import ArgumentError, GradientError, user_frame
from ..graph import Array, Cell, walk
from ..nn import state
from ..ops.define import cell_op
from ..tensor import Parameter, Tensor, grad, history

Slots = dict[str, Any]  # of Parameters


class Step(NamedTuple):
    """What an update rule is given besides the parameter and its gradient."""

    slots: Slots
    lr: Any  # a scalar of the parameter's dtype
    count: Any  # float64 scalar: this is step number 1, 2, ...


class Optimizer:
    """What all optimisers share; a subclass says its `slots` and its rule `update`.

    Without parameters it is unbound: `minimize(loss)` trains whatever trainable parameters are behind the
    loss. Bound to parameters it also has `step()` and `zero_grad()` for the eager way.
    `lr` is state: giving it a new value needs no recompilation.
    """

    slots: Sequence[str] = ()  # names of the state kept per parameter, each of its shape, from 0
    counts = False  # whether the rule needs the number of the step

    def __init__(self, parameters: Iterable[Parameter] | None = None, lr: float = 0.01):
        if isinstance(parameters, (int, float)):
            name = type(self).__name__
            raise ArgumentError(
                name,
                f"the first argument is {parameters}; it should be the parameters",
                where=user_frame(),
                hint=f"optim.{name}(lr={parameters}), or optim.{name}(model.parameters(), lr={parameters})",
            )
        self._rate: Any = Parameter(np.float64(lr), name="lr", trainable=False)
        self._count: Any = Parameter(np.int64(0), name="step", trainable=False)
        self._slots: dict[Cell, Slots] = {}
        self._waiting: dict[str, Any] = {}  # loaded state of slots that are not made yet
        self.parameters: list[Parameter] | None = None
        if parameters is not None:
            self.parameters = _checked(type(self).__name__, parameters)
            self.prepare(self.parameters)

    @property
    def lr(self) -> float:
        """The learning rate; assign to it at any time."""
        return float(self._rate.cell.value)

    @lr.setter
    def lr(self, value: Any) -> None:
        self._rate.assign(np.float64(value) if isinstance(value, (int, float)) else value)

    # -------------------------------------------------------------------------------------- training
    def minimize(self, loss: Tensor, parameters: Sequence[Parameter] | None = None) -> None:
        """One step down the gradient of `loss`.

        loss: a float scalar. parameters: only these; else those the optimizer is bound to; else all
        trainable ones behind the loss.
        In traced code the new values become updates of the compiled function; else they are assigned.
        Raises GradientError where no parameter is behind the loss.
        """
        behind = {p.cell: p for p in parameters_behind(loss)}
        wanted = parameters if parameters is not None else self.parameters
        targets = list(behind.values()) if wanted is None else [p for p in wanted if p.cell in behind]
        if not targets:
            raise GradientError(
                "minimize",
                "there is no parameter to train behind this loss",
                where=user_frame(),
                hint="parameters are made by lp.parameter(value) or nn layers; detach() cuts them off",
            )
        self.apply(zip(targets, grad(loss, targets), strict=True))

    def apply(self, pairs: Iterable[tuple[Parameter, Any]]) -> None:
        """One step with these gradients: pairs (parameter, gradient)."""
        given = list(pairs)
        self.prepare([p for p, _ in given])
        count: Any = None
        if self.counts:
            self._count.assign(self._count + 1)
            count = self._count.astype("float64")
        for parameter, g in given:
            lr = self._rate.astype(parameter.dtype)
            step = Step(self._slots[parameter.cell], lr, count)
            parameter.assign(self.update(parameter, g, step))

    def update(self, p: Any, g: Any, step: Step) -> Any:
        """The new value of a parameter, from it and its gradient; new values of slots are assigned."""
        raise ArgumentError(type(self).__name__, "this optimizer has no rule", hint="give it def update")

    def step(self) -> None:
        """One step with the gradients that `loss.backward()` left in `.grad`; without one it stays."""
        self.apply([(p, p.grad) for p in self._bound("step") if p.grad is not None])

    def zero_grad(self) -> None:
        """Forget the gradients of the parameters."""
        for p in self._bound("zero_grad"):
            p.grad = None

    def _bound(self, word: str) -> list[Parameter]:
        if self.parameters is None:
            name = type(self).__name__
            raise ArgumentError(
                word,
                "this optimizer is not bound to parameters",
                where=user_frame(),
                hint=f"optim.{name}(model.parameters(), lr=...), or use optimizer.minimize(loss)",
            )
        return self.parameters

    # ----------------------------------------------------------------------------------------- state
    def prepare(self, parameters: Iterable[Parameter]) -> None:
        """Make the state of these parameters, where it is not made yet."""
        for p in parameters:
            if p.cell not in self._slots:
                self._slots[p.cell] = {name: self._slot(p, name) for name in self.slots}

    def _slot(self, p: Parameter, name: str) -> Parameter:
        label = f"{p.name}.{name}"
        taken = {slot.name for slots in self._slots.values() for slot in slots.values()}
        number = 2
        while label in taken:
            label, number = f"{p.name}_{number}.{name}", number + 1
        slot = Parameter(np.zeros(p.shape, p.dtype), name=label, trainable=False)
        if label in self._waiting:
            state.load(type(self).__name__, {label: slot}, {label: self._waiting.pop(label)})
        return slot

    def named_state(self) -> Iterator[tuple[str, Parameter]]:
        """All state by name: lr, step, and "W.momentum" and so on."""
        yield "lr", self._rate
        if self.counts:
            yield "step", self._count
        for slots in self._slots.values():
            for slot in slots.values():
                yield str(slot.name), slot

    def state_dict(self) -> dict[str, Array]:
        """Copies of all state as NumPy arrays, by name."""
        return {name: p.cell.value.copy() for name, p in self.named_state()}

    def load_state_dict(self, given: Mapping[str, Any]) -> None:
        """Give the state the values of a state_dict; all of it, or nothing where something is wrong.

        An optimizer that has not met its parameters yet keeps their state until it does.
        Raises ArgumentError that lists what is missing, what is unexpected and what has another shape.
        """
        own = dict(self.named_state())
        later = {} if self._slots else {name: v for name, v in given.items() if name not in own}
        state.load(type(self).__name__, own, {name: v for name, v in given.items() if name not in later})
        self._waiting = later

    def __repr__(self) -> str:
        return f"{type(self).__name__}(lr={self.lr:g})"


def parameters_behind(loss: Tensor) -> list[Parameter]:
    """The trainable parameters that a loss depends on, formula or value, in the order of their first use."""
    if loss.value is not None:
        leaves = [t for t in history(loss) if isinstance(t, Parameter) and t.trainable]
        return sorted({p.cell: p for p in leaves}.values(), key=lambda p: p.node.serial)
    cells = [node.attr("cell") for node in walk([loss.node]) if node.op is cell_op]
    return [Parameter.of(cell) for cell in cells if cell.trainable]


def _checked(op: str, parameters: Iterable[Any]) -> list[Parameter]:
    found = list(parameters)
    for p in found:
        if not isinstance(p, Parameter):
            raise ArgumentError(
                op,
                f"{type(p).__name__} is not a parameter",
                where=user_frame(),
                hint="give model.parameters(), or a list of lp.parameter(value)",
            )
    if not found:
        raise ArgumentError(op, "the list of parameters is empty", where=user_frame())
    return found
