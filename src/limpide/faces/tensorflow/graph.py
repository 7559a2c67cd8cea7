"""Graphs of named operations, and the tensors between them: TensorFlow 1's description of a computation."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, NoReturn

from ...ops.loop import placeholder as formula_of_input
from ...shapes import Dim
from ...tensor import Tensor as EngineTensor
from .. import missing
from ..record import Source, Symbol, sources_behind
from .dtypes import DType, as_dtype
from .shapes import TensorShape, as_shape

Controls = list[Any]


class GraphKeys:
    """Names of the collections that the library itself fills."""

    GLOBAL_VARIABLES = "variables"
    VARIABLES = "variables"
    LOCAL_VARIABLES = "local_variables"
    METRIC_VARIABLES = "metric_variables"
    MODEL_VARIABLES = "model_variables"
    TRAINABLE_VARIABLES = "trainable_variables"
    TRAINABLE_RESOURCE_VARIABLES = "trainable_resource_variables"
    SUMMARIES = "summaries"
    SUMMARY_OP = "summary_op"
    QUEUE_RUNNERS = "queue_runners"
    TABLE_INITIALIZERS = "table_initializer"
    ASSET_FILEPATHS = "asset_filepaths"
    MOVING_AVERAGE_VARIABLES = "moving_average_variables"
    REGULARIZATION_LOSSES = "regularization_losses"
    CONCATENATED_VARIABLES = "concatenated_variables"
    SAVERS = "savers"
    WEIGHTS = "weights"
    BIASES = "biases"
    ACTIVATIONS = "activations"
    UPDATE_OPS = "update_ops"
    LOSSES = "losses"
    SAVEABLE_OBJECTS = "saveable_objects"
    RESOURCES = "resources"
    LOCAL_RESOURCES = "local_resources"
    INIT_OP = "init_op"
    LOCAL_INIT_OP = "local_init_op"
    READY_OP = "ready_op"
    READY_FOR_LOCAL_INIT_OP = "ready_for_local_init_op"
    GLOBAL_STEP = "global_step"
    EVAL_STEP = "eval_step"
    TRAIN_OP = "train_op"
    COND_CONTEXT = "cond_context"
    WHILE_CONTEXT = "while_context"


class Operation:
    """A node of a graph: it reads tensors and gives tensors, or does something alone.

    done: the symbol whose evaluation runs it.
    """

    def __init__(
        self,
        graph: Graph,
        kind: str,
        name: str,
        source: Source,
        count: int,
        dtypes: Sequence[DType | None],
        attributes: dict[str, Any] | None = None,
    ):
        self.graph, self.type, self.name, self.source = graph, kind, name, source
        self.device = graph.present_device(name, kind)
        self.control_inputs = [c.op for c in graph.controls if isinstance(c, Tensor)]
        self.attributes = attributes or {}
        results = [Tensor(self, i, dtypes[i] if i < len(dtypes) else None) for i in range(max(count, 1))]
        self.outputs = results[:count]
        self.done: Tensor = results[0]

    @property
    def inputs(self) -> list[Tensor]:
        return [i for i in self.source.inputs if isinstance(i, Tensor)]

    @property
    def node_def(self) -> Any:
        """Name, operation, inputs and device, as printed by courses."""
        return NodeDef(self)

    @property
    def op_def(self) -> Any:
        return SimpleNamespace(name=self.type)

    @property
    def traceback(self) -> list[Any]:
        return [] if self.source.where is None else [self.source.where]

    def values(self) -> tuple[Tensor, ...]:
        return tuple(self.outputs)

    def get_attr(self, name: str) -> Any:
        if name in self.attributes:
            return self.attributes[name]
        if name in ("T", "dtype") and self.outputs:
            return self.outputs[0].dtype
        raise ValueError(f"No attr named '{name}' in name: \"{self.name}\"")

    def run(self, feed_dict: Any = None, session: Any = None) -> None:
        """Run it in the session, by default the default one."""
        _session_of(session, f"the operation {self.name!r}").run(self, feed_dict)

    def colocation_groups(self) -> list[bytes]:
        return [f"loc:@{self.name}".encode()]

    def __repr__(self) -> str:
        return f"<tf.Operation '{self.name}' type={self.type}>"

    def __str__(self) -> str:
        return str(self.node_def)


class NodeDef:
    """What a graph's definition says of an operation."""

    def __init__(self, operation: Operation):
        self.name, self.op, self.device = operation.name, operation.type, operation.device
        inputs = [i.name.removesuffix(":0") if i.name else "" for i in operation.inputs]
        self.input = inputs + [f"^{c.name}" for c in operation.control_inputs]
        self.attr = dict(operation.attributes)
        if operation.outputs and operation.outputs[0].dtype is not None:
            self.attr.setdefault("dtype", operation.outputs[0].dtype)

    def __str__(self) -> str:
        lines = [f'name: "{self.name}"', f'op: "{self.op}"', *(f'input: "{i}"' for i in self.input)]
        if self.device:
            lines.append(f'device: "{self.device}"')
        for key, value in sorted(self.attr.items()):
            shown = f"type: DT_{value.name.upper()}" if isinstance(value, DType) else f"value: {value}"
            lines += ["attr {", f'  key: "{key}"', "  value {", f"    {shown}", "  }", "}"]
        return "\n".join(lines) + "\n"

    __repr__ = __str__


