"""Python 2 source: told from Python 3, converted in memory, with every line kept where the user wrote it."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any

from ...errors import MissingExtraError
from .division import divide

# What only Python 2 has. A program that binds such a name itself, or imports such a module under `try`,
# runs on both.
NAMES = {
    "xrange", "raw_input", "unicode", "unichr", "basestring", "long", "reduce", "file", "cmp", "execfile",
    "apply", "buffer", "intern", "reload",
}  # fmt: skip
MODULES = {
    "cPickle", "cStringIO", "StringIO", "urllib2", "urlparse", "ConfigParser", "Queue", "httplib", "Tkinter",
    "commands", "HTMLParser", "__builtin__", "copy_reg", "cookielib", "BaseHTTPServer", "SocketServer",
}  # fmt: skip
METHODS = {"has_key", "iteritems", "itervalues", "iterkeys"}

TRUE_DIVISION = re.compile(r"^from\s+__future__\s+import\b[^#\n]*\bdivision\b", re.MULTILINE)
TAB = 8

# Fixers that touch what is right as it is: style, and imports of neighbours, which `modules` resolves.
LEFT_OUT = ("buffer", "idioms", "import", "set_literal", "ws_comma")


def is_python2(tree: ast.Module) -> bool:
    """Whether a program that compiles as Python 3 was written for Python 2."""
    bound = set(_bound(tree))
    for node in _unguarded(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Load()) if name in NAMES - bound:
                return True
            case ast.Import(names=names) if any(each.name in MODULES for each in names):
                return True
            case ast.ImportFrom(module=module, level=0) if module in MODULES:
                return True
            case ast.Call(func=ast.Attribute(attr=attr)) if attr in METHODS - bound:
                return True
    return _range_of_quotient(tree)


def _bound(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                yield name
            case ast.alias(name=name, asname=asname):
                yield asname or name.split(".")[0]
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name


def _unguarded(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes outside of `try`, where a program probes which Python it has."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Try) and node.handlers:
            continue
        yield node
        yield from _unguarded(node)


def _range_of_quotient(tree: ast.Module) -> bool:
    """`range(n / m)`, also over a name: an error in Python 3 whatever the numbers are."""
    nodes = list(ast.walk(tree))
    stores = Counter(n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
    quotients: Counter[str] = Counter()
    for node in nodes:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if _is_quotient(value):
                quotients[name] += 1
    known = {name for name, count in quotients.items() if count == stores[name]}
    return any(
        _is_quotient(argument) or (isinstance(argument, ast.Name) and argument.id in known)
        for node in nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range"
        for argument in node.args
    )


def _is_quotient(node: ast.expr) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)


def convert(source: str, filename: str, true_division: bool = False) -> ast.Module:
    """The program of a Python 2 source, as Python 3 with the line numbers of the source.

    Division of integers gives integers, as in Python 2, unless `from __future__ import division` says
    otherwise. Raises SyntaxError where the source is not Python 2 either, MissingExtraError without fissix.
    """
    plain = straight(source)
    converted = _refactor(plain, filename)
    tree = ast.parse(converted, filename)
    _renumber(tree, _lines(plain, converted))
    return tree if true_division or TRUE_DIVISION.search(source) else divide(tree)


def straight(source: str) -> str:
    """Indentation by tabs as blanks, with a tab every 8 columns, as Python 2 took them."""
    lines = source.split("\n")
    for number, line in enumerate(lines):
        body = line.lstrip(" \t")
        indent = line[: len(line) - len(body)]
        if "\t" in indent:
            lines[number] = indent.expandtabs(TAB) + body
    return "\n".join(lines)


def _refactor(source: str, filename: str) -> str:
    refactor = _fissix()
    fixers = refactor.get_fixers_from_package("fissix.fixes")
    wanted = [name for name in fixers if name.rpartition(".fix_")[2] not in LEFT_OUT]
    tool = refactor.RefactoringTool(wanted)
    try:
        # The grammar wants a line's end at the end.
        return str(tool.refactor_string(source + "\n", filename))
    except Exception as error:  # its parser and tokenizer have errors of several unrelated kinds
        raise _syntax_error(error, source, filename) from None


def _syntax_error(error: Exception, source: str, filename: str) -> SyntaxError:
    context = getattr(error, "context", None)  # of a parser's error: (prefix, (line, column))
    line, column = context[1] if context else (None, None)
    lines = source.split("\n")
    text = lines[line - 1] if line and line <= len(lines) else None
    return SyntaxError("invalid syntax, in Python 2 too", (filename, line, (column or 0) + 1, text))


def _fissix() -> Any:
    try:
        from fissix import refactor
    except ImportError as error:
        raise MissingExtraError("fissix", "faces", "running Python 2 source") from error
    return refactor


def _lines(before: str, after: str) -> list[int]:
    """For each line of the converted source (from 1) the line that it was in the source."""
    old, new = before.split("\n"), after.split("\n")
    numbers = [0, *range(1, len(new) + 1)]
    if len(old) + 1 == len(new):  # no line came or went but the last line's end
        return numbers
    for _, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new, False).get_opcodes():
        for offset in range(new_to - new_from):
            numbers[new_from + offset + 1] = max(1, min(old_from + offset + 1, old_to))
    return numbers


def _renumber(tree: ast.Module, numbers: list[int]) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.expr | ast.stmt | ast.excepthandler | ast.arg | ast.keyword | ast.alias):
            first, last = node.lineno, node.end_lineno or node.lineno
            node.lineno = numbers[min(first, len(numbers) - 1)]
            node.end_lineno = max(node.lineno, numbers[min(last, len(numbers) - 1)])


def names() -> dict[str, Any]:
    """Builtins of Python 2 that no fixer replaces."""
    return {"cmp": lambda a, b: (a > b) - (a < b), "file": open}
