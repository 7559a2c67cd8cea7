"""LeNet-5, a convolutional network, on handwritten digits.

    28 x 28 --conv 5x5--> 6 x 28 x 28 --pool--> 6 x 14 x 14 --conv 5x5--> 16 x 10 x 10 --pool--> 16 x 5 x 5
      --> 120 --> 84 --> 10

A filter is a small window of weights that slides over the whole image: the same 25 weights look for the same
stroke everywhere. Source: LeCun, Bottou, Bengio, Haffner 1998, "Gradient-based learning applied to document
recognition"; with ReLU and maxima where the paper has tanh and means.

    limpide lab lenet --epochs 10
    limpide lab lenet --dropout --augment --epochs 30
"""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

import limpide as lp
from limpide import nn, optim
from limpide.data import augment as changes

from .kit import digits, pictures
from .kit.digits import CLASSES, Digits
from .kit.lesson import Lesson, Texts
from .kit.options import Data, Epochs, Lang, Out, Seed
from .kit.shell import start

Dropout = Annotated[bool, typer.Option("--dropout", help="Drop a fifth of the hidden neurons in each step.")]
Augment = Annotated[
    bool, typer.Option("--augment", help="Turn, shift, scale and slant the images at random.")
]

BATCH = 100
RATE = 2e-3  # of Adam, at the beginning; it falls to 0 along half a cosine
DROPPED = 0.2
MISTAKES = 40  # as many are shown at most


# ------------------------------------------------------------------------------------------- the model
class LeNet(nn.Module):
    """Two convolutions, each with a pooling, and three layers of neurons; on images (n, 28, 28), 0 to 255."""

    def __init__(self, seed: int, dropout: float = 0.0):
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2, init="he_normal", seed=seed)
        self.conv2 = nn.Conv2d(6, 16, 5, init="he_normal", seed=seed + 1)
        self.hidden1 = nn.Linear(16 * 5 * 5, 120, init="he_normal", seed=seed + 2)
        self.hidden2 = nn.Linear(120, 84, init="he_normal", seed=seed + 3)
        self.out = nn.Linear(84, CLASSES, seed=seed + 4)
        self.drop = nn.Dropout(dropout, seed=seed)

    def maps(self, images: Any) -> tuple[Any, Any]:
        """What the filters of both layers answer: (n, 6, 28, 28) and (n, 16, 10, 10)."""
        ink = images.reshape(-1, 1, 28, 28) * np.float32(1 / 255)
        first = lp.relu(self.conv1(ink))
        return first, lp.relu(self.conv2(lp.max_pool2d(first, 2)))

    def forward(self, images: Any) -> Any:
        _, second = self.maps(images)
        x = lp.max_pool2d(second, 2).reshape(-1, 16 * 5 * 5)
        x = self.drop(lp.relu(self.hidden1(x)))
        x = self.drop(lp.relu(self.hidden2(x)))
        return self.out(x)


def compiled(model: LeNet, steps: int) -> None:
    """Say how it learns: Adam, with a rate that falls to 0 in so many steps."""
    rate = optim.schedules.cosine(RATE, steps)
    model.compile(optim.Adam(lr=rate), loss="cross_entropy", metrics=["accuracy"])


def changed(seed: int) -> changes.Transform:
    """What an image may look like and still be the same digit."""
    return changes.RandomAffine(10, translate=(0.08, 0.08), scale=(0.9, 1.1), shear=8, seed=seed)