class GraphDef:
    """The definition of a graph: its nodes in order."""

    def __init__(self, graph: Graph | None = None):
        self.graph = graph
        self.node = [] if graph is None else [o.node_def for o in graph.get_operations()]
        self.versions = SimpleNamespace(producer=27, min_consumer=0)

    def SerializeToString(self) -> bytes:
        return str(self).encode()

    def ByteSize(self) -> int:
        return len(self.SerializeToString())

    def __str__(self) -> str:
        nodes = []
        for node in self.node:
            body = "".join(f"  {line}\n" for line in str(node).splitlines())
            nodes.append(f"node {{\n{body}}}\n")
        return "".join(nodes) + "versions {\n  producer: 27\n}\n"

    __repr__ = __str__


class Tensor(Symbol):
    """One result of an operation. Its operators record operations (see `operators.py`)."""

    __array_ufunc__ = None  # NumPy's arrays leave operators to it
    OVERLOADABLE_OPERATORS: frozenset[str] = frozenset()

    def __init__(self, op: Operation, index: int, dtype: DType | None = None):
        super().__init__(op.source, index, f"{op.name}:{index}")
        self.op, self._dtype = op, dtype
        self._set_shape: TensorShape | None = None

    @property
    def graph(self) -> Graph:
        return self.op.graph

    @property
    def value_index(self) -> int:
        return self.index

    @property
    def device(self) -> str:
        return self.op.device

    @property
    def dtype(self) -> Any:
        if self._dtype is not None:
            return self._dtype
        if self.known is not None:
            return as_dtype(self.known.dtype)
        inputs = self.op.inputs
        return inputs[0].dtype.base_dtype if inputs else None

    @property
    def shape(self) -> TensorShape:
        known = None if self.known is None else self.known.shape
        shape = TensorShape(known)
        return shape if self._set_shape is None else shape.merge_with(self._set_shape)

    def get_shape(self) -> TensorShape:
        return self.shape

    def set_shape(self, shape: Any) -> None:
        """Say more of its shape than can be told from its operation."""
        whole = self.shape.merge_with(as_shape(shape))
        self._set_shape = whole
        engine = self.dtype.engine if self.dtype is not None else None
        if (
            whole.ndims is None
            or engine is None
            or (self.known is not None and self.shape == TensorShape(self.known.shape))
        ):
            return
        sizes = tuple(Dim.named() if d.value is None else d.value for d in whole)
        known = list(self.source.known)
        known[self.index] = EngineTensor(formula_of_input(self.op.name, sizes, engine))
        self.source.known = tuple(known)

    def eval(self, feed_dict: Any = None, session: Any = None) -> Any:
        """Its value in the session, by default the default one."""
        return _session_of(session, f"the tensor {self.name!r}").run(self, feed_dict)

    def consumers(self) -> list[Operation]:
        return [o for o in self.graph.get_operations() if any(i.key == self.key for i in o.inputs)]

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_") or name in ("numpy", "keys", "dot", "size"):
            raise AttributeError(f"'Tensor' object has no attribute '{name}'")
        missing.unknown("tf.Tensor", name, dict(vars(Tensor)))
        raise AssertionError

    def __bool__(self) -> bool:
        raise TypeError(
            "Using a `tf.Tensor` as a Python `bool` is not allowed. Use `if t is not None:` instead of "
            "`if t:` to test if a tensor is defined, and use TensorFlow ops such as tf.cond to execute "
            "subgraphs conditioned on the value of a tensor."
        )

    def __iter__(self) -> Iterator[Any]:
        raise TypeError(
            "Tensor objects are only iterable when eager execution is enabled. "
            "To iterate over this tensor use tf.map_fn."
        )

    def __len__(self) -> int:
        raise TypeError(f"len is not well defined for the symbolic Tensor {self.name}: use tf.shape(x)[0]")

    def _described(self) -> str:
        shape = "" if self.shape.ndims is None else f" shape={self.shape}"
        return f"'{self.name}'{shape} dtype={getattr(self.dtype, 'name', 'unknown')}"

    def __repr__(self) -> str:
        return f"<tf.Tensor {self._described()}>"

    def __str__(self) -> str:
        shape = "" if self.shape.ndims is None else f", shape={self.shape}"
        return f'Tensor("{self.name}"{shape}, dtype={getattr(self.dtype, "name", "unknown")})'


