"""C for loop kernels: elements as expressions, loops around them, reductions in lanes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..dtypes import C_TYPES, FLOAT32, FLOAT64, DType
from ..graph import Node
from ..memory import Memory, Slot
from ..ops.define import MapOp, ReduceOp
from ..schedule import LoopKernel, Stage, c_name
from ..schedule.expression import Value, shape_of
from ..schedule.index import Index, Loaded, Var, c_text, linear, var

CHUNK = 4096  # float32 sums longer than this are collected in float64, chunk by chunk


def c_type(dtype: DType) -> str:
    return C_TYPES[dtype][0]


def number_text(value: Any, dtype: DType) -> str:
    """A literal of exactly this dtype, which may stand behind any operator."""
    text = _number_text(value, dtype)
    return f"({text})" if text.startswith("-") else text


def _number_text(value: Any, dtype: DType) -> str:
    if dtype.kind == "b":
        return str(int(bool(value)))
    if dtype.kind in "iu":
        return _integer_text(int(value), dtype)
    x = float(value)
    suffix = "f" if dtype == FLOAT32 else ""
    if np.isnan(x):
        return f"LP_NAN_{'F32' if suffix else 'F64'}"
    if np.isinf(x):
        return f"{'-' if x < 0 else ''}LP_INF_{'F32' if suffix else 'F64'}"
    return f"{float(str(np.float32(x)))!r}f" if suffix else repr(x)


def _integer_text(value: int, dtype: DType) -> str:
    if dtype.itemsize < 8:
        return f"{value}u" if dtype.kind == "u" else str(value)
    if dtype.kind == "u":
        return f"{value}ull"
    return "(-9223372036854775807ll - 1)" if value == -(2**63) else f"{value}ll"


@dataclass
class Messages:
    """What can go wrong while a function runs: a code per check."""

    checks: list[tuple[Node, str, int]] = field(default_factory=list)

    def code(self, node: Node, kind: str, size: int) -> int:
        self.checks.append((node, kind, size))
        return len(self.checks)


@dataclass
class Writer:
    """Lines of one C function, and the names of what was computed in the blocks that are open."""

    memory: Memory
    messages: Messages
    lines: list[str] = field(default_factory=list)
    indent: int = 1
    known: list[dict[Any, str]] = field(default_factory=lambda: [{}])
    parameters: dict[str, Slot] = field(default_factory=dict)
    uses: set[str] = field(default_factory=set)  # of: tid, err, parts
    substitution: dict[Any, Index] = field(default_factory=dict)
    places: dict[Node, Callable[[tuple[Index, ...]], str]] = field(default_factory=dict)
    heads: list[int] = field(default_factory=list)  # the lines where the open blocks begin
    levels: dict[str, int] = field(
        default_factory=dict
    )  # loop variable -> how many blocks are around its body
    count: int = 0
    axis: Var | None = None  # the loop that threads share: it runs from lo_ to hi_
    scratch: int = 0  # bytes that the function needs beside its arrays, of each thread

    def head(self, v: Var) -> str:
        """The head of the loop over `v`: all of it, or this thread's part."""
        return loop_head(v, "lo_", "hi_") if v == self.axis else loop_head(v)

    def line(self, text: str) -> None:
        self.lines.append("  " * self.indent + text)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """`head { ... }`; a loop's variable is known inside."""
        self.heads.append(len(self.lines))
        self.line(f"{head} {{")
        self.indent += 1
        self.known.append({})
        before = dict(self.levels)
        if head.startswith("for (int64_t "):
            self.levels[head.split()[2]] = len(self.heads)
        yield
        self.levels = before
        self.known.pop()
        self.heads.pop()
        self.indent -= 1
        self.line("}")

    def declare(self, name: str, text: str) -> None:
        """A loop variable that is computed from others."""
        self.line(f"const int64_t {name} = {text};")
        self.levels[name] = len(self.heads)

    def hoist(self, level: int, text: str) -> None:
        """A line in the block `level`, before the blocks inside of it that are open."""
        if level == len(self.heads):
            self.line(text)
            return
        at = self.heads[level]
        at -= at > 0 and self.lines[at - 1].lstrip().startswith("#pragma")
        self.lines.insert(at, "  " * (level + 1) + text)
        for inner in range(level, len(self.heads)):
            self.heads[inner] += 1

    def level_of(self, index: Index) -> int:
        """The outermost block in which everything that an index depends on is known."""
        names = {a.name for a in index.mapped(self.substitution).atoms() if isinstance(a, Var)}
        plain = all(isinstance(a, Var) for a in index.mapped(self.substitution).atoms())
        if not plain or not names <= set(self.levels):
            return len(self.heads)
        return max((self.levels[n] for n in names), default=0)

    def fresh(self, base: str) -> str:
        clean = c_name(base)
        while True:
            self.count += 1
            name = f"{clean}_{self.count}"
            if name not in self.memory.names:
                return name

    def _find(self, key: Any) -> str | None:
        return next((scope[key] for scope in reversed(self.known) if key in scope), None)

    def remember(self, key: Any, text: str) -> str:
        self.known[-1][key] = text
        return text

    # -------------------------------------------------------------------------------- elements
    def pointer(self, node: Node) -> str:
        """The name of the array of a stored node, a parameter of the function."""
        slot = self.memory.slots[node]
        self.parameters[slot.name] = slot
        return slot.name

    def place(self, node: Node, position: tuple[Index, ...]) -> str:
        """The element of a stored node, to read or to assign."""
        local = self.places.get(node)
        if local is not None:
            return local(position)
        return f"{self.pointer(node)}[{self.index(linear(position, shape_of(node)))}]"

    def index(self, index: Index) -> str:
        return c_text(index.mapped(self.substitution) if self.substitution else index, self.loaded)

    def loaded(self, atom: Loaded) -> str:
        """A position that is read from memory: checked, and counted from the end where negative."""
        found = self._find(atom)
        if found is not None:
            return found
        raw = self.place(atom.node, atom.position)
        kind = "index" if atom.wraps else "start"
        code = self.messages.code(atom.reader, kind, atom.size)
        name = self.fresh("at")
        level = len(self.heads)
        if atom.node not in self.places:
            level = self.level_of(linear(atom.position, shape_of(atom.node)))
        self.hoist(level, f"const int64_t {name} = lp_{kind}((int64_t){raw}, {atom.size}, err, {code});")
        self.uses.add("err")
        self.known[level][atom] = name
        return name

    def value(self, value: Value) -> str:
        """The name of (or a short expression for) an element; computed once per block."""
        found = self._find(id(value))
        if found is not None:
            return found
        text = self._text(value)
        if value.kind == "number":
            return text
        if value.kind == "load" and value.node in self.places:
            return self.remember(id(value), text)
        name = self.fresh(self.base_name(value))
        self.line(f"const {c_type(value.dtype)} {name} = {text};")
        return self.remember(id(value), name)

    def base_name(self, value: Value) -> str:
        """What the variable that holds an element is called after."""
        if value.kind == "load":
            return self.memory.slots[value.node].name
        return value.node.name or (value.node.op.name if value.kind == "map" else value.kind)

    def _text(self, value: Value) -> str:
        if value.kind == "number":
            return number_text(value.number, value.dtype)
        if value.kind == "load":
            return self.place(value.node, value.position)
        if value.kind == "index":
            return self.index(value.position[0])
        if value.kind == "guard":
            assert value.condition is not None
            tests = " && ".join(f"{self.index(i)} {sign} {n}" for i, sign, n in value.condition.parts)
            inner = value.args[0]
            text = self.place(inner.node, inner.position) if inner.kind == "load" else self.value(inner)
            return f"({tests}) ? {text} : {number_text(value.number, value.dtype)}"
        return map_text(value, [self.operand(value, a) for a in value.args])

    def operand(self, value: Value, arg: Value) -> str:
        """An argument of a map op; what is chosen from is read before the choice.

        A load that only one of two branches needs would be masked in vectors, which gcc 12 does wrong
        where the condition is of another width.
        """
        text = self.value(arg)
        if not text.endswith("]") or "?" not in template_of(value):
            return text
        name = self.fresh(self.base_name(arg))
        self.line(f"const {c_type(arg.dtype)} {name} = {text};")
        return self.remember(id(arg), name)


