"""Contractions as tiles: which loop runs down rows, which along vectors, and how many of each at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod

from ..dtypes import DType
from .index import Index, Var
from .kernels import MatmulKernel, Operand
from .machine import Machine

MOST_ROWS = {1: 24, 2: 12, 3: 8, 4: 6}  # rows of a tile by its vectors across, for 32 registers
MOST_ROWS_16 = {1: 10, 2: 6, 3: 4}  # for 16
WIDEST_ROW = {32: 8, 16: 4}  # vectors across where there is one row only
FULL_ROWS = 8  # with so many rows a tile is worth its loads
PACK_ROWS = 32  # from so many rows on, panels of the other operand are copied side by side
PACK_NEAR_ROWS = 160  # the same where its rows lie near one another
NEAR = 1024  # bytes
ROW_BLOCK = 48  # rows of the first operand that are copied together
COPY_PANELS = 4  # from so many panels on
CONVERT_PANELS = 2  # the same where rows are converted
LEAST_COPIED, MOST_COPIED = 1 << 16, 1 << 24  # bytes of all copied rows
MOST_PACKED = 1 << 20  # bytes of a copied panel
DEEP = 1 << 11  # steps of several folded loops, from which on tiles go through them in chunks
CHUNK, SHORT_CHUNK = 256, 32  # most and fewest steps of a chunk
FIRST_CACHE = 40 << 10  # bytes of a panel that stays there
FEW_ROWS = 64  # more rows are worth wide tiles all the same
STREAMED_ROWS = 11  # of a tile of vectors of 64 bytes, whose panels then come soon enough from the second one
STREAM_BYTES = 1 << 17  # rows of the caller from here on are fetched ahead of their use


@dataclass
class Roles:
    """Which loop is which.

    row: of `a` alone; column: of `b` alone, along memory; depth: folded, innermost last. dtype: that of
    the sums; operands in a storage dtype are converted where they are read or copied. chunks: folded, too,
    but around the tiles, which add to what they have made before.
    """

    a: Operand
    b: Operand
    outer: list[Var]
    row: Var | None
    column: Var
    depth: list[Var]
    dtype: DType
    chunks: list[Var] = field(default_factory=list)

    @property
    def steps(self) -> int:
        """How many products each sum has."""
        return prod(v.extent for v in self.depth)


def panel_roles(kernel: MatmulKernel) -> Roles | None:
    """The roles for tiles of rows and vector columns, or None where nothing runs along memory.

    Vectors lie across a result whose last loop runs along memory in no operand, if the one before does.
    """
    out = [v for v in kernel.out if v.extent != 1]
    found = [_panel_roles(kernel, out, column) for column in reversed(out[-2:])]
    if found and (roles := found[0]) and (roles.b.stride(roles.column) == 1 or may_pack(roles)):
        return roles
    return next((r for r in found[1:] if r and r.b.stride(r.column) == 1), None)


def _panel_roles(kernel: MatmulKernel, out: list[Var], column: Var) -> Roles | None:
    """The roles with vectors along `column`, where one operand alone has it."""
    a, b = kernel.a, kernel.b
    if b.stride(column) == 0:
        a, b = b, a
    if a.stride(column) or not b.stride(column):
        return None
    rows = [v for v in out if v is not column and a.stride(v) and not b.stride(v)]
    row = _row(rows, a)
    outer = [v for v in out if v is not column and v is not row]
    depth = sorted((v for v in kernel.folded if v.extent != 1), key=lambda v: -b.stride(v) - a.stride(v))
    straight = column is out[-1] and not kernel.epilogue and kernel.windows is None
    chunks = _chunks(depth) if row is not None and straight else 0
    return Roles(a, b, outer, row, column, depth[chunks:], kernel.node.dtype, depth[:chunks])


@dataclass(frozen=True)
class Border:
    """Rows of zeros around images: of the loop `step` only those from low - at to high - at are others.

    at: `stride` times the loop `place`.
    """

    place: Var
    step: Var
    stride: int
    low: int
    high: int


def border(roles: Roles) -> Border | None:
    """The border of padded images, where the outermost folded loop goes down their rows."""
    images, address = roles.a.node, roles.a.address
    if images.op.name != "pad" or images.attr("fill") != 0 or address.offset or len(roles.depth) < 2:
        return None
    step = roles.depth[0]
    apart, sizes = roles.a.stride(step), tuple(int(s) for s in images.shape)
    axis = next((a for a in range(len(sizes)) if prod(sizes[a + 1 :]) == apart), None)
    if axis is None or images.attr("padding")[axis][2]:
        return None
    outside = apart * sizes[axis]
    inside = [(v, f) for v, f in address.terms if f < apart]
    places = [v for v, f in address.terms if apart <= f < outside and v != step]
    if len(places) != 1 or places[0] not in roles.outer or Index(tuple(inside)).bounds()[1] >= apart:
        return None
    place = places[0]
    before, after, _ = images.attr("padding")[axis]
    stride, rest = divmod(roles.a.stride(place), apart)
    if rest or not (before or after) or stride * (place.extent - 1) + step.extent > sizes[axis]:
        return None
    return Border(place, step, stride, int(before), sizes[axis] - int(after))


def _chunks(depth: list[Var]) -> int:
    """How many of the folded loops go around the tiles: what these read should stay in the first cache."""
    steps, count = prod(v.extent for v in depth), 0
    if steps < DEEP:
        return 0
    while steps > CHUNK and steps // depth[count].extent >= SHORT_CHUNK:
        steps //= depth[count].extent
        count += 1
    return count


def chunk(sizes: Sequence[int]) -> tuple[int, int] | None:
    """(axis, size): where to cut long folded loops, and how many steps of that axis one chunk has.

    None where they are not long.
    """
    if prod(sizes) < DEEP:
        return None
    steps = 1
    for axis in reversed(range(len(sizes))):
        size = sizes[axis]
        if steps * size > CHUNK:
            parts = [d for d in range(1, size + 1) if size % d == 0]
            most = max(d for d in parts if d == 1 or steps * d <= CHUNK)
            if steps * most < SHORT_CHUNK:
                most = next(d for d in parts if steps * d >= SHORT_CHUNK)
            return axis, most
        steps *= size
    return None


def _row(rows: list[Var], a: Operand) -> Var | None:
    """The loop down the rows of tiles: of those that fill one, that whose rows lie nearest.

    Rows that lie far apart, as the same place of many images, meet in few places of the first cache.
    """
    full = [v for v in rows if v.extent >= FULL_ROWS]
    if full:
        return min(full, key=lambda v: (abs(a.stride(v)), -v.extent))
    return max(rows, key=lambda v: v.extent, default=None)


def panels_fit(rows: int, column_bytes: int) -> bool:
    """Whether enough rows meet a panel of columns to copy it first, and the copy fits the second cache."""
    return rows >= PACK_ROWS and column_bytes * 64 <= MOST_PACKED


def may_pack(roles: Roles) -> bool:
    """Whether panels of `b` may be copied."""
    if roles.row is None or not roles.depth:
        return False
    return panels_fit(roles.row.extent, roles.steps * roles.dtype.itemsize)


def packs(roles: Roles, tiles: Tiling, machine: Machine, axis: Var | None) -> bool:
    """Whether tiles read copies of panels: where columns do not lie along memory, or rows lie far apart.

    What is stored in another dtype is converted once, in the copy. Rows that lie near one another are copied
    only where a thread has many uses of the copy.
    """
    if copied(roles):
        return True
    if not may_pack(roles) or roles.row is None:
        return False
    if roles.b.node.dtype != roles.dtype or not one_run(roles.b, roles.depth):
        return True
    rows = roles.row.extent // (machine.threads if axis == roles.row else 1)
    return roles.b.stride(roles.depth[-1]) != tiles.width and rows >= PACK_NEAR_ROWS


def one_run(operand: Operand, loops: list[Var]) -> bool:
    """Whether loops go through memory as a single one would, as those over a convolution's weights do."""
    return all(
        operand.stride(outer) == inner.extent * operand.stride(inner)
        for outer, inner in zip(loops, loops[1:], strict=False)
    )


