"""Division of Python 2: between two integers it gives an integer, also between arrays of them."""

from __future__ import annotations

import ast
import os
import sys
from typing import Any

import numpy as np

DIVIDE = "__limpide_div__"
DIVIDE_BY = "__limpide_idiv__"

_floored: dict[tuple[str, int], None] = {}


def divide(tree: ast.Module) -> ast.Module:
    """The program with `a / b` as a call of `DIVIDE`, and `a /= b` of `DIVIDE_BY`, which `names` gives."""
    divided: ast.Module = ast.fix_missing_locations(_Divide().visit(tree))
    return divided


def names() -> dict[str, Any]:
    """What a divided program calls."""
    return {DIVIDE: div, DIVIDE_BY: idiv}


class _Divide(ast.NodeTransformer):
    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        return _call(DIVIDE, node.left, node.right, node) if isinstance(node.op, ast.Div) else node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt:
        self.generic_visit(node)
        if not isinstance(node.op, ast.Div):
            return node
        value = ast.parse(ast.unparse(node.target), mode="eval").body  # the target, to be read
        for part in ast.walk(value):
            ast.copy_location(part, node.target)
        assign = ast.Assign([node.target], _call(DIVIDE_BY, value, node.value, node))
        return ast.copy_location(assign, node)


def _call(name: str, left: ast.expr, right: ast.expr, at: ast.BinOp | ast.AugAssign) -> ast.expr:
    call = ast.Call(ast.Name(name, ast.Load()), [left, right, ast.Constant(at.lineno)], [])
    return ast.copy_location(call, at)


def div(a: Any, b: Any, line: int) -> Any:
    """`a / b` of Python 2; where that differs from Python 3 the caller's line is noted.

    >>> div(7, 2, 1), div(7, 2.0, 1), div(np.array([7, 8]), 2, 1)
    (3, 3.5, array([3, 4]))
    """
    if not (_integer(a) and _integer(b)):
        return a / b
    _note(a, b, sys._getframe(1).f_code.co_filename, line)
    return a // b


def idiv(a: Any, b: Any, line: int) -> Any:
    """`a /= b` of Python 2; arrays are changed in place."""
    if _integer(a) and _integer(b):
        _note(a, b, sys._getframe(1).f_code.co_filename, line)
        a //= b
    else:
        a /= b
    return a


def _integer(value: Any) -> bool:
    """Whether a number, an array or a symbolic tensor is one of integers."""
    if isinstance(value, int | np.integer):
        return True
    dtype = getattr(value, "dtype", None)
    name = dtype if isinstance(dtype, str) else getattr(dtype, "name", "")
    return isinstance(name, str) and name.startswith(("int", "uint"))


def _note(a: Any, b: Any, filename: str, line: int) -> None:
    exact = isinstance(a, int) and isinstance(b, int) and b != 0 and a % b == 0
    if not exact:
        _floored.setdefault((filename, line))


def floored() -> list[str]:
    """The lines where integers were divided with a remainder (or as arrays), as `file.py:12`."""
    return [f"{os.path.basename(filename)}:{line}" for filename, line in _floored]


def forget() -> None:
    """Start a new record."""
    _floored.clear()
