"""How threads share kernels: which loop of each is cut, so that a thread finds what it wrote itself.

Cutting a small batch over cores moves every weight between them at every step; cutting by features leaves the
weights where they are. So each kernel has candidates, each has a cost of its own, and each pair of a kernel
that writes an array and one that reads it has the cost of what must move from one core to another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..graph import Node
from .dots import DotRoles, form
from .index import Index, Var, linear
from .kernels import COSTLY, BatchKernel, BlockKernel, Kernel, LoopKernel, MatmulKernel, Stage, nbytes
from .loops import row_of, wide
from .machine import Machine
from .plan import Plan, ScanKernel, every_kernel
from .tiles import Roles, busiest, tiling

LONG = 4096  # loops from here on are cut at multiples of a panel
PANEL = 64  # columns
ROUNDS = 8
PARTIAL = 3  # vectors that the rest of a row costs, which fills none
COST = 16  # vector operations of an exponential or a division
ACROSS = 8  # to add up the lanes of a vector
LINE = 64  # bytes that move together


Accessed = tuple[Node, Index | None, bool]
Form = Roles | DotRoles | None  # of a contraction; None: one result at a time, or no contraction


@dataclass(frozen=True)
class Region:
    """What each thread touches of an array: elements `x` with `x // stride % extent` in its part of the loop.

    exact: exactly those; otherwise about those, and a little of its neighbours'.
    """

    stride: int
    extent: int
    grain: int
    exact: bool


@dataclass(frozen=True)
class Choice:
    """A way to share a kernel; axis None: one thread does all, or each does all of it for itself."""

    axis: Var | None
    grain: int = 1
    everywhere: bool = False

    @property
    def alone(self) -> bool:
        return self.axis is None and not self.everywhere


# --------------------------------------------------------------------------------------------- regions
def region(address: Index, choice: Choice) -> Region | None:
    """The part of an array that is touched at `address`; None: all of it, or nobody knows."""
    if choice.axis is None:
        return None
    stride, extent = address.factor(choice.axis), choice.axis.extent
    if stride <= 0:
        return None
    small = Index(tuple((a, f) for a, f in address.terms if a != choice.axis and 0 < f < stride))
    others = [f for a, f in address.terms if a != choice.axis and not 0 < f < stride]
    low, high = (small + address.offset).bounds()
    exact = low >= 0 and high < stride and all(f % (stride * extent) == 0 for f in others)
    return Region(stride, extent, choice.grain, exact)


def accesses(kernel: Kernel) -> list[Accessed]:
    """(array, address, whether it is written) of all that a kernel touches; address None: anywhere."""
    found: list[Accessed] = []
    if isinstance(kernel, MatmulKernel):
        found += [(o.node, o.address, False) for o in (kernel.a, kernel.b)]
        found.append((kernel.node, linear(kernel.position, tuple(v.extent for v in kernel.out)), True))
        for stage in kernel.stages:
            found += _of_stage(stage)
    elif isinstance(kernel, LoopKernel):
        for stage in kernel.stages:
            found += _of_stage(stage)
    elif isinstance(kernel, BatchKernel):
        found += [(n, kernel.address(n), n is kernel.node) for n in kernel.along]
    elif isinstance(kernel, BlockKernel):
        found += [(n, address, n is kernel.node) for n, address in kernel.addresses.items()]
    covered = {(node, written) for node, _, written in found}
    found += [(n, None, False) for n in kernel.reads if (n, False) not in covered]
    return found + [(n, None, True) for n in kernel.writes if (n, True) not in covered]


def _of_stage(stage: Stage) -> Iterator[Accessed]:
    for load in stage.loads:
        yield load.node, load.address, False
    for node in stage.positions:
        yield node, None, False
    yield stage.node, linear(stage.position, tuple(v.extent for v in stage.kept)), True


@dataclass
class Access:
    """What a kernel that is cut in some way does with an array. region: None for all of it.

    bytes: how much of it the kernel touches, all threads together.
    picked: each thread touches a part of these, though nobody knows which before it runs.
    """

    node: Node
    written: bool
    region: Region | None
    bytes: int
    picked: bool


def touched(kernel: Kernel, choice: Choice | None = None) -> list[Access]:
    """Every array that a kernel touches once, or once read and once written."""
    choice = choice or Choice(kernel.axis, kernel.grain, kernel.everywhere)
    merged: dict[tuple[Node, bool], Access] = {}
    for node, address, written in accesses(kernel):
        own = region(address, choice) if address is not None else None
        picked = address is not None and own is None and choice.axis in address.variables()
        new = Access(node, written, own, _footprint(node, address), picked)
        old = merged.setdefault((node, written), new)
        if old is not new:
            old.region = _both(old.region, new.region)
            old.bytes = max(old.bytes, new.bytes)
            old.picked = old.picked and new.picked
    return list(merged.values())


def _footprint(node: Node, address: Index | None) -> int:
    """Bytes of an array that lie at `address` for any value of the loop variables."""
    if address is None:
        return nbytes(node)
    elements = 1
    for v in address.variables():
        elements *= v.extent
    return min(nbytes(node), elements * node.dtype.itemsize)


def _both(first: Region | None, second: Region | None) -> Region | None:
    if first is None or second is None:
        return None
    if replace(first, exact=True) != replace(second, exact=True):
        return None
    return first if not first.exact else second


# ------------------------------------------------------------------------------------------- candidates
def form_of(kernel: Kernel, machine: Machine) -> Form:
    """How a kernel is computed, if it is a contraction."""
    return form(kernel, machine) if isinstance(kernel, MatmulKernel) else None


def choices(kernel: Kernel, machine: Machine, roles: Form, private: bool = False) -> list[Choice]:
    """The ways to share a kernel; the first is not to. private: each thread may have results of its own."""
    found = [Choice(None)]
    if private:
        found.append(Choice(None, everywhere=True))
    if isinstance(kernel, MatmulKernel):
        found += _of_matmul(kernel, machine, roles)
    elif isinstance(kernel, LoopKernel):
        found += [Choice(v, grain) for v in _loops(kernel) for grain in _grains(v, kernel)]
    elif isinstance(kernel, BatchKernel):
        found.append(Choice(kernel.batch))
    elif isinstance(kernel, BlockKernel) and kernel.loop is not None:
        found.append(Choice(kernel.loop, kernel.step))
    return [c for c in found if c.axis is None or c.axis.extent > c.grain]


def _grains(v: Var, kernel: LoopKernel) -> list[int]:
    """Multiples at which a loop may be cut: rows along memory also where tiles of contractions are."""
    if v.extent >= LONG:
        return [PANEL]
    return [1, PANEL] if v == kernel.outer[-1] and v.extent >= 2 * PANEL else [1]


def _loops(kernel: LoopKernel) -> list[Var]:
    """Loops that threads may share: those around all stages; long rows are tiled along all of their loops."""
    tiled = [row_of(s) for s in kernel.stages if wide(s, kernel.depth)]
    return [v for v in kernel.outer if v.extent > 1 and not any(v in row[1:] for row in tiled)]


def _of_matmul(kernel: MatmulKernel, machine: Machine, roles: Form) -> list[Choice]:
    if roles is None:
        return [Choice(v) for v in kernel.out]
    if kernel.windows is not None:
        around = kernel.out[: kernel.windows.axis]
        return [Choice(v) for v in (*around, kernel.windows.loop)]
    found = [Choice(v) for v in roles.outer]
    if isinstance(roles, DotRoles):
        for v, step in ((roles.row, roles.height), (roles.column, roles.width)):
            found += [Choice(v, step)] if v is not None else []
        return found
    for axis in (roles.row, roles.column):
        if axis is not None:
            tiles = tiling(kernel, roles, machine, axis)
            found.append(Choice(axis, tiles.height if axis == roles.row else tiles.width))
    return found


# ------------------------------------------------------------------------------------------------- costs
@dataclass
class Item:
    """A kernel with its choices, what each costs by itself, and what it touches."""

    kernel: Kernel
    choices: list[Choice]
    costs: list[float] = field(default_factory=list)
    touched: list[dict[tuple[Node, bool], Access]] = field(default_factory=list)


@dataclass(frozen=True)
class Edge:
    """One kernel writes what another reads, in the same step or in the next."""

    writer: int
    reader: int
    node: Node  # as the writer calls it
    read_as: Node  # as the reader does


def partition(plan: Plan, machine: Machine) -> None:
    """Choose the axis of every kernel of a plan, and of the loops in it."""
    forms = {kernel: form_of(kernel, machine) for kernel in every_kernel(plan)}
    if machine.threads > 1:
        together, alone = _partition(plan, machine, forms)
        if together + machine.team > alone:
            for kernel in every_kernel(plan):
                kernel.axis, kernel.everywhere = None, False
    for kernel in every_kernel(plan):
        own = Choice(kernel.axis, kernel.grain, kernel.everywhere)
        kernel.cost = _work(kernel, own, touched(kernel), machine, forms[kernel])


def _partition(plan: Plan, machine: Machine, forms: Mapping[Kernel, Form]) -> tuple[float, float]:
    """Choose the axes; gives the seconds that are expected, and those of one thread alone."""
    shared = {*plan.outputs, *(value for _, value in plan.updates)}
    items = [_item(k, machine, forms[k], shared.isdisjoint(k.writes)) for k in plan.kernels]
    edges = _edges(plan)
    memo: dict[tuple[Edge, int, int], float] = {}

    def between(edge: Edge, w: int, r: int) -> float:
        key = (edge, w, r)
        if key not in memo:
            memo[key] = _moved(items[edge.writer], w, items[edge.reader], r, edge, machine)
        return memo[key]

    starts = [[_start(item, last) for item in items] for last in (False, True)] + [[0] * len(items)]
    starts.append([s * isinstance(i.kernel, MatmulKernel) for s, i in zip(starts[1], items, strict=True)])
    found = [_descend(items, edges, start, between) for start in starts]
    together, best = min(found, key=lambda pair: pair[0])
    alone = sum(item.costs[0] for item in items)
    for item, choice in zip(items, best, strict=True):
        own = item.choices[choice]
        item.kernel.axis, item.kernel.grain, item.kernel.everywhere = own.axis, own.grain, own.everywhere
        if isinstance(item.kernel, ScanKernel):
            inside = _partition(item.kernel.plan, machine, forms)
            together += inside[0] * item.kernel.steps
            alone += inside[1] * item.kernel.steps
    return together, alone


def _item(kernel: Kernel, machine: Machine, roles: Form, private: bool) -> Item:
    private = private and isinstance(kernel, (LoopKernel, MatmulKernel))
    item = Item(kernel, choices(kernel, machine, roles, private))
    for choice in item.choices:
        parts = touched(kernel, choice)
        item.touched.append({(a.node, a.written): a for a in parts})
        item.costs.append(_work(kernel, choice, parts, machine, roles))
    return item


def _work(kernel: Kernel, choice: Choice, parts: Sequence[Access], machine: Machine, roles: Form) -> float:
    """Seconds of the busiest thread, without what other cores have to send; those of loops are apart."""
    if isinstance(kernel, ScanKernel):
        return 0.0
    share = _share(choice, machine.threads)
    read = sum(_reading(a, choice, share, machine) for a in parts)
    flops = (_operations(kernel, machine) if isinstance(kernel, LoopKernel) else kernel.flops) * share
    if isinstance(kernel, BlockKernel) and not isinstance(kernel, BatchKernel):
        flops = kernel.work * machine.lanes(4) * 2 * share
    if isinstance(kernel, MatmulKernel) and isinstance(roles, Roles):
        flops = kernel.flops * busiest(kernel, roles, machine, choice.axis)
    return flops / machine.flops + read + _joining(kernel, choice, machine)


def _operations(kernel: LoopKernel, machine: Machine) -> float:
    """Arithmetic of loops, in the machine's multiply-adds: each is done on whole vectors."""
    total = 0.0
    for stage in kernel.stages:
        lanes = machine.lanes(stage.value.dtype.itemsize)
        row = max(1, stage.loops[-1].extent) if stage.loops else 1
        vectors = stage.size / row * (row // lanes + (PARTIAL if row % lanes else 0))
        values = [v for v in stage.value.walk() if v.kind != "number"]
        steps = 1 + sum(COST if v.kind == "map" and v.node.op.name in COSTLY else 1 for v in values)
        lines = stage.size / row * ACROSS if stage.loops and stage.loops[-1] in stage.folded else 0
        total += (vectors * steps + lines) * lanes * 2
    return total


def _reading(access: Access, choice: Choice, share: float, machine: Machine) -> float:
    """Seconds in which a thread has what it touches of an array: from its cache, or past all caches."""
    part = access.bytes * _fetched(access, share, machine)
    if nbytes(access.node) < machine.cache:
        return part / machine.bandwidth
    together = access.bytes / machine.memory_all if choice.axis is not None else 0.0
    return max(part / machine.memory, together)


def _fetched(access: Access, share: float, machine: Machine) -> float:
    """The part of an array that a thread fetches: whole cache lines."""
    if access.region is None:
        return share if access.picked else 1.0
    run = access.region.stride * access.region.extent / machine.threads * access.node.dtype.itemsize
    return min(1.0, share * (1 + LINE / run))


def _joining(kernel: Kernel, choice: Choice, machine: Machine) -> float:
    """Seconds to put the parts of reductions over the shared loop together."""
    if not isinstance(kernel, LoopKernel) or choice.axis is None:
        return 0.0
    joined = sum(nbytes(s.node) for s in kernel.stages if choice.axis in s.folded)
    return machine.threads * max(joined, LINE) / machine.remote if joined else 0.0


def _share(choice: Choice, threads: int) -> float:
    if choice.axis is None:
        return 1.0
    blocks = -(-choice.axis.extent // choice.grain)
    most = max(blocks * (t + 1) // threads - blocks * t // threads for t in range(threads))
    return min(1.0, most * choice.grain / choice.axis.extent)


def _edges(plan: Plan) -> list[Edge]:
    maker = {n: i for i, k in enumerate(plan.kernels) for n in k.writes}
    carried = {target: value for target, value in plan.updates if value in maker}
    found = []
    for i, kernel in enumerate(plan.kernels):
        for node in kernel.reads:
            source = node if node in maker else carried.get(node)
            if source is not None and maker[source] != i:
                found.append(Edge(maker[source], i, source, node))
    return found


def _moved(writer: Item, w: int, reader: Item, r: int, edge: Edge, machine: Machine) -> float:
    """Seconds for what the busiest reading thread has not written itself, and to wait for it."""
    if writer.choices[w].everywhere or (writer.choices[w].alone and reader.choices[r].alone):
        return 0.0
    own, access = writer.touched[w][edge.node, True].region, reader.touched[r][edge.read_as, False]
    read = access.region
    if own is not None and read is not None and replace(own, exact=True) == replace(read, exact=True):
        return 0.0 if own.exact and read.exact else machine.barrier
    others = (machine.threads - 1) / machine.threads
    part = 1 / machine.threads if read is not None else 1.0
    away = others if own is not None or reader.choices[r].alone else 1.0
    return machine.barrier + access.bytes * part * away / machine.remote


def _start(item: Item, last: bool) -> int:
    """A choice to begin with: the first or the last loop, where threads gain by it."""
    ways = [i for i in range(1, len(item.choices)) if item.costs[i] < 0.9 * item.costs[0]]
    return 0 if not ways else ways[-1] if last else ways[0]


def _descend(
    items: list[Item], edges: list[Edge], chosen: list[int], between: Callable[[Edge, int, int], float]
) -> tuple[float, list[int]]:
    """Change one kernel at a time as long as that makes the whole cheaper; gives the cost and the choices."""
    around: dict[int, list[Edge]] = {}
    for edge in edges:
        around.setdefault(edge.writer, []).append(edge)
        around.setdefault(edge.reader, []).append(edge)

    def cost(i: int, choice: int) -> float:
        total = items[i].costs[choice]
        for edge in around.get(i, ()):
            w = choice if edge.writer == i else chosen[edge.writer]
            r = choice if edge.reader == i else chosen[edge.reader]
            total += between(edge, w, r)
        return total

    for _ in range(ROUNDS):
        before = list(chosen)
        for i, item in enumerate(items):
            chosen[i] = min(range(len(item.choices)), key=lambda c: (cost(i, c), c != chosen[i]))
        if chosen == before:
            break
    whole = sum(item.costs[c] for item, c in zip(items, chosen, strict=True))
    whole += sum(between(edge, chosen[edge.writer], chosen[edge.reader]) for edge in edges)
    return whole, chosen


def cut_kernels(plan: Plan) -> bool:
    """Whether any kernel is shared by threads."""
    return any(k.axis is not None for k in every_kernel(plan))
