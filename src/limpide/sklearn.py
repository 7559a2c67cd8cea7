"""scikit-learn estimators: a network behind fit, predict and score. The one door to `sklearn`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import numpy as np

from . import nn, optim
from .errors import MissingExtraError
from .graph import Array
from .nn import losses
from .nn.words import choose, lp
from .train import Callback

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
    from sklearn.utils import check_random_state, column_or_1d
    from sklearn.utils.multiclass import check_classification_targets, unique_labels
    from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data
except ImportError as missing:
    raise MissingExtraError("scikit-learn", "sklearn", "limpide.sklearn") from missing

__all__ = ["LimpideClassifier", "LimpideRegressor"]

Maker = Callable[[int, int, int], nn.Module]  # (inputs, outputs, seed) -> the network


class _Network(BaseEstimator):  # type: ignore[misc]
    """What both estimators share: building the network, training it, pickling it."""

    _loss = "mse"
    n_features_in_: int
    n_outputs_: int
    model_: nn.Module
    optimizer_: optim.Optimizer

    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (100,),
        activation: str = "relu",
        *,
        model: Maker | None = None,
        loss: str | Callable[..., Any] | None = None,
        optimizer: str | Callable[..., optim.Optimizer] = "adam",
        lr: Any = None,
        batch_size: int | str = "auto",
        max_iter: int = 200,
        shuffle: bool = True,
        tol: float = 1e-4,
        n_iter_no_change: int = 10,
        warm_start: bool = False,
        random_state: Any = None,
        verbose: int = 0,
    ):
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.model = model
        self.loss = loss
        self.optimizer = optimizer
        self.lr = lr
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose

    # -------------------------------------------------------------------------------------- the network
    def _build(self, dtype: Any, seed: int) -> None:
        """A fresh network and optimizer: `model_`, `optimizer_`."""
        inputs, outputs = self.n_features_in_, self.n_outputs_
        self._dtype, self._seed = np.dtype(dtype).name, seed
        if self.model is None:
            sizes = [inputs, *np.atleast_1d(np.asarray(self.hidden_layer_sizes, dtype=np.int64)).tolist()]
            draw, layers = np.random.default_rng(seed), []
            for m, n in zip(sizes[:-1], sizes[1:], strict=True):
                layers += [nn.Linear(m, n, seed=draw, dtype=dtype), nn.activation(self.activation)]
            self.model_ = nn.Sequential(*layers, nn.Linear(sizes[-1], outputs, seed=draw, dtype=dtype))
        else:
            self.model_ = self.model(inputs, outputs, seed)
        make: Any = self.optimizer
        if isinstance(make, str):
            make = choose("optimizer", make.lower(), optim.names.NAMES)
        self.optimizer_ = make() if self.lr is None else make(lr=self.lr)
        self.model_.compile(optimizer=self.optimizer_, loss=self._weighted)

    def _weighted(self, outputs: Any, labels: tuple[Any, Any]) -> Any:
        """The mean over the rows of the loss times the row's weight."""
        targets, weights = labels
        given = losses.loss_function(self._loss if self.loss is None else self.loss)
        rows = given(outputs, targets, reduction="none")
        if rows.ndim > 1:
            rows = lp.mean(rows, axis=tuple(range(1, rows.ndim)))
        return lp.mean(rows * weights)

    def _train(self, X: Array, y: Array, sample_weight: Any, epochs: int, keep: bool) -> Self:
        """Epochs on these data; keep: with the network that there is."""
        if epochs < 1 or int(epochs) != epochs:
            raise ValueError(f"max_iter == {epochs}, must be a positive whole number")
        weights = _check_sample_weight(sample_weight, X, dtype=X.dtype)
        mean = float(np.mean(weights))
        if not mean > 0:
            raise ValueError(f"sample_weight must add up to more than 0, not to {weights.sum()}")
        if not keep or not hasattr(self, "_random"):
            self._random = check_random_state(self.random_state)
            self.loss_curve_: list[float] = []
        if not keep or not hasattr(self, "model_"):
            self._build(X.dtype, int(self._random.randint(2**31 - 1)))
        size = min(200 if self.batch_size == "auto" else int(self.batch_size), len(X))
        history = self.model_.fit(
            X,
            (y, weights / mean),
            batch_size=size,
            epochs=int(epochs),
            shuffle=self.shuffle and size < len(X),
            seed=int(self._random.randint(2**31 - 1)),
            verbose=self.verbose,
            callbacks=[_Plateau(self.tol, self.n_iter_no_change)],
        )
        self.loss_curve_ += history.history["loss"]
        self.n_iter_ = len(self.loss_curve_)
        return self

    def _outputs(self, X: Any) -> Array:
        check_is_fitted(self, "model_")
        X = validate_data(self, X, reset=False, dtype=[np.float64, np.float32])
        found: Array = self.model_.predict(X)
        return found

    # ------------------------------------------------------------------------------------------ pickling
    def __getstate__(self) -> dict[str, Any]:
        """The network as its weights: compiled functions stay here."""
        state = dict(super().__getstate__())
        if "model_" in state:
            network, optimizer = state.pop("model_"), state.pop("optimizer_")
            state["_saved"] = network.state_dict(), optimizer.state_dict()
        return state

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        rest = dict(state)
        saved = rest.pop("_saved", None)
        super().__setstate__(rest)
        if saved is not None:
            self._build(self._dtype, self._seed)
            self.model_.load_state_dict(saved[0])
            self.optimizer_.load_state_dict(saved[1])


