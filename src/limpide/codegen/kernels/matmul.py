"""Contractions: tiles of the result in registers, one operand along vectors, the other broadcast."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from ...graph import Node
from ...schedule import Coming, MatmulKernel
from ...schedule.dots import DotRoles, form
from ...schedule.expression import shape_of
from ...schedule.index import Index, Var, linear, var
from ...schedule.machine import Machine
from ...schedule.tiles import STREAM_BYTES, Roles, Tiling, border, packs, packs_rows, tile_height, tiling
from ..writer import Writer, c_type, loop_head, nested
from .coming import coming_batch, coming_rows
from .dot_tiles import dot_tiles
from .dots import dots
from .epilogue import fetch_targets, tile_epilogue
from .pack import Packing, Rows, pack, pack_rows, turning
from .row_sums import row_sums, sums_rows
from .row_windows import write_windows
from .tile import Source, Tile

PANELS_BYTES = 3 << 18  # of all panels, that stay in the second cache
LARGE_BYTES = 1 << 20  # of a result that does not


def matmul_kernel(writer: Writer, kernel: MatmulKernel, machine: Machine) -> list[tuple[str, str]]:
    """The body of the C function of a contraction; gives the functions that it calls, (name, C) each."""
    writer.axis = kernel.axis
    roles = form(kernel, machine)
    if roles is None:
        dots(writer, kernel)
        return []
    if isinstance(roles, DotRoles):
        return dot_tiles(writer, kernel, roles, machine)
    panels = Panels(writer, kernel, roles, machine, tiling(kernel, roles, machine, kernel.axis))
    panels.write()
    return panels.functions


@dataclass
class Panels:
    """The loops over panels of columns and tiles of rows, and the functions that they call."""

    writer: Writer
    kernel: MatmulKernel
    roles: Roles
    machine: Machine
    tiles: Tiling
    functions: list[tuple[str, str]] = field(default_factory=list)

    def write(self) -> None:
        if self.kernel.windows is not None:
            write_windows(self.writer, self.kernel, self.roles, self.rows)
        else:
            self.rows(self.roles.outer)

    def rows(self, outer: Sequence[Var]) -> None:
        """The loops inside of which there is one product of matrices, and this product."""
        writer, roles, tiles = self.writer, self.roles, self.tiles
        axis = self.kernel.axis
        packed, down = packs(roles, tiles, self.machine, axis), rows_first(self.kernel, roles)
        copied = 0 if down else tiles.height * packs_rows(roles, tiles, self.machine, axis)
        node = self.kernel.node
        with nested(writer, [writer.head(v) for v in outer]), self.each_chunk():
            for name, operand in (("A_", roles.a), ("B_", roles.b)):
                around = [*roles.outer, *roles.chunks]
                moving = Index(tuple((v, operand.stride(v)) for v in around if operand.stride(v)))
                fixed = writer.index(_fixed(operand.address))
                steps = [t for t in (fixed, writer.index(moving)) if t != "0"]
                place = " + ".join([writer.pointer(operand.node), *steps])
                writer.line(f"const {c_type(operand.node.dtype)} *restrict {name} = {place};")
            self.write_border()
            if sums_rows(self.kernel, roles, axis):
                row_sums(writer, self.kernel, roles, self.machine)
                return
            kind = c_type(node.dtype)
            if packed or copied:
                writer.uses.add("scratch")
                writer.line(f"{kind} *restrict P_ = ({kind} *)scratch;")
            if copied:
                rows = Rows(roles, tiles.height, writer.axis)
                writer.scratch = rows.bytes
                writer.line(f"{kind} *restrict Q_ = P_;")
                writer.line(f"P_ += {rows.bytes // node.dtype.itemsize};")
                pack_rows(writer, rows)
            groups = self.groups(packed, copied)
            if down:
                self.down(groups)
                return
            for group in groups:
                self.functions += group.write(self.machine, tiles.height)

    def write_border(self) -> None:
        """Which steps of the outermost folded loop are not in rows of zeros around an image."""
        found = border(self.roles)
        if found is not None:
            at = f"{found.place.name} * {found.stride}" if found.stride != 1 else found.place.name
            low, high, steps = found.low, found.high, found.step.extent
            self.writer.line(f"const int64_t first_ = {at} < {low} ? {low} - {at} : 0;")
            self.writer.line(f"const int64_t end_ = {high} - {at} < {steps} ? {high} - {at} : {steps};")

    @contextmanager
    def each_chunk(self) -> Iterator[None]:
        """Loops over chunks of what is folded, if there are some: tiles add to results that begin at 0."""
        writer, kernel, roles = self.writer, self.kernel, self.roles
        if not roles.chunks:
            yield
            return
        assert roles.row is not None
        start = [Index(()) if v == roles.column else var(v.name, v.extent) for v in kernel.out]
        low, high = ("lo_", "hi_") if roles.column == writer.axis else ("0", str(roles.column.extent))
        with writer.block(writer.head(roles.row)):
            place = writer.place(kernel.node, tuple(start))
            size = f"({high} - {low}) * sizeof({c_type(kernel.node.dtype)})"
            writer.line(f"memset(&{place} + {low}, 0, {size});")
        with nested(writer, [loop_head(v) for v in roles.chunks]):
            yield

    def groups(self, packed: bool, copied: int) -> list[Group]:
        """The panels of full width, and what is left of the columns."""
        tiles, extent = self.tiles, self.roles.column.extent
        whole, rest = divmod(extent, tiles.width)
        shapes = [(0, whole, tiles.across)] * bool(whole)
        shapes += [(whole * tiles.width, 1, -(-rest // tiles.lanes))] * bool(rest)
        return [
            Group(self.writer, self.kernel, self.roles, tiles.lanes, across, first, count, packed, copied)
            for first, count, across in shapes
        ]

    def down(self, groups: list[Group]) -> None:
        """Tiles along the rows of a large result, all panels at hand: what is written runs along memory."""
        writer, row, height = self.writer, self.roles.row, self.tiles.height
        assert row is not None
        for group in groups:
            group.all_panels = True
            if group.packed:
                with writer.block(group.head()):
                    self.functions += group.pack(f"P_ + {self.roles.column.name}_ * {group.packing.steps}")
                writer.scratch = max(writer.scratch, group.packing.steps * group.end_bytes)
        at, low, high = f"{row.name}_", "0", str(row.extent)
        if row == writer.axis:
            low, high = "lo_", "hi_"
        writer.line(f"int64_t {at} = {low};")
        heads = [(height, f"for (; {at} + {height} <= {high}; {at} += {height})")]
        heads += [(row.extent % height, f"if ({at} < {high})")] * bool(row.extent % height)
        for rows, head in heads:
            with writer.block(head):
                for group in groups:
                    with writer.block(group.head()):
                        group.call(rows, at)
            self.functions += [group.tile(rows) for group in groups]


def rows_first(kernel: MatmulKernel, roles: Roles) -> bool:
    """Whether a result is so large, and the other operand so small, that tiles go along the rows."""
    if roles.row is None or not roles.depth:
        return False
    size = kernel.node.dtype.itemsize
    steps = 1
    for v in roles.depth:
        steps *= v.extent
    columns = roles.column.extent
    return steps * columns * size <= PANELS_BYTES and roles.row.extent * columns * size >= LARGE_BYTES


def _fixed(address: Index) -> Index:
    """The part of an address that no loop moves."""
    return Index(tuple((a, f) for a, f in address.terms if not isinstance(a, Var)), address.offset)


@dataclass
class Group:
    """Column panels of one width: the loops over them, over rows, and the functions.

    first: their first column; count: how many; packed: whether tiles read copies of them. copied: rows
    that lie side by side in a copy of the other operand, 0 where there is none.
    """

    writer: Writer
    kernel: MatmulKernel
    roles: Roles
    lanes: int
    across: int
    first: int
    count: int
    packed: bool
    copied: int
    all_panels: bool = False  # whether the copies of all panels are at hand, one after the other

    @property
    def end_bytes(self) -> int:
        """Bytes of one step of all panels up to the last of these."""
        return (self.first + self.width * self.count) * self.roles.dtype.itemsize

    @property
    def end(self) -> int:
        return min(self.first + self.width * self.count, self.roles.column.extent)

    @property
    def width(self) -> int:
        return self.across * self.lanes

    @property
    def partial(self) -> bool:
        """Whether the last panel goes past the last column."""
        return self.first + self.width * self.count > self.end

    @property
    def columns(self) -> int:
        """How many there are in the last panel."""
        return self.end - self.first - self.width * (self.count - 1)

    @property
    def packing(self) -> Packing:
        roles = self.roles
        return Packing(roles.b, roles.column, roles.depth, self.lanes, self.width, roles.dtype)

    def write(self, machine: Machine, height: int) -> list[tuple[str, str]]:
        """The loops, as they call the tile functions; gives these."""
        functions = []
        with self.writer.block(self.head()):
            if self.packed:
                functions += self.pack("P_")
                rows = Rows(self.roles, self.copied, self.writer.axis).bytes if self.copied else 0
                self.writer.scratch = max(self.writer.scratch, rows + self.packing.bytes)
            if self.roles.row is None:
                self.call(1, "0")
                return [*functions, self.tile(1)]
            return functions + self.row_loop(self.roles.row, self.heights(machine, self.roles.row, height))

    def head(self) -> str:
        """The loop over panels: all, or those of this thread."""
        column, at = self.roles.column, f"{self.roles.column.name}_"
        if column != self.writer.axis:
            return f"for (int64_t {at} = {self.first}; {at} < {self.end}; {at} += {self.width})"
        if self.first:
            head = f"for (int64_t {at} = {self.first}; {at} < hi_; {at} += {self.width})"
            return f"if (hi_ == {column.extent}) {head}"
        return f"for (int64_t {at} = lo_; {at} + {self.width} <= hi_; {at} += {self.width})"

    def pack(self, target: str) -> list[tuple[str, str]]:
        """Copy the panel that the loop is at; gives the functions for it."""
        column = self.roles.column
        turn = f"{self.kernel.name}_turn_{self.columns if self.partial else self.width}"
        stride = self.roles.b.stride(column)
        source = f"B_ + {column.name}_" + (f" * {stride}" if stride != 1 else "")
        columns = self.columns if self.partial else self.width
        pack(self.writer, self.packing, source, target, columns, turn)
        return turning(self.packing, turn)

    def heights(self, machine: Machine, row: Var, height: int) -> list[int]:
        """Rows of the tiles, tall ones first. The last is what is left of all rows; it may be 0."""
        if row != self.writer.axis and not self.copied:
            height = tile_height(machine, row.extent, self.across)
            return [height, row.extent % height]
        tall = 0 if self.copied else tile_height(machine, row.extent, self.across) // height * height
        return [tall] * (tall > height) + [height, row.extent % height]

    def row_loop(self, row: Var, heights: list[int]) -> list[tuple[str, str]]:
        """Tiles down the rows: whole ones, then what is left."""
        writer, at = self.writer, f"{row.name}_"
        low, high = ("lo_", "hi_") if row == writer.axis else ("0", str(row.extent))
        writer.line(f"int64_t {at} = {low};")
        *whole, rest = heights
        for height in whole:
            with writer.block(f"for (; {at} + {height} <= {high}; {at} += {height})"):
                self.call(height, at)
        if rest:
            with writer.block(f"if ({at} < {high})"):
                self.call(rest, at)
        return [self.tile(height) for height in heights if height]

    def name(self, height: int) -> str:
        return f"{self.kernel.name}_tile_{height}x{self.columns if self.partial else self.width}"

    def direct(self) -> bool:
        """Whether tiles go straight to the result: nothing is applied to them, and vectors lie along it."""
        last = [v for v in self.kernel.out if v.extent != 1][-1:]
        return not self.kernel.epilogue and last == [self.roles.column]

    def call(self, height: int, row: str) -> None:
        """One tile: into the result, or into a buffer that the epilogue reads."""
        writer, roles, kind = self.writer, self.roles, c_type(self.kernel.node.dtype)
        a = "A_" if roles.row is None else f"A_ + {roles.row.name}_ * {roles.a.stride(roles.row)}"
        if self.copied:
            a = "Q_ + " + Rows(roles, self.copied, writer.axis).place(row)
        b = "P_" if self.packed else f"B_ + {roles.column.name}_"
        if self.packed and self.all_panels:
            b = f"P_ + {roles.column.name}_ * {self.packing.steps}"
        more = ", first_, end_" if border(roles) is not None else ""
        more += "".join(f", {place}" for place in self.coming_rows(height, row))
        if self.direct():
            target = f"&{writer.place(self.kernel.node, self.origin())}"
            writer.line(f"{self.name(height)}({a}, {b}, {target}{more});")
            return
        fetch_targets(writer, self.kernel, roles, height, self.width, self.width * self.all_panels)
        writer.line(f"{kind} t_[{height * self.width}] LP_ALIGN(64);")
        writer.line(f"{self.name(height)}({a}, {b}, t_{more});")
        columns = self.columns if self.partial else self.width
        tile_epilogue(writer, self.kernel, roles, height, self.width, columns)

    def origin(self) -> tuple[Index, ...]:
        """The position of the tile's first element."""
        known = {self.roles.column: f"{self.roles.column.name}_"}
        if self.roles.row is not None:
            known[self.roles.row] = f"{self.roles.row.name}_"
        return tuple(
            Index(((Var(known[v], v.extent), 1),)) if v in known else var(v.name, v.extent)
            for v in self.kernel.out
        )

    def tile(self, height: int) -> tuple[str, str]:
        """The function of tiles with so many rows."""
        roles, node = self.roles, self.kernel.node
        name = self.name(height)
        a, b = (Source(o.stride, o.node.dtype) for o in (roles.a, roles.b))
        apart = roles.a.stride(roles.row) if roles.row is not None else 0
        if self.copied:
            copy = Rows(roles, height)
            a, apart = Source(copy.stride, node.dtype), copy.apart
        if self.packed:
            b = Source(self.packing.stride, node.dtype)
        tile = Tile(
            name, node.dtype, self.lanes, height, self.across, roles.depth, a, b,
            row_stride=apart,
            row_step=self.row_step(),
            left=self.columns - (self.across - 1) * self.lanes if self.partial else self.lanes,
            careful=self.partial and not self.packed and not self.padded(roles.b.node),
            short=self.partial and self.direct(),
            adds=bool(roles.chunks),
            bounded=border(roles) is not None,
            fetch=self.fetch(height),
            coming=self.coming.array.dtype if self.coming else None,
            ahead=self.ahead(height),
        )  # fmt: skip
        return name, tile.text()

    def row_step(self) -> int:
        """How far apart the rows of a tile are written."""
        row, out = self.roles.row, self.kernel.out
        if not self.direct():
            return self.width
        place = linear(tuple(var(v.name, v.extent) for v in out), shape_of(self.kernel.node))
        return place.factor(row) if row is not None else 0

    def padded(self, node: Node) -> bool:
        """Whether vectors may read a little past the end of the array."""
        return self.writer.memory.slots[node].root().kind == "arena"

    def fetch(self, height: int) -> tuple[int, ...]:
        """The rows of the next tile (or batch), where they come from the caller's memory and are many."""
        a, row, depth = self.roles.a, self.roles.row, self.roles.depth
        if (
            row is None
            or (self.first and self.roles.column != self.writer.axis)
            or len(depth) != 1
            or a.stride(depth[0]) != 1
            or a.node.op.name == "cell"
        ):
            return ()
        slot = self.writer.memory.slots[a.node].root()
        size = row.extent * depth[0].extent * a.node.dtype.itemsize
        if slot.kind != "argument" or size < STREAM_BYTES:
            return ()
        return tuple((height + i) * a.stride(row) for i in range(height))

    @property
    def coming(self) -> Coming | None:
        """What is fetched of the next step's rows: by the first panels, each with this step's."""
        first = not self.first or self.roles.column == self.writer.axis
        whole = first and not self.copied and not self.roles.chunks
        return coming_batch(self.kernel, self.roles) if whole else None

    def coming_rows(self, height: int, row: str) -> list[str]:
        """Where the next step's rows begin that are those of this tile."""
        return coming_rows(self.writer, self.coming, height, row) if self.coming else []

    def ahead(self, height: int) -> str:
        """What tiles fetch at every step of the folded loop: the next tile's rows, where they are copies."""
        if not self.copied or len(self.roles.depth) != 1 or Rows(self.roles, height).whole:
            return ""
        step = self.roles.depth[0]
        return f"LP_PREFETCH(A + ({step.name} + {step.extent}) * {height});"
