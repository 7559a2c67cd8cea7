"""`lp.function`, `@lp.compile` and `lp.scan`: traced code as one function."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from types import FrameType
from typing import Any

import numpy as np

from . import nest
from .display import ask
from .dtypes import (
    C_TYPES,
    INT64,
    DType,
    as_dtype,
    computing,
    converted,
    floatx,
    in_native_order,
    is_float,
    is_weak,
    weak_dtype,
)
from .errors import ArgumentError, DTypeError, ShapeError, SymbolicError
from .function import Function, check_updates, free_inputs
from .graph import Array, Cell, Node, Program, replace, walk
from .ops.define import cast, cell_node, cell_op, constant, constant_op, input_op
from .ops.loop import apply_body, placeholder
from .runtime.interpret import checked_values
from .shapes import Dim, Shape, same, show
from .taps import Tap, carried, formulas, function_of, report, taps_of
from .tensor import Parameter, Tensor, astensor, irregular, kind_of, remembered
from .tracing import Setting, Settings, Trace, current, hold, tracing

Updates = Mapping[Parameter, Any] | Iterable[tuple[Parameter, Any]]


def input(name: str, shape: Sequence[Any] = (), dtype: Any = None) -> Tensor:
    """A symbolic input.

    shape: its sizes; None for one that may vary, a name for one that equal names share.
    dtype: floatx by default.

    >>> x = input("x", (None, 3))
    >>> (x * 2).shape[1]
    3
    """
    sizes: Shape = tuple(_input_size(s) for s in ((shape,) if isinstance(shape, (int, str)) else shape))
    node = placeholder(name, sizes, floatx() if dtype is None else as_dtype(dtype))
    node.name = name
    return Tensor(node)


def _input_size(size: Any) -> Any:
    if size is None or isinstance(size, str):
        return Dim.named(size)
    return size if isinstance(size, Dim) else int(size)


# ------------------------------------------------------------------------------------------ lp.function
class CompiledFunction:
    """What `lp.function` gives: call it with arrays, get NumPy arrays."""

    def __init__(self, inputs: list[Tensor], outputs: Any, program: Program, spec: nest.Spec):
        self.inputs = inputs
        self.program = program
        self.function = function_of(program, _taps_on(program.inputs))
        self._spec = spec
        self._dtypes = [node.dtype for node in program.inputs]
        self._position = {node.attr("label"): i for i, node in enumerate(program.inputs)}

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if kwargs or len(args) != len(self._dtypes):
            args = self.arrange(args, kwargs)
        arrays = [
            a if type(a) is np.ndarray and a.dtype == d else self._convert(a, i)
            for i, (a, d) in enumerate(zip(args, self._dtypes, strict=True))
        ]
        return nest.unflatten(self._spec, self.function(arrays))

    def arrange(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        """Positional and keyword arguments in the order of the inputs."""
        names = list(self._position)
        given = dict(zip(names, args, strict=False))
        unexpected = [k for k in kwargs if k not in self._position] + list(args[len(names) :])
        twice = [k for k in kwargs if k in given]
        missing = [n for n in names if n not in given and n not in kwargs]
        if unexpected or twice or missing:
            what = (
                f"'{missing[0]}' is missing" if missing
                else f"'{twice[0]}' is given twice" if twice
                else f"{len(args)} arguments are given" if not kwargs
                else f"'{unexpected[0]}' is not one of the inputs"
            )  # fmt: skip
            raise ArgumentError("call", f"{what}; the inputs are ({', '.join(names)})")
        return tuple((given | kwargs)[n] for n in names)

    def _convert(self, value: Any, i: int) -> Array:
        node = self.program.inputs[i]
        label = node.attr("label")
        if isinstance(value, Tensor):
            value = value._known("numpy()")
        try:
            array = in_native_order(np.asarray(value))
        except ValueError as error:
            raise ArgumentError(
                "call", f"the argument '{label}' is not an array: {irregular(error)}"
            ) from None
        if array.dtype not in C_TYPES and array.dtype.kind not in "biuf":
            raise ArgumentError(
                "call", f"the argument '{label}' is {kind_of(array)}, not an array of numbers"
            )
        if array.dtype != node.dtype:
            if not _fits(computing(array.dtype), computing(node.dtype), value):
                raise ArgumentError(
                    "call",
                    f"the argument '{label}' is {array.dtype.name}, but {node.dtype.name} is expected",
                    where=node.where,
                    hint=f"convert it with .astype('{node.dtype.name}'), or declare the input with its dtype",
                )
            array = converted(array, node.dtype)
        return array

    def output_names(self) -> list[str]:
        """A name for every output: its place in the nesting in which they were given."""
        places = nest.unflatten(self._spec, range(len(self.program.outputs)))
        return nest.names(places, "")

    def arrays(self, *args: Any, **kwargs: Any) -> list[Array]:
        """Arguments as the arrays that are handed on."""
        return [self._convert(a, i) for i, a in enumerate(self.arrange(args, kwargs))]

    def explain(self, *args: Any, **kwargs: Any) -> Any:
        """The report of every stage between its formula and its C: see `limpide.explain.explain`."""
        return ask("report", self, *args, **kwargs)

    def __repr__(self) -> str:
        return f"<function {self.program.name}({', '.join(self._position)})>"


def _fits(given: DType, dtype: DType, value: Any) -> bool:
    """Whether the conversion keeps the kind: floats never become integers silently."""
    return np.can_cast(given, dtype, "same_kind") or (
        given.kind in "biu" and dtype.kind == "f"
    ) or (not isinstance(value, np.ndarray) and given.kind == "i" and dtype.kind in "iu")  # fmt: skip


def function(
    inputs: Sequence[Tensor] | Tensor,
    outputs: Any = (),
    updates: Updates = (),
    name: str | None = None,
) -> CompiledFunction:
    """One native function of `inputs` that gives `outputs` and then gives cells their new values.

    inputs: from `lp.input`. outputs: a tensor, or any nesting of them. updates: pairs (parameter, new value).
    Calling it gives NumPy arrays in the nesting of `outputs`; those of bfloat16 outputs are float32.
    Raises SymbolicError where an output needs an input that is not listed, ShapeError where a new value has
    another shape than the parameter.

    >>> x = input("x", (None,))
    >>> f = function([x], x * 2)
    >>> f([1.0, 2.0])
    array([2., 4.], dtype=float32)
    """
    given = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    for t in given:
        if not isinstance(t, Tensor) or t.node.op.name != "input":
            raise ArgumentError(
                "function", f"{t!r} is not an input", hint="make inputs with lp.input(name, shape)"
            )
    name_variables(sys._getframe(1))
    leaves, spec = nest.flatten(outputs)
    pairs = list(updates.items()) if isinstance(updates, Mapping) else list(updates)
    changed = tuple((p.cell, cast(astensor(v).node, p.dtype)) for p, v in pairs)
    check_updates(changed)
    nodes = [astensor(leaf).node for leaf in leaves]
    roots = tuple(cast(node, computing(node.dtype)) for node in nodes)
    program = Program(name or "f", tuple(t.node for t in given), roots, changed)
    check_inputs(program)
    return CompiledFunction(given, outputs, program, spec)


def _taps_on(inputs: Sequence[Node]) -> list[Tap]:
    """The taps of formulas that these inputs are enough for."""
    return [t for t in formulas if set(walk([t.node])) & set(inputs) and not free_inputs([t.node], inputs)]


def check_inputs(program: Program) -> None:
    free = free_inputs(program.roots, program.inputs)
    if free:
        raise SymbolicError(
            "function",
            f"an output needs the input '{free[0].attr('label')}', which is not among the inputs",
            where=free[0].where,
            hint="list it in lp.function([...], outputs)",
        )


def name_variables(frame: FrameType | None) -> None:
    """Give nodes without a name that of the user's variable that holds them."""
    if frame is None:
        return
    for label, value in list(frame.f_locals.items()):
        plain = label.isidentifier() and not label.startswith("_")  # a debugger's own variables are not
        if plain and isinstance(value, Tensor) and not isinstance(value, Parameter):
            node = value._node
            if node is not None and node.name is None and not is_shared(node):
                node.name = label


