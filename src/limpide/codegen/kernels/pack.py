"""Panels: columns of an operand side by side, row after row without gaps, as tiles like to read them."""

from __future__ import annotations

from dataclasses import dataclass

from ...dtypes import C_TYPES, DType
from ...schedule.index import Var
from ...schedule.kernels import Operand
from ...schedule.tiles import ROW_BLOCK, Roles
from ..writer import Writer, c_type, element, loop_head, nested, vector_load, vector_part

LEAST_TURNED = 4  # bytes of the numbers whose squares of vectors are turned
AHEAD = 12  # rows that are fetched before they are copied


@dataclass(frozen=True)
class Packing:
    """How the panels of an operand are copied: `width` columns, of which `columns` exist, by `depth`.

    dtype: that of the copy.
    """

    operand: Operand
    column: Var
    depth: list[Var]
    lanes: int
    width: int
    dtype: DType

    @property
    def source(self) -> DType:
        return self.operand.node.dtype

    @property
    def steps(self) -> int:
        total = 1
        for v in self.depth:
            total *= v.extent
        return total

    @property
    def bytes(self) -> int:
        return self.steps * self.width * self.dtype.itemsize

    @property
    def turns(self) -> bool:
        """Whether columns become rows a square of vectors at a time."""
        return self.operand.stride(self.column) != 1 and self.dtype.itemsize >= LEAST_TURNED

    def stride(self, v: Var) -> int:
        """How far apart neighbours along a folded loop lie in the panel."""
        total = self.width
        for other in reversed(self.depth):
            if other == v:
                return total
            total *= other.extent
        return 0


def turning(packing: Packing, name: str) -> list[tuple[str, str]]:
    """The function that a panel out of columns needs."""
    if not packing.turns:
        return []
    apart = packing.operand.stride(packing.column)
    return [(name, square(name, packing.dtype, packing.lanes, apart, packing.width, packing.source))]


def side(dtype: DType, lanes: int) -> int:
    """Rows and columns of a square: small numbers are turned in vectors of 16 bytes."""
    return lanes if dtype.itemsize >= LEAST_TURNED else 16 // dtype.itemsize


def square(name: str, dtype: DType, n: int, apart: int, step: int, source: DType) -> str:
    """The function that transposes a square of vectors, from rows `apart` elements apart to `step` apart.

    source: as what the numbers are read.
    """
    kind, bits = c_type(dtype), 8 * dtype.itemsize
    vector, shuffle = f"lp_v{C_TYPES[dtype][1]}", "LP_SHUFFLE"
    if dtype.itemsize < LEAST_TURNED:
        vector, shuffle = f"lp_si{bits}", "LP_SMALL_SHUFFLE"
    line = 64 // source.itemsize
    lines = [
        f"/* {n} columns become {n} rows: neighbours exchange halves, 1, 2, 4... apart. */",
        f"LP_INLINE void {name}(const {c_type(source)} *restrict from, {kind} *restrict to) {{",
    ]
    for i in range(n):
        lines.append(f"  LP_PREFETCH(from + {i * apart + 2 * line});")
    v = [f"v{i}" for i in range(n)]
    for i in range(n):
        at = f"from + {i * apart}"
        read = vector_load(source, at) if dtype.itemsize >= LEAST_TURNED else f"*(const {vector}u *)({at})"
        lines.append(f"  const {vector} {v[i]} = {read};")
    w = 1
    while w < n:
        even = ", ".join(str(n + at - w if at & w else at) for at in range(n))
        odd = ", ".join(str(n + at if at & w else at + w) for at in range(n))
        for i in range(n):
            if not i & w:
                a, b = v[i], v[i + w]
                v[i], v[i + w] = f"{a}_", f"{b}_"
                lines.append(f"  const {vector} {v[i]} = {shuffle}({bits}, {a}, {b}, {even});")
                lines.append(f"  const {vector} {v[i + w]} = {shuffle}({bits}, {a}, {b}, {odd});")
        w *= 2
    lines += [f"  *({vector}u *)(to + {i * step}) = {v[i]};" for i in range(n)]
    return "\n".join([*lines, "}"])


