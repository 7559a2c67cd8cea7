"""The perceptron (Rosenblatt 1958): one neuron that learns from its mistakes, and what it cannot learn.

    f(x) = w0 + w1 x1 + w2 x2          the class of x is the sign of f(x)

For every example (x, y), with y = -1 or 1: where sign and y disagree, y f(x) <= 0, the weights take a step
of y (1, x1, x2). For classes that a line separates this stops after finitely many mistakes. Four clouds
laid out as XOR are not such classes; a second layer of neurons bends the plane so that they are.

    limpide lab perceptron --epochs 40
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import limpide as lp
from limpide import nn, optim

from .kit import pictures, table
from .kit.lesson import Lesson, Texts
from .kit.options import Epochs, Lang, Out, Seed, Table
from .kit.shell import start

Array = NDArray[Any]
Points = tuple[Array, Array]  # x (n, 2) and y (n,) of -1 and 1

CLOUD = 25  # points in one cloud
RADIUS = 0.75  # of a cloud: small enough that two clouds never touch
HIDDEN = 8  # neurons of the hidden layer
STEPS = 25  # of the two layers' optimizer in one epoch


# ------------------------------------------------------------------------------------------ one neuron
class Perceptron:
    """One neuron with a sign."""

    def __init__(self) -> None:
        self.w = lp.parameter(np.zeros(3), name="w")

    @lp.compile
    def epoch(self, x: Any, y: Any) -> Any:
        """Every example once, in order; how many were on the wrong side."""

        def one_example(mistakes: Any, example: Any) -> tuple[Any, None]:
            x, y = example
            wrong = y * lp.sum(self.w * x) <= 0
            self.w.assign(self.w + lp.where(wrong, y, 0.0) * x)
            return mistakes + wrong, None

        mistakes, _ = lp.scan(one_example, 0, (with_one(x), y))
        return mistakes

    def decide(self, x: Array) -> Array:
        """f(x); its sign is the class."""
        return np.asarray(with_one(x) @ self.w.numpy())


def with_one(x: Any) -> Any:
    """(n, 2) -> (n, 3) with ones in front, so that w0 is a weight like the others."""
    return np.concatenate([np.ones((len(x), 1), np.float32), x], axis=1)


def perceptron_loss(w: Any, x: Any, y: Any) -> Any:
    """max(0, -y f(x)): zero on the right side. One step down its gradient is the perceptron's correction."""
    return lp.maximum(0.0, -y * lp.sum(w * x))


# ------------------------------------------------------------------------------------------ two layers
class TwoLayers:
    """tanh neurons, and one neuron that looks at them."""

    def __init__(self, seed: int) -> None:
        hidden = nn.Linear(2, HIDDEN, seed=seed)
        self.net = nn.Sequential(hidden, nn.Tanh(), nn.Linear(HIDDEN, 1, seed=seed + 1))
        self.optimizer = optim.Adam(lr=0.05)

    @lp.compile
    def epoch(self, x: Any, y: Any) -> Any:
        """Some steps on all examples; how many are on the wrong side after them."""

        def step(_: Any, __: Any) -> tuple[Any, None]:
            margin = y * self.net(x)[:, 0]
            self.optimizer.minimize(lp.mean(lp.softplus(-margin)))
            return 0.0, None

        lp.scan(step, 0.0, np.arange(STEPS))
        return lp.count_nonzero(y * self.net(x)[:, 0] <= 0)

    def decide(self, x: Array) -> Array:
        """The output before the sign."""
        return np.asarray(self.net(x).numpy()[:, 0])


# ------------------------------------------------------------------------------------------ the lesson
def main(epochs: Epochs = 40, seed: Seed = 0, data: Table = None, out: Out = None, lang: Lang = None) -> None:
    """The perceptron and its updates; XOR, which it cannot learn and two layers can.

    --seed chooses the points and the first weights of the two layers; --data is a CSV file with a row
    x1, x2, y per point, y being -1 or 1, to use instead of the first two clouds.
    """
    with Lesson("perceptron", TEXTS, lang, out) as lesson:
        lesson.say("intro")
        random = np.random.default_rng(seed)
        separable = points(data) if data is not None else clouds(random, [(-0.4, -0.6)], [(0.8, 0.6)])
        xor = clouds(random, [(-1, -1), (1, 1)], [(-1, 1), (1, -1)])
        show_updates(lesson, separable)
        show_gradient(lesson, separable)
        lesson.heading("learning")
        learners: dict[str, Any] = {
            "separable": (Perceptron(), *separable),
            "xor": (Perceptron(), *xor),
            "layers": (TwoLayers(seed), *xor),
        }
        mistakes: dict[str, list[float]] = {name: [] for name in learners}
        with lesson.training(epochs) as training:
            for _ in training:
                counts = {name: int(model.epoch(x, y)) for name, (model, x, y) in learners.items()}
                for name, count in counts.items():
                    mistakes[name].append(count)
                training.news(" / ".join(str(count) for count in counts.values()))
        show_results(lesson, learners, mistakes)


