"""One whole run of the benchmarks, in a process whose number of threads is settled."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console

from . import machine, torch_peer
from .budgets import budgets
from .numpy_peer import NUMPY
from .ours import LIMPIDE
from .report import Findings, show
from .timing import compare
from .torch_peer import TORCH
from .workloads import WORKLOADS, problem

PEERS = {library.name: library for library in (NUMPY, TORCH)}
ROUNDS, QUICK_ROUNDS = 9, 3


@dataclass(frozen=True)
class Options:
    """What to run: names of workloads and peers, and where the figures go besides the screen."""

    workloads: list[str]
    peers: list[str]
    threads: int
    json: str | None = None
    quick: bool = False
    budgets: bool = True

    def text(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str) -> Options:
        return cls(**json.loads(text))


def usable_peers() -> list[str]:
    """The peers that are installed."""
    return [name for name in PEERS if name != "torch" or torch_peer.installed()]


def measure(options: Options, console: Console) -> Findings:
    """Run everything and print it. Raises LimpideError where runners disagree."""
    libraries = [LIMPIDE, *(PEERS[name] for name in options.peers)]
    versions = {library.name: library.prepare(options.threads) for library in libraries}
    findings = Findings(options.threads, machine.describe(), versions)
    rounds = QUICK_ROUNDS if options.quick else ROUNDS
    with console.status("") as status:
        for name in options.workloads:
            found = compare(
                problem(WORKLOADS[name], options.quick),
                libraries,
                rounds,
                lambda what, name=name: status.update(f"{name}, {what}"),  # type: ignore[misc]
            )
            findings.results.append(found)
        if options.budgets:
            findings.budgets = budgets(options.quick, status.update)
    findings.load_after = machine.load()
    show(findings.as_json(), console)
    if options.json is not None:
        Path(options.json).write_text(json.dumps(findings.as_json(), indent=1) + "\n", "utf-8")
    return findings
