"""What is in a shared library, by function, as `objdump` shows it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

HEAD = re.compile(r"^[0-9a-f]+ <([^>]+)>:$")
LINE = re.compile(r"^\s*([0-9a-f]+):\t(?:[0-9a-f]{2,8} )*\s*\t?(\S.*)$")
JUMP = re.compile(r"^(?:bnd )?(?:j\w+|b\.?\w*|cbn?z|tbn?z)\b.*\b([0-9a-f]+) <")
CALL = re.compile(r"^(?:bnd )?(?:call\w*|bl)\s.*<([^@>+]+)@plt>")
SCALAR = re.compile(r"^v?\w+(?:ss|sd)\s")
STACK = re.compile(r"\(%r[sb]p|\[sp")
STARTUP = ("_", "deregister_", "register_", "frame_dummy")  # functions that every library has
IGNORED = re.compile(r"^(?:nop|data16|cs nop|xchg\s+%ax,%ax|endbr)")
WIDTHS = (("%zmm", "vector512"), ("%ymm", "vector256"), ("%xmm", "vector128"))


@dataclass(frozen=True)
class Instruction:
    address: int
    text: str

    @property
    def target(self) -> int | None:
        """Where a jump goes to."""
        found = JUMP.match(self.text)
        return int(found[1], 16) if found else None

    @property
    def width(self) -> str | None:
        """How wide its vectors are; "scalar" for a float alone; None where there is neither."""
        if re.search(r"\bv\d+\.", self.text):
            return "vector128"
        for register, name in WIDTHS:
            if register in self.text:
                return "scalar" if name == "vector128" and SCALAR.match(self.text) else name
        return None


@dataclass
class Function:
    """The machine code of one function."""

    name: str
    code: list[Instruction] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """How many of each kind: vectors by width, and within innermost loops accesses of the stack."""
        found = {"instructions": len(self.code)}
        for width in ("vector512", "vector256", "vector128", "scalar"):
            found[width] = sum(i.width == width for i in self.code)
        inner = [i for start, stop in self.innermost() for i in self.code if start <= i.address <= stop]
        found["inner"] = len(inner)
        found["stack"] = sum(bool(STACK.search(i.text)) for i in inner)
        found["calls"] = sum(bool(CALL.match(i.text)) for i in self.code)
        return found

    def loops(self) -> list[tuple[int, int]]:
        """First and last address of each loop: where a jump goes back to, and the last jump that does."""
        ends: dict[int, int] = {}
        for i in self.code:
            if i.target is not None and self.code[0].address <= i.target <= i.address:
                ends[i.target] = max(ends.get(i.target, 0), i.address)
        return sorted(ends.items())

    def innermost(self) -> list[tuple[int, int]]:
        """The loops that hold no other."""
        loops = self.loops()
        return [a for a in loops if not any(a != b and a[0] <= b[0] and b[1] <= a[1] for b in loops)]


def functions(library: Path) -> list[Function]:
    """Those of the program itself, in the order of the file. Raises FileNotFoundError without objdump."""
    command = ["objdump", "-d", "--no-show-raw-insn", "--section=.text", str(library)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [f for f in parsed(said.splitlines()) if f.code and not f.name.startswith(STARTUP)]


def parsed(lines: list[str]) -> Iterator[Function]:
    """The functions of a listing."""
    found: Function | None = None
    for line in lines:
        head, instruction = HEAD.match(line), LINE.match(line)
        if head:
            if found is not None:
                yield found
            found = Function(head[1])
        elif instruction and found is not None and not IGNORED.match(instruction[2]):
            found.code.append(Instruction(int(instruction[1], 16), instruction[2].strip()))
    if found is not None:
        yield found
