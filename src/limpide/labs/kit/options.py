"""The options that every lab has, as types for the arguments of its `main`."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Language(StrEnum):
    """The languages of the lessons."""

    en = "en"
    fr = "fr"


Epochs = Annotated[int, typer.Option(min=1, help="How many times the training goes through the data.")]
Seed = Annotated[int, typer.Option(min=0, help="Of the random numbers: the same seed, the same result.")]
Data = Annotated[Path | None, typer.Option(help="Folder of the MNIST files, instead of $LIMPIDE_DATA.")]
Table = Annotated[Path | None, typer.Option(help="CSV file of numbers to use instead of the lab's own.")]
Out = Annotated[Path | None, typer.Option(help="Folder for the pictures (default: limpide-out/LAB).")]
Lang = Annotated[Language | None, typer.Option(help="Language of the lesson (default: the locale's).")]


def locale_language() -> Language:
    """French where the locale is French, else English.

    The first of LC_ALL, LC_MESSAGES and LANG that is set decides, as POSIX has it.
    """
    chosen = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    locale = next((text for text in chosen if text), "")
    return Language.fr if locale.lower().startswith("fr") else Language.en
