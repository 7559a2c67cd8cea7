"""What belongs together on the page: nodes, the user's lines, modules, kernels and lines of C, by number."""

from __future__ import annotations

import linecache
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..codegen.c import Lowered
from ..codegen.sharing import Function
from ..errors import Where
from ..graph import Literal, Node, Program, Scope, walk
from ..ops.define import constant_op, constant_value
from ..ops.loop import scan_op
from ..schedule import BlockKernel, Kernel, LoopKernel, MatmulKernel, ScanKernel
from ..schedule.plan import every_kernel
from ..shapes import show
from .formula import loop_label
from .picture import COLOURS, is_quiet, kind_of, number_text, op_text
from .reading import walk_to

QUIET, BACKWARD, CONSTANT = 1, 2, 4  # flags of a node
KINDS = [*COLOURS]
NOWHERE = ("", 0)  # the line that asked for a derivative, where no line of the user did
AROUND = 3  # lines that are shown before and after those that nodes come from


@dataclass
class Passage:
    """Lines of a file of the user, from `first` on."""

    file: str
    first: int
    lines: list[str]

    @property
    def name(self) -> str:
        return Path(self.file).name


@dataclass
class Links:
    """Numbers for all that can be pointed at. rows: of nodes, as `data` gives them to the page."""

    numbers: dict[Node, int] = field(default_factory=dict)
    rows: list[list[Any]] = field(default_factory=list)
    lines: dict[Where, int] = field(default_factory=dict)
    scopes: dict[Scope, int] = field(default_factory=dict)
    _plain: set[Node] = field(default_factory=set)  # what is made of numbers alone, which all functions share

    def number(self, node: Node) -> int:
        """The number of a node; what it reads gets smaller ones."""
        if node not in self.numbers:
            for each in walk_to([node], self.numbers.__contains__):
                if each not in self.numbers:
                    self.numbers[each] = len(self.rows)
                    self.rows.append(self._row(each))
        return self.numbers[node]

    def line(self, where: Where | None) -> int:
        """The number of a line of the user; -1 for none."""
        return -1 if where is None else self.lines.setdefault(where, len(self.lines))

    def _scope(self, scope: Scope) -> int:
        """The number of a module; -1 for none."""
        plain = scope._replace(derived=None)
        return -1 if plain == Scope() else self.scopes.setdefault(plain, len(self.scopes))

    def _row(self, node: Node) -> list[Any]:
        """[op, kind, name, type, inputs, line, module, flags, attributes, line of the gradient]"""
        if node.op is constant_op or (node.inputs and self._plain.issuperset(node.inputs)):
            self._plain.add(node)
        where = None if node in self._plain else node.where
        value = constant_value(node)
        scalar = value is not None and value.ndim == 0
        name = node.name or (node.attr("label") if node.op.name == "input" else "")
        flags = QUIET * is_quiet(node) | BACKWARD * node.scope.backward | CONSTANT * scalar
        return [
            number_text(node) if scalar else op_text(node),
            KINDS.index(kind_of(node)),
            name,
            f"{node.dtype.name} {show(node.shape)}",
            [self.numbers[i] for i in node.inputs],
            self.line(where),
            -1 if where is None else self._scope(node.scope),
            flags,
            _attributes(node),
            self.line(node.scope.derived if where and node.scope.derived != NOWHERE else None),
        ]

    # ---------------------------------------------------------------------------------------- graphs
    def graphs(self, stage: str, program: Program) -> list[dict[str, Any]]:
        """A program's graph, and below it the bodies of its loops."""
        names = [*result_names(program)]
        graphs = [self._graph(stage, "", program.roots, names)]
        for node in walk(program.roots):
            if node.op is scan_op:
                body = node.attr("body")
                labels = [loop_label(node, i) for i in range(len(body.outputs))]
                graphs.append(self._graph(stage, node.name or "scan", body.outputs, labels))
        return graphs

    def _graph(self, stage: str, loop: str, roots: Sequence[Node], names: Sequence[str]) -> dict[str, Any]:
        nodes = [self.number(n) for n in walk(roots)]
        results = [[name, self.number(n)] for name, n in zip(names, roots, strict=True)]
        return {"stage": stage, "loop": loop, "nodes": nodes, "results": results}

    # --------------------------------------------------------------------------------------- kernels
    def kernels(self, lowered: Lowered) -> list[dict[str, Any]]:
        """Of every kernel its name and the nodes that it computes; loops come before what is in them."""
        return [
            {"name": k.name, "nodes": sorted({self.number(n) for n in computed(k)})}
            for k in every_kernel(lowered.plan)
        ]

    def c_lines(self, lowered: Lowered) -> dict[str, Any]:
        """The lines of the C file that belong to something; they count from 0.

        spans: [first, last, kernels] of functions and of the calls in `run`; lines: [line, nodes].
        """
        known = {k.name: i for i, k in enumerate(every_kernel(lowered.plan))}
        spans: list[list[Any]] = []
        lines: list[list[Any]] = []
        for at, kernels, nodes in [*_function_lines(lowered, known), *_run_lines(lowered, known)]:
            if spans and spans[-1][1] == at - 1 and spans[-1][2] == kernels:
                spans[-1][1] = at
            else:
                spans.append([at, at, kernels])
            if nodes:
                lines.append([at, sorted({self.number(n) for n in nodes})])
        return {"spans": spans, "lines": lines}

    # ---------------------------------------------------------------------------------------- source
    def passages(self) -> list[Passage]:
        """The user's code around every line that has been numbered, by file."""
        for scope in list(self.scopes):
            self.line(scope.built)
        files: dict[str, set[int]] = {}
        for file, line in self.lines:
            files.setdefault(file, set()).add(line)
        return [p for file, lines in files.items() for p in _passages(file, sorted(lines))]

    def data(self) -> dict[str, Any]:
        """Nodes, lines and modules for the page."""
        scopes = [[s.path, s.kind, self.line(s.built)] for s in self.scopes]
        return {"kinds": KINDS, "nodes": self.rows, "scopes": scopes}


