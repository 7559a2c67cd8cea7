"""`keras.callbacks`: what is called while a model trains."""

from __future__ import annotations

import csv
import json
import os
import urllib.request
import warnings
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ...train.events import EventWriter
from ...train.scopes import Drawn
from .. import missing
from . import backend as K
from .utils.generic_utils import Progbar

ALIASES = {"accuracy": "acc", "val_accuracy": "val_acc", "acc": "accuracy", "val_acc": "val_accuracy"}


class Names(dict[str, Any]):
    """Measurements under the names of any generation: "acc" is "accuracy" too."""

    def __missing__(self, name: str) -> Any:
        other = ALIASES.get(name)
        if other is not None and dict.__contains__(self, other):
            return self[other]
        raise KeyError(name)

    def get(self, name: str, default: Any = None) -> Any:
        return self[name] if self.__contains__(name) else default

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or super().__contains__(ALIASES.get(str(name)))


class Callback:
    """A base for what should happen while `fit` runs; a subclass overrides what it needs."""

    def __init__(self) -> None:
        self.validation_data: Any = None
        self.model: Any = None
        self.params: dict[str, Any] = {}

    @property
    def looks_at_batches(self) -> bool:
        """Whether it has to be called for every batch."""
        return any(
            getattr(type(self), name, None) is not getattr(Callback, name)
            for name in ("on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end")
        )

    def set_params(self, params: Any) -> None:
        self.params = params

    def _set_params(self, params: Any) -> None:
        self.set_params(params)

    def set_model(self, model: Any) -> None:
        self.model = model

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Before an epoch."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """After an epoch and its validation."""

    def on_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Before a batch."""
        self.on_train_batch_begin(batch, logs)

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """After a batch, with its measurements."""
        self.on_train_batch_end(batch, logs)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """The same in later words."""

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """The same in later words."""

    def on_train_begin(self, logs: Any = None) -> None:
        """Before the first epoch."""

    def on_train_end(self, logs: Any = None) -> None:
        """After the last epoch."""


class CallbackList:
    """Several as one."""

    def __init__(self, callbacks: Iterable[Any] | None = None, queue_length: int = 10):
        self.callbacks = list(callbacks or ())
        self.queue_length = queue_length

    def append(self, callback: Any) -> None:
        self.callbacks.append(callback)

    def set_params(self, params: Any) -> None:
        for c in self.callbacks:
            c.set_params(params)

    def set_model(self, model: Any) -> None:
        for c in self.callbacks:
            c.set_model(model)

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("on_"):
            raise AttributeError(name)

        def tell(*args: Any) -> None:
            for c in self.callbacks:
                getattr(c, name)(*args)

        return tell

    def __iter__(self) -> Any:
        return iter(self.callbacks)


class BaseLogger(Callback):
    """Means over the batches of an epoch: they come from the engine already."""

    def __init__(self, stateful_metrics: Any = None):
        super().__init__()
        self.stateful_metrics = set(stateful_metrics or ())


class History(Callback):
    """The measurements of every epoch; what `fit` gives."""

    def __init__(self) -> None:
        super().__init__()
        self.epoch: list[int] = []
        self.history: Any = Names()

    def on_train_begin(self, logs: Any = None) -> None:
        self.epoch, self.history = [], Names()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            dict.setdefault(self.history, name, []).append(value)


class ProgbarLogger(Callback):
    """The progress bar of an epoch."""

    def __init__(self, count_mode: str = "samples", stateful_metrics: Any = None):
        super().__init__()
        if count_mode not in ("samples", "steps"):
            raise ValueError(f"Unknown `count_mode`: {count_mode}")
        self.use_steps = count_mode == "steps"

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.target = self.params.get("steps" if self.use_steps else "samples")
        self.progbar = Progbar(self.target, verbose=self.params.get("verbose", 1))

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.progbar.stateful_metrics |= set(logs or {})
        self.progbar.update(self.target or 1, list((logs or {}).items()), force=True)


