"""What a fit leaves behind: nothing. `benchmarks/leaks.py` does it a thousand times."""

from __future__ import annotations

import gc
import threading
import tracemalloc
import weakref
from pathlib import Path
from typing import Any

import numpy as np

import limpide as lp
from limpide import nn, optim, train
from limpide.graph import _table

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 5)).astype(np.float32)
Y = (X[:, 0] > 0).astype(int)


def model() -> Any:
    net = nn.Sequential(nn.Linear(5, 4, seed=0), nn.Tanh(), nn.Linear(4, 2, seed=1))
    net.compile(optimizer=optim.Adam(), loss="cross_entropy", metrics=["accuracy"])
    return net


def everything(folder: Path) -> Any:
    net = model()
    callbacks = [train.EarlyStopping("loss", restore_best_weights=True), train.TerminateOnNaN(every=2)]
    net.fit(X, Y, batch_size=8, epochs=2, validation_split=0.2, seed=0, verbose=0, callbacks=callbacks,
            checkpoint=folder)  # fmt: skip
    net.fit(
        lp.data.Dataset.from_arrays(X, Y).map(lambda pair: pair, workers=1).batch(8).prefetch(), verbose=0
    )
    net.evaluate(X, Y)
    net.predict(X)
    train.gradient_flow(net, X, Y)
    return weakref.ref(net)


def test_a_model_goes_with_all_that_was_made_for_it(tmp_path: Path) -> None:
    everything(tmp_path / "first")  # what stays for good, such as compiled libraries, is there
    gc.collect()
    nodes, threads = len(_table), threading.active_count()
    refs = [everything(tmp_path / str(i)) for i in range(3)]
    gc.collect()
    assert all(ref() is None for ref in refs)
    assert len(_table) <= nodes + 5 and threading.active_count() <= threads


def test_epochs_keep_no_memory() -> None:
    net = model()
    sizes = []

    class Look(train.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            if epoch % 100 == 99:
                gc.collect()
                sizes.append(tracemalloc.get_traced_memory()[0])

    net.fit(X, Y, batch_size=8, verbose=0)
    tracemalloc.start()
    try:
        net.fit(X, Y, batch_size=8, epochs=600, seed=0, verbose=0, callbacks=[Look()])
    finally:
        tracemalloc.stop()
    history = 100 * 3 * 200  # bytes of 100 epochs: two numbers and an epoch each, at most
    assert sizes[-1] - sizes[1] < 4 * history