def result_names(program: Program) -> Iterator[str]:
    """Of the outputs and updates."""
    count = len(program.outputs)
    yield from ["output"] if count == 1 else [f"output {i}" for i in range(count)]
    yield from (f"{cell.name} ←" for cell, _ in program.updates)


def _attributes(node: Node) -> str:
    hidden = ("identity", "body", "label", "dtype", "cell", "value")
    shown = ", ".join(f"{k}={v!r}" for k, v in node.attrs if k not in hidden and not isinstance(v, Literal))
    return shown if len(shown) < 160 else f"{shown[:157]}..."


def _passages(file: str, lines: Sequence[int]) -> list[Passage]:
    """Runs of lines that are near each other."""
    text = linecache.getlines(file)
    if not text:
        return []
    runs: list[tuple[int, int]] = []
    for line in lines:
        first, last = max(1, line - AROUND), min(len(text), line + AROUND)
        if runs and first <= runs[-1][1] + AROUND:
            runs[-1] = (runs[-1][0], last)
        else:
            runs.append((first, last))
    return [Passage(file, a, [t.rstrip("\n") for t in text[a - 1 : b]]) for a, b in runs if a <= b]


# ----------------------------------------------------------------------------------------------- kernels
def computed(kernel: Kernel) -> Iterator[Node]:
    """The nodes whose elements a kernel computes, stored or not."""
    yield from kernel.writes
    if isinstance(kernel, ScanKernel):
        yield kernel.node
    if isinstance(kernel, (MatmulKernel, BlockKernel)):
        yield kernel.node
    if isinstance(kernel, (LoopKernel, MatmulKernel)):
        for stage in kernel.stages:
            yield from (v.node for v in stage.value.walk() if v.kind == "map")


MADE = re.compile(r"^\s*(?:\w+ )*(\w+)(?:\[.*?\])? (?:[+*|&]?)= ")
CALLED = re.compile(r"\b(\w+)\(")
Linked = tuple[int, list[int], list[Node]]


def _function_lines(lowered: Lowered, known: Mapping[str, int]) -> Iterator[Linked]:
    """The lines of the functions of kernels, comments included."""
    for function in lowered.functions.found.values():
        if isinstance(function, Function):
            text = function.text()
            start = lowered.source[: lowered.source.index(text)].count("\n")
            kernels = [known[name.removesuffix("_join")] for name, *_ in function.uses]
            own = {role: name for name, role in function.roles().items()}
            first = function.uses[0][1]
            for at, line in enumerate(text.splitlines(), start):
                made = MADE.match(line)
                name = own.get(made[1], made[1]) if made else ""
                nodes = _made(function, first.index(name)) if name in first else []
                yield at, kernels, nodes


def _made(function: Function, at: int) -> list[Node]:
    found = [makes.get(names[at]) for _, names, makes in function.uses]
    return [node for node in found if node is not None]


def _run_lines(lowered: Lowered, known: Mapping[str, int]) -> Iterator[Linked]:
    """The calls of kernels, in the order of the kernels, and the heads of loops."""
    lines = lowered.source.splitlines()
    begin = next(i for i, line in enumerate(lines) if line.startswith("static void run("))
    functions = {f.name: f for f in lowered.functions.found.values() if isinstance(f, Function)}
    waiting = [k for k in every_kernel(lowered.plan) if not isinstance(k, ScanKernel)]
    for at, line in enumerate(lines[begin:], begin):
        name = next((n for n in CALLED.findall(line) if n in functions), None)
        loop = re.match(r"\s*(?:const int64_t|for \(int64_t) (\w+?)_steps?\b", line)
        if loop and loop[1] in known:
            yield at, [known[loop[1]]], []
        elif name is not None and name.endswith("_join"):
            yield at, [known[n.removesuffix("_join")] for n, *_ in functions[name].uses], []
        elif name is not None:
            yield at, [known[waiting.pop(0).name]], []
