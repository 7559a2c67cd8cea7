"""`as_op`: a Python function as an op."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ... import missing
from ...record import Symbol
from ..gof.op import Op
from ..tensor.basic import Shape, shape_i, specify_shape
from ..tensor.var import as_tensor_variable


class FromFunctionOp(Op):
    """An op around a function of arrays."""

    def __init__(self, fn: Callable[..., Any], itypes: list[Any], otypes: list[Any], infer_shape: Any = None):
        self.fn, self.itypes, self.otypes, self.infer = fn, itypes, otypes, infer_shape
        self.name = fn.__name__

    def make_node(self, *inputs: Any) -> Any:
        return super().make_node(*(i if isinstance(i, Symbol) else as_tensor_variable(i) for i in inputs))

    def perform(self, node: Any, inputs: Any, output_storage: Any, *params: Any) -> None:
        found = self.fn(*inputs)
        results = found if isinstance(found, (list, tuple)) else [found]
        if len(results) != len(output_storage):
            raise ValueError(f"{self.name} gives {len(results)} outputs, {len(output_storage)} were declared")
        for place, value in zip(output_storage, results, strict=True):
            place[0] = value

    def __str__(self) -> str:
        return f"FromFunctionOp{{{self.name}}}"


def as_op(
    itypes: Any, otypes: Any, infer_shape: Any = None
) -> Callable[[Callable[..., Any]], FromFunctionOp]:
    """Decorates a function of arrays so that it takes and gives variables of these types."""
    ins = list(itypes) if isinstance(itypes, (list, tuple)) else [itypes]
    outs = list(otypes) if isinstance(otypes, (list, tuple)) else [otypes]
    return lambda fn: FromFunctionOp(fn, ins, outs, infer_shape)


wrap_py = as_op


def view_op(x: Any) -> Any:
    return x


deep_copy_op = register_view_op_c_code = register_deep_copy_op_c_code = view_op
ViewOp = DeepCopyOp = SpecifyShape = specify_shape

__all__ = ["FromFunctionOp", "Shape", "as_op", "shape_i", "view_op", "wrap_py"]

__getattr__ = missing.attributes("theano.compile.ops", globals())
