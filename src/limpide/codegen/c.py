"""The C file of a function: its kernels, and the run that calls them in order."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..dtypes import ALIGNMENT
from ..graph import Cell, Node, Program, walk
from ..memory import Memory, Peak, Planner, Slot, peak
from ..ops.define import cell_node, cell_op
from ..schedule import (
    BatchKernel,
    BlockKernel,
    Kernel,
    LoopKernel,
    MatmulKernel,
    Plan,
    ScanKernel,
    build_plan,
)
from ..schedule.expression import shape_of
from ..schedule.machine import Machine
from ..schedule.partition import Region, cut_kernels, partition, touched
from ..schedule.plan import every_kernel
from ..shapes import show
from .kernels.blocks import block_kernel
from .kernels.matmul import matmul_kernel
from .kernels.picked import picked_kernel
from .loops import loop_kernel
from .reduce import join, parts
from .sharing import Function, Functions, comment_text
from .writer import Messages, Writer, c_type

# How a check that fails is noted: the first that a thread finds counts, its code and its value together.
NOTED = "if (__sync_bool_compare_and_swap(&err[0], 0, code)) err[1] = i;"
NOTED_ALONE = "if (!err[0]) { err[0] = code; err[1] = i; }"
CHECKS = """\
/* Positions that come from data: outside of the array is an error, reported after the run. The first that a
   thread finds counts: its code and its value belong together. */
