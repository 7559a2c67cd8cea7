"""The pages: what is written; and, where there is a browser, that they record, train, give sound back."""

from __future__ import annotations

import importlib
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from limpide.cli import app
from limpide.errors import ArgumentError
from limpide.export import pages, wasm
from limpide.labs.kit import sound
from limpide.labs.kit.shell import run
from limpide.labs.pages import PAGES, audio, digits, write

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
WORDS = re.compile(r"""(?:^\s*|, )(?:"([\w-]+)"|([\w]+)): "(?=.)""", re.MULTILINE)

compiled = pytest.mark.skipif(wasm.find() is None, reason="no compiler for WebAssembly")


@pytest.fixture(scope="module")
def audio_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("audio")
    done = audio.write(folder, codes=(10,), deeper=((),))
    assert all(path.is_file() for path in done.files)
    return folder


@compiled
def test_what_a_page_is_made_of(audio_page: Path) -> None:
    names = {path.name for path in audio_page.iterdir()}
    assert {
        "index.html",
        "main.js",
        "worker.js",
        "style.css",
        "audio_10_1.wasm",
        "sample.wav",
        "sw.js",
    } <= names
    kept = json.loads(re.search(r"FILES = (\[.*?\])", (audio_page / "sw.js").read_text())[1])
    assert set(kept) == {"./"} | {f"./{n}" for n in names if not n.endswith(".d.ts") and n != "sw.js"}
    assert '"code": 10' in (audio_page / "variants.js").read_text()
    again = pages.service_worker("audio", [p for p in audio_page.iterdir() if p.name != "sw.js"])
    assert again == (audio_page / "sw.js").read_text()
    (audio_page / "extra.txt").write_text("new")
    other = pages.service_worker("audio", [p for p in audio_page.iterdir() if p.name != "sw.js"])
    assert re.search("VERSION = .*", other)[0] != re.search("VERSION = .*", again)[0]
    (audio_page / "extra.txt").unlink()


@pytest.mark.parametrize("name", PAGES)
def test_both_languages_have_every_word(name: str) -> None:
    folder = pages.WEB / name
    english, french = (folder / "texts.js").read_text("utf-8").split("  fr: {")
    words = [[next(filter(None, found)) for found in WORDS.findall(part)] for part in (english, french)]
    assert len(words[0]) > 20 and words[0] == words[1]
    used = set(re.findall(r'data-(?:text|label)="([\w-]+)"', (folder / "index.html").read_text("utf-8")))
    code = "".join((folder / file).read_text("utf-8") for file in ("main.js",))
    used |= set(re.findall(r'\btext\("([\w-]+)"', code)) | set(re.findall(r'"(error-[\w-]+)"', code))
    assert used <= set(words[0]), used - set(words[0])


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_fetched_from_elsewhere(name: str) -> None:
    for path in [*(pages.WEB / name).iterdir(), *(pages.WEB / pages.COMMON).iterdir()]:
        addresses = re.findall(r"https?://[^\s\"'<>)]+", path.read_text("utf-8"))
        assert set(addresses) <= {"http://www.w3.org/2000/svg"}, path
        assert len(path.read_text("utf-8")) < 20_000, path


def test_scripts_are_javascript() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node")
    for path in pages.WEB.rglob("*.js"):
        if path.name == "module.js":
            continue
        kind = "commonjs" if path.name == "sw.js" else "module"
        words = [node, f"--input-type={kind}", "--check"]
        done = subprocess.run(words, input=path.read_bytes(), capture_output=True)
        assert done.returncode == 0, (path, done.stderr)


