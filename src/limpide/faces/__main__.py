"""`python -m limpide.faces SCRIPT [ARGS]`: the same as `limpide run SCRIPT [ARGS]`."""

from __future__ import annotations

import sys

import typer

from ..errors import LimpideError
from .run import command

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="rich")
command.add(app)

if __name__ == "__main__":
    try:
        app(prog_name="python -m limpide.faces")
    except LimpideError as error:
        sys.exit(f"error: {error}")
