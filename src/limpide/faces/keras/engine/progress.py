"""What is seen of a Keras training: `Epoch 1/10`, `60000/60000 [====] - 3s - loss: 0.25 - acc: 0.92`."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping

from ....train.progress import Silent
from ..utils.generic_utils import Progbar, _clock, number


class Shown(Silent):
    """Keras' log.

    target: samples (or steps) of an epoch, each step `size` of them; None where it is unknown.
    """

    def __init__(self, verbose: int, epochs: int, target: int | None, size: int):
        super().__init__(epochs, None)
        self.verbose, self.target, self.size = verbose, target, size
        self.done = 0

    def epoch_begin(self, epoch: int) -> None:
        super().epoch_begin(epoch)
        self.done = 0
        if self.verbose:
            print(f"Epoch {epoch + 1}/{self.epochs}", flush=True)
            self.bar = Progbar(self.target, verbose=1 if self.verbose == 1 else 0)

    def advance(self, steps: int, logs: Mapping[str, float]) -> None:
        self.done += steps * self.size
        if self.target is not None:
            self.done = min(self.done, self.target)
        if self.verbose == 1 and self.done != self.target:
            self._tell(self.done, logs)

    def _tell(self, done: int, logs: Mapping[str, float], force: bool = False) -> None:
        self.bar.stateful_metrics |= set(logs)
        self.bar.update(done, list(logs.items()), force=force)

    def epoch_end(self, epoch: int, logs: Mapping[str, float]) -> None:
        if self.verbose == 1:
            self.bar.target = self.done
            self._tell(self.done, logs, force=True)
        elif self.verbose:
            passed = _clock(time.perf_counter() - self.began)
            text = "".join(f" - {name}: {number(value)}" for name, value in logs.items())
            print(f" - {passed}{text}", flush=True)


def told_once(verbose: int, target: int, began: float) -> None:
    """The line of an evaluation or a prediction that is done."""
    if verbose == 1:
        bar = Progbar(target)
        bar._start = began
        bar.update(target, [], force=True)


def announce(verbose: int, samples: int | None, held_out: int | None) -> None:
    """`Train on 60000 samples, validate on 10000 samples`."""
    if verbose and samples is not None:
        more = "" if held_out is None else f", validate on {held_out} samples"
        print(f"Train on {samples} samples{more}")
        sys.stdout.flush()
