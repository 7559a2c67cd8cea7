"""Sessions: what is asked for of a graph is run as one native function."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from ...errors import CompilerError, LimpideError
from ...tensor import Tensor as EngineTensor
from .. import missing
from ..record import Given, Host, Runner, Symbol, sources_behind
from . import graph as graphs
from .errors import FailedPreconditionError, InvalidArgumentError
from .graph import Graph, Operation, Tensor, get_default_graph
from .recording import Assign, array_of
from .variables import Kept, Variable

Arrange = Callable[[list[Any]], Any]


class _Run:
    """A choice of fetches for a choice of feeds, as a function of arrays.

    What depends on no assignment is computed before the first of them.
    """

    def __init__(self, graph: Graph, fetches: Any, feeds: Sequence[Tensor]):
        self.feeds = [_Feed(f) for f in feeds]
        self.flat = True  # whether feeds come one by one, as they are given
        self.wanted: dict[Any, Symbol] = {}
        self.arrange = self._plan(graph, fetches)
        given = {f.key for f in feeds}
        self.sources = sources_behind(list(self.wanted.values()), lambda s: s.key in given)
        assigning: list[Any] = [s for s in self.sources if getattr(s, "assigns", ())]
        changed: set[Any] = set(assigning)
        for source in self.sources:
            if any(i.source in changed and i.key not in given for i in source.inputs):
                changed.add(source)
        reading = {i for s in self.sources for i in s.inputs if isinstance(i, Variable)}
        reading |= {s for s in self.wanted.values() if isinstance(s, Variable)}
        read = [v for v in reading if v.key not in given]
        early = [i for s in self.sources if s in changed for i in s.inputs if i.source not in changed]
        first = [s for s in [*read, *early] if not isinstance(s.source, Host)]
        outputs = sorted(self.wanted.values(), key=lambda s: s.source in changed)
        initial = bool(assigning) and all(s.initial for s in assigning) and not feeds
        self.runner = Runner(
            feeds, outputs, order=first if changed else (), device="numpy" if initial else None
        )
        self.position = {s.key: i for i, s in enumerate(outputs)}
        self.unchecked = frozenset(read)  # variables that may not have a value yet
        self.assigned = frozenset(v for s in assigning for v in s.assigns)
        self.absent = [s for s in self.sources if isinstance(s, Given) and (s, 0) not in given]

    def _plan(self, graph: Graph, fetches: Any) -> Arrange:
        """How the results of a nesting of fetches are made of the values of what is wanted."""
        if isinstance(fetches, (list, tuple)):
            parts = [self._plan(graph, f) for f in fetches]
            kind = type(fetches)
            if kind is list and all(type(f) in _LEAVES for f in fetches):
                return self._plan_of_leaves([self._leaf(graph, f) for f in fetches])
            if hasattr(fetches, "_fields"):
                return lambda values: kind(*(p(values) for p in parts))
            return lambda values: kind([p(values) for p in parts])
        if isinstance(fetches, Mapping):
            named = {k: self._plan(graph, f) for k, f in fetches.items()}
            made: Any = type(fetches)
            return lambda values: made((k, p(values)) for k, p in named.items())
        convert = getattr(type(fetches), "_as_fetch", None)
        if convert is not None:
            components, build = convert(fetches)
            inner = self._plan(graph, components)
            return lambda values: build(inner(values))
        key = self._leaf(graph, fetches)
        return lambda values: None if key is None else values[self.position[key]]

    def _leaf(self, graph: Graph, fetch: Any) -> Any:
        """Note that it is wanted; the key of a tensor, None of an operation."""
        element = _element(graph, fetch)
        symbol = element.done if isinstance(element, Operation) else element
        self.wanted.setdefault(symbol.key, symbol)
        return None if isinstance(element, Operation) else symbol.key

    def _plan_of_leaves(self, keys: list[Any]) -> Arrange:
        places: list[Any] = []

        def arrange(values: list[Any]) -> Any:
            if not places:
                places.extend(None if k is None else self.position[k] for k in keys)
            return [None if p is None else values[p] for p in places]

        return arrange


def _element(graph: Graph, fetch: Any) -> Any:
    try:
        return graph.as_graph_element(fetch)
    except TypeError as error:
        raise TypeError(
            f"Fetch argument {fetch!r} has invalid type {type(fetch)}, must be a string or Tensor. ({error})"
        ) from None
    except (KeyError, ValueError) as error:
        raise ValueError(f"Fetch argument {fetch!r} cannot be interpreted as a Tensor. ({error})") from None


class _Feed:
    """A tensor that is fed: what its values are made into, and which shapes they may have."""

    def __init__(self, tensor: Tensor):
        self.tensor = tensor
        self.dtype = tensor.dtype.base_dtype
        self.numpy = self.dtype.engine or np.dtype(object)
        self.seen: set[Any] = set()  # shapes that fit

    def array(self, value: Any) -> Any:
        if isinstance(value, Symbol):
            raise TypeError(
                "The value of a feed cannot be a tf.Tensor object. Acceptable feed values include Python "
                "scalars, strings, lists, numpy ndarrays, or TensorHandles."
            )
        array = value.numpy() if isinstance(value, EngineTensor) else value
        if self.dtype.engine is None:
            array = array_of(array, None if self.dtype.name == "string" else self.dtype)
        else:
            try:
                array = np.asarray(array, self.numpy)
            except (TypeError, ValueError) as error:
                raise type(error)(
                    f"what is fed for '{self.tensor.name}' is no array of {self.dtype.name}: {error}"
                ) from None
        self.check(array.shape)
        return array

    def check(self, shape: tuple[int, ...]) -> None:
        if not self.tensor.shape.is_compatible_with(shape):
            raise ValueError(
                f"Cannot feed value of shape {shape!r} for Tensor {self.tensor.name!r}, which has shape "
                f"'{self.tensor.shape}'"
            )
        self.seen.add(shape)


_LEAVES = frozenset((Tensor, Operation, Variable, str))


def _key(fetches: Any) -> Any:
    """Equal for equal nestings of the same fetches."""
    kind = type(fetches)
    if kind in _LEAVES:
        return fetches
    if kind is list or kind is tuple:
        return kind, *[f if type(f) in _LEAVES else _key(f) for f in fetches]
    if hasattr(kind, "_fields"):
        return kind, *map(_key, fetches)
    if isinstance(fetches, Mapping):
        return kind, *((k, _key(v)) for k, v in fetches.items())
    return fetches


class BaseSession:
    """Runs parts of a graph; the values of the graph's variables are its own.

    target: ignored. graph: the default one if None. config: a ConfigProto.
    """

    def __init__(self, target: str = "", graph: Graph | None = None, config: Any = None):
        self.graph = graph or get_default_graph()
        self.sess_str, self._config, self._closed = target, config, False
        self._runs: dict[Any, _Run] = {}
        self._saved: dict[Any, Any] = {}  # values of the variables while another session is active
        self._streams: dict[Any, Any] = {}
        self.initialised: set[Any] = set()
        self.resources: dict[Any, Any] = {}  # what operations in Python keep in a session, such as queues

    @property
    def graph_def(self) -> Any:
        return self.graph.as_graph_def()

    # ------------------------------------------------------------------------------------------- running
    def run(self, fetches: Any, feed_dict: Any = None, options: Any = None, run_metadata: Any = None) -> Any:
        """The values of fetches, in any nesting; feed_dict: values in the place of any tensors.

        Raises InvalidArgumentError where a placeholder is not fed, FailedPreconditionError where a variable
        has no value yet, ValueError where a value does not fit the tensor that it is fed for.
        """
        if self.graph.active is not self:
            self._activate()
        if not feed_dict:
            key = _key(fetches)
            run = self._runs.get(key) or self._prepare(key, fetches, {})
            return self._finish(run, [])
        key = (_key(fetches), *feed_dict)
        try:
            run = self._runs.get(key) or self._prepare(key, fetches, feed_dict)
        except TypeError:
            feed_dict = _nested(feed_dict)
            return self.run(fetches, feed_dict)
        values = feed_dict.values() if run.flat else _nested(feed_dict).values()
        arrays = [
            v if type(v) is np.ndarray and v.dtype == f.numpy and v.shape in f.seen else f.array(v)
            for v, f in zip(values, run.feeds, strict=True)
        ]
        return self._finish(run, arrays)

    def _prepare(self, key: Any, fetches: Any, feed_dict: Any) -> _Run:
        if self._closed:
            raise RuntimeError("Attempted to use a closed Session.")
        if not self.graph.get_operations():
            raise RuntimeError(
                "The Session graph is empty. Add operations to the graph before calling run()."
            )
        given = _nested(feed_dict)
        tensors = [self._fed(k) for k in given]
        run = _Run(self.graph, fetches, tensors)
        run.flat = len(given) == len(feed_dict) and all(a is b for a, b in zip(given, feed_dict, strict=True))
        _check_devices(self.graph, run.sources, self._config)
        self._runs[key] = run
        return run

    def _fed(self, key: Any) -> Tensor:
        try:
            return self.graph.as_graph_element(key, allow_operation=False)  # type: ignore[no-any-return]
        except (KeyError, ValueError, TypeError) as error:
            raise TypeError(f"Cannot interpret feed_dict key as Tensor: {error}") from None

    def _finish(self, run: _Run, arrays: list[Any]) -> Any:
        if run.unchecked or run.absent:
            self._check(run)
        try:
            values = run.runner(*arrays)
        except LimpideError as error:
            if isinstance(error, CompilerError):
                raise
            raise InvalidArgumentError(None, None, str(error)) from error
        if run.assigned and not run.assigned <= self.initialised:
            self.initialised |= run.assigned
        return run.arrange([v[()] if type(v) is np.ndarray and not v.ndim else v for v in values])

    def _check(self, run: _Run) -> None:
        if run.absent:
            source = run.absent[0]
            operation = self.graph.operation_of(source)
            dtype = operation.outputs[0].dtype.name if operation else source.dtype.name
            raise InvalidArgumentError(
                operation and operation.node_def,
                operation,
                f"You must feed a value for placeholder tensor '{source.name}' with dtype {dtype}",
            )
        fresh = run.unchecked - self.initialised
        for variable in run.unchecked:
            if variable in fresh and not variable.has_value:
                raise FailedPreconditionError(
                    variable.op.node_def,
                    variable.op,
                    f"Attempting to use uninitialized value {variable.op.name}",
                )
        run.unchecked = frozenset()

    def _activate(self) -> None:
        """The variables of the graph get the values that they have in this session."""
        graph, before = self.graph, self.graph.active
        if self._closed:
            raise RuntimeError("Attempted to use a closed Session.")
        if before is not None and not before._closed:
            before._saved = {v: v.parameter.cell.value for v in graph.variables if v in before.initialised}
            before._streams = {g: g.state.cell.value for g, _ in graph.generators}
        for variable, value in self._saved.items():
            variable.parameter.cell.replace(value)
        for stream, start in graph.generators:
            stream.state.cell.replace(self._streams.get(stream, start))
        self._saved, graph.active = {}, self

    def load(self, variable: Any, value: Any) -> None:
        """Give a variable a value."""
        if self.graph.active is not self:
            self._activate()
        if isinstance(variable.parameter, Kept):
            variable.parameter.assign(np.asarray(value))
        elif np.shape(value) != variable.parameter.shape:
            raise InvalidArgumentError(
                variable.op.node_def,
                variable.op,
                "Assign requires shapes of both tensors to match. "
                f"lhs shape= {list(variable.parameter.shape)} rhs shape= {list(np.shape(value))}",
            )
        else:
            variable.parameter.assign(np.asarray(value, variable.parameter.dtype))
        self.initialised.add(variable)

    def value_of(self, variable: Any) -> Any:
        """The value of a variable."""
        return self.run(variable)

    def make_callable(
        self, fetches: Any, feed_list: Any = None, accept_options: bool = False
    ) -> Callable[..., Any]:
        """A function of the values of `feed_list` that gives the fetches."""
        feeds = list(feed_list or ())
        return lambda *values: self.run(fetches, dict(zip(feeds, values, strict=True)))

    def partial_run_setup(self, fetches: Any, feeds: Any = None) -> dict[Any, Any]:
        """A handle for a run in several parts."""
        return {}

    def partial_run(self, handle: dict[Any, Any], fetches: Any, feed_dict: Any = None) -> Any:
        """A part of a run: what was fed in parts before holds in it."""
        handle.update(feed_dict or {})
        return self.run(fetches, handle)

    def list_devices(self) -> list[Any]:
        name = "/job:localhost/replica:0/task:0/device:CPU:0"
        return [SimpleNamespace(name=name, device_type="CPU", memory_limit_bytes=0)]

    # ------------------------------------------------------------------------------------------- its life
    def as_default(self) -> Any:
        """A block in which it is the default session."""
        return _Default(self)

    def close(self) -> None:
        """Give up its values."""
        self._closed = True
        self._runs, self._saved = {}, {}
        if self.graph.active is self:
            self.graph.active = None

    @classmethod
    def reset(cls, target: str = "", containers: Any = None, config: Any = None) -> None:
        return None


class _Default:
    def __init__(self, session: BaseSession):
        self.session = session

    def __enter__(self) -> BaseSession:
        graphs.push_session(self.session)
        return self.session

    def __exit__(self, *_: Any) -> None:
        graphs.pop_session(self.session)


class Session(BaseSession):
    """As BaseSession; as a block it and its graph are the default ones, and it is closed in the end."""

    def __enter__(self) -> Session:
        graphs.push_graph(self.graph)
        graphs.push_session(self)
        return self

    def __exit__(self, *_: Any) -> None:
        graphs.pop_session(self)
        graphs.pop_graph(self.graph)
        self.close()


class InteractiveSession(BaseSession):
    """A session that is the default one from its making until it is closed."""

    def __init__(self, target: str = "", graph: Graph | None = None, config: Any = None):
        super().__init__(target, graph, config)
        self._own_graph = graph is not None
        if self._own_graph:
            graphs.push_graph(self.graph)
        graphs.push_session(self)

    def __enter__(self) -> InteractiveSession:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def close(self) -> None:
        super().close()
        graphs.pop_session(self)
        if self._own_graph:
            graphs.pop_graph(self.graph)


def _nested(feed_dict: Any) -> dict[Any, Any]:
    """Feeds for single tensors: those of tuples and of sparse tensors in their parts."""
    flat: dict[Any, Any] = {}
    for key, value in feed_dict.items():
        convert = getattr(type(key), "_as_feed", None)
        if convert is not None:
            flat |= _nested(dict(zip(*convert(key, value), strict=True)))
        elif isinstance(key, (list, tuple)):
            flat |= _nested(dict(zip(key, value, strict=True)))
        else:
            flat[key] = value
    return flat


def _check_devices(graph: Graph, sources: Sequence[Any], config: Any) -> None:
    """What is asked to run where there is no such device falls back, or is TensorFlow's error."""
    soft, log = (getattr(config, name, False) for name in ("allow_soft_placement", "log_device_placement"))
    for source in sources:
        operation = graph.operation_of(source)
        if operation is None:
            continue
        if log:
            place = "/job:localhost/replica:0/task:0/device:CPU:0"
            print(f"{operation.name}: ({operation.type}): {place}", file=sys.stderr)
        asked = _DEVICE.search(operation.device)
        if asked and (asked[1].upper() != "CPU") and not soft:
            raise InvalidArgumentError(
                operation.node_def, operation,
                f"Cannot assign a device for operation {operation.name}: Could not satisfy explicit device "
                f"specification '{operation.device}' because no devices matching that specification are "
                "registered in this process; available devices: "
                "/job:localhost/replica:0/task:0/device:CPU:0",
            )  # fmt: skip


def values_of(session: BaseSession, fetches: Any, feed_dict: Any) -> Iterator[tuple[Tensor, Any]]:
    """Every tensor behind fetches that changes no state, with its value in a run of its own."""
    given = _nested(feed_dict or {})
    feeds = [session._fed(k) for k in given]
    behind = _Run(session.graph, fetches, feeds).sources
    fed = {f.key for f in feeds}
    tensors: list[Tensor] = []
    changed: set[Any] = set()
    for source in behind:
        if isinstance(source, Assign) or any(i.source in changed for i in source.inputs):
            changed.add(source)
            continue
        operation = session.graph.operation_of(source)
        tensors += [o for o in (operation.outputs if operation else []) if o.key not in fed]
    return zip(tensors, session.run(tensors, feed_dict), strict=True)


_DEVICE = re.compile(r"device:(\w+)", re.IGNORECASE)
__getattr__ = missing.attributes("tensorflow.python.client.session", globals())

__all__ = [
    "InteractiveSession", "Session",
]  # fmt: skip
