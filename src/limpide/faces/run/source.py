"""A user's source: read, told apart by its Python, made ready to run with its own line numbers."""

from __future__ import annotations

import ast
import io
import linecache
import tokenize
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType
from typing import Any

from ...errors import MissingExtraError
from .. import quick
from . import division, loops, python2


@dataclass
class Language:
    """Which Python a project is written in: what was asked for, or what its sources showed so far."""

    python2: bool | None = None  # None: each source is looked at
    fixed: bool = False  # it was asked for
    converted: list[str] = field(default_factory=list)


def decode(content: bytes) -> str:
    """The text of a source by its encoding line; bytes that are not of it as Latin-1, as in old sources."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        text = content.decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError):
        text = content.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def parse(text: str, filename: str, language: Language, true_division: bool = False) -> ast.Module:
    """The program of a source, converted if it is Python 2. Raises SyntaxError as Python does.

    true_division: whether `/` of Python 2 is that of Python 3, whatever this part of the source says.
    """
    if language.python2 and language.fixed:
        return _converted(text, filename, language, true_division)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about old ways to write what still works
        try:
            tree = ast.parse(text, filename)
        except SyntaxError as error:
            if language.fixed:
                raise
            return _tried(text, filename, language, true_division, error)
    if language.python2 or (language.python2 is None and python2.is_python2(tree)):
        return _converted(text, filename, language, true_division)
    return tree


def _tried(
    text: str, filename: str, language: Language, true_division: bool, error: SyntaxError
) -> ast.Module:
    """As Python 2, or the error that Python 3 gave."""
    try:
        return _converted(text, filename, language, true_division)
    except MissingExtraError as missing:
        error.add_note(f"if this is Python 2: {missing.hint}")
    except SyntaxError:
        pass
    raise error from None


def _converted(text: str, filename: str, language: Language, true_division: bool) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = python2.convert(text, filename, true_division)
    if language.python2 is None:
        language.python2 = True
    language.converted.append(filename)
    return tree


def code(tree: ast.Module, filename: str) -> CodeType:
    """The program, compiled; in a quick run with loops that ask whether they were enough."""
    ready = tree if quick.policy() is None else loops.cap(tree)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        return compile(ready, filename, "exec", dont_inherit=True)


def remember(filename: str, text: str) -> None:
    """Let tracebacks show the lines of a source that is not a file as Python reads it."""
    linecache.cache[filename] = (len(text), None, [f"{line}\n" for line in text.split("\n")], filename)


def names() -> dict[str, Any]:
    """What programs call that were made ready here."""
    return {**division.names(), **loops.names(), **python2.names()}


def evidence(path: Path, seen: set[Path] | None = None) -> bool:
    """Whether a file, or a neighbour that it imports, is Python 2."""
    seen = set() if seen is None else seen
    if path in seen or not path.is_file():
        return False
    seen.add(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(decode(path.read_bytes()))
    except (SyntaxError, ValueError):
        return _compiles_as_python2(path)
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [each.name for each in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    return python2.is_python2(tree) or any(
        evidence(path.parent / f"{name}.py", seen) for name in sorted(imported)
    )


def _compiles_as_python2(path: Path) -> bool:
    try:
        python2.convert(decode(path.read_bytes()), str(path))
    except SyntaxError:
        return False
    return True
