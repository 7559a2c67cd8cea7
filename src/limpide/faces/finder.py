"""`import theano` gives the face: finders for `sys.meta_path`, put there by `limpide run` alone."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

from . import missing
from .names import ALIASES, CONVENIENCE, HERE, behind


class Faces(MetaPathFinder):
    """Comes first: the names of `ALIASES`, also where packages of these names are installed."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        module = behind(fullname)
        if module is None:
            return _below_a_stand_in(fullname)
        if not missing.exists(module):
            missing.record(fullname)
            raise ModuleNotFoundError(f"No module named '{fullname}' among limpide's faces", name=fullname)
        return same(fullname, module)


class Convenience(MetaPathFinder):
    """Comes last: a file of the user's own and an installed package win over the names of `CONVENIENCE`."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        module = CONVENIENCE.get(fullname)
        return None if module is None else same(fullname, module)


class _Same(Loader):
    """Gives the module `target` itself: one object under both names, run once."""

    def __init__(self, target: str):
        self.target = target

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = importlib.import_module(self.target)
        self.spec, self.loader = module.__spec__, module.__loader__
        return module

    def exec_module(self, module: ModuleType) -> None:
        # The import system has just written the public name's spec over the module's own.
        module.__spec__, module.__loader__ = self.spec, self.loader


def _below_a_stand_in(fullname: str) -> ModuleSpec | None:
    """A module of a package of `CONVENIENCE` that is in use: Python would find its file, and run it twice."""
    parent = sys.modules.get(fullname.rpartition(".")[0])
    ours = parent is not None and parent.__name__.startswith(f"{HERE}.") and fullname in CONVENIENCE
    return same(fullname, CONVENIENCE[fullname]) if ours else None


def same(public: str, target: str) -> ModuleSpec:
    """The spec by which the name `public` gives the module `target`."""
    return ModuleSpec(public, _Same(target), origin=target)


def install() -> None:
    """Let the faces' names lead to the faces in this process; real packages of the names are shadowed."""
    for name in list(sys.modules):
        if name.split(".")[0] in ALIASES:
            del sys.modules[name]
    if not any(isinstance(finder, Faces) for finder in sys.meta_path):
        sys.meta_path.insert(0, Faces())
        sys.meta_path.append(Convenience())


def uninstall() -> None:
    """Take back what `install` did; modules that came of it are forgotten."""
    sys.meta_path[:] = [each for each in sys.meta_path if not isinstance(each, Faces | Convenience)]
    for name in list(sys.modules):
        if behind(name) is not None or name in CONVENIENCE:
            del sys.modules[name]
