"""The kernels of one program or loop body: what is computed in which loops."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ..graph import Node, walk
from ..ops.define import MapOp, ReduceOp, ViewOp
from .blocks import block_kernel
from .expression import Elements, plain_access, shape_of
from .index import Var, var
from .kernels import Kernel, LoopKernel, MatmulKernel, Operand, Stage
from .loops import common_depth, fits_epilogue, merged, orders, own_depth, reads_in_step, too_wide
from .picked import PICKED, batch_kernel
from .stored import awaited, has_kernel, in_memory


@dataclass(eq=False)
class Scheduler:
    """Builds the kernels; scan: makes that of a loop, whose body is planned for itself."""

    roots: list[Node]
    stored: set[Node]
    scan: Callable[[Node], Kernel]
    targets: dict[Node, Node] = field(default_factory=dict)  # new state -> where it goes
    kernels: list[Kernel] = field(default_factory=list)
    maker: dict[Node, Kernel] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.elements = Elements(self.holds)
        self.awaited: dict[Node, tuple[Node, ...]] = awaited(walk(self.roots), self.holds)

    def holds(self, node: Node) -> bool:
        return node in self.stored or in_memory(node)

    def run(self) -> list[Kernel]:
        for node in walk(self.roots):
            if node not in self.stored:
                continue
            if node.op.name == "contract":
                self.add(self.matmul(node))
            elif node.op.name == "scan":
                self.add(self.scan(node))
            elif node.op.name in PICKED:
                self.add(batch_kernel(self.unique(node), node))
            elif has_kernel(node):
                self.add(block_kernel(self.unique(node), node, self.awaited[node]))
            else:
                self.place(node)
        self.kernels = merged(self.kernels, self.allowed)
        self.maker = {node: kernel for kernel in self.kernels for node in kernel.writes}
        return self.kernels

    def allowed(self, stages: Sequence[Stage], more: Sequence[Stage]) -> bool:
        """Whether state that could be written in place in two kernels can be in one."""
        return self.in_place([*stages, *more]) or not (self.in_place(stages) and self.in_place(more))

    def in_place(self, stages: Sequence[Stage]) -> bool:
        pairs = [(s.node, self.targets[s.node]) for s in stages if s.node in self.targets]
        return all(reads_in_step(stages, value, target) for value, target in pairs)

    def add(self, kernel: Kernel) -> None:
        self.kernels.append(kernel)
        self.maker |= dict.fromkeys(kernel.writes, kernel)

    def unique(self, node: Node) -> str:
        return f"{node.op.name}_{len(self.kernels)}"

    def stage(self, node: Node, order: Sequence[int] = ()) -> Stage:
        """The loops that compute a stored node; order: the axes that they walk over, outermost first."""
        source = node.inputs[0] if isinstance(node.op, ReduceOp) else node
        folded = node.attr("axes") if isinstance(node.op, ReduceOp) else ()
        sizes = shape_of(source)
        order = order or orders(node)[0]
        loops = tuple(Var(f"i{n}", sizes[axis]) for n, axis in enumerate(order))
        at = {axis: var(v.name, v.extent) for axis, v in zip(order, loops, strict=True)}
        value = self.elements.of(source, tuple(at[a] for a in range(len(sizes))), top=source is node)
        return Stage(
            node,
            loops,
            tuple(v for a, v in zip(order, loops, strict=True) if a in folded),
            value,
            self.awaited[node],
        )

    def matmul(self, node: Node) -> MatmulKernel:
        left, right, out = node.attr("spec")
        sizes = dict(zip(left + right, shape_of(node.inputs[0]) + shape_of(node.inputs[1]), strict=True))
        names = {c: f"i{a}" for a, c in enumerate(out)}
        folded = [c for c in dict.fromkeys(left + right) if c not in out]
        names |= {c: f"r{n}" for n, c in enumerate(folded)}
        operands = []
        for source, letters in zip(node.inputs, (left, right), strict=True):
            access = plain_access(source, tuple(var(names[c], sizes[c]) for c in letters), self.holds)
            assert access is not None, "operands of contractions are regular views of memory"
            operands.append(Operand(*access))
        return MatmulKernel(
            self.unique(node), node, operands[0], operands[1],
            tuple(Var(names[c], sizes[c]) for c in out), tuple(Var(names[c], sizes[c]) for c in folded), [],
            after=self.awaited[node],
        )  # fmt: skip

    def place(self, node: Node) -> None:
        """Fuse a node into a contraction's epilogue or into loops that exist, or give it its own loops."""
        ways = [self.stage(node, order) for order in orders(node)]
        stage = next((s for s in ways if not too_wide([s], own_depth(s))), ways[-1])
        reads = [self.maker[n] for n in stage.reads if n in self.maker]
        latest = max((self.kernels.index(k) for k in reads), default=-1)
        if latest >= 0 and isinstance(node.op, (MapOp, ViewOp)):
            kernel = self.kernels[latest]
            if isinstance(kernel, MatmulKernel) and fits_epilogue(kernel, stage):
                kernel.epilogue.append(stage)
                self.maker[node] = kernel
                return
        for kernel in reversed(self.kernels[max(latest, 0) :]):
            if not isinstance(kernel, LoopKernel):
                continue
            depth, best = max(((common_depth(kernel, s), s) for s in ways), key=lambda found: found[0])
            if depth and self.allowed(kernel.stages, [best]):
                kernel.stages.append(best)
                kernel.depth = depth
                self.maker[node] = kernel
                return
        self.add(LoopKernel(self.unique(node), [stage], own_depth(stage)))
