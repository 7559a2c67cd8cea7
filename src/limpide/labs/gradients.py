"""Why deep networks of sigmoids do not learn: gradients that vanish on their way back.

The chain rule multiplies. On its way from the loss to the first layer the gradient passes every layer once,
and is multiplied by the layer's weights and by the slope of its activation, which for a sigmoid is at most
1/4. The same deep network is built with three kinds of layers:

    sigmoid               slopes of at most 1/4 (Glorot and Bengio 2010)
    ReLU                  a slope of 1 where a neuron is active (Glorot, Bordes and Bengio 2011)
    BatchNorm + sigmoid   sums that are brought back to where the sigmoid is steep (Ioffe and Szegedy 2015)

    limpide lab gradients --depth 8
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
import typer

import limpide as lp
from limpide import nn, optim

from .kit import digits, pictures
from .kit.digits import CLASSES, PIXELS, Digits
from .kit.lesson import Lesson, Texts
from .kit.options import Data, Epochs, Lang, Out, Seed
from .kit.shell import start

Depth = Annotated[int, typer.Option(min=1, max=100, help="Hidden layers.")]

BATCH = 100
WIDTH = 64  # neurons of a hidden layer
RATE = 0.1
KINDS = ("sigmoid", "relu", "norm")


# ------------------------------------------------------------------------------------------- the models
def network(kind: str, depth: int, seed: int) -> nn.Sequential:
    """784 pixels, `depth` hidden layers of one kind, one output per digit."""
    layers: list[nn.Module] = []
    inputs, init = PIXELS, "he_normal" if kind == "relu" else "glorot_uniform"
    for i in range(depth):
        layers.append(nn.Linear(inputs, WIDTH, init=init, seed=seed + i))
        if kind == "norm":
            layers.append(nn.BatchNorm1d(WIDTH))
        layers.append(nn.ReLU() if kind == "relu" else nn.Sigmoid())
        inputs = WIDTH
    return nn.Sequential(*layers, nn.Linear(inputs, CLASSES, seed=seed + depth))


def weights(model: nn.Module) -> list[Any]:
    """The weights of the layers of neurons, from the first to the last."""
    return [layer.weight for layer in model.modules() if isinstance(layer, nn.Linear)]


def gradient_sizes(model: nn.Module, images: Any, labels: Any) -> list[float]:
    """For every layer the root of the mean square of the loss's gradient by its weights."""

    @lp.compile
    def sizes(images: Any, labels: Any) -> list[Any]:
        loss = nn.cross_entropy(model(images), labels)
        return [lp.sqrt(lp.mean(lp.square(g))) for g in lp.grad(loss, weights(model))]

    state = model.state_dict()
    found = [float(size) for size in sizes(images, labels)]
    model.load_state_dict(state)  # BatchNorm looked at these images, too
    return found


# ------------------------------------------------------------------------------------------ the lesson
def main(
    epochs: Epochs = 10,
    depth: Depth = 8,
    seed: Seed = 0,
    data: Data = None,
    out: Out = None,
    lang: Lang = None,
) -> None:
    """Vanishing gradients: deep networks of sigmoids, of ReLUs, and of sigmoids after BatchNorm.

    --depth chooses the number of hidden layers, --seed the first weights and the order of the images.
    """
    with Lesson("gradients", TEXTS, lang, out) as lesson:
        lesson.say("intro", depth=depth, width=WIDTH)
        lesson.say("slopes", depth=depth, factor=f"{0.25**depth:.0e}")
        train, test = digits.load(data, BATCH)
        models = {kind: network(kind, depth, seed) for kind in KINDS}
        before = sizes_of(models, train)
        lesson.heading("before")
        lesson.say("before_text")
        show_sizes(lesson, before)
        for model in models.values():
            model.compile(optimizer=optim.SGD(lr=RATE), loss="cross_entropy", metrics=["accuracy"])
        lesson.heading("learning")
        lesson.say("descent", rate=RATE, batch=BATCH)
        measured: dict[str, list[dict[str, float]]] = {kind: [] for kind in KINDS}
        with lesson.training(epochs) as training:
            for epoch in training:
                now = {kind: one_epoch(model, train, test, seed + epoch) for kind, model in models.items()}
                for kind, logs in now.items():
                    measured[kind].append(logs)
                training.news(" / ".join(f"{logs['test']:.1f} %" for logs in now.values()))
        show_learning(lesson, measured)
        draw_flow(lesson, {"before": before, "after": sizes_of(models, train)})


def sizes_of(models: Mapping[str, nn.Module], train: Digits) -> dict[str, list[float]]:
    """The sizes of the gradients on some of the images."""
    return {
        kind: gradient_sizes(model.train(), train.x[:500], train.labels[:500])
        for kind, model in models.items()
    }


def one_epoch(model: nn.Module, train: Digits, test: Digits, seed: int) -> dict[str, float]:
    """The training loss of an epoch, and the accuracy on the test set after it."""
    history = model.fit(train.x, train.labels, batch_size=BATCH, epochs=1, seed=seed, verbose=0)
    _, accuracy = model.evaluate(test.x, test.labels)
    return {"loss": history.history["loss"][0], "test": 100 * accuracy}


def show_sizes(lesson: Lesson, sizes: dict[str, list[float]]) -> None:
    rows = [
        [lesson.text(kind), f"{found[0]:.1e}", f"{found[-1]:.1e}", f"{found[0] / found[-1]:.1e}"]
        for kind, found in sizes.items()
    ]
    lesson.table(["kind", "first_layer", "last_layer", "ratio"], rows)