static inline int64_t lp_outside(int64_t i, int64_t *err, int64_t code) {
  NOTED
  return 0;
}
static inline int64_t lp_index(int64_t i, int64_t size, int64_t *err, int64_t code) {
  const int64_t at = i < 0 ? i + size : i;
  if (at < 0 || at >= size) return lp_outside(i, err, code);
  return at;
}
static inline int64_t lp_likely(int64_t i, int64_t size) { /* not checked: what is fetched ahead */
  const int64_t at = i < 0 ? i + size : i;
  return at < 0 || at >= size ? 0 : at;
}
static inline int64_t lp_start(int64_t i, int64_t size, int64_t *err, int64_t code) {
  if (i < 0 || i >= size) return lp_outside(i, err, code);
  return i;
}
"""


@dataclass(eq=False)
class Lowered:
    """A function as C: its source, and in which order it takes its arguments.

    The arguments are one array of pointers: inputs, cells, constants, outputs, arena, errors, pool.
    """

    program: Program
    plan: Plan
    memory: Memory
    functions: Functions  # of its kernels
    arguments: list[Slot]  # inputs, cells, constants, outputs
    run: list[str]  # the lines that name all arrays and call the kernels
    source: str
    cells: list[Cell]
    constants: list[Node]
    messages: Messages
    threads: int
    machine: Machine
    restores: bool  # a check may fail after state was written: the caller has to put it back

    @property
    def kernels(self) -> list[Kernel]:
        return self.plan.kernels

    @property
    def peak(self) -> Peak:
        """The memory that calls need besides their inputs; cells count as often as they are kept."""
        state = [cell_node(cell) for cell in self.cells]
        kept = state + [target for target, _ in self.plan.updates if self.restores]
        return peak(self.memory.arena, self.program.outputs, kept, self.constants)

    @property
    def peak_bytes(self) -> int:
        return self.peak.bytes


@dataclass
class Emitter:
    """Writes the functions of kernels, and the calls of them."""

    memory: Memory
    machine: Machine
    functions: Functions
    messages: Messages = field(default_factory=Messages)
    threads: int = 1
    data_offset: int = -1
    scratch: int = 0  # bytes behind the arena, of each thread, that its kernels use one after the other
    parts: list[Slot] = field(default_factory=list)  # what each thread has folded, by kernel
    state: set[Slot] = field(default_factory=set)  # the places of cells that get new values
    checked: int | None = None  # checks before state is first written

    # ------------------------------------------------------------------------------------ functions
    def kernel(self, kernel: Kernel) -> Call:
        """Write the C function of a kernel; gives how it is called."""
        writer = Writer(self.memory, self.messages)
        helpers: list[tuple[str, str]] = []
        if isinstance(kernel, LoopKernel):
            helpers = loop_kernel(writer, kernel, self.machine)
        elif isinstance(kernel, MatmulKernel):
            helpers = matmul_kernel(writer, kernel, self.machine)
        elif isinstance(kernel, BatchKernel):
            picked_kernel(writer, kernel, self.machine)
        elif isinstance(kernel, BlockKernel):
            helpers = block_kernel(writer, kernel)
        written = {self.memory.slots[n].name for n in kernel.writes}
        parameters = {
            s.name: f"{'' if s.name in written else 'const '}{c_type(s.dtype)} *restrict {s.name}"
            for s in writer.parameters.values()
        }
        extra: list[str] = []
        arguments = list(writer.parameters)
        extras = {
            "tid": ("int tid", "tid"),
            "err": ("int64_t *err", "err"),
            "parts": ("char *parts", f"parts_{len(self.parts)}"),
            "scratch": ("char *restrict scratch", "lp_scratch"),
        }
        if isinstance(kernel, MatmulKernel) and kernel.coming:
            rows = self.memory.slots[kernel.coming.rows]
            extras["next"] = (f"const {c_type(rows.dtype)} *restrict next_", f"{rows.name}_next")
        if kernel.axis is not None:
            extent, grain = kernel.axis.extent, kernel.grain
            extra.append("const int64_t lo_, const int64_t hi_")
            cut = f"lp_cut({extent}, {grain}, "
            arguments += [cut + "tid, nt)", cut + "tid + 1, nt)"]
        for name in ("tid", "parts", "err", "scratch", "next"):
            if name in writer.uses:
                extra.append(extras[name][0])
                arguments.append(extras[name][1])
        self.scratch = max(self.scratch, -(-writer.scratch // ALIGNMENT) * ALIGNMENT)
        local = [s.name for s in map(self.memory.slots.__getitem__, kernel.writes) if s.kind == "local"]
        function = Function(
            kernel.name,
            kernel.names,
            lambda names: dataclasses.replace(kernel, names=dict(names)).describe(),
            parameters,
            extra,
            [*writer.values, *local],
            written,
            writer.lines,
            writer.makes | {self.memory.slots[n].name: n for n in kernel.writes},
        )
        name = self.functions.add(function, helpers)
        return Call(kernel, f"{name}({', '.join(arguments)});", kernel.axis is not None or kernel.everywhere)

    # ------------------------------------------------------------------------------------------ run
    def run(self, plan: Plan, indent: str, pending: Pending | None = None) -> list[str]:
        """The lines that call a plan's kernels, with a barrier where one thread needs another's results."""
        lines: list[str] = []
        pending = pending or Pending(self.memory, self.threads)
        for kernel in plan.kernels:
            lines += self.guard(kernel.writes, indent)
            if isinstance(kernel, ScanKernel):
                lines += pending.barrier(indent, always=True)
                lines += self.scan(kernel, indent)
                lines += pending.barrier(indent, always=True)
                continue
            call = self.kernel(kernel)
            shared = self.parts_of(kernel)
            lines += pending.before([*self.accesses(kernel), *shared], indent)
            lines.append(f"{indent}{call.text}" if call.split else f"{indent}{self.alone}{call.text}")
            if shared:
                self.join(kernel, shared[0].slot, pending, indent)
        for target, value in plan.commits:
            lines += self.guard([target], indent)
            lines += self.copy(pending, target, value, indent)
        return lines

    def parts_of(self, kernel: Kernel) -> list[Touch]:
        """The place where each thread leaves its part of the kernel's reductions, if it does."""
        if not isinstance(kernel, LoopKernel) or not kernel.partial:
            return []
        name = f"parts_{len(self.parts)}"
        self.parts.append(Slot(name, kernel.partial[0].node, "parts", parts(kernel)[1]))
        return [Touch(self.parts[-1], True, None, False)]

    def join(self, kernel: Kernel, place: Slot, pending: Pending, indent: str) -> None:
        """After the next barrier the first thread puts together what each has folded."""
        assert isinstance(kernel, LoopKernel)
        function = join(kernel, self.memory)
        name = self.functions.add(function, [])
        made = [Touch(self.memory.slots[s.node], True, None, True) for s in kernel.partial]
        text = f"{indent}{self.alone}{name}({', '.join([*function.parameters, place.name])}, nt);"
        pending.wait(text, [*made, Touch(place, False, None, True)])

    @property
    def alone(self) -> str:
        """Before what one thread does for all."""
        return "if (tid == 0) " if self.threads > 1 else ""

    def accesses(self, kernel: Kernel) -> list[Touch]:
        slots, alone = self.memory.slots, kernel.axis is None and not kernel.everywhere
        return [
            Touch(slots[a.node], a.written, a.region, alone)
            for a in touched(kernel)
            if a.node in slots and slots[a.node].kind != "local"
        ]

    def guard(self, writes: Sequence[Node], indent: str) -> list[str]:
        """Before state is first written: the run ends there if a check has failed."""
        if self.checked is not None or not any(self.memory.slots[n].root() in self.state for n in writes):
            return []
        self.checked = len(self.messages.checks)
        if not self.checked:
            return []
        barrier = [f"{indent}lp_barrier(pool, nt);"] if self.threads > 1 else []
        return [
            *barrier,
            f"{indent}const int64_t failed_ = err[0];",
            *barrier,
            f"{indent}if (failed_) return; /* state stays as it was */",
        ]

    @property
    def restores(self) -> bool:
        return self.checked is not None and len(self.messages.checks) > self.checked

    def copy(self, pending: Pending, target: Node, value: Node, indent: str) -> list[str]:
        to, source = self.memory.slots[target], self.memory.slots[value]
        return [] if to is source or not source.size else self.duplicate(pending, to, source, indent)

    def duplicate(self, pending: Pending, to: Slot, source: Slot, indent: str) -> list[str]:
        lines = pending.before([Touch(source, False, None, True), Touch(to, True, None, True)], indent)
        return [*lines, f"{indent}{self.alone}memcpy({to.name}, {source.name}, {source.size});"]

    def scan(self, kernel: ScanKernel, indent: str) -> list[str]:
        """The loop: carries start, every step runs the body, elements move along."""
        slots = self.memory.slots
        lines = []
        for start, result in kernel.carries:
            to = slots[result]
            if start in slots and slots[start] is to:
                continue
            lines.append(f"{indent}{self.alone}memcpy({to.name}, {slots[start].name}, {to.size});")
        if self.threads > 1:
            lines.append(f"{indent}lp_barrier(pool, nt);")
        count = kernel.node.inputs[0]
        steps = f"{slots[count].name}[0]" if count in slots else str(int(count.attr("value").array))
        s, n = f"{kernel.name}_step", f"{kernel.name}_steps"
        lines.append(f"{indent}const int64_t {n} = {steps};")
        if kernel.node.attr("reverse"):
            head = f"for (int64_t {s} = {n} - 1; {s} >= 0; {s}--)"
        else:
            head = f"for (int64_t {s} = 0; {s} < {n}; {s}++)"
        lines.append(f"{indent}{head} {{")
        moving = {
            id(slot): slot for slot in slots.values() if slot.kind == "step" and slot.loop == kernel.name
        }
        comings = [k.coming for k in kernel.plan.kernels if isinstance(k, MatmulKernel) and k.coming]
        for slot in moving.values():
            assert slot.parent is not None
            elements = 1
            for size in shape_of(slot.node):
                elements *= size
            kind = c_type(slot.dtype)
            lines.append(f"{indent}  {kind} *{slot.name} = {slot.parent.name} + {s} * {elements};")
            if any(slot is slots[c.rows] for c in comings):
                step = f"({s} + 1 < {n} ? {elements} : 0)"
                lines.append(f"{indent}  {kind} *{slot.name}_next = {slot.name} + {step};")
        pending = Pending(self.memory, self.threads)
        lines += self.run(kernel.plan, indent + "  ", pending)
        lines += self.duplicates(kernel, s, pending, indent + "  ")
        lines += pending.again(indent + "  ")
        return [*lines, f"{indent}}}"]

    def duplicates(self, kernel: ScanKernel, step: str, pending: Pending, indent: str) -> list[str]:
        """A value that is stacked twice is copied to its second place."""
        slots = self.memory.slots
        lines = []
        first: dict[Node, Node] = {}
        picks = kernel.picks[kernel.body.carries :]
        for node, result in zip(kernel.plan.outputs, picks, strict=True):
            before = first.setdefault(node, result)
            if before is not result:
                size = slots[node].size
                to = f"(char *){slots[result].name} + {step} * {size}"
                lines += pending.before([Touch(slots[node], False, None, True)], indent)
                lines.append(f"{indent}{self.alone}memcpy({to}, {slots[node].name}, {size});")
        return lines