def template_of(value: Value) -> str:
    """The C of a map op."""
    op = value.node.op
    assert isinstance(op, MapOp)
    return "" if op.name == "cast" else op.c[value.args[-1].dtype.kind]


def map_text(value: Value, args: Sequence[str]) -> str:
    """A map op on C expressions."""
    op = value.node.op
    assert isinstance(op, MapOp)
    operand = value.args[-1].dtype
    if op.name == "cast":
        return cast_text(args[0], operand, value.dtype)
    template = op.c[operand.kind]
    return template.format(*args, t=C_TYPES[operand][1])


def cast_text(text: str, source: DType, target: DType) -> str:
    if target.kind == "b":
        return f"({text} != 0)"
    if source.kind == "f" and target.kind in "iu":
        return f"lp_to_{C_TYPES[target][1]}_{C_TYPES[source][1]}({text})"
    return f"({c_type(target)}){text}"


def loop_head(v: Var, low: str = "0", high: str | None = None) -> str:
    return f"for (int64_t {v.name} = {low}; {v.name} < {high or v.extent}; {v.name}++)"


# ------------------------------------------------------------------------------------------ loop kernels
def loop_kernel(writer: Writer, kernel: LoopKernel) -> None:
    """The body of the C function of a loop kernel."""
    writer.axis = kernel.axis
    if len(kernel.stages) == 1 and splits_folded(kernel):
        split_reduction(writer, kernel.stages[0])
        return
    with nested(writer, flattened(writer, kernel) or [writer.head(v) for v in kernel.outer]):
        body(writer, kernel.stages, kernel.depth)


