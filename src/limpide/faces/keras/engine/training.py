"""`keras.engine.training`: models that are compiled, trained, evaluated."""

from __future__ import annotations

import itertools
import time
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ... import missing, quick
from .. import backend as K
from .. import callbacks as cbks
from .. import losses, metrics, optimizers
from ..symbols import int_shape, is_symbol
from ..utils.data_utils import Sequence as DataSequence
from ..utils.generic_utils import slice_arrays, to_list, unpack_singleton
from . import training_utils as checks
from .base_layer import registry
from .network import Network
from .progress import Shown, announce, told_once
from .trainer import Bridge, NoHistory, Trainer

OLD = {"nb_epoch": "epochs", "X": "x", "nb_worker": "workers", "max_q_size": "max_queue_size",
       "val_samples": "steps",
       "pickle_safe": "use_multiprocessing"}  # fmt: skip

ACCURACY = ("accuracy", "acc")


def _renamed(kwargs: dict[str, Any]) -> dict[str, Any]:
    return {OLD.get(k, k): v for k, v in kwargs.items()}


class Model(Network):
    """A network that can be compiled, trained and evaluated.

    inputs, outputs (Keras 1: input, output): tensors or lists of them.
    """

    stop_training = False
    optimizer: Any = None
    loss: Any = None
    history: Any = None
    _trainer: Any = None
    _flagged = False  # whether only `show_accuracy` asked for the accuracy

    @classmethod
    def _respelled(
        cls, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        renames = {"input": "inputs", "output": "outputs"}
        return args, {
            renames.get(k, k) if k in renames and not _takes(cls, k) else k: v for k, v in kwargs.items()
        }

    # ------------------------------------------------------------------------------------------ compile
    def compile(
        self, optimizer: Any = None, loss: Any = None, metrics: Any = None, loss_weights: Any = None,
        sample_weight_mode: Any = None, weighted_metrics: Any = None, target_tensors: Any = None,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        """Say how to train: an optimiser, a loss for every output, metrics."""
        if isinstance(optimizer, (str, dict)) is False and optimizer is None:
            optimizer = "rmsprop"
        self.optimizer = optimizers.get(optimizer)
        self.loss, self.metrics, self.loss_weights = (
            loss if loss is not None else [],
            metrics or [],
            loss_weights,
        )
        self.weighted_metrics = weighted_metrics
        self.sample_weight_mode = sample_weight_mode
        self._flagged = False
        if not self._is_ready():
            return
        self._prepare(target_tensors)

    def _is_ready(self) -> bool:
        """Whether the layers are connected."""
        return True

    def _prepare(self, target_tensors: Any = None) -> None:
        """What the model is told with, as tensors."""
        self._feed_inputs = [
            x
            for x, layer in zip(self.inputs, self.input_layers, strict=True)
            if getattr(layer, "is_placeholder", True)
        ]
        self._feed_input_names = [
            n
            for n, layer in zip(self.input_names, self.input_layers, strict=True)
            if getattr(layer, "is_placeholder", True)
        ]
        self.loss_functions = self._loss_functions()
        self.loss_weights_list = self._weights_of_losses()
        modes = self.sample_weight_mode
        self.sample_weight_modes = [
            (modes.get(n) if isinstance(modes, dict) else modes[i] if isinstance(modes, list) else modes)
            for i, n in enumerate(self.output_names)
        ]
        self._trained = [i for i, f in enumerate(self.loss_functions) if f is not None]
        given = to_list(target_tensors, True) if target_tensors is not None else []
        self._all_targets: list[Any] = []
        for i in range(len(self.outputs)):
            own = given[i] if i < len(given) else None
            self._all_targets.append(own if own is not None else self._target(i))
        self.targets = [self._all_targets[i] for i in self._trained if K.is_placeholder(self._all_targets[i])]
        self._all_weights = [
            K.placeholder(ndim=2 if mode == "temporal" else 1, name=f"{n}_sample_weights")
            for n, mode in zip(self.output_names, self.sample_weight_modes, strict=True)
        ]
        self.sample_weights = [self._all_weights[i] for i in self._trained]
        self._collected_trainable_weights = self.trainable_weights
        self._measured: dict[bool, list[Any]] = {}
        self._metric_pairs = self._find_metrics()
        self.metrics_names = ["loss"]
        if len(self.outputs) > 1:
            self.metrics_names += [f"{self.output_names[i]}_loss" for i in self._trained]
        self.metrics_names += [name for name, *_ in self._metric_pairs]
        self._trainer = Trainer(self)
        self.measured(False)

    def _loss_functions(self) -> list[Any]:
        loss, names = self.loss, self.output_names
        if isinstance(loss, dict):
            for name in loss:
                if name not in names:
                    raise ValueError(
                        f'Unknown entry in loss dictionary: "{name}". Only expected the following keys:'
                        f" {names}"
                    )
            for name in names:
                if name not in loss:
                    warnings.warn(
                        f'Output "{name}" missing from loss dictionary. We assume this was done on purpose,'
                        f' and we will not be expecting any data to be passed to "{name}" during training.',
                        stacklevel=4,
                    )
            return [losses.get(loss.get(n)) for n in names]
        if isinstance(loss, (list, tuple)):
            if loss and len(loss) != len(names):
                raise ValueError(
                    "When passing a list as loss, it should have one entry per model outputs. The model has"
                    f" {len(names)} outputs, but you passed loss={loss}"
                )
            return [losses.get(f) for f in loss] or [None] * len(names)
        return [losses.get(loss) for _ in names]

    def _weights_of_losses(self) -> list[float]:
        given, names = self.loss_weights, self.output_names
        if given is None:
            return [1.0] * len(names)
        if isinstance(given, dict):
            for name in given:
                if name not in names:
                    raise ValueError(
                        f'Unknown entry in loss_weights dictionary: "{name}". Only expected the following'
                        f" keys: {names}"
                    )
            return [given.get(n, 1.0) for n in names]
        if isinstance(given, (list, tuple)):
            if len(given) != len(names):
                raise ValueError(
                    "When passing a list as loss_weights, it should have one entry per model outputs. The"
                    f" model has {len(names)} outputs, but you passed loss_weights={given}"
                )
            return list(given)
        raise TypeError(f"Could not interpret loss_weights argument: {given} - expected a list of dicts.")

    def _target(self, i: int) -> Any:
        """The placeholder of an output's labels."""
        shape, loss = int_shape(self.outputs[i]), self.loss_functions[i]
        name = f"{self.output_names[i]}_target"
        if shape is None:
            return K.placeholder(None, name=name)
        if _name(loss) == "sparse_categorical_crossentropy":
            return K.placeholder((*shape[:-1], 1), name=name)
        if _is_known(loss):
            return K.placeholder((None, *shape[1:]), name=name)
        return K.placeholder(ndim=len(shape), name=name)

    def _find_metrics(self) -> list[Any]:
        """(name, function, output, whether it is weighted) of every metric."""
        found: list[Any] = []
        for given, weighted in ((self.metrics, False), (self.weighted_metrics, True)):
            for i, several in enumerate(checks.collect_metrics(given, self.output_names)):
                if i not in self._trained:
                    continue
                for metric in several:
                    function, name = self._metric(metric, i)
                    if len(self.outputs) > 1:
                        name = f"{self.output_names[i]}_{name}"
                    base, number = name, 1
                    while any(name == f[0] for f in found):
                        name, number = f"{base}_{number}", number + 1
                    found.append((name, function, i, weighted))
        return found

    def _metric(self, metric: Any, i: int) -> tuple[Any, str]:
        if metric in ("accuracy", "acc", "crossentropy", "ce") and isinstance(metric, str):
            short = "acc" if metric in ACCURACY else "ce"
            return self._by_shape(short, i), short
        function = metrics.get(metric)
        if isinstance(function, metrics.Metric):
            bound = function
            return (lambda t, p: type(bound).fn(t, p, **bound.kwargs)), bound.name
        name = (
            metric
            if isinstance(metric, str) and metric not in _SHORT
            else getattr(function, "__name__", None) or str(getattr(function, "name", "metric"))
        )
        return function, str(name)

    def _by_shape(self, short: str, i: int) -> Any:
        """What accuracy or crossentropy means for an output."""
        shape, loss = int_shape(self.outputs[i]), _name(self.loss_functions[i])
        if shape is not None and shape[-1] == 1 or loss == "binary_crossentropy":
            return metrics.binary_accuracy if short == "acc" else metrics.binary_crossentropy
        if loss == "sparse_categorical_crossentropy":
            return (
                metrics.sparse_categorical_accuracy
                if short == "acc"
                else metrics.sparse_categorical_crossentropy
            )
        return metrics.categorical_accuracy if short == "acc" else metrics.categorical_crossentropy

    def measured(self, weighted: bool) -> list[Any]:
        """The total loss, those of outputs and the metrics as tensors; weighted: with weights of samples."""
        if weighted not in self._measured:
            parts, total = [], None
            masks = [getattr(o, "_keras_mask", None) for o in self.outputs]
            with K.name_scope("loss"):
                for i in self._trained:
                    weights = self._all_weights[i] if weighted else None
                    value = _weighted(
                        self.loss_functions[i], self._all_targets[i], self.outputs[i], weights, masks[i]
                    )
                    parts.append(value)
                    term = value if self.loss_weights_list[i] == 1.0 else self.loss_weights_list[i] * value
                    total = term if total is None else total + term
                for extra in self.losses:
                    extra = (
                        K.mean(extra) if is_symbol(extra) and int_shape(extra) not in ((), None) else extra
                    )
                    total = extra if total is None else total + extra
            if total is None:
                raise ValueError("The model cannot be compiled because it has no loss to optimize.")
            shown = parts if len(self.outputs) > 1 else []
            with K.name_scope("metrics"):
                found = [
                    _weighted(
                        f,
                        self._all_targets[i],
                        self.outputs[i],
                        self._all_weights[i] if w and weighted else None,
                        masks[i],
                    )
                    for _, f, i, w in self._metric_pairs
                ]
            self._measured[weighted] = [total, *shown, *found]
        return self._measured[weighted]

    @property
    def total_loss(self) -> Any:
        """The loss that is minimised, as a tensor."""
        return self.measured(False)[0]

    @property
    def metrics_tensors(self) -> list[Any]:
        return self.measured(False)[1:]

    def _needs_compile(self) -> None:
        if self.optimizer is None:
            raise RuntimeError(
                "You must compile a model before training/testing. Use `model.compile(optimizer, loss)`."
            )

    def _show_accuracy(self, show: bool) -> None:
        """Keras 0.3: the accuracy is measured where a call asks for it."""
        if show and not any(m in ACCURACY for m in to_list(self.metrics)):
            self.metrics = [*to_list(self.metrics), "accuracy"]
            state = self.optimizer.get_weights() if getattr(self, "_trainer", None) else None
            del state
            self._prepare()
            self._flagged = True

    # ------------------------------------------------------------------------------------------- arrays
    def _standardize(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: Any = None,
        check_batch: bool = False,
    ) -> tuple[list[Any], list[Any], Any]:
        """Inputs, labels and weights (None where there are none) as lists of arrays."""
        self._before_data(x)
        inputs = checks.standardize_input_data(
            x, self._feed_input_names, [int_shape(i) for i in self._feed_inputs], False, "input"
        )
        names = [self.output_names[i] for i in self._trained if K.is_placeholder(self._all_targets[i])]
        shapes = [self._label_shape(i) for i in self._trained if K.is_placeholder(self._all_targets[i])]
        labels = checks.standardize_input_data(y, names, shapes, False, "target")
        self._check_labels(labels)
        own = checks.standardize_sample_or_class_weights(sample_weight, names, "sample_weight")
        classes = checks.standardize_sample_or_class_weights(class_weight, names, "class_weight")
        weights: Any = [
            checks.class_weights_of(t, c, w) for t, c, w in zip(labels, classes, own, strict=True)
        ]
        if all(w is None for w in weights):
            weights = None
        else:
            weights = [self._filled(w, t, i) for w, t, i in zip(weights, labels, self._trained, strict=True)]
        checks.check_array_lengths(inputs, labels, weights)
        return inputs, labels, weights

    def _before_data(self, x: Any) -> None:
        """A last look at the data before the model has to be ready."""
        self._needs_compile()

    def _filled(self, weights: Any, labels: Any, i: int) -> Any:
        temporal = self.sample_weight_modes[i] == "temporal"
        shape = labels.shape[: 2 if temporal else 1]
        if weights is None:
            return np.ones(shape, K.floatx())
        if not temporal and np.ndim(weights) != 1:
            raise ValueError(
                f"Found a sample_weight array with shape {np.shape(weights)}. In order to use timestep-wise"
                ' sample weights, you should specify sample_weight_mode="temporal" in compile().'
            )
        return (
            weights
            if np.shape(weights) == shape
            else np.broadcast_to(np.reshape(weights, (-1, *(1,) * (len(shape) - 1))), shape)
        )

    def _label_shape(self, i: int) -> Any:
        shape, loss = int_shape(self.outputs[i]), self.loss_functions[i]
        if shape is None:
            return None
        if _name(loss) == "sparse_categorical_crossentropy":
            return (*shape[:-1], 1)
        return shape if _is_known(loss) else None

    def _check_labels(self, labels: Sequence[Any]) -> None:
        for i, y in zip(self._trained, labels, strict=False):
            shape, name = int_shape(self.outputs[i]), _name(self.loss_functions[i])
            if (
                y is not None
                and name == "categorical_crossentropy"
                and y.ndim
                and y.shape[-1] == 1
                and shape
                and shape[-1] != 1
            ):
                raise ValueError(
                    f"You are passing a target array of shape {y.shape} while using as loss"
                    " `categorical_crossentropy`. `categorical_crossentropy` expects targets to be binary"
                    " matrices (1s and 0s) of shape (samples, classes). If your targets are integer classes,"
                    " you can convert them to the expected format via: from keras.utils import"
                    " to_categorical; y_binary = to_categorical(y_int). Alternatively, you can use the loss"
                    " function `sparse_categorical_crossentropy` instead, which does expect integer targets."
                )

    # ---------------------------------------------------------------------------------------------- fit
    def fit(
        self, x: Any = None, y: Any = None, batch_size: int | None = None, epochs: int = 1, verbose: int = 1,
        callbacks: Any = None, validation_split: float = 0.0, validation_data: Any = None,
        shuffle: Any = True,
        show_accuracy: Any = False, class_weight: Any = None, sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None, validation_steps: int | None = None, validation_freq: Any = 1,
        **kwargs: Any,
    ) -> Any:  # fmt: skip
        """Train on arrays; gives the History. In Keras 1's words too: nb_epoch, show_accuracy."""
        more = _renamed(kwargs)
        epochs, x = int(more.pop("epochs", epochs)), more.pop("x", x)
        _understood(more, ("max_queue_size", "workers", "use_multiprocessing"))
        if not isinstance(show_accuracy, bool) and isinstance(show_accuracy, dict) and class_weight is None:
            class_weight, show_accuracy = show_accuracy, False  # Keras 2's order of arguments
        if y is None and (isinstance(x, (Iterator, DataSequence)) or hasattr(x, "__next__")):
            return self.fit_generator(
                x, steps_per_epoch, epochs, verbose, callbacks, validation_data, validation_steps,
                class_weight=class_weight, shuffle=bool(shuffle), initial_epoch=initial_epoch,
            )  # fmt: skip
        batch_size = (
            32
            if batch_size is None and steps_per_epoch is None
            else int(batch_size or -(-_rows(x) // int(steps_per_epoch or 1)))
        )
        self._before_data(x)
        self._show_accuracy(bool(show_accuracy))
        inputs, labels, weights = self._standardize(x, y, sample_weight, class_weight)
        held: Any = None
        if validation_data is not None:
            if len(validation_data) not in (2, 3):
                raise ValueError(
                    "When passing validation_data, it must contain 2 (x_val, y_val) or 3 (x_val, y_val,"
                    f" val_sample_weights) items, however it contains {len(validation_data)} items"
                )
            held = self._standardize(*(*validation_data, None)[:3])
        elif validation_split and 0.0 < validation_split < 1.0:
            at = int(len(inputs[0]) * (1.0 - validation_split))
            held = tuple(None if p is None else slice_arrays(p, at) for p in (inputs, labels, weights))
            inputs, labels = slice_arrays(inputs, 0, at), slice_arrays(labels, 0, at)
            weights = None if weights is None else slice_arrays(weights, 0, at)
        samples = len(inputs[0])
        if shuffle == "batch":
            inputs, labels, weights = _in_order(inputs, labels, weights, batch_size)
            shuffle = False
        seed = int(np.random.randint(2**31 - 1)) if shuffle and not self.stateful else None
        trainer = self._trainer
        source = trainer.arrays(inputs, labels, weights, batch_size, seed, steps_per_epoch)
        held_out = None
        if held is not None:
            held_out = trainer.arrays(*held, batch_size, None, validation_steps)
        announce(verbose, samples, None if held is None else len(held[0][0]))
        seen = min(samples, (source.steps or 0) * batch_size)
        shown = Shown(verbose, epochs, seen, batch_size)
        params = {"samples": samples, "batch_size": batch_size, "steps": None}
        return self._train(
            source, held_out, epochs, initial_epoch, callbacks, shown, params, held, batch_size
        )

    def _train(
        self, source: Any, held_out: Any, epochs: int, initial_epoch: int, callbacks: Any, shown: Shown,
        params: dict[str, Any], held: Any, batch_size: int | None,
    ) -> Any:  # fmt: skip
        history = cbks.History()
        self.history = history
        self.stop_training = False
        given = getattr(callbacks, "callbacks", callbacks) or []
        every = [*to_list(given, True), history]
        names = list(self.metrics_names)
        params = {
            **params, "epochs": epochs, "nb_epoch": epochs, "nb_sample": params.get("samples"),
            "verbose": shown.verbose, "do_validation": held_out is not None,
            "metrics": names + ([f"val_{n}" for n in names] if held_out is not None else []),
        }  # fmt: skip
        for c in every:
            c.set_params(params)
            c.set_model(self._callback_model())
            if held is not None and not callable(held):
                c.validation_data = [
                    *held[0],
                    *held[1],
                    *(held[2] or [np.ones(len(held[0][0]))] * len(held[1])),
                ]
        bridge = Bridge(every, NoHistory(), batch_size)
        self._trainer.fit(source, held_out, epochs, initial_epoch, bridge, shown)
        if quick.policy() is not None and not self.stop_training:
            _as_long_as_asked(history, initial_epoch, epochs)
        return history

    def _callback_model(self) -> Any:
        return getattr(self, "callback_model", None) or self

    # ------------------------------------------------------------------------------- evaluate, predict
    def evaluate(
        self, x: Any = None, y: Any = None, batch_size: int | None = None, verbose: int = 1,
        sample_weight: Any = None, steps: int | None = None, show_accuracy: Any = None, callbacks: Any = None,
        **kwargs: Any,
    ) -> Any:  # fmt: skip
        """The loss, or a list of the loss and the metrics."""
        more = _renamed(kwargs)
        x = more.pop("x", x)
        if y is None and (isinstance(x, (Iterator, DataSequence)) or hasattr(x, "__next__")):
            return self.evaluate_generator(x, steps)
        if isinstance(sample_weight, bool):
            sample_weight, show_accuracy = None, sample_weight
        self._before_data(x)
        self._show_accuracy(bool(show_accuracy))
        inputs, labels, weights = self._standardize(x, y, sample_weight)
        began = time.time()
        source = self._trainer.arrays(inputs, labels, weights, int(batch_size or 32), None, steps)
        found = self._trainer.evaluate(source)
        told_once(verbose, len(inputs[0]), began)
        return self._given_back(found, show_accuracy)

    def _given_back(self, values: list[float], show_accuracy: Any) -> Any:
        if self._flagged and not show_accuracy:
            values = values[:-1]
        return unpack_singleton(values)

    def predict(
        self,
        x: Any = None,
        batch_size: int | None = None,
        verbose: int = 0,
        steps: int | None = None,
        **kwargs: Any,
    ) -> Any:
        """The outputs as arrays."""
        x = _renamed(kwargs).get("x", x)
        if isinstance(x, (Iterator, DataSequence)) or hasattr(x, "__next__"):
            return self.predict_generator(x, steps)
        trainer = self._ready_to_predict(x)
        arrays = checks.standardize_input_data(
            x, self._feed_input_names, [int_shape(i) for i in self._feed_inputs], False, "input"
        )
        checks.check_array_lengths(arrays, None)
        began = time.time()
        if self.stateful and batch_size and len(arrays[0]) % batch_size:
            raise ValueError(
                "In a stateful network, you should only pass inputs with a number of samples that can be"
                f" divided by the batch size. Found: {len(arrays[0])} samples. Batch size: {batch_size}."
            )
        found = trainer.predict(arrays, int(batch_size or 32))
        told_once(verbose, len(arrays[0]), began)
        return unpack_singleton(found)

    def _ready_to_predict(self, x: Any) -> Any:
        if self._trainer is None:
            self._feed_inputs = [
                i
                for i, layer in zip(self.inputs, self.input_layers, strict=True)
                if getattr(layer, "is_placeholder", True)
            ]
            self._feed_input_names = [
                n
                for n, layer in zip(self.input_names, self.input_layers, strict=True)
                if getattr(layer, "is_placeholder", True)
            ]
            self._trainer = Trainer(self)
        return self._trainer

    # ----------------------------------------------------------------------------------- single batches
    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: Any = None,
        accuracy: bool = False,
        **_: Any,
    ) -> Any:
        """One step on one batch: the loss, or a list of the loss and the metrics, from before it."""
        self._before_data(x)
        self._show_accuracy(accuracy)
        inputs, labels, weights = self._standardize(x, y, sample_weight, class_weight)
        quick.tick()
        return unpack_singleton(self._trainer.one("train", inputs, labels, weights))

    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, accuracy: bool = False, **_: Any
    ) -> Any:
        """The loss, or a list of the loss and the metrics, of one batch."""
        self._before_data(x)
        self._show_accuracy(accuracy)
        inputs, labels, weights = self._standardize(x, y, sample_weight)
        return unpack_singleton(self._trainer.one("evaluate", inputs, labels, weights))

    def predict_on_batch(self, x: Any) -> Any:
        """The outputs of one batch."""
        return self.predict(x, batch_size=2**62)

    # --------------------------------------------------------------------------------------- generators
    def fit_generator(
        self, generator: Any, steps_per_epoch: int | None = None, epochs: int = 1, verbose: int = 1,
        callbacks: Any = None, validation_data: Any = None, validation_steps: int | None = None,
        class_weight: Any = None, max_queue_size: int = 10, workers: int = 1,
        use_multiprocessing: bool = False,
        shuffle: bool = True, initial_epoch: int = 0, **kwargs: Any,
    ) -> Any:  # fmt: skip
        """Train on batches (x, y) or (x, y, weights) from a generator or a Sequence.

        In Keras 1's words samples_per_epoch and nb_val_samples count samples.
        """
        more = _renamed(kwargs)
        epochs = int(more.pop("epochs", epochs))
        samples, held_samples = more.pop("samples_per_epoch", None), more.pop("nb_val_samples", None)
        old = "nb_epoch" in kwargs and steps_per_epoch is not None and "samples_per_epoch" not in kwargs
        if old:
            samples, steps_per_epoch = steps_per_epoch, None
        _understood(more, ("validation_freq", "show_accuracy"))
        self._needs_compile()
        if samples is None and steps_per_epoch is None:
            if not hasattr(generator, "__len__"):
                raise ValueError(
                    "`steps_per_epoch=None` is only valid for a generator based on the `keras.utils.Sequence`"
                    " class."
                )
            steps_per_epoch = len(generator)
        source, size = self._stream(generator, steps_per_epoch, samples, class_weight, shuffle)
        held, held_out = None, None
        if validation_data is not None:
            if isinstance(validation_data, (tuple, list)):
                held = self._standardize(*(*validation_data, None)[:3])
                held_out = self._trainer.arrays(*held, size or 32, None)
            else:
                held_out, _ = self._stream(validation_data, validation_steps, held_samples, None, False)
        target = int(samples) if samples is not None else source.steps
        shown = Shown(verbose, epochs, target, (size or 1) if samples is not None else 1)
        params = {"samples": samples, "steps": source.steps, "batch_size": size}
        return self._train(source, held_out, epochs, initial_epoch, callbacks, shown, params, held, size)

    def _stream(
        self, generator: Any, steps: Any, samples: Any, class_weight: Any, shuffle: bool
    ) -> tuple[Any, int | None]:
        """The feed of a generator, and the number of rows of its first batch."""
        if isinstance(generator, DataSequence) or (
            hasattr(generator, "__getitem__")
            and hasattr(generator, "__len__")
            and not hasattr(generator, "__next__")
        ):
            batches: Any = _of_sequence(generator, shuffle)
            steps = len(generator) if steps is None and samples is None else steps
        else:
            batches = iter(generator)
        first = next(batches)
        rows = _rows(first[0] if isinstance(first, (tuple, list)) else first)
        if samples is not None:
            steps = -(-int(samples) // max(rows, 1))
        if steps is None:
            raise ValueError(
                "a generator needs the number of its batches: steps_per_epoch, validation_steps or steps"
            )
        steps = quick.steps(int(steps))
        joined = itertools.chain([first], batches)

        def make(epoch: int, start: int) -> Iterator[Any]:
            for item in itertools.islice(joined, steps):
                if not isinstance(item, (tuple, list)) or len(item) not in (2, 3):
                    raise ValueError(
                        "Output of generator should be a tuple `(x, y, sample_weight)` or `(x, y)`. Found:"
                        f" {str(item)[:200]}"
                    )
                x, y, w = (*item, None)[:3]
                inputs, labels, weights = self._standardize(x, y, w, class_weight)
                yield tuple(inputs), tuple(labels), None if weights is None else tuple(weights)

        return self._trainer.stream(make, steps), rows

    def evaluate_generator(self, generator: Any, steps: int | None = None, *args: Any, **kwargs: Any) -> Any:
        """The loss, or a list of the loss and the metrics, on batches of a generator."""
        more = _renamed(kwargs)
        self._needs_compile()
        samples = more.get("val_samples") or (kwargs.get("val_samples"))
        source, _ = self._stream(generator, None if samples else steps, samples, None, False)
        return unpack_singleton(self._trainer.evaluate(source))

    def predict_generator(self, generator: Any, steps: int | None = None, *args: Any, **kwargs: Any) -> Any:
        """The outputs for batches of a generator."""
        if isinstance(generator, DataSequence):
            steps = len(generator) if steps is None else steps
            batches: Any = (generator[i] for i in range(len(generator)))
        else:
            batches = iter(generator)
        samples = kwargs.get("val_samples")
        found: list[Any] = []
        seen = 0
        for number in itertools.count():
            if (samples is not None and seen >= samples) or (
                samples is None and steps is not None and number >= steps
            ):
                break
            item = next(batches, None)
            if item is None:
                break
            x = item[0] if isinstance(item, tuple) else item
            outputs = to_list(self.predict_on_batch(x))
            seen += len(outputs[0])
            found.append(outputs)
        return unpack_singleton(
            [np.concatenate(column)[: samples or None] for column in zip(*found, strict=True)]
        )

    def _make_predict_function(self) -> None:
        """Functions are made when they are needed."""
        self._ready_to_predict(None)

    _make_train_function = _make_test_function = _make_predict_function


_SHORT = {"mse", "MSE", "mae", "MAE", "mape", "MAPE", "msle", "MSLE", "cosine"}


def _as_long_as_asked(history: Any, first: int, epochs: int) -> None:
    """In a quick run the last epoch stands for those that were left out: scripts draw them all."""
    left = range(first + len(history.epoch), epochs) if history.epoch else range(0)
    if left:
        quick.note("the history of a fit repeats its last epoch for those that were left out")
    for epoch in left:
        history.on_epoch_end(epoch, {name: values[-1] for name, values in history.history.items()})


def _takes(cls: type, name: str) -> bool:
    code = getattr(vars(cls).get("__init__"), "__code__", None)
    return code is not None and name in code.co_varnames[: code.co_argcount]


def _name(function: Any) -> str:
    return str(getattr(function, "__name__", None) or _plain(type(function).__name__))


def _plain(name: str) -> str:
    return {"SparseCategoricalCrossentropy": "sparse_categorical_crossentropy",
            "CategoricalCrossentropy": "categorical_crossentropy",
            "BinaryCrossentropy": "binary_crossentropy"}.get(name, name)  # fmt: skip


def _is_known(loss: Any) -> bool:
    """Whether it is one of Keras' own losses, whose labels have the shape of the output."""
    return (
        getattr(loss, "__module__", "") == losses.__name__
        or isinstance(loss, losses.Loss)
        and type(loss).fn is not None
    )


def _weighted(function: Any, y_true: Any, y_pred: Any, weights: Any, mask: Any) -> Any:
    """The mean of a loss or metric, with weights of samples and a mask of the output."""
    if isinstance(function, losses.Loss) and type(function).fn is not None:
        value = function.call(y_true, y_pred)
    else:
        value = function(y_true, y_pred)
    if isinstance(value, dict):
        value = next(iter(value.values()))
    if mask is not None:
        mask = K.cast(mask, K.floatx())
        if (K.ndim(mask) or 0) > (K.ndim(value) or 0) > 0:
            mask = K.max(mask, axis=-1)
        if K.ndim(value):
            value = value * mask / K.mean(mask)
    if weights is not None:
        rank, own = K.ndim(value) or 0, K.ndim(weights) or 0
        if rank > own:
            value = K.mean(value, axis=list(range(own, rank)))
        value = value * weights
        value = value / K.mean(K.cast(K.not_equal(weights, 0), K.floatx()))
    return K.mean(value)


def _rows(x: Any) -> int:
    first = x
    while isinstance(first, (list, tuple, dict)) and first:
        first = next(iter(first.values())) if isinstance(first, dict) else first[0]
    return int(np.shape(first)[0]) if np.ndim(first) else 1


def _in_order(x: Any, y: Any, w: Any, batch_size: int) -> Any:
    """Whole batches in random order, the rest at the end."""
    count = len(x[0]) // batch_size
    order = np.random.permutation(count)[:, None] * batch_size + np.arange(batch_size)
    rows = np.concatenate([order.reshape(-1), np.arange(count * batch_size, len(x[0]))])
    return tuple(None if p is None else [np.asarray(a)[rows] for a in p] for p in (x, y, w))


def _of_sequence(sequence: Any, shuffle: bool) -> Iterator[Any]:
    """The batches of a Sequence, again and again."""
    while True:
        order = np.random.permutation(len(sequence)) if shuffle else np.arange(len(sequence))
        for i in order:
            yield sequence[int(i)]
        if hasattr(sequence, "on_epoch_end"):
            sequence.on_epoch_end()


def _understood(kwargs: dict[str, Any], known: Sequence[str]) -> None:
    unknown = [k for k in kwargs if k not in known]
    if unknown:
        raise TypeError(f"Unrecognized keyword arguments: {unknown}")


registry["Functional"] = Model  # the name of later generations

__getattr__ = missing.attributes("keras.engine.training", globals())