@compiled
def test_the_trainer_begins_with_weights_of_the_seed(audio_page: Path) -> None:
    """The functions of the page, run here: the loss falls, and what comes back resembles the sound."""
    import limpide as lp

    trainer = audio.Trainer((), 10)
    samples = sound.vowels(4).astype(np.float32) / 32000
    frames, order = samples.reshape(400, 160), np.arange(400, dtype=np.int32)
    begin, epoch = lp.compile(trainer.begin), lp.compile(trainer.epoch)
    begin(np.uint64(5))
    weight = trainer.model[0].weight.numpy().copy()
    assert np.std(weight) == pytest.approx(np.sqrt(2 / 160), rel=0.1)
    losses = [float(epoch(frames, order)["loss"]) for _ in range(30)]
    assert losses[-1] < 0.75 * losses[0]
    begin(np.uint64(5))
    assert float(epoch(frames, order)["loss"]) == losses[0]


PICTURES = """
import { inkOf, normalised, varied } from "PLACE";
const side = 100, ink = new Float32Array(side * side);
for (let y = 20; y < 80; y++) for (let x = 60; x < 66; x++) ink[y * side + x] = 255;
const small = normalised(ink, side, side);
const rows = Array.from({ length: 28 }, (_, y) => small.slice(28 * y, 28 * y + 28).some((v) => v > 100));
const mass = small.reduce((sum, v, i) => sum + v * (i % 28), 0) / small.reduce((sum, v) => sum + v, 0);
const photo = new Uint8ClampedArray(4 * 64).fill(250);
photo.set([10, 10, 10, 255], 4 * 27);
const other = varied(small, () => 0), moved = varied(small, () => 1);
console.log(JSON.stringify({
  tall: rows.filter(Boolean).length, mass, empty: normalised(new Float32Array(9), 3, 3),
  inked: [...inkOf(photo, 8, 8)].map((v) => Math.round(v)).filter(Boolean),
  blank: inkOf(new Uint8ClampedArray(64), 4, 4).some(Boolean),
  same: other.every((v, i) => v === small[i]), differs: moved.some((v, i) => v !== small[i]),
}));
"""


def test_drawings_become_what_the_network_knows() -> None:
    if shutil.which("node") is None:
        pytest.skip("no node")
    program = PICTURES.replace("PLACE", (pages.WEB / "digits" / "picture.js").as_uri())
    words = ["node", "--input-type=module", "-e", program]
    found = json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)
    assert found["tall"] == 20 and found["mass"] == pytest.approx(13.5, abs=0.6)
    assert found["empty"] is None and not found["blank"] and found["inked"] == [255]
    assert found["same"] and found["differs"]


def test_samples_have_every_class() -> None:
    from limpide.labs.kit.digits import prepare

    labels = np.arange(1000, dtype=np.uint8) % 10
    images = np.random.default_rng(0).integers(0, 255, (1000, 28, 28)).astype(np.uint8)
    kept = np.frombuffer(digits.samples(prepare(images, labels)), np.uint8)
    count = len(kept) // 785
    assert len(kept) == 785 * count
    assert (np.bincount(kept[:count]) == digits.EACH).all()
    at = int(np.flatnonzero((images.reshape(1000, -1) == kept[count : count + 784]).all(1))[0])
    assert labels[at] == kept[0]


def test_wrong_pages(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="the lab 'tour' has no page"):
        write("tour", tmp_path)
    assert run(app, ["export", "lab:audio"]) == 1
    assert "lab:audio is a page" in capsys.readouterr().err
    assert run(app, ["export", "lab:audio", "--web", str(tmp_path), "--epochs", "3"]) == 1
    assert "the page of 'audio' has no option epochs" in capsys.readouterr().err


@compiled
@pytest.mark.slow
def test_in_a_browser(audio_page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Record with a fake microphone, train, hear it again; train on while the next sound is recorded."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    used: Any = importlib.import_module("pages")
    command = importlib.import_module("browser").program_of_a_browser()
    if command is None:
        pytest.skip("no chromium")
    voice = tmp_path / "voice.wav"
    used.write_wav(voice, sound.vowels(6, 48000, seed=3), 48000)
    with used.served(audio_page) as (url, stop), used.browsing(command, voice) as chromium:
        used.agree_audio(chromium, url)
        used.record_and_learn(chromium, url)
        used.offline(chromium, url, stop)
