"""Trainer: what stands behind model.compile, fit, evaluate, predict and the words for one batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from .. import nest, optim
from ..compile import Compiled, compile
from ..compile import input as symbol
from ..dtypes import DType, computing, floatx, is_float, readable
from ..errors import ArgumentError, user_frame
from ..nn import Module, losses
from ..optim.optimizer import parameters_behind
from ..shapes import Shape
from ..tensor import Tensor, grad
from ..tracing import tracing
from . import arrays
from .callbacks import Callbacks
from .checkpoint import Saved, resume_from
from .feeds import Feed, Plan, feed, unpack, weighted
from .history import History
from .interrupt import Interruption
from .loops import Batch, Steps
from .objective import Objective
from .options import Options, positive
from .predictor import Predictor
from .progress import progress
from .run import Position, Run, evaluate, frequency


class Trainer:
    """Trains one model with one optimizer, loss and list of metrics.

    Every kind of step is compiled once per batch size and its functions are kept here; steps are traced
    in the mode (training or evaluation) that they need, whatever mode the model is in.
    """

    options = Options

    def __init__(
        self,
        model: Module,
        optimizer: str | optim.Optimizer | None,
        loss: Any,
        metrics: Any = (),
        loss_weights: Any = None,
    ):
        self.model = model
        self.dtype = model_dtype(model)
        self.optimizer = None if optimizer is None else optim.get(optimizer)
        self.objective = None if loss is None else Objective(loss, metrics, loss_weights)
        if self.optimizer is not None:
            self.optimizer.prepare(model.parameters())
        self.steps = {
            "train": Steps(self._train_step, "train"),
            "evaluate": Steps(self._evaluate_step, "evaluate"),
        }
        self.predictor = Predictor(self._predict_step, self.dtype)
        self._gradients: Compiled | None = None
        self._outputs: dict[Any, Any] = {}

    # --------------------------------------------------------------------------------------- the words
    def fit(self, x: Any, y: Any, options: Options) -> History:
        """Train; see `nn.Module.fit`."""
        self._needs_optimizer("fit")
        saver = options.saver()
        saved = resume_from(options.resume, saver)
        seed = _seed(saved.seed if saved is not None and options.seed is None else options.seed)
        source, held_out = self._feeds(x, y, options, seed, resumed=saved is not None)
        history = self.model.history = History(seed)
        self.model.stop_training = False
        told = Callbacks(
            options.callbacks if saver in options.callbacks or saver is None else [*options.callbacks, saver],
            self.model,
            {"steps": source.steps} | {k: getattr(options, k) for k in ("epochs", "verbose", "batch_size")},
        )
        try:
            with Interruption() as interruption:
                self._run(options, source, held_out, history, told, saved, interruption)
        except KeyboardInterrupt:
            history.interrupted = True
            if saver is not None and interruption.between_steps:
                saver.save()
            raise
        finally:
            told.close()
        return history

    def _feeds(self, x: Any, y: Any, options: Options, seed: int, resumed: bool) -> tuple[Feed, Feed | None]:
        """Where the batches for training and for validation come from."""
        weights, held = options.sample_weight, None
        if options.validation_data is not None:
            held = _validation(options.validation_data)
        elif options.validation_split:
            (x, y, weights), held = self._split(x, y, weights, options.validation_split)
        held_out = None
        if held is not None:
            rows, steps = options.validation_batch_size or options.batch_size, options.validation_steps
            plan = Plan(rows, self.dtype, steps=steps, check=self._check_labels)
            held_out = feed("fit", held[0], held[1], held[2], plan)
        plan = Plan(
            options.batch_size,
            self.dtype,
            seed if options.shuffle else None,
            options.steps_per_epoch,
            options.class_weight,
            0 if resumed else options.initial_epoch,
            self._check_labels,
        )
        return feed("fit", x, y, weights, plan), held_out

    def _run(
        self,
        options: Options,
        source: Feed,
        held_out: Feed | None,
        history: History,
        told: Callbacks,
        saved: Saved | None,
        interruption: Interruption,
    ) -> None:
        """All epochs, from the first one or from where a checkpoint stands."""
        assert self.objective is not None
        same = {
            "batch_size": options.batch_size,
            "shuffle": bool(options.shuffle),
            "seed": history.seed,
            "samples": source.size,
            "steps": source.steps,
        }
        with progress(options.verbose, options.epochs, source.steps) as shown:
            run = Run(
                self.model, self.objective, self.steps, source, held_out, options.epochs, history, told,
                shown, frequency(options.validation_freq), same, Position(options.initial_epoch),
                self.optimizer,
            )  # fmt: skip
            for callback in told.all:
                callback.run = run
            if saved is not None:
                saved.restore(run)
            run.go(interruption)

    def evaluate(
        self, x: Any, y: Any, batch_size: int, return_dict: bool, sample_weight: Any, steps: int | None,
        callbacks: Sequence[Any],
    ) -> Any:  # fmt: skip
        """Measure; see `nn.Module.evaluate`."""
        positive("evaluate", "batch_size", batch_size)
        plan = Plan(batch_size, self.dtype, steps=steps, check=self._check_labels)
        source = feed("evaluate", x, y, sample_weight, plan)
        told = Callbacks(callbacks, self.model, {"steps": source.steps})
        with Interruption() as interruption:
            return reported(evaluate(self, source, told, interruption), return_dict)

    def on_batch(
        self, kind: str, op: str, x: Any, y: Any, sample_weight: Any, class_weight: Any, return_dict: bool
    ) -> Any:
        """One batch, trained on or tested; see `nn.Module.train_on_batch` and `test_on_batch`."""
        assert self.objective is not None
        if kind == "train":
            self._needs_optimizer(op)
        batch = self._batch(op, x, y, sample_weight, class_weight)
        totals = self.steps[kind].one(batch, self.objective.start())
        return reported(self.objective.logs(totals, arrays.length(op, *batch)), return_dict)

    def predict(self, x: Any, batch_size: int, steps: int | None, callbacks: Sequence[Any]) -> Any:
        """The outputs; see `nn.Module.predict`."""
        found = None if callbacks else self.predictor.few(x, batch_size)
        if found is not None:
            return found
        positive("predict", "batch_size", batch_size)
        return self.predictor.many(x, batch_size, steps, callbacks, self.model)

    def gradients(self, x: Any, y: Any, sample_weight: Any = None) -> dict[str, Any]:
        """The gradient of the loss on a batch, by the names of the parameters, in training mode."""
        if self._gradients is None:
            self._gradients = gradients_of(self._gradient_step)
        found = self._gradients(*self._batch("gradients", x, y, sample_weight, None))
        return {name: readable(g.value) for name, g in found.items()}

    def batch(self, op: str, item: Any) -> Batch:
        """A batch as the compiled functions take it, from (inputs, labels[, weights])."""
        return self._batch(op, *unpack(op, item), None)

    def training_step(self, x: Any, y: Any) -> tuple[Compiled, tuple[Any, ...]]:
        """The compiled step of one batch, and its arguments, to be looked at."""
        self._needs_optimizer("explain")
        assert self.objective is not None
        return self.steps["train"].single, (*self._batch("explain", x, y, None, None), self.objective.start())

    # ------------------------------------------------------------------------------------------- steps
    def forward(self, inputs: Any, training: bool) -> Any:
        """The model's outputs, in this mode."""
        with mode(self.model, training):
            if isinstance(inputs, tuple):
                return self.model(*inputs)
            return self.model(**inputs) if isinstance(inputs, dict) else self.model(inputs)

    def _predict_step(self, inputs: Any) -> Any:
        return self.forward(inputs, training=False)

    def _train_step(self, inputs: Any, labels: Any, weights: Any) -> Any:
        assert self.objective is not None
        outputs, _ = self._learn(inputs, labels, weights)
        return self.objective.sums(outputs, labels, weights)

    def train_loss(self, inputs: Any, labels: Any) -> Any:
        """One step on a batch, as formulas: assigns the new state, gives the loss before it."""
        self._needs_optimizer("export")
        return self._learn(inputs, labels, None)[1]

    def _learn(self, inputs: Any, labels: Any, weights: Any) -> tuple[Any, Any]:
        """The outputs and the loss before a step of the optimizer, which is taken."""
        assert self.objective is not None and self.optimizer is not None
        outputs = self.forward(inputs, training=True)
        loss = self.objective.loss(outputs, labels, weights)
        self.optimizer.minimize(self._penalised(loss))
        return outputs, loss

    def _penalised(self, loss: Any) -> Any:
        """The loss and what the regularizers of the model's layers add to it."""
        regular = any(module.regularizer is not None for module in self.model.modules())
        return loss + self.model.penalty() if regular else loss

    def _gradient_step(self, inputs: Any, labels: Any, weights: Any) -> Any:
        assert self.objective is not None
        with tracing():  # what the pass would assign, such as running means, is left as it is
            outputs = self.forward(inputs, training=True)
            loss = self._penalised(self.objective.loss(outputs, labels, weights))
            behind = {p.cell for p in parameters_behind(loss)}
            wanted = {name: p for name, p in self.model.named_parameters() if p.cell in behind}
            return dict(zip(wanted, grad(loss, list(wanted.values())), strict=True))

    def _evaluate_step(self, inputs: Any, labels: Any, weights: Any) -> Any:
        assert self.objective is not None
        return self.objective.sums(self.forward(inputs, training=False), labels, weights)

    # ------------------------------------------------------------------------------------------ checking
    def _needs_optimizer(self, op: str) -> None:
        if self.optimizer is None:
            raise ArgumentError(
                op,
                "the model was compiled without an optimizer",
                where=user_frame(),
                hint='model.compile(optimizer="sgd", loss=...)',
            )

    def _batch(self, op: str, x: Any, y: Any, sample_weight: Any, class_weight: Any) -> Batch:
        given = {"x": x, "y": y, "sample_weight": sample_weight}
        data: Any = tuple(arrays.as_arrays(op, name, value, self.dtype) for name, value in given.items())
        xs, ys, w = arrays.loaded(data, slice(None), self.dtype)
        plan = Plan(1, self.dtype, class_weight=class_weight)
        batch = xs, ys, weighted(op, ys, w, plan)
        arrays.length(op, *batch)
        self._check_labels(op, batch)
        return batch

    def _split(self, x: Any, y: Any, weights: Any, fraction: float) -> tuple[Any, Any]:
        if y is None:
            raise ArgumentError(
                "fit",
                "validation_split goes with arrays x and y",
                where=user_frame(),
                hint="validation_data=",
            )
        given = {"x": x, "y": y, "sample_weight": weights}
        data: Any = tuple(arrays.as_arrays("fit", name, value, self.dtype) for name, value in given.items())
        return arrays.split("fit", data, arrays.length("fit", *data), fraction)

    def _check_labels(self, op: str, batch: Batch) -> None:
        """Class indices that are no class, which compiled code cannot report."""
        x, y, _ = batch
        parts = self.objective.by_index() if self.objective is not None else []
        if not parts:
            return
        shapes = self._output_shapes(x)
        for part in parts:
            labels, shape = part.of(y), part.of(shapes)
            if not isinstance(labels, np.ndarray) or not isinstance(shape, ShapeOf):
                continue
            classes = shape.of[-1] if shape.of else 1
            if labels.dtype.kind in "iu" and labels.ndim == len(shape.of) - 1 and classes != 1:
                losses.check_indices(op, int(classes), labels)

    def _output_shapes(self, x: Any) -> Any:
        """The shapes that the model gives for two of these inputs, found without running it."""
        key = tuple((a.shape[1:], a.dtype) for a in nest.flatten(x)[0])
        if key not in self._outputs:
            rows = min(2, arrays.length("fit", x))
            inputs = arrays.each(x, lambda a: symbol("x", (rows, *a.shape[1:]), a.dtype))
            with tracing():
                outputs = self.forward(inputs, training=False)
            self._outputs[key] = arrays.each(
                outputs, lambda t: ShapeOf(t.shape if isinstance(t, Tensor) else ())
            )
        return self._outputs[key]


