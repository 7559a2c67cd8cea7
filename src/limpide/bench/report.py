"""What the benchmarks found: as tables for people, as JSON for programs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table

from ..runtime.limits import Limits
from .budgets import Budget
from .timing import Result
from .work import fraction
from .worker import LIMPIDE

COLUMNS = 6  # workloads in one table, which then fits a narrow terminal
NOISY = 0.05  # share of all cores that others took, from which figures are marked


@dataclass
class Comparison:
    """All workloads with one number of threads. versions: by library."""

    threads: int
    versions: dict[str, str]
    results: list[Result]


@dataclass
class Findings:
    """Everything of one run of the command."""

    machine: dict[str, Any]
    limits: Limits | None
    comparisons: list[Comparison] = field(default_factory=list)
    budgets: list[Budget] = field(default_factory=list)
    load_after: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """Plain numbers and texts; times in milliseconds, every one that was taken."""
        return {
            "machine": self.machine | {"load_after": round(self.load_after, 2)},
            "limits": None if self.limits is None else asdict(self.limits),
            "runs": [self._run(c) for c in self.comparisons],
            "budgets": [asdict(b) | {"met": b.met} for b in self.budgets],
        }

    def _run(self, comparison: Comparison) -> dict[str, Any]:
        threads = comparison.threads
        rows = [workload_row(r, self.limits, threads) for r in comparison.results]
        base = {row["name"]: row["runs"].get(LIMPIDE) for row in rows}
        for row in rows:
            ours, plain = row["runs"].get(LIMPIDE), base.get(row["name"].removesuffix("s"))
            if row["shuffled"] and ours and plain:
                row["shuffling"] = ours["median_ms"] / plain["median_ms"]
        return {"threads": threads, "versions": comparison.versions, "workloads": rows}


def workload_row(result: Result, limits: Limits | None, threads: int) -> dict[str, Any]:
    """One workload in plain numbers. ratio: the best peer's time over limpide's."""
    problem, times = result.problem, result.times
    peers = [name for name in times if name != LIMPIDE]
    best = min(peers, key=lambda name: times[name].median, default=None)
    ours = times.get(LIMPIDE)
    return {
        "name": problem.workload.name,
        "title": problem.workload.title,
        "unit": problem.workload.unit,
        "shuffled": problem.workload.shuffled,
        "data": problem.source,
        "expected": result.expected,
        "runs": {
            name: {
                "form": t.form,
                "compile_s": t.compiled,
                "median_ms": t.median * 1e3,
                "ms": [s * 1e3 for s in t.seconds],
            }
            for name, t in times.items()
        },
        "left_out": result.left_out,
        "others": result.others,
        "best_peer": best,
        "ratio": times[best].median / ours.median if best and ours else None,
        "of_limit": fraction(problem, ours.median, limits, threads) if ours else None,
        "goal": problem.workload.goal,
    }


def show_machine(findings: dict[str, Any], console: Console) -> None:
    machine, limits = findings["machine"], findings["limits"]
    compiler = machine["compiler"] or "no C compiler: the NumPy device"
    console.print(
        f"{machine['processor']}, {machine['cores']} cores, {machine['system']}, "
        f"Python {machine['python']}, {compiler}",
        highlight=False,
    )
    if limits is not None:
        console.print(f"Limits: {limits_line(limits)}", highlight=False)
    if machine["load"] > 0.5:
        console.print("Other processes were running: these figures will be noisy.", style="yellow")


def limits_line(limits: dict[str, Any]) -> str:
    """What one and all threads can do at most."""
    flops, read = (f"{limits[n] / 1e9:.0f} / {limits[n + '_all'] / 1e9:.0f}" for n in ("flops_f32", "read"))
    return f"{flops} GFLOP/s, reading {read} GB/s (1 thread / {plural(limits['threads'], 'thread')})"


def plural(count: int, word: str) -> str:
    """
    >>> plural(1, "thread"), plural(2, "thread")
    ('1 thread', '2 threads')
    """
    return f"{count} {word}{'s' * (count != 1)}"


def show_run(run: dict[str, Any], console: Console) -> None:
    """The tables of one number of threads."""
    rows, libraries = run["workloads"], list(run["versions"])
    versions = ", ".join(f"{name} {version}" for name, version in run["versions"].items() if version)
    console.print(f"\n[bold]{plural(run['threads'], 'thread')}[/bold]: {versions}", highlight=False)
    if not rows:
        return
    console.print(ratio_table(rows))
    parts = [rows[i : i + COLUMNS] for i in range(0, len(rows), COLUMNS)]
    for title, cell in (("Milliseconds", _median), ("Seconds of compiling, with the first run", _compiled)):
        for part in parts:
            console.print(library_table(title, part, libraries, cell))
    for line in notes(rows):
        console.print(line, highlight=False)


def ratio_table(rows: Sequence[dict[str, Any]]) -> Table:
    table = Table(title="limpide against the best of its peers")
    for name in ("workload", "per"):
        table.add_column(name)
    for name in ("limpide, ms", "best peer, ms", "ratio", "goal", "of the limit"):
        table.add_column(name, justify="right")
    for row in rows:
        best = row["best_peer"]
        table.add_row(
            f"[bold]{row['name']}[/bold]",
            row["unit"],
            _median(row, LIMPIDE),
            f"{best} {_median(row, best)}" if best else "-",
            *_verdict(row),
            "-" if row["of_limit"] is None else f"{row['of_limit']:.0%}",
        )
    return table


def _verdict(row: dict[str, Any]) -> tuple[str, str]:
    ratio, goal = row["ratio"], row["goal"]
    if ratio is None:
        return "-", f"{goal:g}x"
    color, word = ("green", "met") if ratio >= goal else ("red", "missed")
    return f"{ratio:.2f}x", f"[{color}]{goal:g}x {word}[/{color}]"


def library_table(
    title: str,
    rows: Sequence[dict[str, Any]],
    libraries: Sequence[str],
    cell: Callable[[dict[str, Any], str], str],
) -> Table:
    """A line for each library, a column for each workload."""
    table = Table(title=title)
    table.add_column("library", no_wrap=True)
    for row in rows:
        table.add_column(row["name"], justify="right")
    for name in libraries:
        table.add_row(name, *(_marked(cell(row, name), name == row["best_peer"]) for row in rows))
    return table


def _marked(text: str, best: bool) -> str:
    return f"[bold]{text}[/bold]" if best else text


def _median(row: dict[str, Any], library: str) -> str:
    run = row["runs"].get(library)
    return "-" if run is None else milliseconds(run["median_ms"])


def _compiled(row: dict[str, Any], library: str) -> str:
    run = row["runs"].get(library)
    return "-" if run is None else f"{run['compile_s']:.1f}"


def milliseconds(value: float) -> str:
    """Three digits that count.

    >>> milliseconds(0.08312), milliseconds(12.34), milliseconds(99.97), milliseconds(2304.5)
    ('0.0831', '12.3', '100', '2,304')
    """
    return f"{value:,.0f}" if value >= 99.95 else f"{value:#.3g}"


def notes(rows: Sequence[dict[str, Any]]) -> list[str]:
    """What has to be said beside the figures."""
    lines = [f"{row['name']}: {row['title']}, {row['data']}." for row in rows]
    for row in rows:
        if "shuffling" in row:
            plain = row["name"].removesuffix("s")
            lines.append(f"{row['name']}: limpide takes {row['shuffling']:.2f} of the time of {plain}.")
    for library, reasons in left_out(rows).items():
        for why, names in reasons.items():
            lines.append(f"[yellow]{library} was not timed[/yellow] on {', '.join(names)}: {why}.")
    for row in rows:
        if row["others"] > NOISY:
            share = f"{row['others']:.0%} of the cores"
            lines.append(f"[yellow]{row['name']} is noisy[/yellow]: other processes took {share}.")
    return lines


def sources(rows: Sequence[dict[str, Any]]) -> dict[str, list[str]]:
    """Where the numbers came from, each source with its workloads."""
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row["data"], []).append(row["name"])
    return found


def left_out(rows: Sequence[dict[str, Any]]) -> dict[str, dict[str, list[str]]]:
    """By library and reason, the workloads that it was not timed on."""
    found: dict[str, dict[str, list[str]]] = {}
    for row in rows:
        for library, why in row["left_out"].items():
            found.setdefault(library, {}).setdefault(why, []).append(row["name"])
    return found


def show_budgets(budgets: Sequence[dict[str, Any]], console: Console) -> None:
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
    console.print(table)