class Graph:
    """Named operations, collections, and what stands around the operation that is recorded next."""

    def __init__(self) -> None:
        self.seed: int | None = None
        self.finalized = False
        self.version_of_state = 0  # moves when a variable gets another parameter
        self._operations: dict[str, Operation] = {}
        self._of_source: dict[Source, Operation] = {}
        self._collections: dict[Any, list[Any]] = {}
        self._names: dict[str, int] = {}
        self._scope = ""
        self._devices: list[Any] = []
        self.controls: list[Symbol] = []
        self.assigned_before: frozenset[Any] = frozenset()  # variables that the controls assign
        self.active: Any = None  # the session whose values the variables hold
        self.lock = threading.RLock()
        self.store: dict[str, Any] = {}  # of get_variable
        self.overridden: dict[str, str] = {}  # kinds of operations whose derivative is another one
        self.opened: dict[str, int] = {}  # variable scopes, how often
        self.variables: list[Any] = []
        self.generators: list[tuple[Any, Any]] = []  # random streams, and where they begin
        self.variable_scope: Any = None

    # ------------------------------------------------------------------------------------- operations
    def add(
        self,
        kind: str,
        name: str,
        source: Source,
        count: int = 1,
        dtypes: Sequence[DType | None] = (),
        attributes: dict[str, Any] | None = None,
    ) -> Operation:
        """A new operation over a source; `name` is unique and whole already."""
        if self.finalized:
            raise RuntimeError("Graph is finalized and cannot be modified.")
        operation = Operation(self, kind, name, source, count, dtypes, attributes)
        self._operations[name] = operation
        self._of_source[source] = operation
        return operation

    def operation_of(self, source: Source) -> Operation | None:
        return self._of_source.get(source)

    def get_operations(self) -> list[Operation]:
        return list(self._operations.values())

    def get_operation_by_name(self, name: str) -> Operation:
        return self.as_graph_element(name, allow_tensor=False)  # type: ignore[no-any-return]

    def get_tensor_by_name(self, name: str) -> Tensor:
        return self.as_graph_element(name, allow_operation=False)  # type: ignore[no-any-return]

    def as_graph_element(self, obj: Any, allow_tensor: bool = True, allow_operation: bool = True) -> Any:
        """The tensor ("x:0") or operation ("x") of a name; objects as they are."""
        if isinstance(obj, bytes):
            obj = obj.decode()
        if not isinstance(obj, str):
            return self._checked_element(obj, allow_tensor, allow_operation)
        name, colon, index = obj.partition(":")
        if colon and not allow_tensor:
            raise ValueError(f"The name {obj!r} refers to a Tensor, not an Operation")
        if not colon and not allow_operation:
            raise ValueError(
                f"The name {obj!r} refers to an Operation, not a Tensor. Tensor names must be of the form "
                '"<op_name>:<output_index>".'
            )
        operation = self._operations.get(name)
        if operation is None:
            what = "Tensor" if colon else "Operation"
            raise KeyError(
                f"The name {obj!r} refers to {'a' if colon else 'an'} {what} which does not exist. "
                f"The operation, {name!r}, does not exist in the graph."
            )
        if not colon:
            return operation
        if not index.isdigit() or int(index) >= len(operation.outputs):
            raise KeyError(
                f"The name {obj!r} refers to a Tensor which does not exist. The operation, {name!r}, exists "
                f"but only has {len(operation.outputs)} outputs."
            )
        return operation.outputs[int(index)]

    def _checked_element(self, obj: Any, allow_tensor: bool, allow_operation: bool) -> Any:
        if isinstance(obj, Tensor) and allow_tensor or isinstance(obj, Operation) and allow_operation:
            if obj.graph is not self:
                kind = "Tensor" if isinstance(obj, Tensor) else "Operation"
                raise ValueError(f"{kind} {obj} is not an element of this graph.")
            return obj
        raise TypeError(f"Can not convert a {type(obj).__name__} into a Tensor or Operation.")

    def as_graph_def(self, from_version: int | None = None, add_shapes: bool = False) -> GraphDef:
        return GraphDef(self)

    @property
    def version(self) -> int:
        return len(self._operations)

    @property
    def graph_def_versions(self) -> Any:
        return SimpleNamespace(producer=27, min_consumer=0)

    def adopt(self, other: Graph) -> None:
        """Take over everything of another graph: its operations, names, collections and variables."""
        for key, value in vars(other).items():
            if key not in ("active", "lock", "finalized"):
                setattr(self, key, value)
        for operation in self._operations.values():
            operation.graph = self

    def finalize(self) -> None:
        self.finalized = True

    def is_feedable(self, tensor: Any) -> bool:
        return True

    def is_fetchable(self, tensor: Any) -> bool:
        return True

    # ----------------------------------------------------------------------------------------- names
    def unique_name(self, name: str, mark_as_used: bool = True) -> str:
        """The name in the present scope, with a number behind it where it is taken."""
        whole = f"{self._scope}/{name}" if self._scope else name
        key = whole.lower()
        number = self._names.get(key, 0)
        if mark_as_used:
            self._names[key] = number + 1
        if number == 0:
            return whole
        while f"{key}_{number}" in self._names:
            number += 1
        if mark_as_used:
            self._names[f"{key}_{number}"] = 1
            self._names[key] = number + 1
        return f"{whole}_{number}"

    def full_name(self, name: str) -> str:
        """The name of a new operation: a trailing slash says that it is whole already."""
        if name.endswith("/"):
            whole = name[:-1]
            self._names.setdefault(whole.lower(), 1)
            return whole
        if not _OPERATION_NAME.fullmatch(name):
            raise ValueError(f"'{name}' is not a valid scope name")
        return self.unique_name(name)

    @contextmanager
    def name_scope(self, name: str | None) -> Iterator[str]:
        """Operations get this prefix; None or "" for none; with a trailing slash the very scope."""
        before = self._scope
        if not name:
            self._scope = ""
        elif name.endswith("/"):
            self._scope = name[:-1]
        else:
            if not _SCOPE_NAME.fullmatch(name):
                raise ValueError(f"'{name}' is not a valid scope name")
            self._scope = self.unique_name(name)
        try:
            yield f"{self._scope}/" if self._scope else ""
        finally:
            self._scope = before

    def get_name_scope(self) -> str:
        return self._scope

    # ------------------------------------------------------------------------------------ what is around
    @contextmanager
    def as_default(self) -> Iterator[Graph]:
        """The graph in which this block records."""
        _stacks.graphs.append(self)
        try:
            yield self
        finally:
            _stacks.graphs.pop()

    @contextmanager
    def control_dependencies(self, control_inputs: Any) -> Iterator[None]:
        """Operations recorded in this block run after these."""
        before, assigned = self.controls, self.assigned_before
        if control_inputs is None:
            self.controls, self.assigned_before = [], frozenset()
        else:
            new = [_done(c) for c in control_inputs]
            self.controls = list(dict.fromkeys([*before, *new]))
            behind = sources_behind(new)
            self.assigned_before = assigned | {v for s in behind for v in getattr(s, "assigns", ())}
        try:
            yield
        finally:
            self.controls, self.assigned_before = before, assigned

    @contextmanager
    def device(self, device_name_or_function: Any) -> Iterator[None]:
        self._devices.append(device_name_or_function)
        try:
            yield
        finally:
            self._devices.pop()

    def present_device(self, name: str, kind: str) -> str:
        """The device that the innermost blocks ask for, in its long form."""
        device = ""
        for asked in self._devices:
            if asked is None:
                device = ""
            elif callable(asked):
                node = SimpleNamespace(name=name, op=kind, device=device)
                operation = SimpleNamespace(name=name, type=kind, device=device, node_def=node)
                device = _long_device(asked(operation) or "")
            else:
                device = _long_device(str(getattr(asked, "to_string", lambda: asked)())) or device  # noqa: B023
        return device

    @contextmanager
    def colocate_with(self, op: Any, ignore_existing: bool = False) -> Iterator[None]:
        yield

    @contextmanager
    def container(self, container_name: str) -> Iterator[str]:
        yield container_name

    @contextmanager
    def gradient_override_map(self, op_type_map: dict[str, str]) -> Iterator[None]:
        before = self.overridden
        self.overridden = before | dict(op_type_map)
        try:
            yield
        finally:
            self.overridden = before

    # ------------------------------------------------------------------------------------- collections
    def add_to_collection(self, name: Any, value: Any) -> None:
        self._collections.setdefault(name, []).append(value)

    def add_to_collections(self, names: Any, value: Any) -> None:
        for name in [names] if isinstance(names, str) else dict.fromkeys(names):
            self.add_to_collection(name, value)

    def get_collection(self, name: Any, scope: str | None = None) -> list[Any]:
        """What is in a collection; scope: only what has a name that begins with this pattern."""
        found = list(self._collections.get(name, []))
        if scope is None:
            return found
        return [item for item in found if re.match(scope, getattr(item, "name", None) or "\0")]

    def get_collection_ref(self, name: Any) -> list[Any]:
        return self._collections.setdefault(name, [])

    def get_all_collection_keys(self) -> list[Any]:
        return [name for name in self._collections if isinstance(name, str)]

    @property
    def collections(self) -> list[Any]:
        return self.get_all_collection_keys()

    def clear_collection(self, name: Any) -> None:
        self._collections.pop(name, None)


