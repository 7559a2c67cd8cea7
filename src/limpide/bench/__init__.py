"""Benchmarks: limpide against its peers in one run, and its own budgets.

limpide bench
limpide bench W3 W5 --peers numpy,jax-scan --threads 1 --json figures.json
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ..config import config
from ..errors import ArgumentError
from .measure import Options, measure
from .peers import PEERS, usable
from .peers.packages import require
from .workloads import WORKLOADS

QUICK_ROUNDS = 3
QUICK_PEERS = ("numpy", "torch", "jax-scan")  # which start fast
INTERRUPTED = 130  # the exit code after Ctrl-C


def main(
    workloads: Annotated[
        list[str] | None, typer.Argument(help=f"Of {', '.join(WORKLOADS)} (default: all, and the budgets).")
    ] = None,
    peers: Annotated[
        str | None, typer.Option(help=f"Of {','.join(PEERS)}; '' for none (default: those installed).")
    ] = None,
    threads: Annotated[
        str | None, typer.Option(help="One number or more, as 2,1 (default: all cores, then 1).")
    ] = None,
    rounds: Annotated[
        int | None,
        typer.Option(min=1, help="How often each is timed (default: 3 to 9, by length)."),
    ] = None,
    json: Annotated[Path | None, typer.Option(help="File for all the figures.")] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Less data, few peers and rounds: a look, not a result.")
    ] = False,
) -> None:
    """Time limpide against NumPy, PyTorch, JAX and others on the same work, in turns, and check its budgets.

    All get the same data and the same first parameters, and must reach the same loss before they are timed.
    """
    known("workload", workloads or [], list(WORKLOADS))
    options = Options(
        workloads=list(dict.fromkeys(workloads or WORKLOADS)),
        peers=chosen_peers(peers, quick),
        threads=chosen_threads(threads, quick),
        rounds=rounds or (QUICK_ROUNDS if quick else None),
        json=json,
        quick=quick,
        budgets=not workloads,
    )
    try:
        measure(options, Console())
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None


def chosen_peers(given: str | None, quick: bool) -> list[str]:
    """The named ones, which all have to be there; else those that are installed, and a line on the rest."""
    if given is not None:
        names = list(dict.fromkeys(p for p in given.split(",") if p))
        known("peer", names, list(PEERS))
        for name in names:
            require(PEERS[name].package)
        return names
    here = usable()
    missing = [name for name in PEERS if name not in here]
    if missing:
        print(f"Not installed, left out: {', '.join(missing)}; pip install 'limpide[bench]' brings them.")
    return [name for name in here if not quick or name in QUICK_PEERS]


def chosen_threads(given: str | None, quick: bool) -> list[int]:
    """The numbers of threads, each once."""
    if given is None:
        return [config.threads] if quick else list(dict.fromkeys((config.threads, 1)))
    counts = given.split(",")
    if not all(c.strip().isdigit() and int(c) > 0 for c in counts):
        raise ArgumentError("bench", f"--threads {given} is no list of numbers", hint="--threads 2,1")
    return list(dict.fromkeys(map(int, counts)))


def known(what: str, given: Sequence[str], names: Sequence[str]) -> None:
    """Raises ArgumentError for the first that is not one of the names."""
    for name in given:
        if name not in names:
            raise ArgumentError(
                "bench", f"there is no {what} '{name}'", hint=f"choose from {', '.join(names)}"
            )