def show_learning(lesson: Lesson, measured: dict[str, list[dict[str, float]]]) -> None:
    rows = [
        [lesson.text(kind), f"{logs[0]['loss']:.3f}", f"{logs[-1]['loss']:.3f}", f"{logs[-1]['test']:.2f} %"]
        for kind, logs in measured.items()
    ]
    lesson.table(["kind", "loss_first", "loss_last", "test"], rows)
    lesson.say("result", chance=np.log(CLASSES))
    made, panels = pictures.figure(10.0, 4.2, 1, 2)
    for axes, key in zip(panels, ("loss", "test"), strict=True):
        lines = {lesson.text(kind): [each[key] for each in logs] for kind, logs in measured.items()}
        pictures.draw_curves(axes, lines, lesson.text(f"{key}_curve"), lesson.text("epoch"), lesson.text(key))
    lesson.picture("curves", made)


def draw_flow(lesson: Lesson, sizes: dict[str, dict[str, list[float]]]) -> None:
    """The sizes of the gradients, layer by layer, before and after learning."""
    made, panels = pictures.figure(10.0, 4.2, 1, 2)
    for axes, (when, found) in zip(panels, sizes.items(), strict=True):
        lines = {lesson.text(kind): values for kind, values in found.items()}
        labels = lesson.text(f"{when}_curve"), lesson.text("layer"), lesson.text("size")
        pictures.draw_curves(axes, lines, *labels)
        axes.set_yscale("log")
    lesson.picture("flow", made)


def explained(level: int) -> Any:
    """The report on one training step of four layers of sigmoids, for `limpide explain gradients`."""
    model, optimizer = network("sigmoid", 4, seed=0), optim.SGD(lr=RATE)

    @lp.compile
    def step(images: Any, labels: Any) -> Any:
        loss = nn.cross_entropy(model(images), labels)
        optimizer.minimize(loss)
        return loss

    return step.explain(np.zeros((BATCH, PIXELS), np.float32), np.zeros(BATCH, np.uint8), level=level)


TEXTS: Texts = {
    "title": ("Vanishing gradients", "Les gradients qui s'évanouissent"),
    "intro": (
        "A deep network: {depth} hidden layers of {width} neurons, then one output per digit. It is built "
        "three times, with sigmoids, with ReLUs, and with sigmoids after BatchNorm; nothing else differs.",
        "Un réseau profond : {depth} couches cachées de {width} neurones, puis une sortie par chiffre. On le "
        "construit trois fois, avec des sigmoïdes, des ReLU, et des sigmoïdes après BatchNorm ; rien d'autre "
        "ne change.",
    ),
    "slopes": (
        "The gradient of the first layer is a product with one factor per layer above it: the weights, times "
        "the slope of the activation. A sigmoid's slope is at most 1/4, and {depth} of them together at most "
        "{factor}. A ReLU's slope is 1 where the neuron is active.",
        "Le gradient de la première couche est un produit, avec un facteur par couche au-dessus d'elle : les "
        "poids, fois la pente de l'activation. La pente d'une sigmoïde est d'au plus 1/4, le produit de "
        "{depth} pentes d'au plus {factor}. La pente d'un ReLU est 1 là où le neurone est actif.",
    ),
    "before": ("1. Before learning", "1. Avant d'apprendre"),
    "before_text": (
        "The gradient of the loss on 500 images: the root of the mean of its squares, for the weights of the "
        "first layer and of the last.",
        "Le gradient du coût sur 500 images : la racine de la moyenne de ses carrés, pour les poids de la "
        "première couche et de la dernière.",
    ),
    "kind": ("layers", "couches"),
    "first_layer": ("first layer", "première couche"),
    "last_layer": ("last layer", "dernière couche"),
    "ratio": ("first / last", "première / dernière"),
    "learning": ("2. Learning", "2. L'apprentissage"),
    "descent": (
        "Stochastic gradient descent with learning rate {rate}, in batches of {batch}, for all three.",
        "Descente de gradient stochastique de pas {rate}, par lots de {batch}, pour les trois.",
    ),
    "loss_first": ("loss, first epoch", "coût, 1re époque"),
    "loss_last": ("loss, last epoch", "coût, dernière"),
    "loss": ("loss", "coût"),
    "test": ("digits recognised (%)", "chiffres reconnus (%)"),
    "loss_curve": ("Loss on the training set", "Coût sur l'ensemble d'apprentissage"),
    "test_curve": ("Accuracy on the test set", "Précision sur l'ensemble de test"),
    "result": (
        "A loss of {chance:.3f} is that of guessing: log 10. Where the first layers get almost no gradient "
        "they stay as they were drawn, and the last ones see only what these make of an image: nearly the "
        "same for every digit.",
        "Un coût de {chance:.3f} est celui du hasard : log 10. Là où les premières couches ne reçoivent "
        "presque pas de gradient, elles restent comme on les a tirées, et les dernières ne voient que ce "
        "qu'elles font d'une image : presque la même chose pour tous les chiffres.",
    ),
    "before_curve": ("Gradients before learning", "Les gradients avant d'apprendre"),
    "after_curve": ("Gradients after learning", "Les gradients après l'apprentissage"),
    "layer": ("layer", "couche"),
    "size": ("size of the gradient", "taille du gradient"),
    "sigmoid": ("sigmoid", "sigmoïde"),
    "relu": ("ReLU", "ReLU"),
    "norm": ("BatchNorm + sigmoid", "BatchNorm + sigmoïde"),
}

if __name__ == "__main__":
    start(main, "gradients")
