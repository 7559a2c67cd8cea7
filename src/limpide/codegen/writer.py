"""Lines of C: numbers, elements as expressions, blocks and loops."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..dtypes import C_TYPES, FLOAT32, STORAGE, DType, converted
from ..graph import Node
from ..memory import Memory, Slot
from ..ops.define import MapOp
from ..schedule import c_name
from ..schedule.expression import Value, shape_of
from ..schedule.index import Index, Loaded, Var, c_text, linear

SIMD = {"sum": "+", "prod": "*", "any": "|", "all": "&"}  # reductions that are an operator in C


def c_type(dtype: DType) -> str:
    return C_TYPES[dtype][0]


def sum_of_products(dtype: DType) -> tuple[str, str]:
    """The operators of a contraction: to add, and to multiply."""
    return ("|", "&") if dtype.kind == "b" else ("+", "*")


def number_text(value: Any, dtype: DType) -> str:
    """A literal of exactly this dtype, which may stand behind any operator."""
    text = _number_text(value, dtype)
    return f"({text})" if text.startswith("-") else text


def _number_text(value: Any, dtype: DType) -> str:
    if dtype in STORAGE:
        return f"{int(converted(np.asarray(value), dtype)['bits'])}u"
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
    uses: set[str] = field(default_factory=set)  # of: tid, err, parts, scratch, next
    values: list[str] = field(default_factory=list)  # the names that `fresh` gave
    makes: dict[str, Node] = field(default_factory=dict)  # the nodes whose elements have names of these
    substitution: dict[Any, Index] = field(default_factory=dict)
    places: dict[Node, Callable[[tuple[Index, ...]], str]] = field(default_factory=dict)
    heads: list[int] = field(default_factory=list)  # the lines where the open blocks begin
    levels: dict[str, int] = field(
        default_factory=dict
    )  # loop variable -> how many blocks are around its body
    count: int = 0
    axis: Var | None = None  # the loop that threads share: it runs from lo_ to hi_
    scratch: int = 0  # bytes that the function needs beside its arrays, of each thread
    ranges: dict[Var, tuple[str, str]] = field(default_factory=dict)  # of loops that do not run over all

    def bounds(self, v: Var) -> tuple[str, str]:
        """Where the loop over `v` begins and ends: all of it, or this thread's part."""
        whole = ("lo_", "hi_") if v == self.axis else ("0", str(v.extent))
        return self.ranges.get(v, whole)

    def head(self, v: Var) -> str:
        return loop_head(v, *self.bounds(v))

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

    def fresh(self, base: str, node: Node | None = None) -> str:
        """A name that nothing else has; node: whose elements it stands for."""
        clean = c_name(base)
        while True:
            self.count += 1
            name = f"{clean}_{self.count}"
            if name not in self.memory.names:
                self.values.append(name)
                if node is not None:
                    self.makes[name] = node
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
        name = self.fresh(self.base_name(value), value.node)
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
        exact = rounded(value)
        if exact is not None:
            return f"lp_round_{C_TYPES[value.args[0].dtype][1]}({self.value(exact)})"
        return map_text(value, [self.operand(value, a) for a in value.args])

    def operand(self, value: Value, arg: Value) -> str:
        """An argument of a map op; what is chosen from is read before the choice.

        A load that only one of two branches needs would be masked in vectors, which gcc 12 does wrong
        where the condition is of another width.
        """
        text = self.value(arg)
        if not text.endswith("]") or "?" not in template_of(value):
            return text
        name = self.fresh(self.base_name(arg), arg.node)
        self.line(f"const {c_type(arg.dtype)} {name} = {text};")
        return self.remember(id(arg), name)


def rounded(value: Value) -> Value | None:
    """The number of which a value is what a storage dtype keeps: it need not become one to be read again."""
    for _ in range(2):
        if value.kind != "map" or value.node.op.name != "cast":
            return None
        before, value = value, value.args[0]
    return value if before.dtype in STORAGE else None


def element(text: str, source: DType, target: DType) -> str:
    """An element that was read, in the dtype that is computed with."""
    return text if source == target else cast_text(text, source, target)


def vector_load(dtype: DType, place: str) -> str:
    """A vector of what lies at a place, in the dtype that is computed with."""
    return f"LP_LOAD_{C_TYPES[dtype][1].upper()}({place})"


def vector_part(dtype: DType, name: str, place: str, count: int) -> str:
    """A variable for a vector of the first `count` elements at a place, and zeros."""
    if dtype in STORAGE:
        return f"const lp_vf32 {name} = lp_part_{C_TYPES[dtype][1]}({place}, {count});"
    vector = f"lp_v{C_TYPES[dtype][1]}"
    return f"{vector} {name} = {{0}}; memcpy(&{name}, {place}, {count} * sizeof({c_type(dtype)}));"


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
    if source in STORAGE or target in STORAGE or (source.kind == "f" and target.kind in "iu"):
        return f"lp_to_{C_TYPES[target][1]}_{C_TYPES[source][1]}({text})"
    return f"({c_type(target)}){text}"


def loop_head(v: Var, low: str = "0", high: str | None = None) -> str:
    return f"for (int64_t {v.name} = {low}; {v.name} < {high or v.extent}; {v.name}++)"


@contextmanager
def nested(writer: Writer, heads: Sequence[str]) -> Iterator[None]:
    """Blocks in blocks."""
    with ExitStack() as stack:
        for head in heads:
            stack.enter_context(writer.block(head))
        yield


@contextmanager
def nest_of(writer: Writer, loops: Sequence[Var]) -> Iterator[None]:
    with nested(writer, [writer.head(v) for v in loops]):
        yield
