"""How a program that was compiled before is found again before any pass runs: its key, what its calls need.

The key is a hash of everything that the machine code may depend on: the program as text, with the contents of
its constants; the settings; the files of this package; Python and NumPy; the compiler and the CPU. A program
with anything in it that cannot be written down exactly has no key, and goes through the passes every time.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache as once
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ..config import config, cores
from ..dtypes import C_TYPES
from ..errors import Where
from ..graph import Array, Cell, Literal, Node, Program
from ..ops.define import Op, input_op
from ..ops.loop import Body
from . import cache, limits, toolchain

FORMAT = "1"
CONSTANT_BYTES = 16 << 20  # constants are hashed; beyond this the passes are not much slower
FOLDED_BYTES = 1 << 20  # constants that passes have made are kept with the recipe
# Settings that no machine code depends on.
APART = ("debug", "check_numerics", "reuse", "background")
APART_VARIABLES = ("LIMPIDE_CACHE", "LIMPIDE_CACHE_SIZE", "LIMPIDE_DATA")


@dataclass(frozen=True)
class Check:
    """A position from data that C looks at.

    kind: "index" (into an axis of `size`) or "start" (of `length` elements, at one of `size` starts).
    """

    kind: str
    axis: int
    size: int
    length: int
    where: Where | None


@dataclass(frozen=True, eq=False)
class Recipe:
    """What calls of a library need to know besides the program.

    library: its key in the cache. arena: bytes of memory to give it. cells, constants: in the order in which
    it takes them. restores: a check may fail after state was written, so the caller has to put it back.
    """

    library: str
    arena: int
    threads: int
    restores: bool
    cells: Sequence[Cell]
    constants: Sequence[Array]
    checks: Sequence[Check]


class Unkeyed(Exception):
    """Something in a program cannot be written down exactly."""


class Identity:
    """A program written down: two with the same text compute the same."""

    def __init__(self, program: Program):
        self.nodes: list[Node] = []
        self.cells: list[Cell] = [cell for cell, _ in program.updates]
        self._number: dict[Node, int] = {}
        self._bodies: dict[Body, int] = {}
        self._bytes = 0
        self._lines = [program.name]
        inputs = self._all(program.inputs)
        outputs = self._all(program.outputs)
        updates = self._all([node for _, node in program.updates])
        self._lines += map(self._cell, self.cells)
        self.text = "\n".join([*self._lines, inputs, outputs, updates])

    def _all(self, roots: Sequence[Node]) -> str:
        """Numbers of the nodes, which are written down before, after all that they need."""
        stack = list(reversed(roots))
        while stack:
            node = stack[-1]
            waiting = [i for i in reversed(node.inputs) if i not in self._number]
            if node in self._number or not waiting:
                stack.pop()
                self._write(node)
            else:
                stack += waiting
        return ",".join(str(self._number[node]) for node in roots)

    def _write(self, node: Node) -> None:
        if node in self._number:
            return
        inputs = ",".join(str(self._number[i]) for i in node.inputs)
        attrs = ",".join(
            f"{k}={self._value(v)}"
            for k, v in node.attrs
            if k != "identity" or node.op is not input_op  # its number tells inputs apart
        )
        self._number[node] = len(self.nodes)
        self.nodes.append(node)
        assert isinstance(node.op, Op)
        result = f"{node.dtype.name}{node.shape}{node.name!r}"
        self._lines.append(f"{declaration(node.op)}({inputs};{attrs}){result}")

    def _value(self, value: Any) -> str:
        if value is None or type(value) in (bool, int, float, str):
            return repr(value)
        if type(value) in (tuple, list):
            return f"{type(value).__name__}({','.join(map(self._value, value))})"
        if isinstance(value, np.dtype):
            return f"dtype {value.name}"
        if isinstance(value, Literal):
            return f"array {self._array(value.array)}"
        if isinstance(value, Cell):
            return f"cell {self._position(value)}"
        if isinstance(value, Body):
            return f"body {self._body(value)}"
        raise Unkeyed(type(value).__name__)

    def _array(self, array: Array) -> str:
        self._bytes += array.nbytes
        if self._bytes > CONSTANT_BYTES:
            raise Unkeyed("large constants")
        content = hashlib.sha256(np.ascontiguousarray(array).data).hexdigest()
        return f"{array.dtype.name}{array.shape}{content}"

    def _cell(self, cell: Cell) -> str:
        return f"{cell.name!r}{cell.value.dtype.name}{cell.value.shape}{cell.trainable}"

    def _position(self, cell: Cell) -> int:
        if cell not in self.cells:
            self.cells.append(cell)
        return self.cells.index(cell)

    def _body(self, body: Body) -> int:
        if body not in self._bodies:
            inputs, outputs = self._all(body.inputs), self._all(body.outputs)
            self._lines.append(f"body {inputs};{outputs};{body.carries};{body.elements}")
            self._bodies[body] = len(self._bodies)
        return self._bodies[body]

    # ------------------------------------------------------------------------------------------ recipes
    @cached_property
    def key(self) -> str:
        """The name under which the recipe of this program is kept."""
        compiler = toolchain.require()
        chosen = [f.name for f in dataclasses.fields(config) if f.name not in APART]
        settings = [f"{name}={getattr(config, name)!r}" for name in chosen]
        settings += [f"{k}={v}" for k, v in sorted(os.environ.items()) if _matters(k)]
        target = [compiler.identity, *compiler.flags(), str(cores()), toolchain.cpu()]
        target += [repr(compiler.isa), repr(limits.current())]
        versions = [FORMAT, sys.version, str(object.__basicsize__), np.__version__, package_state()]
        name = re.sub(r"\W+", "_", self._lines[0])[:60]
        return cache.key(name, *versions, *target, *settings, self.text) + cache.RECIPE

    def store(self, recipe: Recipe) -> None:
        """Keep the recipe; not kept where it has to do with anything that the program does not."""
        with_where = [node.where for node in self.nodes]
        try:
            known = {
                **{name: getattr(recipe, name) for name in ("library", "arena", "threads", "restores")},
                "cells": [self.cells.index(cell) for cell in recipe.cells],
                "constants": [self._reference(array) for array in recipe.constants],
                "checks": [
                    [c.kind, c.axis, c.size, c.length, with_where.index(c.where)] for c in recipe.checks
                ],
            }
        except (ValueError, Unkeyed):
            return
        text = json.dumps(known)
        digest = hashlib.sha256(text.encode()).hexdigest()
        cache.write_note(self.key, f"{digest}\n{text}")

    def find(self) -> Recipe | None:
        """The recipe that was kept for this program; None if there is none, or it is damaged."""
        text = cache.read_note(self.key)
        if text is None:
            return None
        digest, _, content = text.partition("\n")
        if hashlib.sha256(content.encode()).hexdigest() != digest:
            return None
        try:
            return self._recipe(json.loads(content))
        except (ValueError, KeyError, TypeError, IndexError):
            return None

    def _recipe(self, known: dict[str, Any]) -> Recipe:
        """What was kept, in terms of this program; raises what a wrong content leads to."""
        library, arena, threads = known["library"], known["arena"], known["threads"]
        if not isinstance(library, str) or Path(library).name != library or arena < 0 or threads < 1:
            raise ValueError(library)
        checks = [
            Check(str(kind), int(axis), int(size), int(length), self.nodes[node].where)
            for kind, axis, size, length, node in known["checks"]
        ]
        cells = [self.cells[i] for i in known["cells"]]
        constants = [self._constant(reference) for reference in known["constants"]]
        return Recipe(library, int(arena), int(threads), bool(known["restores"]), cells, constants, checks)

    def _reference(self, array: Array) -> Any:
        """A constant: the number of its node, or its content where a pass has made it."""
        for i, node in enumerate(self.nodes):
            if node.op.name == "constant" and node.attr("value").array is array:
                return i
        if array.nbytes > FOLDED_BYTES:
            raise Unkeyed("large constants")
        return [array.dtype.name, array.shape, base64.b64encode(array.tobytes()).decode()]

    def _constant(self, reference: Any) -> Array:
        if isinstance(reference, int):
            array: Array = self.nodes[reference].attr("value").array
            return array
        kind, shape, content = reference
        dtype = next((d for d in C_TYPES if d.name == kind), None)
        if dtype is None:
            raise ValueError(kind)
        return np.frombuffer(base64.b64decode(content), dtype).reshape(shape)


def _matters(variable: str) -> bool:
    """Whether it may change what is compiled; those that `config` has read are looked at there."""
    setting = variable.removeprefix("LIMPIDE_")
    return setting != variable and not hasattr(config, setting.lower()) and variable not in APART_VARIABLES


# What an op's declaration has that no machine code depends on.
UNUSED = ("grad", "grads", "doc", "domain", "examples")


@once
def declaration(op: Op) -> str:
    """An op as text. Its functions are code of this package or NumPy's, whose versions are in the key.

    Raises Unkeyed for functions of others.
    """
    parts = [op.name]
    for field in dataclasses.fields(op):
        value = getattr(op, field.name)
        if field.name in UNUSED:
            continue
        if not callable(value):
            parts.append(repr(value))
        elif not _of_known_version(value):
            raise Unkeyed(f"{op.name} is declared elsewhere")
    return " ".join(parts)


def _of_known_version(function: Any) -> bool:
    module = getattr(function, "__module__", None) or ""
    return module.split(".")[0] in ("limpide", "numpy") or (
        isinstance(function, np.ufunc) and getattr(np, function.__name__, None) is function
    )


@once
def package_state() -> str:
    """The version of this package's code: the names, sizes and times of its files."""
    root = Path(__file__).parent.parent
    lines = []
    folders = [str(root)]
    while folders:
        with os.scandir(folders.pop()) as items:
            for item in items:
                if item.is_dir() and item.name != "__pycache__":
                    folders.append(item.path)
                elif item.name.endswith((".py", ".h", ".c")):
                    status = item.stat()
                    lines.append(f"{item.path} {status.st_size} {status.st_mtime_ns}")
    return "\n".join(sorted(lines))
