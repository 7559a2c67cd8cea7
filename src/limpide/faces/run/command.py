"""The command `limpide run`, also `python -m limpide.faces`."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from .options import Options

SETTINGS = {"allow_interspersed_args": False, "ignore_unknown_options": False}
EXAMPLES = "\n\n".join(
    (
        "[bold]Examples[/bold]",
        "limpide run mnist_mlp.py",
        "limpide run --quick train.py --learning-rate 0.1",
        "limpide run --keep-going lesson.ipynb",
    )
)


def command(
    script: Annotated[Path, typer.Argument(metavar="SCRIPT", help="A Python script (2 or 3) or a notebook.")],
    arguments: Annotated[
        list[str] | None,
        typer.Argument(metavar="ARGS", help="Everything after SCRIPT is the script's own."),
    ] = None,
    quick: Annotated[
        bool,
        typer.Option("--quick", help="Cut training short: one epoch, loops that train for seconds only."),
    ] = False,
    keep_going: Annotated[
        bool, typer.Option("--keep-going", help="In a notebook, go on after a cell that fails; exit with 1.")
    ] = False,
    synthetic_data: Annotated[
        bool, typer.Option("--synthetic-data", help="Make up data sets that are not on this machine.")
    ] = False,
    network: Annotated[bool, typer.Option("--network", help="Let the script use the network.")] = False,
    figures: Annotated[
        bool, typer.Option("--figures", help="Write figures to files even where there is a screen.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="For figures and the like (default: NAME-output).")
    ] = None,
    python: Annotated[
        int | None, typer.Option(min=2, max=3, help="The script's Python, 2 or 3 (default: see by its text).")
    ] = None,
    summary: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write what the run was as JSON.")
    ] = None,
) -> None:
    """Run course code in Theano, TensorFlow 1 or Keras as it stands, on limpide's engine.

    Inside of this run, `import theano`, `tensorflow` and `keras` give limpide's faces. Data come from
    limpide's data folders; figures are written to files where there is no screen; a summary at the end names
    what was missing.
    """
    options = Options(quick, keep_going, synthetic_data, network, figures, out, python, summary)
    driver = import_module(".session", __package__)  # other commands do not wait for what it imports
    raise typer.Exit(driver.run(script, arguments or [], options))


def add(app: typer.Typer) -> None:
    """Put the command into a command line, as `run`."""
    app.command("run", context_settings=SETTINGS, epilog=EXAMPLES)(command)
