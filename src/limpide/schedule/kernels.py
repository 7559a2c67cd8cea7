"""Kernels: loops as data. A kernel is what one C function does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from ..graph import Node
from ..ops.define import ReduceOp
from .expression import Value, shape_of
from .index import Index, Loaded, Quotient, Var, var

COSTLY = frozenset({
    "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "cbrt", "logaddexp", "hypot",
    "sin", "cos", "tan", "arcsin", "arccos", "arctan", "arctan2",
    "sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh",
    "erf", "erfinv", "sigmoid", "softplus", "log_sigmoid", "power", "philox",
    "divide", "reciprocal", "remainder", "floor_divide",
})  # fmt: skip


@dataclass(eq=False)
class Stage:
    """A node computed in loops, from the outermost to the innermost: they are called i0, i1, ...

    folded: the loops over which it is a reduction; value: the element that is stored, or that is folded.
    after: what has to be there before, though nothing reads it here.
    """

    node: Node
    loops: tuple[Var, ...]
    folded: tuple[Var, ...]
    value: Value
    after: tuple[Node, ...] = ()

    @property
    def kept(self) -> tuple[Var, ...]:
        """The loops that are axes of the result, in its order."""
        return tuple(v for v in self.loops if v not in self.folded)

    @property
    def ready(self) -> int:
        """How many loops stand around the place where a result is complete."""
        return self.loops.index(self.folded[0]) if self.folded else len(self.loops)

    @property
    def position(self) -> tuple[Index, ...]:
        """Where the result goes."""
        return tuple(Index(((v, 1),)) if v.extent != 1 else Index(()) for v in self.kept)

    @property
    def size(self) -> int:
        total = 1
        for v in self.loops:
            total *= v.extent
        return total

    @property
    def flops(self) -> int:
        maps = sum(1 for v in self.value.walk() if v.kind == "map")
        return self.size * (maps + (1 if isinstance(self.node.op, ReduceOp) else 0))

    @cached_property
    def loads(self) -> list[Value]:
        return [v for v in self.value.walk() if v.kind == "load"]

    @property
    def copied(self) -> Value | None:
        """The element that is stored as it is."""
        value = self.value
        while value.kind == "map" and value.node.op.name == "stop_gradient":
            value = value.args[0]
        return value if value.kind == "load" else None

    @cached_property
    def positions(self) -> list[Node]:
        """Nodes whose elements are used as positions."""
        return index_reads(self.value)

    @cached_property
    def reads(self) -> list[Node]:
        """The stored nodes that it reads, in order."""
        return list(dict.fromkeys([*(v.node for v in self.loads), *self.positions, *self.after]))


@dataclass(eq=False)
class Kernel:
    """What all kernels have. reads and writes are the stored nodes that it touches; names, their C names.

    axis: the loop that threads share, cut at multiples of `grain`; None: one thread does all, or, with
    `everywhere`, each thread does all of it for itself.
    """

    name: str
    axis: Var | None = field(default=None, kw_only=True)
    grain: int = field(default=1, kw_only=True)
    everywhere: bool = field(default=False, kw_only=True)
    cost: float = field(default=0.0, kw_only=True)  # seconds that are expected of the busiest thread
    after: tuple[Node, ...] = field(default=(), kw_only=True)  # has to be there before, though it is not read
    names: dict[Node, str] = field(default_factory=dict, kw_only=True)

    def called(self, node: Node) -> str:
        return self.names.get(node) or label(node)

    @property
    def reads(self) -> list[Node]:
        return []

    @property
    def writes(self) -> list[Node]:
        return []

    @property
    def flops(self) -> int:
        return 0

    @property
    def bytes(self) -> int:
        """What it reads and writes, each array once."""
        return sum(nbytes(n) for n in dict.fromkeys([*self.reads, *self.writes]))

    @property
    def split(self) -> str:
        """How threads share the work, in words."""
        if self.axis is None:
            return " (by every thread)" if self.everywhere else ""
        return f" ({self.axis.name} split over threads)"

    def describe(self) -> list[str]:
        return [self.name]


def nbytes(node: Node) -> int:
    total = node.dtype.itemsize
    for size in shape_of(node):
        total *= size
    return total


@dataclass(eq=False)
class LoopKernel(Kernel):
    """Stages that share their `depth` outermost loops; inside they follow one another.

    A reduction over a shared loop is complete after it: only other kernels read its result.
    streamed: a large result that nobody reads soon, written past the caches.
    """

    stages: list[Stage]
    depth: int
    streamed: Node | None = None

    @property
    def outer(self) -> tuple[Var, ...]:
        return self.stages[0].loops[: self.depth]

    @property
    def partial(self) -> list[Stage]:
        """The reductions of which each thread makes a part: the loop that threads share is folded."""
        return [s for s in self.stages if self.axis is not None and self.axis in s.folded]

    @property
    def nested(self) -> bool:
        """Whether all stages share all loops."""
        return all(len(s.loops) == self.depth for s in self.stages)

    def inner(self, stage: Stage) -> list[Var]:
        """The axes of a stage's result that the shared loops do not walk over."""
        return [v for v in stage.kept if v not in self.outer]

    @property
    def reads(self) -> list[Node]:
        own = {s.node for s in self.stages}
        found = [n for s in self.stages for n in s.reads]
        return [n for n in dict.fromkeys(found) if n not in own]

    @property
    def writes(self) -> list[Node]:
        return [s.node for s in self.stages]

    @property
    def flops(self) -> int:
        return sum(s.flops for s in self.stages)

    def describe(self) -> list[str]:
        lines = [f"{self.name}:{self.split}"]
        indent = "  "
        for v in self.outer:
            lines.append(f"{indent}for {v.name} in 0..{v.extent}")
            indent += "  "
        for stage in self.stages:
            lines.append(indent + stage_text(stage, self.depth, self.called))
        return lines


