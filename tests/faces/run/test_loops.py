"""Loops under `--quick`: those that train are cut, others are not."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from limpide.faces import quick
from limpide.faces.run import loops


@pytest.fixture(autouse=True)
def no_time_at_all() -> Iterator[None]:
    """Loops that train have two rounds and their last."""
    quick.start(quick.Policy(rounds=2, seconds=0.0, together=0.0))
    yield
    quick.start(None)


def ran(text: str) -> dict[str, Any]:
    names: dict[str, Any] = {"train": quick.tick, "np": np, **loops.names()}
    exec(compile(loops.cap(ast.parse(text)), "lesson.py", "exec"), names)
    return names


def seen(text: str) -> Any:
    return ran(f"seen = []\n{text}")["seen"]


def test_what_does_not_train_runs_in_full() -> None:
    assert len(seen("for i in range(100): seen.append(i)")) == 100
    assert len(seen("i = 0\nwhile i < 100:\n    i += 1\n    seen.append(i)")) == 100
    assert quick.notes() == []


def test_training_jumps_to_the_last_round() -> None:
    assert seen("for i in range(100):\n    train()\n    seen.append(i)") == [0, 1, 99]
    assert seen("for i in [5, 6, 7, 8]:\n    train()\n    seen.append(i)") == [5, 6, 8]
    assert seen("for i in np.arange(9):\n    train()\n    seen.append(int(i))") == [0, 1, 8]
    assert seen("for i in iter(range(9)):\n    train()\n    seen.append(i)") == [0, 1]
    assert seen("for i in range(3):\n    train()\n    seen.append(i)") == [0, 1, 2]
    assert seen("for i in range(2):\n    train()\n    seen.append(i)") == [0, 1]
    assert seen("def f():\n    train()\nfor i in range(9):\n    f()\n    seen.append(i)") == [0, 1, 8]
    assert quick.notes()[0] == "lesson.py:2: 2 and the last of 100 rounds"


def test_only_rounds_that_train_count() -> None:
    text = "for i in range(10):\n    if i > 4: train()\n    seen.append(i)"
    assert seen(text) == [0, 1, 2, 3, 4, 5, 6, 9]


def test_while_ends() -> None:
    assert len(seen("while True:\n    train()\n    seen.append(1)")) == 2
    early = (
        "done, i = False, 0\nwhile i < 50 and not done:\n    i += 1\n    train()\nelse:\n    seen.append(i)"
    )
    assert seen(early) == [2]
    assert quick.notes()[0] == "lesson.py:2: ended after 2 rounds"


def test_epochs_around_batches() -> None:
    text = "for e in range(10):\n    for b in range(50):\n        train()\n        seen.append((e, b))"
    assert seen(text) == [(e, b) for e in (0, 1, 9) for b in (0, 1, 49)]
    assert len(quick.notes()) == 2


def test_early_stopping_sees_the_end_of_an_epoch() -> None:
    text = """
def fit():
    patience, epoch, done = 5000, 0, False
    while epoch < 1000 and not done:
        epoch += 1
        for batch in range(500):
            train()
            step = (epoch - 1) * 500 + batch
            if (step + 1) % 500 == 0:
                seen.append(step)
            if patience <= step:
                done = True
                break
fit()
"""
    assert seen(text) == [499, 999]


def test_break_else_and_generators() -> None:
    assert seen("for i in range(9):\n    train()\n    if i == 1: break\nelse:\n    seen.append('else')") == []
    assert seen("for i in range(9):\n    train()\nelse:\n    seen.append('else')") == ["else"]
    generator = "def batches():\n    while True:\n        for i in range(9):\n            yield i\n"
    assert (
        len(seen(f"{generator}g = batches()\nfor i in range(3):\n    train()\n    seen.append(next(g))")) == 3
    )
    assert "again" not in ast.unparse(loops.cap(ast.parse(generator)))


def test_time_is_given_before_loops_are_cut() -> None:
    quick.start(quick.Policy(rounds=2, seconds=60.0, together=60.0))
    assert len(seen("for i in range(100):\n    train()\n    seen.append(i)")) == 100


CLASS = """
class A:
    i = 0
    while i < 5:
        i += 1

    def f(self):
        while True: 1 / 0
"""


def test_a_long_loop_without_training_ends_too() -> None:
    quick.start(quick.Policy(others=0.0))
    assert seen("for i in range(9): seen.append(i)") == [0, 8]


def test_loops_in_classes_and_functions_keep_their_lines() -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        ran(CLASS)["A"]().f()
    assert caught.traceback[-1].lineno == 7  # counted from 0
