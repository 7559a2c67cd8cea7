"""Sorting: positions of one array in order, stable, NaN last."""

from __future__ import annotations

from ...dtypes import DType
from ...schedule import BlockKernel
from ...schedule.blocks import around
from ...schedule.index import Var
from ..writer import Writer, c_type, nested

SHORT = 96  # up to so many, merging is quicker than counting
MOST = 1 << 31  # from so many on, positions do not fit where digits are sorted


def sort(writer: Writer, kernel: BlockKernel) -> list[tuple[str, str]]:
    """The loops over arrays, and the function that sorts one of them: (name, C)."""
    node, source = kernel.node, kernel.node.inputs[0]
    before, size, after = around(node)
    if not size:
        return []
    radix = SHORT < size < MOST
    function = (by_digits if radix else by_merging)(f"{kernel.name}_one", source.dtype, size)
    x, y = writer.pointer(source), writer.pointer(node)
    writer.uses.add("scratch")
    writer.scratch = size * 24
    with nested(writer, [writer.head(Var("b_", before)), writer.head(Var("j_", after))]):
        writer.line(f"const int64_t base = b_ * {size * after} + j_;")
        writer.line(f"{function[0]}({x} + base, {y} + base, {after}, scratch);")
    return [function]


def head(name: str, dtype: DType) -> str:
    kind = c_type(dtype)
    parameters = f"const {kind} *restrict x, int64_t *restrict y, const int64_t apart, char *restrict scratch"
    return f"static void {name}({parameters}) {{"


def by_merging(name: str, dtype: DType, size: int) -> tuple[str, str]:
    """Merge sort, bottom up."""
    kind = c_type(dtype)
    later = "v[q] < v[p] || (v[p] != v[p] && v[q] == v[q])" if dtype.kind == "f" else "v[q] < v[p]"
    return (
        name,
        f"""\
/* Positions in the order of what lies `apart`: merge sort, bottom up; a NaN comes after every number. */
{head(name, dtype)}
  {kind} *v = ({kind} *)scratch;
  int64_t *from = (int64_t *)(scratch + {size * 8}), *to = from + {size};
  for (int64_t i = 0; i < {size}; i++) v[i] = x[i * apart], from[i] = i;
  for (int64_t run = 1; run < {size}; run *= 2) {{
    for (int64_t lo = 0; lo < {size}; lo += 2 * run) {{
      const int64_t mid = lo + run < {size} ? lo + run : {size};
      const int64_t hi = lo + 2 * run < {size} ? lo + 2 * run : {size};
      int64_t a = lo, c = mid, k = lo;
      while (a < mid && c < hi) {{
        const int64_t p = from[a], q = from[c];
        if ({later}) to[k++] = q, c++; else to[k++] = p, a++;
      }}
      while (a < mid) to[k++] = from[a++];
      while (c < hi) to[k++] = from[c++];
    }}
    int64_t *swap = from; from = to; to = swap;
  }}
  for (int64_t i = 0; i < {size}; i++) y[i * apart] = from[i];
}}""",
    )


def by_digits(name: str, dtype: DType, size: int) -> tuple[str, str]:
    """Radix sort by bytes, the lowest first."""
    digits, wide = dtype.itemsize, dtype.itemsize == 8
    shift = "8 * d" if wide else "32 + 8 * d"
    word = "key[i]" if wide else "at[i]"
    if wide:
        places = f"""\
  uint64_t *key = (uint64_t *)scratch, *keys = key + {size};
  uint32_t *at = (uint32_t *)(keys + {size}), *ats = at + {size};"""
        first, move = "key[i] = k, at[i] = (uint32_t)i;", "keys[to] = key[i], ats[to] = at[i];"
        swap = "uint64_t *k = key; key = keys; keys = k;\n    uint32_t *a = at; at = ats; ats = a;"
    else:
        places = (
            f"  uint64_t *at = (uint64_t *)scratch, *ats = at + {size}; /* a key and its position each */"
        )
        first, move = "at[i] = (uint64_t)k << 32 | (uint64_t)i;", "ats[to] = at[i];"
        swap = "uint64_t *a = at; at = ats; ats = a;"
    return (
        name,
        f"""\
/* Positions in the order of what lies `apart`: a stable count of bytes, from the lowest on. Keys are unsigned
   numbers in the same order, the largest for every NaN. */
{head(name, dtype)}
{places}
  uint32_t counts[{digits}][256] = {{{{0}}}};
  for (int64_t i = 0; i < {size}; i++) {{
    {key_text(dtype, "x[i * apart]")}
    {first}
    for (int d = 0; d < {digits}; d++) counts[d][k >> 8 * d & 255]++;
  }}
  for (int d = 0; d < {digits}; d++) {{
    uint32_t *count = counts[d], sum = 0;
    const int64_t i = 0;
    if (count[{word} >> ({shift}) & 255] == {size}) continue; /* it is the same byte in all */
    for (int byte = 0; byte < 256; byte++) {{
      const uint32_t n = count[byte];
      count[byte] = sum;
      sum += n;
    }}
    for (int64_t i = 0; i < {size}; i++) {{
      const uint32_t to = count[{word} >> ({shift}) & 255]++;
      {move}
    }}
    {swap}
  }}
  for (int64_t i = 0; i < {size}; i++) y[i * apart] = (uint32_t)at[i];
}}""",
    )


def key_text(dtype: DType, x: str) -> str:
    """C that declares `k`: an unsigned number that is in the order of `x`."""
    kind, bits = c_type(dtype), 8 * dtype.itemsize
    unsigned = f"uint{max(bits, 32)}_t"
    top = f"({unsigned})1 << {bits - 1}"
    if dtype.kind == "f":
        return (
            f"const {kind} v = {x} + 0; /* -0 becomes 0 */\n"
            f"    const {unsigned} u = lp_bits_f{bits}(v);\n"
            f"    const {unsigned} k = v != v ? ~({unsigned})0 : u >> {bits - 1} ? ~u : u | {top};"
        )
    if dtype.kind == "i":
        return f"const {unsigned} k = ({unsigned})(uint{bits}_t){x} ^ {top};"
    return f"const {unsigned} k = {x};"
