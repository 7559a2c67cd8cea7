"""What the schedule decided, and what it expected: the loop that threads share, tiles, time, by kernel."""

from __future__ import annotations

from ..codegen.c import Lowered
from ..schedule import Kernel, MatmulKernel, ScanKernel
from ..schedule.dots import DotRoles, form
from ..schedule.machine import Machine
from ..schedule.plan import every_kernel
from ..schedule.tiles import tiling


def schedule_lines(lowered: Lowered) -> list[str]:
    """The machine that was reckoned with; a line for every kernel."""
    kernels = [k for k in every_kernel(lowered.plan) if not isinstance(k, ScanKernel)]
    return [lowered.machine.describe(), *(_line(k, lowered.machine) for k in kernels)]


def _line(kernel: Kernel, machine: Machine) -> str:
    return f"{kernel.name}: {share_text(kernel, machine)}; {kernel.cost * 1e6:.2g} us"


def share_text(kernel: Kernel, machine: Machine) -> str:
    """How threads share a kernel, and its tiles."""
    if isinstance(kernel, ScanKernel):
        return ""
    if kernel.axis is not None:
        cut = f" at multiples of {kernel.grain}" if kernel.grain > 1 else ""
        who = f"threads share {kernel.axis.name}<{kernel.axis.extent}{cut}"
    else:
        who = "every thread does all" if kernel.everywhere else "one thread"
    return who + _tiles(kernel, machine)


def _tiles(kernel: Kernel, machine: Machine) -> str:
    if not isinstance(kernel, MatmulKernel):
        return ""
    roles = form(kernel, machine)
    if roles is None:
        return ", one result at a time"
    if isinstance(roles, DotRoles):
        return f", tiles of {roles.height} x {roles.width} dot products"
    tiles = tiling(kernel, roles, machine, kernel.axis)
    return f", tiles of {tiles.height} rows x {tiles.width} columns"
