"""The report: one target with every stage between its formula and its C."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..build import Stage, machine, optimise
from ..codegen.c import Lowered, lower
from ..compile import Compiled, CompiledFunction
from ..errors import ArgumentError
from ..function import bind, free_inputs, specialise
from ..graph import Node, Program, text, walk
from ..ops.loop import scan_op
from ..printing import NO_KERNELS, kernels_text, passes_text, plural, signature
from ..ready import device
from ..shapes import Dim, Shape, Size, substitute
from ..tensor import Tensor
from .formula import loop_label
from .lines import Line, Root, as_latex, as_mathml, as_text, gradients, lines_of, roots_of
from .page import Block, page, section_html
from .picture import picture_of, svg
from .schedule import schedule_lines

DEFAULT_SIZE = 4
LARGEST_PICTURE = 400  # boxes


@dataclass
class Section:
    """A part of the report, with the level from which on it is shown."""

    title: str
    level: int
    text: str
    blocks: list[Block] = field(default_factory=list)


@dataclass
class Report:
    """What there is to see of one target.

    str() gives it for terminals, a notebook shows it as a page, `save` writes it to a file.
    """

    program: Program
    stages: list[Stage]
    lowered: Lowered | None
    sections: list[Section]
    remarks: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        title = signature(self.program)
        parts = ["\n".join([title, "=" * len(title), *self.remarks])]
        for section in self.sections:
            parts.append(f"{section.title}\n{'-' * len(section.title)}\n{section.text}")
        return "\n\n".join(parts) + "\n"

    __repr__ = __str__

    def section(self, title: str) -> str:
        """The text of one section.

        Raises ArgumentError where there is none of this title.
        """
        for section in self.sections:
            if section.title.lower() == title.lower():
                return section.text
        titles = ", ".join(s.title for s in self.sections)
        raise ArgumentError("explain", f"there is no section '{title}'", hint=f"there are: {titles}")

    def _repr_html_(self) -> str:
        body = [(s.title, section_html(s.text, s.blocks)) for s in self.sections]
        return page(signature(self.program), self.remarks, body, whole=False)

    def html(self) -> str:
        """The whole page, with everything in it: nothing is loaded from elsewhere."""
        body = [(s.title, section_html(s.text, s.blocks)) for s in self.sections]
        return page(signature(self.program), self.remarks, body, whole=True)

    def svg(self) -> str:
        """The picture of the graph as it was written."""
        return svg(self.program)

    def save(self, path: str | Path) -> Path:
        """Write it as a page (.html), as a picture of the graph (.svg), as text (.txt) or as C (.c).

        Raises ArgumentError for other endings.
        """
        place = Path(path)
        writers = {".html": self.html, ".svg": self.svg, ".txt": self.__str__, ".c": self._c}
        write = writers.get(place.suffix.lower())
        if write is None:
            hint = f"use one of {', '.join(writers)}"
            raise ArgumentError("explain", f"a report is not written as '{place.suffix}'", hint=hint)
        place.write_text(write(), encoding="utf-8")
        return place

    def _c(self) -> str:
        if self.lowered is None:
            raise ArgumentError("explain", "there is no C", hint="the NumPy device runs without it")
        return self.lowered.source


def explain(target: Any, *args: Any, level: int = 5, shapes: Any = None, **kwargs: Any) -> Report:
    """Everything between a formula and its C.

    target: what `lp.function` or `@lp.compile` gave, or a tensor.
    args, kwargs: example arguments, of which only shapes and dtypes count; nothing is run.
    shapes: instead of them the shapes of the inputs, in order or by name. Without either, the sizes of the
    last call are taken, or small ones, which the report then says.
    level: 1 the formula; 2 and gradient, graph; 3 and passes; 4 and kernels, schedule, memory; 5 and the C.
    Raises ArgumentError for other targets.

    >>> import limpide as lp
    >>> x = lp.input("x", (3,))
    >>> f = lp.function([x], lp.sum(x**2))
    >>> print(explain(f, level=1).section("formula"))
    f(x) = sum_i x_i^2
    """
    program, given = _program(target, args, kwargs, shapes)
    found, remarks = _shapes(program, given)
    known = specialise(program, found)
    optimised, stages = optimise(known)
    lowered = lower(optimised, machine()) if level >= 4 and device() == "c" else None
    sections = [
        *_formula_sections(program),
        *_graph_sections(known),
        *_pass_sections(stages, optimised),
        *_kernel_sections(lowered),
    ]
    return Report(known, stages, lowered, [s for s in sections if s.level <= level], remarks)


# --------------------------------------------------------------------------------------------- targets
def _program(target: Any, args: Any, kwargs: Any, shapes: Any) -> tuple[Program, Any]:
    """The program of a target, and the shapes that are known for its inputs."""
    if isinstance(target, CompiledFunction):
        if args or kwargs:
            shapes = [np.shape(a) for a in target.arrange(args, kwargs)]
        elif shapes is None and target.function.versions:
            shapes = list(target.function.versions)[-1]
        return target.program, shapes
    if isinstance(target, Compiled):
        if args or kwargs:
            return target.program(*args, **kwargs), None
        programs = target.programs()
        if programs:
            return programs[-1], None
        raise ArgumentError(
            "explain",
            f"{target!r} has not been called yet, so its arguments are not known",
            hint="give example arguments: f.explain(x, y); nothing is run",
        )
    if isinstance(target, Tensor | Node):
        node = target.node if isinstance(target, Tensor) else target
        inputs = tuple(free_inputs([node], []))
        return Program(node.name or "f", inputs, (node,)), shapes
    raise ArgumentError(
        "explain",
        f"'{type(target).__name__}' objects have no graph",
        hint="explain what lp.function or @lp.compile gives, or a tensor",
    )


def _shapes(program: Program, given: Any) -> tuple[list[tuple[int, ...]], list[str]]:
    """A shape for every input, and a remark where sizes had to be chosen."""
    wanted = _wanted([str(node.attr("label")) for node in program.inputs], given)
    sizes: dict[str, Size] = {}
    for node, shape in zip(program.inputs, wanted, strict=True):
        if shape is not None:
            bind(node, tuple(shape), sizes)
    dims = {str(s) for node in program.inputs for s in node.shape if isinstance(s, Dim)}
    free = dims - set(sizes)
    sizes |= dict.fromkeys(free, DEFAULT_SIZE)
    result = [tuple(int(s) for s in _substituted(node.shape, sizes)) for node in program.inputs]
    if not free:
        return result, []
    chosen = ", ".join(str(n.attr("label")) for n in program.inputs if free & set(map(str, n.shape)))
    remark = f"The unknown sizes of {chosen} are {DEFAULT_SIZE} here: give shapes= or example arguments."
    return result, [remark]


def _wanted(labels: list[str], given: Any) -> list[Any]:
    """A shape or None for every input, from a sequence, or from a mapping by name."""
    if given is None:
        return [None] * len(labels)
    if isinstance(given, Mapping):
        unknown = [k for k in given if k not in labels]
        if unknown:
            known = f"there are: {', '.join(labels)}"
            raise ArgumentError("explain", f"there is no input '{unknown[0]}'", hint=known)
        return [given.get(label) for label in labels]
    if len(given) != len(labels):
        count = plural(len(labels), "input")
        known = f"the inputs are: {', '.join(labels)}"
        raise ArgumentError("explain", f"{len(given)} shapes for {count}", hint=known)
    return list(given)


def _substituted(shape: Shape, sizes: Mapping[str, Size]) -> Shape:
    result: Shape = substitute(shape, sizes)
    return result


# -------------------------------------------------------------------------------------------- sections
def _formula_sections(program: Program) -> list[Section]:
    named = gradients(program)
    lines = lines_of(roots_of(program), named)
    sections = [Section("Formula", 1, as_text(lines), _formula_blocks(lines))]
    if named:
        roots = [Root(node, name) for node, name in named.items()]
        lines = lines_of(roots, named)
        sections.append(Section("Gradient", 2, as_text(lines), _formula_blocks(lines)))
    return sections


def _formula_blocks(lines: Sequence[Line]) -> list[Block]:
    return [
        Block("math", as_mathml(lines)),
        Block("fold", as_latex(lines), "LaTeX"),
        Block("fold", as_text(lines), "text"),
    ]


def _graph_sections(program: Program) -> list[Section]:
    blocks = [*_pictures(program), Block("fold", text(program.roots), "nodes")]
    return [Section("Graph", 2, f"{_count(program)}\n{text(program.roots)}", blocks)]


def _count(program: Program) -> str:
    return plural(len(walk(program.roots)), "node")


def _pictures(program: Program) -> list[Block]:
    """The graph, and below it the body of every loop."""
    blocks = [_picture(program, None, _count(program))]
    for node in walk(program.roots):
        if node.op is scan_op:
            body = node.attr("body")
            step = Program("step", body.inputs, body.outputs)
            names = [loop_label(node, i) for i in range(len(body.outputs))]
            blocks.append(_picture(step, names, f"one step of the loop: {_count(step)}"))
    return blocks


def _picture(program: Program, names: Sequence[str] | None, caption: str) -> Block:
    drawn = picture_of(program, names=names)
    if len(drawn.boxes) > LARGEST_PICTURE:
        return Block("pre", f"{plural(len(drawn.boxes), 'box')}: too many for a picture", caption)
    return Block("svg", drawn.svg(), caption)


def _pass_sections(stages: Sequence[Stage], optimised: Program) -> list[Section]:
    """What the passes did, and the formula and the graph after them."""
    rows = [(s.name, f"{s.before}", f"{s.after}", [*s.fired.items()]) for s in stages[1:]]
    lines, listing = lines_of(roots_of(optimised)), text(optimised.roots)
    after = f"{passes_text(stages)}\n\nthe formula after them:\n{as_text(lines)}"
    blocks = [
        Block("passes", "", rows=rows),
        *_formula_blocks(lines),
        *_pictures(optimised),
        Block("fold", listing, "nodes"),
    ]
    return [Section("Passes", 3, f"{after}\n\n{_count(optimised)}:\n{listing}", blocks)]


def _kernel_sections(lowered: Lowered | None) -> list[Section]:
    if lowered is None:
        return [
            Section(title, level, NO_KERNELS, [Block("pre", NO_KERNELS)])
            for title, level in (("Kernels", 4), ("Schedule", 4), ("Memory", 4), ("C", 5))
        ]
    kernels = lowered.kernels
    flops, moved = sum(k.flops for k in kernels), sum(k.bytes for k in kernels)
    sums = f"{plural(len(kernels), 'kernel')}, {flops:,} FLOPs, {moved:,} bytes"
    rows = [(k.name, "\n".join(k.describe()), f"{k.flops:,}", f"{k.bytes:,}") for k in kernels]
    memory = "\n".join([*lowered.memory.describe(), lowered.peak.describe()])
    schedule = "\n".join(schedule_lines(lowered))
    return [
        Section("Kernels", 4, f"{kernels_text(kernels)}\n{sums}", [Block("kernels", sums, rows=rows)]),
        Section("Schedule", 4, schedule, [Block("pre", schedule)]),
        Section("Memory", 4, memory, [Block("pre", memory)]),
        Section("C", 5, lowered.source.rstrip(), [Block("c", lowered.source)]),
    ]
