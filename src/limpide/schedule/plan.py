"""From graph to kernels: their order, and what is written in place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from ..graph import Node, duplicate, rebuild, walk
from ..ops.loop import Body, pick
from .kernels import Kernel, LoopKernel, MatmulKernel, nbytes
from .loops import reads_in_step
from .machine import PLAIN, Machine
from .names import c_name
from .picks import announce
from .prepare import prepare
from .row_windows import with_windows
from .scheduler import Scheduler
from .stored import choose_stored

UNKNOWN_STEPS = 100  # of a loop, for estimates
STREAM = 1 << 23  # bytes of an output from which on it is written past the caches


@dataclass(eq=False)
class ScanKernel(Kernel):
    """A loop over kernels: the body's plan, and the buffers of its carries, elements and results."""

    node: Node
    body: Body
    plan: Plan
    picks: tuple[Node, ...]

    @property
    def reads(self) -> list[Node]:
        count, *inputs = self.node.inputs
        return list(dict.fromkeys(inputs if count.op.name == "constant" else [count, *inputs]))

    @property
    def writes(self) -> list[Node]:
        return list(self.picks)

    @property
    def flops(self) -> int:
        return sum(k.flops for k in self.plan.kernels)

    @property
    def steps(self) -> int:
        """How many, as far as it is known."""
        count = self.node.inputs[0]
        return int(count.attr("value").array) if count.op.name == "constant" else UNKNOWN_STEPS

    @property
    def carries(self) -> list[tuple[Node, Node]]:
        """(where a carry starts from, the pick that holds it)."""
        return list(zip(self.node.inputs[1 : 1 + self.body.carries], self.picks, strict=False))

    def describe(self) -> list[str]:
        lines = [f"{self.name}: for step in 0..{self.called(self.node.inputs[0])}"]
        return lines + [f"  {line}" for kernel in self.plan.kernels for line in kernel.describe()]


@dataclass(eq=False)
class Plan:
    """Kernels in order. in_place: values written over a cell or a carry; commits: copies at the end."""

    outputs: tuple[Node, ...]
    updates: tuple[tuple[Node, Node], ...]
    kernels: list[Kernel] = field(default_factory=list)
    in_place: dict[Node, Node] = field(default_factory=dict)
    commits: list[tuple[Node, Node]] = field(default_factory=list)

    def readers(self, node: Node) -> list[Kernel]:
        return [k for k in self.kernels if node in k.reads]


def every_kernel(plan: Plan) -> Iterator[Kernel]:
    """The kernels, each loop followed by those of its body."""
    for kernel in plan.kernels:
        yield kernel
        if isinstance(kernel, ScanKernel):
            yield from every_kernel(kernel.plan)


# ---------------------------------------------------------------------------------------------- building
def build_plan(
    outputs: Sequence[Node], updates: Sequence[tuple[Node, Node]], machine: Machine = PLAIN
) -> Plan:
    """The kernels that compute `outputs` and give every (target, value) of `updates` its value."""
    roots = prepare([*outputs, *(value for _, value in updates)], machine)
    count = len(outputs)
    targets = [target for target, _ in updates]
    plan = _planned(roots[:count], tuple(zip(targets, roots[count:], strict=True)), machine)
    _choose_streamed(plan)
    return plan


def _planned(outputs: Sequence[Node], updates: tuple[tuple[Node, Node], ...], machine: Machine) -> Plan:
    """The same of prepared nodes."""
    plan = Plan(tuple(outputs), updates)
    roots = [*outputs, *(value for _, value in updates)]
    scan = partial(scan_kernel, machine=machine)
    scheduler = Scheduler(roots, choose_stored(roots), scan, {value: target for target, value in updates})
    plan.kernels = with_windows(_needed(scheduler.run(), roots), roots)
    scheduler.maker |= {n: kernel for kernel in plan.kernels for n in kernel.writes}
    _choose_in_place(plan, scheduler.maker)
    # Bodies of loops are functions of the same file: one count for all.
    for number, kernel in enumerate(every_kernel(plan)):
        kernel.name = f"{c_name(_stem(kernel))}_{number}"
    return plan


def scan_kernel(node: Node, machine: Machine) -> ScanKernel:
    body = own_body(node.attr("body"), machine)
    holes = body.inputs[: body.carries]
    plan = _planned(body.outputs[body.carries :], tuple(zip(holes, body.outputs, strict=False)), machine)
    if not node.attr("reverse"):
        announce(plan.kernels, body.parts()[1])
    picks = tuple(pick(node, i) for i in range(len(body.outputs)))
    for hole, result in zip(holes, picks, strict=False):
        result.name = result.name or hole.name
    return ScanKernel("scan", node, body, plan, picks)


