"""Errors of a script as Python shows them, without the frames of limpide and of the import system."""

from __future__ import annotations

import ast
import os
import runpy
import sys
import traceback
from traceback import FrameSummary
from types import TracebackType

from ...errors import PACKAGE, LimpideError

DRIVERS = (ast.__file__, runpy.__file__)  # they call, on our behalf, or call us
HEADER = "Traceback (most recent call last):"
CAUSE = "\nThe above exception was the direct cause of the following exception:\n"
CONTEXT = "\nDuring handling of the above exception, another exception occurred:\n"


def hidden(filename: str) -> bool:
    """Whether a frame is none that the user wants to see."""
    return filename.startswith((PACKAGE, "<frozen ")) or filename in DRIVERS


def frames(tb: TracebackType | None) -> list[FrameSummary]:
    """The frames of a traceback from the script on, without those of limpide."""
    return [frame for frame in traceback.extract_tb(tb) if not hidden(frame.filename)]


def text(error: BaseException) -> str:
    """The error with its traceback and what led to it."""
    if os.environ.get("LIMPIDE_TRACEBACK") == "full":
        return "".join(traceback.format_exception(error)).rstrip("\n")
    parts = []
    if error.__cause__ is not None:
        parts += [text(error.__cause__), CAUSE]
    elif error.__context__ is not None and not error.__suppress_context__:
        parts += [text(error.__context__), CONTEXT]
    return "\n".join([*parts, _alone(error)])


def _alone(error: BaseException) -> str:
    shown = frames(error.__traceback__)
    lines = [HEADER, "".join(traceback.format_list(shown)).rstrip("\n")] if shown else []
    if isinstance(error, LimpideError):
        last = (shown[-1].filename, shown[-1].lineno or 0) if shown else None
        return "\n".join([*lines, f"{type(error).__name__}: {error.text(last)}"])
    return "\n".join([*lines, "".join(traceback.format_exception_only(error)).rstrip("\n")])


def last_line(error: BaseException) -> str:
    """`ValueError: what is wrong`, in one line."""
    said = (error.text(error.at) if isinstance(error, LimpideError) else str(error)).strip()
    return f"{type(error).__name__}: {said.splitlines()[0] if said else ''}".rstrip(": ")


def place(error: BaseException) -> str | None:
    """`file.py:12`: the innermost line of the user's own."""
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        return f"{os.path.basename(error.filename)}:{error.lineno}"
    shown = frames(error.__traceback__)
    return f"{os.path.basename(shown[-1].filename)}:{shown[-1].lineno}" if shown else None


def show(error: BaseException) -> None:
    """Print the error on stderr, after what was printed before."""
    sys.stdout.flush()
    print(text(error), file=sys.stderr, flush=True)
