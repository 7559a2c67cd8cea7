"""Does a long run grow, and do many fits in one process leak or slow down?

    python benchmarks/leaks.py --fits 1000 --epochs 3000

Prints resident memory and the time of a fit, part by part; ends with 1 where the last parts are larger than
the first ones by more than a few per cent.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from limpide import nn, optim, train


def resident() -> float:
    """Resident memory of this process in MB (Linux)."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


RNG = np.random.default_rng(0)
X = RNG.normal(size=(1000, 20)).astype(np.float32)
Y = (X[:, 0] > 0).astype(int)


def network() -> Any:
    net = nn.Sequential(nn.Linear(20, 16, seed=0), nn.ReLU(), nn.Dropout(0.1), nn.Linear(16, 2, seed=1))
    net.compile(optimizer=optim.Adam(lr=0.01), loss="cross_entropy", metrics=["accuracy"])
    return net


def new_models(_: int) -> None:
    """A new model every time: everything of the old one must go."""
    network().fit(X, Y, batch_size=50, epochs=1, seed=0, verbose=0, validation_split=0.1)


def one_model() -> Callable[[int], None]:
    """The same model again and again, with callbacks, on arrays and batches."""
    net = network()
    batches = [(X[i : i + 50], Y[i : i + 50]) for i in range(0, 1000, 50)]

    def fit(i: int) -> None:
        callbacks = [
            train.EarlyStopping("loss", patience=5, restore_best_weights=True),
            train.TerminateOnNaN(),
        ]
        net.fit(X, Y, batch_size=50, seed=i, verbose=0, callbacks=callbacks)
        net.fit(batches, verbose=0)
        net.evaluate(X, Y)
        net.predict(X)
        net.train_on_batch(X[:50], Y[:50])

    return fit


def parts(work: Callable[[int], None], count: int, number: int = 5) -> list[tuple[float, float]]:
    """Memory at the end of each part, and the median time of a call in it, in ms; after a warm-up."""
    for i in range(max(3, count // 20)):
        work(i)
    found = []
    for _ in range(number):
        times = []
        for i in range(count // number):
            began = time.perf_counter()
            work(i)
            times.append(time.perf_counter() - began)
        gc.collect()
        found.append((resident(), 1e3 * float(np.median(times))))
    return found


class Memory(train.Callback):
    """Memory and time of the epochs of one long fit."""

    def __init__(self, epochs: int, number: int = 5):
        self.size, self.times, self.found = (
            max(1, epochs // (number + 1)),
            list[float](),
            list[tuple[float, float]](),
        )

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.began = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.times.append(time.perf_counter() - self.began)
        if (epoch + 1) % self.size == 0:
            self.found.append((resident(), 1e3 * float(np.median(self.times))))
            self.times = []


def long_run(epochs: int) -> list[tuple[float, float]]:
    memory = Memory(epochs)
    network().fit(X, Y, batch_size=50, epochs=epochs, seed=0, verbose=0, callbacks=[memory])
    return memory.found[1:]


def growth(found: list[tuple[float, float]]) -> tuple[float, float]:
    """MB from the first part to the last, and the ratio of their times."""
    return found[-1][0] - found[0][0], found[-1][1] / found[0][1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--fits", type=int, default=1000)
    parser.add_argument("--epochs", type=int, default=3000)
    options = parser.parse_args()
    good = True
    for name, found in {
        f"{options.fits} fits of new models": parts(new_models, options.fits),
        f"{options.fits} rounds of one model": parts(one_model(), options.fits),
        f"one fit of {options.epochs} epochs": long_run(options.epochs),
    }.items():
        memory, slower = growth(found)
        print(name)
        print("  MB  " + "  ".join(f"{m:8.1f}" for m, _ in found))
        print("  ms  " + "  ".join(f"{t:8.2f}" for _, t in found))
        print(f"  {memory:+.1f} MB, {slower:.2f} times as long", flush=True)
        good = good and memory < 5 and slower < 1.2
    sys.exit(not good)


if __name__ == "__main__":
    main()
