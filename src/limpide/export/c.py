"""The freestanding C99 file of a bundle, and its header: the engine's own kernels over static memory."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ..build import optimise
from ..codegen.c import Lowered, lower
from ..codegen.sharing import Functions, comment_text
from ..dtypes import ALIGNMENT, C_TYPES, Array, DType
from ..graph import Cell, Node
from ..schedule import nbytes
from ..schedule.expression import shape_of
from ..schedule.machine import Machine
from ..shapes import outside_axis, outside_slice
from ..version import VERSION
from .entries import Bundle, Entry
from .numbers import initial
from .support import support

WORD = re.compile(r"[A-Za-z_]\w*")
POINTER = re.compile(r"  [\w ]+\*(\w+) = ")  # the line that names an array

LANES = "-O2 -fopenmp-simd -fno-math-errno -ffp-contract=fast"
START = """\
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunknown-pragmas" /* omp simd without -fopenmp-simd; clang's own */
#pragma GCC diagnostic ignored "-Wpsabi" /* functions with vectors are all inlined */
#if defined(__clang__)
#pragma GCC diagnostic ignored "-Wpass-failed" /* hints for loops that a processor has no use for */
#else
#pragma GCC diagnostic ignored "-Waggressive-loop-optimizations" /* loops that run once */
#endif
#endif
#define memcpy __builtin_memcpy
#define memset __builtin_memset
"""
END = """\
#undef memcpy
#undef memset
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif
"""


@dataclass(frozen=True)
class Port:
    """An input or an output of a function in C."""

    name: str
    dtype: DType
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        count = 1
        for size in self.shape:
            count *= size
        return count

    @property
    def type(self) -> str:
        return C_TYPES[self.dtype][0]


@dataclass(frozen=True)
class Call:
    """A function in C: its inputs and outputs; checks: what its codes from `first` on mean."""

    name: str
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    first: int
    checks: tuple[str, ...]

    def declaration(self, name: str) -> str:
        """The head of the function: scalars by value, arrays by address, results last."""
        given = [f"{p.type} {p.name}" if not p.shape else f"const {p.type} *{p.name}" for p in self.inputs]
        made = [f"{p.type} *{p.name}" for p in self.outputs]
        return f"int {name}({', '.join([*given, *made]) or 'void'})"


@dataclass
class File:
    """What was written: C, its header, and what they say of themselves.

    state: the names of cells and their places; fixed: nothing ever changes them. inside: whether the first
    values stand in the C. memory: bytes of static memory, with constants.
    """

    bundle: Bundle
    source: str
    header: str
    calls: tuple[Call, ...]
    state: tuple[Port, ...]
    cells: tuple[Cell, ...]
    fixed: bool
    inside: bool
    memory: int
    arena: int
    lowered: list[Lowered] = field(repr=False, default_factory=list)

    @property
    def name(self) -> str:
        return self.bundle.name

    @property
    def values(self) -> list[Array]:
        """The state as it is now."""
        return [cell.value for cell in self.cells]

    @property
    def state_bytes(self) -> int:
        return sum(value.nbytes for value in self.values)


def written(bundle: Bundle, machine: Machine, weights: str = "inside") -> File:
    """The C of a bundle for one thread of this machine. weights: "inside" of it, or "beside": given later."""
    functions = Functions(set())
    lowered = [
        lower(optimise(entry.program)[0], machine, functions=functions, prefix=f"{entry.name}_", mixed=False)
        for entry in bundle.entries
    ]
    calls, first = [], 1
    for entry, low in zip(bundle.entries, lowered, strict=True):
        calls.append(_call(entry, low, first))
        first += len(calls[-1].checks)
    state = tuple(Port(name, c.value.dtype, c.value.shape) for name, c in bundle.cells.items())
    inside = weights == "inside"
    constants = dict.fromkeys(node for low in lowered for node in low.constants)
    places = {node: f"constant_{i}" for i, node in enumerate(constants)}
    arena = max((low.memory.arena for low in lowered), default=0)
    kept = max((_changed_bytes(low) for low in lowered if low.restores), default=0)
    memory = arena + kept + sum(map(nbytes, constants)) + sum(c.value.nbytes for c in bundle.cells.values())
    file = File(
        bundle, "", "", tuple(calls), state, tuple(bundle.cells.values()), inside and not bundle.changes,
        inside, memory, arena, lowered,
    )  # fmt: skip
    file.header = header(file)
    file.source = source(file, functions, places, kept, machine)
    return file


def _call(entry: Entry, lowered: Lowered, first: int) -> Call:
    program = entry.program
    inputs = (Port(n, i.dtype, shape_of(i)) for n, i in zip(entry.inputs, program.inputs, strict=True))
    outputs = (Port(n, o.dtype, shape_of(o)) for n, o in zip(entry.outputs, program.outputs, strict=True))
    return Call(entry.name, tuple(inputs), tuple(outputs), first, tuple(_meanings(lowered)))


def _meanings(lowered: Lowered) -> Iterator[str]:
    for node, kind, size in lowered.messages.checks:
        axis = node.attr("axis")
        if kind == "index":
            yield outside_axis("take", "that was given", axis, size).what
            continue
        length = min(shape_of(node)[axis], shape_of(node.inputs[0])[axis])
        if length == 1:
            yield outside_axis("take", "that was given", axis, size).what
        else:
            yield outside_slice("slice", 0, length, axis, size - 1 + length).what.replace(
                f"0:{length}", f"i:i + {length}"
            )


def _changed(lowered: Lowered) -> list[Cell]:
    updated = {cell for cell, _ in lowered.program.updates}
    return [cell for cell in lowered.cells if cell in updated]


def _changed_bytes(lowered: Lowered) -> int:
    return sum(_padded(cell.value.nbytes) for cell in _changed(lowered))


def _padded(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT


# -------------------------------------------------------------------------------------------- the header
def header(file: File) -> str:
    """What is to be known to call it."""
    guard = f"{file.name.upper()}_H"
    state = "\n".join(f"extern {_array(file, port)};{_shape_comment(port)}" for port in file.state)
    calls = "\n\n".join(_documented(file, call) for call in file.calls)
    kept = "" if file.fixed or not file.state else STATE_WORDS.format(n=file.name, N=file.name.upper())
    checks = any(call.checks for call in file.calls)
    message = MESSAGE_WORDS.format(n=file.name) if checks else ""
    size = f"#define {file.name.upper()}_STATE {file.state_bytes} /* bytes of all state together */\n"
    title = "State." if file.fixed else "State: it may be read, and changed between calls."
    return f"""\
