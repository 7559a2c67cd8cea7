"""How the first values of the weights decide what is learnt.

The same network, 784-100-10 with sigmoid neurons, starts from three kinds of weights:

    zeros     all hidden neurons compute the same and get the same gradient: exact arithmetic keeps them equal
    normal    N(0, 0.1)
    Xavier    uniform, with a variance of 2 / (inputs + outputs) (Glorot and Bengio 2010), so that neither
              the signals nor the gradients fade or grow from layer to layer

    limpide lab init --epochs 10
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from limpide import nn, optim

from .kit import digits, pictures
from .kit.digits import Digits
from .kit.lesson import Lesson, Texts
from .kit.options import Data, Epochs, Lang, Out, Seed
from .kit.shell import start
from .mlp import BATCH, RATE, explained, network

__all__ = ["explained", "main"]

HIDDEN = 100


def initialisers(seed: int) -> dict[str, Callable[..., Any]]:
    """The three kinds, as functions of a shape."""
    random = np.random.default_rng(seed)
    return {
        "zeros": nn.init.zeros,
        "N(0, 0.1)": functools.partial(nn.init.normal, std=0.1, seed=random),
        "Xavier": functools.partial(nn.init.glorot_uniform, seed=random),
    }


# ------------------------------------------------------------------------------------------ the lesson
def main(epochs: Epochs = 10, seed: Seed = 0, data: Data = None, out: Out = None, lang: Lang = None) -> None:
    """Zeros, normal and Xavier initialisation of a multi-layer perceptron, compared.

    --seed chooses the first weights and the order of the images.
    """
    with Lesson("init", TEXTS, lang, out) as lesson:
        lesson.say("intro")
        train, test = digits.load(data, BATCH)
        models = {name: network([HIDDEN], seed, init) for name, init in initialisers(seed).items()}
        lesson.heading("before")
        show_signals(lesson, models, train)
        for model in models.values():
            model.compile(optimizer=optim.SGD(lr=RATE), loss="cross_entropy", metrics=["accuracy"])
        lesson.heading("learning")
        measured: dict[str, list[dict[str, float]]] = {name: [] for name in models}
        with lesson.training(epochs) as training:
            for epoch in training:
                now = {name: one_epoch(model, train, test, seed + epoch) for name, model in models.items()}
                for name, logs in now.items():
                    measured[name].append(logs)
                training.news(" / ".join(f"{logs['test']:.1f} %" for logs in now.values()))
        show_results(lesson, models, measured)


def kind(lesson: Lesson, name: str) -> str:
    """The name of an initialisation in the lesson's language."""
    return lesson.text(name) if name == "zeros" else name


def one_epoch(model: nn.Module, train: Digits, test: Digits, seed: int) -> dict[str, float]:
    """The training loss of an epoch, and the accuracy on the test set after it."""
    history = model.fit(train.x, train.labels, batch_size=BATCH, epochs=1, seed=seed, verbose=0)
    _, accuracy = model.evaluate(test.x, test.labels)
    return {"loss": history.history["loss"][0], "test": 100 * accuracy}


def hidden_layer(model: nn.Module) -> tuple[Any, Any]:
    """The weights (784, 100) and biases (100,) of the hidden neurons."""
    weight, bias, *_ = model.parameters()
    return weight.numpy(), bias.numpy()


def show_signals(lesson: Lesson, models: dict[str, nn.Sequential], train: Digits) -> None:
    """What the hidden neurons add up before anything is learnt."""
    made, axes = pictures.figure(10.0, 3.4, 1, len(models))
    rows = []
    for cell, (name, model) in zip(axes, models.items(), strict=True):
        weight, bias = hidden_layer(model)
        sums = train.x[:500] @ weight + bias
        rows.append(
            [
                kind(lesson, name),
                f"{weight.std():.4f}",
                f"{sums.std():.3f}",
                f"{np.mean(np.abs(sums) > 4) * 100:.1f} %",
            ]
        )
        cell.hist(sums.ravel(), bins=np.linspace(-6, 6, 61), density=True, color=pictures.COLOURS[0])
        cell.set_title(kind(lesson, name))
        cell.set_yticks([])
        cell.set_xlabel("x · w + b")
    made.suptitle(lesson.text("signals"))
    lesson.say("signals_text")
    lesson.table(["weights", "spread_w", "spread_x", "saturated"], rows)
    lesson.picture("signals", made)