def flattened(writer: Writer, kernel: LoopKernel) -> list[str]:
    """The head of one long loop, where every access runs through memory in step."""
    outer = kernel.outer
    if len(outer) < 2 or any(len(s.kept) != kernel.depth or s.folded for s in kernel.stages):
        return []
    if kernel.axis is not None and kernel.axis != next(v for v in outer if v.extent > 1):
        return []
    whole = tuple(var(v.name, v.extent) for v in outer)
    sizes = tuple(v.extent for v in outer)
    for value in (v for stage in kernel.stages for v in stage.value.walk()):
        in_step = value.kind == "load" and value.position == whole and shape_of(value.node) == sizes
        if not in_step and value.kind not in ("number", "map"):
            return []
    total = 1
    for size in sizes:
        total *= size
    rest = var("i", total)
    for v in reversed(outer):
        writer.substitution[v] = rest % v.extent
        rest = rest // v.extent
    if kernel.axis is None:
        return [loop_head(Var("i", total))]
    inner = total // kernel.axis.extent
    return [loop_head(Var("i", total), f"lo_ * {inner}", f"hi_ * {inner}")]


@contextmanager
def nested(writer: Writer, heads: Sequence[str]) -> Iterator[None]:
    """Blocks in blocks."""
    with ExitStack() as stack:
        for head in heads:
            stack.enter_context(writer.block(head))
        yield


def body(writer: Writer, stages: Sequence[Stage], depth: int) -> None:
    """The stages inside of the shared loops: neighbours over the same inner axes share a loop."""
    declare_locals(writer, stages, depth)
    waiting = list(stages)
    while waiting:
        group = [waiting.pop(0)]
        while waiting and shares_inner_loop(group, waiting[0], depth):
            group.append(waiting.pop(0))
        if group[0].folded or isinstance(group[0].node.op, ReduceOp):
            reduction(writer, group[0], depth)
        else:
            inner_loop(writer, group, depth)


