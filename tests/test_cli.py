"""The command line: texts, exit codes, errors."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide import cli
from limpide.cli import examination
from limpide.errors import DataError
from limpide.labs import LABS
from limpide.labs.kit.shell import run
from limpide.runtime import cache, toolchain


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path[:])


class Said:
    """What a command said, and its exit code."""

    def __init__(self, code: int, out: str, err: str):
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def limpide(capsys: pytest.CaptureFixture[str]) -> Any:
    def call(*args: str) -> Said:
        code = run(cli.app, args)
        return Said(code, *capsys.readouterr())

    return call


# ------------------------------------------------------------------------------------------ in general
def test_version(limpide: Any) -> None:
    said = limpide("--version")
    assert (said.code, said.out) == (0, f"limpide {lp.__version__}\n")


def test_help_names_every_command_and_gives_examples(limpide: Any) -> None:
    said = limpide("--help")
    assert said.code == 0
    for word in ("lab", "explain", "doctor", "bench", "data", "limpide lab logistic --epochs 20"):
        assert word in said.out


@pytest.mark.parametrize(
    "command",
    [
        "lab",
        "explain",
        "doctor",
        "data",
        "data mnist",
        "data fashion-mnist",
        "data cifar10",
        *(f"lab {n}" for n in LABS),
    ],
)
def test_every_command_has_help(limpide: Any, command: str) -> None:
    said = limpide(*command.split(), "--help")
    assert said.code == 0 and "Usage:" in said.out and "--help" in said.out


def test_an_unknown_command(limpide: Any) -> None:
    said = limpide("lba")
    assert said.code == 2 and "No such command 'lba'" in said.err


@pytest.mark.parametrize("module", ["limpide", "limpide.cli"])
def test_learning_is_not_imported_to_start(module: str) -> None:
    slow = {"limpide.nn", "limpide.train", "limpide.explain", "matplotlib"}
    program = f"import sys, {module}; print(sorted({slow} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_package_runs_as_a_module() -> None:
    done = subprocess.run([sys.executable, "-m", "limpide", "lab", "--list"], capture_output=True, text=True)
    assert done.returncode == 0 and "logistic" in done.stdout


# ------------------------------------------------------------------------------------------------- lab
@pytest.mark.parametrize("args", [("lab",), ("lab", "--list")])
def test_the_list_of_labs(limpide: Any, args: tuple[str, ...]) -> None:
    said = limpide(*args)
    assert said.code == 0
    assert all(name in said.out and english in said.out for name, (english, _) in LABS.items())


def test_the_list_of_labs_in_french(limpide: Any) -> None:
    said = limpide("lab", "--list", "--lang", "fr")
    assert said.code == 0 and all(french in said.out for _, french in LABS.values())


def test_the_help_of_the_labs_lists_them_in_order(limpide: Any) -> None:
    out = limpide("lab", "--help").out
    places = [out.index(f"│ {name} ") for name in LABS]
    assert places == sorted(places)


def test_an_unknown_lab(limpide: Any) -> None:
    said = limpide("lab", "logstic")
    assert said.code == 1
    assert said.err == "error: [lab] there is no lab 'logstic'\n  hint: did you mean 'logistic'?\n"
    assert "limpide lab --list" in limpide("lab", "xyz").err


def test_a_lab_runs_with_its_options(limpide: Any) -> None:
    said = limpide("lab", "linear-regression", "--epochs", "3", "--out", "there", "--lang", "fr")
    assert said.code == 0 and "Régression linéaire" in said.out
    assert Path("there/line.png").is_file()


# --------------------------------------------------------------------------------------------- explain
PROGRAM = """
import limpide as lp
x = lp.input("x", (None,))
f = lp.function([x], (x * x).sum(), name="energy")

@lp.compile
def never_called(x):
    return x

class Inside:
    g = f