def gradients_of(step: Callable[[Any, Any, Any], Any]) -> Compiled:
    """The gradients of a step as a compiled function."""

    def gradients(inputs: Any, labels: Any, weights: Any) -> Any:
        return step(inputs, labels, weights)

    return compile(gradients)


class ShapeOf:
    """A shape as a leaf of a nesting."""

    def __init__(self, shape: Shape):
        self.of = shape


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
    """The dtype that float data take for this model: that in which its first float parameter computes."""
    return next((computing(p.dtype) for _, p in model.named_state() if is_float(p.dtype)), floatx())


def _validation(data: Any) -> tuple[Any, Any, Any]:
    if isinstance(data, (tuple, list)) and len(data) in (2, 3):
        return (*data, None)[:3]
    if isinstance(data, (tuple, list, np.ndarray)):
        raise ArgumentError(
            "fit", "validation_data is (x, y), (x, y, weights), or a dataset", where=user_frame()
        )
    return data, None, None


def _seed(given: int | None) -> int:
    if given is None:
        return int(np.random.SeedSequence().generate_state(1)[0])
    if not isinstance(given, (int, np.integer)) or given < 0:
        raise ArgumentError("fit", f"seed is {given!r}, not a whole number from 0 on", where=user_frame())
    return int(given)


def reported(logs: Mapping[str, float], as_dict: bool) -> Any:
    """Measurements as Keras gives them: a list, the loss alone, or a dict."""
    values = list(logs.values())
    return dict(logs) if as_dict else values if len(values) > 1 else values[0]
