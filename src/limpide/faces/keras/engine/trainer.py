"""How a Keras model trains: its recorded graph, replayed in the steps of the engine's own trainer."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ....compile import compile
from ....nn.words import lp
from ....tensor import Tensor, astensor
from ....train.arrays import length
from ....train.callbacks import Callback as EngineCallback
from ....train.callbacks import Callbacks
from ....train.feeds import Arrays, Batches, Feed, Plan
from ....train.interrupt import Interruption
from ....train.loops import Steps
from ....train.progress import Silent
from ....train.run import Position, Run, evaluate
from ... import quick
from ...record import Replay, symbols_in
from .. import backend as K
from ..symbols import is_symbol, parameter_of

Arrays_ = Sequence[Any]


class Measures:
    """The loss and the metrics of a model as totals over batches: what the engine calls an objective."""

    def __init__(self, names: Sequence[str]):
        self.names = list(names)

    def start(self) -> dict[str, Any]:
        return {name: np.float64(0) for name in self.names}

    def sums(self, values: Sequence[Any], rows: Any) -> dict[str, Any]:
        """Means over a batch as sums over its rows."""
        return {
            n: lp.multiply(astensor(v).astype("float64"), rows)
            for n, v in zip(self.names, values, strict=True)
        }

    def logs(self, totals: Mapping[str, Any], rows: int) -> dict[str, float]:
        return {name: float(totals[name]) / rows for name in self.names}


class Trainer:
    """The compiled steps of one compiled model.

    model: has inputs, outputs, and, where it was compiled, targets, sample_weights, measured (the loss and
    the
    metrics as tensors), metrics_names, optimizer.
    """

    def __init__(self, model: Any):
        self.model = model
        self.objective = Measures(getattr(model, "metrics_names", ()))
        self.steps = {
            "train": Steps(self._train_step, "train"),
            "evaluate": Steps(self._evaluate_step, "evaluate"),
        }
        self.predictor = compile(self._predict_step)
        self._updates: Any = None

    # ------------------------------------------------------------------------------------------- steps
    def _replay(self, inputs: Any, labels: Any, weights: Any, phase: int) -> Replay:
        """The model's graph on a batch."""
        given: dict[Any, Any] = {K.symbolic_learning_phase().key: Tensor(astensor(np.int32(phase)).node)}
        for symbol, value in zip(self.model._feed_inputs, inputs, strict=True):
            given[symbol.key] = _cast(value, symbol)
        for symbol, value in zip(getattr(self.model, "targets", ()), labels or (), strict=False):
            given[symbol.key] = _cast(value, symbol)
        for symbol, value in zip(getattr(self.model, "sample_weights", ()), weights or (), strict=False):
            given[symbol.key] = _cast(value, symbol)
        return Replay(given)

    def _rows(self, inputs: Any) -> Any:
        return astensor(inputs[0]).shape[0]

    def _values(self, replay: Replay, weights: Any) -> list[Any]:
        measured = self.model.measured(weights is not None)
        return [lp.mean(astensor(replay.value(m) if is_symbol(m) else m)) for m in measured]

    def _train_step(self, inputs: Any, labels: Any, weights: Any) -> Any:
        replay = self._replay(inputs, labels, weights, 1)
        values = self._values(replay, weights)
        _assign(replay, self.model.updates)
        for update in self.optimizer_updates(weights is not None):
            _assign(replay, [update])
        return self.objective.sums(values, self._rows(inputs))

    def _evaluate_step(self, inputs: Any, labels: Any, weights: Any) -> Any:
        replay = self._replay(inputs, labels, weights, 0)
        values = self._values(replay, weights)
        _assign(replay, self.model.state_updates)
        return self.objective.sums(values, self._rows(inputs))

    def _predict_step(self, inputs: Any) -> Any:
        replay = self._replay(inputs, None, None, 0)
        outputs = [replay.value(o) for o in self.model.outputs]
        _assign(replay, self.model.state_updates)
        return outputs

    def optimizer_updates(self, weighted: bool) -> list[Any]:
        """The optimiser's step for the total loss."""
        if self._updates is None:
            self._updates = {}
        if weighted not in self._updates:
            params = self.model._collected_trainable_weights
            loss = self.model.measured(weighted)[0]
            self._updates[weighted] = (
                self.model.optimizer.get_updates(loss=loss, params=params)
                if params and is_symbol(loss) and not _old(self.model.optimizer)
                else self.model.optimizer.get_updates(params, {}, loss)
                if params and is_symbol(loss)
                else []
            )
        return self._updates[weighted]  # type: ignore[no-any-return]

    # ------------------------------------------------------------------------------------------ feeds
    def arrays(
        self, x: Arrays_, y: Arrays_, w: Any, batch_size: int, seed: Any, steps: int | None = None
    ) -> Feed:
        """Batches of whole arrays."""
        data = (tuple(map(_ready, x)), tuple(map(_ready, y)), None if w is None else tuple(map(_ready, w)))
        size = length("fit", *data)
        most = -(-size // batch_size)
        cap = quick.steps(most) if steps is None else min(steps, most)
        plan = Plan(batch_size, np.dtype(K.floatx()), seed, cap if cap < most else None)
        return self._timely(Arrays("fit", data, plan))

    def stream(self, make: Callable[[int, int], Iterator[Any]], steps: int | None) -> Feed:
        """Batches that Python makes."""
        plan = Plan(1, np.dtype(K.floatx()), steps=steps)
        return self._timely(Batches("fit", make, plan, steps, again=False))

    def _timely(self, feed: Feed) -> Feed:
        return feed if quick.policy() is None else _Timely(feed, self.model)

    # -------------------------------------------------------------------------------------- the words
    def fit(
        self,
        source: Feed,
        held_out: Feed | None,
        epochs: int,
        initial_epoch: int,
        bridge: Bridge,
        shown: Silent,
    ) -> None:
        """Train."""
        quick.tick()
        told = Callbacks([bridge], self.model, {})
        last = initial_epoch + quick.epochs(max(epochs - initial_epoch, 0))
        try:
            with Interruption() as interruption, shown:
                run = Run(
                    self.model, self.objective, self.steps, source, held_out, last, bridge.history, told,  # type: ignore[arg-type]
                    shown, lambda epoch: True, {}, Position(initial_epoch), self.model.optimizer,
                )  # fmt: skip
                bridge.run = run
                run.go(interruption)
        finally:
            told.close()

    def evaluate(self, source: Feed, seen: Callable[[int], None] = lambda rows: None) -> list[float]:
        """The measurements on a feed."""
        quick.tick()
        told = Callbacks([], self.model, {})
        with Interruption() as interruption:
            return list(evaluate(self, source, told, interruption).values())

    def one(self, kind: str, x: Arrays_, y: Arrays_, w: Any) -> list[float]:
        """One batch, trained on or tested."""
        data = (tuple(map(_ready, x)), tuple(map(_ready, y)), None if w is None else tuple(map(_ready, w)))
        rows = length("train_on_batch", *data)
        totals = self.steps[kind].one(data, self.objective.start())
        return list(self.objective.logs(totals, rows).values())

    def predict(self, x: Arrays_, batch_size: int) -> list[Any]:
        """The outputs for arrays, batch by batch."""
        quick.tick()
        arrays = tuple(map(_ready, x))
        size = length("predict", arrays)
        found = []
        for start in range(0, size, batch_size):
            part = tuple(np.ascontiguousarray(a[start : start + batch_size]) for a in arrays)
            found.append([np.array(t.value) for t in self.predictor(part)])
        if len(found) == 1:
            return found[0]
        return [np.concatenate(column) for column in zip(*found, strict=True)]


class _Timely(Feed):
    """A feed of a quick run: epochs end when their time is over, and so does the training."""

    def __init__(self, feed: Feed, model: Any):
        self.feed, self.steps, self.size = feed, feed.steps, feed.size
        self.model, self.time = model, quick.Fit()

    def sweep(self, *args: Any) -> Iterator[Any]:
        """The batches of an epoch, as far as time goes after the first of them."""
        over = None
        for done in self.feed.sweep(*args):
            yield done
            over = over or self.time.epoch()
            if over():
                break
        if self.time.over():
            quick.note(f"{self.time.epochs} epochs of a fit")
            self.model.stop_training = True

    def sample(self) -> Any:
        return self.feed.sample()


def _cast(value: Any, symbol: Any) -> Any:
    """A batch in the dtype of the placeholder that it is for."""
    wanted = getattr(symbol.source, "dtype", None)
    value = astensor(value)
    return value if wanted is None or value.dtype == wanted else value.astype(wanted)


def _ready(array: Any) -> Any:
    """An array as compiled code takes it: floats of the backend; numbers as they are."""
    array = np.asarray(array)
    if array.dtype.kind == "f":
        return np.ascontiguousarray(array, np.dtype(K.floatx()))
    if array.dtype.kind not in "biu":
        return np.ascontiguousarray(array.astype(np.dtype(K.floatx())))
    return np.ascontiguousarray(array)


def _old(optimizer: Any) -> bool:
    """Whether an optimiser of a script has Keras 1's order (params, constraints, loss)."""
    import inspect

    return list(inspect.signature(optimizer.get_updates).parameters)[:2] == ["params", "constraints"]


def _assign(replay: Replay, updates: Sequence[Any]) -> None:
    """New values of state: all are computed before the first is assigned."""
    pairs = [u for u in updates if isinstance(u, tuple)]
    new = [astensor(replay.value(v) if is_symbol(v) else v) for _, v in pairs]
    for u in updates:
        if is_symbol(u):
            replay.value(u)
    for (x, _), value in zip(pairs, new, strict=True):
        parameter = parameter_of(x)
        parameter.assign(lp.broadcast_to(value, parameter.shape))


class Bridge(EngineCallback):
    """Hands what the engine tells on to Keras' callbacks, in their words."""

    def __init__(self, callbacks: Sequence[Any], history: Any, batch_size: int | None):
        self.callbacks, self.history, self.batch_size = list(callbacks), history, batch_size
        self.before: tuple[Any, int] = ({}, 0)

    def watches(self, word: str) -> bool:
        return word == "train" and any(_looks_at_batches(c) for c in self.callbacks)

    def on_train_begin(self, logs: Any = None) -> None:
        for c in self.callbacks:
            c.on_train_begin({})

    def on_train_end(self, logs: Any = None) -> None:
        for c in self.callbacks:
            c.on_train_end({})

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.before = ({}, 0)
        for c in self.callbacks:
            c.on_epoch_begin(epoch, {})

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        found = dict(logs or {})
        for c in self.callbacks:
            c.on_epoch_end(epoch, found)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        for c in self.callbacks:
            if _looks_at_batches(c):
                c.on_batch_begin(batch, {"batch": batch, "size": self.batch_size or 1})

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        at = self.run.position
        totals, rows = self.before
        size = at.rows - rows
        own = {
            name: (float(at.totals[name]) - float(totals.get(name, 0.0))) / max(size, 1)
            for name in logs or {}
        }
        self.before = (dict(at.totals), at.rows)
        found = {"batch": batch, "size": size, **own}
        for c in self.callbacks:
            if _looks_at_batches(c):
                c.on_batch_end(batch, found)


def _looks_at_batches(callback: Any) -> bool:
    return bool(getattr(callback, "looks_at_batches", True))


class NoHistory:
    """The engine's history, which Keras keeps in a callback."""

    def add(self, epoch: int, logs: Any) -> None:
        """Nothing: the callback has it."""


def is_nan(value: float) -> bool:
    """Whether a loss is no number any more."""
    return math.isnan(value) or math.isinf(value)


__all__ = ["Bridge", "Measures", "NoHistory", "Trainer", "is_nan", "symbols_in"]
