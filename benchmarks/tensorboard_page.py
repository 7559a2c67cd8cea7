"""Load TensorBoard's own page with logs of ours in a headless browser, and keep pictures of what it shows.

    python benchmarks/tensorboard_page.py OUT

Needs the package tensorboard, and chromium or google-chrome. Fails where a page does not show our data.
"""

from __future__ import annotations

import argparse
import json
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import numpy as np
from browser import Browser, program_of_a_browser

# Pages, and what of ours must stand on each.
PAGES = {
    "timeseries": ["epoch_loss", "epoch_accuracy", "lr-0.01/train", "lr-0.01/validation", "0.9"],
    "scalars": ["epoch_loss", "epoch_accuracy", "epoch_learning_rate"],
    "images": ["weight_images/0/weight"],
    "graphs": ["Sequential", "loss", "Main Graph"],
    "distributions": ["gradients/0/weight"],
    "histograms": ["gradients/0/weight", "gradients/3/2/bias"],
    "hparams": ["learning_rate", "optimizer", "batch_size", "Adam", "cross_entropy", "0.0010000"],
}


def train(folder: Path) -> None:
    from limpide import nn, optim
    from limpide.train import TensorBoard

    rng = np.random.default_rng(0)
    x = rng.normal(size=(1000, 1, 8, 8)).astype(np.float32)
    y = (x[:, 0, :4].sum((1, 2)) > 0).astype(int)
    for rate in (0.01, 0.001):
        net = nn.Sequential(
            nn.Conv2d(1, 4, 3, seed=0), nn.ReLU(), nn.Flatten(),
            nn.Sequential(nn.Linear(144, 16, seed=1), nn.ReLU(), nn.Linear(16, 2, seed=2)),
        )  # fmt: skip
        net.compile(optimizer=optim.Adam(lr=rate), loss="cross_entropy", metrics=["accuracy"])
        board = TensorBoard(folder / f"lr-{rate}", histogram_freq=1, write_images=True)
        net.fit(x, y, epochs=6, validation_split=0.2, seed=0, verbose=0, callbacks=[board])


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def wait(url: str, seconds: float = 90) -> None:
    until = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(f"{url}/data/runs", timeout=20) as answer:
                if len(json.loads(answer.read())) == 4:
                    return
        except OSError:
            pass
        if time.monotonic() > until:
            raise SystemExit("TensorBoard does not show the four runs")
        time.sleep(0.5)


def check(program: str, out: Path) -> list[str]:
    """What does not stand on the pages where it should; pictures of them in `out`."""
    out.mkdir(parents=True, exist_ok=True)
    missing = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        train(Path(folder) / "logs")
        url = f"http://127.0.0.1:{(port := free_port())}"
        command = [
            sys.executable,
            "-m",
            "tensorboard.main",
            "--logdir",
            f"{folder}/logs",
            "--port",
            str(port),
        ]
        server = subprocess.Popen([*command, "--host", "127.0.0.1"], stderr=subprocess.DEVNULL)
        try:
            wait(url)
            chromium = Browser(program, f"{folder}/profile")
            for page, words in PAGES.items():
                found = chromium.show(f"{url}/#{page}", words)
                chromium.picture(out / f"{page}.png")
                print(f"{page:14} {len(found)} of {len(words)}: {', '.join(found)}", flush=True)
                missing += [f"{page}: {word}" for word in words if word not in found]
            chromium.close()
        finally:
            server.terminate()
            server.wait()
    return missing


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("out", type=Path, nargs="?", default=Path("out/tensorboard"))
    out = parser.parse_args().out
    program = program_of_a_browser()
    if program is None:
        raise SystemExit("no chromium or google-chrome on PATH")
    missing = check(program, out)
    if missing:
        raise SystemExit(f"not on the page: {'; '.join(missing)}")


if __name__ == "__main__":
    main()
