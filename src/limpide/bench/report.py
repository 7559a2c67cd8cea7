"""What the benchmarks found: as tables for people, as JSON for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table

from .budgets import Budget
from .timing import Result


@dataclass
class Findings:
    """Everything of one run."""

    threads: int
    machine: dict[str, Any]
    versions: dict[str, str]
    results: list[Result] = field(default_factory=list)
    budgets: list[Budget] = field(default_factory=list)
    load_after: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """Plain numbers and texts; times in milliseconds, every one that was taken."""
        return {
            "threads": self.threads,
            "machine": self.machine | {"load_after": round(self.load_after, 2)},
            "versions": self.versions,
            "workloads": list(map(_result, self.results)),
            "budgets": [
                {
                    "what": b.what,
                    "value": b.value,
                    "limit": b.limit,
                    "unit": b.unit,
                    "note": b.note,
                    "met": b.met,
                }
                for b in self.budgets
            ],
        }


def _result(result: Result) -> dict[str, Any]:
    workload = result.problem.workload
    return {
        "name": workload.name,
        "title": workload.title,
        "unit": workload.unit,
        "data": result.problem.source,
        "agreed": result.measure,
        "runs": {
            name: {
                "form": times.form,
                "median_ms": times.median * 1e3,
                "ms": [s * 1e3 for s in times.seconds],
            }
            for name, times in result.times.items()
        },
        "best_peer": result.best_peer,
        "ratio": result.ratio,
        "goal": workload.goal,
    }


def show(findings: dict[str, Any], console: Console) -> None:
    """The tables of what `Findings.as_json` gives."""
    show_machine(findings, console)
    if findings["workloads"]:
        console.print(workload_table(findings["workloads"], list(findings["versions"])))
        for line in data_lines(findings["workloads"]):
            console.print(line)
        console.print(
            "All agree on the result to 1e-4 before anything is timed; "
            "medians of runs in turns; ratio: the best peer's time over limpide's.",
            style="dim",
        )
    if findings["budgets"]:
        console.print(budget_table(findings["budgets"]))


def show_machine(findings: dict[str, Any], console: Console) -> None:
    machine = findings["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in findings["versions"].items())
    compiler = machine["compiler"] or "no C compiler: the NumPy device"
    console.print(f"{machine['processor']}, {machine['cores']} cores, {machine['system']}", highlight=False)
    console.print(
        f"{plural(findings['threads'], 'thread')}; {versions}; Python {machine['python']}; {compiler}",
        highlight=False,
    )
    console.print(
        f"NumPy's matmul {machine['matmul_gflops']:.0f} GFLOP/s, copying {machine['copy_gbytes']:.0f} GB/s; "
        f"load average {machine['load']:.1f} before, {machine['load_after']:.1f} after",
        highlight=False,
    )
    if machine["load"] > 0.5:
        console.print("Other processes were running: these figures are noisy.", style="yellow")


def plural(count: int, word: str) -> str:
    """
    >>> plural(1, "thread"), plural(2, "thread")
    ('1 thread', '2 threads')
    """
    return f"{count} {word}{'s' * (count != 1)}"


def workload_table(workloads: Sequence[dict[str, Any]], libraries: Sequence[str]) -> Table:
    table = Table(title="Training and arithmetic, ms")
    table.add_column("workload")
    table.add_column("per")
    for name in libraries:
        table.add_column(name, justify="right")
    table.add_column("ratio", justify="right")
    table.add_column("goal", justify="right")
    for w in workloads:
        cells = [_time(w, name) for name in libraries]
        table.add_row(f"[bold]{w['name']}[/bold] {w['title']}", w["unit"], *cells, *_verdict(w))
    return table


def _time(workload: dict[str, Any], library: str) -> str:
    run = workload["runs"].get(library)
    if run is None:
        return "-"
    text = milliseconds(run["median_ms"])
    return f"[bold]{text}[/bold]" if library == workload["best_peer"] else text


def milliseconds(value: float) -> str:
    """Three digits that count.

    >>> milliseconds(0.08312), milliseconds(12.34), milliseconds(2304.5)
    ('0.0831', '12.3', '2,304')
    """
    return f"{value:,.0f}" if value >= 100 else f"{value:#.3g}"


def _verdict(workload: dict[str, Any]) -> tuple[str, str]:
    ratio, goal = workload["ratio"], workload["goal"]
    if ratio is None:
        return "-", f"{goal:g}x"
    return (
        f"{ratio:.2f}x",
        f"[green]{goal:g}x met[/green]" if ratio >= goal else f"[red]{goal:g}x missed[/red]",
    )


def data_lines(workloads: Sequence[dict[str, Any]]) -> list[str]:
    """Where the numbers came from, each source once."""
    sources: dict[str, list[str]] = {}
    for w in workloads:
        sources.setdefault(w["data"], []).append(w["name"])
    return [f"{', '.join(names)}: {source}." for source, names in sources.items()]


def budget_table(budgets: Sequence[dict[str, Any]]) -> Table:
    table = Table(title="Budgets")
    table.add_column("what")
    table.add_column("measured", justify="right")
    table.add_column("at most", justify="right")
    table.add_column("")
    table.add_column("note")
    for b in budgets:
        verdict = "[green]met[/green]" if b["met"] else "[red]missed[/red]"
        table.add_row(
            b["what"], f"{b['value']:.3g} {b['unit']}", f"{b['limit']:g} {b['unit']}", verdict, b["note"]
        )
    return table