def shares_inner_loop(group: list[Stage], stage: Stage, depth: int) -> bool:
    if group[0].folded or stage.folded or stage.kept[depth:] != group[0].kept[depth:]:
        return False
    if isinstance(stage.node.op, ReduceOp) or isinstance(group[0].node.op, ReduceOp):
        return False
    own = {s.node for s in group}
    return all(load.position == stage.position for load in stage.loads if load.node in own)


def declare_locals(writer: Writer, stages: Sequence[Stage], depth: int) -> None:
    """Results that only this kernel reads: scalars, or rows on the stack."""
    for stage in stages:
        slot = writer.memory.slots[stage.node]
        if slot.kind != "local":
            continue
        inner = stage.kept[depth:]
        count = 1
        for v in inner:
            count *= v.extent
        kind = c_type(stage.node.dtype)
        if count == 1:
            writer.line(f"{kind} {slot.name};")
            writer.places[stage.node] = lambda position, name=slot.name: name  # type: ignore[misc]
        else:
            writer.line(f"{kind} {slot.name}[{count}] LP_ALIGN(64);")
            sizes = tuple(v.extent for v in inner)

            def element(
                position: tuple[Index, ...], name: str = slot.name, sizes: tuple[int, ...] = sizes
            ) -> str:
                return f"{name}[{writer.index(linear(position[depth:], sizes))}]"

            writer.places[stage.node] = element


def inner_loop(writer: Writer, group: list[Stage], depth: int) -> None:
    """Elementwise stages over the same inner axes, in one loop."""
    inner = [v for v in group[0].kept[depth:] if v.extent != 1]
    with nest_of(writer, inner):
        for stage in group:
            text = writer.value(stage.value)
            writer.line(f"{writer.place(stage.node, stage.position)} = {text};")
            for load in (v for later in group for v in later.loads):
                if load.node is stage.node and load.position == stage.position:
                    writer.remember(id(load), text)


@contextmanager
def nest_of(writer: Writer, loops: Sequence[Var]) -> Iterator[None]:
    with nested(writer, [writer.head(v) for v in loops]):
        yield


# -------------------------------------------------------------------------------------------- reductions
def accumulator_dtype(stage: Stage, count: int) -> DType:
    op = stage.node.op
    assert isinstance(op, ReduceOp)
    dtype = op.accumulator(stage.value.dtype)
    return FLOAT64 if dtype == FLOAT32 and op.name == "sum" and count > CHUNK else dtype


def folded_count(stage: Stage) -> int:
    count = 1
    for v in stage.folded:
        count *= v.extent
    return count


def reduction(writer: Writer, stage: Stage, depth: int) -> None:
    """A reduction inside of `depth` shared loops: over the innermost axis in lanes, or over rows."""
    op = stage.node.op
    assert isinstance(op, ReduceOp)
    source = stage.node.inputs[0]
    inner = [v for v in stage.kept[depth:] if v.extent != 1]
    if source.ndim - 1 in stage.node.attr("axes") or not inner or op.located:
        with nest_of(writer, inner):
            result = fold(writer, stage)
            writer.line(f"{writer.place(stage.node, stage.position)} = {result};")
    else:
        with writer.block("/* one row of results */"):
            rows(writer, stage, inner)


def identity_text(op: ReduceOp, dtype: DType) -> str:
    return number_text(op.identity(dtype), dtype)


def combined(op: ReduceOp, dtype: DType, acc: str, x: str) -> str:
    return op.combine[dtype.kind].format(acc=acc, x=x, t=C_TYPES[dtype][1])


SIMD = {"sum": "+", "prod": "*", "any": "|", "all": "&"}


