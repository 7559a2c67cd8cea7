"""The report: one target with every stage between its formula and its C."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Self

import numpy as np

from ..build import Stage, machine, optimise
from ..codegen.c import Lowered, lower
from ..compile import Compiled, CompiledFunction
from ..errors import ArgumentError
from ..function import bind, free_inputs, specialise
from ..graph import Array, Node, Program, text, walk
from ..printing import NO_KERNELS, kernels_text, passes_text, plural, signature
from ..ready import device
from ..shapes import Dim, Shape, Size, substitute
from ..tensor import Tensor
from .lines import Root, as_text, gradients, lines_of, roots_of
from .page import Content, page
from .picture import svg
from .schedule import schedule_lines
from .times import Times, known_limits, measured, times_lines
from .words import words

DEFAULT_SIZE = 4


@dataclass
class Section:
    """A part of the report, with the level from which on it is shown."""

    title: str
    level: int
    text: str


@dataclass
class Report:
    """What there is to see of one target.

    str() gives it for terminals, a notebook shows it as a page, `save` writes it to a file.
    """

    given: Program
    program: Program  # the same with its sizes known
    stages: list[Stage]
    lowered: Lowered | None
    sections: list[Section]
    level: int = 5
    chosen: tuple[str, int] | None = None  # the inputs whose unknown sizes were chosen, and what was
    arrays: list[Array] | None = None  # the example arguments
    times: Times | None = None

    def measure(self) -> Self:
        """Measure every kernel, on the example arguments or on random numbers; state stays as it is.

        Raises ArgumentError where there are no kernels.
        """
        if self.lowered is None:
            hint = "the NumPy device has none, nor have levels below 4"
            raise ArgumentError("explain", "there are no kernels to measure", hint=hint)
        limits = known_limits(measure=True)
        self.times = measured(self.stages[-1].program, self.arrays)
        lines = times_lines(self.lowered, self.times, limits)
        self.sections.append(Section("Times", 4, "\n".join(lines)))
        return self

    @property
    def remarks(self) -> list[str]:
        """What has to be known before reading."""
        return (
            []
            if self.chosen is None
            else [words("unknown_sizes", inputs=self.chosen[0], size=self.chosen[1])[0]]
        )

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

    def html(self) -> str:
        """The whole page, with everything in it: nothing is loaded from elsewhere."""
        content = Content(
            given=self.given,
            program=self.program,
            optimised=self.stages[-1].program,
            stages=self.stages,
            lowered=self.lowered,
            limits=known_limits() if self.lowered else None,
            times=self.times,
            chosen=self.chosen,
            level=self.level,
        )
        return page(content)

    def _repr_html_(self) -> str:
        """The page in a frame of its own."""
        style = "width:100%;height:80vh;border:1px solid #8884"
        return f'<iframe sandbox="allow-scripts" style="{style}" srcdoc="{escape(self.html())}"></iframe>'

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
        written(place, write())
        return place

    def save_page(self, path: str | Path) -> Path:
        """Write the page, whatever the file is called."""
        place = Path(path)
        written(place, self.html())
        return place

    def _c(self) -> str:
        if self.lowered is None:
            raise ArgumentError("explain", "there is no C", hint="the NumPy device runs without it")
        return self.lowered.source


def explain(
    target: Any,
    *args: Any,
    level: int = 5,
    shapes: Any = None,
    html: str | Path | None = None,
    times: bool = False,
    **kwargs: Any,
) -> Report:
    """Everything between a formula and its C.

    target: what `lp.function` or `@lp.compile` gave, a tensor, or a model: with inputs or shapes its
    forward pass, with inputs and labels, once it knows a loss, its training step.
    args, kwargs: example arguments, of which only shapes and dtypes count; nothing is run without `times`.
    shapes: instead of them the shapes of the inputs, in order or by name. Without either, the sizes of the
    last call are taken, or small ones, which the report then says.
    html: a file to which the report is written as one page that needs nothing else.
    times: whether kernels are measured, on the example arguments or on random numbers; state stays as it is.
    level: 1 the formula; 2 and gradient, graph; 3 and passes; 4 and kernels, schedule, memory; 5 and the C.
    Raises ArgumentError for other targets.

    >>> import limpide as lp
    >>> x = lp.input("x", (3,))
    >>> f = lp.function([x], lp.sum(x**2))
    >>> print(explain(f, level=1).section("formula"))
    f(x) = sum_i x_i^2
    """
    examples = bool(args or kwargs)
    if hasattr(target, "to_explain"):
        target, args = target.to_explain(args, shapes, DEFAULT_SIZE)
    program, given = _program(target, args, kwargs, shapes)
    found, chosen = _shapes(program, given)
    if args and not examples and shapes is None:  # of a model that knows its input but for the batch
        chosen = ", ".join(str(n.attr("label")) for n in program.inputs), DEFAULT_SIZE
    known = specialise(program, found)
    optimised, stages = optimise(known)
    lowered = lower(optimised, machine()) if level >= 4 and device() == "c" else None
    sections = [
        *_formula_sections(program),
        *_graph_sections(known),
        *_pass_sections(stages, optimised),
        *_kernel_sections(lowered),
    ]
    shown = [s for s in sections if s.level <= level]
    arrays = _arrays(target, args, kwargs) if examples else None
    report = Report(program, known, stages, lowered, shown, level, chosen, arrays)
    if times:
        report.measure()
    if html is not None:
        report.save_page(html)
    return report


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
        hint="explain what lp.function or @lp.compile gives, a model or a tensor",
    )


def _shapes(program: Program, given: Any) -> tuple[list[tuple[int, ...]], tuple[str, int] | None]:
    """A shape for every input; where sizes had to be chosen, of which inputs, and what."""
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
        return result, None
    chosen = ", ".join(str(n.attr("label")) for n in program.inputs if free & set(map(str, n.shape)))
    return result, (chosen, DEFAULT_SIZE)


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


def _arrays(target: Any, args: Any, kwargs: Any) -> list[Array] | None:
    """The example arguments as the arrays that are handed to the function."""
    return target.arrays(*args, **kwargs) if isinstance(target, CompiledFunction | Compiled) else None


def written(path: Path, content: str) -> None:
    """Write a file: all of it or nothing."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_text(content, encoding="utf-8")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


