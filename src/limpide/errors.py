"""Errors that name the op, the user's own line and one hint."""

from __future__ import annotations

import os
import sys
import traceback
from types import CodeType, FrameType, TracebackType

PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep

Where = tuple[str, int]  # file and line of the user's code

LIBRARIES = {"numpy", "typer", "click"}  # they call, or call back, between the user's code and ours
LAUNCHERS = {"limpide", "limpide-script.py", "runpy.py"}

_is_internal: dict[CodeType, bool] = {}


class LimpideError(Exception):
    """Base of all errors: `[op] what is wrong`, the user's line, one hint.

    where: the line that built the node in question, where that is not the line that runs now.
    module, layer: the module of a network in which it happened, and its path and repr.
    """

    of_a_line = True  # whether the text tells the user's line that was running

    def __init__(self, op: str, what: str, *, where: Where | None = None, hint: str | None = None):
        self.op, self.what, self.where, self.hint = op, what, where, hint
        self.at = user_frame() if self.of_a_line else None
        self.module: object = None
        self.layer: str | None = None
        super().__init__(op, what)

    def __str__(self) -> str:
        return self.text()

    def text(self, shown: Where | None = None) -> str:
        """The whole text; the line `shown` is left out, because it stands above already."""
        lines = [f"[{self.op}] {self.what}"]
        if self.layer is not None:
            lines.append(f"  in layer {self.layer}")
        line = self.where or self.at
        if line is not None and line != shown:
            lines.append(f"  {'at' if line == self.at else 'built at'} {describe(line)}")
        if self.hint is not None:
            lines.append(f"  hint: {self.hint}")
        return "\n".join(lines)


class ShapeError(LimpideError, ValueError):
    """Shapes that do not go together."""


class DTypeError(LimpideError, TypeError):
    """Data types that an op does not take."""


class ArgumentError(LimpideError, TypeError):
    """A wrong, missing or unexpected argument."""


class IndexingError(LimpideError, IndexError):
    """An index outside of its axis, or of a kind that indexing does not take."""


class SymbolicError(LimpideError, TypeError):
    """A formula was used where a number is needed."""


class GradientError(LimpideError, ValueError):
    """A derivative that does not exist or was asked of something unrelated."""


class NumericsError(LimpideError, FloatingPointError):
    """A NaN or an Inf, found because it was asked for."""


class DataError(LimpideError, ValueError):
    """A data file that is damaged, missing or not what it says it is."""

    of_a_line = False


class CompilerError(LimpideError, RuntimeError):
    """The C compiler refused our own code: always a defect of limpide."""

    of_a_line = False


class CacheError(LimpideError, OSError):
    """The compile cache's folder cannot be used."""

    of_a_line = False


class UnknownNameError(LimpideError, AttributeError):
    """A public name that does not exist."""


class MissingExtraError(LimpideError, ImportError):
    """An optional dependency that is not installed."""

    of_a_line = False

    def __init__(self, package: str, extra: str, why: str):
        super().__init__(
            "import",
            f"{why} needs the package '{package}', which is not installed",
            hint=f"pip install 'limpide[{extra}]'",
        )


def user_frame() -> Where | None:
    """File and line of the innermost frame outside of this package, of NumPy and of the command line."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        code = frame.f_code
        internal = _is_internal.get(code)
        if internal is None:
            internal = _is_internal[code] = _hidden(code.co_filename)
        if not internal:
            return code.co_filename, frame.f_lineno
        frame = frame.f_back
    return None


def _hidden(filename: str) -> bool:
    lab = f"{PACKAGE}labs{os.sep}"
    if filename.startswith(PACKAGE):
        return not filename.startswith(lab)
    return _not_user_code(filename)


def _not_user_code(filename: str) -> bool:
    parts = filename.split(os.sep)
    return filename.startswith("<frozen") or parts[-1] in LAUNCHERS or not LIBRARIES.isdisjoint(parts)


def describe(where: Where) -> str:
    """`file.py:12: source line`."""
    import linecache

    filename, line = where
    source = linecache.getline(filename, line).strip()
    short = os.path.relpath(filename) if filename.startswith(os.getcwd() + os.sep) else filename
    return f"{short}:{line}: {source}" if source else f"{short}:{line}"


def user_traceback(tb: TracebackType | None) -> list[traceback.FrameSummary]:
    """The frames of a traceback that are the user's own."""
    return [frame for frame in traceback.extract_tb(tb) if not _hidden(frame.filename)]


def install_excepthook() -> None:
    """Show our errors without our own frames, unless LIMPIDE_TRACEBACK=full."""
    previous = sys.excepthook

    def hook(kind: type[BaseException], error: BaseException, tb: TracebackType | None) -> None:
        if not isinstance(error, LimpideError) or os.environ.get("LIMPIDE_TRACEBACK") == "full":
            previous(kind, error, tb)
            return
        frames = user_traceback(tb)
        shown = None
        if frames:
            print("Traceback (most recent call last):", file=sys.stderr)
            print("".join(traceback.format_list(frames)), end="", file=sys.stderr)
            shown = (frames[-1].filename, frames[-1].lineno or 0)
        print(f"{kind.__name__}: {error.text(shown)}", file=sys.stderr)

    sys.excepthook = hook
