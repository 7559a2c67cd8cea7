"""A tour of limpide: from formula to graph, to derivative, to C, with four small expressions.

    z = x + y        c = sqrt(a^2 + b^2)        y = sqrt(a + sin b)        d/dx k x^n

An expression of inputs is not computed when it is written: it becomes a graph. lp.function makes of the
graph a function in C; lp.grad makes of it another graph, that of the derivative.

    limpide lab tour
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
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

RATE = 0.1


# ------------------------------------------------------------------------------------- the expressions
def addition(x: Any, y: Any) -> Any:
    return x + y


def hypotenuse(a: Any, b: Any) -> Any:
    return lp.sqrt(a**2 + b**2)


def root_of_sine(a: Any, b: Any) -> Any:
    return lp.sqrt(a + lp.sin(b))


def slope(k: Any, n: Any, x: Any) -> Any:
    return lp.grad(k * x**n, x)


def as_function(expression: Callable[..., Any], shape: tuple[int, ...] = ()) -> Any:
    inputs = [lp.input(name, shape) for name in inspect.signature(expression).parameters]
    return lp.function(inputs, expression(*inputs), name=expression.__name__)


# ------------------------------------------------------------------------------------------ the lesson
def main(epochs: Epochs = 20, seed: Seed = 0, data: Table = None, out: Out = None, lang: Lang = None) -> None:
    """Formula, graph before and after the passes, derivative and C of four small expressions.

    --data is a CSV file with a row a, b of numbers to compute at; --seed draws some if there is none, and
    where the descent at the end starts; --epochs is its number of steps.
    """
    with Lesson("tour", TEXTS, lang, out) as lesson:
        lesson.say("intro")
        lesson.show(inspect.getsource(as_function))
        show_road(lesson, "addition", addition, (2, 2))
        z = as_function(addition, (2, 2))([[0, 1], [2, 8]], [[2, 5], [-4, 5]])
        lesson.say("addition_value", value=z.tolist())
        show_road(lesson, "hypotenuse", hypotenuse)
        show_road(lesson, "root", root_of_sine)
        show_values(lesson, numbers(data, seed))
        show_road(lesson, "power", slope)
        show_descent(lesson, epochs, seed)


def numbers(file: Path | None, seed: int) -> Array:
    """Rows of a and b."""
    if file is not None:
        return table.read(file, ("a", "b"))
    drawn = np.random.default_rng(seed).uniform(1, 5, (3, 2)).astype(np.float32)
    return np.concatenate([np.array([[3, 4], [3, np.pi / 2]], np.float32), drawn])


def show_road(lesson: Lesson, key: str, expression: Callable[..., Any], shape: tuple[int, ...] = ()) -> None:
    """One expression: as written, as formula, as graph before and after the passes, as C."""
    lesson.heading(key)
    lesson.say(f"{key}_text")
    lesson.show(inspect.getsource(expression))
    f = as_function(expression, shape)
    report = f.explain()
    for title in ("Formula", "Graph", "Passes"):
        lesson.say(title)
        lesson.show(report.section(title))
    lesson.say("C")
    lesson.show(own_functions(report.section("C")))
    for ending in (".html", ".svg"):
        lesson.document(f"{f.program.name}{ending}", report.save)


def own_functions(c: str) -> str:
    """Of a C file the functions that compute; what calls them and what every file has is left out."""
    parts = c.split("\n\n")
    own = [part for part in parts if "static void" in part and "void run(" not in part]
    return "\n\n".join(own) if own else c


def show_values(lesson: Lesson, rows: Array) -> None:
    lesson.say("values")
    c, y = as_function(hypotenuse), as_function(root_of_sine)
    cells = []
    for a, b in rows:
        exact = np.hypot(a, b), np.sqrt(a + np.sin(b))
        ours = float(c(a, b)), float(y(a, b))
        apart = np.nanmax(np.abs(np.subtract(ours, exact)))
        cells.append([f"{a:.4f}", f"{b:.4f}", *(f"{value:.6f}" for value in ours), f"{apart:.1e}"])
    lesson.table(["a", "b", "sqrt(a² + b²)", "sqrt(a + sin b)", "difference"], cells)


def show_descent(lesson: Lesson, epochs: int, seed: int) -> None:
    """The derivative put to use: down the curve of x^2, always against the slope."""
    derivative = as_function(slope)
    lesson.say("rule", value=float(derivative(3, 4, 2)), exact=3 * 4 * 2**3)
    lesson.heading("descent")
    lesson.say("descent_text", rate=RATE)
    x = float(np.random.default_rng(seed).uniform(2, 3))
    path = [x]
    with lesson.training(epochs) as training:
        for _ in training:
            x -= RATE * float(derivative(1, 2, x))
            path.append(x)
            training.news(f"x = {x:.5f}")
    shown = [n for n in (0, 1, 2, 5, 10, 20, 50, 100) if n < len(path) - 1] + [len(path) - 1]
    rows = [
        [str(n), f"{path[n]:.6f}", f"{path[n] ** 2:.6f}", f"{derivative(1, 2, path[n]):.6f}"] for n in shown
    ]
    lesson.table(["step", "x", "x²", "slope"], rows)
    lesson.picture("descent", draw_descent(lesson, derivative, path))


def draw_descent(lesson: Lesson, derivative: Any, path: list[float]) -> Any:
    """x^2 with the steps of the descent, and its derivative as lp.grad has it."""
    made, (curve, straight) = pictures.figure(10.0, 4.2, 1, 2)
    x = np.linspace(-3.2, 3.2, 200)
    way = np.array(path)
    curve.plot(x, x**2, color=pictures.COLOURS[0])
    curve.plot(way, way**2, "o-", color=pictures.COLOURS[1], markersize=4, linewidth=1)
    curve.set_title(lesson.text("down"))
    straight.plot(x, [derivative(1, 2, each) for each in x], color=pictures.COLOURS[2])
    straight.axhline(0, color="black", linewidth=0.8)
    straight.set_title(lesson.text("drawn_slope"))
    for axes, label in ((curve, "$x^2$"), (straight, "$2x$")):
        axes.set_xlabel("$x$")
        axes.set_ylabel(label)
    return made


def explained(level: int) -> Any:
    """The report on the derivative of k x^n, for `limpide explain tour`."""
    return as_function(slope).explain(level=level)


TEXTS: Texts = {
    "title": ("A tour of limpide", "Un tour de limpide"),
    "intro": (
        "What happens between a line of Python and the machine: formula, graph, derivative, passes that "
        "simplify the graph, C. Every stage can be printed; nothing is hidden. lp.input makes a name "
        "without a value; an expression of such names is a graph, and lp.function makes C of it:",
        "Ce qui se passe entre une ligne de Python et la machine : formule, graphe, dérivée, passes qui "
        "simplifient le graphe, C. Chaque étape peut être affichée ; rien n'est caché. lp.input fait un "
        "nom sans valeur ; une expression de tels noms est un graphe, et lp.function en fait du C :",
    ),
    "Formula": ("The formula that limpide sees:", "La formule que voit limpide :"),
    "Graph": (
        "Its graph, one node a line; %2 is the node on line %2:",
        "Son graphe, un nœud par ligne ; %2 est le nœud de la ligne %2 :",
    ),
    "Passes": (
        "The passes, each with its rules that applied, and the graph after them:",
        "Les passes, chacune avec ses règles qui se sont appliquées, et le graphe ensuite :",
    ),
    "C": ("The C made of it:", "Le C qui en est fait :"),
    "addition": ("1. z = x + y", "1. z = x + y"),
    "addition_text": (
        "Two matrices. x and y have no values yet, only names, shapes and a dtype.",
        "Deux matrices. x et y n'ont pas encore de valeurs, seulement un nom, une forme et un type.",
    ),
    "addition_value": ("Called with numbers, z is {value}.", "Appelée avec des nombres, z vaut {value}."),
    "hypotenuse": ("2. c = sqrt(a² + b²)", "2. c = sqrt(a² + b²)"),
    "hypotenuse_text": (
        "Several operations in one formula become one piece of C: intermediate values never go to memory.",
        "Plusieurs opérations d'une formule deviennent un seul morceau de C : les valeurs intermédiaires "
        "ne vont jamais en mémoire.",
    ),
    "root": ("3. y = sqrt(a + sin b)", "3. y = sqrt(a + sin b)"),
    "root_text": (
        "For a = 3 and b = π/2 it is 2. In the report that is written as root_of_sine.html there is its "
        "gradient too.",
        "Pour a = 3 et b = π/2, elle vaut 2. Le rapport écrit dans root_of_sine.html contient aussi son "
        "gradient.",
    ),
    "values": (
        "Both formulas at some numbers, and how far NumPy's values are from these:",
        "Les deux formules pour quelques nombres, et l'écart avec les valeurs de NumPy :",
    ),
    "difference": ("difference", "écart"),
    "power": ("4. The derivative of k xⁿ", "4. La dérivée de k xⁿ"),
    "power_text": (
        "lp.grad goes through the graph backwards, applies to every node its rule and gives a graph "
        "again. The rule of the power is seen in the formula: k n x^(n - 1).",
        "lp.grad parcourt le graphe à rebours, applique à chaque nœud sa règle et donne de nouveau un "
        "graphe. La règle des puissances se lit dans la formule : k n x^(n - 1).",
    ),
    "rule": (
        "For k = 3, n = 4, x = 2 the compiled derivative gives {value}; by hand, 3 · 4 · 2³ = {exact}.",
        "Pour k = 3, n = 4, x = 2, la dérivée compilée donne {value} ; à la main, 3 · 4 · 2³ = {exact}.",
    ),
    "descent": ("5. What derivatives are for", "5. À quoi servent les dérivées"),
    "descent_text": (
        "Where is x² smallest? Start anywhere and go against the slope, x <- x - {rate} dy/dx, again and "
        "again. All training of neural networks is this.",
        "Où x² est-il le plus petit ? Partir de n'importe où et aller contre la pente, x <- x - {rate} "
        "dy/dx, encore et encore. Tout apprentissage de réseau de neurones est cela.",
    ),
    "training": ("steps", "pas"),
    "step": ("step", "pas"),
    "slope": ("slope", "pente"),
    "down": ("Down the curve, against the slope", "Vers le bas de la courbe, contre la pente"),
    "drawn_slope": ("The slope, from lp.grad", "La pente, par lp.grad"),
}

if __name__ == "__main__":
    start(main, "tour")