# -------------------------------------------------------------------------------------------- sections
def _formula_sections(program: Program) -> list[Section]:
    named = gradients(program)
    sections = [Section("Formula", 1, as_text(lines_of(roots_of(program), named)))]
    if named:
        roots = [Root(node, name) for node, name in named.items()]
        sections.append(Section("Gradient", 2, as_text(lines_of(roots, named))))
    return sections


def _graph_sections(program: Program) -> list[Section]:
    return [Section("Graph", 2, f"{_count(program)}\n{text(program.roots)}")]


def _count(program: Program) -> str:
    return plural(len(walk(program.roots)), "node")


def _pass_sections(stages: Sequence[Stage], optimised: Program) -> list[Section]:
    """What the passes did, and the formula and the graph after them."""
    lines, listing = lines_of(roots_of(optimised)), text(optimised.roots)
    after = f"{passes_text(stages)}\n\nthe formula after them:\n{as_text(lines)}"
    return [Section("Passes", 3, f"{after}\n\n{_count(optimised)}:\n{listing}")]


def _kernel_sections(lowered: Lowered | None) -> list[Section]:
    if lowered is None:
        titles = (("Kernels", 4), ("Schedule", 4), ("Memory", 4), ("C", 5))
        return [Section(title, level, NO_KERNELS) for title, level in titles]
    kernels = lowered.kernels
    flops, moved = sum(k.flops for k in kernels), sum(k.bytes for k in kernels)
    sums = f"{plural(len(kernels), 'kernel')}, {flops:,} FLOPs, {moved:,} bytes"
    memory = "\n".join([*lowered.memory.describe(), lowered.peak.describe()])
    return [
        Section("Kernels", 4, f"{kernels_text(kernels)}\n{sums}"),
        Section("Schedule", 4, "\n".join(schedule_lines(lowered))),
        Section("Memory", 4, memory),
        Section("C", 5, lowered.source.rstrip()),
    ]
