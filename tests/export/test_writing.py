"""What export refuses, and how it says so."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import limpide as lp
from export.models import batch, small
from limpide.errors import ArgumentError, ShapeError
from limpide.export import export
from limpide.export.numbers import initial, raw
from limpide.runtime.toolchain import LIBRARY_SUFFIX

X = np.zeros((1, 1, 8, 8), np.float32)


def symbolic() -> Any:
    x = lp.input("x", (None,))
    return lp.function([x], x * 2, name="double")


def untrained() -> Any:
    model = small()
    model.compile(None, loss="cross_entropy")
    return model


WRONG: dict[str, tuple[Any, str]] = {
    "no sizes": (lambda: export(small(), "f"), "the size of the inputs is not known"),
    "no model": (lambda: export(3, "f"), "int is no model"),
    "no function": (lambda: export({"f": 3}, "f"), "3 is no function"),
    "open sizes": (lambda: export({"f": symbolic()}, "f"), "'double' has inputs of unknown sizes"),
    "no name": (lambda: export(small(), "f", X, name="a b"), "'a b' is no name in C"),
    "a word of C": (lambda: export(small(), "f", X, name="while"), "'while' is no name in C"),
    "no labels": (lambda: export(small(), "f", X, train=True), "training needs labels"),
    "no batch": (
        lambda: export(small(), "f", np.float32(0)),
        "x is a single number; samples stand along axis 0",
    ),
    "format": (lambda: export(small(), "f", X, format="cc"), "there is no format 'cc'"),
    "weights": (lambda: export(small(), "f", X, weights="off"), "there is no weights 'off'"),
    "machine": (lambda: export(small(), "f", X, machine="vax"), "there is no target 'vax'"),
    "no optimizer": (
        lambda: export(untrained(), "f", X, np.zeros(1, np.uint8), train=True),
        "the model was compiled without an optimizer",
    ),
    "labels of another number": (
        lambda: export(small(), "f", X, np.zeros(2, np.uint8), train=True),
        "the numbers of samples differ: x has 1, y has 2",
    ),
    "not compiled": (
        lambda: export(lp.nn.Sequential(lp.nn.Linear(2, 2)), "f", np.zeros((1, 2)), np.zeros(1), train=True),
        "the model was not compiled: it has no loss and no optimizer",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_arguments(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    call, what = WRONG[case]
    with pytest.raises((ArgumentError, ShapeError)) as caught:
        call()
    assert caught.value.what.startswith(what)
    assert not list(tmp_path.iterdir())


def test_a_library(tmp_path: Path) -> None:
    model = small()
    x, _ = batch()
    done = model.export(tmp_path / "new", x, name="net", format="library")
    assert [path.name for path in done.files] == ["net.h", f"net{LIBRARY_SUFFIX}"]
    assert str(done).endswith(f"static memory: {done.memory:,} bytes")
    library = ctypes.CDLL(str(done.files[1]))
    result = np.zeros((len(x), 4), np.float32)
    address = ctypes.c_void_p
    assert library.net_predict(x.ctypes.data_as(address), result.ctypes.data_as(address)) == 0
    np.testing.assert_allclose(result, model.predict(x), rtol=1e-4, atol=1e-5)


NUMBERS = st.one_of(
    arrays.arrays(np.float32, st.integers(1, 20), elements=st.floats(width=32, allow_nan=False)),
    arrays.arrays(np.float64, st.integers(1, 20), elements=st.floats(allow_nan=False)),
    arrays.arrays(np.int64, st.integers(1, 20)),
)


@settings(max_examples=60, deadline=None)
@given(NUMBERS)
def test_numbers_as_c_are_the_same_numbers(array: Any) -> None:
    text = initial(array).strip("{}").replace("LP_INF_F32", "inf").replace("LP_INF_F64", "inf")
    words = [word.strip() for word in text.split(",")]
    if array.dtype.kind == "i":
        found = [eval(word.replace("ll", "")) for word in words]
    else:
        found = [
            float(word.strip("()") if "inf" in word else word.strip("()").removesuffix("f")) for word in words
        ]
    found = found if initial(array) != "{0}" else [0] * len(array)
    assert np.array(found, array.dtype).tobytes() == array.tobytes()


def test_bytes_have_the_lowest_first() -> None:
    assert raw(np.array([1, 2], ">i4")) == b"\1\0\0\0\2\0\0\0"
    assert raw(np.array([1.0], np.float32)) == b"\0\0\x80\x3f"
