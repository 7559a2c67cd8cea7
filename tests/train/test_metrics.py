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


def over_batches(metric: train.Metric, outputs: Any, labels: Any, pieces: int = 3) -> float:
    """The number from compiled updates added up over batches."""
    update = lp.compile(lambda f, y: metric.update(f, y))
    totals = metric.start()
    for f, y in zip(np.array_split(outputs, pieces), np.array_split(labels, pieces), strict=True):
        totals = totals + update(f, y).numpy()
    assert np.shape(totals) == np.shape(metric.start())
    return metric.result(totals, len(outputs))


RNG = np.random.default_rng(5)
TRUE = RNG.integers(0, 4, 60)
OUTPUTS = (RNG.normal(size=(60, 5)) + 1.5 * np.eye(5)[TRUE]).astype(np.float32)  # no row is of class 4
OUTPUTS[:, 4] = -9
GUESS = OUTPUTS.argmax(1)
YES = RNG.integers(0, 2, 80)
SURE = np.clip(0.25 * YES + 0.6 * RNG.random(80), 0, 1).round(3)


def ratios(guess: Any, true: Any, classes: int) -> dict[str, Any]:
    """precision, recall, F1, F2 and intersection over union per class, and how often each is true."""
    rows = []
    for c in range(classes):
        right = sum((guess == c) & (true == c))
        decided, is_true = sum(guess == c), sum(true == c)
        p = right / decided if decided else 0
        r = right / is_true if is_true else 0
        f1, f2 = ((1 + b) * p * r / (b * p + r) if p + r else 0 for b in (1, 4))
        rows.append((p, r, f1, f2, right / max(1, decided + is_true - right), is_true))
    return dict(
        zip(["precision", "recall", "f1", "fbeta", "mean_iou", "true"], np.array(rows).T, strict=True)
    )


KINDS: dict[str, Any] = {
    "precision": train.metrics.Precision,
    "recall": train.metrics.Recall,
    "f1": train.metrics.F1,
    "fbeta": lambda **k: train.metrics.FBeta(2.0, **k),
}


@pytest.mark.parametrize("name", KINDS)
def test_counts_of_two_classes(name: str) -> None:
    expected = ratios(SURE > 0.5, YES == 1, 2)[name][1]
    kind = KINDS[name]
    assert over_batches(kind(), SURE, YES) == pytest.approx(expected)
    assert over_batches(kind(), SURE[:, None], YES[:, None]) == pytest.approx(expected)
    assert over_batches(kind(threshold=0.0), SURE - 0.5, 2 * YES - 1) == pytest.approx(expected)
    both = np.stack([1 - SURE, SURE], axis=1)
    assert over_batches(kind(), both, YES) == pytest.approx(expected)
    assert over_batches(kind(), both, np.eye(2)[YES]) == pytest.approx(expected)


@pytest.mark.parametrize("name", KINDS)
def test_counts_of_classes(name: str) -> None:
    found = ratios(GUESS, TRUE, 5)
    kind, each = KINDS[name], found[name]
    assert over_batches(kind(classes=5), OUTPUTS, TRUE) == pytest.approx(each[:4].mean())
    assert over_batches(kind(classes=5), OUTPUTS, np.eye(5)[TRUE]) == pytest.approx(each[:4].mean())
    weighted = (each * found["true"]).sum() / 60
    assert over_batches(kind(classes=5, average="weighted"), OUTPUTS, TRUE) == pytest.approx(weighted)
    micro = over_batches(kind(classes=5, average="micro"), OUTPUTS, TRUE)
    assert micro == pytest.approx((GUESS == TRUE).mean())


def test_counts_of_many_labels() -> None:
    f, y = RNG.normal(size=(30, 3)), RNG.integers(0, 2, (30, 3))
    each = [ratios(f[:, c] > 0, y[:, c] == 1, 2)["f1"][1] for c in range(3)]
    assert over_batches(train.metrics.F1(classes=3, threshold=0.0), f, y) == pytest.approx(np.mean(each))
    micro = ratios((f > 0).ravel(), y.ravel() == 1, 2)["f1"][1]
    found = over_batches(train.metrics.F1(classes=3, threshold=0.0, average="micro"), f, y)
    assert found == pytest.approx(micro) and found == pytest.approx(
        over_batches(train.metrics.F1(threshold=0.0), f, y)
    )


