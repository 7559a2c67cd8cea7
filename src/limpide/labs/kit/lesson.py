"""A lesson on the terminal: its texts in two languages, its progress bar, tables and files."""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from limpide.errors import DataError
from limpide.nn import Module

from . import pictures
from .options import Language, locale_language

Texts = dict[str, tuple[str, str]]  # key -> English, French

WIDTH = 100  # columns; longer lines are hard to read
NO_BREAK = re.compile(r" (?=[:;!?%])")  # where French lines never break

COMMON: Texts = {
    "epoch": ("epoch", "époque"),
    "training": ("training", "apprentissage"),
    "files": ("Written:", "Écrit :"),
    "stopped": (
        "Stopped after {done} of {epochs} epochs; what follows is the state reached.",
        "Arrêt après {done} époques sur {epochs} ; la suite montre l'état atteint.",
    ),
    "nothing": ("Stopped before the first epoch was over.", "Arrêt avant la fin de la première époque."),
}


class Lesson:
    """What a lab speaks and writes through.

    name: of the lab; texts: its table; lang: None for the locale's; out: None for ./limpide-out/NAME.
    Used with `with`: at the end the files that were written are listed, and a lesson that was stopped
    by Ctrl-C ends as stopped. Raises MissingExtraError at once where pictures cannot be drawn.
    """

    def __init__(self, name: str, texts: Texts, lang: Language | None = None, out: Path | None = None):
        pictures.require()
        self.name = name
        self.lang = lang or locale_language()
        self.folder = out or Path("limpide-out") / name
        self.interrupted = False
        self.files: list[Path] = []
        self.console = Console(highlight=False)
        self.console.width = min(self.console.width, WIDTH)
        self._texts = COMMON | texts

    def __enter__(self) -> Self:
        self.console.print(Rule(Text(self.text("title"), style="bold cyan"), style="cyan"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        if kind is None or kind is KeyboardInterrupt:
            self._list_files()
        if kind is None and self.interrupted:
            raise KeyboardInterrupt

    # ------------------------------------------------------------------------------------------ words
    def text(self, key: str, **values: Any) -> str:
        """A text of the table in the lesson's language, its {places} filled in."""
        english, french = self._texts[key]
        chosen = NO_BREAK.sub("\u00a0", french) if self.lang is Language.fr else english
        return chosen.format(**values) if values else chosen

    def heading(self, key: str) -> None:
        """The title of a section."""
        self.console.print()
        self.console.print(Text(self.text(key), style="bold"))

    def say(self, key: str, **values: Any) -> None:
        """A paragraph."""
        # Unlike rich, textwrap keeps what no-break spaces hold together.
        lines = textwrap.fill(self.text(key, **values), self.console.width)
        self.console.print(Text(lines), soft_wrap=True)

    def show(self, text: str) -> None:
        """Lines to be read as they are: code, formulas, graphs."""
        for line in text.splitlines():
            self.console.print(Text(f"    {line}".rstrip(), style="green"), soft_wrap=True)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A table, numbers to the right; titles of columns are keys of the texts, or stand for themselves."""
        table = Table(header_style="bold")
        for i, column in enumerate(columns):
            title = self.text(column) if column in self._texts else column
            numbers = all(row[i][:1] in "-0123456789" for row in rows)
            table.add_column(title, justify="right" if numbers else "left")
        for row in rows:
            table.add_row(*map(Text, row))
        self.console.print(table)

    # --------------------------------------------------------------------------------------- progress
    @contextmanager
    def training(self, epochs: int) -> Iterator[Training]:
        """The progress bar of a training. Ctrl-C ends the training; with an epoch done, not the lesson."""
        run = Training(self, epochs)
        try:
            with run.bar:
                yield run
        except KeyboardInterrupt:
            self._stopped(run.done, epochs)

    @contextmanager
    def fitting(self, model: Module, epochs: int) -> Iterator[None]:
        """The same around `model.fit`, which has a progress bar of its own."""
        try:
            yield
        except KeyboardInterrupt:
            self._stopped(len(model.history.epoch) if model.history else 0, epochs)

    def _stopped(self, done: int, epochs: int) -> None:
        if not done:
            self.say("nothing")
            raise KeyboardInterrupt
        self.interrupted = True
        self.say("stopped", done=done, epochs=epochs)

    # ------------------------------------------------------------------------------------------ files
    def picture(self, name: str, figure: Any) -> None:
        """Write a figure as NAME.png."""
        with self._writing(f"{name}.png") as path:
            figure.savefig(path)

    def save(self, name: str, arrays: Mapping[str, Any]) -> None:
        """Write arrays as NAME.npz."""
        with self._writing(f"{name}.npz") as path:
            np.savez(path, **dict(arrays))

    def document(self, name: str, write: Callable[[Path], Any]) -> None:
        """Write a file by a function that takes its path."""
        with self._writing(name) as path:
            write(path)

    @contextmanager
    def _writing(self, name: str) -> Iterator[Path]:
        path = self.folder / name
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            yield path
        except OSError as error:
            why = error.strerror or str(error)
            raise DataError(
                self.name, f"{path} cannot be written: {why}", hint="choose another --out"
            ) from error
        self.files.append(path)

    def _list_files(self) -> None:
        if not self.files:
            return
        names = "  ".join(path.name for path in self.files)
        self.console.print()
        self.console.print(Text(f"{self.text('files')} {os.path.join(self.folder, '')}", style="bold"))
        self.console.print(Padding(Text(names), (0, 0, 0, 4)))


class Training:
    """The epochs of one training, counted from 1, with a progress bar that tells the latest numbers."""

    def __init__(self, lesson: Lesson, epochs: int):
        self.epochs = epochs
        self.done = 0
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TextColumn("{task.fields[news]}"),
            TimeElapsedColumn(),
            console=lesson.console,
        )
        self._task = self.bar.add_task(lesson.text("training"), total=epochs, news="")

    def __iter__(self) -> Iterator[int]:
        for epoch in range(1, self.epochs + 1):
            yield epoch
            self.done = epoch
            self.bar.advance(self._task)

    def news(self, text: str) -> None:
        """What stands beside the bar."""
        self.bar.update(self._task, news=text)
