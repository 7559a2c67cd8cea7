"""A lab as a notebook, made from the lab's one source: functions in cells, then the lesson step by step."""

from __future__ import annotations

import ast
import inspect
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, get_type_hints

from limpide.errors import ArgumentError, MissingExtraError
from limpide.io import write_atomically

RULER = re.compile(r"^# -{5,} (.+)$", re.MULTILINE)
BEHIND = ("What is behind it", "Ce qu'il y a derrière")
OPTIONS = ("Options", "Options")


class Cell(NamedTuple):
    """Markdown, or code."""

    text: str
    code: bool = True


def write(lab: ModuleType, path: str | os.PathLike[str], options: Mapping[str, Any] | None = None) -> Path:
    """Write a lab as a notebook; gives its path.

    options: values of main's arguments that go before its defaults. Raises MissingExtraError without
    jupytext, ArgumentError where the file cannot be written.
    """
    try:
        import jupytext
    except ImportError:
        raise MissingExtraError("jupytext", "notebooks", "a notebook") from None
    notebook = jupytext.reads(script(lab, options or {}), fmt="py:percent")
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number}"  # jupytext's differ from time to time
    notebook.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    place = Path(path)
    try:
        write_atomically(place, lambda beside: _put(beside, jupytext.writes(notebook, fmt="ipynb")))
    except OSError as error:
        why = error.strerror or str(error)
        raise ArgumentError("lab", f"{place} cannot be written: {why}") from error
    return place


def _put(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")


def script(lab: ModuleType, options: Mapping[str, Any]) -> str:
    """The notebook as a Python script in the percent format."""
    return "\n\n".join(_percent(cell) for cell in cells(lab, options)) + "\n"


def _percent(cell: Cell) -> str:
    if cell.code:
        return f"# %%\n{cell.text}"
    return "# %% [markdown]\n" + "\n".join(f"# {line}".rstrip() for line in cell.text.splitlines())


def cells(lab: ModuleType, options: Mapping[str, Any]) -> Iterator[Cell]:
    """What the lab's file says: what it is about, imports, functions by section; then its lesson in steps."""
    source = inspect.getsource(lab)
    tree = ast.parse(source)
    french = int(str(options.get("lang") or "") == "fr")
    name = lab.__name__.rpartition(".")[2]
    yield Cell(f"# {lab.TEXTS['title'][french]}\n\n{_markdown(lab.__doc__ or '')}", code=False)
    imports = [
        _absolute(_text(source, node))
        for node in tree.body
        if isinstance(node, (ast.Import, ast.ImportFrom)) and getattr(node, "module", "") != "kit.shell"
    ]
    own = f"from limpide.labs.{name} import TEXTS\nfrom limpide.labs.kit.shown import Notebook"
    yield Cell("\n".join([*imports, own]))
    yield from _definitions(source, tree)
    main = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "main")
    yield Cell(f"## {OPTIONS[french]}", code=False)
    yield Cell(_options(lab, options))
    yield from _lesson(source, main)
    yield Cell(f"## {BEHIND[french]}", code=False)
    yield Cell("explained(level=3)")


def _text(source: str, node: ast.stmt) -> str:
    """A statement with its decorators and the comments at the ends of its lines."""
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
    lines = source.splitlines()[first - 1 : node.end_lineno]
    return "\n".join(line[node.col_offset :] if line.strip() else "" for line in lines)


def _markdown(text: str) -> str:
    """A docstring, in which what is indented stays as it is."""
    return "\n".join(
        f"    {line[4:]}" if line.startswith("    ") else line for line in text.strip().splitlines()
    )


def _absolute(text: str) -> str:
    return re.sub(r"^from \.(\S*)", lambda found: f"from limpide.labs{'.' * bool(found[1])}{found[1]}", text)


def _definitions(source: str, tree: ast.Module) -> Iterator[Cell]:
    """Every function and class in a cell, constants that stand together in one; a ruler is a heading."""
    lines = source.splitlines()
    together: list[str] = []
    last = 0
    for node in tree.body:
        if isinstance(node, (ast.Import, ast.ImportFrom, ast.If, ast.Expr)) or _is_of_main(node):
            last = node.end_lineno or last
            continue
        heading = RULER.search("\n".join(lines[last : node.lineno - 1]))
        if together and (heading or isinstance(node, (ast.FunctionDef, ast.ClassDef))):
            yield Cell("\n".join(together))
            together = []
        last = node.end_lineno or last
        if isinstance(node, ast.FunctionDef) and node.name == "main":
            continue
        if heading:
            yield Cell(f"## {heading[1][0].upper()}{heading[1][1:]}", code=False)
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield Cell(_text(source, node))
        else:
            together.append(_text(source, node))
    if together:
        yield Cell("\n".join(together))


def _is_of_main(node: ast.stmt) -> bool:
    """Whether this is what only the command line needs: the texts and the types of its options."""
    if isinstance(node, ast.AnnAssign):
        return ast.unparse(node.target) == "TEXTS"
    return isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("Annotated[")


def _options(lab: ModuleType, options: Mapping[str, Any]) -> str:
    """The arguments of main as variables, each with what it is."""
    hints = get_type_hints(lab.main, include_extras=True)
    lines = []
    for name, parameter in inspect.signature(lab.main).parameters.items():
        value = options.get(name, parameter.default)
        shown = str(value) if isinstance(value, (Path, str)) else value
        about = getattr(getattr(hints[name], "__metadata__", [None])[0], "help", "")
        lines.append(f"{name} = {shown!r}" + (f"  # {about}" if about else ""))
    return "\n".join(lines)


def _lesson(source: str, main: ast.FunctionDef) -> Iterator[Cell]:
    """The body of main: what is before the lesson, and the lesson in steps."""
    *before, lesson = main.body[1:] if ast.get_docstring(main) else main.body
    if not isinstance(lesson, ast.With):
        raise ValueError("the last statement of a lab's main is its lesson")
    opened = re.sub(r"^Lesson\(", "Notebook(", ast.unparse(lesson.items[0].context_expr))
    start = [_text(source, node) for node in before]
    yield Cell("\n".join([*start, f"lesson = {opened}"]))
    step: list[str] = []
    for node in lesson.body:
        if step and _calls(node, ("heading",)):
            yield Cell("\n".join(step))
            step = []
        step.append(_text(source, node))
        if isinstance(node, (ast.Expr, ast.With)) and not _calls(node, ("heading", "say")):
            yield Cell("\n".join(step))
            step = []
    yield Cell("\n".join([*step, "lesson.done()"]))


def _calls(node: ast.stmt, words: Sequence[str]) -> bool:
    """Whether the statement is lesson.WORD(...)."""
    call = node.value if isinstance(node, ast.Expr) else None
    return isinstance(call, ast.Call) and ast.unparse(call.func) in [f"lesson.{word}" for word in words]