"""


@pytest.fixture
def program() -> Path:
    Path("energy.py").write_text(PROGRAM)
    return Path("energy.py")


def test_a_lab_is_explained(limpide: Any) -> None:
    said = limpide("explain", "logistic", "--level", "2")
    assert said.code == 0 and "Formula" in said.out and "Graph" in said.out and "Kernels" not in said.out


@pytest.mark.parametrize("target", ["energy.py:f", "energy.py:Inside.g", "./energy.py:f"])
def test_a_function_of_a_file_is_explained(limpide: Any, program: Path, target: str) -> None:
    said = limpide("explain", target, "--level", "1")
    assert said.code == 0 and "energy(x) = sum_i x_i^2" in said.out


def test_a_page_of_any_name(limpide: Any, program: Path) -> None:
    said = limpide("explain", "energy.py:f", "--html", "energy.page", "--level", "3")
    assert (said.code, said.out) == (0, "written: energy.page\n")
    assert Path("energy.page").read_text("utf-8").startswith("<!DOCTYPE html>")
    assert "cannot be written" in limpide("explain", "energy.py:f", "--html", "no/where").err


def test_a_model_is_explained_by_the_shapes_of_its_inputs(limpide: Any, program: Path) -> None:
    Path("model.py").write_text("from limpide import nn\nnet = nn.Sequential(nn.ReLU(), nn.Tanh())\n")
    said = limpide("explain", "model.py:net", "--shape", "2,3", "--level", "1")
    assert "Sequential(x float32(2, 3))" in said.out and "tanh(relu(x))" in said.out
    assert "the inputs of Sequential are not known" in limpide("explain", "model.py:net").err
    assert "--shape a is not a shape" in limpide("explain", "model.py:net", "--shape", "a").err


def test_a_function_of_a_module_is_explained(limpide: Any) -> None:
    Path("power_module.py").write_text(PROGRAM)
    assert "energy(x) = sum_i x_i^2" in limpide("explain", "power_module:f").out


def test_a_report_is_saved(limpide: Any, program: Path) -> None:
    said = limpide("explain", "energy.py:f", "--save", "energy.html")
    assert (said.code, said.out) == (0, "written: energy.html\n")
    assert "</html>" in Path("energy.html").read_text()
    assert "cannot be written" in limpide("explain", "energy.py:f", "--save", "no/where.html").err


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("logstic", "[lab] there is no lab 'logstic'\n  hint: did you mean 'logistic'?"),
        ("energy.py", "[explain] which function of energy.py?\n  hint: energy.py:NAME"),
        ("absent.py:f", "[explain] there is no file absent.py"),
        ("energy.py:ff", "[explain] energy.py has no 'ff'\n  hint: did you mean 'f'?"),
        ("energy.py:lp", "have no graph"),
        ("energy.py:never_called", "has not been called yet"),
        ("absent:f", "[explain] there is no module 'absent'"),
        ("broken.py:f", "[explain] ZeroDivisionError: division by zero\n  built at broken.py:2: 1 / 0"),
        ("wrong.py:f", "[explain] SyntaxError"),
    ],
)
def test_what_cannot_be_explained(limpide: Any, program: Path, target: str, expected: str) -> None:
    Path("broken.py").write_text("f = 1\n1 / 0\n")
    Path("wrong.py").write_text("f = (\n")
    said = limpide("explain", target)
    assert said.code == 1 and expected in said.err and "Traceback" not in said.err


# ---------------------------------------------------------------------------------------------- doctor
def test_doctor_tells_what_there_is(limpide: Any) -> None:
    said = limpide("doctor")
    assert said.code == (1 if "!!" in said.out else 0)
    for word in ("limpide", "CPU", "threads", "compilers", "cache", "trial", "extras", "MNIST", "matplotlib"):
        assert word in said.out


@pytest.fixture
def no_compiler(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(toolchain, "_candidates", lambda: iter([("gcc", (), "gcc is not on the PATH")]))
    toolchain.forget()
    yield
    monkeypatch.undo()
    toolchain.forget()


def test_doctor_finds_that_there_is_no_compiler(limpide: Any, no_compiler: Any) -> None:
    said = limpide("doctor")
    assert said.code == 1
    assert "gcc is not on the PATH" in said.out
    assert "no C compiler works" in said.out and "limpide[cc]" in said.out


def test_doctor_finds_a_cache_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "is_temporary", lambda: True)
    (finding,) = examination.compile_cache()
    assert finding.ok is False and "cannot be used" in finding.what


def test_doctor_looks_for_digits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "none"))
    monkeypatch.setenv("LIMPIDE_DATA", str(tmp_path))
    assert "5,000 digits" in examination.digits().what
    (tmp_path / "train-images-idx3-ubyte").write_bytes(b"")
    assert examination.digits().ok is False
    for name in examination.FILES:
        (tmp_path / name).write_bytes(b"")
    assert examination.digits().ok is True


# ----------------------------------------------------------------------------------------------- bench
def test_the_benchmarks_have_help_and_errors_of_their_own(limpide: Any) -> None:
    said = limpide("bench", "--help")
    assert said.code == 0 and "limpide bench" in said.out and "--peers" in said.out
    said = limpide("bench", "W99")
    assert said.code == 1 and "[bench] there is no workload 'W99'" in said.err
    assert limpide("bench", "--nonsense").code == 2


# ------------------------------------------------------------------------------------------------ data
def test_the_download_tells_where_the_digits_are(limpide: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch(folder: Path, progress: Any) -> Path:
        for done in (0, 50, 100):
            progress("train-images-idx3-ubyte.gz", done, 100)
        return folder

    digits = (np.zeros((6, 28, 28), np.uint8), np.zeros(6, np.uint8))
    monkeypatch.setattr(lp.data, "download_mnist", fetch)
    monkeypatch.setattr(lp.data, "mnist", lambda folder: (digits, digits))
    said = limpide("data", "mnist", "--to", "here")
    assert said.code == 0 and "6 + 6 digits in here\n" in said.out


def test_a_download_that_fails(limpide: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> Path:
        raise DataError("download_mnist", "no connection", hint="is this machine online?")

    monkeypatch.setattr(lp.data, "download_mnist", fail)
    said = limpide("data", "mnist")
    assert said.code == 1
    assert "error: [download_mnist] no connection\n  hint: is this machine online?\n" in said.err


def test_a_download_that_is_stopped(limpide: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: Any) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr(lp.data, "download_mnist", stop)
    said = limpide("data", "mnist")
    assert said.code == 130 and "stopped by Ctrl-C" in said.err
