"""How a function on the engine's tensors becomes a TensorFlow operation: the decorator `op`."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from ...errors import SymbolicError
from ...nn.words import lp
from ...ops.custom import custom_gradient
from ...tensor import Tensor as EngineTensor
from ..record import (
    Apply,
    Deep,
    Given,
    Host,
    Replay,
    Source,
    Subgraph,
    Symbol,
    Unknown,
    begun,
    guessing,
    mapped,
    symbols_in,
)  # fmt: skip
from .dtypes import DType, as_dtype, engine_type
from .graph import Graph, Mode, Operation, Tensor, get_default_graph
from .shapes import Dimension, TensorShape

F = TypeVar("F", bound=Callable[..., Any])
Build = Callable[..., Any]


class Assign(Deep):
    """An operation that gives variables new values; it runs once, and orders what depends on it."""

    once = True

    initial = False  # whether it gives the first value of a variable

    def __init__(
        self, assigns: Sequence[Any], build: Build, args: Any = (), kwargs: Any = None, **settings: Any
    ):
        self.assigns = tuple(assigns)
        super().__init__(build, args, kwargs, **settings)


def op(
    kind: str | None = None,
    *,
    count: Callable[..., int] | int | None = None,
    host: Build | None = None,
    dtype: Callable[..., Any] | Any = None,
    gradient: bool = True,
    once: bool = False,
    like: str | None = None,
    source: Callable[..., Source] = Apply,
) -> Callable[[F], F]:
    """Make a function of engine tensors an operation of this kind.

    Called with symbols it records, with engine tensors it computes. Its parameter `name`, where it has one,
    names the operation and is not handed on. count: how many results (a tuple), or a function of arguments.
    host: what NumPy does instead where an argument is text or complex.
    dtype: of the results, where the formula does not tell it, or a function of the arguments.
    like: the argument that the result is like where nothing else is known.
    gradient: whether derivatives pass. once: a run computes it once (random numbers, state).
    """

    def decorate(build: F) -> F:
        signature = inspect.signature(build)
        word = kind or build.__name__

        @functools.wraps(build)
        def call(*args: Any, **kwargs: Any) -> Any:
            bound = signature.bind(*args, **kwargs)
            name = bound.arguments.pop("name", None)
            given, named = plain(bound.args), plain(bound.kwargs)
            symbols = symbols_in([given, named])
            if not symbols and (Mode.eager or holds_tensors([given, named])):
                if holds_text([given, named]) and host is not None:
                    return returned([args, kwargs], host(*given, **named))
                return returned([args, kwargs], build(*given, **named))
            number = count(*given, **named) if callable(count) else count
            types = dtype(*given, **named) if callable(dtype) and not isinstance(dtype, DType) else dtype
            text = any(
                s.dtype is not None and s.dtype.engine is None for s in symbols if isinstance(s, Tensor)
            )
            if text or holds_text([given, named]):
                return apply(
                    word,
                    host or _needs_numbers(word),
                    given,
                    named,
                    name=name,
                    count=number,
                    dtype=types,
                    source=Host,
                )
            return apply(
                word, build, given, named, name=name, count=number, dtype=types, source=source,
                gradient=gradient, once=once, like=None if like is None else bound.arguments.get(like),
            )  # fmt: skip

        return call  # type: ignore[return-value]

    return decorate


eager_result: list[
    Callable[[Any], Any]
] = []  # tensors of eager mode from those of the engine; eager.py fills it


def returned(args: Any, result: Any) -> Any:
    """The result of a computation: in eager mode as its tensors, unless it is called with the engine's."""
    return eager_result[0](result) if Mode.eager and not holds_tensors(args) else result


def _needs_numbers(word: str) -> Build:
    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise TypeError(f"{word} takes no text and no complex numbers")

    return refuse


def apply(
    kind: str,
    build: Build,
    args: Sequence[Any] = (),
    kwargs: dict[str, Any] | None = None,
    *,
    name: str | None = None,
    count: int | None = None,
    outputs: int | None = None,
    dtype: Any = None,
    known: Callable[[], Any] | None = None,
    source: Callable[..., Source] = Apply,
    gradient: bool = True,
    once: bool = False,
    like: Any = None,
    attributes: dict[str, Any] | None = None,
) -> Any:
    """Record an operation: its tensor, a list of them where `count` says so, or itself for outputs=0.

    In eager mode the result is computed at once.
    """
    if Mode.eager and not symbols_in([args, kwargs]):
        return returned([args, kwargs], build(*plain(tuple(args)), **plain(kwargs or {})))
    graph = graph_of([args, kwargs])
    whole = graph.full_name(name or kind)
    args, kwargs = _after_assignments(graph, args), _after_assignments(graph, kwargs or {})
    if source is Apply and known is None:
        known = _cautious(build, args, kwargs, like)
    made = source(build, args, kwargs, name=whole, count=count, known=known, after=graph.controls)
    made.gradient, made.once = gradient, once or getattr(made, "once", False)  # type: ignore[attr-defined]
    number = (1 if count is None else count) if outputs is None else outputs
    types = _types(dtype, number)
    operation = graph.add(kind, whole, made, number, types, attributes)
    if outputs == 0:
        return operation
    override = registered.get(graph.overridden.get(kind, ""))
    if override is not None:
        return with_slope(operation.outputs[0], operation.inputs, functools.partial(override, operation))
    return operation.outputs[0] if count is None else list(operation.outputs)


