"""Logistic regression on handwritten digits, from scratch.

An image is a row x of 784 numbers. The model has a column of 784 weights and a bias per digit:

    y_hat = softmax(x W + b)

so y_hat holds ten probabilities. Cross-entropy, -log of the probability of the right digit, says how
wrong they are; gradient descent makes it smaller, 100 images at a time.

    limpide lab logistic --epochs 20
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

import limpide as lp

from .kit import digits, pictures
from .kit.digits import CLASSES, PIXELS, Digits
from .kit.lesson import Lesson, Texts
from .kit.options import Data, Epochs, Lang, Out, Seed
from .kit.shell import start

BATCH = 100
RATE = 0.1  # the learning rate


# ------------------------------------------------------------------------- the textbook, in plain NumPy
def softmax(scores: Any) -> Any:
    E = np.exp(scores)
    return (E.T / np.sum(E, axis=1)).T


def forward(X: Any, W: Any, b: Any) -> Any:
    return softmax(np.matmul(X, W) + b)


def cross_entropy(Y_hat: Any, Y: Any) -> Any:
    return -np.mean(np.sum(Y * np.log(Y_hat), axis=1))


def gradients_by_hand(X: Any, Y: Any, W: Any, b: Any) -> Any:
    delta = forward(X, W, b) - Y
    return np.matmul(X.T, delta) / len(X), np.mean(delta, axis=0)


# ------------------------------------------------------------------------------------------- the model
class Logistic:
    """The same functions, now with a state to learn."""

    def __init__(self) -> None:
        self.W = lp.parameter(np.zeros((PIXELS, CLASSES)), name="W")
        self.b = lp.parameter(np.zeros(CLASSES), name="b")

    def step(self, x: Any, y: Any) -> Any:
        """Gradient descent on one batch: forward, backward, update."""
        y_hat = lp.softmax(x @ self.W + self.b)
        loss = -lp.mean(lp.sum(y * lp.log(y_hat), axis=1))
        dW, db = lp.grad(loss, [self.W, self.b])
        self.W.assign(self.W - RATE * dW)
        self.b.assign(self.b - RATE * db)
        return loss

    @lp.compile
    def epoch(self, images: Any, labels: Any) -> Any:
        """All batches in their order, as one native call; the mean of their losses."""

        def one_batch(total: Any, i: Any) -> tuple[Any, None]:
            x = images[i * BATCH : (i + 1) * BATCH]
            y = labels[i * BATCH : (i + 1) * BATCH]
            return total + self.step(x, y), None

        batches = len(images) // BATCH
        total, _ = lp.scan(one_batch, 0.0, np.arange(batches))
        return total / batches

    @lp.compile
    def predict(self, images: Any) -> Any:
        """The most probable digit of each image."""
        return lp.argmax(images @ self.W + self.b, axis=1)

    def accuracy(self, some: Digits) -> float:
        """Per cent of images whose digit is found."""
        return 100 * float(np.mean(self.predict(some.x).numpy() == some.labels))


# ------------------------------------------------------------------------------------------ the lesson
def main(epochs: Epochs = 20, seed: Seed = 0, data: Data = None, out: Out = None, lang: Lang = None) -> None:
    """Logistic regression on handwritten digits: mosaic, textbook functions, training, learnt weights.

    The weights start at zero and the batches keep their order; --seed chooses the weights at which the
    two gradients are compared.
    """
    with Lesson("logistic", TEXTS, lang, out) as lesson:
        lesson.say("intro")
        train, test = digits.load(data, BATCH)
        look_at_digits(lesson, train, test)
        compile_the_textbook(lesson, train, seed)
        model, history = learn(lesson, train, test, epochs)
        show_results(lesson, model, history)


def look_at_digits(lesson: Lesson, train: Digits, test: Digits) -> None:
    lesson.heading("digits")
    lesson.say("space", train=len(train.x), test=len(test.x), parameters=PIXELS * CLASSES + CLASSES)
    first = train.images[:200]
    lesson.picture("digits", pictures.mosaic(first, 20, lesson.text("mosaic", n=len(first))))


def compile_the_textbook(lesson: Lesson, train: Digits, seed: int) -> None:
    """The plain NumPy functions through lp.compile, and lp.grad against the gradient by hand."""
    random = np.random.default_rng(seed)
    W = random.normal(0, 0.1, (PIXELS, CLASSES)).astype(np.float32)
    b = random.normal(0, 0.1, CLASSES).astype(np.float32)
    X, Y = train.x[:BATCH], train.y[:BATCH]

    compiled_forward = lp.compile(forward)
    by_hand = lp.compile(gradients_by_hand)

    @lp.compile
    def by_grad(X: Any, Y: Any, W: Any, b: Any) -> Any:
        return lp.grad(cross_entropy(forward(X, W, b), Y), [W, b])

    dW, db = gradients_by_hand(X, Y, W, b)
    rows = [
        ("forward", "softmax(X W + b)", forward(X, W, b), compiled_forward(X, W, b)),
        ("hand", "1/N Xᵀ(Ŷ - Y)", dW, by_hand(X, Y, W, b)[0]),
        ("gradW", "∂L/∂W", dW, by_grad(X, Y, W, b)[0]),
        ("gradb", "∂L/∂b", db, by_grad(X, Y, W, b)[1]),
    ]
    lesson.heading("textbook")
    lesson.say("unchanged")
    lesson.table(
        ["what", "formula", "largest", "difference"],
        [(lesson.text(key), formula, *compare(ours, theirs)) for key, formula, theirs, ours in rows],
    )
    lesson.say("same")


def compare(ours: Any, theirs: Any) -> Iterator[str]:
    """The largest number of an array, and the largest difference from another, as text."""
    yield f"{np.abs(theirs).max():.3g}"
    yield f"{np.abs(ours.numpy() - theirs).max():.1e}"


def learn(
    lesson: Lesson, train: Digits, test: Digits, epochs: int
) -> tuple[Logistic, dict[str, list[float]]]:
    lesson.heading("learning")
    lesson.say("descent", rate=RATE, batch=BATCH, batches=len(train.x) // BATCH)
    model = Logistic()
    history: dict[str, list[float]] = {"loss": [], "train": [], "test": []}
    with lesson.training(epochs) as training:
        for _ in training:
            loss = float(model.epoch(train.x, train.y))
            found = model.accuracy(train), model.accuracy(test)
            for name, value in zip(history, (loss, *found), strict=True):
                history[name].append(value)
            training.news(f"loss {loss:.4f}  test {found[1]:.2f} %")
    return model, history


def show_results(lesson: Lesson, model: Logistic, history: dict[str, list[float]]) -> None:
    lesson.table(["epoch", "loss", "train", "test"], list(as_rows(*history.values())))
    lesson.say("result", accuracy=history["test"][-1])
    accuracy = {lesson.text(key): history[key] for key in ("train", "test")}
    labels = lesson.text("title"), lesson.text("epoch"), lesson.text("accuracy")
    lesson.picture("accuracy", pictures.curves(accuracy, *labels))
    W, b = model.W.numpy(), model.b.numpy()
    lesson.picture("weights", pictures.weights(W, list("0123456789"), lesson.text("weights")))
    lesson.save("weights", {"W": W, "b": b})


def as_rows(loss: Sequence[float], train: Sequence[float], test: Sequence[float]) -> Iterator[list[str]]:
    for epoch, (a, b, c) in enumerate(zip(loss, train, test, strict=True), start=1):
        yield [str(epoch), f"{a:.4f}", f"{b:.2f} %", f"{c:.2f} %"]


def explained(level: int) -> Any:
    """The report on one training step, for `limpide explain logistic`."""
    x, y = (np.zeros((BATCH, size), np.float32) for size in (PIXELS, CLASSES))
    return lp.compile(Logistic().step).explain(x, y, level=level)


TEXTS: Texts = {
    "title": ("Logistic regression", "Régression logistique"),
    "intro": (
        "One layer: each of the ten digits has 784 weights, one per pixel, and a bias. The digit whose "
        "weighted sum of pixels is largest wins; softmax makes probabilities of the ten sums.",
        "Une seule couche : chacun des dix chiffres a 784 poids, un par pixel, et un biais. Le chiffre "
        "dont la somme pondérée des pixels est la plus grande l'emporte ; softmax fait de ces dix sommes "
        "des probabilités.",
    ),
    "digits": ("1. The data", "1. Les données"),
    "space": (
        "{train} images to learn from and {test} to be tested on. Each is a point in a space of 28 x 28 "
        "= 784 dimensions. The model has 784 x 10 weights and 10 biases: {parameters} parameters.",
        "{train} images pour apprendre et {test} pour tester. Chacune est un point d'un espace à 28 x 28 "
        "= 784 dimensions. Le modèle a 784 x 10 poids et 10 biais : {parameters} paramètres.",
    ),
    "mosaic": ("The first {n} training images", "Les {n} premières images d'apprentissage"),
    "textbook": ("2. The textbook's functions, unchanged", "2. Les fonctions du cours, inchangées"),
    "unchanged": (
        "softmax, forward and the gradient worked out by hand are plain NumPy functions. lp.compile "
        "takes them as they are, and lp.grad differentiates the loss made from them.",
        "softmax, forward et le gradient calculé à la main sont des fonctions NumPy ordinaires. "
        "lp.compile les prend telles quelles, et lp.grad dérive le coût qui en est fait.",
    ),
    "what": ("computed", "calculé"),
    "formula": ("formula", "formule"),
    "largest": ("largest", "maximum"),
    "difference": ("largest difference from NumPy", "plus grand écart à NumPy"),
    "forward": ("compiled forward", "forward compilé"),
    "hand": ("compiled gradient", "gradient compilé"),
    "gradW": ("lp.grad, weights", "lp.grad, poids"),
    "gradb": ("lp.grad, biases", "lp.grad, biais"),
    "same": (
        "The derivative found in the graph is the one derived by hand, up to the rounding of float32.",
        "La dérivée trouvée dans le graphe est celle calculée à la main, aux arrondis de float32 près.",
    ),
    "learning": ("3. Learning", "3. L'apprentissage"),
    "descent": (
        "Gradient descent, W <- W - {rate} dL/dW, on {batches} batches of {batch} images per epoch. An "
        "epoch is one call of one compiled function.",
        "Descente de gradient, W <- W - {rate} dL/dW, sur {batches} lots de {batch} images par époque. "
        "Une époque est un seul appel d'une seule fonction compilée.",
    ),
    "loss": ("loss", "coût"),
    "train": ("training set", "apprentissage"),
    "test": ("test set", "test"),
    "accuracy": ("digits recognised (%)", "chiffres reconnus (%)"),
    "result": (
        "{accuracy:.2f} % of the test digits are recognised. The loss is convex in W and b: with a small "
        "enough step, descent leads to the one lowest value, whatever the start.",
        "{accuracy:.2f} % des chiffres de test sont reconnus. Le coût est convexe en W et b : avec un "
        "pas assez petit, la descente mène à l'unique plus petite valeur, quel que soit le départ.",
    ),
    "weights": (
        "The weights of each digit: ink on blue speaks for it, ink on red against it",
        "Les poids de chaque chiffre : l'encre sur le bleu parle pour lui, sur le rouge contre lui",
    ),
}

if __name__ == "__main__":
    start(main, "logistic")
