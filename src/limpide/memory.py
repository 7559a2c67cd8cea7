"""The static memory plan: where every array of a compiled function lies, and which share a place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from .dtypes import ALIGNMENT, LARGE, PADDING, DType
from .graph import Node
from .schedule import LoopKernel, MatmulKernel, Plan, ScanKernel, c_name, nbytes

STACK = 64 * 1024  # bytes of rows that one kernel keeps on its stack: threads may have small ones


@dataclass(eq=False)
class Slot:
    """A place in memory. kind: "argument" (given by the caller), "arena" (offset into one block),
    "step" (a part of another slot that moves with a loop) or "local" (on the stack of a kernel).

    first and last: the kernels, counted through, between which an arena slot is in use.
    """

    name: str
    node: Node
    kind: str
    size: int
    first: int = 0
    last: int = 0
    offset: int = 0
    parent: Slot | None = None
    loop: str = ""
    copies: int = 1  # each thread has one of its own

    @property
    def space(self) -> int:
        """Bytes in the arena."""
        return _padded(self.size) * self.copies

    @property
    def end(self) -> int:
        """The offset behind its last byte."""
        return self.offset + self.space - _padded(self.size) + self.size

    @property
    def dtype(self) -> DType:
        return self.node.dtype

    def root(self) -> Slot:
        """The slot whose memory this is."""
        return self.parent.root() if self.parent else self

    def overlaps(self, other: Slot) -> bool:
        """Whether writing to one may change the other."""
        a, b = self.root(), other.root()
        if a is b:
            return True
        if a.kind != "arena" or b.kind != "arena":
            return False
        return a.offset < b.end and b.offset < a.end


@dataclass(frozen=True)
class Peak:
    """The bytes that calls of a function hold at most, besides what is given to it.

    arena: intermediate results; outputs: of one call; spares: second arrays of large outputs, which are
    written to in turn; state: cells; constants: arrays that are part of the function.
    """

    arena: int
    outputs: int
    spares: int
    state: int
    constants: int

    @property
    def bytes(self) -> int:
        return self.arena + self.outputs + self.spares + self.state + self.constants

    def describe(self) -> str:
        """One line: the sum and its parts."""
        parts = ", ".join(f"{name} {size:,}" for name, size in vars(self).items() if size)
        return f"peak: {self.bytes:,} bytes" + (f" ({parts})" if parts else "")


def peak(arena: int, outputs: Iterable[Node], state: Iterable[Node], constants: Iterable[Node]) -> Peak:
    """What a function with this arena holds."""
    sizes = [nbytes(node) for node in outputs]
    spares = sum(size for size in sizes if size >= LARGE)
    return Peak(arena, sum(sizes), spares, sum(map(nbytes, state)), sum(map(nbytes, constants)))


@dataclass(eq=False)
class Memory:
    """Slots by node, the size of the arena, and what it would be without sharing."""

    slots: dict[Node, Slot] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    arena: int = 0

    def arena_slots(self) -> list[Slot]:
        return [s for s in dict.fromkeys(self.slots.values()) if s.kind == "arena"]

    @property
    def unshared_bytes(self) -> int:
        return sum(s.space for s in self.arena_slots())

    def describe(self) -> list[str]:
        """One line per array of the arena, then the totals."""
        lines = [
            f"{s.name}: {s.dtype.name}{list(s.node.shape)}, {s.size:,} bytes at {s.offset:,}, "
            f"kernels {s.first} to {s.last}"
            for s in sorted(self.arena_slots(), key=lambda s: s.first)
        ]
        return [*lines, f"arena: {self.arena:,} bytes ({self.unshared_bytes:,} without sharing)"]


def _padded(size: int) -> int:
    return (size + PADDING + ALIGNMENT - 1) // ALIGNMENT * ALIGNMENT


def local_nodes(plan: Plan, delivered: Iterable[Node]) -> set[Node]:
    """Results that live only inside of one kernel: nobody else reads them."""
    kept = {*delivered, *(v for _, v in plan.updates), *plan.outputs}
    kept |= {n for kernel in plan.kernels for n in kernel.reads}
    found: set[Node] = set()
    for kernel in plan.kernels:
        if isinstance(kernel, MatmulKernel):
            found.update(n for n in kernel.writes if n not in kept)
        elif isinstance(kernel, LoopKernel):
            found |= _on_stack(kernel, kept)
    return found


def _on_stack(kernel: LoopKernel, kept: set[Node]) -> set[Node]:
    """What a kernel keeps to itself, as far as its stack may hold it."""
    found: set[Node] = set()
    left = STACK
    for stage in kernel.stages:
        size = stage.node.dtype.itemsize
        for v in kernel.inner(stage):
            size *= v.extent
        if stage.node not in kept and stage.ready >= kernel.depth and size <= left:
            found.add(stage.node)
            left -= size
    return found


class Planner:
    """Gives every array a slot, then packs the arena. mixed: arrays of several types may share a place."""

    def __init__(self, threads: int = 1, mixed: bool = True) -> None:
        self.memory = Memory()
        self.threads = threads
        self.mixed = mixed
        self.clock = 0

    def name(self, node: Node) -> str:
        """A C name, unique in the function."""
        base = c_name(node.name or node.op.name)
        name, count = base, 1
        while name in self.memory.names:
            count += 1
            name = f"{base}_{count}"
        self.memory.names.add(name)
        return name

    def give(self, node: Node, kind: str, **fields: object) -> Slot:
        slot = Slot(self.name(node), node, kind, nbytes(node), self.clock, self.clock)
        for key, value in fields.items():
            setattr(slot, key, value)
        self.memory.slots[node] = slot
        return slot

    def share(self, node: Node, slot: Slot) -> None:
        self.memory.slots[node] = slot

    def touch(self, node: Node, when: int) -> None:
        slot = self.memory.slots.get(node)
        if slot is not None:
            root = slot.root()
            root.first, root.last = min(root.first, when), max(root.last, when)

    def lay_out(self, plan: Plan, delivered: dict[Node, Slot]) -> None:
        """Slots for all that the plan's kernels write. delivered: results that have a place already."""
        locals_ = local_nodes(plan, delivered)
        for node, slot in delivered.items():
            self.share(node, slot)
        for value, target in plan.in_place.items():
            if value not in delivered and target in self.memory.slots:
                self.share(value, self.memory.slots[target])
        for kernel in plan.kernels:
            self.clock += 1
            start = self.clock
            for node in kernel.writes:
                if node not in self.memory.slots:
                    copies = self.threads if kernel.everywhere else 1
                    self.give(node, "local" if node in locals_ else "arena", copies=copies)
            if isinstance(kernel, ScanKernel):
                self._scan(kernel)
            for node in [*kernel.reads, *kernel.writes]:
                self.touch(node, start)
                self.touch(node, self.clock)
        self.clock += 1
        for _, value in plan.commits:
            self.touch(value, self.clock)

    def _scan(self, kernel: ScanKernel) -> None:
        """Carries live where their last value goes; elements move along; constants are as they are."""
        slots = self.memory.slots
        holes, parts, constants = kernel.body.parts()
        inputs = kernel.node.inputs[1:]
        for hole, result in zip(holes, kernel.picks, strict=False):
            self.share(hole, slots[result])
        for part, whole in zip(parts, inputs[len(holes) :], strict=False):
            self.give(part, "step", parent=slots[whole], loop=kernel.name)
        for inner, outer in zip(constants, inputs[len(holes) + len(parts) :], strict=True):
            if outer in slots:
                self.share(inner, slots[outer])
        delivered: dict[Node, Slot] = {}
        for node, result in zip(kernel.plan.outputs, kernel.picks[len(holes) :], strict=True):
            if node not in delivered:
                delivered[node] = self.give(node, "step", parent=slots[result], loop=kernel.name)
        self.lay_out(kernel.plan, delivered)

    def _apart(self, one: Slot, other: Slot) -> bool:
        """Whether two arrays may not have the same place."""
        together = one.first <= other.last and other.first <= one.last
        return together or not (self.mixed or one.dtype == other.dtype)

    def pack(self) -> Memory:
        """Offsets: the largest first, each at the lowest place that is free while it is in use."""
        placed: list[Slot] = []
        for slot in sorted(self.memory.arena_slots(), key=lambda s: -s.space):
            busy = sorted((p for p in placed if self._apart(p, slot)), key=lambda p: p.offset)
            offset = 0
            for other in busy:
                if offset + slot.space <= other.offset:
                    break
                offset = max(offset, other.offset + other.space)
            slot.offset = offset
            placed.append(slot)
            self.memory.arena = max(self.memory.arena, offset + slot.space)
        return self.memory
