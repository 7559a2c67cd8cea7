"""The page of digits: LeNet-5 sees what is drawn, shows its feature maps, and learns from corrections."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

import limpide as lp
from limpide import nn
from limpide.export import Exported, bundle_of
from limpide.export.pages import page

from ..kit import digits
from ..kit.digits import CLASSES, Digits
from ..lenet import BATCH, DROPPED, LeNet, compiled

EPOCHS = 4  # of the training before
EACH = 24  # digits of every class that the page has, to draw from and not to forget
LEARNT = 32  # images of a step: some of what was corrected, and others
SEED = 0


class Learner:
    """What the page does with a network: look at an image, and take a step on a few."""

    def __init__(self, model: LeNet):
        self.model = model.eval()

    def look(self, image: Any) -> Any:
        """Probabilities of the classes, and what the filters of both layers answer."""
        first, second = self.model.maps(image)
        scores = self.model(image)
        return {"probabilities": lp.softmax(scores)[0], "first": first[0], "second": second[0]}

    def learn(self, images: Any, labels: Any, rate: Any) -> Any:
        """A step of gradient descent; the loss before it."""
        loss = nn.cross_entropy(self.model(images), labels)
        parameters = self.model.parameters()
        for p, g in zip(parameters, lp.grad(loss, parameters), strict=True):
            p.assign(p - rate * g)
        return {"loss": loss}


def trained(load: Path | None, data: Path | None, epochs: int) -> tuple[LeNet, Digits]:
    """A network that knows digits, from a file or from training; and the digits that it was not shown."""
    train, test = digits.load(data, BATCH)
    model = LeNet(SEED, DROPPED)
    if load is not None:
        return model.load(load), test
    compiled(model, epochs * -(-len(train.images) // BATCH))
    held_out = test.images, test.labels
    model.fit(
        train.images, train.labels, batch_size=BATCH, epochs=epochs, validation_data=held_out, seed=SEED
    )
    return model, test


def samples(test: Digits) -> bytes:
    """Labels, then images: as many of every class."""
    chosen = np.concatenate([np.flatnonzero(test.labels == k)[:EACH] for k in range(CLASSES)])
    chosen = np.random.default_rng(SEED).permutation(chosen)
    return b"".join(part[chosen].tobytes() for part in (test.labels, test.images))


def write(folder: Path, load: Path | None = None, data: Path | None = None, epochs: int = EPOCHS) -> Exported:
    """Write the page. load: weights of the lab's LeNet; without them it is trained now, for a few epochs."""
    model, test = trained(load, data, epochs)
    learner = Learner(model)
    functions = {
        "look": (learner.look, np.zeros((1, 28, 28), np.uint8)),
        "learn": (learner.learn, np.zeros((LEARNT, 28, 28), np.uint8), np.zeros(LEARNT, np.uint8), 0.01),
    }
    bundle = bundle_of(functions, name="lenet", state=dict(model.named_state()))
    kept = samples(test)
    about = {"count": len(kept) // (28 * 28 + 1), "batch": LEARNT}
    files: dict[str, str | bytes] = {
        "samples.bin": kept,
        "about.js": f"export const ABOUT = {json.dumps(about)};\n",
    }
    return page(folder, "digits", [bundle], files, weights="beside")
