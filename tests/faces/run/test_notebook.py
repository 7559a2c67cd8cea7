"""Notebooks, cell by cell."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from faces.run.conftest import Run
from limpide.errors import DataError
from limpide.faces.run import magics
from limpide.faces.run import notebook as notebooks

Made = Callable[..., str]
NAME = "lesson.ipynb"


def test_values_commands_and_magics(run: Run, notebook: Made) -> None:
    cells = (
        "%matplotlib inline\nx = 5\nx + 1",
        "x;",
        "!echo got {x} $x\nlines = !echo a; echo b\nlines",
        "%%time\ny = x * 2",
        "%time z = y + 1\n%timeit z\nz",
        "%%bash\necho from bash",
        "%%html\n<b>no</b>",
        "%load_ext autoreload\n%unheard of\nlen?\n?len",
        "# only a comment",
        "text = '''\n%not a magic\n!nor this\n'''\nprint(text.count('%'), [1 %\n 2])",
    )
    done = run(notebook(*cells), name=NAME)
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    kept = [
        line for line in lines if not line.startswith(("CPU", "Wall", "len:")) and "(one loop)" not in line
    ]
    assert kept == ["6", "got 5 5", "['a', 'b']", "11", "from bash", "1 [1]"]
    assert done.out.count("len: ") == 2 and done.out.count("Wall time") == 2
    assert "limpide: %unheard is left out" in done.err


def test_a_failing_cell_ends_the_run(run: Run, notebook: Made) -> None:
    done = run(notebook("a = 1", "def f():\n    return 1 / 0\nf()", "print('not reached')"), name=NAME)
    assert (done.code, done.out) == (1, "")
    assert 'File "lesson.ipynb[cell 2]", line 2, in f\n    return 1 / 0' in done.err


def test_keep_going_reports_every_failure(run: Run, notebook: Made) -> None:
    done = run(notebook("1 / 0", "print('reached')", "raise ValueError('b')"), "--keep-going", name=NAME)
    assert (done.code, done.out) == (1, "reached\n")
    failed = ["cell 1: ZeroDivisionError: division by zero", "cell 3: ValueError: b"]
    assert done.facts["failed_cells"] == failed and all(line in done.err for line in failed)


def test_keep_going_ends_at_sys_exit(run: Run, notebook: Made) -> None:
    done = run(notebook("import sys\nsys.exit(4)", "print('not reached')"), "--keep-going", name=NAME)
    assert (done.code, done.out) == (4, "")


def test_python_2_by_its_metadata_and_by_its_text(run: Run, notebook: Made) -> None:
    two = {"kernelspec": {"name": "python2"}}
    assert run(notebook("print(7 / 2)", metadata=two), name=NAME).out == "3\n"
    assert run(notebook("print 7 / 2", "print(1, 2)"), name=NAME).out == "3\n(1, 2)\n"
    future = notebook("from __future__ import division", "print(7 / 2)", metadata=two)
    assert run(future, name=NAME).out == "3.5\n"


def test_format_3(run: Run) -> None:
    cells = [{"cell_type": "code", "input": ["print(1)\n", "2"]}, {"cell_type": "markdown", "source": "x"}]
    assert run(json.dumps({"worksheets": [{"cells": cells}], "nbformat": 3}), name=NAME).out == "1\n2\n"


def test_pylab_and_figures(run: Run, notebook: Made, tmp_path: Path) -> None:
    cells = ("%pylab inline", "x = linspace(0, 1, 5)\nplot(x)\nfigure()\nplt.plot(np.sin(x));")
    done = run(notebook(*cells), name=NAME)
    assert done.code == 0, done.err
    assert done.facts["figures"] == [f"lesson-output/lesson-figure-{k}.png" for k in (1, 2)]
    assert (tmp_path / "lesson-output" / "lesson-figure-2.png").read_bytes().startswith(b"\x89PNG")


SHOWN = """
from IPython.display import HTML, SVG, display
display(HTML('<p>page</p>'), 'text')
class Drawing:
    def _repr_svg_(self):
        return '<svg/>'
Drawing()
"""


def test_pages_and_drawings_are_files(run: Run, notebook: Made, tmp_path: Path) -> None:
    done = run(notebook(SHOWN), "--out", "shown", name=NAME)
    assert done.code == 0 and done.out == "'text'\n", done.err
    assert (tmp_path / "shown" / "lesson-output-1.html").read_text() == "<p>page</p>"
    assert (tmp_path / "shown" / "lesson-output-2.svg").read_text() == "<svg/>"


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", "3", '{"cells": 3}', '{"cells": [{"cell_type": "code"}]}', "\xff"]
)
def test_what_is_no_notebook(content: str, tmp_path: Path) -> None:
    path = tmp_path / "x.ipynb"
    path.write_text(content, "latin-1")
    with pytest.raises(DataError, match="is not a notebook"):
        notebooks.read(path)


LINES = {
    "%matplotlib inline": "get_ipython().run_line_magic('matplotlib', 'inline')",
    "  %time f(x)": "  get_ipython().run_line_magic('time', 'f(x)')",
    "!ls -l | wc": "get_ipython().system('ls -l | wc')",
    "a, b = !ls": "a, b = get_ipython().getoutput('ls')",
    "x = %pwd": "x = get_ipython().run_line_magic('pwd', '')",
    "np.sum?": "get_ipython().pinfo('np.sum')",
    "??x": "get_ipython().pinfo('x')",
    "cd ../data": "get_ipython().run_line_magic('cd', '../data')",
    "x = a % b": "x = a % b",
    "x = 'a?'": "x = 'a?'",
    "y = f(1,\n%z)": "y = f(1,\n%z)",
    "!a \\\n  b\nx": "get_ipython().system('a b')\n\nx",
}


@pytest.mark.parametrize("line", LINES)
def test_lines_of_magic(line: str) -> None:
    assert magics.plain(line) == LINES[line]