class LimpideClassifier(ClassifierMixin, _Network):  # type: ignore[misc]
    """A network that tells classes apart, as a scikit-learn estimator.

    hidden_layer_sizes, activation: of the network Linear - activation - ... - Linear. model: another one, a
    function (inputs, outputs, seed) that gives it. loss: `nn.losses` by name, or a function, of logits and
    class indices, which takes reduction="none"; cross-entropy without one.
    optimizer: a name, or a function that makes one, such as `functools.partial(optim.SGD, momentum=0.9)`;
    lr: its learning rate or schedule. batch_size: "auto" is min(200, rows).
    Training ends after max_iter epochs, or when the loss has not fallen by tol for n_iter_no_change epochs.
    warm_start: fit goes on with the network that there is. verbose: as in `nn.Module.fit`.
    The numbers are float64 for float64 data (NumPy's default), float32 for float32 data.

    model_, optimizer_, classes_, n_iter_, loss_curve_ (a loss per epoch) are there after fit.

    >>> from sklearn.datasets import load_iris
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> x, y = load_iris(return_X_y=True)
    >>> network = make_pipeline(StandardScaler(), LimpideClassifier((16,), lr=0.01, random_state=0))
    >>> network.fit(x, y).score(x, y) > 0.95
    True
    """

    _loss = "cross_entropy"
    classes_: Array

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train on X (rows, features) and the class of each row; sample_weight: how much each row counts."""
        keep = self.warm_start and hasattr(self, "model_")
        X, y = self._checked(X, y, reset=not keep)
        classes = unique_labels(y)
        if keep and list(classes) != list(self.classes_):
            raise ValueError(f"warm_start: the classes were {self.classes_}, and are {classes} now")
        self.classes_, self.n_outputs_ = classes, len(classes)
        return self._train(X, self._indices(y), sample_weight, self.max_iter, keep)

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """One epoch on these data. classes: all that there will be, needed in the first call."""
        first = not hasattr(self, "model_")
        if first and classes is None:
            raise ValueError("classes must be passed on the first call to partial_fit.")
        X, y = self._checked(X, y, reset=first)
        if classes is not None and not first and list(unique_labels(classes)) != list(self.classes_):
            raise ValueError(f"classes={classes} is not the same as in the first call: {self.classes_}")
        if first:
            self.classes_ = unique_labels(classes)
            self.n_outputs_ = len(self.classes_)
        return self._train(X, self._indices(y), sample_weight, 1, keep=True)

    def _checked(self, X: Any, y: Any, reset: bool) -> tuple[Array, Array]:
        X, y = validate_data(self, X, y, reset=reset, dtype=[np.float64, np.float32], ensure_min_samples=1)
        check_classification_targets(y)
        return X, column_or_1d(y, warn=True)

    def _indices(self, y: Array) -> Array:
        """Labels as numbers from 0."""
        unknown = np.setdiff1d(y, self.classes_)
        if unknown.size:
            raise ValueError(f"y contains {list(unknown)}, which are not among the classes {self.classes_}")
        return np.searchsorted(self.classes_, y)

    def predict_proba(self, X: Any) -> Array:
        """The probability of every class, in the order of `classes_`: softmax of the network's outputs."""
        outputs = self._outputs(X)
        powers = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        probabilities: Array = powers / powers.sum(axis=1, keepdims=True)
        return probabilities

    def predict_log_proba(self, X: Any) -> Array:
        """The logarithm of `predict_proba`."""
        outputs = self._outputs(X)
        shifted = outputs - outputs.max(axis=1, keepdims=True)
        logs: Array = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        return logs

    def predict(self, X: Any) -> Array:
        """The most probable class of every row."""
        best = self._outputs(X).argmax(axis=1)
        found: Array = self.classes_[best]
        return found


