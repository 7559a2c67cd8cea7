"""CTC against the sum over all ways to spread labels over time."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide import nn
from limpide.errors import ShapeError
from ops.check import check_gradient


def said(path: tuple[int, ...], blank: int) -> list[int]:
    return [c for c, _ in itertools.groupby(path) if c != blank]


def likelihood(p: Any, labels: list[int], blank: int) -> float:
    steps, classes = p.shape
    paths = itertools.product(range(classes), repeat=steps)
    return sum(float(np.prod(p[range(steps), path])) for path in paths if said(path, blank) == labels)


@pytest.mark.parametrize("blank", [0, 2])
def test_ctc_sums_over_all_paths(blank: int) -> None:
    rng = np.random.default_rng(5)
    p = rng.dirichlet(np.ones(3), (4, 3))  # steps, batch, classes
    steps, lengths = [4, 3, 4], [2, 1, 3]
    own = [c for c in range(3) if c != blank]
    labels = np.array([[own[0], own[0], 0], [own[1], 0, 0], [own[0], own[1], own[1]]])
    want = [
        -np.log(likelihood(p[:t, i], labels[i, :n].tolist(), blank))
        if likelihood(p[:t, i], labels[i, :n].tolist(), blank)
        else np.inf
        for i, (t, n) in enumerate(zip(steps, lengths, strict=True))
    ]
    found = nn.ctc(np.log(p), labels, steps, lengths, blank, reduction="none").numpy()
    assert np.isfinite(want).tolist() == [bool(f < 1e20) for f in found]
    assert np.allclose([f for f in found if f < 1e20], [w for w in want if np.isfinite(w)])


def test_the_gradient_of_ctc() -> None:
    rng = np.random.default_rng(6)
    logits = rng.normal(size=(5, 2, 4))
    labels = np.array([[1, 2], [3, 0]])
    check_gradient(
        lambda x: nn.ctc(lp.log_softmax(x), labels, [5, 4], [2, 1], reduction="sum"), logits, order=1
    )


def test_ctc_of_other_shapes() -> None:
    with pytest.raises(ShapeError, match=r"not \(steps, batch, classes\)"):
        nn.ctc(np.zeros((4, 3)), np.zeros((3, 1), int), [4], [1])