registered: dict[str, Build] = {}  # derivatives by the names that `gradient_override_map` may give


def with_slope(y: Any, xs: Sequence[Any], slope: Build) -> Any:
    """`y`, of which the derivatives by `xs` are what slope(dy) says: one, a list, None among them."""
    if isinstance(y, EngineTensor):
        return EngineTensor(
            custom_gradient(y.node, [x.node for x in xs], _of_nodes(slope)), y.value, (y, *xs)
        )
    graph = y.graph
    since = begun()
    dtype = y.dtype.base_dtype
    shape = None if y.shape.ndims is None else [d.value for d in y.shape]
    whole = graph.full_name("dy")
    hole = graph.add("Placeholder", whole, Given(shape, dtype.engine, whole), 1, [dtype]).outputs[0]
    parts = _one_for_each(slope(hole), xs)
    given = [p for p in parts if p is not None]
    sub = Subgraph([hole], given, since)

    def build(replay: Replay, y: Any, xs: Any) -> Any:
        around = sub.surroundings(replay)

        def rule(g: Any) -> list[Any]:
            found = iter(sub.run(replay, [EngineTensor(g)], around))
            return [None if p is None else next(found).node for p in parts]

        return EngineTensor(custom_gradient(y.node, [x.node for x in xs], rule))

    return apply(
        "IdentityN", build, [y, list(xs), *sub.captured], known=lambda: y.known, dtype=dtype, source=_Bent
    )


class _Bent(Deep):
    """The arguments behind the first two are only read."""

    def results(self, replay: Replay) -> tuple[Any, ...]:
        y, xs = (mapped(a, replay.value) for a in self.args[:2])
        return self._as_results(self.build(replay, y, xs))


def _one_for_each(found: Any, xs: Sequence[Any]) -> list[Any]:
    parts = list(found) if isinstance(found, (list, tuple)) else [found]
    return [*parts, *[None] * (len(xs) - len(parts))]


def _of_nodes(slope: Build) -> Build:
    def rule(g: Any) -> list[Any]:
        found = slope(EngineTensor(g))
        parts = found if isinstance(found, (list, tuple)) else [found]
        return [None if p is None else tensor(p).node for p in parts]

    return rule


def _types(dtype: Any, number: int) -> list[DType | None]:
    if isinstance(dtype, (list, tuple)):
        return [None if d is None else as_dtype(d) for d in dtype]
    return [None if dtype is None else as_dtype(dtype)] * number


def _cautious(build: Build, args: Sequence[Any], kwargs: dict[str, Any], like: Any) -> Callable[[], Any]:
    """What `build` makes of what is known; where it needs more, what `like` is, or nothing."""

    def known() -> Any:
        try:
            given = [mapped(a, lambda s: s.formula) for a in (args, kwargs)]
            with guessing():
                return build(*given[0], **given[1])
        except (SymbolicError, Unknown):
            if isinstance(like, Symbol):
                return like.formula
            raise Unknown(getattr(build, "__name__", "an operation")) from None

    return known


def _after_assignments(graph: Graph, value: Any) -> Any:
    """Variables that the present control dependencies assign are read anew, after them."""
    if not graph.assigned_before:
        return value
    read: Callable[[Any], Any] = lambda s: s.read_value() if s in graph.assigned_before else s  # noqa: E731
    return mapped(value, read)


def graph_of(value: Any) -> Graph:
    """The graph of the first tensor in a nesting, or the default one."""
    default = get_default_graph()
    for symbol in symbols_in(value):
        if isinstance(symbol, Tensor):
            return symbol.graph
    return default


def plain(value: Any) -> Any:
    """Arguments without TensorFlow's own words for numbers: dimensions, shapes; operations' tensors."""
    if isinstance(value, Dimension):
        return value.value
    if isinstance(value, TensorShape):
        return None if value.dims is None else [d.value for d in value.dims]
    if type(value) in (list, tuple):
        return type(value)(plain(v) for v in value)
    if type(value) is dict:
        return {k: plain(v) for k, v in value.items()}
    convert = getattr(type(value), "_as_tensor", None)
    return value if convert is None else convert(value)


