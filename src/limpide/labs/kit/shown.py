"""A lesson in a notebook: texts, tables and pictures in the page, and curves that grow while it trains."""

from __future__ import annotations

import io
import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from limpide.nn import Module
from limpide.train import Callback

from . import pictures
from .lesson import Lesson, Texts, Training
from .options import Language

PAUSE = 0.25  # seconds between two pictures of one curve
NUMBER = re.compile(r"\s*(\D*?)\s*([-+]?\d[\d.]*(?:e[-+]?\d+)?)\s*%?\s*$")


def page() -> Any:
    """The module `IPython.display` of the notebook that this runs in; None elsewhere."""
    shell = sys.modules.get("IPython")
    running = shell is not None and shell.get_ipython() is not None
    return sys.modules.get("IPython.display") if running else None


class Notebook(Lesson):
    """What a lab speaks through in a notebook; elsewhere it speaks as on a terminal.

    The words are those of `Lesson`; `done` takes the place of the end of `with`.
    """

    def __init__(self, name: str, texts: Texts, lang: str | None = None, out: str | Path | None = None):
        super().__init__(name, texts, Language(lang) if lang else None, Path(out) if out else None)

    def _show(self, text: str) -> bool:
        display = page()
        if display is not None:
            display.display(display.Markdown(text))
        return display is not None

    def heading(self, key: str) -> None:
        """The title of a section."""
        if not self._show(f"## {self.text(key)}"):
            super().heading(key)

    def say(self, key: str, **values: Any) -> None:
        """A paragraph."""
        if not self._show(_plain(self.text(key, **values))):
            super().say(key, **values)

    def show(self, text: str) -> None:
        """Lines to be read as they are: code, formulas, graphs."""
        if not self._show(f"```\n{text}\n```"):
            super().show(text)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A table; titles of columns are keys of the texts, or stand for themselves."""
        titles = [self.text(c) if c in self._texts else c for c in columns]
        ends = ["--:" if all(r[i][:1] in "-0123456789" for r in rows) else "---" for i in range(len(titles))]
        lines = [titles, ends, *([_plain(cell) for cell in row] for row in rows)]
        if not self._show("\n".join(f"| {' | '.join(line)} |" for line in lines)):
            super().table(columns, rows)

    def picture(self, name: str, figure: Any) -> None:
        """Write a figure as NAME.png, and show it."""
        super().picture(name, figure)
        display = page()
        if display is not None:
            display.display(display.Image(data=_png(figure)))

    @contextmanager
    def training(self, epochs: int) -> Iterator[Training]:
        """The epochs of one training, with curves of the numbers that it tells."""
        if page() is None:
            with super().training(epochs) as run:
                yield run
            return
        run = LiveTraining(self, epochs)
        yield run
        run.curves.draw()

    @contextmanager
    def fitting(self, model: Module, epochs: int) -> Iterator[None]:
        """The same around `model.fit`."""
        if page() is None:
            with super().fitting(model, epochs):
                yield
            return
        curves, fit = Curves(self), model.fit

        def shown(*args: Any, **options: Any) -> Any:
            told = [*options.get("callbacks", ()), LiveFit(curves)]
            return fit(*args, **options | {"callbacks": told, "verbose": 0})

        object.__setattr__(model, "fit", shown)
        try:
            yield
        finally:
            object.__delattr__(model, "fit")
            curves.draw()

    def done(self) -> None:
        """Tell which files were written."""
        names = ", ".join(f"`{path.name}`" for path in self.files)
        if not self._show(f"{self.text('files')} `{self.folder}/`: {names}" if names else ""):
            self._list_files()


def _plain(text: str) -> str:
    """A text in which Markdown finds nothing to mark."""
    return re.sub(r"([\\`*_{}\[\]<>#|$])", r"\\\1", text)


def _png(figure: Any) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()


# ------------------------------------------------------------------------------------------------- curves
class Curves:
    """One picture of some curves, drawn anew when they have grown."""

    def __init__(self, lesson: Lesson):
        self.lines: dict[str, list[float]] = {}
        self._lesson = lesson
        self._handle: Any = None
        self._drawn = 0.0

    def add(self, numbers: Mapping[str, float]) -> None:
        """One more point of every curve."""
        for name, value in numbers.items():
            self.lines.setdefault(name, []).append(value)
        if time.perf_counter() - self._drawn > PAUSE:
            self.draw()

    def draw(self) -> None:
        display = page()
        if display is None or not self.lines:
            return
        title, epoch = self._lesson.text("training"), self._lesson.text("epoch")
        image = display.Image(data=_png(pictures.curves(self.lines, title, epoch, "")))
        if self._handle is None:
            self._handle = display.display(image, display_id=True)
        else:
            self._handle.update(image)
        self._drawn = time.perf_counter()


class LiveTraining(Training):
    """A training whose news are numbers of curves."""

    def __init__(self, lesson: Lesson, epochs: int):
        super().__init__(lesson, epochs)
        self.bar.disable = True
        self.curves = Curves(lesson)

    def news(self, text: str) -> None:
        self.curves.add(numbers_in(text))


def numbers_in(text: str) -> dict[str, float]:
    """The numbers of a line of news by their names, those without one by their place.

    >>> numbers_in("loss 0.51  test 91.2 %"), numbers_in("3 / 0 / 1")
    ({'loss': 0.51, 'test': 91.2}, {'1': 3.0, '2': 0.0, '3': 1.0})
    """
    parts = re.split(r"\s{2,}|/", text)
    found = [(NUMBER.match(part), i) for i, part in enumerate(parts, 1)]
    return {match[1] or str(i): float(match[2]) for match, i in found if match is not None}


class LiveFit(Callback):
    """Curves of what `fit` measures."""

    def __init__(self, curves: Curves):
        super().__init__()
        self.curves = curves

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.curves.add(dict(logs or {}))