def show_results(
    lesson: Lesson, models: dict[str, nn.Sequential], measured: dict[str, list[dict[str, float]]]
) -> None:
    rows = []
    for name, logs in measured.items():
        weight, _ = hidden_layer(models[name])
        found = [f"{logs[at]['test']:.2f} %" for at in (0, -1)]
        apart = f"{weight.std(axis=1).max():.1e}"
        rows.append([kind(lesson, name), *found, f"{logs[-1]['loss']:.4f}", apart])
    lesson.table(["weights", "first", "last", "loss", "apart"], rows)
    lesson.say("result", n=HIDDEN)
    made, (left, right) = pictures.figure(10.0, 4.2, 1, 2)
    for axes, key in ((left, "loss"), (right, "test")):
        lines = {kind(lesson, name): [each[key] for each in logs] for name, logs in measured.items()}
        pictures.draw_curves(axes, lines, lesson.text(f"{key}_curve"), lesson.text("epoch"), lesson.text(key))
    lesson.picture("curves", made)


TEXTS: Texts = {
    "title": ("Initial weights", "L'initialisation des poids"),
    "intro": (
        "Before it learns, a network has some weights. Zeros? Random ones, how large? The same "
        "multi-layer perceptron starts from three kinds.",
        "Avant d'apprendre, un réseau a déjà des poids. Des zéros ? Des nombres au hasard, de quelle "
        "taille ? Le même perceptron multicouche part de trois sortes de poids.",
    ),
    "before": ("1. Before learning", "1. Avant d'apprendre"),
    "signals_text": (
        "What the hidden neurons add up on 500 images. A sigmoid is saturated beyond 4 on either side: "
        "there its slope is under 0.02, and so is the factor of its gradient.",
        "Ce qu'additionnent les neurones cachés sur 500 images. Une sigmoïde est saturée au-delà de 4 de "
        "chaque côté : sa pente y est sous 0.02, et avec elle le facteur de son gradient.",
    ),
    "weights": ("weights", "poids"),
    "spread_w": ("spread of weights", "écart-type des poids"),
    "spread_x": ("spread of sums", "écart-type des sommes"),
    "saturated": ("saturated", "saturés"),
    "signals": (
        "Sums of the hidden neurons before learning",
        "Sommes des neurones cachés avant d'apprendre",
    ),
    "learning": ("2. Learning", "2. L'apprentissage"),
    "first": ("test, first epoch", "test, 1re époque"),
    "last": ("test, last epoch", "test, dernière"),
    "loss": ("loss", "coût"),
    "test": ("digits recognised (%)", "chiffres reconnus (%)"),
    "apart": ("spread between neurons", "écart entre neurones"),
    "loss_curve": ("Loss on the training set", "Coût sur l'ensemble d'apprentissage"),
    "test_curve": ("Accuracy on the test set", "Précision sur l'ensemble de test"),
    "result": (
        "From zeros, all {n} hidden neurons get the same gradient at every step. In exact arithmetic "
        "they would stay copies of each other; only rounding makes differences, which may grow, but the "
        "network remains poor. Random weights break the symmetry at once.",
        "À partir de zéros, les {n} neurones cachés reçoivent à chaque pas le même gradient. En calcul "
        "exact, ils resteraient des copies l'un de l'autre ; seuls les arrondis font des différences, "
        "qui peuvent grandir, mais le réseau reste médiocre. Des poids au hasard brisent aussitôt la "
        "symétrie.",
    ),
    "zeros": ("zeros", "zéros"),
}

if __name__ == "__main__":
    start(main, "init")