/* {file.name}: made by limpide {VERSION}; C99, nothing from the C library but memcpy and memset.

   All memory is static: {file.memory:,} bytes. One call at a time. */
#ifndef {guard}
#define {guard}

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {{
#endif

#define {file.name.upper()}_MEMORY {file.memory} /* bytes of static memory, state and constants included */
{size if kept else ""}
{calls}
{message}{_titled(title, state)}{kept}
#ifdef __cplusplus
}}
#endif
#endif
"""


STATE_WORDS = """
/* All state as {N}_STATE bytes, in the order above: numbers as the processor has them. load: 0, or -1 where
   the number of bytes is another one; then nothing has changed. */
void {n}_save(void *to);
int {n}_load(const void *from, size_t bytes);
"""
MESSAGE_WORDS = """
/* What is wrong where a function gave this code. */
const char *{n}_message(int code);
"""


def _titled(title: str, text: str) -> str:
    return f"\n/* {title} */\n{text}\n" if text else ""


def _array(file: File, port: Port) -> str:
    const = "const " if file.fixed else ""
    return f"{const}{port.type} {file.name}_{port.name}[{max(1, port.size)}]"


def _shape_comment(port: Port) -> str:
    return f" /* {' x '.join(map(str, port.shape))} */" if len(port.shape) > 1 else ""


def _documented(file: File, call: Call) -> str:
    ports = [f"{p.name}: {_described(p)}" for p in [*call.inputs, *call.outputs]]
    codes = f" Gives 0, or a code where a position in the data is wrong: {file.name}_message."
    rest = codes if call.checks else " Gives 0."
    lines = comment_text("; ".join(ports) + "." + rest)
    return f"/* {lines} */\n{call.declaration(f'{file.name}_{call.name}')};"


def _described(port: Port) -> str:
    return " x ".join(map(str, port.shape)) if port.shape else "a number"


# -------------------------------------------------------------------------------------------- the source
def source(file: File, functions: Functions, places: dict[Node, str], kept: int, machine: Machine) -> str:
    """The C file."""
    own = functions.text()
    entries = "\n\n".join(
        _entry(file, call, low, places) for call, low in zip(file.calls, file.lowered, strict=True)
    )
    constants = "\n".join(
        f"static const {C_TYPES[node.dtype][0]} {name}[{node.attr('value').array.size}] "
        f"LP_ALIGN({ALIGNMENT}) = {initial(node.attr('value').array)};"
        for node, name in places.items()
    )
    state = "\n".join(
        f"{_array(file, port)} LP_ALIGN({ALIGNMENT})"
        + (f" = {initial(value)};" if file.inside and value.any() else ";")
        for port, value in zip(file.state, file.values, strict=True)
    )
    memory = f"static char memory_[{max(1, file.arena)}] LP_ALIGN({ALIGNMENT});\n"
    memory += (
        f"static char before_[{kept}] LP_ALIGN({ALIGNMENT}); /* state, to be put back */\n" if kept else ""
    )
    tail = _message(file) + ("" if file.fixed or not file.state else _save_and_load(file))
    texts = [own, entries, constants, state, memory]
    return f"""\