def stage_text(stage: Stage, depth: int, called: Callable[[Node], str]) -> str:
    texts = [v.name if n < depth else f"{v.name}<{v.extent}" for n, v in enumerate(stage.loops)]
    inner = [t for t, v in zip(texts[depth:], stage.loops[depth:], strict=True) if v not in stage.folded]
    folded = [t for t, v in zip(texts, stage.loops, strict=True) if v in stage.folded]
    where = f" for {', '.join(inner)}" if inner else ""
    over = f" over {', '.join(folded)}" if folded else ""
    maps = [v.node.op.name for v in stage.value.walk() if v.kind == "map"]
    what = stage.node.op.name if isinstance(stage.node.op, ReduceOp) else "store"
    return f"{called(stage.node)} = {what}({', '.join(maps) or 'copy'}){over}{where}"


def label(node: Node) -> str:
    return node.name or f"{node.op.name}_{node.serial}"


def index_reads(value: Value) -> list[Node]:
    """Nodes whose elements are used as positions: they are stored, too."""
    found: list[Node] = []
    for v in value.walk():
        indices = list(v.position)
        if v.condition is not None:
            indices += [part[0] for part in v.condition.parts]
        for index in indices:
            found.extend(loaded_nodes(index))
    return found


def loaded_nodes(index: Index) -> list[Node]:
    found: list[Node] = []
    for atom in index.atoms():
        if isinstance(atom, Loaded):
            found.append(atom.node)
            found.extend(n for p in atom.position for n in loaded_nodes(p))
        elif isinstance(atom, Quotient):
            found.extend(loaded_nodes(atom.value))
    return found


@dataclass(eq=False)
class Operand:
    """An operand of a contraction: a stored node and the address of an element in the loop variables."""

    node: Node
    address: Index

    def stride(self, v: Var) -> int:
        return self.address.factor(v)


