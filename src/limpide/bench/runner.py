"""What limpide and each of its peers are to the timing: forms of one workload that can be run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ..graph import Array
from .workloads import Kind, Problem


class Runner(Protocol):
    """One way of doing a workload."""

    def start(self) -> None:
        """Go back to the first values of the parameters."""

    def run(self, order: Array) -> None:
        """The work: training over the batches of rows `order`, a pass over the frames, or a call.

        Returns when all of it is done, also what a library does in the background.
        """

    def result(self) -> list[Array]:
        """The parameters as they are, in the shapes of `Problem.start`; or the value of the last call."""


Form = Callable[[Problem], Runner]


@dataclass(frozen=True)
class Library:
    """Something that runs workloads: for each kind its forms by name, of which the fastest counts.

    prepare: called once before anything runs, with the number of threads; gives the version.
    A kind that is not there is one that the library cannot do.
    """

    prepare: Callable[[int], str]
    forms: dict[Kind, dict[str, Form]]