def fold(writer: Writer, stage: Stage) -> str:
    """All folded axes of one result; gives the C name of it."""
    op = stage.node.op
    assert isinstance(op, ReduceOp)
    if op.located:
        return fold_located(writer, stage, op)
    count = folded_count(stage)
    dtype = accumulator_dtype(stage, count)
    outer, last = list(stage.folded[:-1]), stage.folded[-1]
    if not outer and dtype == op.accumulator(stage.value.dtype):
        return lanes(writer, stage, op, last, "0", str(last.extent), dtype)
    total = writer.fresh("total")
    writer.line(f"{c_type(dtype)} {total} = {identity_text(op, dtype)};")
    with nest_of(writer, outer):
        fold_run(writer, stage, op, last, "0", str(last.extent), total, dtype)
    return total if dtype == stage.node.dtype else f"({c_type(stage.node.dtype)}){total}"


def fold_run(
    writer: Writer, stage: Stage, op: ReduceOp, v: Var, low: str, high: str, total: str, dtype: DType
) -> None:
    """Fold one axis from `low` to `high` into `total`, in lanes; in chunks where the total is wider."""
    if dtype != op.accumulator(stage.value.dtype):
        chunk, end = writer.fresh("c"), writer.fresh("end")
        with writer.block(f"for (int64_t {chunk} = {low}; {chunk} < {high}; {chunk} += {CHUNK})"):
            writer.line(f"const int64_t {end} = {chunk} + {CHUNK} < {high} ? {chunk} + {CHUNK} : {high};")
            part = lanes(writer, stage, op, v, chunk, end, op.accumulator(stage.value.dtype))
            writer.line(f"{total} = {combined(op, dtype, total, part)};")
    else:
        part = lanes(writer, stage, op, v, low, high, dtype)
        writer.line(f"{total} = {combined(op, dtype, total, part)};")


def lanes(writer: Writer, stage: Stage, op: ReduceOp, v: Var, low: str, high: str, dtype: DType) -> str:
    """One axis folded by a loop that the compiler may run in lanes (the order of a sum is its own)."""
    acc = writer.fresh("acc")
    writer.line(f"{c_type(dtype)} {acc} = {identity_text(op, dtype)};")
    head = loop_head(v, low, high)
    if op.name in SIMD:
        writer.line(f"#pragma omp simd reduction({SIMD[op.name]}:{acc})")
        with writer.block(head):
            x = widened(writer.value(stage.value), stage.value.dtype, dtype)
            writer.line(f"{acc} = {acc} {SIMD[op.name]} {x};")
        return acc
    sign, word = (">", "max") if op.name == "max" else ("<", "min")
    if dtype.kind != "f":
        writer.line(f"#pragma omp simd reduction({word}:{acc})")
        with writer.block(head):
            x = writer.value(stage.value)
            writer.line(f"{acc} = {x} {sign} {acc} ? {x} : {acc};")
        return acc
    nan = writer.fresh("nan")  # a comparison loses NaN, so it is looked for apart
    writer.line(f"int {nan} = 0;")
    writer.line(f"#pragma omp simd reduction({word}:{acc}) reduction(|:{nan})")
    with writer.block(head):
        x = writer.value(stage.value)
        writer.line(f"{acc} = {x} {sign} {acc} ? {x} : {acc};")
        writer.line(f"{nan} |= {x} != {x};")
    writer.line(f"if ({nan}) {acc} = LP_NAN_{C_TYPES[dtype][1].upper()};")
    return acc


def widened(text: str, source: DType, target: DType) -> str:
    return text if source == target else f"({c_type(target)}){text}"


def fold_located(writer: Writer, stage: Stage, op: ReduceOp) -> str:
    """The position of the winner along one axis: the first of equals."""
    dtype = stage.value.dtype
    best, at = writer.fresh("best"), writer.fresh("at")
    v = stage.folded[0]
    writer.line(f"{c_type(dtype)} {best} = {identity_text(op, dtype)};")
    writer.line(f"int64_t {at} = 0;")
    with writer.block(loop_head(v)):
        x = writer.value(stage.value)
        with writer.block(f"if ({combined(op, dtype, best, x)})"):
            writer.line(f"{best} = {x};")
            writer.line(f"{at} = {v.name};")
    return at


