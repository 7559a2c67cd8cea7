"""Use the exported pages in a headless browser as a person would, and keep pictures of them.

    python benchmarks/pages.py OUT [audio digits]

Needs chromium or google-chrome, and a compiler for WebAssembly. The fake microphone hears a synthesised
voice. Fails where a page does not do what it should.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import threading
import time
import wave
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from browser import Browser, program_of_a_browser

from limpide.cli.serve import server
from limpide.export import wasm
from limpide.labs.kit import sound
from limpide.labs.pages import audio, write

PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
DECIBELS = {1: 2.5, 2: 6.0}  # of what comes back after the training below, by layers
READY = "document.querySelector('#language').textContent !== ''"  # the page's program has begun


def text(selector: str) -> str:
    return f"document.querySelector({json.dumps(selector)}).textContent"


def click(chromium: Browser, selector: str) -> None:
    chromium.evaluate(f"document.querySelector({json.dumps(selector)}).click()")


def write_wav(path: Path, samples: Any, rate: int) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """The address of a server of a folder, and how it is stopped."""
    running = server(folder, "127.0.0.1", 0)
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()

    def stop() -> None:
        if thread.is_alive():
            running.shutdown()
            thread.join()
            running.server_close()

    try:
        yield f"http://localhost:{running.server_address[1]}/index.html", stop
    finally:
        stop()


@contextmanager
def browsing(command: str, voice: Path | None = None, flags: Sequence[str] = ()) -> Iterator[Browser]:
    """A browser; its microphone hears a file."""
    flags = [*flags, "--autoplay-policy=no-user-gesture-required"]
    if voice is not None:
        heard = f"--use-file-for-fake-audio-capture={voice}"
        flags += ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", heard]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        chromium = Browser(command, profile, flags)
        try:
            chromium.call("DOM.enable")
            yield chromium
        finally:
            chromium.close()


def pictures(chromium: Browser, url: str, out: Path, name: str, prepare: Callable[[], None]) -> None:
    """The page on a phone, in both languages and both colour schemes, and once on a wide screen."""
    for lang in ("en", "fr"):
        for scheme in ("light", "dark"):
            media = [{"name": "prefers-color-scheme", "value": scheme}]
            chromium.call("Emulation.setEmulatedMedia", features=media)
            chromium.call("Emulation.setDeviceMetricsOverride", **PHONE)
            chromium.open(f"{url}?lang={lang}")
            chromium.wait(READY)
            prepare()
            chromium.picture(out / f"{name}-{lang}-{scheme}.png", whole=True)
            wide = chromium.evaluate("document.documentElement.scrollWidth")
            assert wide <= PHONE["width"], f"{name} is {wide} pixels wide on a phone"
    chromium.call("Emulation.clearDeviceMetricsOverride")
    time.sleep(0.3)
    chromium.picture(out / f"{name}-wide.png", whole=True)


def give_file(chromium: Browser, path: Path) -> None:
    root = chromium.call("DOM.getDocument")["root"]["nodeId"]
    node = chromium.call("DOM.querySelector", nodeId=root, selector="#file")["nodeId"]
    chromium.call("DOM.setFileInputFiles", nodeId=node, files=[str(path)])


WRONG_MESSAGES = """new Promise((done) => {
  const worker = new Worker("./worker.js", { type: "module" });
  const wrong = [null, 3, "train", {}, { kind: "constructor" }, { kind: "train", on: 1 }, ...MORE];
  const said = [];
  worker.onmessage = ({ data }) => { if (said.push(data.kind) === wrong.length) done(said.join()); };
  for (const message of wrong) worker.postMessage(message);
})"""


def refuse(chromium: Browser, more: str, count: int) -> None:
    """A worker answers every wrong message with an error, and lives on."""
    answers = chromium.evaluate(WRONG_MESSAGES.replace("...MORE", more))
    assert answers == ",".join(["error"] * count), answers


# ------------------------------------------------------------------------------------------------- audio
def check_audio(command: str, folder: Path, out: Path) -> None:
    with tempfile.TemporaryDirectory() as place:
        voice = Path(place) / "voice.wav"
        write_wav(voice, sound.vowels(6, 48000, seed=3), 48000)
        bad = {"error-file": Path(place) / "noise.wav", "error-silent": Path(place) / "silence.wav"}
        bad["error-file"].write_bytes(b"RIFF\xff\xff\xff\xffWAVEfmt " + bytes(range(256)))
        write_wav(bad["error-silent"], np.zeros(16000), 16000)
        short = Path(place) / "short.wav"
        write_wav(short, sound.vowels(0.005, 16000), 16000)
        bad["error-short"] = short
        with served(folder) as (url, stop), browsing(command, voice) as chromium:
            agree_audio(chromium, url)
            record_and_learn(chromium, url)
            other_networks(chromium)
            for key, path in bad.items():
                give_file(chromium, path)
                said = chromium.evaluate(f"import('./texts.js').then((m) => m.TEXTS.en['{key}'])")
                words = said.replace("{name}", path.name)
                chromium.wait(f"{text('#sound-error')} === {json.dumps(words)}")
            give_file(chromium, voice)
            chromium.wait(f"{text('#sound-error')} === '' && {text('#about-sound')}.startsWith('File: 4 s')")
            more = (
                '{kind: "network", variant: "x"}, {kind: "sound", samples: [1]}, {kind: "rate", rate: NaN},'
            )
            refuse(chromium, more + ' {kind: "sound", samples: new Float32Array(161)}', 10)
            pictures(chromium, url, out, "audio", lambda: shown_audio(chromium))
            offline(chromium, url, stop)
            click(chromium, "#sample")
            chromium.wait("!document.querySelector('#train').disabled")
            learn(chromium, 30)
        for flags, said in ((["--use-fake-device-for-media-stream"], "refused"), ([], "missing")):
            with served(folder) as (url, _), browsing(command, flags=flags) as chromium:
                without_microphone(chromium, url, said)


def agree_audio(chromium: Browser, url: str) -> None:
    """The module trains in the browser as the functions do here."""
    chromium.open(f"{url}?lang=en")
    chromium.wait(READY)
    ours = audio.Trainer((), 10)
    frames = np.sin(np.arange(64000) * 0.11).astype(np.float32).reshape(400, 160)
    order = np.arange(400, dtype=np.int32)[::-1].copy()
    import limpide as lp

    begin, epoch = lp.compile(ours.begin), lp.compile(ours.epoch)
    begin(np.uint64(7))
    expected = [float(epoch(frames, order)["loss"]) for _ in range(5)]
    found = chromium.evaluate("""import("./audio_10_1.js").then(async ({ load }) => {
      const all = [];
      for (const simd of [true, false]) {
        const net = await load({ simd });
        net.begin({ seed: 7 });
        net.state.lr[0] = 0.002;
        const frames = Float32Array.from({ length: 64000 }, (_, i) => Math.sin(i * 0.11));
        const order = Array.from({ length: 400 }, (_, i) => 399 - i);
        all.push(Array.from({ length: 5 }, () => net.epoch({ frames, order }).loss));
      }
      return all;
    })""")
    for losses in found:
        np.testing.assert_allclose(losses, expected, rtol=1e-3)
    apart = np.abs(np.array(found) / expected - 1).max()
    print(f"audio: losses of 5 epochs agree with the native ones to {apart:.1e}")


def record_and_learn(chromium: Browser, url: str) -> None:
    chromium.open(f"{url}?lang=en")
    chromium.wait(READY)
    assert chromium.evaluate("document.querySelector('#train').disabled")
    click(chromium, "#record")
    chromium.wait(f"{text('#about-sound')}.startsWith('Your recording: 4 s')", 30)
    first, last, decibels = learn(chromium, 150)
    print(f"audio: the loss falls from {first:.2f} to {last:.3f}; {decibels:.1f} dB")
    layers = int(chromium.evaluate("document.querySelector('#layers input:checked').value"))
    assert last < first and decibels > DECIBELS[layers], (first, last, decibels)
    before = epochs(chromium)
    click(chromium, "#record")  # the training goes on meanwhile
    chromium.wait(f"{text('#record')}.startsWith('●')")
    chromium.wait(f"{text('#record')} === 'Record'", 30)
    assert epochs(chromium) > before + 20, "the training stood still while the next sound was recorded"
    click(chromium, "#train")


def other_networks(chromium: Browser) -> None:
    """Another code, another depth, another rate; and from the beginning again."""
    click(chromium, "#codes label:nth-child(4) input")
    click(chromium, "#layers label:nth-child(3) input")
    chromium.wait(f"{text('#about-network')}.startsWith('160 – 128 – 64 – 40')")
    learn(chromium, 8)
    click(chromium, "#rates label:nth-child(1) input")
    click(chromium, "#train")
    click(chromium, "#again")
    chromium.wait(f"{text('#epochs')} === '0'")


def epochs(chromium: Browser) -> int:
    return int(chromium.evaluate(f"{text('#epochs')}.replace(/\\D/g, '')"))


def learn(chromium: Browser, wanted: int) -> tuple[float, float, float]:
    """Train so many epochs; the first error that is shown, the last one, and decibels."""
    click(chromium, "#train")
    chromium.wait(f"{text('#error')} !== '–'")
    first = float(chromium.evaluate(text("#error")).replace(",", ""))
    chromium.wait(f"Number({text('#epochs')}.replace(/\\D/g, '')) >= {wanted}", 60)
    time.sleep(0.5)
    last, decibels = chromium.evaluate(text("#error")), chromium.evaluate(text("#ratio"))
    return first, float(last.replace(",", "")), float(decibels.removesuffix(" dB"))


def shown_audio(chromium: Browser) -> None:
    click(chromium, "#sample")
    chromium.wait("!document.querySelector('#train').disabled")
    click(chromium, "#train")
    chromium.wait(f"Number({text('#epochs')}.replace(/\\D/g, '')) > 120", 60)
    click(chromium, "#train")
    time.sleep(0.3)


def without_microphone(chromium: Browser, url: str, why: str) -> None:
    """The microphone is refused, or there is none: the page says which."""
    chromium.open(f"{url}?lang=fr")
    chromium.wait(READY)
    chromium.call(
        "Browser.setPermission", whole=True, permission={"name": "microphone"}, setting="denied",
        origin=url.rpartition("/")[0],
    )  # fmt: skip
    click(chromium, "#record")
    found = chromium.wait(f"{text('#sound-error')}")
    assert found == chromium.evaluate(f"import('./texts.js').then((m) => m.TEXTS.fr['error-{why}'])"), found
    print(f"audio: {found}")


def offline(chromium: Browser, url: str, stop: Callable[[], None]) -> None:
    """With the server gone the page loads again."""
    chromium.evaluate("navigator.serviceWorker.ready.then(() => true)")
    stop()
    chromium.open(f"{url}?lang=en")
    chromium.wait(READY)


# ------------------------------------------------------------------------------------------------ digits
SEVEN = [(80, 70), (200, 70), (160, 140), (125, 220)]
ONE = [(140, 50), (140, 230)]


def stroke(chromium: Browser, points: list[tuple[float, float]]) -> None:
    """Draw with the mouse through these places of a pad of 280."""
    box = chromium.evaluate(
        "(({x, y, width}) => ({x, y, width}))(document.querySelector('#pad').getBoundingClientRect())"
    )
    places = [(box["x"] + x * box["width"] / 280, box["y"] + y * box["width"] / 280) for x, y in points]
    for i, (x, y) in enumerate(places):
        if not i:
            chromium.call(
                "Input.dispatchMouseEvent", type="mousePressed", x=x, y=y, button="left", clickCount=1
            )
            continue
        x0, y0 = places[i - 1]
        for part in (0.25, 0.5, 0.75, 1):
            at = {"x": x0 + (x - x0) * part, "y": y0 + (y - y0) * part}
            chromium.call("Input.dispatchMouseEvent", type="mouseMoved", button="left", buttons=1, **at)
    x, y = places[-1]
    chromium.call("Input.dispatchMouseEvent", type="mouseReleased", x=x, y=y, button="left", clickCount=1)


def draw_digit(chromium: Browser, points: list[tuple[float, float]], digit: int) -> None:
    click(chromium, "#clear")
    chromium.evaluate("scrollTo(0, 0)")
    stroke(chromium, points)
    chromium.wait(f"{text('#said')}.includes(' {digit}:')")


def check_digits(command: str, folder: Path, out: Path) -> None:
    with (
        tempfile.TemporaryDirectory() as place,
        served(folder) as (url, stop),
        browsing(command) as chromium,
    ):
        chromium.open(f"{url}?lang=en")
        chromium.wait("!document.querySelector('#bars button').disabled")
        draw_digit(chromium, ONE, 1)
        draw_digit(chromium, SEVEN, 7)
        lit = "[...document.querySelector('#second canvas').getContext('2d').getImageData(0,0,10,10).data]"
        assert len(set(chromium.evaluate(lit))) > 8, "no feature maps"
        print(f"digits: {chromium.evaluate(text('#said'))}")
        click(chromium, "#bars button:nth-child(3)")  # "it is a 2"
        chromium.wait(f"{text('#learnt')}.startsWith('Learnt in')", 30)
        print(f"digits: {chromium.evaluate(text('#learnt'))}")
        chromium.wait(f"{text('#said')}.startsWith('It is a 2')")
        click(chromium, "#forget")
        chromium.wait(f"{text('#said')}.startsWith('It is a 7')")
        by_keyboard(chromium)
        noise = Path(place) / "noise.png"
        noise.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(300))
        give_file(chromium, noise)
        chromium.wait(f"{text('#draw-error')} === 'noise.png is no image that this browser can read.'")
        click(chromium, "#clear")
        click(chromium, "#bars button")
        chromium.wait(f"{text('#draw-error')} === 'Draw something first.'")
        more = '{kind: "look", image: [1]}, {kind: "learn", image: new Uint8Array(784), label: 11},'
        refuse(chromium, more + ' {kind: "example", digit: -1}', 9)
        pictures(chromium, url, out, "digits", lambda: shown_digit(chromium))
        offline(chromium, url, stop)
        draw_digit(chromium, ONE, 1)


def by_keyboard(chromium: Browser) -> None:
    """A one by arrows and space; Escape clears."""
    chromium.evaluate("document.querySelector('#pad').focus()")
    press(chromium, "Escape")
    chromium.wait(f"{text('#said')} === 'Nothing yet.'")
    press(chromium, " ")
    for _ in range(14):
        press(chromium, "ArrowDown")
    chromium.wait(f"{text('#said')}.includes(' 1:')")


def press(chromium: Browser, key: str) -> None:
    for kind in ("keyDown", "keyUp"):
        chromium.call("Input.dispatchKeyEvent", type=kind, key=key)


def shown_digit(chromium: Browser) -> None:
    chromium.wait("!document.querySelector('#bars button').disabled")
    chromium.evaluate("scrollTo(0, 0)")
    stroke(chromium, SEVEN)
    chromium.wait(f"{text('#said')}.includes('7')")
    click(chromium, "#bars button:nth-child(8)")
    chromium.wait(f"/\\d/.test({text('#learnt')}) && !document.querySelector('#forget').disabled", 30)
    time.sleep(0.3)


CHECKS = {"audio": check_audio, "digits": check_digits}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("out", type=Path, nargs="?", default=Path("out/pages"))
    parser.add_argument("pages", nargs="*", default=list(CHECKS))
    parser.add_argument("--made", type=Path, help="folder with the pages, made before")
    given = parser.parse_args()
    command = program_of_a_browser()
    if command is None or wasm.find() is None:
        raise SystemExit("no chromium or google-chrome on PATH, or no compiler for WebAssembly")
    given.out.mkdir(parents=True, exist_ok=True)
    for name in given.pages:
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place) if given.made is None else given.made / name
            if given.made is None:
                write(name, folder)
            CHECKS[name](command, folder, given.out)
        print(f"{name}: all is well; pictures in {given.out}", flush=True)


if __name__ == "__main__":
    main()
