"""The caps of a quick run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from limpide.faces import quick


@pytest.fixture(autouse=True)
def full_afterwards() -> Iterator[None]:
    yield
    quick.start(None)


def test_a_full_run_caps_nothing() -> None:
    quick.start(None)
    assert (quick.epochs(100), quick.steps(1000), quick.notes()) == (100, 1000, [])


def test_a_quick_run_caps_and_says_so_once() -> None:
    quick.start(quick.Policy(epochs=2, steps=5))
    for _ in range(3):
        assert (quick.epochs(100), quick.steps(1000), quick.epochs(1)) == (2, 5, 1)
    assert len(quick.notes()) == 2 and quick.notes()[0].startswith("2 of 100 epochs (line ")


def test_the_first_epoch_has_its_time_and_later_ones_a_piece() -> None:
    quick.start(quick.Policy(epoch=60.0, fit=60.0))
    fit = quick.Fit()
    assert not fit.epoch()() and fit.epoch()() and not fit.over()
    quick.start(quick.Policy(epoch=0.0, fit=0.0))
    fit = quick.Fit()
    assert fit.epoch()() and fit.over() and quick.notes() == ["epochs of fit ended early"]
    quick.start(None)
    assert not quick.Fit().epoch()() and not quick.Fit().over()
