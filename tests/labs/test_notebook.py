"""Each lab as a notebook: made from its one source, run cell by cell."""

from __future__ import annotations
import __future__

import ast
import json
import linecache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from limpide.cli import app
from limpide.errors import ArgumentError, MissingExtraError
from limpide.labs import LABS, load
from limpide.labs.kit import notebook, shown
from limpide.labs.kit.shell import run


def codes(path: Path) -> list[str]:
    cells = json.loads(path.read_text("utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


@pytest.mark.parametrize("name", LABS)
def test_all_labs(name: str, tmp_path: Path) -> None:
    """All functions of the file but main are there, every cell is Python, and it is the same each time."""
    lab = load(name)
    options = {"epochs": 2, "lang": "fr"}
    path = notebook.write(lab, tmp_path / "deep" / "lab.ipynb", options)
    trees = [ast.parse(code) for code in codes(path)]
    defined = {n.name for t in trees for n in t.body if isinstance(n, (ast.FunctionDef, ast.ClassDef))}
    source = ast.parse(Path(lab.__file__ or "").read_text("utf-8"))
    own = {n.name for n in source.body if isinstance(n, (ast.FunctionDef, ast.ClassDef))}
    assert defined == own - {"main"}
    assert "epochs = 2  # " in "\n".join(codes(path))
    first = json.loads(path.read_text("utf-8"))["cells"][0]
    assert "".join(first["source"]).startswith(f"# {lab.TEXTS['title'][1]}\n")
    assert notebook.write(lab, tmp_path / "again.ipynb", options).read_bytes() == path.read_bytes()


def execute(path: Path) -> dict[str, Any]:
    """Run the cells as a kernel does; gives their namespace."""
    names: dict[str, Any] = {"__name__": "__main__"}
    for i, code in enumerate(codes(path)):
        file = f"<cell {i}>"
        linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
        exec(compile(code, file, "exec", flags=__future__.annotations.compiler_flag), names)
    return names


@pytest.mark.parametrize("name", ["tour", "linear-regression"])
def test_cells_run(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On a terminal they speak as the lab does."""
    path = notebook.write(load(name), tmp_path / "lab.ipynb", {"epochs": 2})
    names = execute(path)
    assert names["lesson"].files
    assert all(file.is_file() for file in names["lesson"].files)
    said = " ".join(capsys.readouterr().out.split())
    assert " ".join(load(name).TEXTS["intro"][0].split())[:40] in said


class Page(SimpleNamespace):
    """What IPython.display has, and what was shown with it."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, Any]] = []
        self.updates = 0

    def Markdown(self, text: str) -> tuple[str, str]:
        return "text", text

    def Image(self, data: bytes) -> tuple[str, bytes]:
        return "image", data

    def display(self, what: Any, display_id: bool = False) -> Any:
        self.seen.append(what)
        return self

    def update(self, what: Any) -> None:
        self.updates += 1


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Page:
    made = Page()
    monkeypatch.setattr(shown, "page", lambda: made)
    monkeypatch.setattr(shown, "PAUSE", 0)
    return made


@pytest.mark.parametrize(("name", "epochs"), [("mlp", 2), ("perceptron", 2)])
def test_shown_in_a_page(name: str, epochs: int, tmp_path: Path, page: Page) -> None:
    """Texts as Markdown, tables, pictures, and one curve that is drawn anew at every epoch."""
    execute(notebook.write(load(name), tmp_path / "lab.ipynb", {"epochs": epochs, "lang": "fr"}))
    texts = [what for kind, what in page.seen if kind == "text"]
    images = [what for kind, what in page.seen if kind == "image"]
    lab = load(name)
    assert f"## {lab.TEXTS['learning'][1]}" in texts
    assert any(text.startswith("| ") and "--:" in text for text in texts)
    assert all(image.startswith(b"\x89PNG") for image in images)
    assert page.updates >= epochs
    assert texts[-1].startswith("Écrit")


def test_news_are_numbers() -> None:
    assert shown.numbers_in("loss 0.5  test 91.20 %") == {"loss": 0.5, "test": 91.2}
    assert shown.numbers_in("3 / 0 / 1") == {"1": 3, "2": 0, "3": 1}
    assert shown.numbers_in("nothing to draw") == {}


def test_markdown_marks_nothing() -> None:
    assert shown._plain("a * b_c <d> $x$") == r"a \* b\_c \<d\> \$x\$"


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "tour.ipynb"
    assert run(app, ["lab", "tour", "--epochs", "7", "--notebook", str(path)]) == 0
    assert f"written: {path}" in "".join(capsys.readouterr().out.splitlines())
    assert "epochs = 7" in path.read_text("utf-8")


def test_what_goes_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ArgumentError, match="cannot be written"):
        notebook.write(load("tour"), tmp_path / "file" / "lab.ipynb")
    monkeypatch.setitem(__import__("sys").modules, "jupytext", None)
    with pytest.raises(MissingExtraError, match="a notebook needs the package 'jupytext'"):
        notebook.write(load("tour"), tmp_path / "lab.ipynb")
