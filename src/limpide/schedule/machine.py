"""What kernels are chosen for: vectors, threads, and what work and waiting cost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Machine:
    """A processor as the scheduler sees it. Rates are of one core: float32 operations, bytes a second."""

    vector_bytes: int
    registers: int
    threads: int = 1
    flops: float = 1.5e11
    bandwidth: float = 3e10  # of arrays in the second cache
    cache: int = 1 << 25  # bytes of the last one
    memory: float = 1.2e10  # past it, one thread
    memory_all: float = 2e10  # all of them together
    remote: float = 1e10  # of what another core has just written
    barrier: float = 5e-7  # seconds until all threads have come to one place
    team: float = 4e-6  # seconds until all threads have begun, and ended
    short_rows: bool = False  # whether clang has to be told to run them in lanes: it would unroll them before

    def describe(self) -> str:
        """One line of what is reckoned with."""
        vectors = f"vectors of {self.vector_bytes} bytes, {self.registers} registers"
        rates = f"{self.flops / 1e9:.0f} GFLOP/s, {self.bandwidth / 1e9:.0f} GB/s from the cache of a core"
        team = f", {self.remote / 1e9:.0f} GB/s from another, {self.barrier * 1e9:.0f} ns for a barrier"
        threads = "1 thread" if self.threads == 1 else f"{self.threads} threads"
        return f"{threads}, {vectors}; {rates}{team if self.threads > 1 else ''}"

    def lanes(self, itemsize: int) -> int:
        return self.vector_bytes // itemsize


PLAIN = Machine(64, 32)  # where nothing is known of the processor