def pack(writer: Writer, packing: Packing, source: str, target: str, columns: int, turn: str) -> None:
    """The loops that copy a panel of `columns` columns. turn: the function of `turning`, by its name."""
    *outer, inner = packing.depth
    with nested(writer, [loop_head(v) for v in outer]):
        for name, place in (("from_", source), ("to_", target)):
            step = packing.operand.stride if name == "from_" else packing.stride
            moved = [f"{v.name} * {step(v)}" for v in outer if step(v)]
            kind = f"const {c_type(packing.source)}" if name == "from_" else c_type(packing.dtype)
            writer.line(f"{kind} *restrict {name} = {' + '.join([place, *moved])};")
        if packing.operand.stride(packing.column) == 1:
            rows(writer, packing, inner, columns)
        else:
            squares(writer, packing, inner, columns, turn)


def rows(writer: Writer, packing: Packing, inner: Var, columns: int) -> None:
    """A panel whose rows lie in memory as they are."""
    suffix, lanes = C_TYPES[packing.dtype][1], packing.lanes
    apart, width = packing.operand.stride(inner), packing.width
    at = inner.name
    with writer.block(loop_head(inner)):
        for j in range(0, columns, 64 // packing.source.itemsize):
            writer.line(f"LP_PREFETCH(from_ + ({at} + {AHEAD}) * {apart} + {j});")
        for j in range(0, width, lanes):
            source, to = f"from_ + {at} * {apart} + {j}", f"to_ + {at} * {width} + {j}"
            if j + lanes <= columns:
                writer.line(f"LP_STORE_{suffix.upper()}({to}, {vector_load(packing.source, source)});")
            elif j < columns:
                with writer.block(""):
                    writer.line(vector_part(packing.source, "part_", source, columns - j))
                    writer.line(f"LP_STORE_{suffix.upper()}({to}, part_);")
            else:
                writer.line(f"LP_STORE_{suffix.upper()}({to}, (lp_v{suffix}){{0}});")


def squares(writer: Writer, packing: Packing, inner: Var, columns: int, turn: str) -> None:
    """A panel whose columns are rows in memory: squares of vectors are turned, the rest goes one by one."""
    lanes, width, at = packing.lanes, packing.width, inner.name
    apart, along = packing.operand.stride(packing.column), packing.operand.stride(inner)
    wide = columns // lanes * lanes if along == 1 else 0
    deep = inner.extent // lanes * lanes if wide and packing.turns else 0
    if deep:
        with nested(
            writer,
            [
                f"for (int64_t {at} = 0; {at} < {deep}; {at} += {lanes})",
                f"for (int64_t j_ = 0; j_ < {wide}; j_ += {lanes})",
            ],
        ):
            writer.line(f"{turn}(from_ + j_ * {apart} + {at}, to_ + {at} * {width} + j_);")
        rest(writer, packing, inner, (deep, inner.extent), (0, wide))
        rest(writer, packing, inner, (0, inner.extent), (wide, columns))
    else:
        rest(writer, packing, inner, (0, inner.extent), (0, columns))
    if columns < width:
        with nested(writer, [loop_head(inner), f"for (int64_t j_ = {columns}; j_ < {width}; j_++)"]):
            writer.line(f"to_[{at} * {width} + j_] = 0;")


def rest(
    writer: Writer, packing: Packing, inner: Var, rows: tuple[int, int], columns: tuple[int, int]
) -> None:
    """A part of a panel, element by element."""
    if rows[0] == rows[1] or columns[0] == columns[1]:
        return
    at = inner.name
    apart, along = packing.operand.stride(packing.column), packing.operand.stride(inner)
    heads = [
        f"for (int64_t j_ = {columns[0]}; j_ < {columns[1]}; j_++)",
        f"for (int64_t {at} = {rows[0]}; {at} < {rows[1]}; {at}++)",
    ]
    with nested(writer, heads):
        read = element(f"from_[j_ * {apart} + {at} * {along}]", packing.source, packing.dtype)
        writer.line(f"to_[{at} * {packing.width} + j_] = {read};")


@dataclass(frozen=True)
class Rows:
    """A copy of the first operand: `height` rows that are read across, side by side, step after step.

    Rows in a storage dtype that run along memory stay as they are, but for their dtype.
    """

    roles: Roles
    height: int
    axis: Var | None = None

    @property
    def row(self) -> Var:
        assert self.roles.row is not None
        return self.roles.row

    @property
    def steps(self) -> int:
        return self.roles.steps

    @property
    def bytes(self) -> int:
        return -(-self.row.extent * self.steps * self.roles.dtype.itemsize // 64) * 64 + 64

    @property
    def whole(self) -> bool:
        """Whether rows are copied one after the other."""
        return self.roles.a.node.dtype != self.roles.dtype and self.roles.a.stride(self.row) != 1

    @property
    def apart(self) -> int:
        """How far apart rows lie in the copy."""
        return self.steps if self.whole else 1

    def stride(self, v: Var) -> int:
        """How far apart neighbours along a folded loop lie in the copy."""
        total = 1 if self.whole else self.height
        for other in reversed(self.roles.depth):
            if other == v:
                return total
            total *= other.extent
        return 0

    @property
    def low(self) -> str:
        return "lo_" if self.row == self.axis else "0"

    def place(self, row: str) -> str:
        """Where the tile that begins at a row reads."""
        return f"({row} - {self.low}) * {self.steps}"


def pack_rows(writer: Writer, rows: Rows) -> None:
    """The loops that copy the rows of this thread, those of several tiles at a time: whole cache lines."""
    dtype, depth, height = rows.roles.dtype, rows.roles.depth, rows.height
    if rows.roles.a.node.dtype != dtype:
        convert_rows(writer, rows)
        return
    at, rest = f"{rows.row.name}_", rows.row.extent % rows.height
    block = ROW_BLOCK // height * height
    high = "hi_" if rows.row == rows.axis else str(rows.row.extent)
    writer.line(f"int64_t {at} = {rows.low};")
    copied = [(f"for (; {at} + {block} <= {high}; {at} += {block})", block, height)]
    if block > height:
        copied.append((f"for (; {at} + {height} <= {high}; {at} += {height})", height, height))
    if rest:
        copied.append((f"if ({at} < {high})", rest, rest))
    for head, count, tall in copied:
        tile = Rows(rows.roles, tall, rows.axis)
        with writer.block(head), nested(writer, [loop_head(v) for v in depth]):
            moved = [f"{v.name} * {rows.roles.a.stride(v)}" for v in depth if rows.roles.a.stride(v)]
            target = [rows.place(at), *(f"{v.name} * {tile.stride(v)}" for v in depth)]
            writer.line(f"const {c_type(dtype)} *const from_ = {' + '.join(['A_', at, *moved])};")
            writer.line(f"{c_type(dtype)} *const to_ = {' + '.join(['Q_', *target])};")
            for j in range(0, count, 64 // dtype.itemsize):
                writer.line(f"LP_PREFETCH(from_ + {AHEAD * rows.roles.a.stride(depth[-1]) + j});")
            for j in range(0, count, tall):
                writer.line(f"memcpy(to_ + {j * rows.steps}, from_ + {j}, {tall * dtype.itemsize});")


def convert_rows(writer: Writer, rows: Rows) -> None:
    """The same for rows in a storage dtype."""
    a, depth, height = rows.roles.a, rows.roles.depth, rows.height
    at, high = f"{rows.row.name}_", "hi_" if rows.row == rows.axis else str(rows.row.extent)

    def convert(tall: int) -> None:
        tile = Rows(rows.roles, tall, rows.axis)
        source = [f"({at} + t_) * {a.stride(rows.row)}", *(f"{v.name} * {a.stride(v)}" for v in depth)]
        target = [rows.place(at), *(f"{v.name} * {tile.stride(v)}" for v in depth), f"t_ * {tile.apart}"]
        with nested(writer, [*map(loop_head, depth), loop_head(Var("t_", tall))]):
            read = element(f"A_[{' + '.join(source)}]", a.node.dtype, rows.roles.dtype)
            writer.line(f"Q_[{' + '.join(target)}] = {read};")

    if rows.whole:
        with writer.block(f"for (int64_t {at} = {rows.low}; {at} < {high}; {at}++)"):
            convert(1)
        return
    writer.line(f"int64_t {at} = {rows.low};")
    with writer.block(f"for (; {at} + {height} <= {high}; {at} += {height})"):
        convert(height)
    if rows.row.extent % height:
        with writer.block(f"if ({at} < {high})"):
            convert(rows.row.extent % height)
