"""What was compiled before is found again without the passes: its key, its recipe, and what damage does."""

from __future__ import annotations

import dataclasses
import gc
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import limpide as lp
from codegen.programs import case, configured, run
from limpide import ready
from limpide.compile import CompiledFunction
from limpide.config import config
from limpide.errors import IndexingError
from limpide.ops.define import map_op
from limpide.runtime import cache, native, recipe, toolchain
from limpide.runtime.execute import NativeFunction
from limpide.runtime.recipe import Identity, Unkeyed
from limpide.tensor import lift

pytestmark = pytest.mark.skipif(toolchain.find() is None, reason="no C compiler")
A = np.arange(6, dtype=np.float32).reshape(2, 3)


@pytest.fixture(autouse=True)
def reuse() -> Iterator[None]:
    config.reuse = True
    with configured():
        yield
    config.reuse = False


def key(f: CompiledFunction) -> str:
    return Identity(f.program).key


def forget() -> None:
    """As a new process: no library is loaded."""
    native._loaded.clear()


def recipes(folder: Path) -> list[Path]:
    return sorted(folder.glob("*" + cache.RECIPE))


def built(f: CompiledFunction) -> Any:
    return next(iter(f.function.versions.values()))


# --------------------------------------------------------------------------------------------------- found
PROGRAM = """
import sys
import numpy as np
import limpide as lp
from limpide import nn, optim

model = nn.Sequential(nn.Linear(6, 4), nn.Sigmoid(), nn.Linear(4, 3))
for p in model.parameters():
    p.assign(p * 0 + 0.5)
optimizer = optim.Adam(lr=0.1)

@lp.compile
def step(x, y):
    loss = nn.cross_entropy(model(x), y)
    optimizer.minimize(loss)
    return loss

x, y = np.ones((5, 6), np.float32), np.arange(5) % 3
losses = [float(step(x, y)) for _ in range(4)]
print(losses, "limpide.rules" in sys.modules, "limpide.codegen.c" in sys.modules)
"""


def test_a_new_process_needs_no_passes(folder: Path) -> None:
    environment = {**os.environ, "LIMPIDE_REUSE": "1"}
    said = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True
        ).stdout.strip()
        for _ in range(2)
    ]
    assert said[0].endswith("True True")
    assert said[1].endswith("False False")
    assert said[0].split("]")[0] == said[1].split("]")[0]


@settings(
    max_examples=6, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(0, 2**32))
def test_random_programs_are_the_same_when_found(seed: int) -> None:
    first = run(case(seed, special=0.2, empty=0.1))
    forget()
    gc.collect()  # equal nodes that are still there keep the names that others gave them
    compiles, hits = native.stats.compiles, native.stats.hits
    again = run(case(seed, special=0.2, empty=0.1))
    assert (native.stats.compiles, native.stats.hits) == (compiles, hits + 1)
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a, b)


def test_state_and_constants_of_its_own() -> None:
    """What is found works on the cells and the arrays of the program that asks."""
    for start in (1.0, 5.0):
        forget()
        w = lp.parameter(np.full(20, start), name="w")
        x = lp.input("x", (20,), "float64")
        f = lp.function([x], x * lp.tensor(np.arange(20.0)) + w, [(w, w * 2)])
        np.testing.assert_array_equal(f(np.ones(20)), np.arange(20) + start)
        np.testing.assert_array_equal(w.numpy(), np.full(20, 2 * start))
    assert native.stats.compiles == 1


def test_the_same_program_again_in_one_process_and_in_another_order() -> None:
    def build(first: str) -> str:
        a, b = lp.input("a", (3,)), lp.input("b", (3,))
        left, right = (a * 2, b * 3) if first == "left" else (b * 3, a * 2)[::-1]
        return key(lp.function([a, b], left - right))

    assert build("left") == build("left") == build("right")


def test_constants_that_passes_made_are_kept() -> None:
    def build() -> CompiledFunction:
        table = lp.tensor(np.arange(40.0))
        x = lp.input("x", (40,), "float64")
        return lp.function([x], x + lp.exp(table / 40)[::-1])

    wanted = 1 + np.exp(np.arange(40) / 40)[::-1]
    np.testing.assert_allclose(build()(np.ones(40)), wanted, rtol=1e-14)
    forget()
    f = build()
    np.testing.assert_allclose(f(np.ones(40)), wanted, rtol=1e-14)
    assert native.stats.compiles == 1


def test_a_check_names_the_line_of_the_program_that_asks() -> None:
    for attempt in range(2):
        forget()
        x, i = lp.input("x", (5, 3)), lp.input("i", (2,), "int64")
        y = lp.take(x, i, 0) if attempt == 0 else None  # the first line
        y = lp.take(x, i, 0) if y is None else y  # the other line
        f = lp.function([x, i], y)
        with pytest.raises(IndexingError, match="index 7 is outside of axis 0 of size 5") as caught:
            f(np.ones((5, 3)), np.array([0, 7]))
        assert ("# the first line", "# the other line")[attempt] in str(caught.value)
    assert native.stats.compiles == 1


