"""Notebooks: read (formats 3 and 4), run cell by cell in one namespace, without a kernel."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from ...errors import DataError
from . import magics, python2, source
from .display import Display
from .figures import Figures
from .shell import Shell


@dataclass(frozen=True)
class Notebook:
    """The code cells of a notebook, and whether it says that it is Python 2."""

    cells: list[str]
    python2: bool | None


def read(path: Path) -> Notebook:
    """The code of a notebook. Raises DataError for what is not one."""
    try:
        content = json.loads(path.read_text("utf-8"))
        cells = content["cells"] if "cells" in content else _of_format_3(content)
        code = [_text(cell) for cell in cells if cell.get("cell_type") == "code"]
        return Notebook(code, _python2(content.get("metadata", {})))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DataError("notebook", f"{path} is not a notebook: {type(error).__name__}: {error}") from error


def _of_format_3(content: Any) -> list[Any]:
    return [cell for sheet in content["worksheets"] for cell in sheet["cells"]]


def _text(cell: Any) -> str:
    text = cell["source"] if "source" in cell else cell["input"]
    return text if isinstance(text, str) else "".join(str(line) for line in text)


def _python2(metadata: Any) -> bool | None:
    """What the notebook says about its Python; None where it says nothing."""
    language = str(metadata.get("language_info", {}).get("version", ""))
    kernel = str(metadata.get("kernelspec", {}).get("name", ""))
    if language.startswith("2") or kernel == "python2":
        return True
    return False if language.startswith("3") or kernel == "python3" else None


class Cells:
    """Runs a notebook's cells in the namespace of a module."""

    def __init__(
        self, name: str, module: ModuleType, language: source.Language, display: Display, figures: Figures
    ):
        self.name, self.language = name, language
        self.namespace = module.__dict__
        self.display, self.figures = display, figures
        self.shell = Shell(self.namespace, self.run_text)
        self.namespace["get_ipython"] = lambda: self.shell
        self.namespace["display"] = display.display
        self._true_division = False

    def run(self, number: int, text: str) -> None:
        """Run a cell and show the value of its last line."""
        filename = f"{self.name}[cell {number}]"
        source.remember(filename, text)
        self.run_text(text, filename)
        self.figures.save()

    def run_text(self, text: str, filename: str, show: bool = True) -> None:
        """Run the text of a cell, or of a part of one; show: the value of its last line, too."""
        cell = magics.CELL.match(text.lstrip("\n"))
        if cell is not None:
            self.shell.run_cell_magic(cell["name"], cell["line"].strip(), cell["body"])
            return
        self._true_division |= python2.TRUE_DIVISION.search(text) is not None
        tree = source.parse(magics.plain(text), filename, self.language, self._true_division)
        shown = self._last(tree, text) if show else None
        self._execute(tree, filename)
        if shown is not None:
            value = eval(compile(shown, filename, "eval", dont_inherit=True), self.namespace)
            self.namespace["_"] = value
            self.display.result(value)

    def _execute(self, tree: ast.Module, filename: str) -> None:
        exec(source.code(tree, filename), self.namespace)

    def _last(self, tree: ast.Module, text: str) -> ast.Expression | None:
        """Take the expression off that a cell ends with, unless a semicolon follows."""
        if not tree.body or not isinstance(tree.body[-1], ast.Expr) or text.rstrip().endswith(";"):
            return None
        last = tree.body.pop()
        assert isinstance(last, ast.Expr)
        return ast.Expression(last.value)


Failed = Callable[[int, BaseException], bool]  # the cell and its error -> whether to go on


def run(cells: Cells, notebook: Notebook, failed: Failed) -> None:
    """Run all cells, as far as `failed` lets them."""
    for number, text in enumerate(notebook.cells, 1):
        if not text.strip():
            continue
        try:
            cells.run(number, text)
        except BaseException as error:
            if not failed(number, error):
                return
