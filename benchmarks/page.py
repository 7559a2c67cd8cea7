"""Put the figures of `benchmarks/figures.json` into `docs/benchmarks.md`, as tables.

limpide bench --json benchmarks/figures.json && python benchmarks/page.py
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from limpide.bench.report import NOISY, left_out, limits_line, milliseconds, plural, sources

REPOSITORY = Path(__file__).parents[1]
FIGURES = REPOSITORY / "benchmarks" / "figures.json"
PAGE = REPOSITORY / "docs" / "benchmarks.md"
BEGIN, END = "<!-- figures -->\n", "<!-- end of figures -->\n"

Rows = Sequence[dict[str, Any]]


def figures(found: dict[str, Any]) -> Iterator[str]:
    """The lines that stand between the two marks."""
    yield from machine(found)
    for run in found["runs"]:
        yield from ["", f"### {plural(run['threads'], 'thread')}", "", *overview(run["workloads"])]
        yield from remarks(run["workloads"])
    yield from ["", "### Each workload", ""]
    names = dict.fromkeys(row["name"] for run in found["runs"] for row in run["workloads"])
    for name in names:
        yield from workload(name, found["runs"])
    if found["budgets"]:
        yield from ["### Budgets", "", *budgets(found["budgets"])]


def machine(found: dict[str, Any]) -> Iterator[str]:
    about = found["machine"]
    versions = {name: v for run in found["runs"] for name, v in run["versions"].items() if v}
    yield f"{about['processor']}, {about['cores']} cores, {about['system']}; Python {about['python']},"
    yield f"{about['compiler'] or 'no C compiler: the NumPy device'};"
    yield ", ".join(f"{name} {version}" for name, version in versions.items()) + "."
    if found["limits"] is not None:
        yield f"Limits of the machine: {limits_line(found['limits'])}."
    yield f"Load average {about['load']:.1f} before the run, {about['load_after']:.1f} after it."


def overview(rows: Rows) -> Iterator[str]:
    yield "| workload | limpide, ms | best peer, ms | ratio | goal | of the limit |"
    yield "|---|---:|---:|---:|---:|---:|"
    for row in rows:
        best, ours = row["best_peer"], row["runs"].get("limpide")
        cells = [
            f"{row['name']} {_text(row['title'])}, per {row['unit']}",
            milliseconds(ours["median_ms"]) if ours else "-",
            f"{best} {milliseconds(row['runs'][best]['median_ms'])}" if best else "-",
            "-" if row["ratio"] is None else f"{row['ratio']:.2f}",
            f"{row['goal']:g}",
            "-" if row["of_limit"] is None else f"{row['of_limit']:.0%}",
        ]
        yield f"| {' | '.join(cells)} |"


def remarks(rows: Rows) -> Iterator[str]:
    yield ""
    for source, names in sources(rows).items():
        yield f"{', '.join(names)}: {source}."
    costs = [f"{row['name']} {row['shuffling']:.2f}" for row in rows if "shuffling" in row]
    if costs:
        yield f"Time of limpide with shuffled batches over that with batches in order: {', '.join(costs)}."
    noisy = [f"{row['name']} {row['others']:.0%}" for row in rows if row["others"] > NOISY]
    if noisy:
        yield f"Noisy, since other processes took this share of the cores: {', '.join(noisy)}."
    for library, reasons in left_out(rows).items():
        for why, names in reasons.items():
            yield f"{library} was not timed on {', '.join(names)}: {why}."


def workload(name: str, runs: Rows) -> Iterator[str]:
    """All libraries on one workload: median (fastest to slowest round) by number of threads."""
    rows = {r["threads"]: row for r in runs for row in r["workloads"] if row["name"] == name}
    first = next(iter(rows.values()))
    title, goal = _text(first["title"]), f"{first['goal']:g} times the best peer"
    yield f"**{name}** {title}, ms per {first['unit']}; goal: {goal}."
    yield ""
    titles = " | ".join(plural(count, "thread") for count in rows)
    yield f"| library | form | {titles} | first run, s |"
    yield "|---|---|" + "---:|" * (len(rows) + 1)
    libraries = dict.fromkeys(library for row in rows.values() for library in row["runs"])
    for library in libraries:
        timed = {count: row["runs"].get(library) for count, row in rows.items()}
        one = next(filter(None, timed.values()))
        times = " | ".join(map(_time, timed.values()))
        yield f"| {library} | {one['form']} | {times} | {one['compile_s']:.1f} |"
    yield ""


def _text(title: str) -> str:
    """With stars that are no emphasis."""
    return title.replace("*", r"\*")


def _time(run: dict[str, Any] | None) -> str:
    if run is None:
        return "-"
    low, high = milliseconds(min(run["ms"])), milliseconds(max(run["ms"]))
    return f"{milliseconds(run['median_ms'])} ({low} to {high})"


def budgets(found: Rows) -> Iterator[str]:
    yield "| budget | measured | at most |"
    yield "|---|---:|---:|"
    for b in found:
        note = f" ({b['note']})" if b["note"] else ""
        yield f"| {b['what']}{note} | {b['value']:.3g} {b['unit']} | {b['limit']:g} {b['unit']} |"


def filled(page: str, found: dict[str, Any]) -> str:
    """The page with these figures."""
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    lines = "\n".join(figures(found)).rstrip()
    return f"{before}{BEGIN}\n{lines}\n\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text("utf-8"), json.loads(FIGURES.read_text("utf-8"))), "utf-8")