def packs_rows(roles: Roles, tiles: Tiling, machine: Machine, axis: Var | None) -> bool:
    """Whether rows of `a` that are read across are copied, those of a tile side by side, step after step.

    So are rows in a storage dtype, as floats. It pays where enough panels of a thread read the copy.
    """
    if roles.row is None or not roles.depth:
        return False
    size = roles.dtype.itemsize * roles.row.extent * roles.steps
    columns = roles.column.extent // (machine.threads if axis == roles.column else 1)
    if roles.a.node.dtype != roles.dtype:
        return size <= MOST_COPIED and columns >= CONVERT_PANELS * tiles.width
    if roles.a.stride(roles.row) != 1:
        return False
    return LEAST_COPIED <= size <= MOST_COPIED and columns >= COPY_PANELS * tiles.width


@dataclass(frozen=True)
class Tiling:
    """A tile is `height` rows by `across` vectors of `lanes` columns; what is left over is smaller."""

    lanes: int
    across: int
    height: int

    @property
    def width(self) -> int:
        return self.across * self.lanes


def tiling(kernel: MatmulKernel, roles: Roles, machine: Machine, axis: Var | None = None) -> Tiling:
    """Tiles that fit the registers, and of which each thread gets equally many along `axis`."""
    lanes = machine.lanes(kernel.node.dtype.itemsize)
    rows = roles.row.extent if roles.row else 1
    across_threads = machine.threads if axis == roles.column else 1
    down_threads = machine.threads if axis == roles.row else 1
    panel = roles.steps * machine.vector_bytes if not copied(roles) else 0
    across = _across(machine, -(-roles.column.extent // lanes), rows, across_threads, panel)
    return Tiling(lanes, across, tile_height(machine, rows, across, down_threads))


def copied(roles: Roles) -> bool:
    """Whether panels are copied because their rows lie far apart, whatever the tiles."""
    apart = roles.b.stride(roles.depth[-1]) * roles.b.node.dtype.itemsize if roles.depth else 0
    return roles.b.stride(roles.column) != 1 or (may_pack(roles) and apart > NEAR)


def _across(machine: Machine, vectors: int, rows: int, threads: int, panel: int) -> int:
    """Vectors across: the widest that leaves no thread more to do than another width would.

    panel: bytes of the other operand behind one vector. Where the first cache does not hold a tile's panel,
    it comes from the second one for every tile: high tiles need it more rarely.
    """
    most = MOST_ROWS if machine.registers >= 32 else MOST_ROWS_16
    widest = WIDEST_ROW[32 if machine.registers >= 32 else 16] if rows == 1 else max(most)
    if machine.registers < 32 and 1 < rows <= 4:
        widest = 3

    again = most[max(most)] < rows < FEW_ROWS  # several tiles read a panel

    def cost(across: int) -> tuple[float, int]:
        slow = 1.15 if across == 1 and rows > 1 else 1.0
        if again and across * panel > FIRST_CACHE:
            height = tile_height(machine, rows, across)
            slow *= 1.5 if across == 1 else max(1.0, STREAMED_ROWS * machine.vector_bytes / 64 / height)
        narrow = 0.1 if vectors % across == 1 and across > 1 else 0.0
        return max(shares(vectors, across, threads)) * slow + narrow, -across

    return min(range(1, min(widest, vectors) + 1), key=cost)


def shares(total: int, block: int, threads: int) -> list[int]:
    """How much of `total` each thread gets in whole blocks; the last block may be a part of one."""
    blocks = -(-total // block)
    ends = [min(total, blocks * t // threads * block) for t in range(threads + 1)]
    return [end - start for start, end in zip(ends, ends[1:], strict=False)]


def busiest(kernel: MatmulKernel, roles: Roles, machine: Machine, axis: Var | None) -> float:
    """The part of all operations that the busiest thread does, those of vectors that are not full counted."""
    tiles = tiling(kernel, roles, machine, axis)
    vectors = -(-roles.column.extent // tiles.lanes)
    full = vectors * tiles.lanes / roles.column.extent
    if axis is None:
        return full
    if axis == roles.column:
        return full * max(shares(vectors, tiles.across, machine.threads)) / vectors
    block = tiles.height if axis == roles.row else 1
    return full * max(shares(axis.extent, block, machine.threads)) / axis.extent


def tile_height(machine: Machine, rows: int, across: int, threads: int = 1) -> int:
    """Rows per tile: as many as registers hold, evened out over the tiles of one thread."""
    if rows == 1:
        return 1
    most = (MOST_ROWS if machine.registers >= 32 else MOST_ROWS_16).get(across, 1)
    share = -(-rows // threads)
    even = -(-share // -(-share // most))
    if threads == 1:
        return even
    heights = [h for h in range(even, 0, -1) if h * 4 >= even * 3]
    return min(heights, key=lambda h: (max(shares(rows, h, threads)), -h))
