"""From graph to kernels: what is stored, what is fused, in which order, and what is written in place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from ..dtypes import FLOATS
from ..graph import Node, consumers, duplicate, make, rebuild, walk
from ..ops.define import MapOp, ReduceOp, ViewOp, constant
from ..ops.loop import Body, pick
from ..ops.map import multiply, stop_gradient
from ..ops.view import broadcast_to, reshape, transpose
from ..shapes import product
from .expression import Elements, plain_access, shape_of, view_position
from .index import Index, Var, linear, var
from .kernels import (
    COSTLY,
    BlockKernel,
    Kernel,
    LoopKernel,
    MatmulKernel,
    Operand,
    Stage,
    nbytes,
)
from .layout import carry_across
from .loops import common_depth, fits_epilogue, merged, orders, own_depth, reads_in_step, too_wide
from .names import c_name
from .picked import PICKED, batch_kernel
from .pooling import lowered
from .row_windows import with_windows
from .tiles import panels_fit
from .windows import is_regular

SOURCES = frozenset({"input", "cell", "pick"})
DEPTH = 64  # of maps and views on one another that one kernel computes
UNKNOWN_STEPS = 100  # of a loop, for estimates
STREAM = 1 << 23  # bytes of an output from which on it is written past the caches
COPY_ROWS = 4  # from so many rows on, an operand that is stored across is copied


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


def in_memory(node: Node) -> bool:
    return node.op.name in SOURCES or (node.op.name == "constant" and node.ndim > 0)


# --------------------------------------------------------------------------------------------- prepare
def prepare(roots: Sequence[Node], threads: int = 1) -> list[Node]:
    """Contractions get operands that their kernels like; roots that nothing computes become copies.

    What has no elements, or folds none, becomes a number, so that no loop that may contain a check is empty.
    """
    done: dict[Node, Node] = {}
    roots = lowered(carry_across(roots), threads)
    for node in walk(roots):
        new = rebuild(node, tuple(done[i] for i in node.inputs))
        if not in_memory(node) and (0 in node.shape or _folds_nothing(node)):
            number = node.op.identity(node.dtype) if isinstance(node.op, ReduceOp) else 0
            new = broadcast_to(constant(number, node.dtype), node.shape)
        elif new.op.name == "contract":
            new = _along_memory(new) if _folded(new) else _product(new)
        done[node] = new
    return [_copied(done[root]) for root in roots]


def _folds_nothing(node: Node) -> bool:
    folds = isinstance(node.op, ReduceOp) or node.op.name == "contract"
    return folds and any(0 in source.shape for source in node.inputs)


def _along_memory(node: Node) -> Node:
    """A float contraction of some rows, whose columns run along memory in the operand that has them.

    An operand that is stored the other way is copied first: that costs less than reading it across.
    Where rows are many, the kernel itself copies it, a panel at a time.
    """
    spec = list(node.attr("spec"))
    sizes = dict(zip(spec[0] + spec[1], shape_of(node.inputs[0]) + shape_of(node.inputs[1]), strict=True))
    wide = [c for c in spec[2] if sizes[c] != 1]
    if not wide or node.dtype not in FLOATS:
        return node
    column = wide[-1]
    owners = [i for i in (0, 1) if column in spec[i]]
    rows = [sizes[c] for c in wide if c not in spec[owners[0]]]
    steps = product(sizes[c] for c in _folded(node))
    if (
        len(owners) != 1
        or product(rows) < COPY_ROWS
        or panels_fit(max(rows), steps * node.dtype.itemsize)
        or _memory_stride(node.inputs[owners[0]], spec[owners[0]].index(column)) == 1
        or _depth_along_memory(node)
    ):
        return node
    owner, letters = node.inputs[owners[0]], spec[owners[0]]
    order = [i for i, c in enumerate(letters) if c != column] + [letters.index(column)]
    copy = stop_gradient(transpose(owner, order))
    copy.name = copy.name or f"{owner.name or owner.op.name}_across"
    inputs = list(node.inputs)
    inputs[owners[0]], spec[owners[0]] = copy, "".join(letters[i] for i in order)
    return make(node.op, inputs, node.where, spec=tuple(spec))


def _depth_along_memory(node: Node) -> bool:
    """Whether both operands lie along one folded axis: then results are dot products of their rows."""
    return any(
        all(
            letter in spec and _memory_stride(source, spec.index(letter)) == 1
            for source, spec in zip(node.inputs, node.attr("spec"), strict=False)
        )
        for letter in _folded(node)
    )


def _memory_stride(node: Node, axis: int) -> int:
    """How far apart neighbours along an axis lie; 0 where the node is not a regular view of memory."""
    position = tuple(var(f"x{i}", s) for i, s in enumerate(shape_of(node)))
    access = plain_access(node, position, lambda n: not isinstance(n.op, ViewOp))
    return access[1].factor(Var(f"x{axis}", shape_of(node)[axis])) if access else 0


def _folded(node: Node) -> list[str]:
    left, right, out = node.attr("spec")
    return [c for c in dict.fromkeys(left + right) if c not in out]


def _product(node: Node) -> Node:
    out = node.attr("spec")[2]
    a, b = (_aligned(x, s, out) for x, s in zip(node.inputs, node.attr("spec"), strict=False))
    new = multiply(broadcast_to(a, node.shape), broadcast_to(b, node.shape))
    new.name = new.name or node.name
    return new


def _aligned(x: Node, letters: str, out: str) -> Node:
    """`x` with its axes in the order of `out`, and axes of size 1 where it has none."""
    order = sorted(range(x.ndim), key=lambda i: out.index(letters[i]))
    sizes = dict(zip(letters, x.shape, strict=True))
    return reshape(transpose(x, order), tuple(sizes.get(c, 1) for c in out))


def _copied(root: Node) -> Node:
    computed = root.op.name not in ("input", "cell", "constant") and not isinstance(root.op, ViewOp)
    return root if computed else stop_gradient(root)


# -------------------------------------------------------------------------------------- what is stored
def choose_stored(roots: Sequence[Node]) -> set[Node]:
    """The nodes that get memory: results of reductions and blocks, their operands, roots, shared maps."""
    nodes = walk(roots)
    stored = {n for n in nodes if isinstance(n.op, ReduceOp) or _is_kernel(n)}
    stored |= {r for r in roots if not in_memory(r)}
    for node in nodes:
        for operand in _operands_in_memory(node, stored):
            if not in_memory(operand):
                stored.add(operand)
    stored |= _costly_shared(nodes, stored)
    return stored | _deep(nodes, stored)


def _is_kernel(node: Node) -> bool:
    return node.op.name in ("contract", "concatenate", "cumsum", "argsort", "scatter_add", "scan", *PICKED)


def _operands_in_memory(node: Node, stored: set[Node]) -> list[Node]:
    """What must lie in memory for `node` to be computed."""
    name = node.op.name
    if name == "contract":
        return [_base(i, stored) for i in node.inputs]
    if name == "scan":
        return [i for i in node.inputs[1:]] + (
            [node.inputs[0]] if node.inputs[0].op.name != "constant" else []
        )
    if name in ("concatenate", "cumsum", "argsort", "scatter_add", *PICKED):
        return list(node.inputs)
    if name == "take":
        return [node.inputs[1]]
    if name in ("dynamic_slice", "dynamic_pad"):
        starts = [i for i in node.inputs[1:] if i.op.name != "constant"]
        return starts + (_guarded(node, stored) if name == "dynamic_pad" else [])
    return _guarded(node, stored) if name in ("pad", "stored") else []


def _base(node: Node, stored: set[Node]) -> Node:
    """The node to store so that `node` is a regular view of memory."""
    position = tuple(var(f"x{i}", s) for i, s in enumerate(shape_of(node)))
    start, walked = node, position
    while not (in_memory(node) or node in stored):
        if not isinstance(node.op, ViewOp):
            return node if _regular(node, walked) else start
        walked, condition = view_position(node, node.op, walked)
        if condition not in (None, True):
            return start
        node = node.inputs[0]
    return node if _regular(node, walked) else start


def _regular(node: Node, position: tuple[Index, ...]) -> bool:
    return is_regular(linear(position, shape_of(node)))


def _guarded(node: Node, stored: set[Node]) -> list[Node]:
    """The input of a view with a condition is read in place where it is a view of memory, else stored."""
    base = _base(node.inputs[0], stored)
    return [] if base.op.name == "constant" else [base]


def _costly_shared(nodes: list[Node], stored: set[Node]) -> set[Node]:
    """Maps that several kernels would compute again, or that would be repeated along a broadcast."""
    weight: dict[Node, int] = {}
    for node in nodes:
        if node in stored or in_memory(node):
            weight[node] = 0
        else:
            own = (10 if node.op.name in COSTLY else 1) if isinstance(node.op, MapOp) else 0
            weight[node] = own + sum(weight[i] for i in node.inputs)
    users = consumers(nodes)
    sinks: dict[Node, set[Node]] = {}
    chosen: set[Node] = set()
    for node in reversed(nodes):
        own_sinks: set[Node] = set()
        repeated = False
        for user in users.get(node, []):
            own_sinks |= {user} if user in stored or user in chosen else sinks[user]
            repeated = repeated or (user.op.name == "broadcast_to" and shape_of(user) != shape_of(node))
        sinks[node] = own_sinks
        heavy = weight[node] >= 8
        if node not in stored and isinstance(node.op, MapOp) and heavy and (len(own_sinks) > 1 or repeated):
            chosen.add(node)
    return chosen


def _deep(nodes: list[Node], stored: set[Node]) -> set[Node]:
    """Where long chains of maps and views are cut into several kernels."""
    depth: dict[Node, int] = {}
    chosen: set[Node] = set()
    for node in nodes:
        depth[node] = 1 + max((depth[i] for i in node.inputs), default=0)
        if node in stored or in_memory(node):
            depth[node] = 0
        elif depth[node] > DEPTH:
            chosen.add(node)
            depth[node] = 0
    return chosen


def awaited(nodes: Sequence[Node], holds: Callable[[Node], bool]) -> dict[Node, tuple[Node, ...]]:
    """For every node the stored ones that have to be there before it is computed again."""
    near: dict[Node, tuple[Node, ...]] = {}  # the nearest stored nodes behind
    found: dict[Node, tuple[Node, ...]] = {}
    for node in nodes:
        near[node] = (node,) if holds(node) else tuple(dict.fromkeys(n for i in node.inputs for n in near[i]))
        own = dict.fromkeys(n for i in node.inputs if not holds(i) for n in found[i])
        if node.op.name == "again":
            own |= dict.fromkeys(n for n in near[node.inputs[1]] if not in_memory(n))
        found[node] = tuple(own)
    return found


# --------------------------------------------------------------------------------------------- kernels
@dataclass(eq=False)
class Scheduler:
    """Builds the kernels of one program or loop body."""

    roots: list[Node]
    stored: set[Node]
    targets: dict[Node, Node] = field(default_factory=dict)  # new state -> where it goes
    threads: int = 1
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
                self.add(scan_kernel(node, self.threads))
            elif node.op.name in PICKED:
                self.add(batch_kernel(self.unique(node), node))
            elif _is_kernel(node):
                self.add(BlockKernel(self.unique(node), node, node.inputs, after=self.awaited[node]))
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


def scan_kernel(node: Node, threads: int) -> ScanKernel:
    body = own_body(node.attr("body"), threads)
    holes = body.inputs[: body.carries]
    plan = _planned(body.outputs[body.carries :], tuple(zip(holes, body.outputs, strict=False)), threads)
    picks = tuple(pick(node, i) for i in range(len(body.outputs)))
    for hole, result in zip(holes, picks, strict=False):
        result.name = result.name or hole.name
    return ScanKernel("scan", node, body, plan, picks)


def own_body(body: Body, threads: int = 1) -> Body:
    """The prepared body in nodes that no other loop has: each has places of its own for what it computes."""
    done = {hole: duplicate(hole, ()) for hole in body.inputs}
    prepared = prepare(body.outputs, threads)
    for node in walk(prepared):
        if node not in done:
            new = rebuild(node, tuple(done[i] for i in node.inputs))
            shared = new is not node or (node.op.name == "constant" and node.ndim > 0)
            done[node] = new if shared else duplicate(node, node.inputs)
    inputs, outputs = (tuple(done[n] for n in nodes) for nodes in (body.inputs, prepared))
    return Body(inputs, outputs, body.carries, body.elements)


# ------------------------------------------------------------------------------------ order, in place
def build_plan(outputs: Sequence[Node], updates: Sequence[tuple[Node, Node]], threads: int = 1) -> Plan:
    """The kernels that compute `outputs` and give every (target, value) of `updates` its value."""
    roots = prepare([*outputs, *(value for _, value in updates)], threads)
    count = len(outputs)
    targets = [target for target, _ in updates]
    plan = _planned(roots[:count], tuple(zip(targets, roots[count:], strict=True)), threads)
    _choose_streamed(plan)
    return plan


def _planned(outputs: Sequence[Node], updates: tuple[tuple[Node, Node], ...], threads: int) -> Plan:
    """The same of prepared nodes."""
    plan = Plan(tuple(outputs), updates)
    roots = [*outputs, *(value for _, value in updates)]
    scheduler = Scheduler(roots, choose_stored(roots), {value: target for target, value in updates}, threads)
    plan.kernels = with_windows(_needed(scheduler.run(), roots), roots)
    scheduler.maker |= {n: kernel for kernel in plan.kernels for n in kernel.writes}
    _choose_in_place(plan, scheduler.maker)
    # Bodies of loops are functions of the same file: one count for all.
    for number, kernel in enumerate(every_kernel(plan)):
        kernel.name = f"{c_name(_stem(kernel))}_{number}"
    return plan


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


def every_kernel(plan: Plan) -> Iterator[Kernel]:
    """The kernels, each loop followed by those of its body."""
    for kernel in plan.kernels:
        yield kernel
        if isinstance(kernel, ScanKernel):
            yield from every_kernel(kernel.plan)


def _stem(kernel: Kernel) -> str:
    if isinstance(kernel, MatmulKernel):
        return "matmul"
    if isinstance(kernel, ScanKernel):
        return "scan"
    names = [n.name for n in kernel.writes if n.name]
    return names[0] if names else kernel.writes[0].op.name


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
