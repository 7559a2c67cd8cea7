"""Processors that code is written for: their vectors, and the compiler flags that go with them."""

from __future__ import annotations

from typing import NamedTuple

from ..build import machine
from ..nn.words import choose
from ..runtime import toolchain
from ..runtime.toolchain import NUMBERS
from ..schedule.machine import Machine

# Numbers as they are, loops with `#pragma omp simd` in lanes; and memory that several types take turns in.
FLAGS = (*NUMBERS, "-fno-strict-aliasing")


class Target(NamedTuple):
    """vector_bytes, registers: of its vectors. flags: what a compiler is to be told; clang: which it is."""

    vector_bytes: int
    registers: int
    flags: tuple[str, ...] = ()
    clang: bool = False

    def machine(self) -> Machine:
        """What the schedule reckons with: one thread."""
        return Machine(self.vector_bytes, self.registers, short_rows=self.clang)


# Vectors of 16 bytes are what every processor with vectors has; compilers split them for those without.
TARGETS = {
    "portable": Target(16, 16),
    "sse": Target(16, 16, ("-msse4.1",)),
    "avx2": Target(32, 16, ("-mavx2", "-mfma")),
    "avx512": Target(64, 32, ("-mavx512f", "-mavx512vl", "-mavx512dq", "-mavx512bw", "-mfma")),
    "neon": Target(16, 32),
    "wasm": Target(16, 16, clang=True),
}


def target_of(name: str) -> Target:
    """A target by its name; "native" is this machine, as functions are compiled for it."""
    if name == "native":
        found = toolchain.require()
        return Target(found.isa.vector_bytes, found.isa.registers, found.target)
    return choose("target", name, TARGETS, "native is this machine")


def machine_of(name: str) -> Machine:
    """What the schedule reckons with; of this machine, its measured limits too."""
    return machine(threads=1) if name == "native" else target_of(name).machine()
