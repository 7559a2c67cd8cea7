"""A multi-layer perceptron on handwritten digits.

    a1 = sigmoid(x W1 + b1)        the hidden layer: 100 neurons
    y_hat = softmax(a1 W2 + b2)    the output layer: one neuron per digit

The gradient goes backwards through the layers by the chain rule; here lp.grad does that, inside
model.fit. The hidden neurons learn features of digits that logistic regression does not have.

    limpide lab mlp --epochs 20
    limpide lab mlp --hidden 64-32-16 --epochs 40
"""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
import typer

import limpide as lp
from limpide import nn, optim
from limpide.errors import ArgumentError

from .kit import digits, pictures
from .kit.digits import CLASSES, PIXELS, Digits
from .kit.lesson import Lesson, Texts
from .kit.options import Data, Epochs, Lang, Out, Seed
from .kit.shell import start

Hidden = Annotated[str, typer.Option(metavar="N-N-...", help="Neurons of the hidden layers, as in 64-32-16.")]

BATCH = 100
RATE = 1.0  # large, because the gradient of a sigmoid is small: at most 1/4


# ------------------------------------------------------------------------------------------- the model
def network(hidden: list[int], seed: int, init: Any = "glorot_uniform") -> nn.Sequential:
    """Layers of sigmoid neurons, then one output per digit: softmax is part of the loss."""
    sizes = [PIXELS, *hidden, CLASSES]
    layers: list[Any] = []
    for i, (inputs, outputs) in enumerate(zip(sizes, sizes[1:], strict=False)):
        layers += [nn.Linear(inputs, outputs, init=init, seed=seed + i), nn.Sigmoid()]
    return nn.Sequential(*layers[:-1])


# ------------------------------------------------------------------------------------------ the lesson
def main(
    epochs: Epochs = 20,
    hidden: Hidden = "100",
    seed: Seed = 0,
    data: Data = None,
    out: Out = None,
    lang: Lang = None,
) -> None:
    """A multi-layer perceptron with sigmoid neurons on handwritten digits.

    --seed chooses the first weights and the order of the images.
    """
    sizes = layer_sizes(hidden)
    with Lesson("mlp", TEXTS, lang, out) as lesson:
        lesson.say("intro", sizes="-".join(map(str, [PIXELS, *sizes, CLASSES])))
        train, test = digits.load(data, BATCH)
        model = network(sizes, seed)
        model.compile(optimizer=optim.SGD(lr=RATE), loss="cross_entropy", metrics=["accuracy"])
        model.summary((BATCH, PIXELS))
        lesson.heading("learning")
        lesson.say("descent", rate=RATE, batch=BATCH, train=len(train.x), test=len(test.x))
        with lesson.fitting(model, epochs):
            model.fit(
                train.x,
                train.labels,
                batch_size=BATCH,
                epochs=epochs,
                validation_data=(test.x, test.labels),
                seed=seed,
            )
        show_results(lesson, model, test)


def layer_sizes(text: str) -> list[int]:
    """ "64-32-16" -> [64, 32, 16]; commas do too."""
    sizes = text.replace(",", "-").split("-")
    if not all(size.strip().isdecimal() and 0 < int(size) <= 10_000 for size in sizes):
        raise ArgumentError(
            "mlp", f"--hidden {text} is not a list of layer sizes", hint="as in --hidden 64-32-16"
        )
    return [int(size) for size in sizes]


def show_results(lesson: Lesson, model: nn.Sequential, test: Digits) -> None:
    found = model.predict(test.x).argmax(axis=1)
    lesson.table(["digit", "images", "recognised", "taken_for"], list(digits.by_digit(found, test.labels)))
    lesson.say("result", accuracy=100 * float(np.mean(found == test.labels)))
    history = model.history.history
    accuracy = {
        lesson.text("train"): [100 * share for share in history["accuracy"]],
        lesson.text("test"): [100 * share for share in history["val_accuracy"]],
    }
    labels = lesson.text("title"), lesson.text("epoch"), lesson.text("accuracy")
    lesson.picture("accuracy", pictures.curves(accuracy, *labels))
    first = model.parameters()[0].numpy()[:, :40]
    lesson.picture(
        "neurons", pictures.weights(first, [""] * 40, lesson.text("neurons"), per_row=10, size=0.75)
    )
    wrong = np.flatnonzero(found != test.labels)[:100]
    if len(wrong):
        lesson.picture(
            "mistakes", pictures.mosaic(test.images[wrong], 20, lesson.text("wrong", n=len(wrong)))
        )
    lesson.save("weights", model.state_dict())


def explained(level: int) -> Any:
    """The report on one training step, for `limpide explain mlp`."""
    model, optimizer = network([100], seed=0), optim.SGD(lr=RATE)

    @lp.compile
    def step(images: Any, labels: Any) -> Any:
        loss = nn.cross_entropy(model(images), labels)
        optimizer.minimize(loss)
        return loss

    return step.explain(np.zeros((BATCH, PIXELS), np.float32), np.zeros(BATCH, np.uint8), level=level)


TEXTS: Texts = {
    "title": ("A multi-layer perceptron", "Un perceptron multicouche"),
    "intro": (
        "Neurons in layers, {sizes}: every neuron of a layer adds up the outputs of the layer before it "
        "with weights of its own. The sigmoid between the layers is what makes two of them more than one.",
        "Des neurones en couches, {sizes} : chaque neurone d'une couche additionne les sorties de la "
        "couche précédente avec ses propres poids. La sigmoïde entre les couches fait que deux couches "
        "valent plus qu'une.",
    ),
    "learning": ("Learning", "L'apprentissage"),
    "descent": (
        "Stochastic gradient descent with learning rate {rate}, in batches of {batch}, on {train} images "
        "in a new order each epoch; tested on {test}. The loss and the accuracy on the training set are "
        "measured while it learns.",
        "Descente de gradient stochastique de pas {rate}, par lots de {batch}, sur {train} images dans "
        "un ordre nouveau à chaque époque ; testé sur {test}. Le coût et la précision sur l'ensemble "
        "d'apprentissage sont mesurés pendant l'apprentissage.",
    ),
    "digit": ("digit", "chiffre"),
    "images": ("test images", "images de test"),
    "recognised": ("recognised", "reconnues"),
    "taken_for": ("most often taken for", "pris le plus souvent pour"),
    "train": ("training set", "apprentissage"),
    "test": ("test set", "test"),
    "accuracy": ("digits recognised (%)", "chiffres reconnus (%)"),
    "result": (
        "{accuracy:.2f} % of the test digits are recognised.",
        "{accuracy:.2f} % des chiffres de test sont reconnus.",
    ),
    "neurons": (
        "What hidden neurons look for: the weights of some of them",
        "Ce que cherchent des neurones cachés : les poids de quelques-uns",
    ),
    "wrong": ("The first {n} mistakes on the test set", "Les {n} premières erreurs sur l'ensemble de test"),
}

if __name__ == "__main__":
    start(main, "mlp")
