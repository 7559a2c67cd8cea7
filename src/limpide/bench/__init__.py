"""Benchmarks: limpide against its peers in one run, and its own budgets.

limpide bench
limpide bench W3 W5 --peers numpy --threads 1 --json figures.json
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from ..config import config
from ..errors import ArgumentError
from .measure import PEERS, Options, usable_peers
from .workloads import WORKLOADS

# Read by BLAS and OpenMP when they are loaded, so a process has to be started with them.
THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "LIMPIDE_THREADS")


def main(
    workloads: Annotated[
        list[str] | None, typer.Argument(help=f"Of {', '.join(WORKLOADS)}.  [default: all, and the budgets]")
    ] = None,
    peers: Annotated[
        str | None, typer.Option(help=f"Of {','.join(PEERS)}; '' for none.  [default: those installed]")
    ] = None,
    threads: Annotated[
        int | None,
        typer.Option(min=1, help="For limpide and for each peer.  [default: LIMPIDE_THREADS or all cores]"),
    ] = None,
    json: Annotated[Path | None, typer.Option(help="File for all the figures.")] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Less data and fewer rounds: a look, not a result.")
    ] = False,
) -> None:
    """Time limpide against NumPy and PyTorch on the same work, in turns, and check its budgets.

    All get the same data and the same first parameters, and must reach the same loss before they are timed.
    """
    chosen = [p for p in peers.split(",") if p] if peers is not None else usable_peers()
    known("workload", workloads or [], list(WORKLOADS))
    known("peer", chosen, list(PEERS))
    options = Options(
        workloads=list(dict.fromkeys(workloads or WORKLOADS)),
        peers=list(dict.fromkeys(chosen)),
        threads=threads or config.threads,
        json=None if json is None else str(json),
        quick=quick,
        budgets=not workloads,
    )
    raise typer.Exit(start(options))


def known(what: str, given: Sequence[str], names: Sequence[str]) -> None:
    """Raises ArgumentError for the first that is not one of the names."""
    for name in given:
        if name not in names:
            raise ArgumentError(
                "bench", f"there is no {what} '{name}'", hint=f"choose from {', '.join(names)}"
            )


def start(options: Options) -> int:
    """Measure in a process of its own and give its exit code."""
    environment = os.environ | dict.fromkeys(THREAD_VARIABLES, str(options.threads))
    return subprocess.call([sys.executable, "-m", "limpide.bench", options.text()], env=environment)
