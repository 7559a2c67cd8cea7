"""Contractions as tiles of dot products: the folded axis along vectors, each load used several times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ...dtypes import C_TYPES
from ...schedule import Coming, MatmulKernel
from ...schedule.dots import LEAST_SUMS, DotRoles
from ...schedule.expression import shape_of
from ...schedule.index import Index, Var, linear
from ...schedule.kernels import Operand
from ...schedule.machine import Machine
from ...schedule.tiles import STREAM_BYTES
from ..writer import Writer, c_type, loop_head, nest_of, nested, vector_load, vector_part
from .coming import coming_batch, coming_rows
from .epilogue import apply

FAR_BYTES = 1 << 22  # of an operand that lies beyond the caches of a core
AHEAD = {2: 1024, 4: 256, 8: 64}  # elements of a row that are fetched before they are needed, by their bytes


def dot_tiles(
    writer: Writer, kernel: MatmulKernel, roles: DotRoles, machine: Machine
) -> list[tuple[str, str]]:
    """The loops over tiles of results; gives the tile functions, (name, C) each."""
    lanes = machine.lanes(kernel.node.dtype.itemsize)
    tiles = DotTiles(writer, kernel, roles, lanes)
    with nested(writer, [writer.head(v) for v in roles.outer]):
        for name, operand in (("A_", roles.a), ("B_", roles.b)):
            own = roles.outer
            terms = tuple((a, f) for a, f in operand.address.terms if not isinstance(a, Var) or a in own)
            place = writer.index(Index(terms, operand.address.offset))
            kind = c_type(operand.node.dtype)
            writer.line(f"const {kind} *restrict {name} = {writer.pointer(operand.node)} + {place};")
        tiles.write()
    return tiles.functions()


def nth(n: int) -> str:
    """What is behind the names of a step's vectors and sums where it has several."""
    return f"_{n}" if n else ""


