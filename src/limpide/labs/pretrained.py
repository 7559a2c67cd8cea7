"""What was learnt before helps with what is new: from the digits 0-4 to the digits 5-9.

A network learns the digits 0 to 4 from all their images; its weights are saved. For the digits 5 to 9 only
a few images each are left. Four networks learn from them:

    from scratch      begins with random weights
    features frozen   takes over the convolutions as they are, and learns the layers behind them anew
    all but the last  takes over everything, and learns a new last layer only
    fine-tuned        takes over everything, and then changes all weights

    limpide lab pretrained --epochs 20
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import limpide as lp
from limpide import nn, optim
from limpide.data import augment
from limpide.errors import ArgumentError

from .kit import digits, pictures
from .kit.digits import Digits
from .kit.lesson import Lesson, Texts
from .kit.options import Data, Epochs, Lang, Out, Seed
from .kit.shell import start

Array = NDArray[Any]

OLD, NEW = (0, 1, 2, 3, 4), (5, 6, 7, 8, 9)
SIZES = (1, 2, 5, 10, 20, 50, 100)  # images of each new digit
DRAWS = 3  # times that so many are drawn, for a mean
BATCH = 50
HIDDEN = 84
STEPS = 10  # on the few images, for each epoch on the many
RATE = 0.05
SMALLER = 0.02  # the rate that changes what was learnt before


# ------------------------------------------------------------------------------------------- the model
class Net(nn.Module):
    """Convolutions that see, a hidden layer, a last layer that names five classes; on images of 0 to 255."""

    def __init__(self, seed: int):
        self.features = nn.Sequential(
            nn.Conv2d(1, 8, 5, padding=2, init="he_normal", seed=seed),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(8, 16, 5, init="he_normal", seed=seed + 1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
        )
        self.hidden = nn.Linear(16 * 5 * 5, HIDDEN, init="he_normal", seed=seed + 2)
        self.head = nn.Linear(HIDDEN, len(OLD), seed=seed + 3)

    def forward(self, images: Any) -> Any:
        x = self.features(images.reshape(-1, 1, 28, 28) * np.float32(1 / 255))
        return self.head(lp.relu(self.hidden(x)))


class Learner:
    """A network with the state that it begins with, and how fast it learns."""

    def __init__(self, net: Net, rate: float):
        self.net = net
        self.start = {name: value.copy() for name, value in net.state_dict().items()}
        net.compile(optim.SGD(lr=rate), loss="cross_entropy", metrics=["accuracy"])

    def accuracy(self, few: Digits, test: Digits, steps: int, seed: int) -> float:
        """The share of the test digits that it finds after so many steps on a few images, from the start."""
        self.net.load_state_dict(self.start)
        random = np.random.default_rng(seed)
        for _ in range(steps):
            rows = random.integers(0, len(few.images), BATCH)
            self.net.train_on_batch(few.images[rows], few.labels[rows])
        found = self.net.predict(test.images).argmax(axis=1)
        return float(np.mean(found == test.labels))


def learners(path: Path, seed: int) -> dict[str, Learner]:
    """The four, by the key of their name."""
    scratch = Net(seed + 10)
    features, last, tuned = (Net(seed + 10).load(path) for _ in range(3))
    for net in (features, last, tuned):
        net.head = Net(seed + 10).head
    features.hidden = Net(seed + 10).hidden
    features.features.requires_grad_(False)
    last.features.requires_grad_(False)
    last.hidden.requires_grad_(False)
    rates = {"scratch": RATE, "features": RATE, "last": RATE, "tuned": SMALLER}
    nets = (scratch, features, last, tuned)
    return {name: Learner(net, rate) for net, (name, rate) in zip(nets, rates.items(), strict=True)}


def only(some: Digits, classes: tuple[int, ...], each: int | None = None, seed: int = 0) -> Digits:
    """The images of these digits, labelled 0 to 4; `each` of every one, drawn by the seed, or all."""
    random = np.random.default_rng(seed)
    rows = [np.flatnonzero(some.labels == digit) for digit in classes]
    if not all(map(len, rows)):
        raise ArgumentError("pretrained", f"not all of the digits {classes} are among the images")
    kept = np.concatenate([random.permutation(r)[:each] if each else r for r in rows])
    return digits.prepare(some.images[kept], (some.labels[kept] - classes[0]).astype(np.uint8))


# ------------------------------------------------------------------------------------------ the lesson
def main(epochs: Epochs = 20, seed: Seed = 0, data: Data = None, out: Out = None, lang: Lang = None) -> None:
    """Weights learnt on the digits 0-4, frozen or fine-tuned on few images of 5-9, against none."""
    with Lesson("pretrained", TEXTS, lang, out) as lesson:
        lesson.say("intro")
        train, test = digits.load(data, BATCH)
        path = learn_before(lesson, only(train, OLD), only(test, OLD), epochs, seed)
        compare(lesson, path, train, only(test, NEW), STEPS * epochs, seed)


def learn_before(lesson: Lesson, train: Digits, test: Digits, epochs: int, seed: int) -> Path:
    """Train on the old digits and save; where the file is."""
    lesson.heading("before")
    lesson.say("before_text", images=len(train.images), epochs=epochs)
    net = Net(seed)
    rate = optim.schedules.cosine(2e-3, epochs * -(-len(train.images) // BATCH))
    net.compile(optim.Adam(lr=rate), loss="cross_entropy", metrics=["accuracy"])
    changes = augment.RandomAffine(15, (0.1, 0.1), (0.8, 1.2), 15, seed=seed)
    batches = augment.augmented(train.images, train.labels, changes, BATCH, seed=seed)
    held_out = test.images, test.labels
    with lesson.fitting(net, epochs):
        net.fit(batches, epochs=epochs, validation_data=held_out)
    lesson.document("digits-0-4.safetensors", net.save)
    lesson.say("saved", accuracy=100 * net.evaluate(*held_out, return_dict=True)["accuracy"])
    return lesson.files[-1]


def compare(lesson: Lesson, path: Path, train: Digits, test: Digits, steps: int, seed: int) -> None:
    lesson.heading("after")
    lesson.say("after_text", steps=steps, batch=BATCH, draws=DRAWS)
    four = learners(path, seed)
    room = min(int(np.sum(train.labels == digit)) for digit in NEW)
    sizes = [size for size in SIZES if size <= room] or [room]
    found: dict[str, list[float]] = {name: [] for name in four}
    with lesson.training(len(sizes)) as training:
        for number in training:
            size = sizes[number - 1]
            few = [only(train, NEW, size, seed + draw) for draw in range(DRAWS)]
            for name, learner in four.items():
                runs = [learner.accuracy(some, test, steps, seed + draw) for draw, some in enumerate(few)]
                found[name].append(100 * float(np.mean(runs)))
            training.news(lesson.text("each", size=size))
    rows = [[str(size), *(f"{found[name][k]:.1f} %" for name in four)] for k, size in enumerate(sizes)]
    rows = rows[: len(found["tuned"])]
    lesson.table(["size", *four], rows)
    ahead = [b - a for a, b in zip(found["scratch"], found["features"], strict=False)]
    if ahead:
        lesson.say("result", points=float(np.mean(ahead)))
    lesson.picture("accuracy", draw(lesson, sizes, found))


def draw(lesson: Lesson, sizes: list[int], found: dict[str, list[float]]) -> Any:
    made, axes = pictures.figure(7.0, 4.3)
    for (name, values), colour in zip(found.items(), pictures.COLOURS, strict=False):
        axes.plot(sizes[: len(values)], values, "o-", color=colour, label=lesson.text(name), markersize=4)
    axes.set_xscale("log")
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.minorticks_off()
    axes.set_xlabel(lesson.text("size"))
    axes.set_ylabel(lesson.text("accuracy"))
    axes.set_title(lesson.text("title"))
    axes.legend(frameon=False)
    return made


def explained(level: int) -> Any:
    """The report on a step of the network with frozen features, for `limpide explain pretrained`."""
    net, optimizer = Net(seed=0), optim.SGD(lr=RATE)
    net.features.requires_grad_(False)

    @lp.compile
    def step(images: Any, labels: Any) -> Any:
        loss = nn.cross_entropy(net(images), labels)
        optimizer.minimize(loss)
        return loss

    return step.explain(np.zeros((BATCH, 28, 28), np.uint8), np.zeros(BATCH, np.uint8), level=level)


TEXTS: Texts = {
    "title": ("What was learnt before", "Ce qui a été appris avant"),
    "intro": (
        "Strokes, arcs and corners are the same in all digits. A network that has learnt to see them on "
        "some digits need not learn it again for others: its weights can be taken over. What that is worth, "
        "and for which of the weights, is measured here.",
        "Les traits, les arcs et les coins sont les mêmes dans tous les chiffres. Un réseau qui a appris à "
        "les voir sur certains chiffres n'a pas à le réapprendre pour d'autres : ses poids peuvent être "
        "repris. Ce que cela vaut, et pour lesquels des poids, est mesuré ici.",
    ),
    "before": ("1. Before: the digits 0 to 4", "1. Avant : les chiffres de 0 à 4"),
    "before_text": (
        "{epochs} epochs on all {images} images of 0, 1, 2, 3 and 4, each time a little turned, shifted and "
        "scaled: the more a network has seen, the more it can pass on. The weights go to a safetensors file: "
        "it holds arrays and their names, and nothing that could be run.",
        "{epochs} époques sur toutes les {images} images de 0, 1, 2, 3 et 4, chaque fois un peu tournées, "
        "décalées et agrandies : plus un réseau a vu, plus il peut transmettre. Les poids vont dans un "
        "fichier safetensors : il contient des tableaux et leurs noms, et rien qui puisse être exécuté.",
    ),
    "saved": (
        "{accuracy:.2f} % of the test images of these five are recognised; saved.",
        "{accuracy:.2f} % des images de test de ces cinq chiffres sont reconnues ; enregistré.",
    ),
    "after": ("2. After: few images of 5 to 9", "2. Après : peu d'images de 5 à 9"),
    "after_text": (
        "The last layer named the old digits: it is replaced by a new one. Features frozen: the "
        "convolutions stay as they are, by requires_grad_(False), and both layers behind them are new. All "
        "but the last: only the new last layer learns. Fine-tuned: all weights learn, with a smaller rate. "
        "From scratch: nothing is taken over. Each takes {steps} steps on batches of {batch}; means of "
        "{draws} draws of images.",
        "La dernière couche nommait les anciens chiffres : elle est remplacée par une nouvelle. Traits "
        "gelés : les convolutions restent telles quelles, par requires_grad_(False), et les deux couches "
        "derrière elles sont nouvelles. Tout sauf la dernière : seule la nouvelle dernière couche apprend. "
        "Affiné : tous les poids apprennent, d'un pas plus petit. À partir de rien : rien n'est repris. "
        "Chacun fait {steps} pas sur des lots de {batch} ; moyennes de {draws} tirages d'images.",
    ),
    "each": ("{size} images of each", "{size} images de chacun"),
    "size": ("images of each new digit", "images de chaque nouveau chiffre"),
    "scratch": ("from scratch", "à partir de rien"),
    "features": ("features frozen", "traits gelés"),
    "last": ("all but the last", "tout sauf la dernière"),
    "tuned": ("fine-tuned", "affiné"),
    "accuracy": ("new digits recognised (%)", "nouveaux chiffres reconnus (%)"),
    "result": (
        "With the convolutions taken over, {points:+.1f} points on average against the start from scratch. "
        "What carries over are eyes for strokes. The hidden layer has learnt to tell apart the old digits, "
        "and what does not matter for them may be what matters for the new ones.",
        "Avec les convolutions reprises, {points:+.1f} points en moyenne par rapport au départ de rien. Ce "
        "qui se transmet, ce sont des yeux pour les traits. La couche cachée a appris à distinguer les "
        "anciens chiffres, et ce qui ne compte pas pour eux est peut-être ce qui compte pour les nouveaux.",
    ),
}

if __name__ == "__main__":
    start(main, "pretrained")
