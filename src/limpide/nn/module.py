"""Module: a piece of a network, its parameters found by attribute."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Self

import numpy as np

from ..compile import Compiled
from ..display import ask
from ..dtypes import as_dtype, converted, floatx, is_float
from ..errors import ArgumentError, LimpideError, SymbolicError, Where, user_frame
from ..graph import Array, Cell, Scope, scope
from ..shapes import Shape
from ..tensor import Parameter, Tensor, astensor
from ..tracing import change_setting, current, read_setting
from . import look, state
from .regularizers import Regularizer
from .state import Axes
from .summary import Row, table
from .trainable import Trainable
from .words import choose


class Buffer(Parameter):
    """State that belongs to a module and is saved with it, but is not trained: running statistics.

    >>> Buffer([0.0, 1.0]).trainable
    False
    """

    __slots__ = ()

    def __init__(self, value: Any, name: str | None = None, dtype: Any = None):
        super().__init__(value, name, trainable=False, dtype=dtype)


class Module(Trainable):
    """A piece of a network: parameters are found by attribute, in nested modules, lists and dicts too.

    A subclass sets them in `__init__` and gives `forward`; calling the module is calling `forward`.
    An error in it tells the path of the layer.

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

    _training: bool = True
    regularizer: Regularizer | None = None  # of the weights in it: see `penalty`
    _path: str = ""  # where it stands in the network that it was put into
    _built: Where | None  # the user's line that made it

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        self = super().__new__(cls)
        object.__setattr__(self, "_built", user_frame())
        return self

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes; a subclass says it."""
        raise ArgumentError(
            type(self).__name__, "this module has no forward", hint="give the class def forward(self, x): ..."
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        for observer in look.observers:
            observer.enter(self, (args, kwargs))
        try:
            with scope(Scope(self._path, type(self).__name__, self._built)):
                result = self.forward(*args, **kwargs)
        except LimpideError as error:
            self._tell_layer(error)
            raise
        for observer in look.observers:
            observer.leave(self, result)
        return result

    def _tell_layer(self, error: LimpideError) -> None:
        """Say in an error which module of this one it comes from; the outermost one has the whole path."""
        error.module = error.module or self
        for path, module in self.named_modules():
            if module is error.module and path:
                error.layer = f"'{path}': {module._title()}"

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        if not name.startswith("_"):
            for path, parameter in walk_parameters(name, value):
                parameter.cell.name = self._inside(path)
            for path, child in walk_modules(name, value):
                for inner, module in child.named_modules(path):
                    object.__setattr__(module, "_path", self._inside(inner))

    def _inside(self, path: str) -> str:
        return f"{self._path}.{path}" if self._path else path

    # --------------------------------------------------------------------------------- what is in it
    def named_state(self) -> Iterator[tuple[str, Parameter]]:
        """All state with its paths: parameters, frozen ones too, and buffers; what is shared, once."""
        seen: set[int] = set()
        for name, value in vars(self).items():
            for path, parameter in walk_parameters(name, value):
                if id(parameter.cell) not in seen:
                    seen.add(id(parameter.cell))
                    yield path, parameter

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """The parameters with their paths, frozen ones too; no buffers."""
        return ((path, p) for path, p in self.named_state() if not isinstance(p, Buffer))

    def parameters(self) -> list[Parameter]:
        """The parameters, frozen ones too; no buffers."""
        return [p for _, p in self.named_parameters()]

    def named_buffers(self) -> Iterator[tuple[str, Buffer]]:
        """State that is not trained, such as running statistics, with its paths."""
        return ((path, p) for path, p in self.named_state() if isinstance(p, Buffer))

    def buffers(self) -> list[Buffer]:
        """State that is not trained, such as running statistics."""
        return [p for _, p in self.named_buffers()]

    def register_buffer(self, name: str, value: Any) -> None:
        """The same as `self.name = nn.Buffer(value)`; None takes the place of one that is not there."""
        setattr(self, name, None if value is None else Buffer(value))

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules directly in this one, with their names."""
        for name, value in vars(self).items():
            yield from walk_modules(name, value)

    def children(self) -> list[Module]:
        """The modules directly in this one."""
        return [child for _, child in self.named_children()]

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """This module and all in it, with their paths."""
        yield prefix, self
        for name, child in self.named_children():
            yield from child.named_modules(f"{prefix}.{name}" if prefix else name)

    def modules(self) -> list[Module]:
        """This module and all in it."""
        return [module for _, module in self.named_modules()]

    def get_submodule(self, path: str) -> Module:
        """The module at a path of `named_modules`; ArgumentError with all paths where there is none."""
        return choose("module", path, dict(self.named_modules()))

    def apply(self, function: Callable[[Module], Any]) -> Self:
        """`function` of every module in this one, the inner ones first, then of itself."""
        for child in self.children():
            child.apply(function)
        function(self)
        return self

    # ------------------------------------------------------------------------------- modes and freezing
    @property
    def training(self) -> bool:
        """Whether it is in training mode; code that was compiled in one mode is not run in the other."""
        return bool(read_setting(self, "_training"))

    @training.setter
    def training(self, value: bool) -> None:
        change_setting(self, "_training", bool(value))

    def train(self, mode: bool = True) -> Self:
        """Training mode for this module and all in it: dropout drops, batch statistics are taken."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """Evaluation mode for this module and all in it."""
        return self.train(False)

    def _needs_trace(self, x: Tensor) -> None:
        """For layers that change state: SymbolicError where the input is a formula that nobody traces."""
        if x.value is None and current() is None:
            raise SymbolicError(
                type(self).__name__,
                "in training mode this layer changes state at every call, "
                "which a formula outside of a traced function cannot do",
                where=user_frame(),
                hint="net.eval() first, or call the network in a function under @lp.compile",
            )

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Freeze its parameters with False: they get no gradient and no update; True trains them again.

        >>> import limpide as lp
        >>> net = lp.nn.Linear(2, 1).requires_grad_(False)
        >>> [p.trainable for p in net.parameters()]
        [False, False]
        """
        for p in self.parameters():
            if is_float(p.dtype):
                p.trainable = requires_grad
        return self

    def to(self, dtype: Any) -> Self:
        """All float parameters and buffers in this dtype; optimisers that were bound to them start anew."""
        wanted = as_dtype(dtype)
        if not is_float(wanted):
            raise ArgumentError("to", f"networks are computed in floats, not in {wanted}", where=user_frame())
        new: dict[Cell, Cell] = {}  # shared state stays shared
        for p in [p for m in self.modules() for name, v in vars(m).items() for _, p in own(name, v)]:
            cell = p.cell
            if is_float(p.dtype) and p.dtype != wanted and cell not in new:
                new[cell] = Cell(converted(cell.value, wanted), cell.name, cell.trainable)
                change_setting(cell, "trainable", None)  # what was compiled for it holds no more
            if cell in new:
                p.cell, p.grad = new[cell], None
        return self

    def penalty(self) -> Any:
        """What the regularizers of its modules ask for the weights in them, added up; 0 where there is none.

        Weights are parameters with two axes or more; a regularizer of a container counts for all in it.
        `fit` adds the penalty to the loss that it minimises; elsewhere write `loss + model.penalty()`.

        >>> import limpide as lp
        >>> net = lp.nn.Linear(2, 3, init="ones", regularizer=lp.nn.regularizers.L2(0.5))
        >>> net.penalty()
        tensor(3., dtype=float32)
        """
        parts = []
        for module in self.modules():
            if module.regularizer is not None:
                weights = [p for p in module.parameters() if p.ndim >= 2]
                parts += [module.regularizer(p) for p in weights]
        return sum(parts[1:], parts[0]) if parts else astensor(0.0)

    # ------------------------------------------------------------------------------------------ state
    def state_dict(self, layout: str | None = None) -> dict[str, Array]:
        """Copies of all state as NumPy arrays, by path.

        layout: "torch" turns the arrays into PyTorch's axes, as (outputs, inputs) of a Linear's weight.
        """
        axes = self._axes(layout)
        return {path: state.turned(p.cell.value, axes.get(path), back=True) for path, p in self.named_state()}

    def load_state_dict(
        self, given: Mapping[str, Any], strict: bool = True, layout: str | None = None
    ) -> None:
        """Give the state the values of a state_dict; all of it, or nothing where something is wrong.

        given: arrays or tensors by path. layout: "torch" for arrays that come from PyTorch, whose axes differ
        in some layers; PyTorch's own tensors need no word.
        Raises ArgumentError that lists what is missing, what is unexpected and what has another shape.
        With strict=False missing and unexpected names are passed over.
        """
        if layout is None and any(map(state.is_torch, given.values())):
            layout = "torch"
        state.load(type(self).__name__, dict(self.named_state()), given, strict, self._axes(layout))

    def _axes(self, layout: str | None) -> Mapping[str, Axes]:
        """By path, the order of axes that makes an array of another layout one of ours."""
        if layout is None:
            return {}
        choose("layout", layout, {"torch": None})
        found: dict[str, Axes] = {}
        for path, module in self.named_modules():
            found |= {f"{path}.{name}" if path else name: a for name, a in module.torch_axes().items()}
        return found

    def torch_axes(self) -> Mapping[str, Axes]:
        """By the name of a parameter, the order of axes that makes PyTorch's array ours."""
        return {}

    # ---------------------------------------------------------------------------------------- printing
    def signature(self) -> inspect.Signature:
        """The names of the arguments that it is called with."""
        return inspect.signature(self.forward)

    def input_shape(self) -> Shape | None:
        """The shape of its input with None for the batch, where the module knows it."""
        return None

    def summary(self, input_shape: tuple[Any, ...] | None = None) -> None:
        """Print a table of the modules: output shapes, parameters, how many are trained, operations, memory.

        input_shape: with None for the batch, as (None, 28, 28), which counts the operations of one sample;
        not needed where the first layer knows it.
        """
        print(table(type(self).__name__, self._rows(input_shape or self.input_shape())))

    def _rows(self, input_shape: tuple[Any, ...] | None) -> list[Row]:
        before = [(module, module._training) for module in self.modules()]
        self.eval()  # the work of a prediction
        try:
            seen = {} if input_shape is None else look.observed(self, input_shape)
        finally:
            for module, was in before:
                module.training = was
        rows = []
        counted: set[int] = set()
        for path, module in self.named_modules():
            mine = [p for name, v in vars(module).items() for _, p in own(name, v)]
            mine = [p for p in {id(p.cell): p for p in mine}.values() if id(p.cell) not in counted]
            counted |= {id(p.cell) for p in mine}
            if mine or not module.children():
                sizes = [(p.cell.value.size, p.trainable, p.cell.value.nbytes) for p in mine]
                shape, work = seen.get(module, (None, 0))
                rows.append(Row(path or type(module).__name__, module._title(), shape, sizes, work))
        rest = sum(work for _, work in seen.values()) - sum(row.flops for row in rows)
        if rest:
            rows.append(Row("", "between the layers", None, [], rest))
        return rows

    def formulas(self, *input_shapes: tuple[Any, ...], dtype: Any = None) -> Any:
        """What it computes of inputs of these shapes, and the gradients of a loss L behind it, to print.

        The shape is not needed where the module knows it. In a notebook the result is shown as LaTeX.

        >>> import limpide as lp
        >>> print(lp.nn.Linear(3, 2).formulas((4, 3)))
        y = x @ weight + bias
        dL/dx = dL/dy @ weight^T
        dL/dweight = x^T @ dL/dy
        dL/dbias = sum(dL/dy, axis=0)
        """
        known = self.input_shape()
        shapes = input_shapes or (() if known is None else (known,))
        return look.formulas(self, dict(self.named_parameters()), shapes, dtype)

    def explain(self, *inputs: Any, **options: Any) -> Any:
        """The report of every stage between its formula and its C: see `limpide.explain.explain`.

        inputs: example inputs of the forward pass; of a model that knows its loss also inputs and labels,
        which give the training step. Or `shapes=[...]` of the inputs.
        """
        return ask("report", self, *inputs, **options)

    def to_explain(self, inputs: Sequence[Any], shapes: Any, size: int) -> tuple[Compiled, Sequence[Any]]:
        """What `explain` looks at: a compiled function, and example arguments of it.

        size: what takes the place of sizes that are not known.

        Raises ArgumentError where neither inputs nor their shapes are known.
        """
        if self._trainer is not None and len(inputs) == 2:
            step: tuple[Compiled, Sequence[Any]] = self._trainer.training_step(*inputs)
            return step
        known = self.input_shape()
        sizes = shapes or ([known] if known is not None else None)
        if not inputs and sizes is None:
            hint = "give example inputs, net.explain(x), or shapes=[(32, 784)]"
            raise ArgumentError("explain", f"the inputs of {type(self).__name__} are not known", hint=hint)

        @functools.wraps(self.forward)
        def forward(*args: Any, **kwargs: Any) -> Any:
            return self(*args, **kwargs)

        forward.__name__ = type(self).__name__
        vars(forward)["__signature__"] = self.signature()
        return Compiled(forward), inputs or [
            np.zeros([size if n is None else n for n in shape], floatx()) for shape in sizes or ()
        ]

    def _title(self) -> str:
        """Its class and what tells it from others, in one line."""
        return f"{type(self).__name__}({self._describe()})"

    def _describe(self) -> str:
        """What stands in the parentheses of its repr."""
        return ""

    def __repr__(self) -> str:
        inner = [f"  ({name}): {child!r}".replace("\n", "\n  ") for name, child in self.named_children()]
        if not inner or self._describe():
            return self._title()
        return "\n".join([f"{type(self).__name__}(", *inner, ")"])