def own_body(body: Body, machine: Machine) -> Body:
    """The prepared body in nodes that no other loop has: each has places of its own for what it computes."""
    done = {hole: duplicate(hole, ()) for hole in body.inputs}
    prepared = prepare(body.outputs, machine)
    for node in walk(prepared):
        if node not in done:
            new = rebuild(node, tuple(done[i] for i in node.inputs))
            shared = new is not node or (node.op.name == "constant" and node.ndim > 0)
            done[node] = new if shared else duplicate(node, node.inputs)
    inputs, outputs = (tuple(done[n] for n in nodes) for nodes in (body.inputs, prepared))
    return Body(inputs, outputs, body.carries, body.elements)


def _choose_streamed(plan: Plan) -> None:
    """Large outputs that no kernel reads are written past the caches, in loops that only store."""
    kept = {n for k in plan.kernels for n in k.reads} | {value for _, value in plan.updates}
    for kernel in plan.kernels:
        if isinstance(kernel, LoopKernel) and not any(s.folded for s in kernel.stages):
            large = [n for n in kernel.writes if n in plan.outputs and nbytes(n) >= STREAM]
            kernel.streamed = next((n for n in large if n not in kept), None)


def _needed(kernels: list[Kernel], roots: Sequence[Node]) -> list[Kernel]:
    """Without kernels whose results nobody reads, as where a view shows only what was padded."""
    needed = set(roots)
    found: list[Kernel] = []
    for kernel in reversed(kernels):
        if needed.intersection(kernel.writes):
            found.append(kernel)
            needed.update(kernel.reads)
    return found[::-1]


def _stem(kernel: Kernel) -> str:
    if isinstance(kernel, MatmulKernel):
        return "matmul"
    if isinstance(kernel, ScanKernel):
        return "scan"
    names = [n.name for n in kernel.writes if n.name]
    return names[0] if names else kernel.writes[0].op.name


# ------------------------------------------------------------------------------------ order, in place
def _choose_in_place(plan: Plan, maker: dict[Node, Kernel]) -> None:
    """Write new values over the old ones where every other reader of the old one can come before."""
    taken = set(plan.outputs)
    for target, value in plan.updates:
        if value not in taken and _may_overwrite(plan, maker, target, value):
            plan.in_place[value] = target
            if not _order(plan, maker):
                del plan.in_place[value]
        taken.add(value)
    _order(plan, maker)
    plan.commits = [(t, v) for t, v in plan.updates if plan.in_place.get(v) is not t]


def _may_overwrite(plan: Plan, maker: dict[Node, Kernel], target: Node, value: Node) -> bool:
    kernel = maker[value]
    if isinstance(kernel, ScanKernel):
        index = value.attr("index")
        inputs = kernel.node.inputs
        starts = index < kernel.body.carries and inputs[1 + index] is target
        return starts and inputs.count(target) == 1
    if isinstance(kernel, MatmulKernel):
        if kernel.windows is not None:
            return False
        operands = [kernel.a.node, kernel.b.node]
        written = kernel.node is value
        return target not in operands and reads_in_step(kernel.epilogue, value, target, written)
    return isinstance(kernel, LoopKernel) and reads_in_step(kernel.stages, value, target)


def _order(plan: Plan, maker: dict[Node, Kernel]) -> bool:
    """Sort kernels so that values are made before they are read, and read before they are overwritten."""
    before: dict[Kernel, set[Kernel]] = {k: set() for k in plan.kernels}
    writer = {target: maker[value] for value, target in plan.in_place.items()}
    for kernel in plan.kernels:
        for node in kernel.reads:
            source = maker.get(node)
            if source is not None and source is not kernel:
                before[kernel].add(source)
            overwriter = writer.get(node)
            if overwriter is not None and overwriter is not kernel:
                before[overwriter].add(kernel)
    done: list[Kernel] = []
    placed: set[Kernel] = set()
    waiting = list(plan.kernels)
    while waiting:
        ready = next((k for k in waiting if before[k] <= placed), None)
        if ready is None:
            return False
        waiting.remove(ready)
        placed.add(ready)
        done.append(ready)
    plan.kernels = done
    return True
