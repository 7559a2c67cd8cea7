"""Kill a training at any moment, again and again, and see whether its end is that of one left alone.

    python benchmarks/kill.py --kills 100

The same program trains twice: once to its end, and once killed (SIGKILL) at random moments and started again
with resume=True. Weights, optimizer, random state and history must be equal to the last bit.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

PROGRAM = """
import sys
from pathlib import Path
import numpy as np
import limpide as lp
from limpide import nn, optim, train

folder, epochs, every = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
rng = np.random.default_rng(0)
x = rng.normal(size=(1003, 20)).astype("float32")
y = (x[:, 0] * x[:, 1] > 0).astype(int)


class Noisy(nn.Module):
    def forward(self, x):
        return x * lp.random.bernoulli(0.8, size=x.shape) if self.training else x


net = nn.Sequential(nn.Linear(20, 32, seed=1), nn.Tanh(), Noisy(), nn.Linear(32, 2, seed=2))
net.compile(optimizer=optim.Adam(lr=0.01), loss="cross_entropy", metrics=["accuracy"])
callbacks = [
    train.ReduceLROnPlateau("loss", factor=0.7, patience=1, min_delta=0.01),
    train.EarlyStopping("val_loss", patience=10**6, restore_best_weights=True),
    train.CSVLogger(folder / "log.csv"),
]
checkpoint = train.Checkpoint(folder, every_steps=every)
history = net.fit(x, y, batch_size=16, epochs=epochs, validation_split=0.1, seed=3, verbose=0,
                  callbacks=callbacks, checkpoint=checkpoint, resume=True)
state = {"w " + k: v for k, v in net.state_dict().items()}
state |= {"o " + k: v for k, v in net._trainer.optimizer.state_dict().items()}
state |= {"h " + k: np.array(v) for k, v in history.history.items()}
state["random"] = lp.random.default_generator().state.numpy()
state["csv"] = np.frombuffer((folder / "log.csv").read_bytes(), np.uint8)
lp.io.save_tensors(folder / "result", state)
"""


def start(folder: Path, epochs: int, every: int) -> subprocess.Popen[bytes]:
    folder.mkdir(exist_ok=True)
    return subprocess.Popen([sys.executable, "-c", PROGRAM, str(folder), str(epochs), str(every)])


def result(folder: Path) -> dict[str, Any]:
    from limpide.io import load_tensors

    return load_tensors(folder / "result")[0]


def compare(kills: int, epochs: int, every: int, seed: int, longest: float) -> tuple[int, list[str]]:
    """How often it was killed while it trained, and the names of what is not equal at the end."""
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as parent:
        alone, killed = Path(parent) / "alone", Path(parent) / "killed"
        if start(alone, epochs, every).wait():
            raise SystemExit("the training failed")
        done = 0
        while not (killed / "result").exists():
            before = set(os.listdir(killed)) if killed.exists() else set()
            process = start(killed, epochs, every)
            if done < kills:
                until = time.monotonic() + 60  # from its first checkpoint on, for a random time
                while process.poll() is None and time.monotonic() < until:
                    if set(os.listdir(killed)) - before:
                        break
                    time.sleep(0.002)
                time.sleep(rng.uniform(0, longest))
                process.kill()
            code = process.wait()
            if code == -9:
                done += 1
            elif code:
                raise SystemExit(f"a resumed training failed with {code}")
        first, second = result(alone), result(killed)
    wrong = [n for n in first.keys() | second.keys() if not _equal(first.get(n), second.get(n))]
    return done, sorted(wrong)


def _equal(a: Any, b: Any) -> bool:
    return a is not None and b is not None and a.shape == b.shape and np.array_equal(a, b, equal_nan=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--epochs", type=int, default=400)
    parser.add_argument("--every", type=int, default=7, help="steps between checkpoints")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--longest", type=float, default=0.3, help="seconds of training before a kill")
    options = parser.parse_args()
    done, wrong = compare(**vars(options))
    print(f"killed {done} times; {'not equal: ' + ', '.join(wrong) if wrong else 'the same bits at the end'}")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
