"""The scikit-learn estimators: scikit-learn's own checks, and what they give in its tools."""

from __future__ import annotations

import functools
import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

import limpide as lp
from limpide import nn, optim
from limpide.sklearn import LimpideClassifier, LimpideRegressor

X, Y = load_iris(return_X_y=True)
X = (X - X.mean(0)) / X.std(0)
NAMED = np.array(["setosa", "versicolor", "virginica"])[Y]


@pytest.mark.slow
@pytest.mark.parametrize("kind", [LimpideClassifier, LimpideRegressor])
@pytest.mark.filterwarnings("ignore")
def test_the_checks_of_scikit_learn(kind: Any) -> None:
    results = check_estimator(kind(), on_skip=None)
    assert len(results) > 50
    skipped = {r["check_name"] for r in results if r["status"] != "passed"}
    assert skipped <= {"check_array_api_input"}


def quick(**settings: Any) -> LimpideClassifier:
    return LimpideClassifier((8,), **{"lr": 0.02, "max_iter": 20, "random_state": 0} | settings)


def test_classifier() -> None:
    found = quick(max_iter=60).fit(X, NAMED)
    assert found.score(X, NAMED) > 0.9
    assert list(found.classes_) == ["setosa", "versicolor", "virginica"]
    p = found.predict_proba(X)
    np.testing.assert_allclose(p.sum(1), 1)
    np.testing.assert_allclose(np.log(p), found.predict_log_proba(X), rtol=1e-10)
    assert (found.classes_[p.argmax(1)] == found.predict(X)).all()
    assert found.n_iter_ == len(found.loss_curve_) <= 60
    assert found.loss_curve_[-1] < 0.5 * found.loss_curve_[0]


def test_training_ends_when_the_loss_no_longer_falls() -> None:
    found = quick(max_iter=50, tol=10.0, n_iter_no_change=3).fit(X, Y)
    assert found.n_iter_ == 5  # the first, and more than three that are not better by 10


def test_the_same_seed_gives_the_same_numbers() -> None:
    one, two = (quick(batch_size=32).fit(X, Y).predict_proba(X) for _ in range(2))
    assert (one == two).all()
    assert (one != quick(batch_size=32, random_state=1).fit(X, Y).predict_proba(X)).any()


def test_the_dtype_is_that_of_the_data() -> None:
    assert quick().fit(X, Y).predict_proba(X).dtype == np.float64
    assert quick().fit(X.astype(np.float32), Y).predict_proba(X).dtype == np.float32


def test_grid_search_over_a_pipeline() -> None:
    pipeline = make_pipeline(StandardScaler(), quick())
    grid = {"limpideclassifier__lr": [1e-6, 0.05], "limpideclassifier__hidden_layer_sizes": [(4,), (8, 4)]}
    found = GridSearchCV(pipeline, grid, cv=3).fit(X, NAMED)
    assert found.best_params_["limpideclassifier__lr"] == 0.05 and found.best_score_ > 0.8


def test_cross_validation_of_a_regressor() -> None:
    wave = np.stack([np.sin(X[:, 0]), X[:, 1]], axis=1)
    found = LimpideRegressor((16,), lr=0.02, random_state=0, loss="huber")
    assert cross_val_score(found, X, wave, cv=KFold(3, shuffle=True, random_state=0)).min() > 0.8
    assert found.fit(X, wave).predict(X).shape == (150, 2)
    assert found.fit(X, wave[:, 0]).predict(X).shape == (150,)


def test_clone_is_untrained() -> None:
    trained = quick().fit(X, Y)
    again = clone(trained)
    assert again.get_params() == trained.get_params()
    with pytest.raises(NotFittedError):
        again.predict(X)


def test_pickle_keeps_weights_and_state() -> None:
    trained = quick(batch_size=50).fit(X, Y)
    again = pickle.loads(pickle.dumps(trained))
    assert (again.predict_proba(X) == trained.predict_proba(X)).all()
    for each in (trained, again):
        each.partial_fit(X, Y)
    assert (again.predict_proba(X) == trained.predict_proba(X)).all()
    assert again.n_iter_ == trained.n_iter_ == 21


def test_warm_start_goes_on() -> None:
    whole = quick(shuffle=False, tol=0.0, max_iter=20).fit(X, Y)
    parts = quick(shuffle=False, tol=0.0, max_iter=10, warm_start=True).fit(X, Y).fit(X, Y)
    np.testing.assert_allclose(parts.predict_proba(X), whole.predict_proba(X), rtol=1e-12)
    assert parts.n_iter_ == 20
    with pytest.raises(ValueError, match="warm_start: the classes were"):
        parts.fit(X, np.minimum(Y, 1))


def test_partial_fit() -> None:
    found = quick(lr=0.05)
    for _ in range(40):
        found.partial_fit(X[::2], Y[::2], classes=[0, 1, 2])
    assert found.score(X, Y) > 0.85 and found.n_iter_ == 40
    with pytest.raises(ValueError, match="y contains .*, which are not among the classes"):
        found.partial_fit(X, Y + 5)
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        quick().partial_fit(X, Y)
    with pytest.raises(ValueError, match="is not the same as in the first call"):
        found.partial_fit(X, Y, classes=[0, 1])


@pytest.mark.parametrize("kind", [LimpideClassifier, LimpideRegressor])
def test_weights_count_rows(kind: Any) -> None:
    weights = np.arange(len(X)) % 3
    settings = {"lr": 0.02, "max_iter": 10, "random_state": 0, "batch_size": 1000}
    weighted = kind((8,), **settings).fit(X, Y, sample_weight=weights)
    repeated = kind((8,), **settings).fit(X.repeat(weights, axis=0), Y.repeat(weights))
    np.testing.assert_allclose(weighted.predict(X), repeated.predict(X), rtol=1e-8)
    with pytest.raises(ValueError, match="sample_weight must add up to more than 0"):
        kind().fit(X, Y, sample_weight=-weights)


def network(inputs: int, outputs: int, seed: int) -> nn.Module:
    return nn.Sequential(nn.Linear(inputs, 6, seed=seed), nn.Tanh(), nn.Linear(6, outputs, seed=seed + 1))


def test_a_network_and_an_optimizer_of_ones_own() -> None:
    make = functools.partial(optim.SGD, momentum=0.9)
    rate = optim.schedules.cosine(0.5, 40)
    found = LimpideClassifier(model=network, optimizer=make, lr=rate, max_iter=40, random_state=0)
    assert found.fit(X.astype(np.float32), Y).score(X, Y) > 0.9
    assert isinstance(found.optimizer_, optim.SGD) and found.optimizer_.lr < 0.01
    with pytest.raises(lp.LimpideError, match="no optimizer 'adan'"):
        LimpideClassifier(optimizer="adan").fit(X, Y)
    with pytest.raises(ValueError, match="max_iter == 0"):
        LimpideClassifier(max_iter=0).fit(X, Y)


def test_without_scikit_learn_the_error_names_the_extra() -> None:
    code = "import sys; sys.modules['sklearn'] = None\nimport limpide.sklearn"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode and "pip install 'limpide[sklearn]'" in done.stderr
