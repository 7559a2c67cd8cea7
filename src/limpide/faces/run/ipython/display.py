"""`IPython.display` where IPython is not installed: data that knows in which form it is shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

SHORT = 1000  # longer texts are no file names


class DisplayObject:
    """Data, or the file that has them."""

    def __init__(self, data: Any = None, url: str | None = None, filename: Any = None, **_: Any):
        if filename is None and isinstance(data, str) and len(data) < SHORT and Path(data).is_file():
            data, filename = None, data
        self.url, self.filename = url, filename
        self.data = Path(filename).read_bytes() if filename is not None else data

    def _as_text(self) -> str | None:
        return self.data.decode("utf-8") if isinstance(self.data, bytes) else self.data

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.filename or self.url or ''}>"


class Image(DisplayObject):
    """A picture: bytes of PNG or JPEG, or a file's name."""

    def _repr_png_(self) -> Any:
        return self.data if isinstance(self.data, bytes) and self.data.startswith(b"\x89PNG") else None

    def _repr_jpeg_(self) -> Any:
        return self.data if isinstance(self.data, bytes) and self.data.startswith(b"\xff\xd8") else None


class SVG(DisplayObject):
    """A drawing."""

    def _repr_svg_(self) -> str | None:
        return self._as_text()


class HTML(DisplayObject):
    """A page, or a part of one."""

    def _repr_html_(self) -> str | None:
        return self._as_text()


class _Text(DisplayObject):
    """Text that a browser would set."""

    def __repr__(self) -> str:
        return str(self._as_text())


class Markdown(_Text):
    """Markdown, shown as it is written."""


class Math(_Text):
    """A formula, shown as it is written."""


class Latex(_Text):
    """LaTeX, shown as it is written."""


class Javascript(DisplayObject):
    """A program for a browser: not run."""


class Audio(DisplayObject):
    """Sound: not played."""


class IFrame(DisplayObject):
    """Another page: only named."""

    def __init__(self, src: str, width: Any = None, height: Any = None, **_: Any):
        super().__init__(url=src)


class YouTubeVideo(IFrame):
    """A film: only named."""

    def __init__(self, id: str, *args: Any, **_: Any):
        super().__init__(f"https://www.youtube.com/embed/{id}")


def display(*things: Any, **_: Any) -> None:
    """Show things; a run puts its own in the place of this."""
    for thing in things:
        print(repr(thing))


def clear_output(*args: Any, **_: Any) -> None:
    """What was shown stays."""


def _as(kind: Callable[..., Any]) -> Callable[..., None]:
    return lambda data, **_: display(kind(data))


display_png, display_svg, display_html = _as(Image), _as(SVG), _as(HTML)