_SCOPE_NAME = re.compile(r"[A-Za-z0-9_.\\\-/]+")
_OPERATION_NAME = re.compile(r"[A-Za-z0-9.][A-Za-z0-9_.\\\-/]*")
_SHORT_DEVICE = re.compile(r"/(cpu|gpu)(?=:|$)", re.IGNORECASE)


def _long_device(name: str) -> str:
    """ "/gpu:0" as "/device:GPU:0"."""
    return _SHORT_DEVICE.sub(lambda found: f"/device:{found[1].upper()}", name)


def _done(control: Any) -> Symbol:
    if isinstance(control, Operation):
        return control.done
    if isinstance(control, Symbol):
        return control
    op = getattr(control, "op", None)
    if isinstance(op, Operation):
        return op.done
    raise TypeError(f"Control input must be an Operation, a Tensor, or IndexedSlices, not {control!r}")


# ----------------------------------------------------------------------------------- defaults of a thread
class _Stacks(threading.local):
    def __init__(self) -> None:
        self.graphs: list[Graph] = []
        self.sessions: list[Any] = []


class Mode:
    """Whether operations compute at once."""

    eager = False


_stacks = _Stacks()
_default = [Graph()]


def get_default_graph() -> Graph:
    """The graph that records now."""
    return _stacks.graphs[-1] if _stacks.graphs else _default[0]


