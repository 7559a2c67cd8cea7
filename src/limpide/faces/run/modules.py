"""Modules of the user's own, next to the script or wherever it points `sys.path`: read as the script is."""

from __future__ import annotations

import os
import site
import sys
import sysconfig
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType

from ...errors import PACKAGE
from ..finder import same
from . import source


def _library_folders() -> tuple[str, ...]:
    paths = [sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    paths += [*site.getsitepackages(), site.getusersitepackages()]
    return tuple({os.path.realpath(path) + os.sep for path in paths} | {os.path.realpath(PACKAGE) + os.sep})


LIBRARIES = _library_folders()


def is_users(filename: str) -> bool:
    """Whether a file is the user's own: not of Python, of an installed package or of limpide."""
    return not filename.startswith("<frozen ") and not os.path.realpath(filename).startswith(LIBRARIES)


class Own(MetaPathFinder):
    """Finds what Python would find, and has the user's own sources read by `Reader`."""

    def __init__(self, language: source.Language):
        self.language = language

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or not isinstance(spec.loader, SourceFileLoader) or not is_users(str(spec.origin)):
            return self._neighbour(fullname) if spec is None else None
        spec.loader = Reader(fullname, str(spec.origin), self.language)
        return spec

    def _neighbour(self, fullname: str) -> ModuleSpec | None:
        """In a Python 2 package `import b` of a module meant its neighbour `b`."""
        if not self.language.python2 or "." in fullname:
            return None
        package = _importing_package()
        folder = getattr(sys.modules.get(package), "__path__", None)
        if folder is None or PathFinder.find_spec(f"{package}.{fullname}", folder) is None:
            return None
        return same(fullname, f"{package}.{fullname}")


def _importing_package() -> str:
    """The package whose module runs the import statement."""
    frame = sys._getframe(1)
    while frame is not None and not is_users(frame.f_code.co_filename):
        frame = frame.f_back  # type: ignore[assignment]
    return "" if frame is None else str(frame.f_globals.get("__package__") or "")


class Reader(SourceFileLoader):
    """Reads a module of the user's from its source each time: what is converted is not cached."""

    def __init__(self, fullname: str, path: str, language: source.Language):
        super().__init__(fullname, path)
        self.language = language

    def get_code(self, fullname: str) -> CodeType:
        text = source.decode(self.get_data(self.path))
        tree = source.parse(text, self.path, self.language)
        source.remember(self.path, text)
        return source.code(tree, self.path)

    def exec_module(self, module: ModuleType) -> None:
        module.__dict__.update(source.names())
        super().exec_module(module)


def install(language: source.Language) -> None:
    """Put the finder of the user's modules before Python's own."""
    sys.meta_path.insert(sys.meta_path.index(PathFinder), Own(language))


def is_users_module(name: str) -> bool:
    """Whether a module that is loaded is the script, or one of the user's own."""
    module = sys.modules.get(name)
    origin = getattr(module, "__file__", None)
    return name == "__main__" or (origin is not None and is_users(origin))
