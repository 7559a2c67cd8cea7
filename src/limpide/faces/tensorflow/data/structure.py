"""What the elements of a data set look like: a nesting of dtypes and static shapes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, NamedTuple

import numpy as np

from ...record import Given, Runner, Symbol, sources_behind
from .. import nest
from ..dtypes import as_dtype
from ..graph import Graph, Mode, Tensor
from ..inputs import convert_to_tensor, placeholder
from ..recording import array_of, plain
from ..shapes import TensorShape, as_shape

Env = dict[Any, Any]  # values of symbols, by their keys


class Leaf(NamedTuple):
    """One part of an element."""

    dtype: Any
    shape: TensorShape


class Spec:
    """The nesting of elements, and their parts in order."""

    def __init__(self, structure: Any, leaves: Sequence[Leaf]):
        self.structure, self.leaves = structure, list(leaves)

    @property
    def types(self) -> Any:
        return nest.pack_sequence_as(self.structure, [leaf.dtype for leaf in self.leaves])

    @property
    def shapes(self) -> Any:
        return nest.pack_sequence_as(self.structure, [leaf.shape for leaf in self.leaves])

    @property
    def classes(self) -> Any:
        return nest.pack_sequence_as(self.structure, [Tensor] * len(self.leaves))

    def shaped(self, change: Callable[[TensorShape], TensorShape]) -> Spec:
        """The same with other shapes."""
        return Spec(self.structure, [Leaf(leaf.dtype, change(leaf.shape)) for leaf in self.leaves])

    def packed(self, parts: Sequence[Any]) -> Any:
        return nest.pack_sequence_as(self.structure, parts)


def spec_of(types: Any, shapes: Any = None) -> Spec:
    """From nestings of dtypes and shapes."""
    kinds = [as_dtype(t) for t in nest.flatten(types)]
    if shapes is None:
        sizes = [TensorShape(None)] * len(kinds)
    else:
        sizes = [as_shape(s) for s in nest.flatten_up_to(types, shapes)]
    return Spec(types, [Leaf(k, s) for k, s in zip(kinds, sizes, strict=True)])


# ---------------------------------------------------------------------------------------------- values
def value_of(given: Any, env: Env) -> Any:
    """The array of an argument that may be a tensor of the graph."""
    if isinstance(given, Symbol):
        if given.key in env:
            return env[given.key]
        behind = [s for s in sources_behind([given]) if isinstance(s, Given)]
        holes = [Symbol(s) for s in behind if (s, 0) in env]
        return Runner(holes, [given])(*(env[h.key] for h in holes))[0]
    return given.numpy() if hasattr(given, "numpy") else given


def outside(symbols: Sequence[Any], holes: Sequence[Any] = ()) -> list[Any]:
    """What has to be known before elements come: symbols, or what is behind those that need an element."""
    own = {h.source for h in holes}
    found: dict[Any, Any] = {}
    for symbol in symbols:
        if not isinstance(symbol, Symbol):
            continue
        sources = sources_behind([symbol])
        if own.isdisjoint(sources):
            found[symbol.key] = symbol
        else:
            found |= {(s, 0): Symbol(s) for s in sources if isinstance(s, Given) and s not in own}
    return list(found.values())


class Function:
    """A function of elements, recorded once: `function(parts, env)` gives the parts of what it gives."""

    def __init__(self, function: Callable[..., Any], spec: Spec):
        with _recording():
            self.holes = [placeholder(leaf.dtype, leaf.shape) for leaf in spec.leaves]
            given = spec.packed(self.holes)
            unpacked = isinstance(given, (list, tuple)) and not hasattr(given, "_fields")
            self.result = function(*given) if unpacked else function(given)
            if not hasattr(self.result, "_iterate"):
                self._record()

    def _record(self) -> None:
        result = tuple(self.result) if isinstance(self.result, list) else self.result
        parts = [convert_to_tensor(plain(p)) for p in nest.flatten(result)]
        self.spec = Spec(result, [Leaf(p.dtype.base_dtype, p.get_shape()) for p in parts])
        behind = [s for s in sources_behind(parts) if isinstance(s, Given)]
        own = {h.source for h in self.holes}
        self.needed = [Symbol(s) for s in behind if s not in own]
        self._runner = Runner([*self.holes, *self.needed], parts)

    def __call__(self, parts: Sequence[Any], env: Env) -> list[Any]:
        return self._runner(*map(np.asarray, parts), *(env[s.key] for s in self.needed))


@contextmanager
def _recording() -> Any:
    """Functions of elements are recorded, in eager mode too."""
    if not Mode.eager:
        with nullcontext():
            yield
        return
    Mode.eager = False
    try:
        with Graph().as_default():
            yield
    finally:
        Mode.eager = True


def fixed_array(value: Any) -> Any:
    """An argument that is no tensor of the graph as an array."""
    return value.numpy() if hasattr(value, "numpy") else array_of(plain(value))