@dataclass
class Call:
    """The call of a kernel's function; split: every thread does its part."""

    kernel: Kernel
    text: str
    split: bool


@dataclass(frozen=True)
class Touch:
    """A place that is read or written: the part that each thread touches, or (alone) all by the first one."""

    slot: Slot
    written: bool
    region: Region | None
    alone: bool

    def clashes(self, later: Touch) -> bool:
        """Whether a thread may need what another one does here."""
        if not (self.written or later.written) or (self.alone and later.alone):
            return False
        if not self.slot.overlaps(later.slot):
            return False
        own = self.region is not None and self.region.exact and self.region == later.region
        return not (self.slot is later.slot and (own or self.slot.copies > 1))


class Pending:
    """What threads have read and written since the last barrier, and before the first one."""

    def __init__(self, memory: Memory, threads: int):
        self.memory = memory
        self.threads = threads
        self.touched: list[Touch] = []
        self.first: list[Touch] | None = None
        self.waiting: list[tuple[str, list[Touch]]] = []  # what is done after the next barrier

    def wait(self, line: str, touches: list[Touch]) -> None:
        """A line that has to stand after the next barrier, and what it touches."""
        self.waiting.append((line, touches))

    def barrier(self, indent: str, always: bool = False) -> list[str]:
        needed = self.threads > 1 and (always or bool(self.touched) or bool(self.waiting))
        if not needed:
            return []
        if self.first is None:
            self.first = self.touched
        after, self.waiting = self.waiting, []
        self.touched = [touch for _, touches in after for touch in touches]
        return [f"{indent}lp_barrier(pool, nt);", *(line for line, _ in after)]

    def finish(self, indent: str) -> list[str]:
        """What has waited for a barrier so far."""
        return self.barrier(indent) if self.waiting else []

    def before(self, later: Sequence[Touch], indent: str) -> list[str]:
        """A barrier if these accesses have to wait for earlier ones; then they are remembered."""
        if self.threads == 1:
            return []
        lines: list[str] = []
        if any(
            new.slot.overlaps(made.slot) for new in later for _, touches in self.waiting for made in touches
        ):
            lines += self.barrier(indent)
        if any(past.clashes(new) for past in self.touched for new in later):
            lines += self.barrier(indent)
        self.touched += later
        return lines

    def again(self, indent: str) -> list[str]:
        """A barrier if the end of a loop's body has to wait for, or be waited for by, its beginning."""
        lines = self.finish(indent)
        first = self.touched if self.first is None else self.first
        clash = any(past.clashes(new) for past in self.touched for new in first)
        return lines + (self.barrier(indent) if clash else [])