def test_intersection_over_union_of_pictures() -> None:
    f, y = OUTPUTS.reshape(6, 2, 5, 5), TRUE.reshape(6, 2, 5)
    expected = ratios(GUESS, TRUE, 5)["mean_iou"][:4].mean()
    assert over_batches(train.metrics.MeanIoU(5), f, y) == pytest.approx(expected)


def test_nothing_decided_and_nothing_true_give_0() -> None:
    for kind in (train.metrics.Precision, train.metrics.Recall, train.metrics.F1):
        assert value(kind(), np.zeros(3), np.zeros(3)) == 0
        assert value(kind(classes=3, average="weighted"), np.zeros((0, 3)), np.zeros(0, int)) == 0


def test_confusion_matrix() -> None:
    metric = train.metrics.ConfusionMatrix(5)
    assert over_batches(metric, OUTPUTS, TRUE) == pytest.approx((GUESS == TRUE).mean())
    expected = np.zeros((5, 5), int)
    np.add.at(expected, (TRUE, GUESS), 1)
    assert (metric.matrix == expected).all() and metric.matrix.dtype.kind == "i"


@pytest.mark.parametrize("k", [1, 2, 5])
def test_top_k(k: int) -> None:
    ranks = np.array([list(np.argsort(-row)).index(c) for row, c in zip(OUTPUTS, TRUE, strict=True)])
    for labels in (TRUE, np.eye(5)[TRUE]):
        assert over_batches(train.metrics.TopK(k), OUTPUTS, labels) == pytest.approx((ranks < k).mean())


def test_top_k_of_what_is_no_number_or_no_class_misses() -> None:
    f = np.array([[np.nan, 1.0, 2.0], [3.0, 1.0, np.nan], [1.0, 2.0, 3.0]])
    assert value(train.metrics.TopK(2), f, np.array([0, 0, 7])) == pytest.approx(1 / 3)


def pairs_won(scores: Any, labels: Any) -> float:
    """The area under the ROC curve by comparing every row of one class with every row of the other."""
    differences = scores[labels == 1][:, None] - scores[labels == 0][None, :]
    return float(((differences > 0) + 0.5 * (differences == 0)).mean())


def by_definition(scores: Any, labels: Any) -> float:
    """The sum over thresholds, from the highest, of precision times the step of recall."""
    area, before = 0.0, 0.0
    for t in sorted(set(scores), reverse=True):
        recall = ((scores >= t) & (labels == 1)).sum() / (labels == 1).sum()
        area += labels[scores >= t].mean() * (recall - before)
        before = recall
    return area


def test_exact_areas() -> None:
    coarse = SURE.round(1)  # many ties
    for scores in (SURE, coarse, -SURE):
        assert train.metrics.roc_auc(scores, YES) == pytest.approx(pairs_won(scores, YES))
        assert train.metrics.average_precision(scores, YES) == pytest.approx(by_definition(scores, YES))
    wrong, right, thresholds = train.metrics.roc_curve(coarse, YES)
    for x, y, t in zip(wrong, right, thresholds, strict=True):
        assert (x, y) == ((coarse[YES == 0] >= t).mean(), (coarse[YES == 1] >= t).mean())
    for labels, scores in [(np.ones(3), np.ones(3)), (np.array([0, 1]), np.array([np.nan, 1.0]))]:
        with pytest.raises(lp.LimpideError, match="the curve is not defined"):
            train.metrics.roc_auc(scores, labels)
    with pytest.raises(lp.LimpideError, match="3 scores and 2 labels"):
        train.metrics.roc_curve(np.ones(3), np.ones(2))


@pytest.mark.parametrize("curve", ["ROC", "PR"])
def test_areas_by_thresholds(curve: str) -> None:
    exact = pairs_won if curve == "ROC" else by_definition
    grid = np.ceil(SURE * 199) / 199 - 0.001  # scores that thresholds tell apart exactly
    found = over_batches(train.metrics.AUC(curve), grid, YES)
    assert found == pytest.approx(exact(grid, YES), abs=1e-12)
    assert over_batches(train.metrics.AUC(curve), SURE, YES) == pytest.approx(exact(SURE, YES), abs=0.01)
    logits = np.log(grid / (1 - grid))
    from_logits = train.metrics.AUC(curve, from_logits=True)
    assert over_batches(from_logits, logits, YES) == pytest.approx(found)
    two = np.stack([-logits / 2, logits / 2], axis=1)
    assert over_batches(from_logits, two, YES) == pytest.approx(found)
    assert over_batches(from_logits, two, np.eye(2)[YES]) == pytest.approx(found)
    assert np.isnan(value(train.metrics.AUC(curve), np.zeros(3), np.zeros(3)))


