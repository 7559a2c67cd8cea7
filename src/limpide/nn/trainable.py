"""The training words of a module; the trainer behind them lives above, in `train`."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any

from ..errors import ArgumentError, user_frame


def trainer_class() -> Any:
    """The one door from a module up to its trainer: opened by `model.compile`, never at import."""
    return importlib.import_module("limpide.train").Trainer


class Trainable:
    """compile, fit, evaluate, predict, train_on_batch: Keras' words, handed on to `train.Trainer`."""

    _trainer: Any = None
    history: Any = None  # of the last fit
    stop_training: bool = False  # a callback sets it to end the training after the epoch

    def compile(
        self,
        optimizer: Any = "sgd",
        loss: str | Callable[..., Any] | None = None,
        metrics: Sequence[str | Callable[..., Any]] = (),
    ) -> None:
        """Say how to train: needed before fit, evaluate and train_on_batch.

        optimizer: from `optim`, or its name. loss: a function (outputs, labels) -> scalar, or its name.
        metrics: names as "accuracy", functions (outputs, labels), or `train.Metric`s.
        What is trained (frozen parameters) is read here; call it again after a change.
        """
        self._trainer = trainer_class()(self, optimizer, loss, metrics)

    def fit(
        self,
        x: Any,
        y: Any,
        batch_size: int = 32,
        epochs: int = 1,
        validation_data: tuple[Any, Any] | None = None,
        validation_split: float = 0.0,
        shuffle: bool = True,
        seed: int | None = None,
        verbose: int = 1,
        callbacks: Sequence[Any] = (),
    ) -> Any:
        """Train on arrays, an epoch being few native calls; gives the `train.History`.

        x: samples along axis 0; a tuple or dict of arrays where the model takes several.
        y: labels, as the loss takes them.
        Float arrays are converted to the model's dtype; integers go in as they are, and are never rescaled.
        seed: of the shuffling; the same seed gives the same bits.
        verbose: 0 nothing, 1 a progress bar (lines where there is no terminal), 2 a line per epoch.
        Ctrl-C raises KeyboardInterrupt after a whole step; `model.history` then holds the epochs so far.
        """
        return self._compiled("fit").fit(
            x,
            y,
            batch_size=batch_size,
            epochs=epochs,
            validation_data=validation_data,
            validation_split=validation_split,
            shuffle=shuffle,
            seed=seed,
            verbose=verbose,
            callbacks=callbacks,
        )

    def evaluate(self, x: Any, y: Any, batch_size: int = 256, return_dict: bool = False) -> Any:
        """The loss and the metrics on these data: a list [loss, *metrics], the loss alone, or a dict."""
        return self._compiled("evaluate").evaluate(x, y, batch_size, return_dict)

    def predict(self, x: Any, batch_size: int = 256) -> Any:
        """The model's outputs in evaluation mode, as NumPy arrays. Needs no compile."""
        if self._trainer is None:
            self._trainer = trainer_class()(self, None, None, ())
        return self._trainer.predict(x, batch_size)

    def train_on_batch(self, x: Any, y: Any, return_dict: bool = False) -> Any:
        """One step on one batch; the loss and the metrics before the step, as evaluate gives them."""
        return self._compiled("train_on_batch").train_on_batch(x, y, return_dict)

    def _compiled(self, word: str) -> Any:
        if self._trainer is None or self._trainer.loss is None:
            raise ArgumentError(
                word,
                "the model was not compiled: it has no loss and no optimizer",
                where=user_frame(),
                hint='model.compile(optimizer="sgd", loss="cross_entropy", metrics=["accuracy"])',
            )
        return self._trainer
