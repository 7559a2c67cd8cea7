"""What a notebook shows: text on stdout, pictures and pages as files of the run's folder."""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterable
from typing import Any

from .output import Output

# What an object can say about itself, best first, and the ending of its file.
KINDS = (
    ("_repr_png_", "image/png", ".png"),
    ("_repr_jpeg_", "image/jpeg", ".jpg"),
    ("_repr_svg_", "image/svg+xml", ".svg"),
    ("_repr_html_", "text/html", ".html"),
)


class Display:
    """`display` of a run. Figures of matplotlib are those of the cell: `figures` writes them."""

    def __init__(self, output: Output):
        self.output = output

    def display(self, *things: Any, **_: Any) -> None:
        """Show things, one after the other."""
        for thing in things:
            self._show(thing)

    def _show(self, thing: Any) -> None:
        if type(thing).__module__ == "matplotlib.figure":
            path = self.output.path("figure", ".png")
            thing.savefig(path)
            self.output.written(path)
            return
        for ending, content in _contents(thing):
            path = self.output.path("output", ending)
            if isinstance(content, str):
                path.write_text(content, "utf-8")
            else:
                path.write_bytes(content)
            self.output.written(path)
            return
        print(_text(thing))

    def result(self, thing: Any) -> None:
        """Show the value of a cell's last line, as text where it is not a picture."""
        if thing is None:
            return
        table = hasattr(thing, "_repr_html_") and not _is_page(thing)
        if table:
            print(_text(thing))
        else:
            self._show(thing)


def _contents(thing: Any) -> Iterable[tuple[str, str | bytes]]:
    """Ending and content of the file for a thing, if it has a form that goes into one."""
    for method, mime, ending in KINDS:
        try:
            found = getattr(thing, method)()
        except Exception:  # whatever: it cannot show itself in this form
            continue
        content = found[0] if isinstance(found, tuple) else found
        if isinstance(content, str) and mime in ("image/png", "image/jpeg"):
            content = base64.b64decode(content)
        if content:
            yield ending, content


def _is_page(thing: Any) -> bool:
    """Whether HTML is all that a thing is; tables and the like are text too."""
    return type(thing).__name__ in ("HTML", "IFrame", "Audio", "Video", "YouTubeVideo", "Javascript")


def _text(thing: Any) -> str:
    pretty = getattr(sys.modules.get("IPython.lib.pretty"), "pretty", None)
    return str(pretty(thing)) if pretty is not None else repr(thing)


def patches(shown: Display) -> dict[str, Any]:
    """Let IPython's words for showing things, or those that stand in for them, lead here."""

    def patch(module: Any) -> None:
        module.display = shown.display
        module.clear_output = lambda *args, **kwargs: None

    names = ("IPython.display", "IPython.core.display", "IPython.core.display_functions")
    return dict.fromkeys(names, patch)
