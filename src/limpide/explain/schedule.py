"""What the schedule decided, and what it expected: the loop that threads share, tiles, time, by kernel."""

from __future__ import annotations

from ..codegen.c import Lowered
from ..schedule import Kernel, MatmulKernel, ScanKernel
from ..schedule.dots import DotRoles, form
from ..schedule.machine import Machine
from ..schedule.plan import every_kernel
from ..schedule.tiles import tiling
from .words import words


def schedule_lines(lowered: Lowered) -> list[str]:
    """The machine that was reckoned with; a line for every kernel."""
    kernels = [k for k in every_kernel(lowered.plan) if not isinstance(k, ScanKernel)]
    return [lowered.machine.describe(), *(_line(k, lowered.machine) for k in kernels)]


def _line(kernel: Kernel, machine: Machine) -> str:
    said = ", ".join(words(key, **values)[0] for key, values in shares(kernel, machine))
    return f"{kernel.name}: {said}; {kernel.cost * 1e6:.2g} us"


def shares(kernel: Kernel, machine: Machine) -> list[tuple[str, dict[str, object]]]:
    """How threads share a kernel, and its tiles: keys of words, and what stands in their places."""
    if isinstance(kernel, ScanKernel):
        return []
    if kernel.axis is None:
        return [("everywhere" if kernel.everywhere else "one_thread", {}), *_tiles(kernel, machine)]
    axis = f"{kernel.axis.name}<{kernel.axis.extent}"
    way = "share_parts" if kernel.grain > 1 else "share_axis"
    return [(way, {"axis": axis, "grain": kernel.grain}), *_tiles(kernel, machine)]


def _tiles(kernel: Kernel, machine: Machine) -> list[tuple[str, dict[str, object]]]:
    if not isinstance(kernel, MatmulKernel):
        return []
    roles = form(kernel, machine)
    if roles is None:
        return [("one_result", {})]
    if isinstance(roles, DotRoles):
        return [("dot_tiles", {"height": roles.height, "width": roles.width})]
    tiles = tiling(kernel, roles, machine, kernel.axis)
    return [("tiles", {"height": tiles.height, "width": tiles.width})]
