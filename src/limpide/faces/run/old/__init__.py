"""Names that were taken away since courses were written, put back in the process of a run."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

from . import arrays, pictures, python, science

Patch = Callable[[ModuleType], None]

PATCHES: dict[str, Patch] = {**python.PATCHES, **arrays.PATCHES, **science.PATCHES, **pictures.PATCHES}
AT_ONCE = tuple(python.PATCHES) + ("numpy",)


class Patching(MetaPathFinder):
    """Finds what the other finders find, and patches it after it has run."""

    def __init__(self, patches: dict[str, Patch]):
        self.patches = patches
        self.busy: set[str] = set()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        patch = self.patches.get(fullname)
        if patch is None:
            return None
        others = [finder for finder in sys.meta_path if finder is not self and hasattr(finder, "find_spec")]
        spec = next((s for s in (f.find_spec(fullname, path, target) for f in others) if s is not None), None)
        if spec is not None and spec.loader is not None:
            _after(spec, patch)
        return spec


def _after(spec: ModuleSpec, patch: Patch) -> None:
    """Let the loader call the patch when the module has run."""
    loader = spec.loader
    assert loader is not None
    run = loader.exec_module

    def exec_module(module: ModuleType) -> None:
        run(module)
        patch(module)

    loader.exec_module = exec_module  # type: ignore[method-assign]


def install(more: dict[str, Patch]) -> None:
    """Patch modules as they are imported, and those that are there already; more: patches of a run."""
    patches = dict(PATCHES)
    for name, patch in more.items():
        patches[name] = _both(patches[name], patch) if name in patches else patch
    sys.meta_path.insert(0, Patching(patches))
    for name in AT_ONCE:
        importlib.import_module(name)
    for name, patch in patches.items():
        if name in sys.modules:
            patch(sys.modules[name])


def _both(first: Patch, second: Patch) -> Patch:
    def patch(module: ModuleType) -> None:
        first(module)
        second(module)

    return patch
