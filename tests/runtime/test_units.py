"""Generated C in several units: the same functions, and nothing of them to be seen from outside."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import limpide as lp
from codegen.programs import case, configured, run
from limpide.errors import CompilerError
from limpide.runtime import native, toolchain, units

SOURCE = """/* step(x: float32()) */
#define LP_INLINE static inline __attribute__((always_inline, unused))
#include <stdint.h>
static inline int64_t checked(int64_t i) { return i; }
LP_INLINE int64_t unit_helper(int64_t x) {
  return x + 1;
}
LP_INLINE int64_t outer_helper(int64_t x) {
  return 10 * unit_helper(x);
}

/* one: its comment { */
static void one(int64_t *x) {
  if (x[0]) {
    x[0] = unit_helper(x[0]);
  }
}

/* two */
static void two(int64_t *x) {
  x[0] = outer_helper(checked(x[0]));
}

/* The whole of step: one call. */
static void run(int tid, int nt, void *given) {
  one(given);
  two(given);
}

int64_t lp_call(void **args) {
  run(0, 1, args[0]);
  return 0;
}
"""


def test_every_kernel_is_in_one_unit() -> None:
    first, second = units.cut(SOURCE, 2)
    for name in ("one", "two"):
        bodies = [f"{name}(int64_t *x) {{" in unit for unit in (first, second)]
        declared = [f"{name}(int64_t *x);" in unit for unit in (first, second)]
        assert sorted(bodies) == [False, True]
        assert declared == [not body for body in bodies]
    assert ("lp_call(" in first, "lp_call(" in second) == (True, False)
    assert ("void run(" in first, "void run(" in second) == (True, False)


def test_helpers_are_where_they_are_called() -> None:
    for unit in units.cut(SOURCE, 2):
        assert ("unit_helper(int64_t x) {" in unit) == (
            "void one(int64_t *x) {" in unit or "outer_helper(" in unit
        )
        assert ("outer_helper(int64_t x) {" in unit) == ("void two(int64_t *x) {" in unit)


def test_one_unit_has_it_all() -> None:
    (unit,) = units.cut(SOURCE, 1)
    assert unit.replace(units.HIDDEN, "static ") == SOURCE


def test_units_by_size_cores_and_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(units, "cores", lambda: 2)
    assert units.count(SOURCE) == 1
    monkeypatch.setattr(units, "UNIT_CHARACTERS", len(SOURCE) // 4)
    assert units.count(SOURCE) == 2
    monkeypatch.setattr(units, "cores", lambda: 64)
    assert units.count(SOURCE) == 2
    many = SOURCE + "".join(f"static void k{i}(int x) {{\n}}\n" for i in range(9))
    assert units.count(many) == units.MOST_UNITS
    monkeypatch.setattr(units, "cores", lambda: 1)
    assert units.count(many) == 1


def test_longest_function() -> None:
    assert units.longest(SOURCE) == 5
    assert units.longest("int x;") == 0


@pytest.mark.parametrize("parts", [1, 2, 3, 4])
def test_a_library_of_units_works(parts: int, compiler: toolchain.Toolchain, folder: Path) -> None:
    import ctypes

    library = native.load_job(native.prepare(SOURCE, "step", parts=parts))
    x = ctypes.c_int64(4)
    library.lp_call((ctypes.c_void_p * 1)(ctypes.addressof(x)))
    assert x.value == 60
    (place,) = folder.glob("step-*")
    assert {file.suffix for file in place.iterdir()} == {".c", ".json", toolchain.LIBRARY_SUFFIX}
    assert (place / "step.c").read_text() == SOURCE
    if toolchain.LIBRARY_SUFFIX == ".so":
        shown = subprocess.run(["nm", "-D", "--defined-only", library._name], capture_output=True, text=True)
        assert shown.returncode or [line.split()[-1] for line in shown.stdout.splitlines()] == ["lp_call"]


def test_an_error_in_any_unit_is_seen(compiler: toolchain.Toolchain, folder: Path) -> None:
    wrong = SOURCE.replace("outer_helper(checked", "missing(checked")
    with pytest.raises(CompilerError, match="refused code that limpide wrote") as caught:
        native.load_job(native.prepare(wrong.replace("checked(x[0])", "y"), "step", parts=2))
    assert Path(str(caught.value).split("kept at ")[1].split()[0]).exists()


@settings(
    max_examples=6, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(0, 2**32), st.integers(1, 2))
def test_random_programs_in_units(seed: int, threads: int) -> None:
    if toolchain.find() is None:
        pytest.skip("no C compiler here")

    def results(size: int) -> Any:
        with pytest.MonkeyPatch.context() as patch, configured(threads):
            patch.setattr(units, "UNIT_CHARACTERS", size)
            patch.setattr(units, "cores", lambda: 3)
            return run(case(seed, special=0.1, empty=0.1))

    for a, b in zip(results(10**9), results(1), strict=True):
        np.testing.assert_array_equal(a, b)


def test_large_functions_are_cut(compiler: toolchain.Toolchain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(units, "UNIT_CHARACTERS", 100)
    monkeypatch.setattr(units, "cores", lambda: 2)
    seen: list[int] = []
    cut = units.cut
    monkeypatch.setattr(units, "cut", lambda source, number: seen.append(number) or cut(source, number))
    x = lp.input("x", (30, 20))
    with configured():
        np.testing.assert_array_equal(
            lp.function([x], lp.exp(x @ x.T * 0).sum(1))(np.ones((30, 20))), np.full(30, 30, np.float32)
        )
    assert seen == [2]
