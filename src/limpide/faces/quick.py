"""`limpide run --quick`: how much of a training is left in a smoke run. Faces ask here.

A face caps the counts that its own calls take, and tells when a call of the script ran compiled code:

    for epoch in range(quick.epochs(epochs)):
        for batch in range(quick.steps(batches)):
            quick.tick()

Loops in the script's own code are cut by `Loop`: one that trains (with a tick in its rounds) stops after
`Policy.rounds` rounds once it has used up its time, others only where they are very long. Every cap that
bites is noted once, for the summary of the run. Outside of a quick run nothing is capped.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass

from ..errors import user_frame

Site = tuple[str, int]  # file and line of a loop


@dataclass(frozen=True)
class Policy:
    """The caps: epochs of a `fit`, steps and seconds of its first epoch; rounds and seconds of loops.

    Later epochs of a `fit` have a piece each, until it took the seconds of `fit`. A loop that trains has at
    least `rounds` rounds each time it is entered and goes on for the seconds of a `visit`, then until all its
    visits took `seconds`. After all such loops took `together`, rounds are all. A loop that runs no compiled
    code ends after the seconds of `others`.
    """

    epochs: int = 100
    steps: int = 100
    epoch: float = 6.0
    fit: float = 12.0
    rounds: int = 2
    visit: float = 0.5
    seconds: float = 3.0
    together: float = 20.0
    others: float = 15.0


class _State:
    """What this process knows about its quick run."""

    def __init__(self, policy: Policy | None):
        self.policy = policy
        self.ticks = 0
        self.started: float | None = None  # when the first training loop ended a round
        self.spent: dict[Site, float] = {}
        self.notes: dict[str, None] = {}
        self.cut: set[Site] = set()


_state = _State(None)


def start(policy: Policy | None) -> None:
    """Set the policy of this process; None for full runs."""
    global _state
    _state = _State(policy)


def policy() -> Policy | None:
    """The policy of a quick run, or None."""
    return _state.policy


def tick() -> None:
    """A call of the script ran compiled code: the loop around it trains or evaluates."""
    _state.ticks += 1


def epochs(asked: int) -> int:
    """How many epochs of the asked ones are run.

    >>> epochs(20)
    20
    """
    return asked if _state.policy is None else _capped("epochs", asked, _state.policy.epochs)


def steps(asked: int) -> int:
    """How many steps (batches) of an epoch are run."""
    return asked if _state.policy is None else _capped("steps", asked, _state.policy.steps)


class Fit:
    """The time of a `fit` that begins: its first epoch has seconds, later ones a piece each."""

    def __init__(self) -> None:
        self.began = time.perf_counter()
        self.epochs = 0

    def epoch(self) -> Callable[[], bool]:
        """An epoch begins; gives what to ask after each piece of it: whether its time is over."""
        self.epochs += 1
        first, began = self.epochs == 1, time.perf_counter()

        def over() -> bool:
            policy = _state.policy
            ends = policy is not None and (not first or time.perf_counter() - began >= policy.epoch)
            if ends:
                note("epochs of fit ended early")
            return ends

        return over

    def over(self) -> bool:
        """Whether no other epoch should begin."""
        policy = _state.policy
        return policy is not None and time.perf_counter() - self.began >= policy.fit


def _capped(what: str, asked: int, most: int) -> int:
    if asked <= most:
        return asked
    where = user_frame()
    note(f"{most} of {asked} {what}" + (f" (line {where[1]})" if where else ""))
    return most


def note(text: str) -> None:
    """Tell in the summary that something was cut short."""
    _state.notes[text] = None


def notes() -> list[str]:
    """What was cut short so far."""
    return list(_state.notes)


class Loop:
    """One visit of a loop of the script, asked after every round whether it was enough."""

    def __init__(self, site: Site):
        self.site = site
        self.rounds, self.took = 0, 0.0
        self.begin()

    def begin(self) -> None:
        """A round begins."""
        self.ticks, self.since = _state.ticks, time.perf_counter()

    def enough(self) -> bool:
        """A round has ended: whether it was the last one to run."""
        policy, now = _state.policy, time.perf_counter()
        self.took += now - self.since
        if policy is None:
            return False
        if _state.ticks == self.ticks:
            return self.took >= policy.others
        if _state.started is None:
            _state.started = self.since
        self.rounds += 1
        spent = _state.spent[self.site] = _state.spent.get(self.site, 0.0) + now - self.since
        if self.rounds < policy.rounds:
            return False
        visited = self.took >= policy.visit and spent >= policy.seconds
        return visited or now - _state.started >= policy.together

    def cut(self, what: str) -> None:
        """Note what became of the loop, once for each place."""
        if self.site not in _state.cut:
            _state.cut.add(self.site)
            note(f"{os.path.basename(self.site[0])}:{self.site[1]}: {what}")
