"""One neuron that tells two digits apart.

    y_hat = sigmoid(w . x + b)        sigmoid(z) = 1 / (1 + exp(-z))

y_hat is read as the probability that the image x shows the second of the two digits. Binary
cross-entropy, -y log y_hat - (1 - y) log(1 - y_hat), is what the training makes small.

    limpide lab binary --digits 3 8
"""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

import limpide as lp
from limpide import nn, optim
from limpide.errors import ArgumentError

from .kit import digits, pictures
from .kit.digits import PIXELS, Digits
from .kit.lesson import Lesson, Texts
from .kit.options import Data, Epochs, Lang, Out, Seed
from .kit.shell import start

Pair = Annotated[
    tuple[int, int], typer.Option("--digits", metavar="A B", help="The two digits to tell apart.")
]

BATCH = 50
RATE = 0.1


# ------------------------------------------------------------------------------------------- the model
def neuron() -> nn.Module:
    """w and b start at zero: with a single neuron there is no symmetry to break."""
    model = nn.Sequential(nn.Linear(PIXELS, 1, init="zeros"))
    model.compile(optimizer=optim.SGD(lr=RATE), loss="binary_cross_entropy_with_logits", metrics=["accuracy"])
    return model


# ------------------------------------------------------------------------------------------ the lesson
def main(
    epochs: Epochs = 10,
    pair: Pair = (3, 8),
    seed: Seed = 0,
    data: Data = None,
    out: Out = None,
    lang: Lang = None,
) -> None:
    """One sigmoid neuron that tells two digits apart.

    --seed chooses the order of the images.
    """
    check_pair(pair)
    with Lesson("binary", TEXTS, lang, out) as lesson:
        first, second = pair
        lesson.say("intro", first=first, second=second)
        train, test = (only(some, pair) for some in digits.load(data, BATCH))
        lesson.say("data", train=len(train.x), test=len(test.x), parameters=PIXELS + 1)
        model = neuron()
        lesson.heading("learning")
        with lesson.fitting(model, epochs):
            model.fit(
                train.x,
                is_second(train, second),
                batch_size=BATCH,
                epochs=epochs,
                validation_data=(test.x, is_second(test, second)),
                seed=seed,
            )
        show_results(lesson, model, test, pair)


def check_pair(pair: tuple[int, int]) -> None:
    if pair[0] == pair[1] or not all(0 <= digit <= 9 for digit in pair):
        raise ArgumentError("binary", f"{pair[0]} and {pair[1]} are not two different digits from 0 to 9")


def only(some: Digits, pair: tuple[int, int]) -> Digits:
    """The images of two digits alone."""
    chosen = np.isin(some.labels, pair)
    return Digits(*(part[chosen] for part in some))


def is_second(some: Digits, second: int) -> NDArray[Any]:
    """y: 1 for the second digit, 0 for the first."""
    return np.asarray(some.labels == second, np.float32)


def show_results(lesson: Lesson, model: nn.Module, test: Digits, pair: tuple[int, int]) -> None:
    first, second = pair
    z = model.predict(test.x)[:, 0].astype(np.float64)
    probability = 1 / (1 + np.exp(-z))
    y = is_second(test, second)
    wrong = np.flatnonzero((probability > 0.5) != (y > 0.5))
    rows = []
    for digit, is_one in ((first, 0), (second, 1)):
        own = y == is_one
        missed = int(np.sum(own[wrong]))
        rows.append([str(digit), str(own.sum()), str(missed), f"{100 * (1 - missed / own.sum()):.2f} %"])
    lesson.table(["digit", "images", "missed", "recognised"], rows)
    lesson.say("result", accuracy=100 * (1 - len(wrong) / len(y)))
    w = next(iter(model.parameters())).numpy()
    title = lesson.text("weights", first=first, second=second)
    lesson.picture("weights", pictures.weights(w, [""], title, size=3.5))
    lesson.picture("answers", draw_answers(lesson, z, y, pair))
    if len(wrong):
        worst = wrong[np.argsort(-np.abs(probability - 0.5)[wrong])][:40]
        title = lesson.text("worst", n=len(worst))
        lesson.picture("mistakes", pictures.mosaic(test.images[worst], 10, title))
    lesson.save("weights", model.state_dict())


def draw_answers(lesson: Lesson, z: NDArray[Any], y: NDArray[Any], pair: tuple[int, int]) -> Any:
    """How often each sum w . x + b comes up for each digit, and the sigmoid over it."""
    made, axes = pictures.figure(7.0, 4.3)
    edges = np.linspace(np.percentile(z, 0.5), np.percentile(z, 99.5), 50)
    for side, (digit, colour) in enumerate(zip(pair, pictures.COLOURS[1::-1], strict=True)):
        axes.hist(z[y == side], bins=edges, alpha=0.55, color=colour, label=str(digit))
    axes.set_xlabel("w · x + b")
    axes.set_ylabel(lesson.text("images"))
    axes.legend(frameon=False, loc="center left")
    curve = axes.twinx()
    curve.plot(edges, 1 / (1 + np.exp(-edges)), color="black", linewidth=1.5)
    curve.axvline(0, color="black", linewidth=0.8, linestyle=":")
    curve.set_ylabel(lesson.text("probability", second=pair[1]))
    curve.set_ylim(0, 1.05)
    curve.grid(False)
    axes.set_title(lesson.text("answers"))
    return made


def explained(level: int) -> Any:
    """The report on one training step, for `limpide explain binary`."""
    model = nn.Linear(PIXELS, 1, init="zeros")
    optimizer = optim.SGD(lr=RATE)

    @lp.compile
    def step(images: Any, labels: Any) -> Any:
        loss = nn.binary_cross_entropy_with_logits(model(images), labels)
        optimizer.minimize(loss)
        return loss

    return step.explain(np.zeros((BATCH, PIXELS), np.float32), np.zeros(BATCH, np.float32), level=level)


TEXTS: Texts = {
    "title": ("One neuron, two digits", "Un neurone, deux chiffres"),
    "intro": (
        "A single neuron adds up the 784 pixels with weights; the sigmoid makes of the sum the "
        "probability that the digit is {second} and not {first}. Above one half, it answers {second}.",
        "Un seul neurone additionne les 784 pixels avec des poids ; la sigmoïde fait de la somme la "
        "probabilité que le chiffre soit {second} et non {first}. Au-dessus d'un demi, il répond "
        "{second}.",
    ),
    "data": (
        "{train} images to learn from and {test} to be tested on; {parameters} parameters.",
        "{train} images pour apprendre et {test} pour tester ; {parameters} paramètres.",
    ),
    "learning": ("Learning", "L'apprentissage"),
    "digit": ("digit", "chiffre"),
    "images": ("test images", "images de test"),
    "missed": ("missed", "manquées"),
    "recognised": ("recognised", "reconnues"),
    "result": (
        "{accuracy:.2f} % of the test images are told apart.",
        "{accuracy:.2f} % des images de test sont bien distinguées.",
    ),
    "weights": (
        "Ink on blue speaks for {second}, on red for {first}",
        "L'encre sur le bleu parle pour {second}, sur le rouge pour {first}",
    ),
    "answers": (
        "What the neuron answers on the test images",
        "Les réponses du neurone sur les images de test",
    ),
    "probability": ("probability that it is {second}", "probabilité que ce soit {second}"),
    "worst": (
        "The {n} mistakes of which the neuron was surest",
        "Les {n} erreurs dont le neurone était le plus sûr",
    ),
}

if __name__ == "__main__":
    start(main, "binary")
