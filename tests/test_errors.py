"""Errors: their text, the user's line, and what of a traceback is shown."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide import errors
from limpide.errors import LimpideError, MissingExtraError, describe, user_frame, user_traceback

KINDS = {
    "ShapeError": ValueError,
    "DTypeError": TypeError,
    "ArgumentError": TypeError,
    "IndexingError": IndexError,
    "SymbolicError": TypeError,
    "GradientError": ValueError,
    "NumericsError": FloatingPointError,
    "DataError": ValueError,
    "CompilerError": RuntimeError,
    "CacheError": OSError,
    "UnknownNameError": AttributeError,
    "MissingExtraError": ImportError,
}


def test_every_kind_is_also_pythons_own() -> None:
    found = {
        name: kind
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, LimpideError) and kind is not LimpideError
    }
    assert set(found) == set(KINDS)
    for name, kind in found.items():
        assert issubclass(kind, KINDS[name]), name


def test_the_text_names_op_line_and_hint() -> None:
    error = LimpideError(
        "matmul", "shapes (2, 3) and (4, 5) do not contract", where=(__file__, 1), hint="try .T"
    )
    lines = str(error).splitlines()
    assert lines[0] == "[matmul] shapes (2, 3) and (4, 5) do not contract"
    assert lines[1].startswith("  built at ") and ":1: " in lines[1]
    assert lines[2] == "  hint: try .T"
    assert str(LimpideError("a", "b", where=("gone.py", 3))).splitlines()[1] == "  built at gone.py:3"


def test_the_line_is_that_which_runs_or_that_which_built() -> None:
    x = lp.input("x", (2, 3))
    with pytest.raises(LimpideError) as now:
        x @ x  # the first line
    assert "  at " in str(now.value) and "# the first line" in str(now.value)
    W = lp.parameter(np.ones(3), name="W")
    value = W.sum()  # the second line
    with pytest.raises(LimpideError) as later:
        lp.function([], [], [(W, value)])
    assert "  built at " in str(later.value) and "# the second line" in str(later.value)


def test_the_line_is_told_once() -> None:
    error = LimpideError("a", "b", where=(__file__, 3))
    assert describe((__file__, 3)) in error.text()
    assert error.text((__file__, 3)) == "[a] b"


def test_our_own_frames_are_not_the_users() -> None:
    assert user_frame() == (__file__, sys._getframe().f_lineno)
    try:
        lp.tensor([1.0]).reshape((2, 2))
    except LimpideError as error:
        frames = user_traceback(error.__traceback__)
        assert [f.filename for f in frames] == [__file__]
    else:
        pytest.fail("no error")


def test_a_missing_extra_says_what_to_install() -> None:
    error = MissingExtraError("matplotlib", "labs", "the picture")
    assert str(error) == (
        "[import] the picture needs the package 'matplotlib', which is not installed\n"
        "  hint: pip install 'limpide[labs]'"
    )


def run(script: Path, **environment: str) -> str:
    import os

    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, env={**os.environ, **environment}
    )
    assert done.returncode == 1
    return done.stderr


def test_an_uncaught_error_shows_the_users_frames_alone(tmp_path: Path) -> None:
    script = tmp_path / "program.py"
    script.write_text("import limpide as lp\n\ndef f(x):\n    return x @ x\n\nf(lp.zeros((2, 3)))\n")
    shown = run(script)
    assert "limpide/tensor/lifting.py" not in shown
    assert shown.count("return x @ x") == 1
    assert "ShapeError: [matmul]" in shown
    assert "limpide/tensor/lifting.py" in run(script, LIMPIDE_TRACEBACK="full")
    script.write_text("import limpide as lp\n{}['key']\n")
    assert "KeyError: 'key'" in run(script)


def test_errors_can_be_caught_as_pythons(capsys: Any) -> None:
    with pytest.raises(ValueError):
        lp.zeros((2,)).reshape((3,))
    with pytest.raises(IndexError):
        lp.zeros((2,))[5]
    with pytest.raises(TypeError):
        bool(lp.input("x", ()))
    with pytest.raises(AttributeError):
        lp.no_such_name  # noqa: B018
