"""The page of the audio lab: auto-encoders of several sizes that learn a voice in the browser."""

from __future__ import annotations

import io
import json
import wave
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

import limpide as lp
from limpide import optim
from limpide.export import Bundle, Exported, bundle_of
from limpide.export.pages import page

from ..audio import BATCH, DEEPER, FRAME, SAMPLES, frame_error, network
from ..kit import sound

SECONDS = 4
ROWS = SECONDS * SAMPLES // FRAME
CODES = (5, 10, 20, 40)
RATES = (0.0005, 0.001, 0.002, 0.005, 0.02)
USUAL = 0.002
FIRST = (10, 2)  # the code and the layers that the page begins with


class Trainer:
    """An auto-encoder, its start from a seed, an epoch of Adam, and what it makes of frames."""

    def __init__(self, hidden: Sequence[int], code: int):
        self.model = network(hidden, 0, code)
        self.optimizer = optim.Adam(self.model.parameters(), lr=USUAL)
        self.random = lp.random.Generator(0)

    @property
    def state(self) -> dict[str, lp.Parameter]:
        own = dict(self.model.named_state()) | dict(self.optimizer.named_state())
        return own | {"random": self.random.state}

    def begin(self, seed: Any) -> Any:
        """Weights as He has them, from a seed; everything else at its beginning."""
        self.random.state.assign(lp.stack([seed, seed * 0]))
        for name, p in self.state.items():
            if name.endswith(".weight"):
                p.assign(self.random.normal(0, np.sqrt(2 / p.shape[0]), p.shape, p.dtype))
            elif name not in ("random", "lr"):
                p.assign(lp.zeros(p.shape, p.dtype))
        return {}

    def epoch(self, frames: Any, order: Any) -> Any:
        """A step on every batch of frames, in this order; the mean of their errors."""

        def step(total: Any, rows: Any) -> tuple[Any, None]:
            x = frames[rows]
            loss = frame_error(self.model(x), x)
            self.optimizer.minimize(loss)
            return total + loss, None

        batches = order.reshape(-1, BATCH)
        total, _ = lp.scan(step, 0.0, batches)
        return {"loss": total / batches.shape[0]}

    def regenerate(self, frames: Any) -> Any:
        return {"result": self.model(frames)}


def variant(hidden: Sequence[int], code: int) -> tuple[Bundle, dict[str, Any]]:
    """An auto-encoder as functions for the browser, and what the page has to know of it."""
    trainer = Trainer(hidden, code)
    frames = np.zeros((ROWS, FRAME), np.float32)
    functions = {
        "begin": (trainer.begin, np.uint64(1)),
        "epoch": (trainer.epoch, frames, np.zeros(ROWS, np.int32)),
        "regenerate": (trainer.regenerate, frames),
    }
    state = trainer.state
    for p in state.values():
        p.assign(np.zeros_like(p.numpy()))  # `begin` gives them their values
    name = f"audio_{code}_{len(hidden) + 1}"
    inner = [FRAME, *hidden, code, *reversed(hidden), FRAME]
    about = {
        "name": name,
        "code": code,
        "layers": len(hidden) + 1,
        "sizes": inner,
        "parameters": sum(i * o + o for i, o in pairwise(inner)),
    }
    return bundle_of(functions, name=name, state=state), about


def sample() -> bytes:
    """Four seconds of a synthesised voice as a WAV file."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLES)
        file.writeframes(sound.vowels(SECONDS, SAMPLES).astype("<i2").tobytes())
    return out.getvalue()


def write(folder: Path, codes: Sequence[int] = CODES, deeper: Sequence[Sequence[int]] = DEEPER) -> Exported:
    """Write the page: its networks, one of every size of the code and depth, are compiled."""
    made = [variant(hidden, code) for hidden in deeper for code in codes]
    about = [each for _, each in made]
    first = next((a for a in about if (a["code"], a["layers"]) == FIRST), about[0])
    names = {"VARIANTS": about, "FIRST": first, "RATES": {"all": RATES, "usual": USUAL}}
    texts = "".join(f"export const {name} = {json.dumps(value)};\n" for name, value in names.items())
    data: dict[str, str | bytes] = {"variants.js": texts, "sample.wav": sample()}
    return page(folder, "audio", [bundle for bundle, _ in made], data)