def _lanes(lanes: int, group: int, side: int) -> str:
    """The lower (side 0) or upper halves of all groups of lanes of two vectors."""
    return ", ".join(str(q * group + side + k) for q in range(2 * lanes // group) for k in range(group // 2))


@dataclass
class DotTiles:
    """The loops over rows and columns of results, and the functions that compute a tile of them."""

    writer: Writer
    kernel: MatmulKernel
    roles: DotRoles
    lanes: int
    shapes: dict[tuple[int, int], None] = field(default_factory=dict)

    def write(self) -> None:
        roles = self.roles

        def columns(height: int) -> None:
            self.over(roles.column, roles.width, lambda width: self.tile(height, width))

        def rows(width: int) -> None:
            self.over(roles.row, roles.height, lambda height: self.tile(height, width))

        if roles.columns_first:
            self.over(roles.column, roles.width, rows)
        else:
            self.over(roles.row, roles.height, columns)

    def over(self, v: Var | None, step: int, inside: Callable[[int], None]) -> None:
        """Whole tiles along a loop, then what is left."""
        writer = self.writer
        if v is None:
            inside(1)
            return
        at, high = f"{v.name}_", "hi_" if v == writer.axis else str(v.extent)
        writer.line(f"int64_t {at} = {'lo_' if v == writer.axis else '0'};")
        with writer.block(f"for (; {at} + {step} <= {high}; {at} += {step})"):
            inside(step)
        if v.extent % step:
            with writer.block(f"if ({at} < {high})"):
                inside(v.extent % step)

    def name(self, height: int, width: int) -> str:
        return f"{self.kernel.name}_dots_{height}x{width}"

    def tile(self, height: int, width: int) -> None:
        """One tile of results, and what is made of each."""
        writer, roles = self.writer, self.roles
        self.shapes[height, width] = None
        starts = []
        for name, operand, v in (("A_", roles.a, roles.row), ("B_", roles.b, roles.column)):
            starts.append(f"{name} + {v.name}_ * {operand.stride(v)}" if v is not None else name)
        writer.line(f"{c_type(self.kernel.node.dtype)} t_[{height * width}];")
        starts.append("t_")
        if (coming := self.coming) and roles.row is not None:
            starts += coming_rows(writer, coming, height, f"{roles.row.name}_")
        writer.line(f"{self.name(height, width)}({', '.join(starts)});")
        inner = [Var(n, e) for n, e in (("ti_", height), ("tj_", width)) if e > 1]
        with nest_of(writer, inner):
            for v, step, extent in ((roles.row, "ti_", height), (roles.column, "tj_", width)):
                if v is not None:
                    writer.declare(v.name, f"{v.name}_ + {step}" if extent > 1 else f"{v.name}_")
            at = [f"ti_ * {width}"] * (height > 1) + ["tj_"] * (width > 1)
            self.finish(f"t_[{' + '.join(at) or '0'}]")

    @property
    def coming(self) -> Coming | None:
        """What is fetched of the next step's rows."""
        return coming_batch(self.kernel, self.roles)

    def finish(self, result: str) -> None:
        """Store one result, or what the epilogue makes of it."""
        writer, node = self.writer, self.kernel.node
        if writer.memory.slots[node].kind != "local":
            sizes = shape_of(node)
            writer.line(
                f"{writer.pointer(node)}[{writer.index(linear(self.kernel.position, sizes))}] = {result};"
            )
        before = dict(writer.places)
        writer.places[node] = lambda _: result
        for stage in self.kernel.epilogue:
            apply(writer, stage)
        writer.places.clear()
        writer.places.update(before)

    def functions(self) -> list[tuple[str, str]]:
        return [(self.name(*shape), self.function(*shape)) for shape in self.shapes]

    def function(self, height: int, width: int) -> str:
        """C of a function: height x width dot products, all running sums in registers."""
        node, roles = self.kernel.node, self.roles
        kind, suffix = c_type(node.dtype), C_TYPES[node.dtype][1]
        *around, along = roles.depth
        given = [f"const {c_type(o.node.dtype)} *restrict {n}" for o, n in ((roles.a, "A"), (roles.b, "B"))]
        rows = (
            [f"const {c_type(self.coming.array.dtype)} *N{i}" for i in range(height)] if self.coming else []
        )
        parameters = ", ".join([*given, f"{kind} *restrict t", *rows])
        lines = [f"LP_INLINE void {self.name(height, width)}({parameters}) {{"]
        at_once = self.at_once(height, width)
        names = [f"c{i}_{j}" for i in range(height) for j in range(width)]
        for n in range(at_once):
            for start in range(0, len(names), width):
                sums = ", ".join(f"{name}{nth(n)} = {{0}}" for name in names[start : start + width])
                lines.append(f"  lp_v{suffix} {sums};")
        lines += ["  " * (n + 1) + loop_head(v) + " {" for n, v in enumerate(around)]
        indent = "  " * (len(around) + 1)
        v, stride = along.name, at_once * self.lanes
        whole = along.extent // stride * stride
        lines.append(f"{indent}for (int64_t {v} = 0; {v} < {whole}; {v} += {stride}) {{")
        for n in range(at_once):
            lines += [indent + "  " + line for line in self.step(height, width, suffix, n)]
        lines.append(indent + "}")
        for start in range(whole, along.extent, self.lanes):
            rest = min(along.extent - start, self.lanes) % self.lanes
            lines += [f"{indent}{{", f"{indent}  const int64_t {v} = {start};"]
            lines += [indent + "  " + line for line in self.step(height, width, suffix, 0, rest)]
            lines.append(indent + "}")
        lines += ["  " * (n + 1) + "}" for n in reversed(range(len(around)))]
        lines += [f"  {name} += {name}{nth(n)};" for n in range(1, at_once) for name in names]
        for start in range(0, len(names), self.lanes):
            lines += [
                "  " + line for line in self.add_lanes(names[start : start + self.lanes], start, suffix)
            ]
        return "\n".join([*lines, "}"])

    def add_lanes(self, names: list[str], start: int, suffix: str) -> list[str]:
        """The sums of the lanes of up to as many vectors as one has lanes, stored side by side.

        Two vectors become one, of the sums of their halves, until each lane is a sum: a tree of half as many
        steps as adding up each vector for itself.
        """
        lines, count = [], len(names)
        group = self.lanes
        while group > 1:
            merged = []
            for n in range(0, len(names), 2):
                first, second = names[n], names[min(n + 1, len(names) - 1)]
                halves = [
                    f"LP_SHUFFLE({suffix[1:]}, {first}, {second}, {_lanes(self.lanes, group, side)})"
                    for side in (0, group // 2)
                ]
                merged.append(f"s{start}_{group}_{n // 2}")
                lines.append(f"const lp_v{suffix} {merged[-1]} = {' + '.join(halves)};")
            names, group = merged, group // 2
        if count == self.lanes:
            return [*lines, f"LP_STORE_{suffix.upper()}(t + {start}, {names[0]});"]
        kind = c_type(self.kernel.node.dtype)
        return [*lines, f"memcpy(t + {start}, &{names[0]}, {count} * sizeof({kind}));"]

    def streams(self) -> bool:
        """Whether rows come from the caller's memory, too many for the first caches: the next are fetched."""
        roles = self.roles
        if roles.row is None or roles.column is None or len(roles.depth) > 1:
            return False
        slot = self.writer.memory.slots[roles.a.node].root()
        size = roles.row.extent * roles.depth[0].extent * roles.a.node.dtype.itemsize
        return slot.kind == "argument" and size >= STREAM_BYTES

    def at_once(self, height: int, width: int) -> int:
        """How many vectors of each row meet in one step."""
        return max(1, min(LEAST_SUMS // (height * width), self.roles.depth[-1].extent // self.lanes))

    def ahead(self, name: str, operand: Operand, v: Var | None, rows: int, step: int) -> list[str]:
        """Fetches what comes later in rows from beyond the caches, and behind their end in the next ones."""
        *around, along = self.roles.depth
        size = operand.node.dtype.itemsize
        if v is None or around or v.extent * along.extent * size < FAR_BYTES:
            return []
        stride, line = operand.stride(v), 64 // size
        at = f"{along.name} + {AHEAD.get(size, 256)}"
        start = f"{name} + {at} + ({at} < {along.extent} ? 0 : {rows * stride - along.extent})"
        places = [i * stride + k for i in range(rows) for k in range(0, step, line)]
        lines = [f"const {c_type(operand.node.dtype)} *const {name.lower()}_ = {start};"]
        return [*lines, " ".join(f"LP_PREFETCH({name.lower()}_ + {place});" for place in places)]

    def step(self, height: int, width: int, suffix: str, n: int, rest: int = 0) -> list[str]:
        """Vector number `n` of every row of A and B; rest: what there is of one that is no whole vector."""
        roles = self.roles

        def vector(name: str, array: str, stride: int, operand: Operand) -> str:
            terms = [f"{v.name} * {operand.stride(v)}" for v in roles.depth if operand.stride(v)]
            offset = stride + n * self.lanes
            at = " + ".join([array, *terms, *([str(offset)] if offset else [])])
            if rest:
                return vector_part(operand.node.dtype, name, at, rest)
            return f"const lp_v{suffix} {name}{nth(n)} = {vector_load(operand.node.dtype, at)};"

        row = roles.a.stride(roles.row) if roles.row is not None else 0
        column = roles.b.stride(roles.column) if roles.column is not None else 0
        lines = [vector(f"a{i}", "A", i * row, roles.a) for i in range(height)]
        if not rest and n == 0:
            step = self.at_once(height, width) * self.lanes
            lines += self.ahead("A", roles.a, roles.row, height, step)
            lines += self.ahead("B", roles.b, roles.column, width, step)
        if not rest and n == 0 and self.streams():
            at = f"A + {roles.depth[-1].name}"
            lines.append(" ".join(f"LP_PREFETCH({at} + {(height + i) * row});" for i in range(height)))
        if not rest and n == 0 and self.coming:
            at = roles.depth[-1].name
            lines.append(" ".join(f"LP_PREFETCH(N{i} + {at});" for i in range(height)))
        for j in range(width):
            products = " ".join(f"c{i}_{j}{nth(n)} += a{i}{nth(n)} * b{j}{nth(n)};" for i in range(height))
            lines.append(f"{vector(f'b{j}', 'B', j * column, roles.b)} {products}")
        return lines
