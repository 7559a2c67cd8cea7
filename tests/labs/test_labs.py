"""Every lab runs, in both languages, and writes what it says."""

from __future__ import annotations

import re
import string
import subprocess
import sys
import types
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest

from limpide.data import audio
from limpide.labs import LABS, load
from limpide.labs.kit import sound
from limpide.labs.kit.shell import command, run

OF_THE_KIT = {"title", "training"}  # keys that the kit asks for
DATA_LABS = (
    "binary",
    "logistic",
    "mlp",
    "lenet",
    "anomaly",
    "pretrained",
    "init",
    "gradients",
    "regularisation",
)
PICTURES = {
    "tour": {"descent"},
    "linear-regression": {"line", "descent"},
    "perceptron": {"boundaries", "mistakes"},
    "binary": {"weights", "answers"},
    "logistic": {"digits", "accuracy", "weights"},
    "mlp": {"accuracy", "neurons", "mistakes"},
    "lenet": {"accuracy", "mistakes", "filters", "filters2", "maps"},
    "audio": {"sound", "one_frame", "loss", "regenerated", "rates"},
    "anomaly": {"roc", "scores", "worst", "overlooked_ones", "alarms"},
    "pretrained": {"accuracy"},
    "init": {"signals", "curves"},
    "gradients": {"flow", "curves"},
    "regularisation": {"losses", "accuracy"},
}


def run_lab(name: str, *args: str) -> int:
    return run(command(load(name).main, name), args)


def test_the_table_of_labs_names_the_files_there_are() -> None:
    folder = Path(load("tour").__file__).parent
    files = {path.stem.replace("_", "-") for path in folder.glob("*.py")} - {"--init--"}
    assert files == set(LABS) == set(PICTURES)


@pytest.mark.parametrize("name", LABS)
def test_a_lab_runs_and_writes_its_pictures(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_lab(name, "--epochs", "2", "--out", "here") == 0
    said = capsys.readouterr().out
    assert load(name).TEXTS["title"][0] in said
    assert "━" in said  # a table
    assert "Written: here/" in said
    files = {path.name for path in Path("here").iterdir()}
    assert {f"{picture}.png" for picture in PICTURES[name]} <= files
    assert all(file in said for file in files)
    for path in Path("here").glob("*.png"):
        pixels = matplotlib.image.imread(path)
        assert min(pixels.shape[:2]) > 150 and np.unique(pixels).size > 10, path


@pytest.mark.parametrize("name", LABS)
def test_a_lab_speaks_french(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_lab(name, "--epochs", "1", "--lang", "fr") == 0
    said = capsys.readouterr().out
    english, french = load(name).TEXTS["title"]
    assert french in said and (english == french or english not in said)
    assert f"Écrit\u00a0: limpide-out/{name}/" in said


@pytest.mark.parametrize("name", LABS)
def test_texts_say_the_same_in_both_languages(name: str) -> None:
    module = load(name)
    source = Path(module.__file__).read_text("utf-8")
    code = source[: source.index("TEXTS: Texts")]
    for key, (english, french) in module.TEXTS.items():
        assert places(english) == places(french), key
        assert english.strip() == english and french.strip() == french, key
        stem = re.sub(r"_(text|value|curve)$", "", key)
        assert f'"{key}"' in code or f'"{stem}"' in code or key in OF_THE_KIT, f"{key} is not used"


def places(text: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(text) if field}


@pytest.mark.parametrize("name", LABS)
def test_a_lab_can_be_explained(name: str) -> None:
    report = str(load(name).explained(2))
    assert "Formula\n-------\n" in report and "Graph\n-----\n" in report
    assert "C\n-\n" not in report


@pytest.mark.parametrize("name", DATA_LABS)
def test_a_folder_without_digits_is_an_error(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_lab(name, "--data", "nowhere") == 1
    assert "error: [mnist] no MNIST files in the folder nowhere" in capsys.readouterr().err


@pytest.mark.parametrize("name", LABS)
def test_zero_epochs_are_wrong_usage(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_lab(name, "--epochs", "0") == 2
    assert "--epochs" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["logistic", "binary"])
def test_the_same_seed_gives_the_same_weights(name: str) -> None:
    for out in ("one", "two"):
        assert run_lab(name, "--epochs", "2", "--seed", "3", "--out", out) == 0
    one, two = (np.load(f"{out}/weights.npz") for out in ("one", "two"))
    assert one.files and all(np.array_equal(one[key], two[key]) for key in one.files)


def test_lenet_shows_what_it_changes() -> None:
    assert run_lab("lenet", "--epochs", "1", "--dropout", "--augment", "--out", "here") == 0
    assert Path("here/augmented.png").is_file()


def test_the_audio_lab_reads_a_file_and_a_microphone(monkeypatch: pytest.MonkeyPatch) -> None:
    audio.write("voice.wav", np.stack([sound.vowels(1.0)] * 2, axis=1), 16000)
    assert run_lab("audio", "--wav", "voice.wav", "--epochs", "1", "--out", "file") == 0
    calls: list[int] = []

    def rec(n: int, rate: int, channels: int, dtype: str) -> np.ndarray:
        calls.append(n)
        return sound.vowels(n / rate, rate)[:, None]

    fake = types.SimpleNamespace(rec=rec, wait=lambda: None, PortAudioError=OSError)
    monkeypatch.setitem(sys.modules, "sounddevice", fake)  # type: ignore[arg-type]
    assert run_lab("audio", "--microphone", "--seconds", "1", "--epochs", "1", "--out", "voice") == 0
    assert calls == [16000, 8000, 8000, 8000]
    for folder in ("file", "voice"):
        heard, rate = audio.read(f"{folder}/sound.wav", dtype="int16")
        regenerated, _ = audio.read(f"{folder}/regenerated.wav")
        assert rate == 16000 and len(heard) == len(regenerated) == 16000
        np.testing.assert_array_equal(heard, sound.vowels(1.0))


def test_a_lab_runs_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "limpide.labs.linear_regression", "--epochs", "1"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert Path("limpide-out/linear-regression/line.png").is_file()
