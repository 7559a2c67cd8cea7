"""Losses: values against NumPy written from the formula, gradients against finite differences, errors."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import limpide as lp
from limpide import nn
from limpide.nn import losses
from ops.check import configured, devices

RNG = np.random.default_rng(3)
LOGITS = RNG.normal(size=(5, 4)) * 2
CHANCES = 1 / (1 + np.exp(-LOGITS))
INDICES = np.array([0, 3, 2, 3, 1])
ONE_HOT = np.eye(4)[INDICES]
SOFT = np.abs(ONE_HOT - 0.1) / np.abs(ONE_HOT - 0.1).sum(1, keepdims=True)
ZERO_ONE = RNG.integers(0, 2, (5, 4))
SIGNS = ZERO_ONE * 2 - 1


def log_softmax(x: Any) -> Any:
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


def binary(p: Any, y: Any) -> Any:
    return -(y * np.log(p) + (1 - y) * np.log(1 - p))


def weston_watkins(f: Any, y: Any, power: int) -> Any:
    rows = []
    for row, own in zip(f, y, strict=True):
        rows.append(sum(max(0.0, 1 + row[j] - row[own]) ** power for j in range(len(row)) if j != own))
    return np.array(rows)


WEIGHT = np.array([0.5, 2.0, 1.0, 3.0])
COUNTS = RNG.integers(0, 5, (5, 4))


def huber(d: Any, delta: float) -> Any:
    return np.where(np.abs(d) <= delta, d * d / 2, delta * (np.abs(d) - delta / 2))


def stirling(y: Any) -> Any:
    return y * np.log(y) - y + np.log(2 * np.pi * y) / 2


def similarity(a: Any, b: Any) -> Any:
    return (a * b).sum(-1) / np.sqrt((a * a).sum(-1) * (b * b).sum(-1))


def distance(a: Any, b: Any, p: int) -> Any:
    return (np.abs(a - b + 1e-6) ** p).sum(-1) ** (1 / p)


# where the mean is not that of the rows' losses
MEANS = {
    "cross_entropy weighted": WEIGHT[INDICES].sum(),
    "cross_entropy smooth weighted": WEIGHT[INDICES].sum(),
    "cross_entropy ignoring": 3,
    "nll weighted": WEIGHT[INDICES].sum(),
}


def reduced(case: str, reduction: str, rows: Any) -> Any:
    if reduction == "mean" and case in MEANS:
        return rows.sum() / MEANS[case]
    return REDUCED[reduction](rows)


# name -> (loss, outputs, labels, what NumPy says for each)
CASES: dict[str, tuple[Callable[..., Any], Any, Any, Any]] = {
    "cross_entropy indices": (nn.cross_entropy, LOGITS, INDICES, -log_softmax(LOGITS)[range(5), INDICES]),
    "cross_entropy bytes": (nn.cross_entropy, LOGITS, INDICES.astype("B"), -log_softmax(LOGITS)[ONE_HOT > 0]),
    "cross_entropy one-hot": (nn.cross_entropy, LOGITS, ONE_HOT, -log_softmax(LOGITS)[range(5), INDICES]),
    "cross_entropy soft": (nn.cross_entropy, LOGITS, SOFT, -(SOFT * log_softmax(LOGITS)).sum(1)),
    "nll": (nn.nll, log_softmax(LOGITS), INDICES, -log_softmax(LOGITS)[range(5), INDICES]),
    "binary": (nn.binary_cross_entropy, CHANCES, ZERO_ONE, binary(CHANCES, ZERO_ONE)),
    "binary with logits": (nn.binary_cross_entropy_with_logits, LOGITS, ZERO_ONE, binary(CHANCES, ZERO_ONE)),
    "mse": (nn.mse, LOGITS, SOFT, (LOGITS - SOFT) ** 2),
    "mae": (nn.mae, LOGITS, SOFT, np.abs(LOGITS - SOFT)),
    "hinge": (nn.hinge, LOGITS, SIGNS, np.maximum(0, 1 - SIGNS * LOGITS)),
    "hinge of classes": (nn.hinge, LOGITS, INDICES, weston_watkins(LOGITS, INDICES, 1)),
    "squared_hinge": (nn.squared_hinge, LOGITS, SIGNS, np.maximum(0, 1 - SIGNS * LOGITS) ** 2),
    "squared_hinge of classes": (nn.squared_hinge, LOGITS, INDICES, weston_watkins(LOGITS, INDICES, 2)),
    "cross_entropy weighted": (
        partial(nn.cross_entropy, weight=WEIGHT), LOGITS, INDICES, -log_softmax(LOGITS)[range(5), INDICES]
        * WEIGHT[INDICES],
    ),
    "cross_entropy smooth": (
        partial(nn.cross_entropy, label_smoothing=0.2), LOGITS, INDICES,
        -((0.8 * ONE_HOT + 0.05) * log_softmax(LOGITS)).sum(1),
    ),
    "cross_entropy smooth rows": (
        partial(nn.cross_entropy, label_smoothing=0.2, weight=WEIGHT), LOGITS, SOFT,
        -((0.8 * SOFT + 0.05) * WEIGHT * log_softmax(LOGITS)).sum(1),
    ),
    "cross_entropy smooth weighted": (
        partial(nn.cross_entropy, label_smoothing=0.2, weight=WEIGHT), LOGITS, INDICES,
        -((0.8 * ONE_HOT + 0.05) * WEIGHT * log_softmax(LOGITS)).sum(1),
    ),
    "cross_entropy ignoring": (
        partial(nn.cross_entropy, ignore_index=3), LOGITS, INDICES,
        np.where(INDICES == 3, 0, -log_softmax(LOGITS)[range(5), INDICES]),
    ),
    "cross_entropy along an axis": (
        partial(nn.cross_entropy, axis=0), LOGITS.T, INDICES, -log_softmax(LOGITS)[range(5), INDICES],
    ),
    "nll weighted": (
        partial(nn.nll, weight=WEIGHT, ignore_index=-100), LOGITS, INDICES,
        -LOGITS[range(5), INDICES] * WEIGHT[INDICES],
    ),
    "binary weighted": (
        partial(nn.binary_cross_entropy, weight=WEIGHT), CHANCES, ZERO_ONE,
        binary(CHANCES, ZERO_ONE) * WEIGHT,
    ),
    "binary with weights": (
        partial(nn.binary_cross_entropy_with_logits, weight=WEIGHT, pos_weight=WEIGHT + 1), LOGITS, ZERO_ONE,
        -(ZERO_ONE * (WEIGHT + 1) * np.log(CHANCES) + (1 - ZERO_ONE) * np.log(1 - CHANCES)) * WEIGHT,
    ),
    "huber": (nn.huber, LOGITS, SOFT, huber(LOGITS - SOFT, 1.0)),
    "huber 0.3": (partial(nn.huber, delta=0.3), LOGITS, SOFT, huber(LOGITS - SOFT, 0.3)),
    "smooth_l1": (partial(nn.smooth_l1, beta=0.5), LOGITS, SOFT, huber(LOGITS - SOFT, 0.5) / 0.5),
    "smooth_l1 sharp": (partial(nn.smooth_l1, beta=0), LOGITS, SOFT, np.abs(LOGITS - SOFT)),
    "log_cosh": (nn.log_cosh, LOGITS, SOFT, np.log(np.cosh(LOGITS - SOFT))),
    "kl_div": (nn.kl_div, log_softmax(LOGITS), SOFT, SOFT * (np.log(SOFT) - log_softmax(LOGITS))),
    "kl_div of zeros": (
        nn.kl_div, log_softmax(LOGITS), ONE_HOT, np.where(ONE_HOT > 0, -log_softmax(LOGITS), 0),
    ),
    "kl_div of logarithms": (
        partial(nn.kl_div, log_target=True), log_softmax(LOGITS), np.log(SOFT),
        SOFT * (np.log(SOFT) - log_softmax(LOGITS)),
    ),
    "poisson": (nn.poisson_nll, LOGITS, COUNTS, np.exp(LOGITS) - COUNTS * LOGITS),
    "poisson of rates": (
        partial(nn.poisson_nll, log_input=False), CHANCES, COUNTS, CHANCES - COUNTS * np.log(CHANCES + 1e-8),
    ),
    "poisson full": (
        partial(nn.poisson_nll, full=True), LOGITS, COUNTS,
        np.exp(LOGITS) - COUNTS * LOGITS + np.where(COUNTS > 1, stirling(np.maximum(COUNTS, 1)), 0),
    ),
    "gaussian": (
        lambda f, y, reduction="mean": nn.gaussian_nll(f, y, CHANCES, reduction), LOGITS, SOFT,
        (np.log(CHANCES) + (LOGITS - SOFT) ** 2 / CHANCES) / 2,
    ),
    "cosine": (nn.cosine, LOGITS, SOFT, 1 - similarity(LOGITS, SOFT)),
    "margin_ranking": (
        lambda f, y, reduction="mean": nn.margin_ranking(f, CHANCES, y, reduction, margin=0.3), LOGITS, SIGNS,
        np.maximum(0, 0.3 - SIGNS * (LOGITS - CHANCES)),
    ),
    "cosine_embedding": (
        lambda f, y, reduction="mean": nn.cosine_embedding(f, CHANCES, y, reduction, margin=-0.2),
        LOGITS, SIGNS[:, 0],
        np.where(SIGNS[:, 0] > 0, 1 - similarity(LOGITS, CHANCES),
                 np.maximum(0, similarity(LOGITS, CHANCES) + 0.2)),
    ),
    "triplet": (
        lambda f, y, reduction="mean": nn.triplet_margin(f, y, CHANCES, reduction), LOGITS, SOFT,
        np.maximum(0, distance(LOGITS, SOFT, 2) - distance(LOGITS, CHANCES, 2) + 1),
    ),
    "triplet of sums": (
        lambda f, y, reduction="mean": nn.triplet_margin(f, y, CHANCES, reduction, margin=4.0, p=1),
        LOGITS, SOFT, np.maximum(0, distance(LOGITS, SOFT, 1) - distance(LOGITS, CHANCES, 1) + 4),
    ),
}  # fmt: skip
REDUCED = {"none": lambda v: v, "mean": np.mean, "sum": np.sum}


@pytest.mark.parametrize("reduction", REDUCED)
@pytest.mark.parametrize("case", CASES)
def test_value(case: str, reduction: str) -> None:
    loss, outputs, labels, expected = CASES[case]
    got = loss(outputs, labels, reduction=reduction)
    np.testing.assert_allclose(got.numpy(), reduced(case, reduction, expected), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("case", CASES)
def test_compiled_value_and_gradient(case: str) -> None:
    loss, outputs, labels, expected = CASES[case]
    x = lp.tensor(outputs, requires_grad=True)
    eager = lp.grad(loss(x, labels), x).numpy()

    def both(x: Any, y: Any) -> Any:
        value = loss(x, y)
        return value, lp.grad(value, x)

    for device in devices():
        with configured(device=device):
            value, gradient = lp.compile(both)(outputs, labels)
        np.testing.assert_allclose(value.numpy(), reduced(case, "mean", expected), rtol=1e-9)
        np.testing.assert_allclose(gradient.numpy(), eager, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("case", CASES)
def test_gradient(case: str) -> None:
    loss, outputs, labels, _ = CASES[case]
    x = lp.tensor(outputs, requires_grad=True)
    got = lp.grad(loss(x, labels), x).numpy()
    step = 1e-6
    expected = np.zeros_like(outputs)
    for index in np.ndindex(outputs.shape):
        moved = np.zeros_like(outputs)
        moved[index] = step
        up, down = loss(outputs + moved, labels), loss(outputs - moved, labels)
        expected[index] = (float(up) - float(down)) / (2 * step)
    np.testing.assert_allclose(got, expected, rtol=1e-6, atol=1e-8)


def test_gradient_of_cross_entropy_is_softmax_less_one_hot() -> None:
    x = lp.tensor(LOGITS, requires_grad=True)
    got = lp.grad(nn.cross_entropy(x, INDICES), x)
    np.testing.assert_allclose(got.numpy(), (np.exp(log_softmax(LOGITS)) - ONE_HOT) / 5, atol=1e-14)


def test_gradient_of_binary_cross_entropy_at_zero() -> None:
    x = lp.tensor(np.zeros(2), requires_grad=True)
    got = lp.grad(nn.binary_cross_entropy_with_logits(x, np.array([0, 1]), reduction="sum"), x)
    np.testing.assert_allclose(got.numpy(), [0.5, -0.5])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_huge_logits(dtype: str) -> None:
    logits = np.array([[1e4, -1e4, 0.0], [-1e4, -1e4, -1e4]], dtype)
    x = lp.tensor(logits, requires_grad=True)
    loss = nn.cross_entropy(x, np.array([1, 2]), reduction="none")
    np.testing.assert_allclose(loss.numpy(), [2e4, np.log(3)], rtol=1e-6)
    assert np.isfinite(lp.grad(loss.sum(), x).numpy()).all()
    z = lp.tensor(logits[0], requires_grad=True)
    both = nn.binary_cross_entropy_with_logits(z, np.array([0, 1, 1]), reduction="none")
    np.testing.assert_allclose(both.numpy(), [1e4, 1e4, np.log(2)], rtol=1e-6)
    assert np.isfinite(lp.grad(both.sum(), z).numpy()).all()


def test_minus_infinity_masks_a_class() -> None:
    loss = nn.cross_entropy(np.array([[0.0, -np.inf, 0.0]]), np.array([2]))
    np.testing.assert_allclose(float(loss), np.log(2))


def test_certain_probabilities() -> None:
    loss = nn.binary_cross_entropy(np.array([0.0, 1.0, 0.0]), np.array([0, 1, 1]), reduction="none")
    assert loss.tolist() == [0.0, 0.0, 100.0]


@given(st.integers(1, 6), st.integers(2, 5), st.integers(0, 2**31))
def test_one_hot_and_indices_agree(n: int, classes: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    logits, labels = rng.normal(size=(n, classes)), rng.integers(0, classes, n)
    np.testing.assert_allclose(
        float(nn.cross_entropy(logits, labels)),
        float(nn.cross_entropy(logits, np.eye(classes)[labels])),
        rtol=1e-12,
    )


def test_more_axes_before_the_classes() -> None:
    logits, labels = RNG.normal(size=(2, 3, 4)), RNG.integers(0, 4, (2, 3))
    flat = nn.cross_entropy(logits.reshape(6, 4), labels.ravel())
    np.testing.assert_allclose(float(nn.cross_entropy(logits, labels)), float(flat))


def test_a_column_goes_with_a_vector() -> None:
    x, y = RNG.normal(size=(6, 1)), RNG.integers(0, 2, 6)
    assert float(nn.mse(x, y)) == float(nn.mse(x[:, 0], y))
    assert nn.binary_cross_entropy_with_logits(x, y, reduction="none").shape == (6, 1)
    assert float(nn.hinge(x, 2 * y - 1)) == float(nn.hinge(x[:, 0], 2 * y - 1))


def test_a_label_that_is_no_class_is_nan_where_nothing_can_raise() -> None:
    for loss in (nn.cross_entropy, nn.hinge):
        rows = lp.compile(lambda x, y, f=loss: f(x, y, reduction="none"))(LOGITS[:3], np.array([0, 4, -1]))
        assert np.isnan(rows.numpy()).tolist() == [False, True, True]


MODULES = {
    nn.CrossEntropyLoss: nn.cross_entropy,
    nn.NLLLoss: nn.nll,
    nn.BCELoss: nn.binary_cross_entropy,
    nn.BCEWithLogitsLoss: nn.binary_cross_entropy_with_logits,
    nn.MSELoss: nn.mse,
    nn.L1Loss: nn.mae,
    nn.HingeLoss: nn.hinge,
    nn.SquaredHingeLoss: nn.squared_hinge,
    nn.HuberLoss: nn.huber,
    nn.LogCoshLoss: nn.log_cosh,
    nn.KLDivLoss: nn.kl_div,
    nn.PoissonNLLLoss: nn.poisson_nll,
    nn.CosineLoss: nn.cosine,
}


@pytest.mark.parametrize("module", MODULES)
def test_modules(module: Any) -> None:
    f = MODULES[module]
    outputs, labels = next((o, y) for g, o, y, _ in CASES.values() if g is f)
    assert float(module(reduction="sum")(outputs, labels)) == float(f(outputs, labels, reduction="sum"))
    assert losses.plain_function(module()) is f


def test_modules_with_options() -> None:
    loss = nn.CrossEntropyLoss(weight=WEIGHT, label_smoothing=0.1, ignore_index=3)
    expected = nn.cross_entropy(LOGITS, INDICES, weight=WEIGHT, label_smoothing=0.1, ignore_index=3)
    assert float(loss(LOGITS, INDICES)) == float(expected)
    assert losses.plain_function(loss) is loss
    assert repr(nn.HuberLoss(delta=0.5, reduction="sum")) == "HuberLoss(reduction='sum', delta=0.5)"
    triplet = nn.TripletMarginLoss(margin=2.0)(LOGITS, SOFT, CHANCES)
    assert float(triplet) == float(nn.triplet_margin(LOGITS, SOFT, CHANCES, margin=2.0))
    np.testing.assert_allclose(nn.CosineSimilarity()(LOGITS, SOFT).numpy(), similarity(LOGITS, SOFT))
    gaussian = nn.GaussianNLLLoss(full=True)(LOGITS, SOFT, CHANCES)
    np.testing.assert_allclose(
        float(gaussian), float(nn.gaussian_nll(LOGITS, SOFT, CHANCES)) + np.log(2 * np.pi) / 2
    )
    with pytest.raises(lp.LimpideError, match="there is no option 'delta'; there are reduction, beta"):
        nn.SmoothL1Loss(delta=1.0)


def test_batchmean_is_the_divergence_of_the_rows() -> None:
    p, q = SOFT, np.exp(log_softmax(LOGITS))
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = np.where(p > 0, p * np.log(p / q), 0).sum(1).mean()
    np.testing.assert_allclose(float(nn.KLDivLoss("batchmean")(np.log(q), p)), expected)


# ------------------------------------------------------------------------------------------------ errors
def test_options_that_do_not_fit() -> None:
    with pytest.raises(lp.LimpideError, match=r"weight has shape \(3,\), but there are 4 classes"):
        nn.cross_entropy(LOGITS, INDICES, weight=np.ones(3))
    with pytest.raises(lp.LimpideError, match="label_smoothing is 2, not between 0 and 1"):
        nn.cross_entropy(LOGITS, INDICES, label_smoothing=2)
    with pytest.raises(lp.LimpideError, match=r"weight has shape \(3,\), the losses have \(5, 4\)"):
        nn.binary_cross_entropy_with_logits(LOGITS, ZERO_ONE, weight=np.ones(3))
    with pytest.raises(lp.LimpideError, match="a variance is -1.0"):
        nn.gaussian_nll(np.ones(1), np.ones(1), -np.ones(1))
    with pytest.raises(lp.LimpideError, match="there are mean, sum, none, batchmean"):
        nn.kl_div(LOGITS, SOFT, reduction="avg")


def test_shapes_that_do_not_fit() -> None:
    with pytest.raises(lp.LimpideError) as caught:
        nn.cross_entropy(LOGITS, INDICES[:, None])
    text = str(caught.value)
    assert "labels has shape (5, 1), logits has shape (5, 4)" in text
    assert "class indices of shape (5,), or one-hot rows of shape (5, 4)" in text
    assert "test_losses.py" in text


@pytest.mark.parametrize("loss", [nn.mse, nn.mae, nn.hinge, nn.binary_cross_entropy])
def test_elementwise_losses_never_broadcast(loss: Any) -> None:
    with pytest.raises(lp.LimpideError, match=r"labels has shape \(4, 5\), outputs has shape \(5, 4\)"):
        loss(LOGITS, np.zeros((4, 5)))


def test_labels_that_are_floats() -> None:
    with pytest.raises(lp.LimpideError, match="class indices are integers, not float64") as caught:
        nn.cross_entropy(LOGITS, INDICES.astype(float))
    assert 'astype("int64")' in str(caught.value)


def test_labels_that_are_no_class() -> None:
    with pytest.raises(
        lp.LimpideError, match="labels go from 1 to 4, but the outputs have 4 classes, 0 to 3"
    ):
        nn.cross_entropy(LOGITS, np.array([1, 2, 3, 4, 1]))


def test_unknown_words() -> None:
    with pytest.raises(lp.LimpideError, match=r"no reduction 'avg'; there are mean, sum, none"):
        nn.mse(LOGITS, LOGITS, reduction="avg")
    with pytest.raises(lp.LimpideError, match="no reduction 'avg'"):
        nn.MSELoss("avg")
    with pytest.raises(lp.LimpideError, match="there are cross_entropy, nll, ") as caught:
        losses.loss_function("crossentropy")
    assert "did you mean 'cross_entropy'?" in str(caught.value)
    with pytest.raises(lp.LimpideError, match="neither a name nor a function"):
        losses.loss_function(3)  # type: ignore[arg-type]


def test_outputs_that_are_integers() -> None:
    with pytest.raises(lp.LimpideError, match="the outputs are int64, not floats"):
        nn.cross_entropy(np.zeros((2, 3), np.int64), np.array([0, 1]))
