"""The public Tensor: a value, a formula, or both; NumPy's syntax works on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from . import grad as gradients
from .display import ask
from .dtypes import DType, as_dtype, is_weak, list_dtype
from .errors import ArgumentError, GradientError, LimpideError, ShapeError, SymbolicError, user_frame
from .graph import Array, Cell, Node
from .ops import indexing, names
from .ops.define import cast, cell_node, cell_op, constant, input_op
from .ops.loop import placeholder
from .runtime.interpret import checked_values
from .shapes import Dim, Shape, show
from .tracing import current


class Tensor:
    """An array with a value, a formula of inputs, or both.

    A tensor made from numbers has its value at once; one that depends on an `lp.input` or on a traced
    argument is a formula. History is kept only behind what can be differentiated.

    >>> import limpide as lp
    >>> lp.tensor([1.0, 2.0]) * 3
    tensor([3., 6.], dtype=float32)
    """

    __slots__ = ("__weakref__", "_node", "_value", "parents")
    __array_priority__ = 1000

    def __init__(self, node: Node | None, value: Array | None = None, parents: tuple[Tensor, ...] = ()):
        if value is not None:
            value.flags.writeable = False
        self._node = node
        self._value = value
        self.parents = parents

    if TYPE_CHECKING:  # the tables at the end of this file put these in

        def _unary(self) -> Tensor: ...

        def _binary(self, other: Any, /) -> Tensor: ...

        def _function(self, *args: Any, **kwargs: Any) -> Tensor: ...

        def _pair(self, other: Any, /) -> tuple[Tensor, Tensor]: ...

        __neg__ = __pos__ = __abs__ = __invert__ = _unary
        __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _binary
        __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __pow__ = __rpow__ = _binary
        __matmul__ = __rmatmul__ = __and__ = __rand__ = __or__ = __ror__ = __xor__ = __rxor__ = _binary
        __lshift__ = __rlshift__ = __rshift__ = __rrshift__ = _binary
        __lt__ = __le__ = __gt__ = __ge__ = _binary
        __divmod__ = __rdivmod__ = _pair
        __eq__ = __ne__ = _binary  # type: ignore[assignment]
        sum = prod = mean = var = std = max = min = argmax = argmin = any = all = _function
        cumsum = cumprod = reshape = transpose = squeeze = ravel = flatten = swapaxes = _function
        astype = clip = round = dot = take = repeat = diagonal = trace = _function
        argsort = copy = searchsorted = __round__ = _function

    # ------------------------------------------------------------------------------- what it is
    @property
    def node(self) -> Node:
        """The graph behind it."""
        if self._node is None:
            self._node = constant(self._value)
        return self._node

    @property
    def value(self) -> Array | None:
        """The array, or None for a formula."""
        return self._value

    @property
    def tracked(self) -> bool:
        """Whether there is something behind it to differentiate by."""
        return bool(self.parents)

    @property
    def shape(self) -> Shape:
        value = self.value
        return self.node.shape if value is None else value.shape

    @property
    def dtype(self) -> DType:
        value = self.value
        return self.node.dtype if value is None else value.dtype

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> Any:
        size: Any = 1
        for s in self.shape:
            size = size * s
        return size

    @property
    def name(self) -> str | None:
        return self.node.name

    @property
    def T(self) -> Tensor:
        """Axes reversed."""
        return transpose(self)

    @property
    def mT(self) -> Tensor:
        """The last two axes exchanged."""
        return swapaxes(self, -1, -2)

    def numpy(self) -> Array:
        """The value as a NumPy array of its own.

        Raises SymbolicError for a formula.
        """
        return self._known("numpy()").copy()

    def item(self) -> Any:
        """The only element as a Python number."""
        return self._known("item()").item()

    def tolist(self) -> Any:
        return self._known("tolist()").tolist()

    def _known(self, what: str) -> Array:
        value = self.value
        if value is None:
            label = f" '{self.name}'" if self.name else ""
            raise SymbolicError(
                what,
                f"the tensor{label} of shape {show(self.shape)} is a formula: it has no value yet",
                where=self.node.where,
                hint=_FORMULA_HINTS.get(what, "build lp.function([inputs], y) and call it with numbers"),
            )
        return value

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        value = self._known("numpy()")
        return np.array(value, dtype=dtype) if copy else np.asarray(value, dtype=dtype)

    def __float__(self) -> float:
        return float(self._known("float()").item())

    def __int__(self) -> int:
        return int(self._known("int()").item())

    def __index__(self) -> int:
        return int(self._known("index").__index__())

    def __bool__(self) -> bool:
        return bool(self._known("if"))

    def __len__(self) -> int:
        if not self.ndim:
            raise ArgumentError("len", "a scalar has no length")
        size = self.shape[0]
        return size if isinstance(size, int) else size.__index__()

    def __iter__(self) -> Iterator[Tensor]:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        value = self.value
        if value is None:
            label = f" {self.name}" if self.name else ""
            return f"<formula{label}: {self.dtype}{show(self.shape)}>"
        body = np.array2string(value, separator=", ", prefix="tensor(")
        return f"tensor({body}, dtype={self.dtype})"

    def _repr_latex_(self) -> str | None:
        """How a notebook shows a formula; values are shown as text."""
        return None if self.value is not None else str(ask("latex", self))

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec and self.value is not None else str(self)

    __hash__ = object.__hash__

    # --------------------------------------------------------------------------------- indexing
    def __getitem__(self, index: Any) -> Tensor:
        return getitem(self, known_index(index))

    def __setitem__(self, index: Any, value: Any) -> None:
        """Rebind this tensor to a new one that differs at `index`; what was made from it before stays."""
        self._become(index_update(self._before(), known_index(index), value))

    def _before(self) -> Tensor:
        """A handle that keeps what this one stands for when it is rebound."""
        return Tensor(self._node, self._value, self.parents)

    def _used(self) -> Tensor:
        """What the history of a result keeps."""
        return self

    def _become(self, new: Tensor) -> None:
        self._node, self._value, self.parents = new._node, new._value, new.parents

    # ------------------------------------------------------------------------- NumPy's protocols
    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        name = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
        build = numpy_function(name, kwargs)
        if method in ("reduce", "accumulate"):
            kwargs.setdefault("axis", 0)
        elif "dtype" in kwargs:
            dtype = kwargs.pop("dtype")
            inputs = tuple(astensor(i).astype(dtype) for i in inputs)
        return build(*inputs, **kwargs)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        module = (func.__module__ or "").removeprefix("numpy").removeprefix(".")
        name = f"{module}.{func.__name__}" if module else func.__name__
        build = numpy_function(name, kwargs)
        try:
            return build(*args, **kwargs)
        except TypeError as error:
            if isinstance(error, LimpideError) or "argument" not in str(error):
                raise
            raise ArgumentError(f"numpy.{name}", f"on tensors: {error}", where=user_frame()) from None

    # ------------------------------------------------------------------------------ derivatives
    def backward(self) -> None:
        """Add the gradient of this scalar to `.grad` of every parameter behind it."""
        leaves = [t for t in history(self) if isinstance(t, Parameter) and t.trainable]
        if not leaves:
            raise GradientError("backward", "there is no parameter behind this tensor", hint=_WRT_HINT)
        for leaf, g in zip(leaves, grad(self, leaves), strict=True):
            leaf.grad = g if leaf.grad is None else leaf.grad + g

    def detach(self) -> Tensor:
        """The same value without its history."""
        return stop_gradient(self)


_FORMULA_HINTS = {
    "if": "a formula cannot steer Python: use lp.where(condition, a, b), or lp.scan for loops",
    "index": "a formula can be a slice's bounds, x[i*b:(i+1)*b], or an index array, x[i]",
    "numpy()": "NumPy functions on a formula must be ones that limpide knows; "
    "or build lp.function([inputs], y) and call it with numbers",
}


def known_index(index: Any) -> Any:
    """An index in which tensors with values are arrays: positions and masks have no derivative."""
    if isinstance(index, tuple):
        return tuple(map(known_index, index))
    if isinstance(index, slice):
        return slice(known_index(index.start), known_index(index.stop), index.step)
    if not isinstance(index, Tensor) or index.value is None:
        return index
    return index.value if index.ndim or index.dtype == np.bool_ else index.value[()]


def numpy_function(name: str, kwargs: dict[str, Any]) -> Callable[..., Any]:
    """What a NumPy function is on tensors; arguments that say nothing are taken out."""
    if kwargs.pop("out", None) is not None:
        raise ArgumentError(
            f"numpy.{name}",
            "out= cannot be a tensor, nor an array when an operand is a tensor",
            where=user_frame(),
            hint="assign the result: y = np.add(a, b); for arrays, a = a + t instead of a += t",
        )
    for key, default in _NUMPY_DEFAULTS.items():
        if kwargs.get(key, kwargs) is default:
            del kwargs[key]
    build = numpy_functions.get(name)
    if build is None:
        raise ArgumentError(
            f"numpy.{name}",
            "this NumPy function does not work on tensors",
            where=user_frame(),
            hint="use t.numpy() where t has a value, or write it with other operations",
        )
    return build


_NUMPY_DEFAULTS: dict[str, Any] = {"dtype": None, "where": True, "order": None, "casting": "same_kind"}


class Parameter(Tensor):
    """Named state that can be differentiated by and assigned.

    In traced code it is a formula and `assign` becomes an update of the compiled function.
    """

    __slots__ = ("cell", "grad")

    def __init__(self, value: Any, name: str | None = None, trainable: bool = True, dtype: Any = None):
        array = to_array(value, dtype)
        self.cell = Cell(array, name or "parameter", trainable)
        self.grad: Tensor | None = None
        super().__init__(None)

    @classmethod
    def of(cls, cell: Cell) -> Parameter:
        """A handle of state that exists."""
        parameter = cls.__new__(cls)
        parameter.cell, parameter.grad = cell, None
        Tensor.__init__(parameter, None)
        return parameter

    @property
    def node(self) -> Node:
        trace = current()
        return cell_node(self.cell) if trace is None else trace.read(self.cell)

    @property
    def value(self) -> Array | None:
        return None if current() is not None else self.cell.lend()

    @property
    def shape(self) -> Shape:
        return self.cell.value.shape

    @property
    def dtype(self) -> DType:
        return self.cell.value.dtype

    @property
    def tracked(self) -> bool:
        return True

    @property
    def trainable(self) -> bool:
        return self.cell.trainable

    @property
    def name(self) -> str | None:
        return self.cell.name

    def assign(self, value: Any) -> None:
        """Give the state a new value of the same shape; it is converted to the state's dtype.

        Raises ShapeError where shapes differ, SymbolicError for a formula outside of traced code.
        """
        new = astensor(value)
        if new.shape != self.shape:
            raise ShapeError(
                "assign",
                f"'{self.name}' has shape {show(self.shape)}, the new value {show(new.shape)}",
                hint="the new value looks transposed: try .T" if new.shape == self.shape[::-1] else None,
            )
        trace = current()
        if trace is not None:
            trace.updates[self.cell] = cast(new.node, self.dtype)
            return
        if new.value is None:
            raise SymbolicError(
                "assign",
                f"'{self.name}' would get a formula outside of a traced function",
                where=new.node.where,
                hint="use @lp.compile, or lp.function(inputs, outputs, updates=[(W, formula)])",
            )
        self.cell.replace(np.array(new.value, dtype=self.dtype, order="C"))

    def _become(self, new: Tensor) -> None:
        self.assign(new)

    def _before(self) -> Tensor:
        return self

    def _used(self) -> Tensor:
        """The state as it is now: a later assignment does not change what was computed from it."""
        return Tensor(self.node, self.value, (self,))

    def __iadd__(self, other: Any) -> Parameter:
        self.assign(self + other)
        return self

    def __isub__(self, other: Any) -> Parameter:
        self.assign(self - other)
        return self

    def __imul__(self, other: Any) -> Parameter:
        self.assign(self * other)
        return self

    def __itruediv__(self, other: Any) -> Parameter:
        self.assign(self / other)
        return self

    def __repr__(self) -> str:
        body = np.array2string(self.cell.value, separator=", ", prefix="parameter(")
        return f"parameter({body}, dtype={self.dtype}, name={self.name!r})"


# ------------------------------------------------------------------------------------- making tensors
def to_array(value: Any, dtype: Any = None) -> Array:
    """`value` as an array of its own: Python numbers, also in lists, in their default dtypes."""
    wanted = None if dtype is None else as_dtype(dtype)
    if isinstance(value, Tensor):
        value = value._known("numpy()")
    if isinstance(value, (np.ndarray, np.generic)):
        return np.array(value, dtype=wanted or value.dtype.newbyteorder("="))
    try:
        array = np.array(value)
    except ValueError as error:
        raise ArgumentError("tensor", f"this is not an array: {irregular(error)}") from None
    if wanted is None:
        wanted = list_dtype(value, array.dtype)
    if array.dtype.kind not in "biuf":
        raise ArgumentError(
            "tensor", f"a {type(value).__name__} of {kind_of(array)} is not an array of numbers"
        )
    return array.astype(wanted)


def irregular(error: ValueError) -> str:
    """Why NumPy made no array of it, in few words."""
    return "its rows differ in length" if "inhomogeneous" in str(error) else str(error)


def kind_of(array: Array) -> str:
    """What an array holds that holds no numbers."""
    kinds = {"U": "text", "S": "bytes", "O": "objects", "c": "complex numbers"}
    return kinds.get(array.dtype.kind, str(array.dtype))


def tensor(value: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """A tensor with this value; with `requires_grad`, one to differentiate by.

    Python floats become `lp.config.floatx`; NumPy arrays keep their dtype.
    """
    if requires_grad:
        return Parameter(value, name="tensor", dtype=dtype)
    return Tensor(None, to_array(value, dtype))


def parameter(value: Any, name: str | None = None, dtype: Any = None, trainable: bool = True) -> Parameter:
    """A named state that can be differentiated by and assigned.

    >>> import numpy as np
    >>> W = parameter(np.zeros((2, 3)), name="W")
    >>> W.assign(np.ones((2, 3)))
    >>> float(W.sum())
    6.0
    """
    return Parameter(value, name, trainable, dtype)


def astensor(value: Any) -> Tensor:
    """A tensor as it is; anything else made into one."""
    return value if isinstance(value, Tensor) else tensor(value)


Dim.as_formula = staticmethod(lambda dim: Tensor(constant(dim)))


# ----------------------------------------------------------------------- lifting functions of nodes
def lift(build: Callable[..., Any], name: str | None = None) -> Callable[..., Any]:
    """A function of tensors from one of nodes: it computes at once where every tensor has a value."""

    def call(*args: Any, **kwargs: Any) -> Any:
        tensors: list[Tensor] = []
        lowered = [_lower(a, tensors) for a in args]
        named = {k: _lower(v, tensors) for k, v in kwargs.items()} if kwargs else kwargs
        trace = current()
        if trace is not None:
            trace.used += [t for t in tensors if t.tracked]
        built = build(*lowered, **named)
        nodes = [built] if isinstance(built, Node) else list(built)
        results = _raise(nodes, tensors, lambda known: build(*_swap(lowered, known), **_swap(named, known)))
        return results[0] if isinstance(built, Node) else type(built)(results)

    call.__name__ = call.__qualname__ = name or build.__name__
    call.__doc__ = build.__doc__
    call.__module__ = "limpide"
    call.__wrapped__ = build  # type: ignore[attr-defined]
    return call


def _lower(value: Any, tensors: list[Tensor]) -> Any:
    if isinstance(value, Tensor):
        tensors.append(value)
        return value.node
    if type(value) in (list, tuple) and value:
        return type(value)(_lower(v, tensors) for v in value)
    if type(value) is slice:
        return slice(_lower(value.start, tensors), _lower(value.stop, tensors), _lower(value.step, tensors))
    return value


def _swap(lowered: Any, known: Mapping[Node, Node]) -> Any:
    """Lowered arguments with other nodes in the place of some."""
    if isinstance(lowered, Node):
        return known.get(lowered, lowered)
    if type(lowered) in (list, tuple):
        return type(lowered)(_swap(v, known) for v in lowered)
    if type(lowered) is dict:
        return {k: _swap(v, known) for k, v in lowered.items()}
    if type(lowered) is slice:
        return slice(_swap(lowered.start, known), _swap(lowered.stop, known), lowered.step)
    return lowered


def _raise(
    nodes: list[Node], tensors: Sequence[Tensor], build: Callable[[Mapping[Node, Node]], Any]
) -> list[Tensor]:
    """Tensors from nodes, with values where all that they were made from has values.

    What was made from no tensor keeps its node: zeros are known to be zeros.
    """
    if any(t.value is None for t in tensors) or any(map(_has_unknown_size, nodes)):
        return [Tensor(node) for node in nodes]
    known: dict[Node, Array] = {t.node: t._known("value") for t in tensors}
    if _follow(nodes, known):
        values = checked_values(nodes, known)
    else:  # a view of a view was made one, past the tensor in between
        stand_ins = {t.node: placeholder("x", t.shape, t.dtype) for t in tensors if t.tracked}
        apart = build(stand_ins)
        known |= {stand_in: known[node] for node, stand_in in stand_ins.items()}
        values = checked_values([apart] if isinstance(apart, Node) else list(apart), known)
    behind = tuple(t._used() for t in tensors if t.tracked)
    keep = bool(behind) or not tensors
    return [Tensor(node if keep else None, value, behind) for node, value in zip(nodes, values, strict=True)]


def _follow(nodes: Sequence[Node], known: Mapping[Node, Array]) -> bool:
    """Whether the nodes are made from known ones and constants alone."""
    seen: set[Node] = set()
    stack = list(nodes)
    while stack:
        node = stack.pop()
        if node not in known and node not in seen:
            if node.op is input_op or node.op is cell_op:
                return False
            seen.add(node)
            stack.extend(node.inputs)
    return True


def _has_unknown_size(node: Node) -> bool:
    return any(isinstance(s, Dim) for s in node.shape) or node.op.name == "size"


# -------------------------------------------------------------------------------------- derivatives
def history(*roots: Tensor) -> list[Tensor]:
    """Every tensor behind the roots that can be differentiated by, the roots included."""
    seen: dict[int, Tensor] = {}
    stack = list(roots)
    while stack:
        t = stack.pop()
        if id(t) not in seen:
            seen[id(t)] = t
            stack.extend(t.parents)
    return list(seen.values())


def remembered(*roots: Tensor) -> dict[Node, Array]:
    """The values that the nodes behind the roots had when they were computed.

    Raises GradientError where a parameter had several.
    """
    known: dict[Node, Array] = {}
    found = history(*roots)
    for t in sorted(found, key=lambda t: isinstance(t, Parameter)):  # what was used counts before what is now
        value, node = t.value, t.node
        if value is None:
            continue
        before = known.setdefault(node, value)
        if (
            before is not value
            and node.op is cell_op
            and not isinstance(t, Parameter)
            and not np.array_equal(before, value, equal_nan=True)
        ):
            raise GradientError(
                "grad", f"'{node.name}' was assigned between two uses in this expression", where=node.where
            )
    return known


def grad(output: Any, wrt: Any, grad_outputs: Any = None) -> Any:
    """The derivative of a scalar by one tensor, or by each of a list; the result is ordinary graph.

    output: a float scalar; several (a list) are added up; one of another shape needs `grad_outputs`,
    the weight of each of its elements.
    Raises GradientError where the output is no scalar, or does not depend on a tensor of `wrt`.

    >>> x = parameter(3.0, name="x")
    >>> float(grad(x ** 2, x))
    6.0
    """
    outputs = [astensor(o) for o in output] if isinstance(output, (list, tuple)) else [astensor(output)]
    targets = list(wrt) if isinstance(wrt, (list, tuple)) else [wrt]
    for target in targets:
        if not isinstance(target, Tensor):
            raise ArgumentError(
                "grad", f"the derivative by a {type(target).__name__} is not defined", hint=_WRT_HINT
            )
    seeds = None
    if grad_outputs is not None:
        given = grad_outputs if isinstance(grad_outputs, (list, tuple)) else [grad_outputs]
        seeds = [astensor(s) for s in given]
    sources = [*outputs, *targets, *(seeds or [])]
    nodes = _grad_nodes([o.node for o in outputs], [t.node for t in targets], seeds)
    results = evaluated(nodes, sources)
    return results if isinstance(wrt, (list, tuple)) else results[0]


def evaluated(nodes: Sequence[Node], sources: Sequence[Tensor]) -> list[Tensor]:
    """Tensors of nodes made from the history of the sources, with values where these have values."""
    if any(t.value is None for t in sources):
        return [Tensor(node) for node in nodes]
    values = checked_values(nodes, remembered(*sources))
    behind = tuple(t._used() for t in sources if t.tracked)
    return [Tensor(n, v, behind) for n, v in zip(nodes, values, strict=True)]


_WRT_HINT = "make it with lp.parameter(value), lp.tensor(value, requires_grad=True) or lp.input"


def _grad_nodes(outputs: list[Node], targets: list[Node], seeds: list[Tensor] | None) -> list[Node]:
    if len(outputs) == 1:
        return gradients.grad_nodes(outputs[0], targets, seeds[0].node if seeds else None)
    heads: list[Tensor | None] = [*seeds] if seeds else [None] * len(outputs)
    total: dict[int, Node] = {}
    for output, seed in zip(outputs, heads, strict=True):
        gradients.check_floats(output, targets)
        start = seed.node if seed is not None else gradients.ones_like(output)
        for i, g in enumerate(gradients.vjp_nodes([output], [start], targets)):
            if g is not None:
                total[i] = total[i] + g if i in total else g
    return [total[i] if i in total else gradients.unrelated(outputs[0], t) for i, t in enumerate(targets)]


# ----------------------------------------------------------------------------------- public functions
def shape(x: Any) -> Shape:
    """The sizes of the axes."""
    return astensor(x).shape


def ndim(x: Any) -> int:
    """The number of axes."""
    return astensor(x).ndim


def size(x: Any, axis: Any = None) -> Any:
    """The number of elements, or the size of one axis."""
    t = astensor(x)
    return t.size if axis is None else t.shape[axis]


functions: dict[str, Callable[..., Any]] = {name: lift(f, name) for name, f in names.public().items()}
functions |= {"shape": shape, "ndim": ndim, "size": size}
numpy_functions: dict[str, Callable[..., Any]] = {
    name: functions[ours] for name, ours in names.numpy_table().items()
} | {"shape": shape, "ndim": ndim, "size": size}
TensorFunction = Callable[..., Tensor]
getitem: TensorFunction = lift(indexing.getitem)
index_update: TensorFunction = lift(indexing.index_update)
transpose: TensorFunction = functions["transpose"]
swapaxes: TensorFunction = functions["swapaxes"]
stop_gradient: TensorFunction = functions["stop_gradient"]


def _method(name: str) -> Callable[..., Any]:
    build = functions[name]

    def method(self: Tensor, *args: Any, **kwargs: Any) -> Any:
        return build(self, *args, **kwargs)

    method.__name__ = name
    method.__qualname__ = f"Tensor.{name}"
    method.__doc__ = build.__doc__
    method.__wrapped__ = build.__wrapped__  # type: ignore[attr-defined]
    return method


def _operator(name: str, swapped: bool = False) -> Callable[..., Any]:
    build = functions[name]

    def method(self: Tensor, other: Any) -> Any:
        if not isinstance(other, (Tensor, np.ndarray, np.generic, Dim, list, tuple)) and not is_weak(other):
            return NotImplemented
        return build(other, self) if swapped else build(self, other)

    return method


BINARY = {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "truediv": "divide",
    "floordiv": "floor_divide",
    "mod": "remainder",
    "pow": "power",
    "matmul": "matmul",
    "and": "bitwise_and",
    "or": "bitwise_or",
    "xor": "bitwise_xor",
    "lshift": "left_shift",
    "rshift": "right_shift",
    "divmod": "divmod",
}
UNARY = {"neg": "negative", "pos": "positive", "abs": "absolute", "invert": "bitwise_not", "round": "round"}
COMPARE = {
    "eq": "equal",
    "ne": "not_equal",
    "lt": "less",
    "le": "less_equal",
    "gt": "greater",
    "ge": "greater_equal",
}
for _short, _name in BINARY.items():
    setattr(Tensor, f"__{_short}__", _operator(_name))
    setattr(Tensor, f"__r{_short}__", _operator(_name, swapped=True))
for _short, _name in COMPARE.items():
    setattr(Tensor, f"__{_short}__", _operator(_name))
for _short, _name in UNARY.items():
    setattr(Tensor, f"__{_short}__", _method(_name))
for _name in names.METHODS:
    setattr(Tensor, _name, _method(_name))
