"""One whole run of the benchmarks."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from . import machine
from .agreement import reference
from .budgets import budgets
from .report import Comparison, Findings, show_budgets, show_machine, show_run
from .team import team
from .timing import compare
from .worker import LIMPIDE
from .workloads import WORKLOADS, problem


@dataclass(frozen=True)
class Options:
    """What to run: names of workloads and peers, numbers of threads, rounds; json: for all the figures."""

    workloads: list[str]
    peers: list[str]
    threads: list[int]
    rounds: int | None = None
    json: Path | None = None
    quick: bool = False
    budgets: bool = True


class Expected(dict[str, float]):
    """By workload, the number that all have to agree on; worked out when it is first needed."""

    def __init__(self, quick: bool):
        super().__init__()
        self.quick = quick

    def __missing__(self, name: str) -> float:
        self[name] = reference(problem(WORKLOADS[name], self.quick))
        return self[name]


def measure(options: Options, console: Console) -> Findings:
    """Run everything and print it, one number of threads after the other."""
    findings = Findings(machine.describe(), machine.measured_limits())
    expected = Expected(options.quick)
    show_machine(findings.as_json(), console)
    with console.status("") as status:
        for threads in options.threads:
            findings.comparisons.append(comparison(options, threads, expected, status.update))
            show_run(findings.as_json()["runs"][-1], console)
        if options.budgets:
            findings.budgets = budgets(options.quick, status.update)
            show_budgets(findings.as_json()["budgets"], console)
    findings.load_after = machine.load()
    if options.json is not None:
        options.json.write_text(json.dumps(findings.as_json(), indent=1) + "\n", "utf-8")
    return findings


def comparison(options: Options, threads: int, expected: Expected, tell: Callable[[str], None]) -> Comparison:
    """All workloads with this number of threads."""
    tell("the libraries start")
    with team([LIMPIDE, *options.peers], threads) as members:
        results = []
        for name in options.workloads:
            tell(f"{name}, float64")
            found = compare(
                problem(WORKLOADS[name], options.quick),
                expected[name],
                members,
                options.rounds,
                options.quick,
                lambda what, name=name: tell(f"{name}, {threads} threads: {what}"),  # type: ignore[misc]
            )
            results.append(found)
        return Comparison(threads, {m.name: m.version for m in members}, results)