def test_slices_are_checked_when_found() -> None:
    for _ in range(2):
        forget()
        x, i = lp.input("x", (4, 3)), lp.input("i", (), "int64")
        f = lp.function([x, i], x[i : i + 2])
        np.testing.assert_array_equal(f(np.ones((4, 3)), 2), np.ones((2, 3)))
        with pytest.raises(IndexingError, match="slice"):
            f(np.ones((4, 3)), 3)
    assert native.stats.compiles == 1


# --------------------------------------------------------------------------------------------------- keys
def program(**changes: Any) -> str:
    """The key of a program that has some of everything, with one thing changed."""
    c: dict[str, Any] = dict(
        shape=(2, 3), dtype="float32", scalar=0.5, small=(1.0, 2.0, 3.0), large=1.0, axis=0, label="x",
        cell=(3,), cell_name="w", swapped=False, updated=True, steps=3, decay=0.5, reverse=False, name="f",
        outputs=1, power=2,
    ) | changes  # fmt: skip
    x = lp.input(c["label"], c["shape"], c["dtype"])
    w = lp.parameter(np.zeros(c["cell"], np.float32), name=c["cell_name"])
    table = np.full((50, 3), 2.0, np.float32)
    table[49, 2] = c["large"]
    y = (
        x * c["scalar"]
        + lp.tensor(np.array(c["small"], np.float32))
        + w.sum()
        + (lp.tensor(table) * x.sum()).sum()
    )
    y = lp.sum(y**2 - x if c["swapped"] else x - y**2, c["axis"])
    last, _ = lp.scan(lambda s, _: (s * c["decay"], None), y, length=c["steps"], reverse=c["reverse"])
    updates = [(w, w * 2)] if c["updated"] else []
    return key(lp.function([x], [last] * c["outputs"], updates, name=c["name"]))


CHANGES: dict[str, Any] = {
    "shape": (4, 3), "dtype": "float64", "scalar": np.nextafter(np.float32(0.5), np.float32(1)),
    "small": (1.0, 2.0, -0.0), "large": 1.5, "axis": 1, "label": "z", "cell": (4,), "cell_name": "v",
    "swapped": True, "updated": False, "steps": 4, "decay": 0.25, "reverse": True, "name": "g", "outputs": 2,
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_every_part_of_a_program_is_in_its_key(change: str) -> None:
    assert program() == program()
    assert program(**{change: CHANGES[change]}) != program()


@pytest.mark.parametrize(
    ("one", "other"),
    [(0.0, -0.0), (np.nan, 0.0), (np.nan, -np.nan), (1.0, np.nextafter(1.0, 2.0)), (1.0, 1.0 + 2**-52)],
    ids=str,
)
def test_constants_count_to_the_bit(one: Any, other: Any) -> None:
    def of(value: Any) -> str:
        x = lp.input("x", (2,), "float64")
        return key(lp.function([x], lp.where(x > 0, x, lp.tensor(np.asarray(value)))))

    assert of(one) == of(one)
    assert of(one) != of(other)


def set_config(name: str, value: Any) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda patch: patch.setattr(config, name, value)


def other_toolchain(**fields: Any) -> Callable[[pytest.MonkeyPatch], None]:
    def change(patch: pytest.MonkeyPatch) -> None:
        found = dataclasses.replace(toolchain.require(), **fields)
        patch.setattr(toolchain, "require", lambda: found)

    return change


SETTINGS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "threads": set_config("threads", 3),
    "floatx": set_config("floatx", "float64"),
    "a variable": lambda patch: patch.setenv("LIMPIDE_SOMETHING", "1"),
    "NumPy": lambda patch: patch.setattr(np, "__version__", "3.0"),
    "Python": lambda patch: patch.setattr(sys, "version", "4.0"),
    "our files": lambda patch: patch.setattr(recipe, "package_state", lambda: "other"),
    "CPU": lambda patch: patch.setattr(toolchain, "cpu", lambda: "other"),
    "compiler": other_toolchain(version="99"),
    "target": other_toolchain(target=("-march=x86-64",)),
    "vectors": other_toolchain(isa=toolchain.PLAIN),
}


