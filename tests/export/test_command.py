"""`limpide export`."""

from __future__ import annotations

from pathlib import Path

import pytest

from limpide.cli import app
from limpide.cli.export import array_of
from limpide.errors import ArgumentError
from limpide.labs.kit.shell import run

SCRIPT = """
import limpide as lp

model = lp.nn.Sequential(lp.nn.Linear(4, 2))
model.compile("sgd", "cross_entropy")
x = lp.input("x", (3,))
f = lp.function([x], lp.exp(x))
both = {"one": f, "two": f}
number = 3
"""


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "net.py").write_text(SCRIPT)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_model(script: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = "export net.py:model --input 5x4 --labels 5:uint8 --train --rows 1 --weights beside --out there"
    assert run(app, words.split()) == 0
    said = capsys.readouterr().out
    assert "there/model.weights: 48 bytes" in said and "static memory: " in said
    assert (
        "int model_train(const float *x, const uint8_t *y, float *loss);" in Path("there/model.h").read_text()
    )


def test_functions(script: Path) -> None:
    assert run(app, ["export", "net.py:f", "--name", "g"]) == 0
    assert Path("g/g.c").is_file()
    assert run(app, ["export", "net.py:both"]) == 0
    assert "both_two(" in Path("both/both.h").read_text()


def test_weights_of_a_file(script: Path) -> None:
    import runpy

    runpy.run_path("net.py")["model"].save("other.safetensors")
    words = ["export", "net.py:model", "--input", "1x4"]
    assert run(app, [*words, "--load", "other.safetensors"]) == 0
    assert run(app, ["export", "net.py:f", "--load", "other.safetensors"]) == 1


@pytest.mark.parametrize(
    "words, what",
    [
        ("net.py", "[export] 'net.py' names nothing"),
        ("net.py:absent", "[export] net.py has no 'absent'"),
        ("gone.py:model", "[export] there is no file gone.py"),
        ("net.py:model", "[export] the size of the inputs is not known"),
        ("net.py:model --input 3y", "[export] '3y' is no SIZES[:DTYPE]"),
        ("net.py:model --input 1x4 --out net.py", "[export] net.py cannot be written: File exists"),
        ("net.py:number", "[export] 3 is no function"),
    ],
)
def test_errors(script: Path, words: str, what: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(app, ["export", *words.split()]) == 1
    assert capsys.readouterr().err.startswith(f"error: {what}")


def test_sizes() -> None:
    assert array_of("2x3").dtype == "float32" and array_of(":int64").shape == ()
    with pytest.raises(ArgumentError, match="no SIZES"):
        array_of("x")


def test_onnx(script: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Out with a batch of any size, and in again where a model is expected."""
    pytest.importorskip("onnx")
    assert run(app, ["export", "net.py:model", "--input", "5x4", "--onnx", "net.onnx"]) == 0
    assert "written: net.onnx, 1 operators, " in capsys.readouterr().out
    assert run(app, ["export", "net.onnx", "--input", "2x4"]) == 0
    assert "int net_predict(const float *x," in Path("net/net.h").read_text()
    assert run(app, ["explain", "net.onnx", "--level", "1"]) == 0
    assert "output = x @ 0.weight + 0.bias" in capsys.readouterr().out
    assert run(app, ["export", "net.py:f", "--onnx", "f.onnx"]) == 0
    Path("bad.onnx").write_bytes(b"nothing")
    assert run(app, ["export", "bad.onnx"]) == 1
    assert "is no whole ONNX model" in capsys.readouterr().err
