"""Scripts run as Python runs them."""

from __future__ import annotations

from pathlib import Path

from faces.run.conftest import Run

SEEN = """
import os, sys
print(__name__, os.path.basename(__file__), sys.argv[1:])
print(os.path.basename(sys.path[0]), os.getcwd() == sys.path[0])
"""


def test_what_a_script_sees(run: Run, tmp_path: Path) -> None:
    done = run(SEEN, arguments=("--quick", "-x", "a b"))
    assert done.out == f"__main__ script.py ['--quick', '-x', 'a b']\n{tmp_path.name} True\n"
    assert (done.code, done.err) == (0, "")


def test_exit_codes(run: Run) -> None:
    assert run("import sys; sys.exit(3)").code == 3
    done = run("import sys; sys.exit('no data')")
    assert (done.code, done.err) == (1, "no data\n")
    assert run("raise SystemExit").code == 0


def test_a_traceback_has_the_users_lines_alone(run: Run) -> None:
    done = run("def f(x):\n    return 1 / x\n\nf(0)\n")
    assert done.code == 1
    lines = [line.strip(" ~^") for line in done.err.splitlines()]
    assert [line for line in lines if line] == [
        "Traceback (most recent call last):",
        'File "script.py", line 4, in <module>',
        "f(0)",
        'File "script.py", line 2, in f',
        "return 1 / x",
        "ZeroDivisionError: division by zero",
    ]
    assert done.facts["error"] == "ZeroDivisionError: division by zero"
    assert done.facts["place"] == "script.py:2"


def test_what_led_to_an_error_is_told(run: Run) -> None:
    done = run("try:\n    {}['a']\nexcept KeyError as e:\n    raise ValueError('b') from e\n")
    assert "KeyError: 'a'" in done.err and "direct cause" in done.err and "limpide/faces" not in done.err


def test_a_syntax_error(run: Run) -> None:
    done = run("x = 1\ndef f(:\n    pass\n")
    assert done.code == 1 and 'File "script.py", line 2' in done.err and "SyntaxError" in done.err
    assert "Traceback" not in done.err


def test_wrong_files(run: Run, tmp_path: Path) -> None:
    (tmp_path / "lesson.ipynb").write_text("{}")
    missing = run("", "lesson.py")  # the name that follows is the script's argument
    assert missing.code == 1 and "there is no file lesson.py" in missing.err and "lesson.ipynb" in missing.err
    assert "is a folder" in run("", ".").err
    assert "is not a script" in run("a\0b").err
    assert "is not a notebook" in run("", "lesson.ipynb").err


def test_modules_beside_the_script(run: Run, tmp_path: Path) -> None:
    (tmp_path / "input_data.py").write_text("mine = True\nprint __name__\n")
    done = run("import input_data\nprint(input_data.mine)\nprint(1, 2)")
    assert done.out == "input_data\nTrue\n(1, 2)\n"  # one Python for all of them
    assert done.facts["converted"] == ["script.py", "input_data.py"]


def test_a_missing_symbol_is_named_in_the_summary(run: Run) -> None:
    done = run("try:\n    import theano.abacus\nexcept ImportError as e:\n    print(e.name)\n")
    assert done.code == 0 and list(done.facts["missing"].values()) == ["script.py:2"]
    assert "missing: theano" in done.err


def test_usage(run: Run) -> None:
    done = run("", "--help")
    assert done.code == 0 and "--keep-going" in done.out
    assert run("", "--nonsense").code == 2