class LimpideRegressor(RegressorMixin, _Network):  # type: ignore[misc]
    """A network that predicts numbers, as a scikit-learn estimator.

    Its settings are those of `LimpideClassifier`; loss: of outputs and targets, "mse" without one.
    Targets are (rows,) or (rows, columns); neither they nor X are rescaled.

    >>> x = np.linspace(-2, 2, 80)[:, None]
    >>> wave = LimpideRegressor((16,), "tanh", lr=0.05, random_state=0).fit(x, np.sin(x[:, 0]))
    >>> wave.score(x, np.sin(x[:, 0])) > 0.95
    True
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train on X (rows, features) and the targets; sample_weight: how much each row counts."""
        keep = self.warm_start and hasattr(self, "model_")
        return self._fitted(X, y, sample_weight, self.max_iter, keep)

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """One epoch on these data."""
        return self._fitted(X, y, sample_weight, 1, hasattr(self, "model_"))

    def _fitted(self, X: Any, y: Any, sample_weight: Any, epochs: int, keep: bool) -> Self:
        X, y = validate_data(
            self,
            X,
            y,
            reset=not keep,
            dtype=[np.float64, np.float32],
            multi_output=True,
            y_numeric=True,
        )
        columns = 1 if y.ndim == 1 else y.shape[1]
        if y.ndim == 2 and columns == 1:
            y = column_or_1d(y, warn=True)
        if keep and columns != self.n_outputs_:
            raise ValueError(f"y has {columns} columns, and had {self.n_outputs_} before")
        self.n_outputs_ = columns
        return self._train(X, y.reshape(len(X), columns).astype(X.dtype), sample_weight, epochs, keep)

    def predict(self, X: Any) -> Array:
        """The numbers for every row: (rows,), or (rows, columns) for several."""
        outputs = self._outputs(X)
        return outputs[:, 0] if self.n_outputs_ == 1 else outputs

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


class _Plateau(Callback):
    """Ends the training when the loss has not fallen by `tol` for more than so many epochs."""

    def __init__(self, tol: float, epochs: int):
        self.tol, self.epochs = tol, epochs
        self.best, self.waited = np.inf, 0

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        loss = logs["loss"]
        self.waited = 0 if loss < self.best - self.tol else self.waited + 1
        self.best = min(self.best, loss)
        if self.waited > self.epochs:
            self.model.stop_training = True