/* {file.name}: made by limpide {VERSION}. The functions are at the end; {file.name}.h tells how to call them.

   Compile it with {LANES} to have loops in lanes;
   integers that may overflow need -fwrapv. */
#include "{file.name}.h"

{START}
/* ---- what generated code needs: vectors, mathematical functions ---------------------------------------- */
{support(texts, machine.vector_bytes)}

/* ---- memory -------------------------------------------------------------------------------------------- */
{_joined(constants, state, memory)}
/* ---- kernels ------------------------------------------------------------------------------------------- */
{own}

/* ---- functions ----------------------------------------------------------------------------------------- */
{entries}
{tail}
{END}"""


def _joined(*parts: str) -> str:
    return "\n".join(part for part in parts if part)


def _entry(file: File, call: Call, lowered: Lowered, places: dict[Node, str]) -> str:
    """The function that users call, and the run of its kernels."""
    names = {cell: f"{file.name}_{port.name}" for cell, port in zip(file.cells, file.state, strict=True)}
    given = [f"(void *){p.name}" if p.shape else f"&{p.name}" for p in call.inputs]
    given += [f"(void *){names[cell]}" for cell in lowered.cells]
    given += [f"(void *){places[node]}" for node in lowered.constants]
    given += [p.name for p in call.outputs]
    checked = bool(call.checks)
    before, after = _kept(lowered, names) if lowered.restores else ("", "")
    run = f"{call.name}_run_"
    result = f"err[0] ? (int)err[0] + {call.first - 1} : 0" if checked else "0"
    end = f"  {run}(args);\n{after}  return {result};"
    errors = "  int64_t err[2] = {0, 0};\n" if checked else ""
    lines = "\n".join(used(lowered.run))
    return f"""\
static void {run}(void **args) {{
{lines}
}}

{call.declaration(f"{file.name}_{call.name}")} {{
{errors}  void *args[] = {{{", ".join([*given, "memory_", "err" if checked else "NULL"])}}};
{before}{end}
}}"""


def _kept(lowered: Lowered, names: dict[Cell, str]) -> tuple[str, str]:
    """State is copied before the run, and put back where a check has failed."""
    before, after, at = "", "", 0
    for cell in _changed(lowered):
        size = cell.value.nbytes
        before += f"  memcpy(before_ + {at}, {names[cell]}, {size});\n"
        after += f"    memcpy({names[cell]}, before_ + {at}, {size});\n"
        at += _padded(size)
    return before, f"  if (err[0]) {{ /* state stays as it was */\n{after}  }}\n"


def used(lines: Sequence[str]) -> list[str]:
    """The lines of a run without the names of arrays that it never uses."""
    kept: list[str] = []
    words: set[str] = set()
    for line in reversed(lines):
        found = POINTER.match(line)
        if found and found[1] not in words:
            continue
        words |= {*WORD.findall(line)} - ({found[1]} if found else set())
        kept.append(line)
    return kept[::-1]


def _message(file: File) -> str:
    texts = [text for call in file.calls for text in call.checks]
    if not texts:
        return ""
    cases = "\n".join(f'    case {i}: return "{text}";' for i, text in enumerate(texts, 1))
    return f"""
const char *{file.name}_message(int code) {{
  switch (code) {{
{cases}
    default: return "nothing is wrong";
  }}
}}
"""


def _save_and_load(file: File) -> str:
    saved, loaded, at = "", "", 0
    for port, value in zip(file.state, file.values, strict=True):
        place = f"{file.name}_{port.name}"
        saved += f"  memcpy((char *)to + {at}, {place}, {value.nbytes});\n"
        loaded += f"  memcpy({place}, (const char *)from + {at}, {value.nbytes});\n"
        at += value.nbytes
    return f"""
void {file.name}_save(void *to) {{
{saved}}}

int {file.name}_load(const void *from, size_t bytes) {{
  if (bytes != {at}) return -1;
{loaded}  return 0;
}}
"""
