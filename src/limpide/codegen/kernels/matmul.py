"""Contractions: tiles of the result in registers, one operand along vectors, the other broadcast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...dtypes import C_TYPES
from ...graph import Node
from ...schedule import MatmulKernel, Stage
from ...schedule.expression import shape_of
from ...schedule.index import Index, Var, linear, var
from ...schedule.machine import Machine
from ...schedule.tiles import Roles, panel_roles, tile_height, tiling
from ..loops import SIMD, Writer, c_type, loop_head, nest_of, nested


def matmul_kernel(writer: Writer, kernel: MatmulKernel, machine: Machine) -> list[str]:
    """The body of the C function of a contraction; gives the C of the tile functions that it calls."""
    writer.axis = kernel.axis
    roles = panel_roles(kernel)
    if roles is None:
        dots(writer, kernel)
        return []
    return panels(writer, kernel, roles, machine)


STREAM_BYTES = 1 << 17


def panels(writer: Writer, kernel: MatmulKernel, roles: Roles, machine: Machine) -> list[str]:
    """The loops over panels of columns and tiles of rows; gives the C of the tile functions."""
    tiles = tiling(kernel, roles, machine, kernel.axis)
    fixed = {id(o): writer.index(_fixed(o.address)) for o in (roles.a, roles.b)}
    kind = c_type(kernel.node.dtype)
    functions: list[str] = []
    with nested(writer, [writer.head(v) for v in roles.outer]):
        for name, operand in (("A_", roles.a), ("B_", roles.b)):
            moving = Index(tuple((v, operand.stride(v)) for v in roles.outer if operand.stride(v)))
            steps = [t for t in (fixed[id(operand)], writer.index(moving)) if t != "0"]
            place = " + ".join([writer.pointer(operand.node), *steps])
            writer.line(f"const {kind} *restrict {name} = {place};")
        whole, rest = divmod(roles.column.extent, tiles.width)
        if whole:
            functions += Group(writer, kernel, roles, tiles.lanes, tiles.across, 0, whole, 0).write(
                machine, tiles.height
            )
        if rest:
            across = -(-rest // tiles.lanes)
            first = whole * tiles.width
            functions += Group(writer, kernel, roles, tiles.lanes, across, first, 1, 1).write(
                machine, tiles.height
            )
    return functions


def _fixed(address: Index) -> Index:
    """The part of an address that no loop moves."""
    return Index(tuple((a, f) for a, f in address.terms if not isinstance(a, Var)), address.offset)


@dataclass
class Group:
    """Column panels of one width: the loops over them, over rows, and the tile functions."""

    writer: Writer
    kernel: MatmulKernel
    roles: Roles
    lanes: int
    across: int
    first: int
    count: int
    number: int

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

    def write(self, machine: Machine, height: int) -> list[str]:
        """The loops, as they call the tile functions; gives these."""
        writer, column = self.writer, self.roles.column
        at = f"{column.name}_"
        if column == writer.axis and self.number:
            head = f"for (int64_t {at} = {self.first}; {at} < hi_; {at} += {self.width})"
            head = f"if (hi_ == {column.extent}) {head}"
        elif column == writer.axis:
            head = f"for (int64_t {at} = lo_; {at} + {self.width} <= hi_; {at} += {self.width})"
        else:
            head = f"for (int64_t {at} = {self.first}; {at} < {self.end}; {at} += {self.width})"
        with writer.block(head):
            if self.roles.row is None:
                self.call(1, "0")
                return [self.tile(1)]
            return self.row_loop(self.roles.row, self.heights(machine, self.roles.row, height))

    def heights(self, machine: Machine, row: Var, height: int) -> list[int]:
        """Rows of the tiles, tall ones first. The last is what is left of all rows; it may be 0."""
        if row != self.writer.axis:
            height = tile_height(machine, row.extent, self.across)
            return [height, row.extent % height]
        tall = tile_height(machine, row.extent, self.across) // height * height
        return [tall] * (tall > height) + [height, row.extent % height]

    def row_loop(self, row: Var, heights: list[int]) -> list[str]:
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
        return f"{self.kernel.name}_tile_{height}x{self.width}{'' if not self.partial else f'_{self.number}'}"

    def direct(self) -> bool:
        """Whether tiles go straight to the result: nothing is applied to them."""
        return not self.kernel.epilogue

    def call(self, height: int, row: str) -> None:
        """One tile: into the result, or into a buffer that the epilogue reads."""
        writer, roles, kind = self.writer, self.roles, c_type(self.kernel.node.dtype)
        column = roles.column
        a = "A_" if roles.row is None else f"A_ + {roles.row.name}_ * {roles.a.stride(roles.row)}"
        columns = self.end - self.first - self.width * (self.count - 1) if self.partial else self.width
        if self.direct():
            position = self.origin()
            target = f"&{writer.place(self.kernel.node, position)}"
            writer.line(f"{self.name(height)}({a}, B_ + {column.name}_, {target});")
            return
        writer.line(f"{kind} t_[{height * self.width}] LP_ALIGN(64);")
        writer.line(f"{self.name(height)}({a}, B_ + {column.name}_, t_);")
        self.epilogue(height, columns)

    def origin(self) -> tuple[Index, ...]:
        """The position of the tile's first element."""
        known = {self.roles.column: f"{self.roles.column.name}_"}
        if self.roles.row is not None:
            known[self.roles.row] = f"{self.roles.row.name}_"
        return tuple(
            Index(((Var(known[v], v.extent), 1),)) if v in known else var(v.name, v.extent)
            for v in self.kernel.out
        )

    def epilogue(self, height: int, columns: int) -> None:
        """The stages on every element of the tile, while it is in the first cache."""
        writer, roles = self.writer, self.roles
        row, column = roles.row, roles.column
        loops = [Var("ti_", height)] if row is not None else []
        own = self.kernel.node
        with nest_of(writer, [v for v in loops if v.extent > 1]):
            if row is not None:
                add = " + ti_" if height > 1 else ""
                writer.declare(row.name, f"{row.name}_{add}")
            with writer.block(loop_head(Var("tj_", columns))):
                writer.declare(column.name, f"{column.name}_ + tj_")
                at = f"ti_ * {self.width} + tj_" if height > 1 else "tj_"
                slots = writer.memory.slots
                places = dict(writer.places)
                writer.places[own] = lambda position: f"t_[{at}]"
                if slots[own].kind != "local":
                    target = f"{writer.pointer(own)}[{writer.index(linear(self._position(), shape_of(own)))}]"
                    writer.line(f"{target} = t_[{at}];")
                for stage in self.kernel.epilogue:
                    self.apply(stage)
                writer.places.clear()
                writer.places.update(places)

    def _position(self) -> tuple[Index, ...]:
        return tuple(var(v.name, v.extent) for v in self.kernel.out)

    def apply(self, stage: Stage) -> None:
        writer = self.writer
        text = writer.value(stage.value)
        if writer.memory.slots[stage.node].kind == "local":
            name = writer.fresh(stage.node.name or stage.node.op.name)
            writer.line(f"const {c_type(stage.node.dtype)} {name} = {text};")
            writer.places[stage.node] = lambda position: name
        else:
            writer.line(f"{writer.place(stage.node, stage.position)} = {text};")

    # ------------------------------------------------------------------------------- the tile function
    def tile(self, height: int) -> str:
        """C of a function: height x width results from rows of A and a panel of B, all in registers."""
        node, roles = self.kernel.node, self.roles
        kind, suffix = c_type(node.dtype), C_TYPES[node.dtype][1]
        vector, load = f"lp_v{suffix}", f"LP_LOAD_{suffix.upper()}"
        parameters = f"const {kind} *restrict A, const {kind} *restrict B, {kind} *restrict C"
        lines = [f"LP_INLINE void {self.name(height)}({parameters}) {{"]
        for i in range(height):
            lines.append(
                "  " + vector + " " + ", ".join(f"c{i}_{j} = {{0}}" for j in range(self.across)) + ";"
            )
        depth = roles.depth
        careful = self.partial and not self.padded(roles.b.node)
        # Rows that are shorter than what lies past the last column leave more than the last one to care for.
        over = self.first + self.width * self.count - self.end
        alone = len(depth) == 1 and (not careful or roles.b.stride(depth[0]) >= over)
        heads = [(v.name, v.extent - 1 if careful and alone else v.extent) for v in depth]
        a_at = " + ".join([f"{v.name} * {roles.a.stride(v)}" for v in depth if roles.a.stride(v)] or ["0"])
        b_at = " + ".join([f"{v.name} * {roles.b.stride(v)}" for v in depth if roles.b.stride(v)] or ["0"])
        body = self.step(height, a_at, b_at, vector, load, kind, careful and not alone)
        start = 0
        if alone and self.streams():
            name, extent = heads[0]
            ahead, start = self.ahead(height, name, extent, body)
            lines += ahead
        for n, (name, extent) in enumerate(heads):
            first = start if n == len(heads) - 1 else 0
            lines.append("  " * (n + 1) + f"for (int64_t {name} = {first}; {name} < {extent}; {name}++) {{")
        lines += ["  " * (len(heads) + 1) + line for line in body]
        lines += ["  " * (n + 1) + "}" for n in reversed(range(len(heads)))]
        if careful and alone:
            at = depth[0].extent - 1
            last = [str(at * operand.stride(depth[0])) for operand in (roles.a, roles.b)]
            edge = self.step(height, last[0], last[1], vector, load, kind, True)
            lines += ["  {", *("    " + line for line in edge), "  }"]
        return "\n".join([*lines, *self.store(height, kind, suffix), "}"])

    def streams(self) -> bool:
        """Whether rows come from the caller's memory, one after the other, too many for the first caches."""
        a, row, depth = self.roles.a, self.roles.row, self.roles.depth
        if row is None or self.number or a.stride(depth[0]) != 1 or a.node.op.name == "cell":
            return False
        slot = self.writer.memory.slots[a.node].root()
        return (
            slot.kind == "argument" and row.extent * depth[0].extent * a.node.dtype.itemsize >= STREAM_BYTES
        )

    def ahead(self, height: int, name: str, extent: int, body: list[str]) -> tuple[list[str], int]:
        """The loop over whole cache lines, which fetches those of the next tile (or batch) while it works."""
        line = 64 // self.kernel.node.dtype.itemsize
        assert self.roles.row is not None
        stride = self.roles.a.stride(self.roles.row)
        whole = extent // line * line
        fetches = " ".join(f"LP_PREFETCH(A + {name}_ + {(height + i) * stride});" for i in range(height))
        return [
            f"  for (int64_t {name}_ = 0; {name}_ < {whole}; {name}_ += {line}) {{",
            f"    {fetches}",
            f"    for (int64_t {name} = {name}_; {name} < {name}_ + {line}; {name}++) {{",
            *("      " + text for text in body),
            "    }",
            "  }",
        ], whole

    def step(
        self, height: int, a_at: str, b_at: str, vector: str, load: str, kind: str, edge: bool
    ) -> list[str]:
        """One step along the folded axis: a row of B meets a column of A."""
        lines = []
        for j in range(self.across):
            source = f"B + {b_at} + {j * self.lanes}"
            if edge and j == self.across - 1:
                left = self.end - self.first - self.width * (self.count - 1) - j * self.lanes
                lines.append(f"{vector} b{j} = {{0}};")
                lines.append(f"memcpy(&b{j}, {source}, {left} * sizeof({kind}));")
            else:
                lines.append(f"const {vector} b{j} = {load}({source});")
        stride = self.roles.a.stride(self.roles.row) if self.roles.row is not None else 0
        for i in range(height):
            products = " ".join(f"c{i}_{j} += a{i} * b{j};" for j in range(self.across))
            lines.append(f"const {kind} a{i} = A[{a_at} + {i * stride}]; {products}")
        return lines

    def padded(self, node: Node) -> bool:
        """Whether vectors may read a little past the end of the array."""
        return self.writer.memory.slots[node].root().kind == "arena"

    def store(self, height: int, kind: str, suffix: str) -> list[str]:
        lines = []
        stride = self.width
        if self.direct():
            row = self.roles.row
            sizes = shape_of(self.kernel.node)
            place = linear(tuple(var(v.name, v.extent) for v in self.kernel.out), sizes)
            stride = place.factor(row) if row is not None else 0
        for i in range(height):
            for j in range(self.across):
                target = f"C + {i * stride + j * self.lanes}"
                left = self.end - self.first - self.width * (self.count - 1) - j * self.lanes
                if self.direct() and self.partial and left < self.lanes:
                    lines.append(f"  memcpy({target}, &c{i}_{j}, {left} * sizeof({kind}));")
                else:
                    lines.append(f"  LP_STORE_{suffix.upper()}({target}, c{i}_{j});")
        return lines


