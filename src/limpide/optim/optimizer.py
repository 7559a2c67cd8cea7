"""Optimizer: finds the parameters behind a loss and gives them new values, eagerly or in traced code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, NamedTuple, TypedDict

import numpy as np

from ..compile import scan
from ..errors import ArgumentError, GradientError, user_frame
from ..graph import Array, Cell, walk
from ..nn import state
from ..nn.words import lp
from ..ops.define import cell_op
from ..tensor import Parameter, Tensor, grad, history
from .averages import Average
from .clipping import by_norm, by_value, global_norm
from .groups import Group, Rate, rate_name, separate

Slots = dict[str, Any]  # tensors by name
Parameters = Iterable[Parameter] | Iterable[Mapping[str, Any]] | None


class Common(TypedDict, total=False):
    """What every optimizer takes besides the settings of its rule."""

    clip_value: float | None  # elements of gradients are cut to [-clip_value, clip_value]
    clip_norm: float | None  # then all gradients together are scaled to a norm of at most clip_norm
    accumulate: int  # of so many calls the mean gradient makes one step


class Step(NamedTuple):
    """What an update rule is given besides the parameter and its gradient."""

    slots: Slots
    lr: Any  # a scalar of the parameter's dtype
    count: Any  # float64 scalar: this is step number 1, 2, ...; None where the rule does not count
    options: SimpleNamespace  # the settings of the parameter's group
    shared: Slots  # float64 scalars of the group


class Optimizer:
    """What all optimisers share; a subclass says its `slots` and its rule `update`.

    Without parameters it is unbound: `minimize(loss)` trains whatever trainable parameters are behind the
    loss. Bound to parameters it also has `step()` and `zero_grad()` for the eager way. Bound to dicts as
    {"params": ..., "lr": 0.1, "weight_decay": 0.0} every group has settings of its own.
    `lr` is state: giving it a new value needs no recompilation. A schedule in its place (see
    `optim.schedules`) is computed inside the step.
    clip_value, clip_norm, accumulate: see `Common`.
    """

    def __init__(
        self,
        parameters: Parameters,
        lr: Rate,
        options: Mapping[str, Any],
        clip_value: float | None = None,
        clip_norm: float | None = None,
        accumulate: int = 1,
    ):
        self._word = type(self).__name__
        for name, limit in [("clip_value", clip_value), ("clip_norm", clip_norm)]:
            if limit is not None and not limit > 0:
                raise ArgumentError(self._word, f"{name} is {limit}, not positive", where=user_frame())
        if not isinstance(accumulate, (int, np.integer)) or accumulate < 1:
            raise ArgumentError(
                self._word, f"accumulate is {accumulate!r}, not a positive whole number", where=user_frame()
            )
        self.clip_value, self.clip_norm, self.accumulate = clip_value, clip_norm, int(accumulate)
        self.averages: list[Average] = []  # of weights, updated after every step
        self._default_lr, self._options = lr, dict(options)
        self._count: Any = Parameter(np.int64(0), name="step", trainable=False)
        self._calls: Any = Parameter(np.int64(0), name="calls", trainable=False)  # since the last step
        self._slots: dict[Cell, Slots] = {}
        self._waiting: dict[str, Any] = {}  # loaded state of slots that are not made yet
        self.parameters: list[Parameter] | None = None
        self.param_groups: list[Group] = []
        self._group_of: dict[Cell, Group] = {}
        if parameters is None:
            self._add(Group([], lr, options, rate_name(0)))
        else:
            for group in separate(self._word, parameters, lr, options):
                self._add(group)

    # -------------------------------------------------------------------------------- what a rule says
    def slots(self, options: SimpleNamespace) -> Mapping[str, float]:
        """The state kept per parameter, of its shape: by name, with the value that it starts from."""
        return {}

    def shared(self, options: SimpleNamespace) -> Mapping[str, float]:
        """The float64 scalars kept per group: by name, with the value that they start from."""
        return {}

    def counts(self, options: SimpleNamespace) -> bool:
        """Whether the rule needs the number of the step."""
        return False

    def advance(self, step: Step) -> Slots:
        """The new values of the shared scalars, once in a step."""
        return {}

    def update(self, p: Any, g: Any, step: Step) -> tuple[Any, Slots]:
        """The new value of a parameter and of its slots, from it and its gradient."""
        raise ArgumentError(self._word, "this optimizer has no rule", hint="give it def update")

    # ------------------------------------------------------------------------------- the learning rate
    @property
    def lr(self) -> float:
        """The learning rate; assign to it at any time.

        With groups it is that of the first; assigning keeps the ratios that they were made with.
        """
        return float(self.param_groups[0]["lr"])

    @lr.setter
    def lr(self, value: Any) -> None:
        first = self.param_groups[0].initial
        for group in self.param_groups:
            same = group.initial == first
            group.set_rate(value if same else value * (group.initial / first if first else 1.0))

    def add_param_group(self, group: Mapping[str, Any]) -> None:
        """One more group: a dict of "params" and of settings that differ from the optimizer's."""
        number = len(self.param_groups)
        for made in separate(self._word, [group], self._default_lr, self._options, number):
            self._add(made)

    def _add(self, group: Group) -> None:
        for p in group.parameters:
            if p.cell in self._group_of:
                raise ArgumentError(self._word, f"'{p.name}' is given twice", where=user_frame())
            self._group_of[p.cell] = group
        suffix = f"_{len(self.param_groups) + 1}" if self.param_groups else ""
        for name, value in self.shared(group.options).items():
            group.shared[name] = Parameter(np.float64(value), name=name + suffix, trainable=False)
        self.param_groups.append(group)
        if group.parameters:
            self.parameters = [*(self.parameters or []), *group.parameters]
            self.prepare(group.parameters)

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
        if self.accumulate == 1:
            return self._move(given)
        fresh = lp.equal(self._calls, 0)
        for p, g in given:
            total = self._slots[p.cell]["accumulated"]
            total.assign(lp.where(fresh, g, total + g))
        calls = self._calls + 1
        due = calls >= self.accumulate
        self._calls.assign(lp.where(due, 0, calls))
        if due.value is None:  # a loop of one round, or of none
            scan(lambda *_: self._move_by_mean(given), None, length=due.astype("int64"))
        elif due:
            self._move_by_mean(given)

    def _move_by_mean(self, given: Sequence[tuple[Parameter, Any]]) -> tuple[None, None]:
        """One step with the mean gradients of the calls since the last one; as a step of `lp.scan`."""
        totals = [(p, self._slots[p.cell]["accumulated"]) for p, _ in given]
        self._move([(p, total * (1 / self.accumulate)) for p, total in totals])
        return None, None

    def _move(self, given: Sequence[tuple[Parameter, Any]]) -> None:
        gradients = [g for _, g in given]
        if self.clip_value is not None:
            gradients = by_value(gradients, self.clip_value)
        if self.clip_norm is not None and gradients:
            gradients = by_norm(gradients, self.clip_norm, global_norm(gradients))
        before = self._count.astype("float64") if self._counting else None
        steps = {id(group): self._begin(group, before) for group in self.param_groups}
        for (p, _), g in zip(given, gradients, strict=True):
            slots, step = self._slots[p.cell], steps[id(self._group(p))]
            new, changed = self.update(p, g, step._replace(slots=slots, lr=step.lr.astype(p.dtype)))
            for name, value in changed.items():
                slots[name].assign(value)
            p.assign(new)
        if self._counting:
            self._count.assign(self._count + 1)
        for average in self.averages:
            average.update()

    def _begin(self, group: Group, before: Any) -> Step:
        """What the parameters of a group share in this step."""
        if group.schedule is not None:
            group.rate.assign(group.schedule(before))
        count = None if before is None else before + 1
        step = Step({}, group.rate, count, group.options, dict(group.shared))
        advanced = self.advance(step)
        for name, value in advanced.items():
            group.shared[name].assign(value)
        return step._replace(shared={**step.shared, **advanced})

    def _group(self, p: Parameter) -> Group:
        return self._group_of.get(p.cell, self.param_groups[0])

    @property
    def _counting(self) -> bool:
        return any(g.schedule is not None or self.counts(g.options) for g in self.param_groups)

    def step(self) -> None:
        """One step with the gradients that `loss.backward()` left in `.grad`; without one it stays."""
        bound = self._bound("step")
        self.apply([(p, p.grad) for p in bound if p.grad is not None and p.trainable])

    def zero_grad(self) -> None:
        """Forget the gradients of the parameters."""
        for p in self._bound("zero_grad"):
            p.grad = None

    def _bound(self, word: str) -> list[Parameter]:
        if self.parameters is None:
            raise ArgumentError(
                word,
                "this optimizer is not bound to parameters",
                where=user_frame(),
                hint=f"optim.{self._word}(model.parameters(), lr=...), or use optimizer.minimize(loss)",
            )
        return self.parameters

    # ----------------------------------------------------------------------------------------- state
    def prepare(self, parameters: Iterable[Parameter]) -> None:
        """Make the state of these parameters, where it is not made yet."""
        for p in parameters:
            if p.cell not in self._slots:
                wanted = dict(self.slots(self._group(p).options))
                if self.accumulate > 1:
                    wanted["accumulated"] = 0.0
                self._slots[p.cell] = {name: self._slot(p, name, start) for name, start in wanted.items()}

    def _slot(self, p: Parameter, name: str, start: float) -> Parameter:
        label = f"{p.name}.{name}"
        taken = {slot.name for slots in self._slots.values() for slot in slots.values()}
        number = 2
        while label in taken:
            label, number = f"{p.name}_{number}.{name}", number + 1
        slot = Parameter(np.full(p.shape, start, p.dtype), name=label, trainable=False)
        if label in self._waiting:
            state.load(self._word, {label: slot}, {label: self._waiting.pop(label)})
        return slot

    def named_state(self) -> Iterator[tuple[str, Parameter]]:
        """All state by name: lr, step, "W.momentum" and so on, and the averages of weights."""
        for group in self.param_groups:
            yield str(group.rate.name), group.rate
        if self._counting:
            yield "step", self._count
        if self.accumulate > 1:
            yield "calls", self._calls
        for held in [*(g.shared for g in self.param_groups), *self._slots.values()]:
            for slot in held.values():
                yield str(slot.name), slot
        for number, average in enumerate(self.averages, 1):
            prefix = "average" if number == 1 else f"average_{number}"
            for name, p in average.named_state():
                yield f"{prefix}.{name}", p

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
        state.load(self._word, own, {name: v for name, v in given.items() if name not in later})
        self._waiting = later

    def __repr__(self) -> str:
        rates = ", ".join(f"lr={group['lr']:g}" for group in self.param_groups)
        return f"{self._word}({rates})"


def parameters_behind(loss: Tensor) -> list[Parameter]:
    """The trainable parameters that a loss depends on, formula or value, in the order of their first use."""
    if loss.value is not None:
        leaves = [t for t in history(loss) if isinstance(t, Parameter) and t.trainable]
        return sorted({p.cell: p for p in leaves}.values(), key=lambda p: p.node.serial)
    cells = [node.attr("cell") for node in walk([loss.node]) if node.op is cell_op]
    return [Parameter.of(cell) for cell in cells if cell.trainable]
