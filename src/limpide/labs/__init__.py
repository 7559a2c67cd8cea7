"""The labs: experiments of deep learning courses, each one file that reads as a lesson and runs.

limpide lab --list
limpide lab logistic --epochs 20
python -m limpide.labs.logistic --lang fr
"""

from __future__ import annotations

import importlib
from types import ModuleType

# name -> what it is about, in English and in French; in the order in which one learns
LABS: dict[str, tuple[str, str]] = {
    "tour": (
        "formula, graph, derivative and C of four small expressions",
        "formule, graphe, dérivée et C de quatre petites expressions",
    ),
    "linear-regression": (
        "a line through points by gradient descent, next to the exact answer",
        "une droite à travers des points par descente de gradient, et la réponse exacte",
    ),
    "perceptron": (
        "the perceptron and its updates; XOR, which takes two layers",
        "le perceptron et ses corrections ; XOR, qui demande deux couches",
    ),
    "binary": (
        "one sigmoid neuron that tells two digits apart",
        "un seul neurone sigmoïde qui distingue deux chiffres",
    ),
    "logistic": (
        "logistic regression on handwritten digits, from scratch",
        "la régression logistique sur des chiffres manuscrits, à partir de rien",
    ),
    "mlp": (
        "a multi-layer perceptron on handwritten digits",
        "un perceptron multicouche sur des chiffres manuscrits",
    ),
    "lenet": (
        "a convolutional network on handwritten digits: filters, feature maps, mistakes",
        "un réseau convolutif sur des chiffres manuscrits : filtres, cartes, erreurs",
    ),
    "audio": (
        "an auto-encoder that compresses sound, its gradient by hand and by lp.grad",
        "un auto-encodeur qui compresse le son, son gradient à la main et par lp.grad",
    ),
    "anomaly": (
        "an auto-encoder of one digit that finds all others: ROC curves",
        "un auto-encodeur d'un seul chiffre qui trouve tous les autres : courbes ROC",
    ),
    "pretrained": (
        "weights learnt before, frozen or fine-tuned on few images of new digits",
        "des poids appris avant, gelés ou affinés sur peu d'images de nouveaux chiffres",
    ),
    "init": (
        "how the first values of the weights decide what is learnt",
        "comment les premières valeurs des poids décident de l'apprentissage",
    ),
    "gradients": (
        "gradients that vanish: sigmoid, ReLU and BatchNorm in a deep network",
        "des gradients qui s'évanouissent : sigmoïde, ReLU et BatchNorm dans un réseau profond",
    ),
    "regularisation": (
        "L1, L2, dropout, augmentation and early stopping against learning by heart",
        "L1, L2, dropout, augmentation et arrêt précoce pour ne pas apprendre par cœur",
    ),
}


def load(name: str) -> ModuleType:
    """The module of a lab: imported when it is asked for, so that listing the labs stays fast.

    >>> load("linear-regression").__name__
    'limpide.labs.linear_regression'
    """
    return importlib.import_module(f"{__name__}.{name.replace('-', '_')}")