@pytest.mark.parametrize("setting", SETTINGS)
def test_settings_and_versions_are_in_the_key(setting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    x = lp.input("x", (2,))
    f = lp.function([x], x + 1)
    before = key(f)
    SETTINGS[setting](monkeypatch)
    assert key(f) != before
    monkeypatch.undo()


@pytest.mark.parametrize("name", ["debug", "check_numerics", "reuse", "background"])
def test_what_changes_no_code_is_not_in_the_key(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    x = lp.input("x", (2,))
    f = lp.function([x], x + 1)
    before = key(f)
    monkeypatch.setattr(config, name, 1)
    assert key(f) == before


def test_the_state_of_the_package_is_that_of_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "runtime").mkdir()
    file = tmp_path / "rules.py"
    file.write_text("one")
    monkeypatch.setattr(recipe, "__file__", str(tmp_path / "runtime" / "recipe.py"))
    read = recipe.package_state.__wrapped__
    first = read()
    assert read() == first
    file.write_text("two!")
    second = read()
    (tmp_path / "runtime" / "support.h").write_text("")
    assert len({first, second, read()}) == 3


def test_ops_of_others_have_no_key() -> None:
    """Their code may change without a trace in what the key is made from."""
    double = map_op(
        "double_for_recipes",
        numpy=lambda x: x + x,
        c="({0} + {0})",
        grad=(lambda g, y, x: g + g,),
        takes="float",
        domain=((-3.0, 3.0),),
        doc="2 x.",
    )
    x = lp.input("x", (2,))
    f = lp.function([x], lift(double)(x))
    with pytest.raises(Unkeyed):
        Identity(f.program)
    np.testing.assert_array_equal(f([1.0, 2.0]), [2.0, 4.0])


def test_every_op_of_ours_has_a_key() -> None:
    from limpide.ops.define import ops

    for op in ops.values():
        if op.name != "double_for_recipes" and (op.numpy.__module__ or "").startswith("limpide"):
            assert op.name in recipe.declaration(op)


def test_large_constants_have_no_key(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr(recipe, "CONSTANT_BYTES", 100)
    x = lp.input("x", (100,))
    f = lp.function([x], x + lp.tensor(np.arange(100, dtype=np.float32)))
    f(np.ones(100))
    assert recipes(folder) == []


def test_nothing_is_kept_where_that_is_not_wanted(folder: Path) -> None:
    config.reuse = False
    x = lp.input("x", (2,))
    lp.function([x], x + 1)([1.0, 2.0])
    assert recipes(folder) == []


# ------------------------------------------------------------------------------------------------- damage
def kept(folder: Path) -> tuple[CompiledFunction, Path]:
    """A program that was compiled, and its recipe."""
    x = lp.input("x", (2, 3))
    lp.function([x], x * 3 + 1)(A)
    (path,) = recipes(folder)
    forget()
    return lp.function([x], x * 3 + 1), path


def test_what_is_kept_is_found(folder: Path) -> None:
    f, _ = kept(folder)
    assert ready.restore(f.program, Identity(f.program)) is not None


def signed(content: Any) -> bytes:
    text = json.dumps(content)
    return f"{hashlib.sha256(text.encode()).hexdigest()}\n{text}".encode()


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda b: b"",
    "cut": lambda b: b[:-5],
    "a digit": lambda b: b.replace(b'"arena": ', b'"arena": 1'),
    "not text": lambda b: b"\xff\xfe" + b,
    "a list": lambda b: signed([1, 2]),
    "no library": lambda b: signed({"arena": 0}),
    "a path": lambda b: signed(json.loads(b.split(b"\n")[1]) | {"library": "../x"}),
    "a number": lambda b: signed(json.loads(b.split(b"\n")[1]) | {"library": 3}),
    "cells": lambda b: signed(json.loads(b.split(b"\n")[1]) | {"cells": [7]}),
    "constants": lambda b: signed(json.loads(b.split(b"\n")[1]) | {"constants": [["O8", [1], "AAAA"]]}),
    "checks": lambda b: signed(json.loads(b.split(b"\n")[1]) | {"checks": [[1]]}),
    "an arena": lambda b: signed(json.loads(b.split(b"\n")[1]) | {"arena": -1}),
    "threads": lambda b: signed(json.loads(b.split(b"\n")[1]) | {"threads": None}),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_means_compiling_again(damage: str, folder: Path) -> None:
    f, path = kept(folder)
    path.write_bytes(DAMAGES[damage](path.read_bytes()))
    assert Identity(f.program).find() is None
    np.testing.assert_array_equal(f(A), A * 3 + 1)
    assert Identity(f.program).find() is not None


def test_a_library_that_is_gone_is_built_again(folder: Path) -> None:
    f, path = kept(folder)
    library = json.loads(path.read_text().split("\n")[1])["library"]
    cache._remove(folder / library)
    compiles = native.stats.compiles
    np.testing.assert_array_equal(f(A), A * 3 + 1)
    assert native.stats.compiles == compiles + 1


def test_old_recipes_are_swept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, path = kept(folder)
    os.utime(path, (0, 0))
    monkeypatch.setenv("LIMPIDE_CACHE_SIZE", "0")
    cache.sweep()
    assert not path.exists()


def test_checked_functions_are_found_too(folder: Path) -> None:
    config.check_numerics = True
    try:
        for _ in range(2):
            forget()
            x = lp.input("x", (2,))
            f = lp.function([x], lp.log(x))
            assert not isinstance(built_after(f, [1.0, 2.0]), NativeFunction)
            with pytest.raises(lp.LimpideError, match="NaN"):
                f([1.0, -1.0])
    finally:
        config.check_numerics = False
    assert native.stats.compiles == 1


def built_after(f: CompiledFunction, *args: Any) -> Any:
    f(*args)
    return built(f)