def clouds(random: np.random.Generator, minus: list[Any], plus: list[Any]) -> Points:
    """Points in discs around some centres, mixed: class -1 and class 1."""
    centres = np.repeat(np.array(minus + plus, np.float64), CLOUD, axis=0)
    labels = np.repeat([-1.0] * len(minus) + [1.0] * len(plus), CLOUD)
    order = random.permutation(len(centres))
    angle, distance = (
        random.uniform(0, 2 * np.pi, len(labels)),
        RADIUS * np.sqrt(random.uniform(size=len(labels))),
    )
    x = centres + distance[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return x[order].astype(np.float32), labels[order].astype(np.float32)


def points(file: Path) -> Points:
    """The points of a file."""
    numbers = table.read(file, ("x1", "x2", "y = -1 or 1"), rows=2)
    x, y = numbers[:, :2].copy(), numbers[:, 2].copy()
    if not set(y) == {-1.0, 1.0}:
        raise table.wrong(file, "the third column must hold both classes, -1 and 1, and nothing else")
    return x, y


def show_updates(lesson: Lesson, some: Points) -> None:
    """The algorithm by hand, in plain Python, on the first examples."""
    lesson.heading("algorithm")
    lesson.say("first")
    w = np.zeros(3, np.float32)
    rows = []
    for example, y in zip(with_one(some[0])[:8], some[1][:8], strict=True):
        f = float(w @ example)
        wrong = y * f <= 0
        w = w + y * example if wrong else w
        right = lesson.text("wrong" if wrong else "right")
        rows.append([f"({example[1]:.2f}, {example[2]:.2f})", f"{y:+.0f}", f"{f:.2f}", right, vector(w)])
    lesson.table(["x", "y", "f(x)", "answer", "w"], rows)


def vector(w: Array) -> str:
    return f"({', '.join(f'{value:.2f}' for value in w)})"


def show_gradient(lesson: Lesson, some: Points) -> None:
    """On an example that is wrong, the correction is minus the gradient of the perceptron's loss."""
    x, y = with_one(some[0])[0], some[1][0]
    w = lp.parameter(-0.1 * y * x, name="w")
    dw = lp.grad(perceptron_loss(w, x, y), w).numpy()
    lesson.say("gradient", gradient=vector(-dw), correction=vector(y * x))


def show_results(lesson: Lesson, learners: dict[str, Any], mistakes: dict[str, list[float]]) -> None:
    rows = []
    for name, (model, x, y) in learners.items():
        wrong = int(np.sum(y * model.decide(x) <= 0))
        zero = next((str(n) for n, count in enumerate(mistakes[name], start=1) if count == 0), "-")
        rows.append([lesson.text(name), str(len(y)), str(wrong), zero])
    lesson.table(["who", "examples", "wrong", "first_zero"], rows)
    lesson.say("result")
    made, axes = pictures.figure(11.0, 4.0, 1, 3)
    for cell, (name, (model, x, y)) in zip(axes, learners.items(), strict=True):
        pictures.plane(cell, model.decide, x, y, lesson.text(name))
    lesson.picture("boundaries", made)
    curves = {lesson.text(name): values for name, values in mistakes.items()}
    labels = lesson.text("counting"), lesson.text("epoch"), lesson.text("mistakes")
    lesson.picture("mistakes", pictures.curves(curves, *labels))


def explained(level: int) -> Any:
    """The report on one epoch of the perceptron, for `limpide explain perceptron`."""
    x, y = np.zeros((2 * CLOUD, 2), np.float32), np.ones(2 * CLOUD, np.float32)
    return Perceptron().epoch.explain(x, y, level=level)


TEXTS: Texts = {
    "title": ("The perceptron", "Le perceptron"),
    "intro": (
        "One neuron adds up its inputs with weights, and the sign of the sum is its answer. It learns "
        "only from mistakes: a wrong answer on the example (x, y) changes the weights w by y x.",
        "Un neurone additionne ses entrées avec des poids, et le signe de la somme est sa réponse. Il "
        "n'apprend que de ses erreurs : une mauvaise réponse sur l'exemple (x, y) change les poids w de "
        "y x.",
    ),
    "algorithm": ("1. The algorithm", "1. L'algorithme"),
    "first": (
        "The first eight examples, starting from w = 0 (a sum of zero counts as wrong):",
        "Les huit premiers exemples, en partant de w = 0 (une somme nulle compte comme fausse) :",
    ),
    "answer": ("answer", "réponse"),
    "right": ("right", "juste"),
    "wrong": ("wrong", "faux"),
    "gradient": (
        "This is gradient descent: on an example that is wrong, minus the gradient of max(0, -y f(x)) by "
        "w, found by lp.grad, is {gradient}; the correction y x is {correction}.",
        "C'est une descente de gradient : sur un exemple mal classé, l'opposé du gradient de max(0, -y "
        "f(x)) par w, trouvé par lp.grad, est {gradient} ; la correction y x est {correction}.",
    ),
    "learning": ("2. Two clouds, then XOR", "2. Deux nuages, puis XOR"),
    "who": ("", ""),
    "separable": ("two clouds, perceptron", "deux nuages, perceptron"),
    "xor": ("XOR, perceptron", "XOR, perceptron"),
    "layers": ("XOR, two layers", "XOR, deux couches"),
    "examples": ("examples", "exemples"),
    "first_zero": ("first epoch without mistake", "première époque sans erreur"),
    "result": (
        "Where a line separates the classes, the perceptron finds one and stops changing. For XOR there "
        "is no such line: whatever the weights, it keeps making mistakes. Two layers of neurons with a "
        "bend between them, tanh, draw a curved boundary; without the bend, two layers would be one "
        "again.",
        "Là où une droite sépare les classes, le perceptron en trouve une et ne change plus. Pour XOR il "
        "n'y a pas de telle droite : quels que soient les poids, il se trompe toujours. Deux couches de "
        "neurones avec une non-linéarité entre elles, tanh, tracent une frontière courbe ; sans elle, "
        "deux couches n'en feraient qu'une.",
    ),
    "counting": ("Mistakes per epoch", "Erreurs par époque"),
    "mistakes": ("mistakes", "erreurs"),
}

if __name__ == "__main__":
    start(main, "perceptron")
