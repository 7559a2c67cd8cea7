"""One run of a script or notebook in this process: all put in place, the program run, the summary told."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from ...errors import ArgumentError
from .. import finder, missing, pickles, quick
from ..data import sets
from . import display, division, errors, modules, notebook, old, opening, source, unpickling
from .figures import Figures, screen
from .options import Options
from .output import Output, say
from .summary import Summary

INTERRUPTED = 130  # 128 + SIGINT, as shells count


def run(path: Path, arguments: list[str], options: Options) -> int:
    """Run a file as Python would, in this process, and give its exit code.

    Raises ArgumentError where there is no such file, DataError for a notebook that is none.
    """
    _check(path)
    return _Session(path, arguments, options).run()


def _check(path: Path) -> None:
    if path.is_dir():
        raise ArgumentError("run", f"{path} is a folder", hint="name the script or notebook in it")
    if not path.is_file():
        beside = [p.name for p in sorted(path.parent.glob(f"{path.stem}.*")) if p.suffix in (".py", ".ipynb")]
        hint = f"there is {path.parent / beside[0]}" if beside else None
        raise ArgumentError("run", f"there is no file {path}", hint=hint)
    with open(path, "rb") as file:
        if b"\0" in file.read(4096):
            raise ArgumentError("run", f"{path} is not a script: it has bytes that are no text")


class _Session:
    def __init__(self, path: Path, arguments: list[str], options: Options):
        self.path, self.arguments, self.options = path, arguments, options
        self.summary = Summary(str(path))
        self.output = Output(options.out or Path(f"{path.stem}-output"), path.stem)
        self.notebook = notebook.read(path) if path.suffix == ".ipynb" else None
        self.language = source.Language(self._python2(), options.python is not None)
        self.figures = Figures(self.output)
        self.display = display.Display(self.output)

    def _python2(self) -> bool | None:
        if self.options.python is not None:
            return self.options.python == 2
        if self.notebook is not None:
            return self.notebook.python2
        return True if source.evidence(self.path) else None

    def run(self) -> int:
        since = time.perf_counter()
        module = self._prepare()
        self.summary.exit_code = self._outcome(lambda: self._program(module))
        self.figures.end()
        self.summary.seconds = time.perf_counter() - since
        self._tell()
        return self.summary.exit_code

    # ------------------------------------------------------------------------------ before
    def _prepare(self) -> ModuleType:
        """The module `__main__` of the script, with everything in place that it will find."""
        quick.start(quick.Policy() if self.options.quick else None)
        sets.allow_synthetic(self.options.synthetic_data)
        finder.install()
        patches = display.patches(self.display)
        if self.options.figures or self.options.quick or self.notebook is not None or not screen():
            patches |= self.figures.patches()
        old.install(patches)
        modules.install(self.language)
        opening.install(self.options.network, lambda: self.language.python2 is True)
        unpickling.install()
        pickles.trust(modules.is_users_module)
        return self._main()

    def _main(self) -> ModuleType:
        module = ModuleType("__main__")
        module.__file__ = str(self.path.absolute())
        module.__dict__.update({"__builtins__": __builtins__, "__cached__": None, **source.names()})
        sys.modules["__main__"] = module
        sys.argv = [str(self.path), *self.arguments]
        sys.path[0:0] = [str(self.path.absolute().parent)]
        return module

    # ------------------------------------------------------------------------------ the program
    def _program(self, module: ModuleType) -> None:
        if self.notebook is None:
            self._script(module)
        else:
            cells = notebook.Cells(self.path.name, module, self.language, self.display, self.figures)
            notebook.run(cells, self.notebook, self._cell_failed)

    def _script(self, module: ModuleType) -> None:
        filename = str(self.path)
        text = source.decode(self.path.read_bytes())
        source.remember(filename, text)
        exec(source.code(source.parse(text, filename, self.language), filename), module.__dict__)

    def _cell_failed(self, number: int, error: BaseException) -> bool:
        going_on = self.options.keep_going and isinstance(error, Exception)
        if not going_on:
            raise error
        self._failed(error)
        self.summary.failed_cells.append(f"cell {number}: {errors.last_line(error)}")
        say(f"cell {number} failed; going on")
        return True

    def _outcome(self, program: Callable[[], None]) -> int:
        """Run the program; its exit code as Python would give it."""
        try:
            program()
        except SystemExit as done:
            return _exit_code(done)
        except KeyboardInterrupt as error:
            self._failed(error)
            return INTERRUPTED
        except BaseException as error:
            self._failed(error)
            return 1
        return 1 if self.summary.failed_cells else 0

    def _failed(self, error: BaseException) -> None:
        errors.show(error)
        if self.summary.error is None:
            self.summary.error, self.summary.place = errors.last_line(error), errors.place(error)

    # ------------------------------------------------------------------------------ after
    def _tell(self) -> None:
        summary = self.summary
        for symbol, where in missing.recorded().items():
            summary.missing[symbol] = f"{os.path.basename(where[0])}:{where[1]}" if where else None
        summary.converted = list(dict.fromkeys(os.path.basename(name) for name in self._converted()))
        summary.floored = division.floored()
        summary.data = sets.used()
        summary.cut = quick.notes()
        summary.figures = [str(path) for path in self.output.files]
        summary.show()
        if self.options.summary is not None:
            summary.write(self.options.summary)

    def _converted(self) -> list[str]:
        return [self.path.name] if self.notebook and self.language.converted else self.language.converted


def _exit_code(done: SystemExit) -> int:
    if done.code is None or isinstance(done.code, int):
        return done.code or 0
    print(done.code, file=sys.stderr)
    return 1
