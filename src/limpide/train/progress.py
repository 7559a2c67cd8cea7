"""What is seen of training: a bar on a terminal, plain lines elsewhere. The one door to rich here."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Self


class Silent:
    """Shows nothing; what the others share."""

    def __init__(self, epochs: int, steps: int | None):
        self.epochs, self.steps = epochs, steps
        self.began = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: Any) -> None:
        """Leave the terminal as it was."""

    def epoch_begin(self, epoch: int) -> None:
        """An epoch starts."""
        self.began = time.perf_counter()

    def advance(self, steps: int, logs: Mapping[str, float]) -> None:
        """So many more steps were done; these are the measurements so far."""

    def epoch_end(self, epoch: int, logs: Mapping[str, float]) -> None:
        """An epoch ended with these measurements."""

    def line(self, epoch: int, logs: Mapping[str, float]) -> str:
        """An epoch as a line."""
        seconds = time.perf_counter() - self.began
        return f"epoch {epoch + 1:>{len(str(self.epochs))}}/{self.epochs}  {seconds:6.2f} s  {numbers(logs)}"


class Lines(Silent):
    """One line per epoch."""

    def epoch_end(self, epoch: int, logs: Mapping[str, float]) -> None:
        print(self.line(epoch, logs), flush=True)


class Bar(Silent):
    """A bar for the epoch that runs, above it a line for each one that ended."""

    def __enter__(self) -> Self:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[numbers]}"),
            auto_refresh=False,
            transient=True,
        )
        self._task = self._bar.add_task("", total=self.steps, numbers="")
        self._drawn = 0.0
        self._bar.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._bar.stop()

    def epoch_begin(self, epoch: int) -> None:
        super().epoch_begin(epoch)
        self._bar.reset(self._task, description=f"epoch {epoch + 1}/{self.epochs}", numbers="")

    def advance(self, steps: int, logs: Mapping[str, float]) -> None:
        self._bar.advance(self._task, steps)
        now = time.perf_counter()
        if now - self._drawn > 0.1:
            self._drawn = now
            self._bar.update(self._task, numbers=numbers(logs), refresh=True)

    def epoch_end(self, epoch: int, logs: Mapping[str, float]) -> None:
        self._bar.console.print(self.line(epoch, logs), highlight=False, soft_wrap=True)


def numbers(logs: Mapping[str, float]) -> str:
    """Measurements as text.

    >>> numbers({"loss": 0.51234, "accuracy": 0.9})
    'loss 0.5123  accuracy 0.9000'
    """
    return "  ".join(f"{name} {value:.4f}" for name, value in logs.items())


def progress(verbose: int, epochs: int, steps: int | None) -> Silent:
    """What shows a fit: nothing for 0, a bar for 1 where there is a terminal, else lines."""
    if verbose == 1 and _can_draw():
        return Bar(epochs, steps)
    return Lines(epochs, steps) if verbose else Silent(epochs, steps)


def _can_draw() -> bool:
    from rich.console import Console

    console = Console()
    return console.is_jupyter or (console.is_terminal and not console.is_dumb_terminal)
