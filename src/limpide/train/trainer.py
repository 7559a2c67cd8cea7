"""Trainer: what stands behind model.compile, fit, evaluate, predict and train_on_batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from .. import nest, optim
from ..compile import Compiled, compile
from ..compile import input as symbol
from ..dtypes import DType, floatx, is_float
from ..errors import ArgumentError, user_frame
from ..nn import Module, losses
from ..shapes import Shape
from ..tensor import Tensor
from ..tracing import tracing
from . import arrays
from .callbacks import Callback
from .history import History
from .interrupt import Interruption
from .loops import Pace, many, single, sweep
from .metrics import Mean, Metric, metric
from .progress import Silent, progress

# Losses whose labels may be class indices.
BY_INDEX = (losses.cross_entropy, losses.nll, losses.hinge, losses.squared_hinge)


class Trainer:
    """Trains one model with one optimizer, loss and list of metrics.

    Every kind of step is compiled once per batch size and its functions are kept here; steps are traced
    in the mode (training or evaluation) that they need, whatever mode the model is in.
    """

    def __init__(
        self,
        model: Module,
        optimizer: str | optim.Optimizer | None,
        loss: str | Callable[..., Any] | None,
        metrics: Sequence[str | Metric | Callable[..., Any]] = (),
    ):
        self.model = model
        self.dtype = model_dtype(model)
        self.optimizer = None if optimizer is None else optim.get(optimizer)
        self.loss = None if loss is None else losses.loss_function(loss)
        if isinstance(metrics, str):
            raise ArgumentError(
                "compile", "metrics is a list", where=user_frame(), hint=f'metrics=["{metrics}"]'
            )
        measured = [metric(m, self.loss) for m in metrics]
        self.metrics: list[Metric] = [] if self.loss is None else [Mean(self.loss, "loss"), *measured]
        names = [m.name for m in self.metrics]
        for name in names:
            if names.count(name) > 1:
                raise ArgumentError("compile", f"two metrics are called '{name}'", where=user_frame())
        if self.optimizer is not None:
            self.optimizer.prepare(model.parameters())
        self._functions: dict[tuple[str, int], Compiled] = {}
        self._outputs: dict[Any, Shape | None] = {}
        self._pace = {"train": Pace(), "evaluate": Pace()}

    # --------------------------------------------------------------------------------------- the words
    def fit(
        self,
        x: Any,
        y: Any,
        *,
        batch_size: int,
        epochs: int,
        validation_data: tuple[Any, Any] | None,
        validation_split: float,
        shuffle: bool,
        seed: int | None,
        verbose: int,
        callbacks: Sequence[Callback],
    ) -> History:
        """Train; see `nn.Module.fit`."""
        positive("fit", "batch_size", batch_size)
        positive("fit", "epochs", epochs)
        data = self._arrays("fit", x, y)
        held_out = None
        if validation_data is not None:
            held_out = self._arrays("fit", *_pair(validation_data))
        elif validation_split:
            *first, xv, yv = arrays.split("fit", *data, validation_split)
            data, held_out = (first[0], first[1]), (xv, yv)
        size = arrays.length("fit", *data)
        self._check_labels("fit", data, min(batch_size, size))
        if held_out is not None:
            self._check_labels("fit", held_out, min(batch_size, size))
        history = self.model.history = History(_seed(seed))
        self.model.stop_training = False
        _each(callbacks, lambda c: setattr(c, "model", self.model))
        steps = -(-size // batch_size)
        try:
            with Interruption() as interruption, progress(verbose, epochs, steps) as shown:
                _each(callbacks, lambda c: c.on_train_begin())
                for epoch in range(epochs):
                    order = _order(history.seed, epoch, size) if shuffle else None
                    shown.epoch_begin(epoch)
                    _each(callbacks, lambda c, e=epoch: c.on_epoch_begin(e))  # type: ignore[misc]
                    logs = self._pass("train", data, batch_size, order, interruption, shown)
                    if held_out is not None:
                        found = self._pass("evaluate", held_out, batch_size, None, interruption)
                        logs |= {f"val_{name}": value for name, value in found.items()}
                    history.add(epoch, logs)
                    shown.epoch_end(epoch, logs)
                    _each(callbacks, lambda c, e=epoch, now=logs: c.on_epoch_end(e, now))  # type: ignore[misc]
                    interruption.check()
                    if self.model.stop_training:
                        break
                _each(callbacks, lambda c: c.on_train_end())
        except KeyboardInterrupt:
            history.interrupted = True
            raise
        return history

    def evaluate(self, x: Any, y: Any, batch_size: int, return_dict: bool) -> Any:
        """Measure; see `nn.Module.evaluate`."""
        positive("evaluate", "batch_size", batch_size)
        data = self._arrays("evaluate", x, y)
        self._check_labels("evaluate", data, min(batch_size, arrays.length("evaluate", *data)))
        with Interruption() as interruption:
            logs = self._pass("evaluate", data, batch_size, None, interruption)
        return _reported(logs, return_dict)

    def train_on_batch(self, x: Any, y: Any, return_dict: bool) -> Any:
        """One step; see `nn.Module.train_on_batch`."""
        data = self._arrays("train_on_batch", x, y)
        size = arrays.length("train_on_batch", *data)
        self._check_labels("train_on_batch", data, size)
        totals = self._single("train")(*data, self._start())
        return _reported(self._logs(arrays.each(totals, lambda t: t.value), size), return_dict)

    def predict(self, x: Any, batch_size: int) -> Any:
        """The outputs; see `nn.Module.predict`."""
        positive("predict", "batch_size", batch_size)
        inputs = arrays.as_arrays("predict", "x", x, self.dtype)
        size = arrays.length("predict", inputs)
        run = self._function("predict", 0, lambda: _named(self._predict_step, "predict_batch"))
        if size <= batch_size:
            return arrays.each(run(inputs), lambda t: t.numpy())
        parts = [slice(i, i + batch_size) for i in range(0, size, batch_size)]
        return arrays.concatenate(
            [arrays.each(run(arrays.rows(inputs, part)), lambda t: t.value) for part in parts]
        )

    # ------------------------------------------------------------------------------------------- steps
    def _forward(self, inputs: Any, training: bool) -> Any:
        with mode(self.model, training):
            if isinstance(inputs, tuple):
                return self.model(*inputs)
            return self.model(**inputs) if isinstance(inputs, dict) else self.model(inputs)

    def _predict_step(self, inputs: Any) -> Any:
        return self._forward(inputs, training=False)

    def _train_step(self, inputs: Any, labels: Any) -> Any:
        outputs = self._forward(inputs, training=True)
        assert self.loss is not None and self.optimizer is not None
        self.optimizer.minimize(self.loss(outputs, labels))
        return self._sums(outputs, labels)

    def _evaluate_step(self, inputs: Any, labels: Any) -> Any:
        return self._sums(self._forward(inputs, training=False), labels)

    def _sums(self, outputs: Any, labels: Any) -> dict[str, Any]:
        return {m.name: m.update(outputs, labels) for m in self.metrics}

    def _start(self) -> dict[str, Any]:
        return {m.name: m.start() for m in self.metrics}

    def _logs(self, totals: Mapping[str, Any], rows: int) -> dict[str, float]:
        return {m.name: m.result(totals[m.name], rows) for m in self.metrics}

    # -------------------------------------------------------------------------------- compiled functions
    def _function(self, kind: str, batch_size: int, make: Callable[[], Compiled]) -> Compiled:
        key = (kind, batch_size)
        if key not in self._functions:
            self._functions[key] = make()
        return self._functions[key]

    def _step(self, kind: str) -> Callable[[Any, Any], Any]:
        return self._train_step if kind == "train" else self._evaluate_step

    def _many(self, kind: str, batch_size: int) -> Compiled:
        return self._function(kind, batch_size, lambda: many(self._step(kind), batch_size, f"{kind}_batches"))

    def _single(self, kind: str) -> Compiled:
        return self._function(kind, 0, lambda: single(self._step(kind), f"{kind}_batch"))

    def _pass(
        self,
        kind: str,
        data: tuple[Any, Any],
        batch_size: int,
        order: Any,
        interruption: Interruption,
        shown: Silent | None = None,
    ) -> dict[str, float]:
        """All samples once; the measurements over them."""
        size = arrays.length(kind, *data)
        logs: dict[str, float] = {}
        functions = self._many(kind, batch_size), self._single(kind)
        for steps, rows, totals in sweep(
            *functions, data, size, batch_size, order, self._start(), self._pace[kind]
        ):
            logs = self._logs(totals, rows)
            if shown is not None:
                shown.advance(steps, logs)
            interruption.check()
        return logs

    # ------------------------------------------------------------------------------------------ checking
    def _arrays(self, op: str, x: Any, y: Any) -> tuple[Any, Any]:
        data = arrays.as_arrays(op, "x", x, self.dtype), arrays.as_arrays(op, "y", y, self.dtype)
        arrays.length(op, *data)
        return data

    def _check_labels(self, op: str, data: tuple[Any, Any], batch_size: int) -> None:
        """Class indices that are no class, which compiled code cannot report."""
        x, y = data
        by_index = self.loss is not None and losses.plain_function(self.loss) in BY_INDEX
        if not by_index or not isinstance(y, np.ndarray):
            return
        outputs = self._output_shape(x, batch_size)
        if outputs is not None and y.dtype.kind in "iu" and y.ndim == len(outputs) - 1 and outputs[-1] != 1:
            losses.check_indices(op, int(outputs[-1]), y)

    def _output_shape(self, x: Any, batch_size: int) -> Shape | None:
        """The shape that the model gives for a batch of these inputs, found without running it."""
        key = (batch_size, *((a.shape[1:], a.dtype) for a in nest.flatten(x)[0]))
        if key not in self._outputs:
            inputs = arrays.each(x, lambda a: symbol("x", (batch_size, *a.shape[1:]), a.dtype))
            with tracing():
                outputs = self._forward(inputs, training=False)
            self._outputs[key] = outputs.shape if isinstance(outputs, Tensor) else None
        return self._outputs[key]


@contextmanager
def mode(model: Module, training: bool) -> Iterator[None]:
    """The model in this mode, and after the block every module in the mode that it had."""
    before = [(module, module.training) for module in model.modules()]
    model.train(training)
    try:
        yield
    finally:
        for module, was in before:
            module.training = was


def model_dtype(model: Module) -> DType:
    """The dtype that float data take for this model: that of its first float parameter, else floatx."""
    return next((p.dtype for _, p in model.named_state() if is_float(p.dtype)), floatx())


def positive(op: str, name: str, value: Any) -> None:
    """ArgumentError where a count is not a positive whole number."""
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < 1:
        raise ArgumentError(op, f"{name} is {value!r}, not a positive whole number", where=user_frame())


def _named(f: Callable[..., Any], name: str) -> Compiled:
    def run(inputs: Any) -> Any:
        return f(inputs)

    run.__name__ = name
    return compile(run)


def _pair(data: Any) -> tuple[Any, Any]:
    if not isinstance(data, (tuple, list)) or len(data) != 2:
        raise ArgumentError("fit", "validation_data is a pair (x, y)", where=user_frame())
    return data[0], data[1]


def _seed(given: int | None) -> int:
    if given is None:
        return int(np.random.SeedSequence().generate_state(1)[0])
    if not isinstance(given, (int, np.integer)) or given < 0:
        raise ArgumentError("fit", f"seed is {given!r}, not a whole number from 0 on", where=user_frame())
    return int(given)


def _order(seed: int, epoch: int, size: int) -> Any:
    """The samples' order in an epoch: a function of seed and epoch alone, so that training can be resumed."""
    return np.random.default_rng([seed, epoch]).permutation(size)


def _each(callbacks: Sequence[Callback], call: Callable[[Callback], Any]) -> None:
    for callback in callbacks:
        call(callback)


def _reported(logs: dict[str, float], as_dict: bool) -> Any:
    values = list(logs.values())
    return logs if as_dict else values if len(values) > 1 else values[0]
