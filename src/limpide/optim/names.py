"""Optimisers by name."""

from __future__ import annotations

from ..errors import ArgumentError, user_frame
from ..nn.words import choose
from .adam import Adam, Adamax, AdamW, NAdam, RAdam
from .optimizer import Optimizer
from .rules import SGD, Adadelta, Adagrad, Lion, RMSProp

NAMES: dict[str, type[SGD | RMSProp | Adagrad | Adadelta | Adam | Adamax | NAdam | RAdam | Lion]] = {
    "sgd": SGD,
    "rmsprop": RMSProp,
    "adagrad": Adagrad,
    "adadelta": Adadelta,
    "adam": Adam,
    "adamw": AdamW,
    "adamax": Adamax,
    "nadam": NAdam,
    "radam": RAdam,
    "lion": Lion,
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
