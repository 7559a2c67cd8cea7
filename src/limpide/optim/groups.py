"""Group: parameters that share settings, and the learning rate that they move with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from ..errors import ArgumentError, user_frame
from ..nn.words import choose
from ..tensor import Parameter, Tensor

Rate = float | Callable[[Any], Any]  # a number, or a schedule: a function of the steps taken so far


class Group(MutableMapping[str, Any]):
    """A group of an optimizer as PyTorch's mapping: group["lr"], group["params"], group["weight_decay"].

    The learning rate is state and can be set at any time; the other settings stand in compiled code.
    """

    def __init__(self, parameters: list[Parameter], lr: Rate, options: Mapping[str, Any], name: str):
        self.parameters, self.options = parameters, SimpleNamespace(**options)
        self.schedule = lr if callable(lr) else None
        self.initial = float(lr(np.float64(0)) if callable(lr) else lr)
        self.rate: Any = Parameter(np.float64(self.initial), name=name, trainable=False)
        self.shared: dict[str, Parameter] = {}  # scalars of the rule that all its parameters share

    def set_rate(self, lr: Any) -> None:
        if self.schedule is not None:
            raise ArgumentError(
                "lr",
                f"the learning rate follows {self.schedule!r} and cannot be set",
                where=user_frame(),
                hint="give lr=number, or let the schedule do it",
            )
        self.rate.assign(lr if isinstance(lr, Tensor) else np.float64(lr))

    def __getitem__(self, key: str) -> Any:
        if key == "lr":
            return float(self.rate.cell.value)
        return self.parameters if key == "params" else vars(self.options)[key]

    def __setitem__(self, key: str, value: Any) -> None:
        if key != "lr":
            raise ArgumentError(
                "group",
                f"'{key}' cannot be changed: it stands in compiled code",
                where=user_frame(),
                hint="make another optimizer, and give it the old one's state_dict()",
            )
        self.set_rate(value)

    def __delitem__(self, key: str) -> None:
        raise ArgumentError("group", "settings cannot be deleted", where=user_frame())

    def __iter__(self) -> Iterator[str]:
        return iter(["params", "lr", *vars(self.options)])

    def __len__(self) -> int:
        return 2 + len(vars(self.options))


def separate(op: str, given: Any, lr: Rate, options: Mapping[str, Any], first: int = 0) -> list[Group]:
    """The groups that an optimizer's first argument says: parameters, or dicts of "params" and settings.

    first: the number of the first one among the optimizer's groups.
    Raises ArgumentError for settings that the optimizer does not have.
    """
    if isinstance(given, (int, float)) or (callable(given) and not isinstance(given, Tensor)):
        shown = f"{given}" if isinstance(given, (int, float)) else f"{given!r}"
        raise ArgumentError(
            op,
            f"the first argument is {shown}; it should be the parameters",
            where=user_frame(),
            hint=f"optim.{op}(lr={shown}), or optim.{op}(model.parameters(), lr={shown})",
        )
    items = [given] if isinstance(given, Mapping) else list(given)
    if not items:
        raise ArgumentError(op, "the list of parameters is empty", where=user_frame())
    if not any(isinstance(item, Mapping) for item in items):
        items = [{"params": items}]
    found = []
    for number, item in enumerate(items, first):
        if not isinstance(item, Mapping) or "params" not in item:
            raise ArgumentError(
                op,
                "a group is a dict with 'params'",
                where=user_frame(),
                hint='{"params": model.parameters(), "lr": 0.1}',
            )
        own = {key: value for key, value in item.items() if key not in ("params", "lr")}
        for key in own:
            choose("setting", key, {"lr": lr, **options})
        params = item["params"]
        parameters = checked(op, [params] if isinstance(params, Tensor) else params)
        found.append(Group(parameters, item.get("lr", lr), {**options, **own}, rate_name(number)))
    return found


def rate_name(number: int) -> str:
    """The name of a group's learning rate in the optimizer's state."""
    return f"lr_{number + 1}" if number else "lr"


def checked(op: str, parameters: Iterable[Any]) -> list[Parameter]:
    """Parameters as a list; ArgumentError for anything else, and for none."""
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
