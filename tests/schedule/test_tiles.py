"""Which tiles contractions get."""

from __future__ import annotations

import pytest

import limpide as lp
from limpide.build import optimise
from limpide.schedule import MatmulKernel, build_plan
from limpide.schedule.dots import form
from limpide.schedule.machine import Machine
from limpide.schedule.plan import every_kernel
from limpide.schedule.tiles import Roles, tiling


def tile(rows: int, depth: int, columns: int, vector_bytes: int, registers: int) -> tuple[int, int]:
    """Rows and columns of the tiles of a product."""
    x, w = lp.input("x", (rows, depth)), lp.input("w", (depth, columns))
    program, _ = optimise(lp.function([x, w], x @ w).program)
    machine = Machine(vector_bytes, registers)
    (kernel,) = (k for k in every_kernel(build_plan(program.outputs, [], machine)))
    assert isinstance(kernel, MatmulKernel)
    roles = form(kernel, machine)
    assert isinstance(roles, Roles)
    found = tiling(kernel, roles, machine)
    return found.height, found.width


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ((32, 128, 128), (6, 64)),  # the first cache holds a panel of 64 columns
        ((32, 512, 128), (11, 32)),  # it does not: higher tiles read it more rarely
        ((16, 1024, 256), (8, 32)),
        ((24, 784, 512), (12, 32)),
        ((100, 784, 100), (6, 64)),  # with many rows the wide tiles are as quick
        ((32, 512, 512), (6, 64)),  # panels whose rows lie far apart are copied side by side
        ((5, 2000, 128), (5, 64)),  # one tile for all rows: every panel is read once
    ],
)
def test_panels_that_do_not_stay_in_the_first_cache(
    sizes: tuple[int, int, int], expected: tuple[int, int]
) -> None:
    assert tile(*sizes, vector_bytes=64, registers=32) == expected


def test_with_few_registers() -> None:
    assert tile(32, 512, 128, vector_bytes=32, registers=16) == (6, 16)
