"""Ctrl-C: the state of the last whole step, the history so far, the old handler back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from typing import Any

import numpy as np
import pytest

from limpide import nn, optim
from limpide.train import Callback
from limpide.train.interrupt import Interruption

PROGRAM = """
import sys
import numpy as np
from limpide import nn, optim

x = np.random.default_rng(0).normal(size=(4000, 5))
y = (x[:, 0] > 0).astype(int)
net = nn.Sequential(
    nn.Linear(5, 4, seed=1, dtype="float64"), nn.Tanh(), nn.Linear(4, 2, seed=2, dtype="float64")
)
optimizer = optim.Adam(lr=0.01)
net.compile(optimizer=optimizer, loss="cross_entropy")
try:
    net.fit(x, y, batch_size=7, epochs=100000, seed=5, verbose=2)
except KeyboardInterrupt:
    assert net.history.interrupted
    np.savez(sys.argv[1], epochs=len(net.history.epoch), **{k: v for k, v in net.state_dict().items()},
             **{"optimizer " + k: v for k, v in optimizer.state_dict().items()})
    sys.exit(3)
"""


def test_sigint_leaves_a_whole_step(tmp_path: Any) -> None:
    saved = tmp_path / "state.npz"
    command = [sys.executable, "-c", PROGRAM, str(saved)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline().startswith("epoch")
        time.sleep(0.03)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 3, errors
    found = dict(np.load(saved))
    steps, epochs = int(found["optimizer step"]), int(found["epochs"])
    per_epoch = -(-4000 // 7)
    assert epochs == steps // per_epoch and steps > 0
    assert_state_after(steps, found)


def assert_state_after(steps: int, found: dict[str, Any]) -> None:
    """Weights and optimizer are those of exactly so many steps, taken one at a time."""
    x = np.random.default_rng(0).normal(size=(4000, 5))
    y = (x[:, 0] > 0).astype(int)
    net = nn.Sequential(
        nn.Linear(5, 4, seed=1, dtype="float64"), nn.Tanh(), nn.Linear(4, 2, seed=2, dtype="float64")
    )
    optimizer = optim.Adam(lr=0.01)
    net.compile(optimizer=optimizer, loss="cross_entropy")
    whole, rest = divmod(steps, -(-4000 // 7))
    if whole:
        net.fit(x, y, batch_size=7, epochs=whole, seed=5, verbose=0)
    order = np.random.default_rng([5, whole]).permutation(4000)
    for i in range(rest):
        batch = order[7 * i : 7 * i + 7]
        net.train_on_batch(x[batch], y[batch])
    state = net.state_dict() | {f"optimizer {k}": v for k, v in optimizer.state_dict().items()}
    for name, value in state.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-9, atol=1e-12)


def test_the_first_signal_waits_and_the_handler_comes_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Interruption() as interruption:
        interruption.check()
        os.kill(os.getpid(), signal.SIGINT)
        assert interruption.noted
        assert signal.getsignal(signal.SIGINT) is before  # a second one would be handled as ever
        with pytest.raises(KeyboardInterrupt):
            interruption.check()
        interruption.check()
    with Interruption():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


def test_a_signal_during_the_last_epoch_is_not_lost() -> None:
    class Ctrl(Callback):
        def on_epoch_end(self, epoch: int, logs: Any) -> None:
            os.kill(os.getpid(), signal.SIGINT)

    net = nn.Linear(2, 2)
    net.compile(loss="cross_entropy")
    with pytest.raises(KeyboardInterrupt):
        net.fit(np.zeros((4, 2)), np.zeros(4, int), verbose=0, callbacks=[Ctrl()])
    assert net.history.interrupted and net.history.epoch == [0]


def test_other_threads_have_no_signals() -> None:
    done: list[Any] = []

    def work() -> None:
        net = nn.Linear(2, 2)
        net.compile(loss="cross_entropy")
        done.append(net.fit(np.zeros((4, 2)), np.zeros(4, int), verbose=0))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done[0].epoch == [0]
