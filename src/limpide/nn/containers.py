"""Modules that hold modules: Sequential runs them in a row, ModuleList and ModuleDict only keep them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self

from ..derivatives import checkpoint
from ..errors import ArgumentError, IndexingError, user_frame
from ..shapes import Shape
from .module import Module


class _Row(Module):
    """Things under the names "0", "1", ... as in a list."""

    def __init__(self, layers: Iterable[Any] = ()):
        self._names: list[str] = []
        for layer in layers:
            self.append(layer)

    def _checked(self, name: str, layer: Any) -> Any:
        if not isinstance(layer, Module):
            raise ArgumentError(
                type(self).__name__, f"item {name} is {layer!r}, not a module", where=user_frame()
            )
        return layer

    def _put(self, name: str, layer: Any) -> None:
        setattr(self, name, self._checked(name, layer))
        if name not in self._names:
            self._names.append(name)

    def _replaced(self, layers: list[Any]) -> None:
        """These instead of all that are there, numbered anew."""
        for name in self._names:
            delattr(self, name)
        self._names = []
        for layer in layers:
            self.append(layer)

    def _name(self, i: int) -> str:
        try:
            return self._names[i]
        except IndexError:
            raise IndexingError(
                type(self).__name__, f"there is no item {i} of {len(self)}", where=user_frame()
            ) from None

    def __len__(self) -> int:
        return len(self._names)

    def __iter__(self) -> Iterator[Any]:
        return iter([getattr(self, name) for name in self._names])

    def __getitem__(self, i: int | slice) -> Any:
        if not isinstance(i, slice):
            return getattr(self, self._name(i))
        part = type(self)()
        for number, layer in enumerate(list(self)[i]):  # which keep the names that they have in the whole
            object.__setattr__(part, str(number), layer)
            part._names.append(str(number))
        return part

    def __setitem__(self, i: int, layer: Any) -> None:
        self._put(self._name(i), layer)

    def __delitem__(self, i: int | slice) -> None:
        layers = list(self)
        del layers[i]
        self._replaced(layers)

    def append(self, layer: Any) -> Self:
        """One more at the end."""
        self._put(str(len(self)), layer)
        return self

    def extend(self, layers: Iterable[Any]) -> Self:
        """More at the end."""
        for layer in layers:
            self.append(layer)
        return self

    def insert(self, i: int, layer: Any) -> Self:
        """One more before number `i`; those behind it are numbered anew."""
        layers = list(self)
        layers.insert(i, self._checked(str(i), layer))
        self._replaced(layers)
        return self

    def pop(self, i: int = -1) -> Any:
        """Take one out; those behind it are numbered anew."""
        layer = self[i]
        del self[i]
        return layer


class Sequential(_Row):
    """Modules in a row: each takes what the one before gives. Functions of a tensor are taken too.

    A dict (or pairs) names them: Sequential({"conv": ..., "act": ...}).conv, and "conv.weight" in state_dict.

    >>> import numpy as np
    >>> import limpide as lp
    >>> net = Sequential(lp.nn.Linear(4, 3), lp.relu, lp.nn.Linear(3, 2))
    >>> net(np.ones((5, 4), np.float32)).shape, len(net), net[0]
    ((5, 2), 3, Linear(4, 3))
    """

    def __init__(self, *layers: Any):
        if len(layers) == 1 and isinstance(layers[0], Mapping):
            self._names = []
            for name, layer in layers[0].items():
                self._put(_valid(self, name), layer)
        else:
            super().__init__(
                layers[0] if len(layers) == 1 and isinstance(layers[0], (list, tuple)) else layers
            )

    def _checked(self, name: str, layer: Any) -> Any:
        if not callable(layer):
            raise ArgumentError(
                "Sequential", f"layer {name} is {layer!r}, not a module or a function", where=user_frame()
            )
        return layer

    def forward(self, x: Any) -> Any:
        for layer in self:
            x = layer(x)
        return x

    def input_shape(self) -> Shape | None:
        first = next(iter(self), None)
        return first.input_shape() if isinstance(first, Module) else None


class ModuleList(_Row):
    """Modules in a list, found under the names "0", "1", ...; what to do with them is said elsewhere.

    >>> import limpide as lp
    >>> layers = ModuleList(lp.nn.Linear(2, 2) for _ in range(3))
    >>> len(layers), [name for name, _ in layers[:1].named_parameters()]
    (3, ['0.weight', '0.bias'])
    """

    def __init__(self, modules: Iterable[Module] = ()):
        super().__init__(modules)


class ModuleDict(Module):
    """Modules by name; what to do with them is said elsewhere.

    >>> import limpide as lp
    >>> heads = ModuleDict({"digit": lp.nn.Linear(8, 10), "sign": lp.nn.Linear(8, 1)})
    >>> list(heads), heads["sign"]
    (['digit', 'sign'], Linear(8, 1))
    """

    def __init__(self, modules: Mapping[str, Module] | None = None):
        self._names: list[str] = []
        self.update(modules or {})

    def __setitem__(self, name: str, module: Module) -> None:
        if not isinstance(module, Module):
            raise ArgumentError("ModuleDict", f"'{name}' is {module!r}, not a module", where=user_frame())
        if name not in self._names:
            self._names.append(_valid(self, name))
        setattr(self, name, module)

    def __getitem__(self, name: str) -> Module:
        if name not in self._names:
            listed = ", ".join(self._names) or "none"
            raise IndexingError("ModuleDict", f"there is no '{name}'; there are {listed}", where=user_frame())
        module: Module = getattr(self, name)
        return module

    def __delitem__(self, name: str) -> None:
        self[name]  # there is such a one
        self._names.remove(name)
        delattr(self, name)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __len__(self) -> int:
        return len(self._names)

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._names))

    def keys(self) -> list[str]:
        return list(self._names)

    def values(self) -> list[Module]:
        return [self[name] for name in self._names]

    def items(self) -> list[tuple[str, Module]]:
        return [(name, self[name]) for name in self._names]

    def update(self, modules: Mapping[str, Module]) -> None:
        """More of them, or others under the same names."""
        for name, module in modules.items():
            self[name] = module


def _valid(module: Module, name: str) -> str:
    """A name that hides nothing of the module and stands for one step of a path."""
    if not isinstance(name, str) or "." in name or not name or name.startswith("_") or hasattr(module, name):
        raise ArgumentError(
            type(module).__name__,
            f"{name!r} cannot be the name of a module in it: a word without dots, "
            "no leading underscore, nothing that the container has already",
            where=user_frame(),
        )
    return name


class Checkpoint(Module):
    """A module whose inner results the gradient computes again instead of keeping them: see lp.checkpoint.

    >>> import limpide as lp
    >>> net = Checkpoint(Sequential(lp.nn.Linear(4, 3), lp.nn.Linear(3, 2)))
    >>> [name for name, _ in net.named_parameters()]
    ['module.0.weight', 'module.0.bias', 'module.1.weight', 'module.1.bias']
    """

    def __init__(self, module: Module):
        self.module = module

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return checkpoint(self.module)(*args, **kwargs)