# -------------------------------------------------------------------------------------------------- dots
def dots(writer: Writer, kernel: MatmulKernel) -> None:
    """One result at a time: the folded axis in lanes. For any strides and dtype."""
    node = kernel.node
    kind = c_type(node.dtype)
    sign = "|" if node.dtype.kind == "b" else SIMD["sum"]
    times = "&" if node.dtype.kind == "b" else "*"
    heads = [writer.head(v) for v in kernel.out if v.extent != 1]
    folded = sorted(kernel.folded, key=lambda v: -kernel.a.stride(v) - kernel.b.stride(v))
    with nested(writer, heads):
        writer.line(f"{kind} acc_ = 0;")
        with nest_of(writer, folded[:-1]):
            last = folded[-1]
            writer.line(f"{kind} part_ = 0;")
            a, b = (f"{writer.pointer(o.node)}[{writer.index(o.address)}]" for o in (kernel.a, kernel.b))
            writer.line(f"#pragma omp simd reduction({sign}:part_)")
            writer.line(f"{loop_head(last)} part_ = part_ {sign} {a} {times} {b};")
            writer.line(f"acc_ = acc_ {sign} part_;")
        write_result(writer, kernel, kernel.epilogue)


def write_result(writer: Writer, kernel: MatmulKernel, epilogue: Sequence[Stage]) -> None:
    """Store one result, or what the epilogue makes of it."""
    node = kernel.node
    position = tuple(var(v.name, v.extent) for v in kernel.out)
    if writer.memory.slots[node].kind != "local":
        writer.line(f"{writer.place(node, position)} = acc_;")
    before = dict(writer.places)
    writer.places[node] = lambda _: "acc_"
    for stage in epilogue:
        text = writer.value(stage.value)
        if writer.memory.slots[stage.node].kind == "local":
            name = writer.fresh(stage.node.name or stage.node.op.name)
            writer.line(f"const {c_type(stage.node.dtype)} {name} = {text};")
            writer.places[stage.node] = lambda _, name=name: name  # type: ignore[misc]
        else:
            writer.line(f"{writer.place(stage.node, stage.position)} = {text};")
    writer.places.clear()
    writer.places.update(before)
