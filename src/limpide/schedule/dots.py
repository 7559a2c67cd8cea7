"""Contractions as dot products: both operands run along memory in the folded axis."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from ..dtypes import FLOAT32, FLOAT64, INT32, INT64, UINT32, UINT64
from ..shapes import product
from .index import Var
from .kernels import MatmulKernel, Operand
from .machine import Machine
from .tiles import Roles, panel_roles

MOST_SUMS = {32: 24, 16: 8}  # running sums by registers
DOT_COLUMNS = 16  # up to so many, dot products are quicker than panels that have to be copied first
DTYPES = (FLOAT32, FLOAT64, INT32, INT64, UINT32, UINT64)  # whose vectors have lanes that are soon added up
LARGE = 1 << 19  # bytes of an operand that comes from beyond the caches of a core
STREAMS = {True: 4, False: 8}  # rows of it that are read at a time, for a single vector and for several
LEAST_SUMS = 8  # running sums that hide how long an addition takes
SHORTEST = 2  # vectors along the folded axis, below which tiles do not pay


@dataclass
class DotRoles:
    """Which loop is which. row: of `a` alone; column: of `b` alone; depth: folded, the last along memory.

    A tile is `height` rows by `width` columns.
    """

    a: Operand
    b: Operand
    outer: list[Var]
    row: Var | None
    column: Var | None
    depth: list[Var]
    height: int
    width: int

    @property
    def columns_first(self) -> bool:
        """Whether the loop over columns is the outer one: `b` is the larger operand, and is read once."""
        return _extent(self.row) < _extent(self.column)


def dot_roles(kernel: MatmulKernel, machine: Machine) -> DotRoles | None:
    """The roles for tiles of dot products, or None where they would not run along memory."""
    if kernel.node.dtype not in DTYPES:
        return None
    a, b = kernel.a, kernel.b
    along = [v for v in kernel.folded if a.stride(v) == 1 and b.stride(v) == 1]
    lanes = machine.lanes(kernel.node.dtype.itemsize)
    if not along or along[0].extent < SHORTEST * lanes:
        return None
    out = [v for v in kernel.out if v.extent != 1]
    row = max((v for v in out if a.stride(v) and not b.stride(v)), key=_extent, default=None)
    column = max((v for v in out if b.stride(v) and not a.stride(v)), key=_extent, default=None)
    outer = [v for v in out if v is not row and v is not column]
    depth = [v for v in kernel.folded if v is not along[0] and v.extent != 1]
    steps = product(v.extent for v in (*depth, along[0])) * kernel.node.dtype.itemsize
    streams = STREAMS[row is None or column is None]
    highest, widest = (streams if _extent(v) * steps >= LARGE else _extent(v) for v in (row, column))
    most = MOST_SUMS[32 if machine.registers >= 32 else 16]
    height, width = _tile(_extent(row), _extent(column), highest, widest, most)
    return DotRoles(a, b, outer, row, column, [*depth, along[0]], height, width)


def _extent(v: Var | None) -> int:
    return 1 if v is None else v.extent


@cache
def _tile(rows: int, columns: int, highest: int, widest: int, most: int) -> tuple[int, int]:
    """Rows and columns of a tile: the fewest loads for what they compute, evened out over the tiles."""
    highest, widest = min(rows, highest, most), min(columns, widest)

    def cost(shape: tuple[int, int]) -> float:
        height, width = shape
        tiles = -(-rows // height) * -(-columns // width)
        return tiles * (max(height * width, 8) + 1.2 * (height + width))

    shapes = [(h, w) for h in range(1, highest + 1) for w in range(1, min(widest, most // h) + 1)]
    height, width = min(shapes, key=cost)
    return height, width


def form(kernel: MatmulKernel, machine: Machine) -> Roles | DotRoles | None:
    """How a contraction is computed: in panels, in tiles of dot products, or (None) one result at a time."""
    panels, dots = panel_roles(kernel), dot_roles(kernel, machine)
    if panels is None or dots is None:
        return panels or dots
    copied = panels.b.stride(panels.column) != 1
    return dots if copied and panels.column.extent <= DOT_COLUMNS else panels