def is_shared(node: Node) -> bool:
    """A small constant is one node for all who write it, and gets nobody's name."""
    return node.op is constant_op and node.attr("value").shared


# ------------------------------------------------------------------------------------------ @lp.compile
Version = tuple[Function, nest.Spec]


class Compiled:
    """A Python function, traced once for every kind of arguments and then run as one native function.

    What else steered the trace, such as a module's mode or which parameters are trained, is noted with it:
    where that has changed since, another version is traced, and this one waits until it holds again.
    """

    def __init__(self, f: Callable[..., Any]):
        functools.update_wrapper(self, f)
        self._f = f
        self._signature = inspect.signature(f)
        self._versions: dict[Any, Version] = {}  # those that hold now
        self._plain: dict[Any, Version] = {}  # of them, those for positional arrays alone
        self._traced: list[tuple[Any, list[Setting], Version]] = []
        self._changes = Settings.changes

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._changes != Settings.changes:
            self._look_again()
        plain = None
        if not kwargs and current() is None and all([type(a) is np.ndarray for a in args]):
            plain = tuple([(a.shape, a.dtype) for a in args])
            version = self._plain.get(plain)
            if version is not None:
                return nest.unflatten(version[1], [Tensor(None, value) for value in version[0](list(args))])
        arguments = self._bind(args, kwargs)
        leaves, spec = nest.flatten(arguments)
        if current() is not None or any(isinstance(a, Tensor) and a.value is None for a in leaves):
            return self._f(*args, **kwargs)
        arrays, key = _arrays(leaves, spec)
        function_, results = version = self._versions.get(key) or self._trace(arguments, leaves, arrays, key)
        if plain is not None and [*map(id, arrays)] == [*map(id, args)]:  # no defaults, nothing converted
            self._plain[plain] = version
        return nest.unflatten(results, [Tensor(None, value) for value in function_(arrays)])

    def _look_again(self) -> None:
        """Settings have changed: keep at hand the versions that hold."""
        self._changes = Settings.changes
        self._plain = {}
        self._versions = {key: version for key, settings, version in self._traced if hold(settings)}

    def _bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        try:
            bound = self._signature.bind(*args, **kwargs)
        except TypeError as error:
            raise ArgumentError("call", f"{self._f.__name__}{self._signature}: {error}") from None
        bound.apply_defaults()
        return bound.arguments

    def _trace(
        self, arguments: Mapping[str, Any], leaves: list[Any], arrays: list[Array], key: Any
    ) -> Version:
        _, spec = nest.flatten(arguments)
        labels = [label for k, v in arguments.items() for label in nest.names(v, k)]
        inputs: list[Node] = []
        given: list[Any] = []
        for label, leaf in zip(labels, leaves, strict=True):
            if not _is_array_like(leaf):
                given.append(leaf)
                continue
            array = arrays[len(inputs)]
            node = placeholder(label, array.shape, array.dtype)
            node.name = label
            inputs.append(node)
            given.append(Tensor(node))
        filled = nest.unflatten(spec, given)
        bound = inspect.BoundArguments(self._signature, filled)
        with tracing() as trace, naming():
            result = self._f(*bound.args, **bound.kwargs)
            outputs, results = nest.flatten(result)
            roots = tuple(astensor(o).node for o in outputs)
        updates = tuple((cell, node) for cell, node in trace.updates.items() if node is not cell_node(cell))
        program = Program(self._f.__name__, tuple(inputs), roots, updates)
        check_inputs(program)
        version = self._versions[key] = function_of(program, trace.taps), results
        cells = [n.attr("cell") for n in walk(program.roots) if n.op is cell_op]
        settings: list[Setting] = [(cell, "trainable", cell.trainable) for cell in cells]
        settings += [setting for setting in trace.settings.values() if setting is not None]
        self._traced.append((key, settings, version))
        return version

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """A compiled method: one compiled function per object."""
        if instance is None:
            return self
        bound = Compiled(self._f.__get__(instance, owner))
        instance.__dict__[self._f.__name__] = bound
        return bound

    def programs(self) -> list[Program]:
        """What was traced so far, one program per kind of arguments."""
        return [function_.program for _, _, (function_, _) in self._traced]

    def arrays(self, *args: Any, **kwargs: Any) -> list[Array]:
        """Arguments as the arrays that are handed on; other values are constants of the trace."""
        leaves, spec = nest.flatten(self._bind(args, kwargs))
        return _arrays(leaves, spec)[0]

    def taps(self) -> list[Tap]:
        """What `lp.debug` looks at in what was traced so far."""
        return [tap for _, _, (function_, _) in self._traced for tap in taps_of(function_)]

    def program(self, *args: Any, **kwargs: Any) -> Program:
        """What is traced for these arguments; nothing is run."""
        return self.traced(*args, **kwargs)[0]

    def traced(self, *args: Any, **kwargs: Any) -> tuple[Program, nest.Spec]:
        """The same, and how its outputs are nested."""
        if self._changes != Settings.changes:
            self._look_again()
        arguments = self._bind(args, kwargs)
        leaves, spec = nest.flatten(arguments)
        arrays, key = _arrays(leaves, spec)
        function_, results = self._versions.get(key) or self._trace(arguments, leaves, arrays, key)
        return function_.program, results

    def explain(self, *args: Any, **kwargs: Any) -> Any:
        """The report of every stage between its formula and its C: see `limpide.explain.explain`."""
        return ask("report", self, *args, **kwargs)

    def __repr__(self) -> str:
        return f"<compiled {self._f.__name__}{self._signature}>"


