"""Against learning by heart: five ways, their curves side by side.

A network with more weights than it has images to learn from can learn them by heart. It then knows the
images that it was trained on, and others less well. The same network, 784-256-10, learns from a few images:

    nothing         nothing is done about it
    L1              the loss plus a factor times sum |w|: many weights become 0 (Tibshirani 1996)
    L2              the loss plus a factor times sum w^2: weights stay small (Krogh and Hertz 1991)
    dropout         half of the hidden neurons are left out in each step (Srivastava et al. 2014)
    augmentation    every epoch sees the images turned, shifted, scaled and slanted at random
    early stopping  the weights that were best on images held back (Prechelt 1998)

    limpide lab regularisation --images 500 --epochs 60
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, NamedTuple

import numpy as np
import typer
from numpy.typing import NDArray

import limpide as lp
from limpide import nn, optim
from limpide.data import augment
from limpide.nn.regularizers import L1, L2

from .kit import digits, pictures
from .kit.digits import CLASSES, PIXELS, Digits
from .kit.lesson import Lesson, Texts
from .kit.options import Data, Epochs, Lang, Out, Seed
from .kit.shell import start

Images = Annotated[int, typer.Option(min=100, help="How many images to learn from.")]

BATCH = 50
HIDDEN = 256
RATE = 1e-3  # of Adam
PATIENCE = 5  # epochs without a better loss before the training is stopped
NEAR_ZERO = 0.005
KINDS = ("nothing", "l1", "l2", "dropout", "augmentation", "early")


# ------------------------------------------------------------------------------------------- the models
class Network(nn.Module):
    """784-256-10 with ReLU, on images (n, 28, 28), 0 to 255."""

    def __init__(self, seed: int, penalty: Any = None, dropout: float = 0.0):
        self.hidden = nn.Linear(PIXELS, HIDDEN, init="he_normal", seed=seed, regularizer=penalty)
        self.out = nn.Linear(HIDDEN, CLASSES, seed=seed + 1, regularizer=penalty)
        self.drop = nn.Dropout(dropout, seed=seed)

    def forward(self, images: Any) -> Any:
        ink = images.reshape(-1, PIXELS) * np.float32(1 / 255)
        return self.out(self.drop(lp.relu(self.hidden(ink))))


def network(kind: str, seed: int) -> Network:
    """The network of each kind, from the same first weights."""
    penalties: dict[str, Any] = {"l1": L1(1e-4), "l2": L2(1e-3)}
    return Network(seed, penalties.get(kind), 0.5 if kind == "dropout" else 0.0)


class Parts(NamedTuple):
    """Images to learn from, images held back, images to test on."""

    train: Digits
    held: Digits
    test: Digits


@dataclass
class Run:
    """One network while it learns, and what was measured after each epoch."""

    kind: str
    model: Network
    logs: list[dict[str, float]] = field(default_factory=list)
    best: dict[str, NDArray[Any]] | None = None  # weights, of early stopping
    stopped: bool = False

    def epoch(self, number: int, data: Parts, seed: int) -> None:
        """One epoch, or none if the training was stopped before."""
        if self.stopped:
            return
        x: Any = data.train.images
        y: Any = data.train.labels
        if self.kind == "augmentation":
            x, y = augment.augmented(x, y, changed(seed + number), BATCH, seed=seed + number), None
        self.model.fit(x, y, batch_size=BATCH, epochs=1, seed=seed + number, verbose=0)
        self.logs.append({key: value for part in data._fields for key, value in self.measure(part, data)})
        if self.kind == "early":
            self.watch()

    def measure(self, part: str, data: Parts) -> list[tuple[str, float]]:
        """Loss and accuracy on one part of the data."""
        images = getattr(data, part)
        loss, accuracy = self.model.evaluate(images.images, images.labels)
        return [(f"{part}_loss", loss), (part, 100 * accuracy)]

    def watch(self) -> None:
        """Keep the weights with the least loss on the images held back; stop some epochs after them."""
        losses = [logs["held_loss"] for logs in self.logs]
        best = int(np.argmin(losses))
        if best == len(losses) - 1:
            self.best = self.model.state_dict()
        self.stopped = len(losses) - 1 - best >= PATIENCE

    def finish(self) -> dict[str, float]:
        """What was measured last; for early stopping with the best weights, which the model has again."""
        if self.best is None:
            return self.logs[-1]
        self.model.load_state_dict(self.best)
        return min(self.logs, key=lambda logs: logs["held_loss"])


def changed(seed: int) -> augment.Transform:
    """What an image may look like and still be the same digit."""
    return augment.RandomAffine(10, translate=(0.08, 0.08), scale=(0.9, 1.1), shear=8, seed=seed)


# ------------------------------------------------------------------------------------------ the lesson
def main(
    epochs: Epochs = 30,
    images: Images = 1000,
    seed: Seed = 0,
    data: Data = None,
    out: Out = None,
    lang: Lang = None,
) -> None:
    """L1, L2, dropout, augmentation and early stopping against overfitting, compared.

    --images chooses how many images there are to learn from: the fewer, the sooner they are known by heart.
    """
    with Lesson("regularisation", TEXTS, lang, out) as lesson:
        weights = sum(p.size for p in network("nothing", seed).parameters())
        lesson.say("intro", weights=weights, hidden=HIDDEN)
        parts = split(data, images)
        lesson.say("data", train=len(parts.train.x), held=len(parts.held.x), test=len(parts.test.x))
        runs = [Run(kind, network(kind, seed)) for kind in KINDS]
        for run in runs:
            run.model.compile(optimizer=optim.Adam(lr=RATE), loss="cross_entropy", metrics=["accuracy"])
        with lesson.training(epochs) as training:
            for epoch in training:
                for run in runs:
                    run.epoch(epoch, parts, seed)
                training.news(" / ".join(f"{run.logs[-1]['test']:.1f} %" for run in runs))
        show_results(lesson, runs)
        draw_curves(lesson, runs)


def split(folder: Any, images: int) -> Parts:
    """The first images to learn from, as many after them held back, and the test set."""
    train, test = digits.load(folder, BATCH)
    half = min(images, len(train.x) // 2)
    first, second = (Digits(*(part[at : at + half] for part in train)) for at in (0, half))
    return Parts(first, second, test)


def show_results(lesson: Lesson, runs: list[Run]) -> None:
    rows = []
    for run in runs:
        logs = run.finish()
        w = run.model.hidden.weight.numpy()
        rows.append(
            [
                lesson.text(run.kind),
                f"{logs['train']:.2f} %",
                f"{logs['test']:.2f} %",
                f"{logs['test_loss']:.3f}",
                f"{w.std():.3f}",
                f"{100 * np.mean(np.abs(w) < NEAR_ZERO):.0f} %",
            ]
        )
    lesson.table(["against", "train", "test", "test_loss", "spread", "zeros"], rows)
    stopped = next(run for run in runs if run.kind == "early")
    best = int(np.argmin([logs["held_loss"] for logs in stopped.logs])) + 1
    lesson.say("result", best=best, near=NEAR_ZERO)


def draw_curves(lesson: Lesson, runs: list[Run]) -> None:
    made, panels = pictures.figure(11.0, 6.4, 2, 3)
    top = max(logs["test_loss"] for run in runs for logs in run.logs)
    for axes, run in zip(panels.ravel(), runs, strict=True):
        lines = {
            lesson.text("on_train"): [logs["train_loss"] for logs in run.logs],
            lesson.text("on_test"): [logs["test_loss"] for logs in run.logs],
        }
        pictures.draw_curves(axes, lines, lesson.text(run.kind), lesson.text("epoch"), lesson.text("loss"))
        axes.set_ylim(0, 1.05 * top)
    lesson.picture("losses", made)
    accuracy = {lesson.text(run.kind): [logs["test"] for logs in run.logs] for run in runs}
    labels = lesson.text("accuracy_curve"), lesson.text("epoch"), lesson.text("test")
    lesson.picture("accuracy", pictures.curves(accuracy, *labels))


def explained(level: int) -> Any:
    """The report on one training step with an L2 penalty, for `limpide explain regularisation`."""
    model, optimizer = network("l2", seed=0), optim.Adam(lr=RATE)

    @lp.compile
    def step(images: Any, labels: Any) -> Any:
        loss = nn.cross_entropy(model(images), labels) + model.penalty()
        optimizer.minimize(loss)
        return loss

    return step.explain(np.zeros((BATCH, 28, 28), np.uint8), np.zeros(BATCH, np.uint8), level=level)


TEXTS: Texts = {
    "title": ("Against learning by heart", "Ne pas apprendre par cœur"),
    "intro": (
        "A network of {weights} weights, 784-{hidden}-10, and few images to learn from: it can learn these "
        "by heart, and then knows them better than others. Five ways against that start from the same "
        "weights as the network for which nothing is done.",
        "Un réseau de {weights} poids, 784-{hidden}-10, et peu d'images pour apprendre : il peut les "
        "apprendre par cœur, et les connaît alors mieux que d'autres. Cinq remèdes partent des mêmes poids "
        "que le réseau pour lequel on ne fait rien.",
    ),
    "data": (
        "It learns from {train} images. Early stopping watches {held} others, held back; {test} test images "
        "tell what was learnt.",
        "Il apprend sur {train} images. L'arrêt précoce en surveille {held} autres, mises de côté ; {test} "
        "images de test disent ce qui a été appris.",
    ),
    "against": ("against it", "remède"),
    "train": ("training images", "images apprises"),
    "test": ("test images (%)", "images de test (%)"),
    "test_loss": ("test loss", "coût de test"),
    "spread": ("spread of weights", "écart-type des poids"),
    "zeros": ("weights near 0", "poids proches de 0"),
    "result": (
        "Without a remedy the loss on the training images goes to 0, while on the test images it stops "
        "falling, or rises. L1 brings weights to 0 (nearer than {near}), L2 makes all of them smaller. With "
        "dropout no two steps use the same neurons, with augmentation no two epochs see the same images: "
        "these are learnt more slowly, and the others better. Early stopping took the weights of epoch "
        "{best}.",
        "Sans remède, le coût sur les images apprises tend vers 0, tandis que sur les images de test il "
        "cesse de baisser, ou remonte. L1 amène des poids à 0 (plus près que {near}), L2 les rend tous plus "
        "petits. Avec le dropout, deux pas n'emploient jamais les mêmes neurones ; avec l'augmentation, deux "
        "époques ne voient jamais les mêmes images : celles-ci s'apprennent plus lentement, et les autres "
        "mieux. L'arrêt précoce a pris les poids de l'époque {best}.",
    ),
    "on_train": ("training images", "images apprises"),
    "on_test": ("test images", "images de test"),
    "loss": ("loss", "coût"),
    "accuracy_curve": ("Test images recognised", "Images de test reconnues"),
    "nothing": ("nothing", "rien"),
    "l1": ("L1", "L1"),
    "l2": ("L2", "L2"),
    "dropout": ("dropout", "dropout"),
    "augmentation": ("augmentation", "augmentation"),
    "early": ("early stopping", "arrêt précoce"),
}

if __name__ == "__main__":
    start(main, "regularisation")
