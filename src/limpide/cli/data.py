"""`limpide data`: one command per data set, which fetches it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn

from limpide import data


class Set(NamedTuple):
    """A data set: its download and its reader in `limpide.data`, what it holds, how much it is."""

    download: str
    read: str
    things: str
    about: str


SETS = {
    "mnist": Set("download_mnist", "mnist", "digits", "the 70,000 handwritten digits of MNIST (11.6 MB)"),
    "fashion-mnist": Set(
        "download_fashion_mnist", "fashion_mnist", "clothes", "the 70,000 clothes of Fashion-MNIST (30.9 MB)"
    ),
    "cifar10": Set(
        "download_cifar10", "cifar10", "pictures", "the 60,000 colour pictures of CIFAR-10 (170 MB)"
    ),
}
app = typer.Typer(name="data", help="Fetch data sets.", no_args_is_help=True)

To = Annotated[
    Path | None, typer.Option("--to", help="Folder for the files (default: the user's data folder).")
]


def _command(chosen: Set) -> Callable[..., None]:
    def fetch(folder: To = None) -> None:
        target = _fetched(getattr(data, chosen.download), folder)
        (x, _), (x_test, _) = getattr(data, chosen.read)(target)
        print(f"{len(x):,} + {len(x_test):,} {chosen.things} in {target}")

    return fetch


def _fetched(download: Callable[..., Any], folder: Path | None) -> Any:
    """Download with a bar for each file; gives the folder."""
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), transient=True
    )
    tasks: dict[str, TaskID] = {}

    def advance(name: str, done: int, total: int) -> None:
        if name not in tasks:
            tasks[name] = bar.add_task(name)
        bar.update(tasks[name], completed=done, total=total)

    with bar:
        return download(folder, advance)


for _name, _set in SETS.items():
    app.command(_name, help=f"Download {_set.about}, checked by SHA-256.")(_command(_set))
