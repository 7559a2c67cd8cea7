"""Linear regression: a line through points, found by gradient descent.

    y_hat = a x + b          loss = mean of (y_hat - y)^2

The loss is a bowl over the plane of (a, b). The gradient says where it is steepest; a step goes the other
way. For this loss the lowest point can also be computed at once (least squares), so one can see how close
the descent comes.

    limpide lab linear-regression --epochs 100
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import limpide as lp

from .kit import pictures, table
from .kit.lesson import Lesson, Texts
from .kit.options import Epochs, Lang, Out, Seed, Table
from .kit.shell import start

Array = NDArray[Any]

POINTS = 60
SLOPE, INTERCEPT, NOISE = 2.0, 1.0, 0.25  # what the made points are drawn from
FEWEST = 3  # points of a user's file
BOLDNESS = 0.85  # the learning rate, as a share of the largest that does not diverge


# ------------------------------------------------------------------------------------------- the model
def mean_squared_error(a: Any, b: Any, x: Any, y: Any) -> Any:
    return lp.mean((a * x + b - y) ** 2)


class Line:
    """y = a x + b, with a and b to learn."""

    def __init__(self) -> None:
        self.a = lp.parameter(0.0, name="a")
        self.b = lp.parameter(0.0, name="b")

    @lp.compile
    def step(self, x: Any, y: Any, rate: Any) -> Any:
        """One step of gradient descent on all points; the loss before it."""
        loss = mean_squared_error(self.a, self.b, x, y)
        da, db = lp.grad(loss, [self.a, self.b])
        self.a.assign(self.a - rate * da)
        self.b.assign(self.b - rate * db)
        return loss

    def values(self) -> tuple[float, float]:
        return float(self.a.numpy()), float(self.b.numpy())


def curvature(x: Array, y: Array) -> Array:
    """The second derivatives of the loss by (a, b), shape (2, 2): they are the same everywhere."""
    return np.asarray(lp.hessian(lambda w: mean_squared_error(w[0], w[1], x, y), np.zeros(2)).numpy())


# ------------------------------------------------------------------------------------------ the lesson
def main(
    epochs: Epochs = 100, seed: Seed = 0, data: Table = None, out: Out = None, lang: Lang = None
) -> None:
    """A line through points by gradient descent, next to the exact answer.

    --seed chooses the points; --data is a CSV file with a row x, y per point, to use instead of them.
    """
    with Lesson("linear-regression", TEXTS, lang, out) as lesson:
        lesson.say("intro")
        x, y = points(data, seed)
        rate = choose_rate(lesson, x, y)
        line = Line()
        path, losses = [line.values()], []
        lesson.heading("learning")
        with lesson.training(epochs) as training:
            for _ in training:
                losses.append(float(line.step(x, y, rate)))
                path.append(line.values())
                training.news(f"loss {losses[-1]:.5f}")
        show_results(lesson, x, y, path, losses)


def points(file: Path | None, seed: int) -> tuple[Array, Array]:
    """The points' x and y: from a file, or made."""
    if file is not None:
        numbers = table.read(file, ("x", "y"), rows=FEWEST)
        return numbers[:, 0].copy(), numbers[:, 1].copy()
    random = np.random.default_rng(seed)
    x = random.uniform(0, 2, POINTS)
    y = SLOPE * x + INTERCEPT + random.normal(0, NOISE, POINTS)
    return x.astype(np.float32), y.astype(np.float32)


def choose_rate(lesson: Lesson, x: Array, y: Array) -> float:
    """The learning rate that suits the steepest direction of the bowl."""
    second = curvature(x, y)
    gentle, steep = np.linalg.eigvalsh(second)
    rate = float(BOLDNESS * 2 / steep)
    lesson.heading("bowl")
    lesson.say("points", n=len(x))
    lesson.show(
        f"d²L/da² = {second[0, 0]:.3f}   d²L/dadb = {second[0, 1]:.3f}   d²L/db² = {second[1, 1]:.3f}"
    )
    lesson.say("rate", steep=steep, gentle=gentle, limit=2 / steep, share=100 * BOLDNESS, rate=rate)
    return rate


def least_squares(x: Array, y: Array) -> tuple[float, float]:
    """The exact answer, by NumPy in float64."""
    columns = np.stack([x, np.ones_like(x)], axis=1).astype(np.float64)
    (a, b), *_ = np.linalg.lstsq(columns, y.astype(np.float64))
    return float(a), float(b)


def loss_at(a: Any, b: Any, x: Array, y: Array) -> Any:
    """The loss at many (a, b), for the picture of the bowl: from the moments of the points."""
    xs, ys = x.astype(np.float64), y.astype(np.float64)
    linear = a * (xs * ys).mean() + b * ys.mean() - a * b * xs.mean()
    return a**2 * (xs**2).mean() + b**2 + (ys**2).mean() - 2 * linear


