"""Figures as files: what matplotlib and Pillow would show on a screen is written into the run's folder."""

from __future__ import annotations

import os
import sys
from typing import Any

from .output import Output

SCREENS = ("DISPLAY", "WAYLAND_DISPLAY")


def screen() -> bool:
    """Whether windows can be shown."""
    return sys.platform in ("darwin", "win32") or any(os.environ.get(name) for name in SCREENS)


class Figures:
    """Patches that let `show` write files. interactive: figures that were only drawn so far, by number."""

    def __init__(self, output: Output):
        self.output = output
        self.pyplot: Any = None
        self.drawn = False

    def patches(self) -> dict[str, Any]:
        """By module: what to do when it has been imported."""
        os.environ["MPLBACKEND"] = "agg"
        return {"matplotlib": self._backend, "matplotlib.pyplot": self._show, "PIL.Image": self._show_picture}

    def _backend(self, module: Any) -> None:
        module.use = lambda *args, **kwargs: None  # files it is, whatever window the script asks for

    def _show(self, module: Any) -> None:
        self.pyplot = module

        def show(*args: Any, block: bool | None = None, **kwargs: Any) -> None:
            if block is False or (block is None and module.isinteractive()):
                self.drawn = True  # the script goes on drawing: the last state is written at the end
            else:
                self.save()

        module.show = show
        module.pause = lambda interval: show(block=False)
        switch = module.switch_backend
        module.switch_backend = lambda backend: switch("agg")
        module.ginput = lambda *args, **kwargs: []
        module.waitforbuttonpress = lambda *args, **kwargs: False
        module.Figure.show = lambda figure, warn=True: self._save(figure)

    def save(self) -> None:
        """Write the open figures and close them, as a user closes windows."""
        if self.pyplot is None:
            return
        for number in self.pyplot.get_fignums():
            self._save(self.pyplot.figure(number))
        self.pyplot.close("all")
        self.drawn = False

    def end(self) -> None:
        """Write what was only drawn when the run ends."""
        if self.drawn:
            self.save()

    def _save(self, figure: Any) -> None:
        path = self.output.path("figure", ".png")
        figure.savefig(path)
        self.output.written(path)

    def _show_picture(self, module: Any) -> None:
        def show(picture: Any, title: str | None = None, **_: Any) -> None:
            path = self.output.path("image", ".png")
            picture.convert("RGB" if picture.mode in ("CMYK", "F", "YCbCr") else picture.mode).save(path)
            self.output.written(path)

        module.Image.show = show