class TerminateOnNaN(Callback):
    """Ends the training where the loss is no number any more."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        loss = (logs or {}).get("loss")
        if loss is not None and not np.isfinite(loss):
            print(f"Epoch {epoch}: Invalid loss, terminating training")
            self.model.stop_training = True


def _monitored(logs: Any, monitor: str, what: str) -> Any:
    found = Names(logs or {}).get(monitor)
    if found is None:
        warnings.warn(
            f"{what} conditioned on metric `{monitor}` which is not available. Available metrics are:"
            f" {','.join(logs or {})}",
            RuntimeWarning,
            stacklevel=4,
        )
    return found


def _better(mode: str, monitor: str, delta: float = 0.0) -> tuple[Callable[[float, float], bool], float]:
    """Whether a measurement is better than another, and the worst one."""
    if mode not in ("auto", "min", "max"):
        warnings.warn(f"mode {mode} is unknown, fallback to auto mode.", RuntimeWarning, stacklevel=3)
        mode = "auto"
    up = mode == "max" or (
        mode == "auto" and ("acc" in monitor or monitor.startswith("fmeasure") or "auc" in monitor)
    )
    delta = abs(delta)
    if up:
        return (lambda a, b: a - delta > b), -np.inf
    return (lambda a, b: a + delta < b), np.inf


class ModelCheckpoint(Callback):
    """Writes the model after epochs.

    filepath: may hold {epoch:02d} and measurements as {val_loss:.2f}.
    """

    def __init__(
        self, filepath: Any, monitor: str = "val_loss", verbose: int = 0, save_best_only: bool = False,
        save_weights_only: bool = False, mode: str = "auto", period: int = 1, save_freq: Any = "epoch",
    ):  # fmt: skip
        super().__init__()
        self.monitor, self.verbose, self.filepath = monitor, verbose, os.fspath(filepath)
        self.save_best_only, self.save_weights_only, self.period = save_best_only, save_weights_only, period
        self.epochs_since_last_save = 0
        self.monitor_op, self.best = _better(mode, monitor)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.epochs_since_last_save += 1
        if self.epochs_since_last_save < self.period:
            return
        self.epochs_since_last_save = 0
        filepath = self.filepath.format(
            epoch=epoch + 1, **{**{ALIASES.get(k, k): v for k, v in (logs or {}).items()}, **(logs or {})}
        )
        if not self.save_best_only:
            self._say(f"\nEpoch {epoch + 1:05d}: saving model to {filepath}")
            self._save(filepath)
            return
        current = _monitored(logs, self.monitor, "Can save best model only with")
        if current is None:
            return
        if self.monitor_op(current, self.best):
            self._say(
                f"\nEpoch {epoch + 1:05d}: {self.monitor} improved from {self.best:0.5f} to {current:0.5f},"
                f" saving model to {filepath}"
            )
            self.best = current
            self._save(filepath)
        else:
            self._say(f"\nEpoch {epoch + 1:05d}: {self.monitor} did not improve from {self.best:0.5f}")

    def _say(self, text: str) -> None:
        if self.verbose > 0:
            print(text)

    def _save(self, filepath: str) -> None:
        if self.save_weights_only:
            self.model.save_weights(filepath, overwrite=True)
        else:
            self.model.save(filepath, overwrite=True)


class EarlyStopping(Callback):
    """Ends the training where a measurement has not become better for `patience` epochs."""

    def __init__(
        self, monitor: str = "val_loss", min_delta: float = 0, patience: int = 0, verbose: int = 0,
        mode: str = "auto", baseline: Any = None, restore_best_weights: bool = False,
    ):  # fmt: skip
        super().__init__()
        self.monitor, self.patience, self.verbose = monitor, patience, verbose
        self.min_delta, self.baseline, self.restore_best_weights = min_delta, baseline, restore_best_weights
        self.monitor_op, self.worst = _better(mode, monitor, min_delta)
        self.wait = self.stopped_epoch = 0
        self.best, self.best_weights = self.worst, None

    def on_train_begin(self, logs: Any = None) -> None:
        self.wait = self.stopped_epoch = 0
        self.best = self.worst if self.baseline is None else self.baseline

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        current = _monitored(logs, self.monitor, "Early stopping")
        if current is None:
            return
        if self.monitor_op(current, self.best):
            self.best, self.wait = current, 0
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            return
        self.wait += 1
        if self.wait >= self.patience:
            self.stopped_epoch = epoch
            self.model.stop_training = True
            if self.restore_best_weights and self.best_weights is not None:
                self.model.set_weights(self.best_weights)

    def on_train_end(self, logs: Any = None) -> None:
        if self.stopped_epoch > 0 and self.verbose > 0:
            print(f"Epoch {self.stopped_epoch + 1:05d}: early stopping")


class RemoteMonitor(Callback):
    """Sends the measurements of every epoch to a server as JSON."""

    def __init__(
        self, root: str = "http://localhost:9000", path: str = "/publish/epoch/end/", field: str = "data",
        headers: Any = None, send_as_json: bool = False,
    ):  # fmt: skip
        super().__init__()
        self.root, self.path, self.field, self.headers, self.send_as_json = (
            root,
            path,
            field,
            headers,
            send_as_json,
        )

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        sent = {"epoch": epoch, **{k: float(v) for k, v in (logs or {}).items()}}
        body = json.dumps(sent) if self.send_as_json else f"{self.field}={json.dumps(sent)}"
        try:
            request = urllib.request.Request(self.root + self.path, body.encode(), self.headers or {})
            urllib.request.urlopen(request, timeout=2).close()
        except OSError:
            warnings.warn(
                f"Warning: could not reach RemoteMonitor root server at {self.root}",
                RuntimeWarning,
                stacklevel=2,
            )


class LearningRateScheduler(Callback):
    """The learning rate of every epoch from a function (epoch) or (epoch, rate)."""

    def __init__(self, schedule: Callable[..., float], verbose: int = 0):
        super().__init__()
        self.schedule, self.verbose = schedule, verbose

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        if not hasattr(self.model.optimizer, "lr"):
            raise ValueError('Optimizer must have a "lr" attribute.')
        rate = float(K.get_value(self.model.optimizer.lr))
        try:
            new = self.schedule(epoch, rate)
        except TypeError:
            new = self.schedule(epoch)
        if not isinstance(new, (float, np.floating, int, np.ndarray)):
            raise ValueError('The output of the "schedule" function should be float.')
        K.set_value(self.model.optimizer.lr, float(new))
        if self.verbose > 0:
            print(f"\nEpoch {epoch + 1:05d}: LearningRateScheduler setting learning rate to {new}.")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if logs is not None:
            logs["lr"] = float(K.get_value(self.model.optimizer.lr))


class ReduceLROnPlateau(Callback):
    """A smaller learning rate where a measurement has not become better for `patience` epochs."""

    def __init__(
        self, monitor: str = "val_loss", factor: float = 0.1, patience: int = 10, verbose: int = 0,
        mode: str = "auto", min_delta: float = 1e-4, cooldown: int = 0, min_lr: float = 0,
        epsilon: Any = None,
    ):  # fmt: skip
        super().__init__()
        if factor >= 1.0:
            raise ValueError("ReduceLROnPlateau does not support a factor >= 1.0.")
        self.monitor, self.factor, self.patience, self.verbose = monitor, factor, patience, verbose
        self.mode, self.min_delta = mode, min_delta if epsilon is None else epsilon
        self.cooldown, self.min_lr = cooldown, min_lr
        self._reset()

    def _reset(self) -> None:
        self.monitor_op, self.best = _better(self.mode, self.monitor, self.min_delta)
        self.wait = self.cooldown_counter = 0

    def on_train_begin(self, logs: Any = None) -> None:
        self._reset()

    def in_cooldown(self) -> bool:
        return self.cooldown_counter > 0

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if logs is not None:
            logs["lr"] = float(K.get_value(self.model.optimizer.lr))
        current = _monitored(logs, self.monitor, "Reduce LR on plateau")
        if current is None:
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self.monitor_op(current, self.best):
            self.best, self.wait = current, 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience:
                self._reduce(epoch)

    def _reduce(self, epoch: int) -> None:
        rate = float(K.get_value(self.model.optimizer.lr))
        if rate > self.min_lr:
            new = max(rate * self.factor, self.min_lr)
            K.set_value(self.model.optimizer.lr, new)
            if self.verbose > 0:
                print(f"\nEpoch {epoch + 1:05d}: ReduceLROnPlateau reducing learning rate to {new}.")
            self.cooldown_counter, self.wait = self.cooldown, 0


class CSVLogger(Callback):
    """The measurements of every epoch as rows of a file."""

    def __init__(self, filename: Any, separator: str = ",", append: bool = False):
        super().__init__()
        self.filename, self.sep, self.append = filename, separator, append
        self.keys: list[str] | None = None
        self.append_header = True

    def on_train_begin(self, logs: Any = None) -> None:
        if self.append and os.path.exists(self.filename):
            with open(self.filename) as file:
                self.append_header = not bool(file.readline())
        self.csv_file = open(self.filename, "a" if self.append else "w", newline="")  # noqa: SIM115
        self.writer: Any = None

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        logs = logs or {}
        if self.keys is None:
            self.keys = sorted(logs)
        if self.writer is None:
            self.writer = csv.DictWriter(self.csv_file, ["epoch", *self.keys], delimiter=self.sep)
            if self.append_header:
                self.writer.writeheader()
        self.writer.writerow({"epoch": epoch, **{k: logs.get(k, "NA") for k in self.keys}})
        self.csv_file.flush()

    def on_train_end(self, logs: Any = None) -> None:
        self.csv_file.close()
        self.writer = None


class LambdaCallback(Callback):
    """A callback from functions, by the names of the methods."""

    def __init__(
        self, on_epoch_begin: Any = None, on_epoch_end: Any = None, on_batch_begin: Any = None,
        on_batch_end: Any = None, on_train_begin: Any = None, on_train_end: Any = None, **kwargs: Any,
    ):  # fmt: skip
        super().__init__()
        given = {
            "on_epoch_begin": on_epoch_begin, "on_epoch_end": on_epoch_end, "on_batch_begin": on_batch_begin,
            "on_batch_end": on_batch_end, "on_train_begin": on_train_begin, "on_train_end": on_train_end,
            **kwargs,
        }  # fmt: skip
        self._batches = on_batch_begin is not None or on_batch_end is not None
        for name, function in given.items():
            if function is not None:
                setattr(self, name, function)

    @property
    def looks_at_batches(self) -> bool:
        return self._batches


class TensorBoard(Callback):
    """Event files that the real TensorBoard reads: measurements, and with write_graph the graph.

    log_dir: where they are written. histogram_freq: weights every so many epochs.
    """

    def __init__(
        self, log_dir: Any = "./logs", histogram_freq: int = 0, batch_size: int = 32,
        write_graph: bool = True,
        write_grads: bool = False, write_images: bool = False, embeddings_freq: int = 0,
        embeddings_layer_names: Any = None, embeddings_metadata: Any = None, embeddings_data: Any = None,
        update_freq: Any = "epoch", profile_batch: Any = 0,
    ):  # fmt: skip
        super().__init__()
        self.log_dir, self.histogram_freq, self.write_graph = log_dir, histogram_freq, write_graph
        self.write_images, self.write_grads = write_images, write_grads

    def set_model(self, model: Any) -> None:
        super().set_model(model)
        self.writer = EventWriter(self.log_dir)
        if self.write_graph:
            self.writer.graph(_drawn(model))

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        for name, value in (logs or {}).items():
            self.writer.scalar(name, float(np.asarray(value).item()), epoch)
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            for layer in self.model.layers:
                for weight in layer.weights:
                    self.writer.histogram(weight.name.replace(":", "_"), K.get_value(weight), epoch)
        self.writer.flush()

    def on_train_end(self, logs: Any = None) -> None:
        self.writer.close()


def _drawn(model: Any) -> list[Drawn]:
    """The layers of a model as the nodes of a graph."""
    found: list[Drawn] = []
    for node in model._nodes:
        layer, shape = node.outbound_layer, K.int_shape(node.output_tensors[0]) or ()
        before = tuple(dict.fromkeys(b.name for b in node.inbound_layers if b is not None))
        if all(layer.name != d.name for d in found):
            sizes = tuple(-1 if s is None else int(s) for s in shape)
            found.append(Drawn(layer.name, type(layer).__name__, before, K.floatx(), sizes, ""))
    return found


__getattr__ = missing.attributes("keras.callbacks", globals())
