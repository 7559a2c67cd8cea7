"""Put the figures of `benchmarks/figures.json` into `docs/benchmarks.md`, as tables.

limpide bench --json benchmarks/figures.json && python benchmarks/page.py
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from limpide.bench.report import milliseconds

REPOSITORY = Path(__file__).parents[1]
FIGURES = REPOSITORY / "benchmarks" / "figures.json"
PAGE = REPOSITORY / "docs" / "benchmarks.md"
BEGIN, END = "<!-- figures -->\n", "<!-- end of figures -->\n"


def tables(figures: dict[str, Any]) -> Iterator[str]:
    """The lines that stand between the two marks."""
    machine, libraries = figures["machine"], figures["versions"]
    yield f"{machine['processor']}, {machine['cores']} cores, {machine['system']};"
    versions = ", ".join(f"{name} {version}" for name, version in libraries.items())
    yield f"{figures['threads']} threads; {versions};"
    yield f"Python {machine['python']}, {machine['compiler']}. NumPy's matrix product reaches"
    yield f"{machine['matmul_gflops']:.0f} GFLOP/s here, copying {machine['copy_gbytes']:.0f} GB/s."
    yield f"Load average {machine['load']:.1f} before the run, {machine['load_after']:.1f} after it."
    yield ""
    yield f"| workload | data | {' | '.join(f'{name}, ms' for name in libraries)} | ratio | goal |"
    yield "|---|---|" + "---:|" * (len(libraries) + 2)
    for w in figures["workloads"]:
        times = " | ".join(_time(w["runs"].get(name)) for name in libraries)
        what = f"{w['name']} {w['title']}, per {w['unit']}"
        yield f"| {what} | {w['data']} | {times} | {w['ratio']:.2f} | {w['goal']} |"
    yield ""
    yield "| budget | measured | at most |"
    yield "|---|---:|---:|"
    for b in figures["budgets"]:
        note = f" ({b['note']})" if b["note"] else ""
        yield f"| {b['what']}{note} | {b['value']:.3g} {b['unit']} | {b['limit']:g} {b['unit']} |"


def _time(run: dict[str, Any] | None) -> str:
    if run is None:
        return "-"
    low, high = milliseconds(min(run["ms"])), milliseconds(max(run["ms"]))
    return f"{milliseconds(run['median_ms'])} ({low} to {high})"


def filled(page: str, figures: dict[str, Any]) -> str:
    """The page with these figures."""
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    lines = "\n".join(tables(figures))
    return f"{before}{BEGIN}\n{lines}\n\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text("utf-8"), json.loads(FIGURES.read_text("utf-8"))), "utf-8")
