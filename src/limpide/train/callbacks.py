"""Callback: what is called while fit, evaluate and predict run; Keras' protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..errors import ArgumentError, user_frame

Logs = Mapping[str, Any]


class Callback:
    """A base for what should happen while fit runs; a subclass overrides what it needs.

    `self.model` is the model, `self.params` the settings of the fit ("epochs", "steps", "verbose"), and
    `self.run` where it stands. `self.model.stop_training = True` ends the training after the epoch, or
    after the batch where it is set in a batch's callback.
    Epochs and batches are counted from 0; logs holds the measurements by name.

    Where no callback looks at batches, many run in one native call. `every`: how many batches apart its
    batch callbacks are called, so that what lies between still runs in one call.
    """

    model: Any = None
    params: Mapping[str, Any] = {}
    run: Any = None  # the `train.run.Run` that is under way
    every: int = 1

    def set_model(self, model: Any) -> None:
        """Told before anything else."""
        self.model = model

    def set_params(self, params: Mapping[str, Any]) -> None:
        """Told before anything else."""
        self.params = params

    # -------------------------------------------------------------------------------------- training
    def on_train_begin(self, logs: Any = None) -> None:
        """Before the first epoch."""

    def on_train_end(self, logs: Any = None) -> None:
        """After the last epoch; not after Ctrl-C. logs: of the last epoch."""

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Before an epoch."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """After an epoch and its validation."""

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Before a training step."""

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """After a training step. logs: the measurements of the epoch so far."""

    def close(self) -> None:
        """Release what it holds: after every fit, also after one that ended by an error or by Ctrl-C."""

    # ------------------------------------------------------------------------------------- evaluation
    def on_test_begin(self, logs: Any = None) -> None:
        """Before an evaluation or validation."""

    def on_test_end(self, logs: Any = None) -> None:
        """After an evaluation or validation, with what it found."""

    def on_test_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Before a batch is evaluated."""

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        """After a batch was evaluated. logs: the measurements so far."""

    def on_predict_begin(self, logs: Any = None) -> None:
        """Before a prediction."""

    def on_predict_end(self, logs: Any = None) -> None:
        """After a prediction."""

    def on_predict_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Before the outputs of a batch are computed."""

    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
        """After the outputs of a batch were computed. logs: {"outputs": the outputs}."""

    # ------------------------------------------------------------------------------------- checkpoints
    def state_dict(self) -> dict[str, Any]:
        """What it must remember for a training that is resumed: numbers, texts, lists and arrays by name."""
        return {}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Remember this again."""

    def watches(self, word: str) -> bool:
        """Whether it has callbacks for single batches: word is "train", "test" or "predict"."""
        names = (f"on_{word}_batch_begin", f"on_{word}_batch_end")
        return any(getattr(type(self), name) is not getattr(Callback, name) for name in names)


class LambdaCallback(Callback):
    """A callback from functions, by the names of the methods.

    >>> shown = LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, logs["loss"]))
    >>> shown.on_epoch_end(0, {"loss": 0.5})
    0 0.5
    """

    def __init__(self, **functions: Callable[..., Any]):
        self.functions = functions
        for name, function in functions.items():
            if not name.startswith("on_") or not hasattr(Callback, name):
                known = ", ".join(n for n in dir(Callback) if n.startswith("on_"))
                raise ArgumentError(
                    "LambdaCallback", f"there is no {name}; there are {known}", where=user_frame()
                )
            setattr(self, name, function)

    def watches(self, word: str) -> bool:
        return any(name.startswith(f"on_{word}_batch") for name in self.functions)


class Callbacks:
    """Several as one; those that write checkpoints come last, when all others have their new state."""

    def __init__(self, given: Iterable[Any], model: Any, params: Mapping[str, Any]):
        self.all: list[Any] = sorted(given, key=lambda c: bool(getattr(c, "last", False)))
        for callback in self.all:
            callback.set_model(model)
            callback.set_params(params)

    def __getattr__(self, event: str) -> Callable[..., None]:
        if not event.startswith("on_"):
            raise AttributeError(event)

        def tell(*args: Any) -> None:
            for callback in self.all:
                getattr(callback, event)(*args)

        return tell

    def close(self) -> None:
        """The fit has ended, in one way or another."""
        for callback in self.all:
            callback.close()

    def watching(self, word: str) -> list[Any]:
        """Those that look at batches."""
        return [c for c in self.all if c.watches(word)]


class Watch:
    """The batch callbacks of one pass: when they are called, and how far the steps may run until then."""

    def __init__(self, callbacks: Callbacks, word: str):
        self.watching = callbacks.watching(word)
        self.begin, self.end = f"on_{word}_batch_begin", f"on_{word}_batch_end"
        self.begun = -1

    def cut(self, step: int) -> int:
        """How many steps may be done from this one on. Tells those for which it is the first of theirs."""
        if step != self.begun:
            self.begun = step
            for callback in self.watching:
                if step % callback.every == 0:
                    getattr(callback, self.begin)(step, {})
        return min((c.every - step % c.every for c in self.watching), default=2**62)

    def done(self, step: int, logs: Logs) -> None:
        """So many steps of the pass are done."""
        for callback in self.watching:
            if step % callback.every == 0:
                getattr(callback, self.end)(step - 1, logs)