# ------------------------------------------------------------------------------- walks over attributes
def walk_parameters(name: str, value: Any) -> Iterator[tuple[str, Parameter]]:
    """The parameters in an attribute's value, with their paths."""
    if isinstance(value, Module):
        for path, parameter in value.named_state():
            yield f"{name}.{path}", parameter
    elif isinstance(value, (list, tuple, dict)):
        for key, item in items(value):
            yield from walk_parameters(f"{name}.{key}", item)
    else:
        yield from own(name, value)


def walk_modules(name: str, value: Any) -> Iterator[tuple[str, Module]]:
    """The modules in an attribute's value that are in no other one, with their paths."""
    if isinstance(value, Module):
        yield name, value
    elif isinstance(value, (list, tuple, dict)):
        for key, item in items(value):
            yield from walk_modules(f"{name}.{key}", item)


def own(name: str, value: Any) -> Iterator[tuple[str, Parameter]]:
    """The parameters in an attribute's value that are in no module, with their paths."""
    if isinstance(value, Parameter):
        yield name, value
    elif isinstance(value, (list, tuple, dict)):
        for key, item in items(value):
            yield from own(f"{name}.{key}", item)


def items(value: list[Any] | tuple[Any, ...] | dict[Any, Any]) -> Iterator[tuple[Any, Any]]:
    return iter(value.items()) if isinstance(value, dict) else enumerate(value)
