"""What the labs share: lessons, Ctrl-C, files, tables, errors."""

from __future__ import annotations

import importlib.util
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from limpide.errors import DataError, LimpideError, MissingExtraError
from limpide.labs.kit import pictures, table
from limpide.labs.kit.lesson import COMMON, Lesson
from limpide.labs.kit.options import Language, locale_language
from limpide.labs.kit.shell import command, run

TEXTS = {"title": ("A title", "Un titre"), "two": ("{n} words", "{n} mots ; fin")}


# ----------------------------------------------------------------------------------------------- words
@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, "en"),
        ({"LANG": "fr_FR.UTF-8"}, "fr"),
        ({"LANG": "fr_FR.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "en_GB", "LC_MESSAGES": "fr_CA"}, "fr"),
        ({"LANG": "de_DE"}, "en"),
    ],
)
def test_the_language_is_that_of_the_locale(
    settings: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    assert locale_language() == expected


def test_french_keeps_its_punctuation_on_the_line(capsys: pytest.CaptureFixture[str]) -> None:
    lesson = Lesson("one", TEXTS, Language.fr)
    assert lesson.text("two", n=2) == "2 mots\u00a0; fin"
    lesson.console.width = 7
    lesson.say("two", n=2)
    assert capsys.readouterr().out == "2\nmots\u00a0;\nfin\n"


def test_common_texts_have_the_same_places_in_both_languages() -> None:
    for english, french in COMMON.values():
        assert english.count("{") == french.count("{")


def test_what_is_shown_is_neither_cut_nor_marked_up(capsys: pytest.CaptureFixture[str]) -> None:
    line = "x[i] = [bold]" + 200 * "y"
    Lesson("one", TEXTS).show(line)
    assert capsys.readouterr().out == f"    {line}\n"


# ---------------------------------------------------------------------------------------------- Ctrl-C
def lesson_stopped_after(epochs: int, steps: list[int], results: list[str]) -> None:
    with Lesson("one", TEXTS) as lesson:
        with lesson.training(5) as training:
            for epoch in training:
                if epoch > epochs:
                    raise KeyboardInterrupt
                steps.append(epoch)
        results.append("shown")
        lesson.save("state", {"steps": np.array(steps)})


def test_a_stopped_training_still_shows_its_results(capsys: pytest.CaptureFixture[str]) -> None:
    steps: list[int] = []
    results: list[str] = []
    assert run(command(lambda: lesson_stopped_after(2, steps, results), "one"), []) == 130
    assert steps == [1, 2] and results == ["shown"]
    said = capsys.readouterr()
    assert "Stopped after 2 of 5 epochs" in said.out and "state.npz" in said.out
    assert "stopped by Ctrl-C" in said.err
    assert np.load("limpide-out/one/state.npz")["steps"].tolist() == [1, 2]


def test_a_training_stopped_at_once_has_no_results(capsys: pytest.CaptureFixture[str]) -> None:
    results: list[str] = []
    assert run(command(lambda: lesson_stopped_after(0, [], results), "one"), []) == 130
    assert results == []
    assert "Stopped before the first epoch was over." in capsys.readouterr().out


def test_a_stopped_fit_still_shows_its_results() -> None:
    class Model:
        class history:
            epoch = (0, 1, 2)

    lesson = Lesson("one", TEXTS)
    with lesson.fitting(Model(), 9):  # type: ignore[arg-type]
        raise KeyboardInterrupt
    assert lesson.interrupted
    Model.history.epoch = ()  # type: ignore[assignment]
    with pytest.raises(KeyboardInterrupt), lesson.fitting(Model(), 9):  # type: ignore[arg-type]
        raise KeyboardInterrupt


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to a child")
def test_ctrl_c_from_the_terminal(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-u", "-m", "limpide.labs.mlp", "--epochs", "100000", "--out", str(tmp_path)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert child.stdout is not None
    for line in child.stdout:
        if line.startswith("epoch      2"):
            break
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=60)
    assert child.returncode == 130, err
    assert "Stopped after" in out and "stopped by Ctrl-C" in err and "Traceback" not in err
    assert (tmp_path / "weights.npz").is_file() and (tmp_path / "accuracy.png").is_file()


# ---------------------------------------------------------------------------------------------- errors
def test_a_folder_that_cannot_be_written() -> None:
    Path("file").write_text("")
    lesson = Lesson("one", TEXTS, out=Path("file"))
    with pytest.raises(DataError, match="cannot be written") as caught:
        lesson.save("state", {})
    assert "--out" in str(caught.value)


def test_without_matplotlib_a_lab_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError) as caught:
        Lesson("one", TEXTS)
    assert str(caught.value) == (
        "[import] drawing a picture needs the package 'matplotlib', which is not installed\n"
        "  hint: pip install 'limpide[labs]'"
    )


def fail(error: Exception) -> Any:
    def main() -> None:
        raise error

    return command(main, "main")


def test_errors_are_one_message(capsys: pytest.CaptureFixture[str]) -> None:
    error = LimpideError("op", "[red]what", where=("file.py", 3), hint="do this")
    assert run(fail(error), []) == 1
    said = "error: [op] [red]what\n  built at file.py:3\n  hint: do this\n"
    assert capsys.readouterr().err == said


def test_lines_of_limpide_are_not_told(capsys: pytest.CaptureFixture[str]) -> None:
    error = LimpideError("op", "what")
    error.at = (str(Path(table.__file__)), 1)
    assert run(fail(error), []) == 1
    assert capsys.readouterr().err == "error: [op] what\n"


def test_errors_have_a_traceback_where_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIMPIDE_TRACEBACK", "full")
    with pytest.raises(LimpideError):
        run(fail(LimpideError("op", "what")), [])


def test_other_errors_are_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        run(fail(ZeroDivisionError()), [])


def test_exit_codes() -> None:
    assert run(fail(typer.Exit(7)), []) == 7
    assert run(fail(KeyboardInterrupt()), []) == 130  # type: ignore[arg-type]
    assert run(fail(typer.Exit()), ["--nonsense"]) == 2


# ---------------------------------------------------------------------------------------------- tables
def test_a_table_is_read(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("# x, y\n1, 2\n\n3,4e1\n")
    read = table.read(tmp_path / "t.csv", ("x", "y"))
    assert read.tolist() == [[1, 2], [3, 40]] and read.dtype == np.float32


@pytest.mark.parametrize(
    "content", ["", "1\n", "1,2,3\n", "1,2\n3\n", "a,b\n", "1,nan\n", "1,1e99\n", "1;2\n"]
)
def test_a_table_that_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "t.csv").write_text(content)
    with pytest.raises(DataError):
        table.read(tmp_path / "t.csv", ("x", "y"))


@given(st.binary(max_size=60) | st.text("0123456789.,-e#\n ", max_size=60).map(str.encode))
def test_any_file_is_a_table_or_an_error(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzz.csv"
    path.write_bytes(content)
    try:
        read = table.read(path, ("x", "y"))
    except DataError:
        return
    assert read.shape[1] == 2 and len(read) and np.isfinite(read).all()


# -------------------------------------------------------------------------------------------- pictures
def test_a_mosaic_has_room_for_every_image(tmp_path: Path) -> None:
    images = np.zeros((7, 28, 28), np.uint8)
    images[6] = 255
    figure = pictures.mosaic(images, 5, "seven")
    sheet = figure.axes[0].images[0].get_array()
    assert sheet.shape == (2 * 28, 5 * 28)
    assert (sheet == 255).sum() == 28 * 28 and sheet[28:, 28:56].min() == 255