def rows(writer: Writer, stage: Stage, inner: list[Var]) -> None:
    """Fold rows into a row of accumulators: the innermost loop runs along memory."""
    op = stage.node.op
    assert isinstance(op, ReduceOp)
    count = 1
    for v in inner:
        count *= v.extent
    dtype = accumulator_dtype(stage, folded_count(stage) * 4)
    small = count <= CHUNK
    acc = writer.fresh("acc")
    if small:
        writer.line(f"{c_type(dtype)} {acc}[{count}] LP_ALIGN(64);")
    else:
        dtype = stage.node.dtype
        origin = tuple(
            p if v not in inner else Index(()) for v, p in zip(stage.kept, stage.position, strict=True)
        )
        writer.line(f"{c_type(dtype)} *restrict {acc} = &{writer.place(stage.node, origin)};")
    loops = sorted([*stage.folded, *inner], key=lambda v: axis_order(stage, v))
    sizes = tuple(v.extent for v in inner)
    at = linear(tuple(var(v.name, v.extent) for v in inner), sizes)
    with nest_of(writer, inner):
        writer.line(f"{acc}[{writer.index(at)}] = {identity_text(op, dtype)};")
    with nest_of(writer, [v for v in loops if v.extent != 1 or v in stage.folded]):
        x = widened(writer.value(stage.value), stage.value.dtype, dtype)
        place = f"{acc}[{writer.index(at)}]"
        writer.line(f"{place} = {combined(op, dtype, place, x)};")
    if small:
        with nest_of(writer, inner):
            writer.line(f"{writer.place(stage.node, stage.position)} = {acc}[{writer.index(at)}];")


def axis_order(stage: Stage, v: Var) -> int:
    """Where a loop variable stands among the axes of what is folded."""
    axes = stage.node.attr("axes")
    kept = [a for a in range(stage.node.inputs[0].ndim) if a not in axes]
    if v in stage.folded:
        return int(axes[stage.folded.index(v)])
    return kept[stage.kept.index(v)]


# -------------------------------------------------------------------------- one result over all threads
def splits_folded(kernel: LoopKernel) -> bool:
    """Whether threads fold parts of a reduction to one number."""
    return kernel.axis is not None and kernel.axis in kernel.stages[0].folded


def split_reduction(writer: Writer, stage: Stage) -> None:
    """Every thread folds its part into `parts[tid]`; the last line of the run combines them in order."""
    op = stage.node.op
    assert isinstance(op, ReduceOp)
    dtype = accumulator_dtype(stage, folded_count(stage))
    first, rest = stage.folded[0], stage.folded[1:]
    writer.uses.add("tid")
    writer.line(f"{c_type(dtype)} total_ = {identity_text(op, dtype)};")
    if rest:
        with writer.block(writer.head(first)), nest_of(writer, rest[:-1]):
            fold_run(writer, stage, op, rest[-1], "0", str(rest[-1].extent), "total_", dtype)
    else:
        fold_run(writer, stage, op, first, "lo_", "hi_", "total_", dtype)
    writer.line(f"parts[tid * {128 // dtype.itemsize}] = total_;")
    writer.uses.add("parts")


def combine_parts(stage: Stage, target: str, source: str, indent: str) -> list[str]:
    """The lines that fold `parts` of all threads into the result."""
    op = stage.node.op
    assert isinstance(op, ReduceOp)
    dtype = accumulator_dtype(stage, folded_count(stage))
    kind = c_type(dtype)
    both = combined(op, dtype, "total", f"parts[t * {128 // dtype.itemsize}]")
    return [
        f"{indent}{{",
        f"{indent}  const {kind} *parts = (const {kind} *){source};",
        f"{indent}  {kind} total = parts[0];",
        f"{indent}  for (int t = 1; t < nt; t++) total = {both};",
        f"{indent}  {target}[0] = ({c_type(stage.node.dtype)})total;",
        f"{indent}}}",
    ]
