"""Module: a piece of a network, its parameters found by attribute."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Self

from ..compile import input as symbol
from ..errors import ArgumentError
from ..graph import Array
from ..shapes import Shape
from ..tensor import Parameter, Tensor
from ..tracing import tracing
from . import state
from .summary import Row, table
from .trainable import Trainable

_observed: list[list[tuple[Module, Shape]]] = []  # where calls are being noted


class Module(Trainable):
    """A piece of a network: parameters are found by attribute, in nested modules, lists and dicts too.

    A subclass sets them in `__init__` and gives `forward`; calling the module is calling `forward`.

    >>> import numpy as np
    >>> class Affine(Module):
    ...     def __init__(self):
    ...         self.W = Parameter(np.ones((3, 2)))
    ...     def forward(self, x):
    ...         return x @ self.W
    >>> net = Affine()
    >>> net(np.ones((1, 3))), [name for name, _ in net.named_parameters()]
    (tensor([[3., 3.]], dtype=float64), ['W'])
    """

    training: bool = True

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes; a subclass says it."""
        raise ArgumentError(
            type(self).__name__, "this module has no forward", hint="give the class def forward(self, x): ..."
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        result = self.forward(*args, **kwargs)
        if _observed and isinstance(result, Tensor):
            _observed[-1].append((self, result.shape))
        return result

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        if not name.startswith("_"):
            for path, parameter in walk_parameters(name, value):
                parameter.cell.name = path

    # --------------------------------------------------------------------------------- what is in it
    def named_state(self) -> Iterator[tuple[str, Parameter]]:
        """Every parameter with its path, those that are not trained included; a shared one once."""
        seen: set[int] = set()
        for name, value in vars(self).items():
            for path, parameter in walk_parameters(name, value):
                if id(parameter.cell) not in seen:
                    seen.add(id(parameter.cell))
                    yield path, parameter

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """The parameters to train, with their paths."""
        return ((path, p) for path, p in self.named_state() if p.trainable)

    def parameters(self) -> list[Parameter]:
        """The parameters to train."""
        return [p for _, p in self.named_parameters()]

    def children(self) -> Iterator[tuple[str, Module]]:
        """The modules directly in this one, with their names."""
        for name, value in vars(self).items():
            yield from _modules(name, value)

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """This module and all in it, with their paths."""
        yield prefix, self
        for name, child in self.children():
            yield from child.named_modules(f"{prefix}.{name}" if prefix else name)

    def modules(self) -> list[Module]:
        """This module and all in it."""
        return [module for _, module in self.named_modules()]

    # ------------------------------------------------------------------------------------------ modes
    def train(self, mode: bool = True) -> Self:
        """Training mode for this module and all in it: dropout drops, batch statistics are taken."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """Evaluation mode for this module and all in it."""
        return self.train(False)

    # ------------------------------------------------------------------------------------------ state
    def state_dict(self) -> dict[str, Array]:
        """Copies of all state as NumPy arrays, by path."""
        return {path: p.cell.value.copy() for path, p in self.named_state()}

    def load_state_dict(self, given: Mapping[str, Any], strict: bool = True) -> None:
        """Give the state the values of a state_dict; all of it, or nothing where something is wrong.

        Raises ArgumentError that lists what is missing, what is unexpected and what has another shape.
        With strict=False missing and unexpected names are passed over.
        """
        state.load(type(self).__name__, dict(self.named_state()), given, strict)

    # ---------------------------------------------------------------------------------------- printing
    def input_shape(self) -> Shape | None:
        """The shape of its input with None for the batch, where the module knows it."""
        return None

    def summary(self, input_shape: tuple[Any, ...] | None = None) -> None:
        """Print a table of the modules: output shapes, numbers of parameters.

        input_shape: with None for the batch, as (None, 28, 28); not needed where the first layer knows it.
        """
        print(table(type(self).__name__, self._rows(input_shape or self.input_shape())))

    def _rows(self, input_shape: tuple[Any, ...] | None) -> list[Row]:
        shapes = {} if input_shape is None else output_shapes(self, input_shape)
        rows = []
        counted: set[int] = set()
        for path, module in self.named_modules():
            own = [p for _, p in _own(module) if id(p.cell) not in counted]
            counted |= {id(p.cell) for p in own}
            if own or not list(module.children()):
                sizes = [(p.cell.value.size, p.trainable, p.cell.value.nbytes) for p in own]
                rows.append(Row(path or type(module).__name__, repr(module), shapes.get(module), sizes))
        return rows

    def _describe(self) -> str:
        """What stands in the parentheses of its repr."""
        return ""

    def __repr__(self) -> str:
        inner = [f"  ({name}): {child!r}".replace("\n", "\n  ") for name, child in self.children()]
        if not inner:
            return f"{type(self).__name__}({self._describe()})"
        return "\n".join([f"{type(self).__name__}(", *inner, ")"])


def walk_parameters(name: str, value: Any) -> Iterator[tuple[str, Parameter]]:
    """The parameters in an attribute's value, with their paths."""
    if isinstance(value, Parameter):
        yield name, value
    elif isinstance(value, Module):
        for path, parameter in value.named_state():
            yield f"{name}.{path}", parameter
    elif isinstance(value, (list, tuple)):
        for i, item in enumerate(value):
            yield from walk_parameters(f"{name}.{i}", item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from walk_parameters(f"{name}.{key}", item)


def _modules(name: str, value: Any) -> Iterator[tuple[str, Module]]:
    if isinstance(value, Module):
        yield name, value
    elif isinstance(value, (list, tuple, dict)):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in items:
            yield from _modules(f"{name}.{key}", item)


def _own(module: Module) -> Iterator[tuple[str, Parameter]]:
    """The parameters of a module that are in no module inside it."""
    inner = {id(p.cell) for _, child in module.children() for _, p in child.named_state()}
    return ((path, p) for path, p in module.named_state() if id(p.cell) not in inner)


@contextmanager
def observing() -> Iterator[list[tuple[Module, Shape]]]:
    """While this block runs, every call of a module is noted with the shape of its result."""
    notes: list[tuple[Module, Shape]] = []
    _observed.append(notes)
    try:
        yield notes
    finally:
        _observed.pop()


def output_shapes(model: Module, input_shape: tuple[Any, ...]) -> dict[Module, Shape]:
    """The shape of every module's result, found by building the formula without running it."""
    with observing() as notes, tracing():
        model(symbol("x", input_shape))
    return dict(notes)
