"""Looking at a module without running it: shapes, work and formulas of what it builds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import prod
from typing import Any, NamedTuple, Protocol

import numpy as np

from .. import nest
from ..compile import input as symbol
from ..display import ask
from ..dtypes import is_float
from ..errors import ArgumentError, user_frame
from ..graph import Node, walk
from ..ops.define import MapOp, ReduceOp
from ..ops.loop import scan_op
from ..shapes import Shape, substitute
from ..tensor import Parameter, Tensor, grad
from ..tracing import tracing

NOTHING = ("cast", "stop_gradient")  # maps that compute nothing


class Seen(NamedTuple):
    """What the calls of a module gave, and the operations in it that are in no module inside."""

    shape: Shape | None
    work: int


class Call(Protocol):
    """A module, as far as it is needed here."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...


# -------------------------------------------------------------------------------------------- shapes, work
class Observer:
    """Notes of the calls of modules: the shape of the first result, and the work of all that each computes.

    What a module computes before it calls another one is its own: nodes are counted at both ends of a call.
    """

    def __init__(self) -> None:
        self.seen: dict[object, Seen] = {}
        self._open: list[object] = []  # the modules that are being called
        self._counted: set[Node] = set()

    def enter(self, module: object, arguments: Any) -> None:
        """A module is called with these."""
        work = self._new_work(arguments)
        if self._open:
            self._add(self._open[-1], None, work)
        self._open.append(module)

    def leave(self, module: object, result: Any) -> None:
        """It has given this."""
        self._open.pop()
        tensors = _tensors(result)
        self._add(module, tensors[0].shape if tensors else None, self._new_work(result))

    def _add(self, module: object, shape: Shape | None, work: int) -> None:
        before = self.seen.get(module, Seen(None, 0))
        self.seen[module] = Seen(before.shape if shape is None else shape, before.work + work)

    def _new_work(self, values: Any) -> int:
        """The work behind values that was not counted yet."""
        new = [n for n in walk([t.node for t in _tensors(values)]) if n not in self._counted]
        self._counted.update(new)
        return sum(map(flops, new))


def _tensors(values: Any) -> list[Tensor]:
    return [leaf for leaf in nest.flatten(values)[0] if isinstance(leaf, Tensor)]


observers: list[Observer] = []


@contextmanager
def observing() -> Iterator[Observer]:
    """While this block runs, every call of a module is noted."""
    observers.append(Observer())
    try:
        yield observers[-1]
    finally:
        observers.pop()


def observed(model: Call, input_shape: tuple[Any, ...]) -> dict[object, Seen]:
    """Shape and work of every module's result, found by building the formula without running it."""
    with observing() as observer, tracing():
        model(symbol("x", input_shape))
    return observer.seen


def flops(node: Node) -> int:
    """The floating point operations of a node; sizes that are not known count as 1, so that a batch is one.

    A sum of products counts two per product, an elementwise function one per element.
    """
    kind = _WORK.get(node.op.name)
    if kind is not None:
        return kind(node)
    if node.op is scan_op:
        return _steps(node) * sum(map(flops, walk(node.attr("body").outputs)))
    if isinstance(node.op, ReduceOp):
        return _size(node.inputs[0].shape)
    return _size(node.shape) if isinstance(node.op, MapOp) and node.op.name not in NOTHING else 0


class _Ones(dict[str, Any]):
    """Every name of a size is 1."""

    def get(self, name: str, default: Any = None) -> int:
        return 1


def _size(shape: Shape) -> int:
    sizes: tuple[int, ...] = substitute(tuple(shape), _Ones())
    return prod(sizes)


def _steps(scan: Node) -> int:
    body = scan.attr("body")
    count = scan.inputs[1 + body.carries].shape[0] if body.elements else scan.inputs[0].attr("value").array
    return _size((int(count) if isinstance(count, np.ndarray) else count,))


def _contraction(node: Node) -> int:
    left, right, _ = node.attr("spec")
    a, b = node.inputs
    sizes = dict(zip(left + right, a.shape + b.shape, strict=True))
    return 2 * _size(tuple(sizes.values()))


def _convolution(node: Node) -> int:
    return 2 * _size(node.shape) * _size(node.inputs[1].shape[:-1])


def _transposed(node: Node) -> int:
    return 2 * _size(node.inputs[0].shape) * _size(node.inputs[1].shape[:-1])


def _pooling(node: Node) -> int:
    return _size(node.shape) * _size(node.attr("kernel"))


_WORK: dict[str, Callable[[Node], int]] = {
    "contract": _contraction,
    "conv": _convolution,
    "conv_input": _transposed,
    "max_pool": _pooling,
    "sum_pool": _pooling,
}


# ------------------------------------------------------------------------------------------------ formulas
def formulas(
    layer: Call, parameters: Mapping[str, Parameter], shapes: Sequence[tuple[Any, ...]], dtype: Any = None
) -> Any:
    """What a layer computes of inputs of these shapes, and the gradients of a loss L behind it."""
    if not shapes:
        raise ArgumentError(
            "formulas",
            "the shape of the input is not known",
            where=user_frame(),
            hint="layer.formulas((32, 784))",
        )
    names = ["x"] if len(shapes) == 1 else [f"x{i}" for i in range(1, len(shapes) + 1)]
    with tracing():
        inputs: dict[str, Tensor] = {n: symbol(n, s, dtype) for n, s in zip(names, shapes, strict=True)}
        leaves = _tensors(layer(*inputs.values()))
        labels = ["y"] if len(leaves) == 1 else [f"y{i}" for i in range(1, len(leaves) + 1)]
        results = dict(zip(labels, leaves, strict=True))
        first, y = next((n, t) for n, t in results.items() if is_float(t.dtype))
        seed = symbol(f"dL/d{first}", y.shape, y.dtype)
        behind = set(walk([y.node]))
        wanted = {
            n: t for n, t in (inputs | dict(parameters)).items() if is_float(t.dtype) and t.node in behind
        }
        gradients = grad(y, list(wanted.values()), grad_outputs=seed) if wanted else []
        return ask(
            "layer",
            {n: t.node for n, t in results.items()},
            {first: seed.node},
            {n: g.node for n, g in zip(wanted, gradients, strict=True)},
        )
