"""Python 2: told from Python 3, converted, divided as it divided, with the user's own line numbers."""

from __future__ import annotations

import ast
import traceback
from pathlib import Path

import numpy as np
import pytest

from faces.run.conftest import Run
from limpide.faces.run import division, python2, source

TWO = [
    "print 'a'",
    "for i in xrange(3): pass",
    "import cPickle",
    "from urllib2 import urlopen",
    "if d.has_key(1): pass",
    "n = x.shape[0] / 20\nfor i in range(n): pass",
    "range(10 / 2)",
    "raise ValueError, 'x'",
]
THREE = [
    "print('a')",
    "for i in range(3): pass",
    "try:\n    import cPickle as pickle\nexcept ImportError:\n    import pickle",
    "try:\n    xrange\nexcept NameError:\n    xrange = range\nfor i in xrange(3): pass",
    "from six.moves import xrange\nxrange(3)",
    "n = int(x / 2)\nrange(n)",
    "n = x / 2\nn = int(n)\nrange(n)",
    "from functools import reduce\nreduce(f, xs)",
    "x = a / b",
]


@pytest.mark.parametrize("text", TWO)
def test_python_2_is_seen(text: str) -> None:
    language = source.Language()
    source.parse(text, "x.py", language)
    assert language.python2 is True


@pytest.mark.parametrize("text", THREE)
def test_python_3_and_both_are_left_alone(text: str) -> None:
    language = source.Language()
    assert ast.unparse(source.parse(text, "x.py", language)) == ast.unparse(ast.parse(text))
    assert language.python2 is None and not language.converted


def test_a_neighbour_shows_which_python_it_is(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("import helper\nx = 1 / 2\n")
    (tmp_path / "helper.py").write_text("import deeper\n")
    (tmp_path / "deeper.py").write_text("print 'two'\n")
    assert source.evidence(tmp_path / "main.py")
    (tmp_path / "deeper.py").write_text("print('both')\n")
    assert not source.evidence(tmp_path / "main.py")


PROGRAM = """\
import urllib2, sys
from itertools import izip
from functools import partial

def halves(xs):
\tfor a, b in izip(xs, xs):
        \tyield a / 2, b / 2.0
print >>sys.stdout, list(halves([3, 4])), 7 / 2, -7 / 2,
print reduce(lambda a, b: a + b, map(lambda (x, y): x * y, [(1, 2), (3, 4)])),
print zip([1], [2])[0], {1: 2}.keys()[0]
print sorted([3, 1, 2], lambda a, b: cmp(b, a)), u'x', 0777, long(3), 1 <> 2, `5`, unicode(3), {}.has_key(1)
exec "y = 9"
print y, isinstance(3, (int, long)), range(3) + [4], filter(None, [0, 1]), sys.maxint > 0
raise ValueError, 'the end'
"""

PRINTED = """\
[(1, 1.5), (2, 2.0)] 3 -4 14 (1, 2) 1
[3, 2, 1] x 511 3 True 5 3 False
9 True [0, 1, 2, 4] [1] True
"""


def test_a_program_prints_what_python_2_printed(run: Run) -> None:
    done = run(PROGRAM)
    assert done.out == PRINTED
    assert "File \"script.py\", line 14, in <module>\n    raise ValueError, 'the end'" in done.err
    assert done.facts["converted"] == ["script.py"]
    assert done.facts["floored"] == ["script.py:7", "script.py:8"]


def test_division_of_the_future(run: Run) -> None:
    done = run("from __future__ import division\nprint 7 / 2\n")
    assert done.out == "3.5\n" and done.facts["floored"] == []


def test_the_python_can_be_given(run: Run) -> None:
    assert run("print(7 / 2)", "--python", "2").out == "3\n"
    done = run("print 7 / 2", "--python", "3")
    assert done.code == 1 and "SyntaxError" in done.err


def test_numbers_arrays_and_targets_divide_as_in_python_2() -> None:
    program = (
        "a = 7; a /= 2\nb = [7, 7.0]; b[0] /= 2; b[1] /= 2\nc = np.array([7, 9]); d = c; c /= 2\n"
        "e = np.arange(3.) / 2\nf = np.int64(7) / np.int32(2)\ng = 7 / True\nh = T('int32') / T('int64')\n"
    )

    class T:
        def __init__(self, dtype: str):
            self.dtype = dtype

        def __floordiv__(self, other: object) -> str:
            return "floor"

    names: dict[str, object] = {"np": np, "T": T, **division.names()}
    exec(compile(python2.convert(program, "x.py"), "x.py", "exec"), names)
    assert (names["a"], names["b"], names["f"], names["g"], names["h"]) == (3, [3, 3.5], 3, 7, "floor")
    assert names["c"] is names["d"] and names["c"].tolist() == [3, 4]  # type: ignore[attr-defined]
    assert names["e"].tolist() == [0, 0.5, 1]  # type: ignore[attr-defined]
    division.forget()


def test_lines_that_fixers_add_move_nothing() -> None:
    text = "'''doc'''\nx = reduce(max, [1, 2])\ny = intern('a')\nprint 1/0\n"
    with pytest.raises(ZeroDivisionError) as caught:
        exec(compile(python2.convert(text, "x.py"), "x.py", "exec"), division.names())
    assert traceback.extract_tb(caught.value.__traceback__)[1].lineno == 4


def test_neither_python(run: Run) -> None:
    with pytest.raises(SyntaxError) as caught:
        source.parse("x = = 1\n", "x.py", source.Language())
    assert caught.value.lineno == 1
    with pytest.raises(SyntaxError, match="Python 2") as two:
        python2.convert("x = 1\nprint 'a\n", "x.py")
    assert two.value.filename == "x.py"


def test_old_encodings() -> None:
    assert source.decode("# -*- coding: latin-1 -*-\nx = 'é'".encode("latin-1")).endswith("'é'")
    assert source.decode("x = 'é'".encode("latin-1")) == "x = 'é'"
    assert source.decode("\ufeffx = 'é'\r\ny".encode()) == "x = 'é'\ny"


def test_modules_of_a_package_import_their_neighbours(run: Run, tmp_path: Path) -> None:
    (tmp_path / "kit").mkdir()
    (tmp_path / "kit" / "__init__.py").write_text("")
    (tmp_path / "kit" / "a.py").write_text("import b\nprint 'a', b.number / 2\n")
    (tmp_path / "kit" / "b.py").write_text("number = 5\n")
    assert run("from kit import a\nprint 'end'\n").out == "a 2\nend\n"