def _is_array_like(leaf: Any) -> bool:
    return isinstance(leaf, (Tensor, np.ndarray, np.generic)) or type(leaf) in (int, float)


def _arrays(leaves: list[Any], spec: nest.Spec) -> tuple[list[Array], Any]:
    """The arguments as arrays, and what a version is kept by: shapes, dtypes, everything else by value."""
    arrays: list[Array] = []
    key: list[Any] = [spec]
    for leaf in leaves:
        if type(leaf) is np.ndarray:
            array = leaf
        elif isinstance(leaf, Tensor):
            array = leaf._known("numpy()")
        elif isinstance(leaf, (np.ndarray, np.generic)):
            array = np.asarray(leaf)
        elif is_weak(leaf) and type(leaf) is not bool:
            array = np.asarray(leaf, dtype=weak_dtype(leaf))
        else:
            key.append(_constant_key(leaf))
            continue
        arrays.append(in_native_order(array))
        key.append((array.shape, arrays[-1].dtype))
    return arrays, tuple(key)


def _constant_key(leaf: Any) -> Any:
    try:
        hash(leaf)
    except TypeError:
        return id(leaf)
    return (type(leaf), leaf)


def compile(f: Callable[..., Any]) -> Compiled:
    """A function whose every call is one native call: forward, backward, updates of state, random numbers.

    It is traced when it first meets arguments of new shapes or dtypes. Arrays, tensors and Python numbers
    become inputs, also nested in lists, tuples and dicts; everything else is a constant of the trace.
    Calling it gives tensors with values. `assign` in it becomes an update of the state.

    >>> @compile
    ... def double(x):
    ...     return x * 2
    >>> double(np.arange(3))
    tensor([0, 2, 4], dtype=int64)
    """
    return Compiled(f)


