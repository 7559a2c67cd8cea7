"""The training words of a module; the trainer behind them lives above, in `train`."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any, Self

from ..errors import ArgumentError, user_frame


def trainer_class() -> Any:
    """The one door from a module up to its trainer: opened by `model.compile`, never at import."""
    return importlib.import_module("limpide.train").Trainer


def _weights() -> Any:
    """The door to files of weights, opened by `model.save` and `model.load`."""
    return importlib.import_module("limpide.train.weights")


def _exporting() -> Any:
    """The door to code for elsewhere, opened by `model.export`."""
    return importlib.import_module("limpide.export").export


def _onnx() -> Any:
    """The door to ONNX, opened by `model.export` for a name that ends in .onnx."""
    return importlib.import_module("limpide.onnx")


class Trainable:
    """compile, fit, evaluate, predict, save: Keras' words, handed on to `train`."""

    _trainer: Any = None
    history: Any = None  # of the last fit
    stop_training: bool = False  # a callback sets it to end the training

    def compile(
        self,
        optimizer: Any = "sgd",
        loss: Any = None,
        metrics: Any = (),
        loss_weights: Any = None,
    ) -> None:
        """Say how to train: needed before fit, evaluate and train_on_batch.

        optimizer: from `optim`, or its name. loss: a function (outputs, labels) -> scalar, or its name.
        metrics: names as "accuracy", functions (outputs, labels), or `train.Metric`s.
        Where the model gives several outputs, a tuple or dict: one loss for each, in a list or dict of the
        same keys, and so for metrics; their sum is minimised, each times its entry of loss_weights.
        Parameters that are frozen later, or no longer, need no other call.
        """
        self._trainer = trainer_class()(self, optimizer, loss, metrics, loss_weights)

    def fit(
        self,
        x: Any,
        y: Any = None,
        batch_size: int = 32,
        epochs: int = 1,
        validation_data: Any = None,
        validation_split: float = 0.0,
        shuffle: bool = True,
        seed: int | None = None,
        verbose: int = 1,
        callbacks: Sequence[Any] = (),
        sample_weight: Any = None,
        class_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: int | Sequence[int] = 1,
        checkpoint: Any = None,
        resume: Any = None,
    ) -> Any:
        """Train; an epoch is few native calls. Gives the `train.History`.

        x: samples along axis 0; a tuple or dict of arrays where the model takes several. y: labels, as the
        loss takes them. Arrays in files (np.memmap) are read in pieces. Float arrays are converted to the
        model's dtype; integers go in as they are, and are never rescaled.
        Or x gives both, and y is left out: a `data.Dataset`, a dataset or loader of PyTorch, a dataset of
        Hugging Face (labels in its column "label"), or any iterable of batches (x, y) or (x, y, weights).

        validation_data: (x, y), (x, y, weights), or anything that x may be; validation_split: this share of
        the arrays, from their end. validation_freq: every so many epochs, or a list of them, from 1.
        seed: of the shuffling; the same seed gives the same bits.
        sample_weight: one for each sample; class_weight: {class: weight}. The loss is the mean of weight
        times loss over the samples, as in Keras; metrics are not weighted.
        initial_epoch: the number of the first epoch; epochs: of the last. steps_per_epoch,
        validation_steps: batches in an epoch and a validation, needed where the data have no end.
        verbose: 0 nothing, 1 a progress bar (lines where there is no terminal), 2 a line per epoch.
        callbacks: `train.Callback`s.
        checkpoint: a folder, or a `train.Checkpoint`, for the state of the training after every epoch.
        resume: True goes on from the newest checkpoint there, if there is one; a path from that file or
        folder. The weights at the end are bit for bit those of a training that was never stopped.
        Ctrl-C raises KeyboardInterrupt after a whole step; `model.history` then holds the epochs so far.
        """
        trainer = self._compiled("fit")
        options = trainer.options(
            batch_size=batch_size,
            epochs=epochs,
            validation_data=validation_data,
            validation_split=validation_split,
            shuffle=shuffle,
            seed=seed,
            verbose=verbose,
            callbacks=callbacks,
            sample_weight=sample_weight,
            class_weight=class_weight,
            initial_epoch=initial_epoch,
            steps_per_epoch=steps_per_epoch,
            validation_steps=validation_steps,
            validation_batch_size=validation_batch_size,
            validation_freq=validation_freq,
            checkpoint=checkpoint,
            resume=resume,
        )
        return trainer.fit(x, y, options)

    def evaluate(
        self,
        x: Any,
        y: Any = None,
        batch_size: int = 256,
        return_dict: bool = False,
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Sequence[Any] = (),
    ) -> Any:
        """The loss and the metrics on these data: a list [loss, *metrics], the loss alone, or a dict.

        x, y: as fit takes them. steps: so many batches only.
        """
        return self._compiled("evaluate").evaluate(
            x, y, batch_size, return_dict, sample_weight, steps, callbacks
        )

    def predict(
        self, x: Any, batch_size: int = 256, steps: int | None = None, callbacks: Sequence[Any] = ()
    ) -> Any:
        """The model's outputs in evaluation mode, as NumPy arrays. Needs no compile.

        x: as fit takes it; labels that come with it are passed over.
        """
        if self._trainer is None:
            self._trainer = trainer_class()(self, None, None, ())
        return self._trainer.predict(x, batch_size, steps, callbacks)

    def train_on_batch(
        self, x: Any, y: Any, sample_weight: Any = None, class_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """One step on one batch; the loss and the metrics before the step, as evaluate gives them."""
        trainer = self._compiled("train_on_batch")
        return trainer.on_batch("train", "train_on_batch", x, y, sample_weight, class_weight, return_dict)

    def test_on_batch(self, x: Any, y: Any, sample_weight: Any = None, return_dict: bool = False) -> Any:
        """The loss and the metrics of one batch, as evaluate gives them; nothing is changed."""
        trainer = self._compiled("test_on_batch")
        return trainer.on_batch("evaluate", "test_on_batch", x, y, sample_weight, None, return_dict)

    def predict_on_batch(self, x: Any) -> Any:
        """The outputs of one batch."""
        return self.predict(x, batch_size=2**62)

    def export(self, folder: Any, x: Any = None, y: Any = None, **options: Any) -> Any:
        """Write code that runs without Python, as C, as a library or as WebAssembly; see `lp.export.export`.

        x: a batch as predict takes it, of which only shape and dtype count; y: its labels, for the step of
        training, with train=True. Gives what was written.
        folder: where to; a name that ends in .onnx is that of an ONNX model, x its inputs as
        `lp.onnx.export` takes them.
        """
        if str(folder).endswith(".onnx"):
            return _onnx().export(self, folder, x, **options)
        return _exporting()(self, folder, x, y, **options)

    # ------------------------------------------------------------------------------------------- files
    def save(self, path: Any) -> None:
        """Write all state to a safetensors file, atomically: a crash leaves the old file or the new one.

        The file holds the arrays of state_dict by name and, as text, which architecture they belong to.
        Raises MissingExtraError without the package safetensors (extra `safetensors`).
        """
        _weights().save(self, path)

    def load(self, path: Any, strict: bool = True) -> Self:
        """Give the model the state of a file that `save` or another library wrote; gives the model.

        Raises DataError where the file is damaged; ArgumentError that lists every missing, unexpected and
        wrongly shaped array; then nothing has changed. With strict=False missing and unexpected names are
        passed over.
        """
        _weights().load(self, path, strict)
        return self

    save_weights = save
    load_weights = load

    def _compiled(self, word: str) -> Any:
        if self._trainer is None or self._trainer.objective is None:
            raise ArgumentError(
                word,
                "the model was not compiled: it has no loss and no optimizer",
                where=user_frame(),
                hint='model.compile(optimizer="sgd", loss="cross_entropy", metrics=["accuracy"])',
            )
        return self._trainer
