"""Tiles: C functions that compute some rows and vectors of columns of a result, all in registers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ...dtypes import C_TYPES, DType
from ...schedule.index import Var
from ..writer import c_type, element, sum_of_products, vector_load, vector_part


@dataclass(frozen=True)
class Source:
    """An operand of a tile: how far its pointer moves along each folded loop, and what it points at."""

    stride: Callable[[Var], int]
    dtype: DType

    def at(self, depth: list[Var]) -> str:
        """The place of an element, from where the tile begins."""
        return " + ".join([f"{v.name} * {self.stride(v)}" for v in depth if self.stride(v)] or ["0"])


@dataclass(frozen=True)
class Tile:
    """`height` rows of A, `row_stride` apart, meet `across` vectors of columns of B.

    row_step: how far apart rows of the result lie. left: columns in the last vector that exist, where the
    result has no more. careful: past these columns B may not be read.
    fetch: distances from A of rows that are fetched a cache line at a time; coming: dtype of rows that are
    handed in and fetched alike, one for each of the tile. ahead: what is fetched at every step.
    """

    name: str
    dtype: DType  # of the result
    lanes: int
    height: int
    across: int
    depth: list[Var]
    a: Source
    b: Source
    row_stride: int
    row_step: int
    left: int = 0
    careful: bool = False
    short: bool = False  # the result may not be written past its last column
    adds: bool = False  # to what the result holds
    bounded: bool = False  # whether the outermost loop goes from `first` to `end` alone
    fetch: tuple[int, ...] = ()
    coming: DType | None = None
    ahead: str = ""

    @property
    def kind(self) -> str:
        return c_type(self.dtype)

    @property
    def suffix(self) -> str:
        return C_TYPES[self.dtype][1]

    def text(self) -> str:
        """The whole function."""
        depth = self.depth
        given = [f"const {c_type(o.dtype)} *restrict {name}" for o, name in ((self.a, "A"), (self.b, "B"))]
        more = ["const int64_t first", "const int64_t end"] * self.bounded + coming_parameters(self)
        parameters = ", ".join([*given, f"{self.kind} *restrict C", *more])
        lines = [f"LP_INLINE void {self.name}({parameters}) {{"]
        for i in range(self.height):
            lines += self.begin(i)
        # Rows that are shorter than what lies past the last column leave more than the last one to care for.
        over = self.lanes - self.left
        alone = len(depth) == 1 and (not self.careful or self.b.stride(depth[0]) >= over)
        end = depth[0].extent - 1 if self.careful and alone else depth[0].extent if depth else 0
        body = self.step(self.a.at(depth), self.b.at(depth), self.careful and not alone)
        if alone:
            lines += self.loop(depth[0].name, end, body)
        else:
            for n, v in enumerate(depth):
                low, high = ("first", "end") if self.bounded and n == 0 else (0, v.extent)
                lines.append("  " * (n + 1) + loop(v.name, low, high) + " {")
            lines += ["  " * (len(depth) + 1) + line for line in body]
            lines += ["  " * (n + 1) + "}" for n in reversed(range(len(depth)))]
        if self.careful and alone:
            at = depth[0].extent - 1
            a_at, b_at = (str(at * operand.stride(depth[0])) for operand in (self.a, self.b))
            lines += ["  {", *("    " + line for line in self.step(a_at, b_at, True)), "  }"]
        return "\n".join([*lines, *self.store(), "}"])

    def begin(self, i: int) -> list[str]:
        """What the sums of a row begin with."""
        if not self.adds:
            zeros = ", ".join(f"c{i}_{j} = {{0}}" for j in range(self.across))
            return [f"  lp_v{self.suffix} {zeros};"]
        lines = []
        for j in range(self.across):
            source = f"C + {i * self.row_step + j * self.lanes}"
            if self.short and j == self.across - 1:
                size = f"{self.left} * sizeof({self.kind})"
                lines.append(f"  lp_v{self.suffix} c{i}_{j} = {{0}}; memcpy(&c{i}_{j}, {source}, {size});")
            else:
                lines.append(f"  lp_v{self.suffix} c{i}_{j} = LP_LOAD_{self.suffix.upper()}({source});")
        return lines

    def loop(self, name: str, extent: int, body: list[str]) -> list[str]:
        """The only folded loop, two steps at a time; while it runs, cache lines of later rows are fetched."""
        plain = [
            "  #pragma GCC unroll 2",
            f"  {loop(name, 0, extent)} {{",
            *("    " + text for text in body),
            "  }",
        ]
        line = 64 // self.a.dtype.itemsize
        if not (self.fetch or self.coming) or extent < line:
            return plain
        whole = extent // line * line
        places = [f"A + {name}_ + {at}" for at in self.fetch]
        places += [f"N{i} + {name}_" for i in range(self.height)] if self.coming else []
        fetches = " ".join(f"LP_PREFETCH({place});" for place in places)
        lines = [
            f"  for (int64_t {name}_ = 0; {name}_ < {whole}; {name}_ += {line}) {{",
            f"    {fetches}",
            "    #pragma GCC unroll 2",
            f"    {loop(name, f'{name}_', f'{name}_ + {line}')} {{",
            *("      " + text for text in body),
            "    }",
            "  }",
        ]
        if whole < extent:
            lines += [f"  {loop(name, whole, extent)} {{", *("    " + text for text in body), "  }"]
        return lines

    def step(self, a_at: str, b_at: str, edge: bool) -> list[str]:
        """One step along the folded axis: a row of B meets a column of A."""
        lines = [self.ahead] if self.ahead and not edge else []
        for j in range(self.across):
            source = f"B + {b_at} + {j * self.lanes}"
            if edge and j == self.across - 1:
                lines.append(vector_part(self.b.dtype, f"b{j}", source, self.left))
            else:
                lines.append(f"const lp_v{self.suffix} b{j} = {vector_load(self.b.dtype, source)};")
        add, times = sum_of_products(self.dtype)
        place = f"A[{a_at} + "
        if self.slides:
            lines.append(f"const {c_type(self.a.dtype)} *a_ = A + {a_at}; LP_ANEW(a_);")
            place = "a_["
        for i in range(self.height):
            products = " ".join(f"c{i}_{j} {add}= a{i} {times} b{j};" for j in range(self.across))
            read = element(f"{place}{i * self.row_stride}]", self.a.dtype, self.dtype)
            lines.append(f"const {self.kind} a{i} = {read}; {products}")
        return lines

    @property
    def slides(self) -> bool:
        """Whether a row of A meets at the next step what the row after it meets now, as windows do."""
        return self.height > 1 and any(self.a.stride(v) == self.row_stride for v in self.depth)

    def store(self) -> list[str]:
        lines = []
        for i in range(self.height):
            for j in range(self.across):
                target = f"C + {i * self.row_step + j * self.lanes}"
                if self.short and j == self.across - 1:
                    lines.append(f"  memcpy({target}, &c{i}_{j}, {self.left} * sizeof({self.kind}));")
                else:
                    lines.append(f"  LP_STORE_{self.suffix.upper()}({target}, c{i}_{j});")
        return lines


def coming_parameters(tile: Tile) -> list[str]:
    """The rows that are handed in to be fetched."""
    if tile.coming is None:
        return []
    return [f"const {c_type(tile.coming)} *N{i}" for i in range(tile.height)]


def loop(name: str, low: int | str, high: int | str) -> str:
    return f"for (int64_t {name} = {low}; {name} < {high}; {name}++)"
