"""LIMPIDE_DEBUG: every compilation prints itself, each level one stage more; the texts of the stages."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Protocol

from .config import config
from .graph import Node, Program, text
from .shapes import show

NO_KERNELS = "(NumPy device: no kernels)"


class Stage(Protocol):
    """One pass as it went; `function.Stage` is the whole of it."""

    name: str
    program: Program
    before: int
    after: int
    fired: dict[str, int]


class Kernel(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def flops(self) -> int: ...
    @property
    def bytes(self) -> int: ...
    def describe(self) -> list[str]: ...


class Memory(Protocol):
    def describe(self) -> list[str]: ...


class Peak(Protocol):
    def describe(self) -> str: ...


class Lowered(Protocol):
    """A program as C; `codegen.c.Lowered` is the whole of it."""

    @property
    def kernels(self) -> Sequence[Kernel]: ...
    @property
    def memory(self) -> Memory: ...
    @property
    def peak(self) -> Peak: ...
    @property
    def source(self) -> str: ...


def compiled(stages: Sequence[Stage], lowered: Lowered | None, seconds: float, cached: bool) -> None:
    """Print a compilation to stderr, as far as `config.debug` says.

    1: one line. 2: and the graph. 3: and the passes. 4: and kernels and the memory plan. 5: and the C.
    """
    parts = [_headline(stages, lowered, seconds, cached)]
    parts += [f"{title}:\n{indented(body)}" for title, body in ladder(stages, lowered)[: config.debug - 1]]
    print("\n".join(parts), file=sys.stderr)


def ladder(stages: Sequence[Stage], lowered: Lowered | None) -> list[tuple[str, str]]:
    """The stages of a compilation from the second level on: titles and texts."""
    first = stages[0].program
    if lowered is None:
        below = [("kernels", NO_KERNELS), ("C", NO_KERNELS)]
    else:
        memory = indented("\n".join([*lowered.memory.describe(), lowered.peak.describe()]))
        below = [("kernels", f"{kernels_text(lowered.kernels)}\nmemory:\n{memory}"), ("C", lowered.source)]
    return [("graph", text(first.roots)), ("passes", passes_text(stages)), *below]


def _headline(stages: Sequence[Stage], lowered: Lowered | None, seconds: float, cached: bool) -> str:
    program = stages[0].program
    count = "numpy" if lowered is None else plural(len(lowered.kernels), "kernel")
    how = "" if lowered is None else " (cached)" if cached else " (compiled)"
    nodes = f"{stages[0].after} -> {stages[-1].after} nodes"
    return f"limpide: {signature(program)}: {nodes}, {count}, {seconds * 1e3:.1f} ms{how}"


def signature(program: Program) -> str:
    """`name(x float32(3,), ...)`."""
    return f"{program.name}({', '.join(map(_argument, program.inputs))})"


def _argument(node: Node) -> str:
    return f"{node.name or node.attr('label')} {node.dtype.name}{show(node.shape)}"


def passes_text(stages: Sequence[Stage]) -> str:
    """One line per pass: nodes before and after, and the rules that fired."""
    width = max(len(stage.name) for stage in stages)
    return "\n".join(
        f"{stage.name:{width}}  {stage.before:4} -> {stage.after:4} nodes  {fired_text(stage.fired)}".rstrip()
        for stage in stages[1:]
    )


def fired_text(fired: Mapping[str, int]) -> str:
    """The rules by name, how often where more than once."""
    return ", ".join(name if count == 1 else f"{name} x{count}" for name, count in fired.items())


def kernels_text(kernels: Sequence[Kernel]) -> str:
    """Every kernel's loops, with what it computes and moves."""
    return "\n".join("\n".join([*kernel.describe(), f"  [{cost_text(kernel)}]"]) for kernel in kernels)


def cost_text(kernel: Kernel) -> str:
    """FLOPs, bytes, and how many of the former there are for one of the latter.

    A FLOP is one elementwise op or one step of a reduction. Bytes count every array once.
    """
    ratio = f", {kernel.flops / kernel.bytes:.2g} FLOPs per byte" if kernel.bytes and kernel.flops else ""
    return f"{kernel.flops:,} FLOPs, {kernel.bytes:,} bytes{ratio}"


def plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def indented(body: str) -> str:
    return "\n".join(f"  {line}" if line else "" for line in body.splitlines())
