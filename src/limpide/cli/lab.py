"""`limpide lab`: one command per lab; a lab is imported when it is run or its help is asked for."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from typer.core import TyperGroup

from limpide.errors import ArgumentError
from limpide.labs import LABS, load
from limpide.labs.kit.options import Lang, Language, locale_language
from limpide.labs.kit.shell import command

File = Annotated[
    Path | None,
    typer.Option("--notebook", metavar="FILE", help="Write the lab as a Jupyter notebook instead."),
]


class Commands(Mapping[str, Any]):
    """The labs' commands by name, each made when it is looked up."""

    def __getitem__(self, name: str) -> Any:
        if name not in LABS:
            raise KeyError(name)
        return typer.main.get_command(command(with_notebook(name), name))

    def __iter__(self) -> Iterator[str]:
        return iter(LABS)

    def __len__(self) -> int:
        return len(LABS)


def with_notebook(name: str) -> Callable[..., None]:
    """The main of a lab, with one more option: to write it as a notebook instead of running it."""
    lab = load(name)

    def main(notebook: Path | None = None, **options: Any) -> None:
        if notebook is None:
            lab.main(**options)
            return
        print(
            f"written: {importlib.import_module('limpide.labs.kit.notebook').write(lab, notebook, options)}"
        )

    told = inspect.signature(lab.main, eval_str=True)
    one_more = inspect.Parameter("notebook", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=File)
    parameters = [*told.parameters.values(), one_more]
    vars(main)["__signature__"] = told.replace(parameters=parameters, return_annotation=None)
    main.__annotations__ = {p.name: p.annotation for p in parameters}
    main.__doc__ = lab.main.__doc__
    return main


class LabGroup(TyperGroup):
    """The group of the labs' commands, in the order in which one learns."""

    def __init__(self, **attributes: Any):
        super().__init__(**attributes)
        self.commands = Commands()  # type: ignore[assignment]

    def list_commands(self, ctx: Any) -> list[str]:
        return list(LABS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        check(cmd_name)
        return self.commands[cmd_name]


def check(name: str) -> None:
    """Raises ArgumentError, with the nearest name as its hint, where there is no such lab."""
    if name not in LABS:
        near = get_close_matches(name, LABS, n=1)
        hint = f"did you mean '{near[0]}'?" if near else "`limpide lab --list` shows the labs"
        raise ArgumentError("lab", f"there is no lab '{name}'", hint=hint)


labs = typer.Typer(
    name="lab",
    cls=LabGroup,
    invoke_without_command=True,
    rich_markup_mode="rich",
    epilog="[bold]Examples[/bold]\n\nlimpide lab --list\n\nlimpide lab logistic --epochs 5 --out pictures\n\n"
    "limpide lab mlp --help",
)


@labs.callback()
def lab(
    context: typer.Context,
    listing: Annotated[bool, typer.Option("--list", help="Show the labs and what they are about.")] = False,
    lang: Lang = None,
) -> None:
    """Run an experiment of a deep learning course: `limpide lab NAME`.

    Each lab is one file that reads as a lesson; it writes pictures and tells where.
    """
    if context.invoked_subcommand is None:
        show_labs(lang or locale_language())


def show_labs(lang: Language) -> None:
    """The table of the labs, in a language."""
    table = Table(box=None, pad_edge=False)
    table.add_column("limpide lab", style="bold cyan", no_wrap=True)
    table.add_column("")
    for name, (english, french) in LABS.items():
        table.add_row(name, french if lang is Language.fr else english)
    Console(highlight=False).print(table)
