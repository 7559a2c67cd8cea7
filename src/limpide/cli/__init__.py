"""The command line `limpide`: labs, explanations, exports, course code, the machine, data, benchmarks.

Exit codes: 0 done, 1 an error, 2 wrong usage, 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from limpide import __version__
from limpide.faces.run import command
from limpide.labs.kit.shell import run

from . import data, doors, examination
from .export import export
from .lab import labs
from .serve import serve

EXAMPLES = "\n\n".join(
    (
        "[bold]Examples[/bold]",
        "limpide lab --list",
        "limpide lab logistic --epochs 20",
        "limpide explain logistic",
        "limpide export train.py:model --input 1x28x28:uint8",
        "limpide run --quick course/mnist_mlp.py",
        "limpide doctor",
    )
)

app = typer.Typer(
    name="limpide",
    help="Deep learning that you can see through.",
    epilog=EXAMPLES,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.add_typer(labs)
app.add_typer(data.app)
command.add(app)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"limpide {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Deep learning that you can see through."""


@app.command(
    epilog="[bold]Examples[/bold]\n\nlimpide explain mlp --level 2\n\nlimpide explain train.py:step\n\n"
    "limpide explain lenet --html lenet.html --times\n\n"
    "limpide explain model.py:net --shape 32,784 --html net.html"
)
def explain(
    target: Annotated[
        str,
        typer.Argument(metavar="TARGET", help="A lab, FILE.py:NAME or MODULE:NAME of a function or a model."),
    ],
    level: Annotated[
        int,
        typer.Option(
            min=1, max=5, help="1 formula, 2 and graph, 3 and passes, 4 and kernels, memory, 5 and C."
        ),
    ] = 5,
    html: Annotated[
        Path | None, typer.Option(help="File for the report as one page: code, graph and C linked.")
    ] = None,
    times: Annotated[bool, typer.Option("--times", help="Measure every kernel.")] = False,
    shape: Annotated[
        list[str] | None,
        typer.Option(help="Shape of an input, as 32,784; one for each, in order. A model needs them."),
    ] = None,
    save: Annotated[
        Path | None, typer.Option(help="File to write it to: .html, .txt, .svg (the graph) or .c.")
    ] = None,
) -> None:
    """Show all that stands between a formula and its C: graph, gradient, passes, kernels, memory, C."""
    report = doors.explanation(target, level, shape)
    if times:
        report.measure()
    if html is not None:
        print(doors.saved_page(report, html))
    if save is not None:
        print(doors.saved(report, save))
    if html is None and save is None:
        print(report)


app.command(
    epilog="[bold]Examples[/bold]\n\nlimpide export train.py:model --input 1x28x28:uint8\n\n"
    "limpide export train.py:model --train --input 20x28x28:uint8 --labels 20:uint8 --weights beside\n\n"
    "limpide export lab:audio --web page"
)(export)
app.command()(serve)


@app.command()
def doctor() -> None:
    """Examine this machine: compilers, CPU, threads, cache, extras, data. Exits with 1 if all is not well."""
    if not examination.report(Console(highlight=False)):
        raise typer.Exit(1)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
)
def bench(context: typer.Context) -> None:
    """Time limpide against NumPy, PyTorch, JAX and others; `limpide bench --help` tells its options."""
    doors.benchmark(context.args)


def main() -> None:
    """The console script."""
    sys.exit(run(app))