# ------------------------------------------------------------------------------------------ the lesson
def main(
    epochs: Epochs = 10,
    dropout: Dropout = False,
    augment: Augment = False,
    seed: Seed = 0,
    data: Data = None,
    out: Out = None,
    lang: Lang = None,
) -> None:
    """LeNet-5 on handwritten digits: its filters, what they answer, its mistakes.

    With full MNIST: 10 epochs find at least 98.8 % of the test digits; 30 epochs with --dropout --augment at
    least 99.2 %.
    """
    with Lesson("lenet", TEXTS, lang, out) as lesson:
        lesson.say("intro")
        train, test = digits.load(data, BATCH)
        model = LeNet(seed, DROPPED if dropout else 0.0)
        compiled(model, epochs * -(-len(train.images) // BATCH))
        model.summary((BATCH, 28, 28))
        lesson.say("shared", layer=28 * 28 * 6 * 28 * 28)
        lesson.heading("learning")
        learn(lesson, model, train, test, epochs, seed, augment)
        show_results(lesson, model, test)
        show_filters(lesson, model, test)


def learn(
    lesson: Lesson, model: LeNet, train: Digits, test: Digits, epochs: int, seed: int, augment: bool
) -> None:
    lesson.say("descent", rate=RATE, batch=BATCH, train=len(train.x), test=len(test.x))
    if model.drop.p:
        lesson.say("dropout", share=model.drop.p)
    x: Any = train.images
    y: Any = train.labels
    if augment:
        lesson.say("augment")
        lesson.picture("augmented", draw_changes(lesson, train, seed))
        x, y = changes.augmented(x, y, changed(seed), BATCH, seed=seed), None
    held_out = test.images, test.labels
    with lesson.fitting(model, epochs):
        model.fit(x, y, batch_size=BATCH, epochs=epochs, validation_data=held_out, seed=seed)


def draw_changes(lesson: Lesson, train: Digits, seed: int) -> Any:
    """The first ten images, and under each what becomes of it in seven epochs."""
    first, transform = train.images[:10], changed(seed)
    rows = [transform(first, index=np.arange(10), epoch=epoch) for epoch in range(7)]
    return pictures.mosaic(np.concatenate([first, *rows]), 10, lesson.text("changed"))


def show_results(lesson: Lesson, model: LeNet, test: Digits) -> None:
    scores = model.predict(test.images)
    found = scores.argmax(axis=1)
    lesson.table(["digit", "images", "recognised", "taken_for"], list(digits.by_digit(found, test.labels)))
    lesson.say("result", accuracy=100 * float(np.mean(found == test.labels)))
    history = model.history.history
    accuracy = {
        lesson.text("train"): [100 * share for share in history["accuracy"]],
        lesson.text("test"): [100 * share for share in history["val_accuracy"]],
    }
    labels = lesson.text("title"), lesson.text("epoch"), lesson.text("accuracy")
    lesson.picture("accuracy", pictures.curves(accuracy, *labels))
    draw_mistakes(lesson, test, scores, found)
    lesson.save("weights", model.state_dict())


def draw_mistakes(lesson: Lesson, test: Digits, scores: NDArray[Any], found: NDArray[Any]) -> None:
    """The mistakes that the network is surest of."""
    wrong = np.flatnonzero(found != test.labels)
    margins = scores[wrong, found[wrong]] - scores[wrong, test.labels[wrong]]
    worst = wrong[np.argsort(-margins, kind="stable")][:MISTAKES]
    if len(worst):
        captions = [f"{test.labels[k]} \N{RIGHTWARDS ARROW} {found[k]}" for k in worst]
        title = lesson.text("wrong", n=len(worst), all=len(wrong))
        lesson.picture("mistakes", pictures.captioned(test.images[worst], captions, title))


def show_filters(lesson: Lesson, model: LeNet, test: Digits) -> None:
    lesson.heading("filters")
    lesson.say("filters_text")
    first, second = model.conv1.weight.numpy(), model.conv2.weight.numpy()
    names = [str(k + 1) for k in range(len(first))]
    lesson.picture("filters", pictures.signed(first[:, 0], names, lesson.text("first"), per_row=6, size=1.3))
    rows = np.swapaxes(second, 0, 1).reshape(-1, *second.shape[2:])
    names = [str(k + 1) if k < len(second) else "" for k in range(len(rows))]
    lesson.picture("filters2", pictures.signed(rows, names, lesson.text("second"), len(second), size=0.5))
    lesson.picture("maps", draw_maps(lesson, model, test))


def draw_maps(lesson: Lesson, model: LeNet, test: Digits) -> Any:
    """A digit and what every filter answers to it: 1 + 6 maps, and below them 16."""
    image = test.images[np.flatnonzero(test.labels == 5)[:1]]
    first, second = (maps.numpy()[0] for maps in model.maps(lp.tensor(image)))
    made, axes = pictures.figure(8.0, 4.2, 3, 8)
    for cell in axes.ravel():
        cell.set_axis_off()
    axes[0, 0].imshow(image[0], cmap="gray_r")
    axes[0, 0].set_title(lesson.text("image"), fontsize=8)
    shown = [*zip(axes[0, 1:7], first, strict=True), *zip(axes[1:].ravel(), second, strict=True)]
    for number, (cell, answers) in enumerate(shown):
        top = first.max() if number < len(first) else second.max()
        cell.imshow(answers, cmap="viridis", vmin=0, vmax=float(top) or 1.0)
        cell.set_title(str(number + 1 if number < len(first) else number + 1 - len(first)), fontsize=8)
    made.suptitle(lesson.text("maps"), fontsize=10)
    return made


def explained(level: int) -> Any:
    """The report on one training step, for `limpide explain lenet`."""
    model, optimizer = LeNet(seed=0), optim.Adam(lr=RATE)

    @lp.compile
    def step(images: Any, labels: Any) -> Any:
        loss = nn.cross_entropy(model(images), labels)
        optimizer.minimize(loss)
        return loss

    return step.explain(np.zeros((BATCH, 28, 28), np.uint8), np.zeros(BATCH, np.uint8), level=level)


TEXTS: Texts = {
    "title": ("LeNet-5, a convolutional network", "LeNet-5, un réseau convolutif"),
    "intro": (
        "A neuron that sees the whole image has to learn a stroke anew at every place where it may stand. A "
        "convolution slides one small window of weights over the image instead; its answers are again an "
        "image, a feature map. Pooling keeps the largest of each 2 x 2 answers: where exactly matters less.",
        "Un neurone qui voit toute l'image doit réapprendre un trait à chaque endroit où il peut se "
        "trouver. Une convolution fait plutôt glisser une petite fenêtre de poids sur l'image ; ses "
        "réponses forment de nouveau une image, une carte de caractéristiques. Le pooling garde la plus "
        "grande de chaque groupe de 2 x 2 réponses : l'endroit exact importe moins.",
    ),
    "shared": (
        "The first layer has 6 filters of 5 x 5 weights and 6 biases: 156 parameters. Neurons that see all "
        "pixels would take {layer:,} weights for as many answers.",
        "La première couche a 6 filtres de 5 x 5 poids et 6 biais : 156 paramètres. Des neurones qui voient "
        "tous les pixels demanderaient {layer:,} poids pour autant de réponses.",
    ),
    "learning": ("Learning", "L'apprentissage"),
    "descent": (
        "Adam, in batches of {batch}, on {train} images; tested on {test}. The learning rate falls from "
        "{rate} to 0 along half a cosine: large steps first, small ones to settle.",
        "Adam, par lots de {batch}, sur {train} images ; testé sur {test}. Le pas d'apprentissage descend de "
        "{rate} à 0 le long d'une demi-cosinusoïde : de grands pas d'abord, de petits pour se poser.",
    ),
    "dropout": (
        "Dropout: in every step each hidden neuron is left out with probability {share}, so that none can "
        "rely on one other. In the test all are there.",
        "Dropout : à chaque pas, chaque neurone caché est omis avec la probabilité {share}, si bien qu'aucun "
        "ne peut compter sur un seul autre. Pour le test, tous sont là.",
    ),
    "augment": (
        "Augmentation: every time that an image comes, it is turned, shifted, scaled and slanted a little, "
        "by chance. No image is seen twice, and what is learnt does not depend on the exact place.",
        "Augmentation : chaque fois qu'une image se présente, elle est un peu tournée, décalée, agrandie et "
        "inclinée, au hasard. Aucune image n'est vue deux fois, et ce qui est appris ne dépend pas de "
        "l'endroit exact.",
    ),
    "changed": (
        "Ten images (first row), and what becomes of them in seven epochs",
        "Dix images (première ligne), et ce qu'elles deviennent en sept époques",
    ),
    "digit": ("digit", "chiffre"),
    "images": ("test images", "images de test"),
    "recognised": ("recognised", "reconnues"),
    "taken_for": ("most often taken for", "pris le plus souvent pour"),
    "train": ("training set, while learning", "apprentissage, en cours de route"),
    "test": ("test set", "test"),
    "accuracy": ("digits recognised (%)", "chiffres reconnus (%)"),
    "result": (
        "{accuracy:.2f} % of the test digits are recognised.",
        "{accuracy:.2f} % des chiffres de test sont reconnus.",
    ),
    "wrong": (
        "{n} of {all} mistakes on the test set, the surest first: label \N{RIGHTWARDS ARROW} answer",
        "{n} des {all} erreurs sur l'ensemble de test, les plus sûres d'abord : étiquette "
        "\N{RIGHTWARDS ARROW} réponse",
    ),
    "filters": ("What the network sees", "Ce que voit le réseau"),
    "filters_text": (
        "A filter answers where the image looks like it: ink where it is blue, paper where it is red. Many "
        "filters of the first layer have become detectors of edges in some direction; those of the second "
        "see combinations of their answers.",
        "Un filtre répond là où l'image lui ressemble : de l'encre où il est bleu, du papier où il est "
        "rouge. Beaucoup de filtres de la première couche sont devenus des détecteurs de bords dans une "
        "direction ; ceux de la seconde voient des combinaisons de leurs réponses.",
    ),
    "first": ("The 6 filters of the first layer", "Les 6 filtres de la première couche"),
    "second": (
        "The 16 filters of the second layer (columns): a window on each of the 6 maps (rows)",
        "Les 16 filtres de la seconde couche (colonnes) : une fenêtre sur chacune des 6 cartes (lignes)",
    ),
    "image": ("image", "image"),
    "maps": (
        "A digit, the 6 maps of the first layer, the 16 of the second: bright where a filter answers",
        "Un chiffre, les 6 cartes de la première couche, les 16 de la seconde : clair où un filtre répond",
    ),
}

if __name__ == "__main__":
    start(main, "lenet")
