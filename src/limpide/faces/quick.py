"""`limpide run --quick`: how much of a training is left in a smoke run. Faces ask here.

A face caps the counts that its own calls take, at the place where they are used:

    for epoch in range(quick.epochs(epochs)):
        for batch in range(quick.steps(batches)):

Every cap that bites is noted once, for the summary of the run. Outside of a quick run nothing is capped.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import user_frame


@dataclass(frozen=True)
class Policy:
    """The caps: epochs of a `fit`, steps (batches) of an epoch, rounds and seconds of a script's own loop."""

    epochs: int = 1
    steps: int = 20
    rounds: int = 2
    seconds: float = 5.0


_policy: Policy | None = None
_notes: dict[str, None] = {}


def start(policy: Policy | None) -> None:
    """Set the policy of this process; None for full runs."""
    global _policy
    _policy = policy
    _notes.clear()


def policy() -> Policy | None:
    """The policy of a quick run, or None."""
    return _policy


def epochs(asked: int) -> int:
    """How many epochs of the asked ones are run.

    >>> epochs(20)
    20
    """
    return asked if _policy is None else _capped("epochs", asked, _policy.epochs)


def steps(asked: int) -> int:
    """How many steps (batches) of an epoch are run."""
    return asked if _policy is None else _capped("steps", asked, _policy.steps)


def _capped(what: str, asked: int, most: int) -> int:
    if asked <= most:
        return asked
    where = user_frame()
    note(f"{most} of {asked} {what}" + (f" (line {where[1]})" if where else ""))
    return most


def note(text: str) -> None:
    """Tell in the summary that something was cut short."""
    _notes[text] = None


def notes() -> list[str]:
    """What was cut short so far."""
    return list(_notes)
