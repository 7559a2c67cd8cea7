"""What the labs teach is true."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import limpide as lp
from limpide.data import audio
from limpide.errors import ArgumentError, DataError
from limpide.labs import (
    anomaly,
    binary,
    gradients,
    init,
    lenet,
    linear_regression,
    logistic,
    mlp,
    perceptron,
    pretrained,
    regularisation,
    tour,
)
from limpide.labs import audio as audio_lab
from limpide.labs.kit import digits, sound


# ------------------------------------------------------------------------------------------------ tour
def test_the_tour_derives_a_power() -> None:
    f = tour.as_function(tour.slope)
    assert f.explain(level=1).section("formula") == "slope(k, n, x) = k n x^(n - 1)"
    assert float(f(3, 4, 2)) == 3 * 4 * 2**3


def test_of_the_c_the_tour_shows_what_computes() -> None:
    own = "/* sqrt_0 */\nstatic void sqrt_0(float *x) {\n}"
    c = f"#include <math.h>\n\nstatic inline int at(void) {{\n}}\n\n{own}\n\nstatic void run(int tid) {{\n}}"
    assert tour.own_functions(c) == own
    assert tour.own_functions("no kernels") == "no kernels"


def test_numbers_of_the_tour_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "some.csv").write_text("3, 4\n5, 12  # a triangle\n")
    rows = tour.numbers(tmp_path / "some.csv", seed=0)
    assert rows.tolist() == [[3, 4], [5, 12]]
    c = tour.as_function(tour.hypotenuse)
    assert [float(c(a, b)) for a, b in rows] == [5, 13]


# --------------------------------------------------------------------------------------------- a line
def test_the_hessian_is_that_of_the_mean_squared_error() -> None:
    x, y = linear_regression.points(None, seed=1)
    expected = 2 * np.array([[np.mean(x**2), np.mean(x)], [np.mean(x), 1]])
    np.testing.assert_allclose(linear_regression.curvature(x, y), expected, rtol=1e-5)


def test_gradient_descent_comes_to_least_squares() -> None:
    x, y = linear_regression.points(None, seed=1)
    line = linear_regression.Line()
    for _ in range(300):
        loss = float(line.step(x, y, 0.3))
    exact = linear_regression.least_squares(x, y)
    np.testing.assert_allclose(line.values(), exact, atol=1e-4)
    np.testing.assert_allclose(loss, linear_regression.loss_at(*exact, x, y), rtol=1e-4)


# ------------------------------------------------------------------------------------------ perceptron
def clouds(seed: int) -> tuple[perceptron.Points, perceptron.Points]:
    random = np.random.default_rng(seed)
    return (
        perceptron.clouds(random, [(-0.4, -0.6)], [(0.8, 0.6)]),
        perceptron.clouds(random, [(-1, -1), (1, 1)], [(-1, 1), (1, -1)]),
    )


@pytest.mark.parametrize("seed", range(3))
def test_the_perceptron_separates_clouds_but_not_xor(seed: int) -> None:
    separable, xor = clouds(seed)
    models = perceptron.Perceptron(), perceptron.Perceptron()
    mistakes = [
        [int(m.epoch(x, y)) for m, (x, y) in zip(models, (separable, xor), strict=True)] for _ in range(60)
    ]
    assert mistakes[-1][0] == 0
    assert np.all(separable[1] * models[0].decide(separable[0]) > 0)
    assert min(both[1] for both in mistakes) > 0


def test_the_perceptron_is_the_algorithm_in_plain_numpy() -> None:
    (x, y), _ = clouds(0)
    model, w, mistakes = perceptron.Perceptron(), np.zeros(3, np.float32), 0
    for example, label in zip(perceptron.with_one(x), y, strict=True):
        if label * np.sum(w * example) <= 0:
            w, mistakes = w + label * example, mistakes + 1
    assert int(model.epoch(x, y)) == mistakes > 0
    np.testing.assert_allclose(model.w.numpy(), w, rtol=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_two_layers_learn_xor(seed: int) -> None:
    x, y = clouds(seed)[1]
    model = perceptron.TwoLayers(seed)
    assert [int(model.epoch(x, y)) for _ in range(20)][-1] == 0
    assert np.all(y * model.decide(x) > 0)


def test_points_of_one_class_are_refused(tmp_path: Path) -> None:
    (tmp_path / "some.csv").write_text("0,0,1\n1,1,1\n")
    with pytest.raises(DataError, match="both classes, -1 and 1"):
        perceptron.points(tmp_path / "some.csv")


# ------------------------------------------------------------------------------------------- one layer
def test_logistic_regression_is_the_textbook_loop_in_numpy() -> None:
    train, _ = digits.load(None, logistic.BATCH)
    model = logistic.Logistic()
    W, b = np.zeros((784, 10), np.float32), np.zeros(10, np.float32)
    for _ in range(3):
        model.epoch(train.x, train.y)
        for start in range(0, len(train.x), logistic.BATCH):
            X, Y = (part[start : start + logistic.BATCH] for part in (train.x, train.y))
            dW, db = logistic.gradients_by_hand(X, Y, W, b)
            W, b = W - logistic.RATE * dW, b - logistic.RATE * db
    np.testing.assert_allclose(model.W.numpy(), W, atol=1e-6)
    np.testing.assert_allclose(model.b.numpy(), b, atol=1e-6)


def test_the_gradient_of_the_textbook_is_the_one_by_hand() -> None:
    random = np.random.default_rng(0)
    X, W, b = random.normal(size=(20, 784)), random.normal(0, 0.1, (784, 10)), random.normal(size=10)
    Y = np.eye(10)[random.integers(0, 10, 20)]

    @lp.compile
    def by_grad(X, Y, W, b):  # type: ignore[no-untyped-def]
        return lp.grad(logistic.cross_entropy(logistic.forward(X, W, b), Y), [W, b])

    for ours, theirs in zip(by_grad(X, Y, W, b), logistic.gradients_by_hand(X, Y, W, b), strict=True):
        np.testing.assert_allclose(ours.numpy(), theirs, atol=1e-14)


def test_logistic_regression_learns_digits() -> None:
    train, test = digits.load(None, logistic.BATCH)
    model = logistic.Logistic()
    losses = [float(model.epoch(train.x, train.y)) for _ in range(20)]
    assert losses == sorted(losses, reverse=True)
    assert model.accuracy(test) > 75


def test_the_binary_lab_takes_two_different_digits() -> None:
    for pair in ((3, 3), (3, 10), (-1, 2)):
        with pytest.raises(ArgumentError, match="not two different digits"):
            binary.check_pair(pair)
    train, _ = digits.load(None, 1)
    some = binary.only(train, (4, 9))
    assert set(some.labels) == {4, 9}
    assert np.array_equal(binary.is_second(some, 9), some.labels == 9)


# ------------------------------------------------------------------------------------------ more layers
def test_the_layers_of_the_mlp() -> None:
    assert mlp.layer_sizes("64-32-16") == mlp.layer_sizes("64,32,16") == [64, 32, 16]
    shapes = [p.shape for p in mlp.network([64, 32], seed=0).parameters()]
    assert shapes == [(784, 64), (64,), (64, 32), (32,), (32, 10), (10,)]


@pytest.mark.parametrize("text", ["", "0", "ten", "64--16", "-5", "99999"])
def test_layer_sizes_that_are_none(text: str) -> None:
    with pytest.raises(ArgumentError, match="not a list of layer sizes"):
        mlp.layer_sizes(text)


def test_the_table_by_digit_counts() -> None:
    labels = np.array([0, 0, 0, 1, 1])
    assert list(digits.by_digit(np.array([0, 7, 7, 1, 1]), labels)) == [
        ["0", "3", "33.33 %", "7"],
        ["1", "2", "100.00 %", "-"],
    ]


def test_neurons_that_start_from_zero_stay_alike() -> None:
    train, test = digits.load(None, mlp.BATCH)
    spreads = {}
    for name, start in init.initialisers(seed=0).items():
        model = mlp.network([init.HIDDEN], 0, start)
        model.compile(optimizer="sgd", loss="cross_entropy", metrics=["accuracy"])
        init.one_epoch(model, train, test, seed=0)
        spreads[name] = float(np.std(init.hidden_layer(model)[0], axis=1).max())
    assert spreads["zeros"] < 1e-4 < 1e-2 < spreads["Xavier"] < spreads["N(0, 0.1)"]


def test_lenet_learns_digits() -> None:
    train, test = digits.load(None, lenet.BATCH)
    model = lenet.LeNet(seed=0)
    lenet.compiled(model, 15 * 5)
    model.fit(train.images, train.labels, batch_size=lenet.BATCH, epochs=15, seed=0, verbose=0)
    assert model.evaluate(test.images, test.labels)[1] > 0.85


def test_lenet_has_the_sizes_of_the_paper() -> None:
    model = lenet.LeNet(seed=0)
    sizes = {name: p.shape for name, p in model.named_parameters() if name.endswith("weight")}
    assert list(sizes.values()) == [(6, 1, 5, 5), (16, 6, 5, 5), (400, 120), (120, 84), (84, 10)]
    first, second = model.maps(np.zeros((2, 28, 28), np.uint8))
    assert first.shape == (2, 6, 28, 28) and second.shape == (2, 16, 10, 10)


# --------------------------------------------------------------------------------- gradients, overfitting
def test_gradients_of_sigmoids_vanish() -> None:
    train, _ = digits.load(None, gradients.BATCH)
    sizes = gradients.sizes_of({kind: gradients.network(kind, 6, 0) for kind in gradients.KINDS}, train)
    faded = {kind: found[0] / found[-1] for kind, found in sizes.items()}
    assert all(len(found) == 7 for found in sizes.values())
    assert faded["sigmoid"] < 1e-4 and faded["relu"] > 1e-2 and faded["norm"] > 1e-2


def test_sizes_of_gradients_are_those_of_plain_numpy() -> None:
    model = gradients.network("relu", 1, seed=0)
    random = np.random.default_rng(0)
    x, y = random.random((20, 784)).astype(np.float32), random.integers(0, 10, 20)
    W, b, V, c = (p.numpy() for p in model.parameters())
    hidden = np.maximum(x @ W + b, 0)
    scores = hidden @ V + c
    p = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    d = (p - np.eye(10)[y]) / 20
    slopes = [x.T @ (d @ V.T * (hidden > 0)), hidden.T @ d]
    expected = [np.sqrt((g**2).mean()) for g in slopes]
    np.testing.assert_allclose(gradients.gradient_sizes(model, x, y), expected, rtol=1e-4)


def test_looking_at_gradients_changes_nothing() -> None:
    train, _ = digits.load(None, gradients.BATCH)
    model = gradients.network("norm", 2, seed=0)
    before = model.state_dict()
    gradients.sizes_of({"norm": model}, train)
    assert all((model.state_dict()[name] == value).all() for name, value in before.items())


def test_regularisation_starts_from_the_same_weights_and_does_what_it_says() -> None:
    parts = regularisation.split(None, 300)
    runs = {kind: regularisation.Run(kind, regularisation.network(kind, 0)) for kind in ("nothing", "l1")}
    starts = [run.model.hidden.weight.numpy() for run in runs.values()]
    assert np.array_equal(*starts)
    for run in runs.values():
        run.model.compile(optimizer="adam", loss="cross_entropy", metrics=["accuracy"])
        for epoch in range(12):
            run.epoch(epoch, parts, seed=0)
    near = {
        kind: np.mean(np.abs(run.model.hidden.weight.numpy()) < regularisation.NEAR_ZERO)
        for kind, run in runs.items()
    }
    assert near["l1"] > 1.5 * near["nothing"]
    assert runs["nothing"].logs[-1]["train"] > runs["nothing"].logs[-1]["test"] + 5


def test_early_stopping_takes_the_best_weights() -> None:
    run = regularisation.Run("early", regularisation.network("early", 0))
    for loss in [3.0, 1.0, 2.0, 2.0, 2.0, 2.0, 2.0]:
        assert not run.stopped
        run.model.out.bias.assign(np.full(10, loss))
        run.logs.append({"held_loss": loss})
        run.watch()
    assert run.stopped and run.finish() == {"held_loss": 1.0}
    assert (run.model.out.bias.numpy() == 1.0).all()


# ----------------------------------------------------------------------------------------------- sound
VOWELS = audio_lab.frames_of(sound.vowels(1.0))


@pytest.mark.parametrize("frames", [VOWELS[:1], VOWELS])
def test_the_gradient_of_the_auto_encoder_by_hand_is_that_of_finite_differences(frames: np.ndarray) -> None:
    model = audio_lab.AutoEncoder(1)
    x, W, V = (a.astype(np.float64) for a in (frames[:7], model.W.numpy(), model.V.numpy()))
    random = np.random.default_rng(0)
    for which, gradient in enumerate(audio_lab.gradients_by_hand(x, W, V)):
        towards = [np.zeros_like(W), np.zeros_like(V)]
        towards[which] = random.normal(size=gradient.shape)
        high, low = (
            audio_lab.squared_error(x, W + h * towards[0], V + h * towards[1]) for h in (1e-6, -1e-6)
        )
        np.testing.assert_allclose(np.sum(gradient * towards[which]), (high - low) / 2e-6, rtol=1e-5)


def test_the_step_of_the_auto_encoder_is_the_one_by_hand() -> None:
    model, x = audio_lab.AutoEncoder(1), VOWELS[audio_lab.loudest(VOWELS)]
    W, V = model.W.numpy(), model.V.numpy()
    dW, dV = audio_lab.gradients_by_hand(x[None], W, V)
    loss = model.epoch(x[None], np.zeros(1, int), 0.01)
    np.testing.assert_allclose(float(loss), audio_lab.squared_error(x[None], W, V), rtol=1e-5)
    np.testing.assert_allclose(model.W.numpy(), W - 0.01 * dW, atol=1e-6)
    np.testing.assert_allclose(model.V.numpy(), V - 0.01 * dV, atol=1e-6)


def test_one_frame_is_learnt_and_all_come_near_the_bound() -> None:
    model, x = audio_lab.AutoEncoder(0), VOWELS[audio_lab.loudest(VOWELS)][None]
    one = [float(model.epoch(x, np.zeros(1, int), audio_lab.CAREFUL)) for _ in range(500)]
    assert one[-1] < one[0] / 1000
    model = audio_lab.AutoEncoder(0)
    for order in audio_lab.orders(len(VOWELS), 400, seed=0):
        model.epoch(VOWELS, order, audio_lab.RATE)
    ratio = audio.signal_to_noise(VOWELS, model.regenerate(VOWELS).numpy())
    assert 0.6 * audio_lab.best_linear(VOWELS) < ratio < audio_lab.best_linear(VOWELS)


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="no speech synthesiser")
def test_speech_is_learnt(tmp_path: Path) -> None:
    text = "Hello, this is a test of sound compression by an auto encoder, with ten numbers."
    subprocess.run(["espeak-ng", "-v", "en", "-w", str(tmp_path / "speech.wav"), text], check=True)
    samples, _ = audio.read(tmp_path / "speech.wav", audio_lab.SAMPLES, "int16")
    frames = audio_lab.frames_of(samples[: 4 * audio_lab.SAMPLES])
    for hidden, decibels in (((), 3), ((128,), 8)):
        before = audio_lab.error_of(frames, audio_lab.network(hidden, 0).predict(frames))
        regenerated = audio_lab.fitted(hidden, frames, 150, seed=0).predict(frames)
        assert audio_lab.error_of(frames, regenerated) < before / 10
        assert audio.signal_to_noise(frames, regenerated) > decibels


def test_samples_and_frames_are_the_same_numbers() -> None:
    samples = sound.vowels(0.5)
    assert samples.dtype == np.int16 and 15000 < np.abs(samples).max() <= 20000
    frames = audio_lab.frames_of(samples)
    assert frames.shape == (50, 160) and frames.dtype == np.float32
    np.testing.assert_array_equal(audio_lab.samples_of(frames), samples)
    with pytest.raises(DataError, match="100 samples hold no sound"):
        audio_lab.frames_of(samples[:100])


# ---------------------------------------------------------------------------------- what was not seen
def test_an_auto_encoder_of_one_digit_finds_the_others() -> None:
    train, test = digits.load(None, anomaly.BATCH)
    model = anomaly.trained(anomaly.of_digit(train, 1), 80, seed=0)
    values = anomaly.scores(model, test.x)
    assert values.shape == (len(test.x),) and values.min() >= 0
    assert anomaly.roc_auc(values, test.labels != 1) > 0.95
    assert anomaly.missed_most(values, test.labels, 1) != "1"


def test_a_digit_that_is_not_there_is_an_error() -> None:
    train, _ = digits.load(None, 1)
    with pytest.raises(ArgumentError, match="there is no 7 among the training images"):
        anomaly.of_digit(digits.prepare(train.images[train.labels != 7], train.labels[train.labels != 7]), 7)


# ----------------------------------------------------------------------------------- what was learnt before
def test_few_digits_are_drawn_and_named_anew() -> None:
    train, _ = digits.load(None, 1)
    few = pretrained.only(train, pretrained.NEW, each=2, seed=1)
    assert few.labels.tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    rows = [np.flatnonzero((train.images == image).all(axis=(1, 2)))[0] for image in few.images]
    assert (train.labels[rows] - 5).tolist() == few.labels.tolist()
    with pytest.raises(ArgumentError, match="not all of the digits"):
        pretrained.only(few, pretrained.NEW)


def test_what_is_taken_over_stays_where_it_is_frozen(tmp_path: Path) -> None:
    before = pretrained.Net(0)
    before.save(tmp_path / "before.safetensors")
    four = pretrained.learners(tmp_path / "before.safetensors", seed=1)
    train, test = digits.load(None, 1)
    few = pretrained.only(train, pretrained.NEW, each=3)
    for learner in four.values():
        assert 0 < learner.accuracy(few, pretrained.only(test, pretrained.NEW), 3, seed=0) < 1
    stays = {
        "scratch": set(),
        "features": {"features.0.weight", "features.3.weight"},
        "last": {"features.0.weight", "features.3.weight", "hidden.weight"},
        "tuned": set(),
    }
    state = before.state_dict()
    for name, learner in four.items():
        now = learner.net.state_dict()
        same = {key for key in now if key.endswith("weight") and np.array_equal(now[key], state[key])}
        assert same == stays[name]
    assert np.array_equal(four["tuned"].start["hidden.weight"], state["hidden.weight"])
    assert not np.array_equal(four["features"].start["hidden.weight"], state["hidden.weight"])
