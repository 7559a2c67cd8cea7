"""fit on batches that are changed on their way."""

from __future__ import annotations

import numpy as np

from limpide import nn
from limpide.data import augment


def trained(workers: int, prefetch: int) -> list[np.ndarray]:
    random = np.random.default_rng(0)
    x, y = random.random((40, 6, 6)).astype("float32"), random.integers(0, 3, 40)
    changes = augment.Compose([augment.RandomRotation(20), augment.MixUp(num_classes=3)], seed=1)
    model = nn.Sequential(nn.Flatten(), nn.Linear(36, 3, seed=0))
    model.compile("sgd", "cross_entropy", ["accuracy"])
    data = augment.augmented(x, y, changes, 16, workers=workers, prefetch=prefetch)
    history = model.fit(data, epochs=3, verbose=0)
    assert len(history.history["loss"]) == 3
    return [p.numpy() for p in model.parameters()]


def test_workers_and_prefetching_change_no_bit() -> None:
    for one, two in zip(trained(0, 0), trained(3, 2), strict=True):
        np.testing.assert_array_equal(one, two)