# ---------------------------------------------------------------------------------------------- file
def lower(
    program: Program,
    machine: Machine,
    data_offset: int = -1,
    functions: Functions | None = None,
    prefix: str = "",
    mixed: bool = True,
) -> Lowered:
    """The C of a program whose sizes are known and that has been through the passes.

    data_offset: where array objects hold the address of their data, for inputs and outputs that are given as
    objects; -1: they are given as addresses. functions: those of other programs in the same file, which are
    added to; prefix: what its kernels' names begin with. mixed: whether arrays of several types may follow
    one another in the same memory.
    """
    plan = build_plan(program.outputs, [(cell_node(c), n) for c, n in program.updates], machine)
    partition(plan, machine)
    threads = machine.threads if cut_kernels(plan) else 1
    roots = [*plan.outputs, *(v for _, v in plan.updates), *program.inputs, *(t for t, _ in plan.updates)]
    functions = Functions(set()) if functions is None else functions
    for kernel in every_kernel(plan):
        kernel.name = prefix + kernel.name
    planner = Planner(threads, mixed)
    planner.memory.names |= functions.names() | {k.name for k in every_kernel(plan)}  # of the same file
    reached = reachable(plan, roots)
    cells = [n for n in reached if n.op is cell_op]
    constants = [n for n in reached if n.op.name == "constant" and n.ndim]
    for node in [*program.inputs, *cells, *constants]:
        planner.give(node, "argument")
    delivered: dict[Node, Slot] = {}
    outputs: list[Slot] = []
    for node in plan.outputs:
        if node in delivered:
            outputs.append(Slot(planner.name(node), node, "argument", delivered[node].size))
        else:
            delivered[node] = planner.give(node, "argument")
            outputs.append(delivered[node])
    planner.lay_out(plan, delivered)
    memory = planner.pack()
    names = {node: slot.name for node, slot in memory.slots.items()}
    for kernel in every_kernel(plan):
        kernel.names = names
    functions.taken |= memory.names
    emitter = Emitter(memory, machine, functions, threads=threads, data_offset=data_offset)
    emitter.state = {memory.slots[target] for target, _ in plan.updates}
    pending = Pending(memory, threads)
    lines = emitter.run(plan, "  ", pending)
    arguments = [*(memory.slots[n] for n in [*program.inputs, *cells, *constants]), *outputs]
    for node, slot in zip(plan.outputs, outputs, strict=True):
        if slot is not delivered[node] and slot.size:
            lines += emitter.duplicate(pending, slot, delivered[node], "  ")
    lines += pending.finish("  ")
    objects = [*range(len(program.inputs)), *range(len(arguments) - len(outputs), len(arguments))]
    run = [*pointer_lines(emitter, arguments), *lines]
    source = file_text(program, emitter, arguments, run, objects if data_offset >= 0 else [])
    own = [n.attr("cell") for n in cells]
    return Lowered(
        program, plan, memory, functions, arguments, run, source, own, constants, emitter.messages, threads,
        machine, emitter.restores,
    )  # fmt: skip


