"""What is seen of training: the pieces, the bar, the lines."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from limpide.train import loops
from limpide.train.progress import Bar, Lines, Silent, progress


def test_pace_adapts_to_what_a_piece_took() -> None:
    pace = loops.Pace()
    assert pace.steps == 1
    pace.saw(1, 1e-6)
    assert pace.steps == 10
    pace.saw(10, 1e-5)
    assert pace.steps == 100
    pace.saw(100, 0.1)
    assert pace.steps == 50
    pace.saw(1, 3.0)
    assert pace.steps == 1


def test_which_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert type(progress(0, 1, 1)) is Silent
    assert type(progress(2, 1, 1)) is Lines
    assert type(progress(1, 1, 1)) is Lines  # pytest gives no terminal
    monkeypatch.setattr("limpide.train.progress._can_draw", lambda: True)
    assert type(progress(1, 1, 1)) is Bar


def test_the_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    terminal = Console(file=out, force_terminal=True, width=100)
    monkeypatch.setattr("rich.progress.get_console", lambda: terminal)
    with Bar(epochs=2, steps=10) as bar:
        for epoch in range(2):
            bar.epoch_begin(epoch)
            bar.advance(4, {"loss": 0.5})
            bar._drawn = 0.0
            bar.advance(6, {"loss": 0.25})
            bar.epoch_end(epoch, {"loss": 0.25, "accuracy": 1.0})
    shown: Any = out.getvalue()
    assert "epoch 1/2" in shown and "epoch 2/2" in shown
    assert "4/10" in shown and "10/10" in shown and "loss 0.5000" in shown
    assert "s  loss 0.2500  accuracy 1.0000" in shown
