"""What `fit` and `predict` cost beside the compiled code that they call.

    python benchmarks/fit.py

For an MLP and a LeNet: an epoch of `fit`, with shuffling and accuracy, beside the same loop written by hand
as one compiled function; and a call of `predict` with one image.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import limpide as lp
from limpide import nn, optim

RNG = np.random.default_rng(0)


def mlp() -> Any:
    return nn.Sequential(nn.Linear(784, 100, seed=0), nn.Sigmoid(), nn.Linear(100, 10, seed=1))


def lenet() -> Any:
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2, layout="NHWC", seed=0), nn.ReLU(), nn.MaxPool2d(2, layout="NHWC"),
        nn.Conv2d(6, 16, 5, layout="NHWC", seed=1), nn.ReLU(), nn.MaxPool2d(2, layout="NHWC"), nn.Flatten(),
        nn.Linear(400, 120, seed=2), nn.ReLU(), nn.Linear(120, 84, seed=3), nn.ReLU(),
        nn.Linear(84, 10, seed=4),
    )  # fmt: skip


# name, network, shape of an image, number of images, batch size
NETWORKS = [("MLP 784-100-10", mlp, (784,), 60000, 100), ("LeNet", lenet, (28, 28, 1), 6400, 64)]


def by_hand(model: Any, optimizer: Any) -> Any:
    """An epoch with loss and accuracy as one compiled function."""

    @lp.compile
    def epoch(images: Any, labels: Any, order: Any) -> Any:
        def step(sums: Any, rows: Any) -> Any:
            outputs, truth = model(images[rows]), labels[rows]
            loss = nn.cross_entropy(outputs, truth)
            optimizer.minimize(loss)
            hits = lp.count_nonzero(lp.argmax(outputs, axis=-1) == truth)
            return (sums[0] + loss, sums[1] + hits), None

        return lp.scan(step, (0.0, 0), order)[0]

    return epoch


def seconds(f: Callable[[], Any]) -> float:
    began = time.perf_counter()
    f()
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    for name, make, shape, count, size in NETWORKS:
        x, y = RNG.normal(size=(count, *shape)).astype(np.float32), RNG.integers(0, 10, count)
        bare, net = make(), make()
        epoch = by_hand(bare, optim.SGD(bare.parameters(), lr=0.05))
        net.compile(optimizer=optim.SGD(lr=0.05), loss="cross_entropy", metrics=["accuracy"])

        def hand(epoch: Any = epoch, x: Any = x, y: Any = y, size: int = size) -> None:
            epoch(x, y, RNG.permutation(len(x)).reshape(-1, size))

        def fit(net: Any = net, x: Any = x, y: Any = y, size: int = size) -> None:
            net.fit(x, y, batch_size=size, verbose=0)

        for _ in range(2):
            hand(), fit()
        pairs = np.array([(seconds(hand), seconds(fit)) for _ in range(rounds)])
        ratio = float(np.median(pairs[:, 1] / pairs[:, 0]))
        one = x[:1].copy()
        calls = [seconds(lambda: net.predict(one)) for _ in range(3000)]  # noqa: B023
        bare_ms, fit_ms = 1e3 * np.median(pairs, axis=0)
        print(
            f"{name}: by hand {bare_ms:.1f} ms, fit {fit_ms:.1f} ms, "
            f"ratio {ratio:.3f}; predict of one image {1e6 * np.median(calls):.1f} us"
        )


if __name__ == "__main__":
    main()
