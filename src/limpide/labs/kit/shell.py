"""Run a command line: user errors as one message without a traceback, and an exit code.

0 done, 1 an error of limpide, 2 wrong usage, 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

import typer
from rich.console import Console
from rich.text import Text

from limpide.errors import PACKAGE, LimpideError

INTERRUPTED = 130  # 128 + SIGINT, as shells count


def run(app: typer.Typer, args: Sequence[str] | None = None) -> int:
    """Run `app` with the arguments (those of the process by default) and return its exit code."""
    try:
        app(args=None if args is None else list(args))
    except SystemExit as done:
        code = done.code if isinstance(done.code, int) else int(done.code is not None)
    except LimpideError as error:
        if os.environ.get("LIMPIDE_TRACEBACK") == "full":
            raise
        show_error(error)
        return 1
    if code == INTERRUPTED:
        print("stopped by Ctrl-C", file=sys.stderr)
    return code


def show_error(error: LimpideError) -> None:
    """The error on stderr, in red; the user's line and the hint below."""
    ours = error.at is not None and error.at[0].startswith(PACKAGE)
    first, *rest = error.text(shown=error.at if ours else None).splitlines()
    console = Console(stderr=True, highlight=False)
    console.print(Text("error: ", style="bold red") + Text(first, style="red"), soft_wrap=True)
    for line in rest:
        console.print(Text(line), soft_wrap=True)


def command(main: Callable[..., Any], name: str) -> typer.Typer:
    """The command line of one function."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="rich")
    app.command(name, help=paragraphs(main.__doc__ or ""))(main)
    return app


def paragraphs(text: str) -> str:
    r"""A docstring with every paragraph on one line, for the terminal to wrap.

    >>> paragraphs("One.\n\n    Two\n    three.")
    'One.\n\nTwo three.'
    """
    return "\n\n".join(" ".join(part.split()) for part in inspect.cleandoc(text).split("\n\n"))


def start(main: Callable[..., Any], name: str) -> None:
    """Run a lab as `python -m limpide.labs.NAME` does."""
    sys.exit(run(command(main, name)))
