"""Kernels that differ in names alone are one C function, called with different arrays."""

from __future__ import annotations

import re

import numpy as np
import pytest

import limpide as lp
from codegen.programs import configured
from limpide.build import optimise
from limpide.codegen.c import Lowered, lower
from limpide.function import specialise
from limpide.graph import Array
from limpide.runtime.toolchain import find
from limpide.schedule.machine import Machine


def layers(widths: list[int], names: str) -> lp.CompiledFunction:
    """relu(x @ W + b) as often as there are widths."""
    rng = np.random.default_rng(0)
    x = h = lp.input("x", (8, widths[0]))
    for name, low, high in zip(names, widths, widths[1:], strict=False):
        W = lp.parameter(rng.normal(size=(low, high)).astype(np.float32), name=name)
        h = lp.relu(h @ W)
    return lp.function([x], h)


def lowered(f: lp.CompiledFunction, threads: int = 1) -> Lowered:
    shapes = [tuple(node.shape) for node in f.program.inputs]
    program, _ = optimise(specialise(f.program, shapes))
    return lower(program, Machine(vector_bytes=32, registers=16, threads=threads))


def functions(source: str) -> list[str]:
    """Names of the kernels' functions."""
    return [name for name in re.findall(r"^static void (\w+)\(", source, re.MULTILINE) if name != "run"]


def test_layers_of_equal_size_are_one_function() -> None:
    found = lowered(layers([32, 32, 32, 32], "PQR"))
    (name,) = functions(found.source)
    assert len(found.kernels) == 3
    run = found.source[found.source.index("static void run(") :]
    assert run.count(f"{name}(") == 3
    assert all(f", {weights}, " in run for weights in "PQR")


def test_a_shared_function_has_names_of_roles_and_tells_its_kernels() -> None:
    found = lowered(layers([32, 32, 32], "PQ"))
    above = found.source[: found.source.index("static void run(")]
    assert re.search(r"/\* matmul_0, matmul_1:\n.* of in1 \* in2 ", above)
    assert re.search(r"static void matmul_0\(const float \*restrict in1, const float \*restrict in2", above)
    assert not re.search(r"\b[PQ]\b", above.partition('"support.h"')[2])


def test_what_is_used_once_keeps_the_users_names() -> None:
    found = lowered(layers([32, 32, 48], "PQ"))
    assert functions(found.source) == ["matmul_0", "matmul_1"]
    assert "const float *restrict x, const float *restrict P" in found.source


def test_what_all_uses_call_alike_keeps_its_name() -> None:
    x = h = lp.input("x", (64, 32))
    shared = lp.parameter(np.ones((32, 32), np.float32), name="shared")
    for _ in range(3):
        h = lp.relu(h @ shared)
    source = lowered(lp.function([x], h)).source
    (name,) = functions(source)
    assert re.search(rf"void {name}\(const float \*restrict in1, const float \*restrict shared,", source)


def test_other_sizes_dtypes_or_numbers_are_other_functions() -> None:
    w, x, y, z = (lp.input(*given) for given in (("w", 64), ("x", 64), ("y", 64, "float64"), ("z", 65)))
    outputs = [lp.exp(t * factor) for t, factor in ((w, 2), (x, 3), (y, 2), (z, 2))]
    assert len(functions(lowered(lp.function([w, x, y, z], outputs)).source)) == 4


def test_equal_tiles_of_different_kernels_are_one_function() -> None:
    x, W, V = lp.input("x", (60, 64)), lp.input("W", (64, 64)), lp.input("V", (64, 64))
    source = lowered(lp.function([x, W, V], [lp.exp(x @ W), lp.tanh(x @ V)])).source
    tiles = re.findall(r"^LP_INLINE void (\w+)\(", source, re.MULTILINE)
    assert len(functions(source)) == 2
    assert tiles and len(tiles) == len(set(tiles))
    assert all(source.count(f"  {name}(") == 2 for name in tiles)


def test_an_array_called_like_a_tile_or_a_role() -> None:
    x = h = lp.input("in1", (8, 32))
    for name in ("tile_4x32", "tile_8x32", "out1"):
        h = lp.relu(h @ lp.parameter(np.eye(32, dtype=np.float32), name=name))
    given: Array = np.random.default_rng(0).normal(size=(8, 32)).astype(np.float32)
    if find() is None:
        pytest.skip("no C compiler")
    with configured():
        assert (lp.function([x], h)(given) == np.maximum(given, 0)).all()


@pytest.mark.skipif(find() is None, reason="no C compiler")
@pytest.mark.parametrize("threads", [1, 2])
def test_shared_functions_compute_what_numpy_does(threads: int) -> None:
    given: Array = np.random.default_rng(0).normal(size=(8, 64)).astype(np.float32)
    f = layers([64] * 6, "PQRST")
    with configured(threads):
        got = f(given)
    with configured(device="numpy"):
        want = layers([64] * 6, "PQRST")(given)
    np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-4)
