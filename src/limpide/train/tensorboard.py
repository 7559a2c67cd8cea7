"""TensorBoard: a callback that writes down what can be watched."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..dtypes import readable
from ..errors import ArgumentError, user_frame
from .callbacks import Callback
from .events import EventWriter
from .loops import Batch
from .scopes import draw


class TensorBoard(Callback):
    """Logs for `tensorboard --logdir FOLDER`, readable while the training runs.

    After every epoch the measurements and the learning rate, in the runs "train" and "validation".
    log_dir: the folder. histogram_freq: every so many epochs histograms of all weights, and of the gradients
    of a batch. write_graph: the model's graph, its nodes under the names of the modules. write_images:
    matrices and filters as images, as often as the histograms. update_freq: "epoch", "batch", or every so
    many batches, for measurements inside of epochs.
    hparams: hyper-parameters, numbers, texts or bools; by default the optimizer's name and rate, the loss and
    the batch size.
    sample: the batch (x, y) of which gradients and graph are taken; by default the first of the data, where
    these can be read twice.
    """

    def __init__(
        self,
        log_dir: str | os.PathLike[str] = "logs",
        histogram_freq: int = 0,
        write_graph: bool = True,
        write_images: bool = False,
        update_freq: int | str = "epoch",
        hparams: Mapping[str, Any] | None = None,
        sample: Any = None,
    ):
        if update_freq not in ("epoch", "batch") and (not isinstance(update_freq, int) or update_freq < 1):
            raise ArgumentError(
                "TensorBoard",
                f'update_freq is {update_freq!r}, not "epoch", "batch" or a number of batches',
                where=user_frame(),
            )
        self.log_dir, self.histogram_freq, self.write_graph = Path(log_dir), histogram_freq, write_graph
        self.write_images, self.update_freq, self.sample = write_images, update_freq, sample
        self.settings = hparams
        self.every = update_freq if isinstance(update_freq, int) else 1
        self._writers: dict[str, EventWriter] = {}
        self._seen = 0  # batches of the epochs before, in this run

    def watches(self, word: str) -> bool:
        return word == "train" and self.update_freq != "epoch"

    def writer(self, run: str = "train") -> EventWriter:
        """The event file of a run; more can be written to it: images, texts, numbers."""
        if run not in self._writers:
            resumed = bool(self.run.history.epoch)
            self._writers[run] = EventWriter(
                self.log_dir / run, purge=self.run.position.epoch if resumed else None
            )
        return self._writers[run]

    # -------------------------------------------------------------------------------------------- callbacks
    def on_train_begin(self, logs: Any = None) -> None:
        self._seen = 0
        batch = self._sample()
        if self.write_graph and batch is not None and not self.run.history.epoch:
            self.writer().graph(draw(self.model._trainer, batch))
        settings = self._settings() if self.settings is None else self.settings
        if settings:
            self.writer().hparams(settings, ["epoch_loss"])

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self._scalars("train", "batch", logs, self._before() + batch)

    def _before(self) -> int:
        """The number of batches in the epochs before this one, as far as it is known."""
        steps = self.run.feed.steps
        return self._seen if steps is None else self.run.position.epoch * steps

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._seen += self.run.last_steps
        train = {name: value for name, value in logs.items() if not name.startswith("val_")}
        rate = getattr(self.run.optimizer, "lr", None)
        self._scalars("train", "epoch", train | ({} if rate is None else {"learning_rate": rate}), epoch)
        validation = {name[4:]: value for name, value in logs.items() if name.startswith("val_")}
        if validation:
            self._scalars("validation", "epoch", validation, epoch)
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            self._distributions(epoch)

    def on_train_end(self, logs: Any = None) -> None:
        if self._writers:
            self.writer().finished()

    def close(self) -> None:
        for writer in self._writers.values():
            writer.close()
        self._writers = {}

    # ------------------------------------------------------------------------------------------- contents
    def _scalars(self, run: str, prefix: str, logs: Mapping[str, Any], step: int) -> None:
        writer = self.writer(run)
        for name, value in logs.items():
            if np.ndim(value) == 0:
                writer.scalar(f"{prefix}_{name}", value, step)
        writer.flush()

    def _distributions(self, epoch: int) -> None:
        writer, batch = self.writer(), self._sample()
        for name, parameter in self.model.named_state():
            value = readable(parameter.cell.value)
            tag = name.replace(".", "/")
            writer.histogram(f"weights/{tag}", value, epoch)
            if self.write_images and value.ndim >= 2:
                writer.image(f"weight_images/{tag}", as_image(value), epoch)  # a tag is of one kind
        if batch is not None:
            for name, gradient in self.model._trainer.gradients(*batch).items():
                writer.histogram(f"gradients/{name.replace('.', '/')}", gradient, epoch)
        writer.flush()

    def _sample(self) -> Batch | None:
        if self.sample is None:
            found: Batch | None = self.run.feed.sample()
            return found
        return self.model._trainer.batch("TensorBoard", self.sample)  # type: ignore[no-any-return]

    def _settings(self) -> dict[str, Any]:
        trainer = self.model._trainer
        losses = ", ".join(_name(part.loss) for part in trainer.objective.parts)
        return {
            "optimizer": type(trainer.optimizer).__name__,
            "learning_rate": trainer.optimizer.lr,
            "loss": losses,
            "batch_size": self.params["batch_size"],
        }


def _name(loss: Any) -> str:
    return str(getattr(loss, "__name__", type(loss).__name__))


def as_image(weights: Any) -> Any:
    """Weights as a grey image: rows by all other axes, the least black and the greatest white."""
    flat = np.asarray(weights, np.float64).reshape(len(weights), -1)
    low, high = flat.min(), flat.max()
    return (flat - low) / (high - low) if high > low else np.zeros_like(flat)