def reset_default_graph() -> None:
    """Begin a new default graph."""
    if _stacks.graphs:
        raise AssertionError("Do not use tf.reset_default_graph() to clear nested graphs.")
    _default[0] = Graph()
    for hook in on_reset:
        hook()


on_reset: list[Callable[[], None]] = []  # others that keep something of the default graph


def get_default_session() -> Any:
    """The innermost session that is a default one, or None."""
    return _stacks.sessions[-1] if _stacks.sessions else None


def push_session(session: Any) -> None:
    _stacks.sessions.append(session)


def pop_session(session: Any) -> None:
    if session in _stacks.sessions:
        _stacks.sessions.reverse()
        _stacks.sessions.remove(session)
        _stacks.sessions.reverse()


def push_graph(graph: Graph) -> None:
    _stacks.graphs.append(graph)


def pop_graph(graph: Graph) -> None:
    if graph in _stacks.graphs:
        _stacks.graphs.remove(graph)


def _session_of(session: Any, what: str) -> Any:
    found = session or get_default_session()
    if found is None:
        raise ValueError(
            f"Cannot run {what}: No default session is registered. Use `with sess.as_default()` or pass an "
            "explicit session to it."
        )
    return found


@contextmanager
def name_scope(name: str | None, default_name: str | None = None, values: Any = None) -> Iterator[str]:
    """A scope of names in the default graph: `name`, or else `default_name`."""
    wanted = default_name if name is None else name
    if Mode.eager:
        yield f"{wanted}/" if wanted else ""
        return
    if wanted is None:
        raise ValueError("At least one of name (None) and default_name (None) should be provided.")
    graph = next((v.graph for v in values or () if isinstance(v, Tensor)), None) or get_default_graph()
    with graph.as_default(), graph.name_scope(wanted) as scope:
        yield scope


