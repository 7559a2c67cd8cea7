"""Metrics against NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide import nn, train
from limpide.train.metrics import NAMES

SCORES = np.array([[0.1, 0.7, 0.2], [0.5, 0.3, 0.2], [0.2, 0.2, 0.6], [0.9, 0.1, 0.0]])


def value(metric: train.Metric, outputs: Any, labels: Any) -> float:
    return metric.result(metric.update(outputs, labels), len(outputs))


@pytest.mark.parametrize("labels", [np.array([1, 0, 1, 0]), np.eye(3)[[1, 0, 1, 0]]])
def test_accuracy_of_classes(labels: Any) -> None:
    assert value(train.Accuracy(), SCORES, labels) == 0.75


def test_accuracy_of_two_classes() -> None:
    outputs, labels = np.array([0.2, 0.4, 0.6, 0.8]), np.array([0, 1, 1, 1])
    for f, y in [(outputs, labels), (outputs[:, None], labels), (outputs[:, None], labels[:, None])]:
        assert value(train.Accuracy(), f, y) == 0.75
        assert value(train.Accuracy(0.0), f - 0.5, y) == 0.75
        assert value(train.Accuracy(0.0), f - 0.5, 2 * y - 1) == 0.75


def test_the_loss_says_where_two_classes_are_cut() -> None:
    for loss, threshold in [
        ("binary_cross_entropy", 0.5),
        ("binary_cross_entropy_with_logits", 0.0),
        ("hinge", 0.0),
        ("squared_hinge", 0.0),
        ("cross_entropy", None),
    ]:
        found = train.metric("accuracy", nn.losses.loss_function(loss))
        assert isinstance(found, train.Accuracy) and found.threshold == threshold
    found = train.metric("accuracy", nn.BCEWithLogitsLoss())
    assert isinstance(found, train.Accuracy) and found.threshold == 0.0


def test_accuracy_of_many_labels_and_of_sequences() -> None:
    outputs, labels = np.array([[1.0, -1.0], [2.0, 3.0]]), np.array([[1, 1], [0, 1]])
    assert value(train.Accuracy(0.0), outputs, labels) == 0.5
    assert value(train.Accuracy(), SCORES.reshape(2, 2, 3), np.array([[1, 0], [1, 0]])) == 0.75


def test_accuracy_of_hinge_with_class_indices() -> None:
    assert value(train.Accuracy(0.0), SCORES, np.array([1, 0, 1, 0])) == 0.75


def test_accuracy_refuses_shapes() -> None:
    with pytest.raises(lp.LimpideError, match=r"labels has shape \(3,\), outputs has shape \(4, 3\)"):
        train.Accuracy().update(SCORES, np.array([0, 1, 2]))


def test_losses_and_functions_are_metrics() -> None:
    for name in NAMES:
        assert train.metric(name).name == name
    assert value(train.metric("mse"), SCORES, SCORES + 2) == pytest.approx(4)

    def biggest(outputs: Any, labels: Any) -> Any:
        return lp.max(outputs)

    assert train.metric(biggest).name == "biggest"
    assert value(train.metric(biggest), SCORES, SCORES) == 0.9
    with pytest.raises(lp.LimpideError, match="neither a name nor a function"):
        train.metric(3)  # type: ignore[arg-type]


class Confusion(train.Metric):
    """A metric whose totals are no scalar, and which counts classes of its own."""

    name = "balanced"

    def start(self) -> Any:
        return np.zeros((2, 2))

    def update(self, outputs: Any, labels: Any) -> Any:
        truth = lp.one_hot(labels, 2, dtype="float64")
        return truth.T @ lp.one_hot(lp.argmax(outputs, axis=-1), 2, dtype="float64")

    def result(self, totals: Any, rows: int) -> float:
        return float(np.mean(np.diag(totals) / np.sum(totals, axis=1)))


def test_totals_of_any_shape_add_up_over_batches() -> None:
    x = np.random.default_rng(0).normal(size=(50, 4))
    y = (x[:, 0] > 0.5).astype(int)
    net = nn.Linear(4, 2, seed=0, dtype="float64")
    net.compile(loss="cross_entropy", metrics=[Confusion()])
    guess = net.predict(x).argmax(1)
    expected = np.mean([(guess[y == c] == c).mean() for c in (0, 1)])
    assert net.evaluate(x, y, batch_size=16)[1] == pytest.approx(expected)
    assert len(net.fit(x, y, batch_size=16, epochs=2, verbose=0).history["balanced"]) == 2
