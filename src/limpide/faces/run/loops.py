"""Loops of the script's own code under `--quick`: every `for` and `while` asks whether it was enough.

`for x in xs` becomes `for x in rounds(xs, line)`; a loop that is cut jumps to the last item where the items
can be indexed, so that what a script does at the end of an epoch is done. `while test` becomes
`while test and again()`. Loops that yield are left alone: the rounds are those of whoever consumes them.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from .. import quick

ROUNDS = "__limpide_rounds__"
AGAIN = "__limpide_again__"
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def cap(tree: ast.Module) -> ast.Module:
    """The program with its loops asking `ROUNDS` and `AGAIN`, which `names` gives."""
    capped: ast.Module = ast.fix_missing_locations(_Cap().visit(tree))
    return capped


def names() -> dict[str, Any]:
    """What a capped program calls."""
    return {ROUNDS: rounds, AGAIN: again}


class _Cap(ast.NodeTransformer):
    def visit_For(self, node: ast.For) -> ast.For:
        self.generic_visit(node)
        if not _yields(node):
            arguments = [node.iter, ast.Constant(node.lineno)]
            node.iter = ast.copy_location(ast.Call(_name(ROUNDS), arguments, []), node.iter)
        return node

    def visit_While(self, node: ast.While) -> list[ast.stmt]:
        self.generic_visit(node)
        if _yields(node):
            return [node]
        asks = f"_limpide_again_{node.lineno}_{node.col_offset}"
        made = ast.Assign(
            [ast.Name(asks, ast.Store())], ast.Call(_name(AGAIN), [ast.Constant(node.lineno)], [])
        )
        node.test = ast.copy_location(
            ast.BoolOp(ast.And(), [node.test, ast.Call(_name(asks), [], [])]), node.test
        )
        return [ast.copy_location(made, node), node]


def _name(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def _yields(loop: ast.AST) -> bool:
    """Whether a round of the loop itself gives something to a consumer."""
    pending = list(ast.iter_child_nodes(loop))
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(node, FUNCTIONS):
            pending += ast.iter_child_nodes(node)
    return False


def rounds(items: Iterable[Any], line: int) -> Iterable[Any]:
    """The items for a loop at a line of the caller, fewer where it trains."""
    return _rounds(items, (sys._getframe(1).f_code.co_filename, line))


def _rounds(items: Iterable[Any], site: quick.Site) -> Iterator[Any]:
    loop = quick.Loop(site)
    done = 0
    for item in items:
        loop.begin()
        yield item
        done += 1
        if loop.enough():
            break
    else:
        return
    if not isinstance(items, range | list | tuple | np.ndarray):
        loop.cut(f"ended after {done} rounds")
    elif done < len(items):
        loop.cut(f"{done} and the last of {len(items)} rounds")
        yield items[-1]


def again(line: int) -> Callable[[], bool]:
    """What a `while` at a line of the caller asks before each round."""
    loop = quick.Loop((sys._getframe(1).f_code.co_filename, line))

    def asked() -> bool:
        if loop.enough():
            loop.cut(f"ended after {loop.rounds} rounds")
            return False
        loop.begin()
        return True

    return asked
