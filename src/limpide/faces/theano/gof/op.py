"""Ops: what stands in the graph for a function of tensors, and ops that scripts write in Python."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ....ops.loop import placeholder
from ....shapes import Dim
from ....tensor import Tensor
from . import graph, recipes
from .utils import MethodNotDefined


class Named:
    """An op of the face: a name in the graph, and the function that records it."""

    def __init__(self, name: str, call: Callable[..., Any] | None = None):
        self.name = name
        self._call = call

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._call is None:
            raise TypeError(f"{self} is not to be called")
        return self._call(*args, **kwargs)

    def __str__(self) -> str:
        return self.name

    __repr__ = __str__

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash((type(self), str(self)))


class Apply:
    """What `make_node` of a script's op returns: its inputs, and outputs that tell their types."""

    def __init__(self, op: Any, inputs: Sequence[Any], outputs: Sequence[Any]):
        self.op, self.inputs, self.outputs = op, list(inputs), list(outputs)


class Op:
    """Base of ops that scripts write: `make_node` or `itypes` and `otypes`, `perform`, and `grad`.

    `perform` is called between native calls with arrays; its outputs can be differentiated through `grad`
    (or `L_op`).
    """

    itypes: Any = None
    otypes: Any = None
    __props__: tuple[str, ...] | None = None  # attributes by which ops are equal
    default_output: int | None = None
    view_map: dict[int, list[int]] = {}
    destroy_map: dict[int, list[int]] = {}

    def make_node(self, *inputs: Any) -> Any:
        if self.itypes is None or self.otypes is None:
            raise NotImplementedError("make_node is needed, or itypes and otypes")
        if len(inputs) != len(self.itypes):
            raise ValueError(f"We expected {len(self.itypes)} inputs but got {len(inputs)}.")
        for variable, wanted in zip(inputs, self.itypes, strict=True):
            if getattr(variable, "type", None) != wanted:
                raise TypeError(
                    f"We expected inputs of types {self.itypes} but got {[i.type for i in inputs]}"
                )
        return Apply(self, inputs, [t() for t in self.otypes])

    def perform(self, node: Any, inputs: Any, output_storage: Any, *params: Any) -> None:
        raise MethodNotDefined("perform", type(self), type(self).__name__)

    def __call__(self, *inputs: Any, **kwargs: Any) -> Any:
        return recipes.called("op", op_called, (self, *inputs), kwargs)

    def recorded(self, *inputs: Any, **kwargs: Any) -> Any:
        """What a call gives."""
        return_list = kwargs.pop("return_list", False)
        name = kwargs.pop("name", None)
        made = self.make_node(*inputs, **kwargs)
        outputs = recorded(made)
        if name is not None:
            outputs[0].name = name
        if self.default_output is not None:
            return outputs[self.default_output]
        return outputs[0] if len(outputs) == 1 and not return_list else outputs

    def __str__(self) -> str:
        if self.__props__:
            return f"{type(self).__name__}{{{', '.join(f'{p}={getattr(self, p)}' for p in self.__props__)}}}"
        return str(getattr(self, "name", None) or type(self).__name__)

    def __eq__(self, other: object) -> bool:
        if self.__props__ is None:
            return self is other
        props = self.__props__
        return type(self) is type(other) and all(getattr(self, p) == getattr(other, p) for p in props)

    def __hash__(self) -> int:
        if self.__props__ is None:
            return object.__hash__(self)
        return hash((type(self), *(getattr(self, p) for p in self.__props__)))

    def __ne__(self, other: object) -> bool:
        return not self == other

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> Any:
        return self.grad(inputs, output_grads)  # type: ignore[attr-defined]


def op_called(op: Any, *inputs: Any, **kwargs: Any) -> Any:
    """The results of a script's op."""
    if not isinstance(op, Op):
        raise TypeError(f"{op!r} is no op")
    return op.recorded(*inputs, **kwargs)


recipes.KEPT["op"] = op_called
PureOp = COp = ExternalCOp = Op


def recorded(made: Apply) -> list[Any]:
    """The outputs of a script's op: `perform` runs between native calls."""

    def perform(*arrays: Any) -> list[Any]:
        storage: list[list[Any]] = [[None] for _ in made.outputs]
        made.op.perform(made, list(arrays), storage)
        values = []
        for (value,), output in zip(storage, made.outputs, strict=True):
            values.append(output.type.filter(value, allow_downcast=True))
        return values

    def known() -> list[Tensor | None]:
        return [formula_of(o.type) for o in made.outputs]

    outputs = graph.apply(
        made.op, perform, tuple(made.inputs), count=len(made.outputs), known=known, kind=graph.Between
    )
    for output, declared in zip(outputs, made.outputs, strict=True):
        output.name = declared.name
    made.outputs = outputs
    return list(outputs)


def formula_of(type_: Any) -> Tensor | None:
    """A formula of a tensor type, of unknown sizes; None for other types."""
    if not hasattr(type_, "broadcastable"):
        return None
    shape = tuple(1 if b else Dim.named() for b in type_.broadcastable)
    return Tensor(placeholder("x", shape, np.dtype(type_.dtype)))