def naming() -> AbstractContextManager[Any]:
    """While a function is traced, its local variables name the nodes that they hold."""
    return _Naming() if sys.getprofile() is None else nullcontext()


class _Naming:
    def __enter__(self) -> None:
        sys.setprofile(self._on_event)

    def __exit__(self, *_: Any) -> None:
        sys.setprofile(None)

    @staticmethod
    def _on_event(frame: FrameType, event: str, _: Any) -> None:
        if event == "return" and not frame.f_globals.get("__name__", "").startswith("limpide."):
            name_variables(frame)


# --------------------------------------------------------------------------------------------- lp.scan
def scan(
    step: Callable[[Any, Any], tuple[Any, Any]],
    init: Any,
    xs: Any = None,
    length: Any = None,
    reverse: bool = False,
) -> tuple[Any, Any]:
    """A loop as one op: `carry, y = step(carry, x)` along axis 0 of `xs`.

    Gives the last carry and the stacked y. init: tensors in any nesting, of the shapes and dtypes that the
    step returns. xs: sequences, in any nesting, or None with `length` steps (which may be computed when y is
    None). State that the step assigns is carried too.

    >>> total, sums = scan(lambda c, x: (c + x, c + x), 0.0, np.arange(4, dtype=np.float32))
    >>> sums
    tensor([0., 1., 3., 6.], dtype=float32)
    """
    first, carry_spec = nest.flatten(init)
    sequences, element_spec = nest.flatten(xs)
    carries = [astensor(c) for c in first]
    elements = [astensor(e) for e in sequences]
    steps = None if length is None else astensor(length)
    if not elements and steps is None:
        raise ArgumentError(
            "scan", "neither sequences nor a number of steps are given", hint="give xs or length="
        )
    results: dict[str, Any] = {}
    outside = current()
    sources = [*carries, *elements, *([steps] if steps is not None else [])]

    def read(cell: Cell) -> Node:
        return cell_node(cell) if outside is None else outside.read(cell)

    holes = [placeholder(_label(t, f"carry{i}"), t.shape, t.dtype) for i, t in enumerate(carries)]
    parts = [placeholder(_label(t, f"element{i}"), t.shape[1:], t.dtype) for i, t in enumerate(elements)]
    with tracing(loop=True) as trace:
        returned = step(
            nest.unflatten(carry_spec, [Tensor(h) for h in holes]),
            nest.unflatten(element_spec, [Tensor(p) for p in parts]),
        )
        if not isinstance(returned, tuple) or len(returned) != 2:
            raise ArgumentError(
                "scan",
                "the step does not return a pair",
                hint="return the next carry and y: return carry, None",
            )
        new, results["carry"] = nest.flatten(returned[0])
        stacked, results["y"] = nest.flatten(returned[1])
        if results["carry"] != carry_spec and len(new) != len(holes):
            raise ArgumentError("scan", f"the step takes {len(holes)} carries and returns {len(new)}")
        new_nodes = [_next_carry(astensor(n).node, h) for n, h in zip(new, holes, strict=True)]
        stacked_nodes = [astensor(s).node for s in stacked]
        trace.used += [t for t in [*new, *stacked] if isinstance(t, Tensor) and t.tracked]
    looked_at = [carried(tap) for tap in trace.taps]
    holes += [tap.hole for tap in looked_at]
    new_nodes += [tap.next for tap in looked_at]
    sources += trace.used
    if outside is not None:
        outside.used += trace.used
    state = list(trace.updates)
    state_holes = [placeholder(c.name, c.value.shape, c.value.dtype) for c in state]
    results_of_body = [*new_nodes, *trace.updates.values(), *stacked_nodes]
    known = _state_around(results_of_body, trace, read)
    known |= {cell_node(cell, trace.loop): hole for cell, hole in zip(state, state_holes, strict=True)}
    body = replace(results_of_body, known)
    split = len(holes) + len(state)
    given = [*(t.node for t in carries), *(tap.first for tap in looked_at), *map(read, state)]
    count = constant(_first_size(elements), INT64) if steps is None else steps.node
    last, ys = apply_body(
        [*holes, *state_holes],
        parts,
        body[:split],
        body[split:],
        given,
        [t.node for t in elements],
        count,
        reverse,
    )
    found = last[len(carries) : len(holes)]
    taps = [tap._replace(node=node) for tap, node in zip(trace.taps, found, strict=True)]
    return _finish(last, ys, state, len(holes), sources, results, outside, taps)