@dataclass(eq=False)
class Windows:
    """Maps of what a contraction makes, computed as soon as `step` rows are there, which nobody else reads.

    node: what they read; axis: of its axes the one of these rows.
    """

    node: Node
    axis: int
    step: int
    stages: list[Stage]

    @property
    def loop(self) -> Var:
        """The loop over these groups of rows."""
        return self.stages[0].loops[self.axis]


@dataclass(frozen=True)
class Coming:
    """The rows of the next step's batch: those of `array` at the places `rows`, `width` elements long.

    batch: the copy of this step's rows.
    """

    batch: Node
    array: Node
    rows: Node
    size: int  # how many rows the array has
    width: int


@dataclass(eq=False)
class MatmulKernel(Kernel):
    """A contraction, the maps that are applied to each of its elements, and those of windows of them."""

    node: Node
    a: Operand
    b: Operand
    out: tuple[Var, ...]
    folded: tuple[Var, ...]
    epilogue: list[Stage]
    windows: Windows | None = field(default=None, kw_only=True)
    coming: Coming | None = field(default=None, kw_only=True)  # what is fetched while tiles run

    @property
    def stages(self) -> list[Stage]:
        """All that follows the contraction."""
        return self.epilogue + (self.windows.stages if self.windows else [])

    @property
    def position(self) -> tuple[Index, ...]:
        """Where a result goes."""
        return tuple(var(v.name, v.extent) for v in self.out)

    @property
    def reads(self) -> list[Node]:
        own = set(self.writes)
        found = [self.a.node, self.b.node, *loaded_nodes(self.a.address), *loaded_nodes(self.b.address)]
        found += [*self.after, *(n for s in self.stages for n in s.reads)]
        return [n for n in dict.fromkeys(found) if n not in own]

    @property
    def writes(self) -> list[Node]:
        return [self.node, *(s.node for s in self.stages)]

    @property
    def flops(self) -> int:
        total = 2
        for v in (*self.out, *self.folded):
            total *= v.extent
        return total + sum(s.flops for s in self.stages)

    def describe(self) -> list[str]:
        out = ", ".join(f"{v.name}<{v.extent}" for v in self.out)
        over = ", ".join(f"{v.name}<{v.extent}" for v in self.folded)
        lines = [
            f"{self.name}:{self.split}",
            f"  {self.called(self.node)} = sum over {over} of {self.called(self.a.node)} * "
            f"{self.called(self.b.node)} for {out}",
        ]
        return lines + [f"    then {stage_text(s, len(self.out), self.called)}" for s in self.stages]


@dataclass(eq=False)
class BlockKernel(Kernel):
    """A block op by its template; its operands are whole arrays in memory.

    loop: that threads may share, cut at multiples of `step`; addresses: what one of its turns touches of the
    arrays along it; work: instructions, one element at a time.
    """

    node: Node
    operands: tuple[Node, ...]
    loop: Var | None = field(default=None, kw_only=True)
    step: int = field(default=1, kw_only=True)
    addresses: dict[Node, Index] = field(default_factory=dict, kw_only=True)
    work: int = field(default=0, kw_only=True)

    @property
    def reads(self) -> list[Node]:
        return list(dict.fromkeys([*self.operands, *self.after]))

    @property
    def writes(self) -> list[Node]:
        return [self.node]

    def describe(self) -> list[str]:
        operands = ", ".join(map(self.called, self.operands))
        return [f"{self.name}:{self.split} {self.called(self.node)} = {self.node.op.name}({operands})"]


@dataclass(eq=False)
class BatchKernel(BlockKernel):
    """A block that goes through a batch one by one. along: the arrays whose first axis it is."""

    batch: Var
    along: tuple[Node, ...]

    @property
    def flops(self) -> int:
        return self.work

    def address(self, node: Node) -> Index:
        """Where the elements of one of the batch lie."""
        size = nbytes(node) // node.dtype.itemsize // self.batch.extent
        return Index(((self.batch, size), (Var("e_", size), 1)))