def reachable(plan: Plan, roots: Sequence[Node]) -> list[Node]:
    """Every node of the graph and of loop bodies."""
    found = dict.fromkeys(walk(roots))
    for kernel in plan.kernels:
        if isinstance(kernel, ScanKernel):
            inner = [*kernel.plan.outputs, *(v for _, v in kernel.plan.updates)]
            found |= dict.fromkeys(reachable(kernel.plan, inner))
    return list(found)


def file_text(
    program: Program, emitter: Emitter, arguments: Sequence[Slot], run: list[str], objects: Sequence[int]
) -> str:
    """The whole file: what it is, its kernels, the run, the entry."""
    inputs = ", ".join(f"{n.attr('label')}: {n.dtype.name}{show(n.shape)}" for n in program.inputs)
    functions = emitter.functions.text()
    checked = any(f"{name}(" in functions for name in ("lp_index", "lp_start", "lp_likely"))
    checks = checks_text(emitter.threads) if checked else ""
    pool = '#include "pool.h"\n' if emitter.threads > 1 else ""
    lines = "\n".join(run)
    return f"""\
/* {comment_text(f"{program.name}({inputs})")} */
#include "support.h"
{pool}
{checks}{functions}

/* The whole of {program.name}: one call. */
static void run(int tid, int nt, void *given) {{
  void **args = given;
{lines}
}}

{entry(emitter, len(arguments), objects)}"""


def checks_text(threads: int) -> str:
    """The functions that look at positions which come from data."""
    return CHECKS.replace("NOTED", NOTED if threads > 1 else NOTED_ALONE)


def pointer_lines(emitter: Emitter, arguments: Sequence[Slot]) -> list[str]:
    """Every array by its name: what was given, then the places in the arena."""
    memory, count = emitter.memory, len(arguments)
    lines = [f"  {c_type(s.dtype)} *{s.name} = args[{i}];" for i, s in enumerate(arguments)]
    arena = [(f"{c_type(s.dtype)} *", s.name, _offset(s)) for s in memory.arena_slots()]
    for slot in emitter.parts:
        arena.append(("char *", slot.name, str(memory.arena)))
        memory.arena += slot.size * emitter.threads
    if emitter.scratch:
        own = f" + tid * {emitter.scratch}" if emitter.threads > 1 else ""
        arena.append(("char *", "lp_scratch", f"{memory.arena}{own}"))
        memory.arena += emitter.scratch * emitter.threads
    if arena:
        lines.append(f"  char *arena = args[{count}];")
    lines += [f"  {kind}{name} = ({kind.strip()})(arena + {offset});" for kind, name, offset in arena]
    if emitter.messages.checks:
        lines.append(f"  int64_t *err = args[{count + 1}];")
    if emitter.threads > 1:
        lines.append(f"  lp_pool *pool = args[{count + 2}];")
    return lines


def _offset(slot: Slot) -> str:
    """Where a place begins in the arena; each thread has its own of what every thread computes."""
    return str(slot.offset) + (f" + tid * {slot.space // slot.copies}" if slot.copies > 1 else "")


def entry(emitter: Emitter, count: int, objects: Sequence[int]) -> str:
    """What Python calls. Inputs and outputs are given as array objects: their data is looked up here."""
    data = "".join(
        f"  args[{i}] = *(void **)((char *)args[{i}] + {emitter.data_offset}); /* its data */\n"
        for i in objects
    )
    start = (
        f"lp_run(args[{count + 2}], run, args, {emitter.threads});"
        if emitter.threads > 1
        else "run(0, 1, args);"
    )
    return f"""\
int64_t lp_call(void **args) {{
  int64_t *err = args[{count + 1}];
  err[0] = 0;
{data}  {start}
  return err[0];
}}
"""
