"""What has not been seen before: an auto-encoder that finds anomalies.

It is trained to give back images of one digit, through 16 numbers, and sees nothing else; nobody tells it a
label. What it gives back badly is not what it knows:

    score = |x - decode(encode(x))|^2 / |x|^2

The score of every test image is compared with a threshold. Every threshold finds a share of the anomalies
and gives a share of false alarms: the ROC curve. The area under it is the probability that an anomaly has a
higher score than a normal image.

    limpide lab anomaly --digit 1
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

import limpide as lp
from limpide import nn, optim
from limpide.errors import ArgumentError
from limpide.train.metrics import roc_auc, roc_curve

from .kit import digits, pictures
from .kit.digits import CLASSES, PIXELS, Digits
from .kit.lesson import Lesson, Texts
from .kit.options import Data, Epochs, Lang, Out, Seed
from .kit.shell import start

Array = NDArray[Any]
Digit = Annotated[int, typer.Option(min=0, max=9, help="The digit that is normal.")]

HIDDEN, CODE = 128, 16
BATCH = 100
RATE = 3e-3
ALARMS = 0.05  # the share of false alarms that the threshold of the table allows


# ------------------------------------------------------------------------------------------- the model
def network(seed: int) -> nn.Sequential:
    """784 - 128 - 16 - 128 - 784."""
    return nn.Sequential(
        nn.Linear(PIXELS, HIDDEN, init="he_normal", seed=seed),
        nn.ReLU(),
        nn.Linear(HIDDEN, CODE, seed=seed + 1),
        nn.Linear(CODE, HIDDEN, init="he_normal", seed=seed + 2),
        nn.ReLU(),
        nn.Linear(HIDDEN, PIXELS, seed=seed + 3),
        nn.Sigmoid(),
    )


def trained(images: Array, epochs: int, seed: int) -> nn.Sequential:
    """The auto-encoder of these images (n, 784)."""
    model = network(seed)
    steps = epochs * -(-len(images) // BATCH)
    model.compile(optim.Adam(lr=optim.schedules.cosine(RATE, steps)), loss="mse")
    model.fit(images, images, batch_size=BATCH, epochs=epochs, seed=seed, verbose=0)
    return model


def scores(model: nn.Sequential, images: Array) -> Array:
    """Of each image (n, 784) the share of its ink, squared, that is not regenerated."""
    missed = np.sum((model.predict(images) - images) ** 2, axis=1)
    return np.asarray(missed / np.maximum(np.sum(images**2, axis=1), 1e-6))


# ------------------------------------------------------------------------------------------ the lesson
def main(
    epochs: Epochs = 20,
    digit: Digit = 1,
    seed: Seed = 0,
    data: Data = None,
    out: Out = None,
    lang: Lang = None,
) -> None:
    """An auto-encoder trained on one digit, without labels, flags all that it has not seen: ROC, AUC.

    --digit chooses the one that the pictures are about; the table is of all ten.
    """
    with Lesson("anomaly", TEXTS, lang, out) as lesson:
        lesson.say("intro", code=CODE)
        train, test = digits.load(data, BATCH)
        lesson.heading("ten")
        lesson.say("ten_text", epochs=epochs, test=len(test.x))
        found: dict[int, Array] = {}
        with lesson.training(CLASSES) as training:
            for number in training:
                normal = number - 1
                model = trained(of_digit(train, normal), epochs, seed)
                found[normal] = scores(model, test.x)
                if normal == digit:
                    chosen = model
                training.news(lesson.text("known", digit=normal))
        show_table(lesson, found, test)
        if digit in found:
            show_digit(lesson, chosen, found[digit], test, digit)


def of_digit(some: Digits, digit: int) -> Array:
    """The images (n, 784) of a digit. Raises ArgumentError where there is none."""
    images: Array = some.x[some.labels == digit]
    if not len(images):
        raise ArgumentError("anomaly", f"there is no {digit} among the training images")
    return images


def show_table(lesson: Lesson, found: dict[int, Array], test: Digits) -> None:
    """For every digit that was normal: area under the curve, and what a threshold finds."""
    rows, curves = [], {}
    for normal, values in found.items():
        odd = test.labels != normal
        false, true, _ = roc_curve(values, odd)
        curves[str(normal)] = (false, true)
        caught = float(np.interp(ALARMS, false, true))
        hardest = missed_most(values, test.labels, normal)
        rows.append([str(normal), f"{roc_auc(values, odd):.4f}", f"{100 * caught:.1f} %", hardest])
    lesson.table(["normal", "area", "caught", "overlooked"], rows)
    mean = float(np.mean([float(row[1]) for row in rows]))
    lesson.say("mean", mean=mean, alarms=100 * ALARMS)
    lesson.picture("roc", draw_roc(lesson, curves))


def missed_most(values: Array, labels: Array, normal: int) -> str:
    """The digit that is told apart worst from the normal one."""
    areas = {}
    for other in set(np.unique(labels).tolist()) - {normal}:
        both = (labels == normal) | (labels == other)
        areas[other] = roc_auc(values[both], labels[both] == other)
    return str(min(areas, key=lambda other: areas[other]))


def draw_roc(lesson: Lesson, curves: dict[str, tuple[Array, Array]]) -> Any:
    made, axes = pictures.figure(6.4, 5.2)
    for number, (name, (false, true)) in enumerate(curves.items()):
        colour = pictures.COLOURS[number % len(pictures.COLOURS)]
        dashes = "-" if number < len(pictures.COLOURS) else "--"
        axes.plot(100 * false, 100 * true, dashes, color=colour, label=name, linewidth=1.3)
    axes.plot([0, 100], [0, 100], ":", color="grey", linewidth=0.8)
    axes.set_xlabel(lesson.text("false_alarms"))
    axes.set_ylabel(lesson.text("found"))
    axes.set_title(lesson.text("roc"))
    axes.legend(title=lesson.text("normal"), frameon=False, loc="lower right")
    return made


def show_digit(lesson: Lesson, model: nn.Sequential, values: Array, test: Digits, digit: int) -> None:
    lesson.heading("pictures")
    lesson.say("pictures_text", digit=digit)
    odd = test.labels != digit
    lesson.picture("scores", draw_scores(lesson, values, odd, digit))
    order = np.argsort(-values, kind="stable")
    known, other = order[~odd[order]], order[odd[order]]
    for name, rows in (("worst", other[:10]), ("overlooked_ones", other[::-1][:10]), ("alarms", known[:10])):
        figure = draw_pairs(model, test, values, rows, lesson.text(name, digit=digit))
        lesson.picture(name, figure)
    lesson.save("weights", model.state_dict())


def draw_scores(lesson: Lesson, values: Array, odd: Array, digit: int) -> Any:
    """How the scores of what is known and of all else are spread."""
    made, axes = pictures.figure(7.0, 3.6)
    edges = np.linspace(0, float(np.quantile(values, 0.999)), 60)
    for rows, key, colour in ((~odd, "is_normal", 0), (odd, "is_other", 1)):
        label = lesson.text(key, digit=digit)
        share = np.full(int(rows.sum()), 100 / max(1, int(rows.sum())))
        axes.hist(values[rows], edges, weights=share, color=pictures.COLOURS[colour], alpha=0.6, label=label)
    axes.set_xlabel(lesson.text("score"))
    axes.set_ylabel(lesson.text("share"))
    axes.set_title(lesson.text("spread"))
    axes.legend(frameon=False)
    return made


def draw_pairs(model: nn.Sequential, test: Digits, values: Array, rows: Sequence[int], title: str) -> Any:
    """Images above, what is regenerated from them below; the scores between."""
    regenerated = np.rint(255 * model.predict(test.x[rows])).reshape(-1, 28, 28)
    images = np.concatenate([test.images[rows], regenerated])
    captions = [str(test.labels[k]) for k in rows] + [f"{values[k]:.2f}" for k in rows]
    return pictures.captioned(images, captions, title, per_row=len(rows))


def explained(level: int) -> Any:
    """The report on one training step, for `limpide explain anomaly`."""
    model, optimizer = network(seed=0), optim.Adam(lr=RATE)

    @lp.compile
    def step(images: Any) -> Any:
        loss = nn.mse(model(images), images)
        optimizer.minimize(loss)
        return loss

    return step.explain(np.zeros((BATCH, PIXELS), np.float32), level=level)


TEXTS: Texts = {
    "title": ("Finding what was never seen", "Trouver ce qui n'a jamais été vu"),
    "intro": (
        "A network is shown images of a single digit and has to give them back through {code} numbers. It "
        "learns what these images have in common, and no more. Of anything else it makes the nearest thing "
        "that it knows: the difference gives the stranger away. No label is used for that.",
        "On montre à un réseau les images d'un seul chiffre, et il doit les rendre à travers {code} "
        "nombres. Il apprend ce que ces images ont en commun, et rien de plus. De toute autre chose il fait "
        "ce qu'il connaît de plus proche : la différence trahit l'étranger. Aucune étiquette ne sert à cela.",
    ),
    "ten": ("1. Every digit once as the normal one", "1. Chaque chiffre à son tour comme normal"),
    "ten_text": (
        "Ten networks, each trained on one digit for {epochs} epochs; then each scores all {test} test "
        "images. The score is the share of an image that is not regenerated.",
        "Dix réseaux, chacun entraîné sur un chiffre pendant {epochs} époques ; puis chacun note les {test} "
        "images de test. La note est la part de l'image qui n'est pas régénérée.",
    ),
    "known": ("digit {digit}", "chiffre {digit}"),
    "normal": ("normal", "normal"),
    "area": ("area under the curve", "aire sous la courbe"),
    "caught": ("anomalies found", "anomalies trouvées"),
    "overlooked": ("most often overlooked", "le plus souvent manqué"),
    "mean": (
        "On average the area is {mean:.3f}: 1 would be perfect, 0.5 is guessing. The third column is for the "
        "threshold that gives {alarms:g} % of false alarms.",
        "L'aire est en moyenne de {mean:.3f} : 1 serait parfait, 0.5 est le hasard. La troisième colonne "
        "vaut pour le seuil qui donne {alarms:g} % de fausses alertes.",
    ),
    "roc": ("All thresholds: ROC curves", "Tous les seuils : courbes ROC"),
    "false_alarms": ("false alarms (% of the normal digit)", "fausses alertes (% du chiffre normal)"),
    "found": ("anomalies found (%)", "anomalies trouvées (%)"),
    "pictures": ("2. What it gives back", "2. Ce qu'il rend"),
    "pictures_text": (
        "The network that knows {digit} alone: the strangers with the highest scores, those that it took "
        "for its own, and the strangest of its own.",
        "Le réseau qui ne connaît que le {digit} : les étrangers aux notes les plus hautes, ceux qu'il a "
        "pris pour les siens, et les plus étranges des siens.",
    ),
    "worst": (
        "Found: the worst reconstructions (label; below, what is regenerated, and the score)",
        "Trouvés : les pires reconstructions (étiquette ; dessous, ce qui est régénéré, et la note)",
    ),
    "overlooked_ones": (
        "Overlooked: other digits that are regenerated best",
        "Manqués : les autres chiffres les mieux régénérés",
    ),
    "alarms": (
        "False alarms: images of {digit} that are regenerated worst",
        "Fausses alertes : les images du {digit} les plus mal régénérées",
    ),
    "spread": ("The scores of the test images", "Les notes des images de test"),
    "is_normal": ("digit {digit}", "chiffre {digit}"),
    "is_other": ("all other digits", "tous les autres chiffres"),
    "score": ("score: share of the image that is not regenerated", "note : part de l'image non régénérée"),
    "share": ("images (%)", "images (%)"),
}

if __name__ == "__main__":
    start(main, "anomaly")