def _next_carry(new: Node, hole: Node) -> Node:
    """What a step returns for a carry, in the dtype in which the carry enters.

    Raises ShapeError or DTypeError where it does not fit.
    """
    if new.ndim != hole.ndim or not all(map(same, new.shape, hole.shape)):
        raise ShapeError(
            "scan",
            f"a carry enters the step as {show(hole.shape)} and leaves it as {show(new.shape)}",
            hint="start with a carry of the shape that the step returns",
        )
    if is_float(new.dtype) and not is_float(hole.dtype):
        raise DTypeError(
            "scan",
            f"a carry enters the step as {hole.dtype.name} and leaves it as {new.dtype.name}",
            hint="start with a carry of the dtype that the step returns, such as 0.0 instead of 0",
        )
    return cast(new, hole.dtype)


def _label(t: Tensor, default: str) -> str:
    return t.name or default


def _first_size(elements: list[Tensor]) -> Any:
    if not elements[0].ndim:
        raise ArgumentError("scan", "a sequence has at least one axis")
    return elements[0].shape[0]


def _state_around(nodes: list[Node], trace: Trace, read: Callable[[Cell], Node]) -> dict[Node, Node]:
    """For the cells that a loop's body reads: what they are where the loop stands."""
    cells = [node.attr("cell") for node in walk(nodes) if node.op is cell_op]
    return {cell_node(cell, trace.loop): read(cell) for cell in cells}


def _finish(
    last: list[Node],
    ys: list[Node],
    state: list[Cell],
    carries: int,
    sources: list[Tensor],
    specs: dict[str, Any],
    outside: Trace | None,
    taps: list[Tap],
) -> tuple[Any, Any]:
    """Results as tensors, with values where everything has one; new state assigned; taps looked at."""
    nodes = [*last, *ys]
    known = {} if outside is not None else remembered(*sources)
    open_inputs = any(node.op is input_op and node not in known for node in walk(nodes))
    if outside is not None or open_inputs or any(t.value is None for t in sources):
        tensors = [Tensor(n) for n in nodes]
        (formulas if outside is None else outside.taps).extend(taps)
        if outside is not None:
            outside.updates |= dict(zip(state, last[carries:], strict=True))
    else:
        values = checked_values(nodes, known)
        behind = tuple(t._used() for t in sources if t.tracked)
        tensors = [Tensor(n, v, behind) for n, v in zip(nodes, values, strict=True)]
        for cell, value in zip(state, values[carries : len(last)], strict=True):
            cell.replace(np.array(value, order="C"))
        report(taps, values[carries - len(taps) : carries])
    return (
        nest.unflatten(specs["carry"], tensors[:carries]),
        nest.unflatten(specs["y"], tensors[len(last) :]),
    )