def test_distances() -> None:
    f, y = RNG.normal(size=(40, 3)), RNG.normal(size=(40, 3)) + 100
    y[:, 0], f[:, 0] = f[:, 0] * 0.9 + 100, f[:, 0] + 100
    assert over_batches(train.metrics.RMSE(), f, y, 2) == pytest.approx(np.sqrt(((f - y) ** 2).mean()))
    unexplained = ((y - f) ** 2).sum(0) / ((y - y.mean(0)) ** 2).sum(0)
    assert over_batches(train.metrics.R2(3), f, y) == pytest.approx((1 - unexplained).mean(), rel=1e-6)
    assert over_batches(train.metrics.R2(), f[:, 0], y[:, :1][:, 0]) == pytest.approx(
        1 - unexplained[0], rel=1e-6
    )
    assert value(train.metrics.R2(2), np.full((4, 2), 7.0), np.array([[7.0, 6.0]] * 4)) == 0.5
    cosines = (f * y).sum(1) / np.linalg.norm(f, axis=1) / np.linalg.norm(y, axis=1)
    assert over_batches(train.metric("cosine_similarity"), f, y, 2) == pytest.approx(cosines.mean())
    assert value(train.metric("cosine_similarity"), np.zeros((2, 3)), np.ones((2, 3))) == 0


def test_shapes_that_do_not_fit() -> None:
    with pytest.raises(
        lp.LimpideError, match=r"outputs has shape \(60, 5\), but two classes are expected"
    ) as caught:
        train.metrics.F1().update(OUTPUTS, TRUE)
    assert "train.metrics.F1(classes=5)" in str(caught.value)
    with pytest.raises(lp.LimpideError, match=r"outputs has shape \(60, 5\), but classes=3"):
        train.metrics.ConfusionMatrix(3).update(OUTPUTS, TRUE)
    with pytest.raises(lp.LimpideError, match="the area is defined for two classes"):
        train.metrics.AUC().update(OUTPUTS, TRUE)
    with pytest.raises(lp.LimpideError, match=r"outputs has shape \(4, 3\), but columns=1") as caught:
        train.metrics.R2().update(SCORES, SCORES)
    assert "train.metrics.R2(columns=3)" in str(caught.value)
    with pytest.raises(lp.LimpideError, match="average='macro' with classes=None"):
        train.metrics.Recall("macro")
    with pytest.raises(lp.LimpideError, match="curve is 'roc'"):
        train.metrics.AUC("roc")


def test_the_loss_says_what_outputs_are() -> None:
    for loss, logits, threshold in [
        ("binary_cross_entropy", False, 0.5),
        ("binary_cross_entropy_with_logits", True, 0.0),
        ("cross_entropy", True, None),
    ]:
        function = nn.losses.loss_function(loss)
        area, share = train.metric("auc", function), train.metric("precision", function)
        assert isinstance(area, train.metrics.AUC) and area.from_logits == logits
        assert isinstance(share, train.metrics.Precision) and share.threshold == threshold


def test_fit_measures_by_name() -> None:
    x = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32)
    y = (x[:, 0] > 0).astype(int)
    names = ["accuracy", "precision", "recall", "f1", "auc", "pr_auc", "rmse", "r2"]
    net = nn.Linear(4, 1, seed=0)
    net.compile(optimizer="adam", loss="binary_cross_entropy_with_logits", metrics=names)
    net.fit(x, y, epochs=2, verbose=0)
    found = net.evaluate(x, y, batch_size=16, return_dict=True)
    z = net.predict(x)[:, 0]
    expected = ratios(z > 0, y == 1, 2)
    for name in ("precision", "recall", "f1"):
        assert found[name] == pytest.approx(expected[name][1])
    assert found["auc"] == pytest.approx(train.metrics.roc_auc(z, y), abs=0.02)
    assert found["r2"] == pytest.approx(1 - ((y - z) ** 2).sum() / ((y - y.mean()) ** 2).sum(), rel=1e-5)


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
