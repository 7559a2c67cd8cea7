"""`theano.d3viz`: a graph as a page to look at in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ....io import write_atomically
from ... import missing
from ..printing import html_page


def d3viz(fct: Any, outfile: Any, copy_deps: bool = True, *args: Any, **kwargs: Any) -> None:
    """Write the graph of a function or variable as an HTML page."""
    text = html_page(fct)
    write_atomically(Path(outfile), lambda path: _write(path, text))


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


d3write = d3viz

__getattr__ = missing.attributes("theano.d3viz", globals())