def control_dependencies(control_inputs: Any) -> Any:
    """As `Graph.control_dependencies` of the default graph."""
    return get_default_graph().control_dependencies([] if Mode.eager and control_inputs else control_inputs)


def device(device_name_or_function: Any) -> Any:
    """As `Graph.device` of the default graph."""
    return get_default_graph().device(device_name_or_function)


def colocate_with(op: Any, ignore_existing: bool = False) -> Any:
    return get_default_graph().colocate_with(op, ignore_existing)


def add_to_collection(name: Any, value: Any) -> None:
    get_default_graph().add_to_collection(name, value)


def add_to_collections(names: Any, value: Any) -> None:
    get_default_graph().add_to_collections(names, value)


def get_collection(key: Any, scope: str | None = None) -> list[Any]:
    """What is in a collection of the default graph."""
    return get_default_graph().get_collection(key, scope)


def get_collection_ref(key: Any) -> list[Any]:
    return get_default_graph().get_collection_ref(key)


__all__ = [
    "Graph", "GraphDef", "GraphKeys", "NodeDef", "Operation", "Tensor", "add_to_collection",
    "add_to_collections", "colocate_with", "control_dependencies", "device", "get_collection",
    "get_collection_ref", "get_default_graph", "get_default_session", "name_scope",
    "reset_default_graph",
]  # fmt: skip