def holds_tensors(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(map(holds_tensors, value))
    if isinstance(value, dict):
        return any(map(holds_tensors, value.values()))
    return isinstance(value, EngineTensor)


def holds_text(value: Any, depth: int = 0) -> bool:
    """Whether there are arrays or lists of text or complex numbers among the arguments."""
    if isinstance(value, (list, tuple)):
        return any(holds_text(v, depth + 1) for v in value)
    if isinstance(value, (str, bytes)):
        return depth > 2
    if isinstance(value, dict):
        return any(holds_text(v, depth + 1) for v in value.values())
    return isinstance(value, complex) or (
        isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind in "cUSO"
    )


# --------------------------------------------------------------------- values as TensorFlow reads them
def array_of(value: Any, dtype: Any = None) -> Any:
    """A NumPy array as TensorFlow makes it of a value: floats are float32, integers int32.

    Raises TypeError where the value does not fit the dtype.
    """
    wanted = None if dtype is None else as_dtype(dtype).base_dtype
    array = np.asarray(value) if _regular(value) else np.asarray(value, object)
    if array.dtype.kind in "USO":
        return _text(array)
    if wanted is None:
        if isinstance(value, (np.ndarray, np.generic)) or _holds_arrays(value):
            return array
        if array.dtype == np.float64:
            return array.astype(np.float32)
        if array.dtype == np.int64 and (not array.size or np.abs(array).max() < 2**31):
            return array.astype(np.int32)
        return array
    target = np.dtype(wanted.as_numpy_dtype)
    if (
        array.dtype.kind == "f"
        and target.kind in "iub"
        and not isinstance(value, (np.ndarray, np.generic))
        and array.size
    ):
        raise TypeError(f"Expected {wanted.name}, got {value!r} of type '{_first(value)}' instead.")
    return array.astype(target)


def _regular(value: Any) -> bool:
    if isinstance(value, (bytes, str)):
        return False
    if isinstance(value, (list, tuple)):
        return all(map(_regular, value))
    return True


def _first(value: Any) -> str:
    while isinstance(value, (list, tuple)) and value:
        value = value[0]
    return type(value).__name__


def _holds_arrays(value: Any) -> bool:
    """Whether there are arrays, of one axis or more, in a list: their dtype is kept."""
    if isinstance(value, (list, tuple)):
        return any(map(_holds_arrays, value))
    return isinstance(value, np.ndarray) and value.ndim > 0


def _text(array: Any) -> Any:
    """Text as an array of bytes, as TensorFlow keeps it."""
    encode = np.vectorize(lambda s: s.encode() if isinstance(s, str) else s, otypes=[object])
    return encode(array) if array.size else array.astype(object)


def tensor(value: Any, dtype: Any = None) -> Any:
    """`value` as an engine tensor, in builds: lists with tensors in them are stacked."""
    if isinstance(value, EngineTensor):
        return value if dtype is None else value.astype(engine_type(dtype))
    if isinstance(value, (list, tuple)) and holds_tensors(value):
        parts = [tensor(v, dtype) for v in value]
        kinds = [p.dtype for p in parts]
        first = next((k for p, k in zip(value, kinds, strict=True) if isinstance(p, EngineTensor)), kinds[0])
        return lp.stack([p.astype(first) for p in parts])
    array = array_of(value, dtype)
    wanted = as_dtype(array.dtype).engine
    if wanted is None:
        raise TypeError(f"{value!r} holds no numbers that can be computed with here")
    return EngineTensor(None, np.array(array, wanted))


def alike(*values: Any) -> list[Any]:
    """Operands as engine tensors of one dtype: what is no tensor takes that of the first that is one.

    Raises TypeError where tensors differ, as TensorFlow does.
    """
    found = next((v for v in values if isinstance(v, EngineTensor)), None)
    if found is None:
        found = tensor(values[0])
    results = [tensor(v) if isinstance(v, EngineTensor) else tensor(v, found.dtype) for v in values]
    for r in results:
        if r.dtype != found.dtype:
            raise TypeError(
                f"an operand has type {as_dtype(r.dtype).name} that does not match type "
                f"{as_dtype(found.dtype).name} of the first one: use tf.cast"
            )
    return results


def numpy_of(value: Any) -> Any:
    """An argument of a NumPy function: arrays as they are, text as bytes."""
    return value if isinstance(value, np.ndarray) else array_of(value)


def operation(kind: str, build: Build, args: Sequence[Any] = (), **settings: Any) -> Operation:
    """Record an operation without results."""
    done: Operation = apply(kind, build, args, outputs=0, **settings)
    return done


__all__ = [
    "Assign", "alike", "apply", "array_of", "graph_of", "holds_tensors", "numpy_of", "op", "operation",
    "plain", "tensor", "Symbol",
]  # fmt: skip