def show_results(
    lesson: Lesson, x: Array, y: Array, path: list[tuple[float, float]], losses: list[float]
) -> None:
    exact = least_squares(x, y)
    last = len(losses)
    shown = [n for n in (0, 1, 2, 5, 10, 20, 50, 100, 200, 500) if n < last] + [last]
    rows = [(str(n), *path[n]) for n in shown] + [(lesson.text("exact"), *exact)]
    lesson.table(
        ["epoch", "a", "b", "loss"],
        [[name, f"{a:.4f}", f"{b:.4f}", f"{loss_at(a, b, x, y):.5f}"] for name, a, b in rows],
    )
    lesson.say("result", distance=float(np.hypot(path[-1][0] - exact[0], path[-1][1] - exact[1])))
    lesson.picture("line", draw_lines(lesson, x, y, path, exact))
    lesson.picture("descent", draw_descent(lesson, x, y, path, losses))


def draw_lines(
    lesson: Lesson, x: Array, y: Array, path: list[tuple[float, float]], exact: tuple[float, float]
) -> Any:
    """The points, the line after some epochs, and the exact one."""
    made, axes = pictures.figure(7.0, 4.5)
    axes.scatter(x, y, s=18, color="#777777")
    ends = np.array([x.min(), x.max()])
    last = len(path) - 1
    shown = sorted({min(n, last) for n in (0, 1, 3, 10, last)})
    for (a, b), n, colour in zip((path[n] for n in shown), shown, pictures.COLOURS, strict=False):
        axes.plot(ends, a * ends + b, color=colour, label=f"{lesson.text('epoch')} {n}")
    axes.plot(ends, exact[0] * ends + exact[1], "k--", label=lesson.text("exact"))
    axes.set_xlabel("x")
    axes.set_ylabel("y")
    axes.set_title("ŷ = a x + b")
    axes.legend(frameon=False)
    return made


def draw_descent(
    lesson: Lesson, x: Array, y: Array, path: list[tuple[float, float]], losses: list[float]
) -> Any:
    """The way down the bowl, seen from above, and the loss on the way."""
    made, (bowl, curve) = pictures.figure(10.0, 4.3, 1, 2)
    way = np.array(path)
    low, high = way.min(axis=0), way.max(axis=0)
    margin = 0.4 * np.maximum(high - low, 1e-3)
    a, b = (np.linspace(low[k] - margin[k], high[k] + margin[k], 120) for k in (0, 1))
    heights = loss_at(a[None, :], b[:, None], x, y)
    bowl.contourf(a, b, np.log(heights), levels=30, cmap="Blues_r")
    bowl.plot(*way.T, "o-", color=pictures.COLOURS[1], markersize=3, linewidth=1)
    bowl.set_xlabel("a")
    bowl.set_ylabel("b")
    bowl.set_title(lesson.text("above"))
    bowl.grid(False)
    pictures.draw_curves(
        curve,
        {lesson.text("loss"): losses},
        lesson.text("falling"),
        lesson.text("epoch"),
        lesson.text("loss"),
    )
    curve.set_yscale("log")
    return made


def explained(level: int) -> Any:
    """The report on one training step, for `limpide explain linear-regression`."""
    numbers = np.zeros(POINTS, np.float32)
    return Line().step.explain(numbers, numbers, 0.1, level=level)


TEXTS: Texts = {
    "title": ("Linear regression", "Régression linéaire"),
    "intro": (
        "Which line y = a x + b goes best through the points? The one with the smallest mean squared "
        "error, the loss L(a, b). Gradient descent looks for it step by step.",
        "Quelle droite y = a x + b passe au mieux par les points ? Celle dont l'erreur quadratique "
        "moyenne, le coût L(a, b), est la plus petite. La descente de gradient la cherche pas à pas.",
    ),
    "bowl": ("1. The shape of the loss", "1. La forme du coût"),
    "points": (
        "For {n} points, lp.hessian gives the second derivatives of the loss, the same everywhere:",
        "Pour {n} points, lp.hessian donne les dérivées secondes du coût, partout les mêmes :",
    ),
    "rate": (
        "So the loss is a bowl: curved by {steep:.3f} where it is steepest and by {gentle:.3f} where it "
        "is gentlest. A learning rate above 2/{steep:.3f} = {limit:.3f} would jump ever higher up the "
        "other side; {share:.0f} % of that, {rate:.3f}, is used.",
        "Le coût est donc une cuvette : courbée de {steep:.3f} là où elle est la plus raide et de "
        "{gentle:.3f} là où elle l'est le moins. Un pas au-dessus de 2/{steep:.3f} = {limit:.3f} "
        "sauterait toujours plus haut sur l'autre bord ; on prend {share:.0f} % de cela, {rate:.3f}.",
    ),
    "learning": ("2. Descending", "2. La descente"),
    "loss": ("loss", "coût"),
    "exact": ("least squares", "moindres carrés"),
    "result": (
        "At the end (a, b) is {distance:.2g} away from the exact answer. Across the bowl the steps "
        "overshoot and swing from side to side; along it they are small and shrink long before they "
        "arrive.",
        "À la fin, (a, b) est à {distance:.2g} de la réponse exacte. En travers de la cuvette, les pas "
        "vont trop loin et oscillent d'un bord à l'autre ; le long de la cuvette ils sont petits, et "
        "diminuent bien avant d'arriver.",
    ),
    "above": ("The way down, on the map of the loss", "La descente, sur la carte du coût"),
    "falling": ("The loss falls", "Le coût diminue"),
}

if __name__ == "__main__":
    start(main, "linear-regression")
