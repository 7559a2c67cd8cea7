"""Variables of the recorded graph, the view of it as Theano's `Apply` nodes, and the recording of ops."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ....errors import LimpideError
from ....tensor import Tensor, astensor
from ... import record
from ...record import Symbol
from ..configparser import config
from .recipes import reduced
from .type import Type, generic
from .utils import Scratchpad, TestValueError

type_of_formula: list[Callable[[Tensor], Type]] = []  # theano.tensor puts in how tensors' types are told


class Between(record.Host):
    """A Python function between native calls; random numbers behind it depend on states alone."""

    hands_over = False


class Variable(Symbol):
    """A value to be: an input, a constant, state, or a result of an op."""

    def __init__(self, type: Type, source: record.Source, index: int = 0, name: str | None = None):
        super().__init__(source, index, name)
        self.type = type
        self.tag = Scratchpad()
        if not isinstance(source, record.Apply):
            vars(source).setdefault("outputs", [self])

    @property
    def owner(self) -> Any:
        """The node whose result it is, or None."""
        return node_of(self.source) if isinstance(self.source, record.Apply) else None

    @property
    def auto_name(self) -> str:
        return f"auto_{self.source.serial}"

    def clone(self, name: str | None = None) -> Variable:
        """An input of the same type."""
        new: Variable = self.type.make_variable(name or self.name)
        new.tag = copy.copy(self.tag)
        return new

    def eval(self, inputs_to_values: Mapping[Any, Any] | None = None, **kwargs: Any) -> Any:
        """Its value for these values of inputs."""
        raise NotImplementedError

    def get_parents(self) -> list[Any]:
        return [] if self.owner is None else [self.owner]

    def get_test_value(self) -> Any:
        """The value that scripts left in its tag, or that it has anyway."""
        if hasattr(self.tag, "test_value"):
            return self.tag.test_value
        if isinstance(self.source, record.Fixed):
            return self.source.array
        if isinstance(self.source, record.State):
            return self.source.parameter.numpy()
        raise TestValueError(f"{self} has no test value: set {self}.tag.test_value")

    def __str__(self) -> str:
        if self.name is not None:
            return str(self.name)
        owner = self.owner
        if owner is None:
            return f"<{self.type}>"
        return f"{owner.op}.{self.index}" if len(owner.outputs) > 1 or self.source.count else f"{owner.op}.0"  # type: ignore[attr-defined]

    def __repr__(self) -> str:
        return str(self)

    def __copy__(self) -> Variable:
        return self

    def __reduce__(self) -> Any:
        return reduced(self)


class Node:
    """A source as Theano's `Apply`: an op, its inputs, its outputs."""

    def __init__(self, source: record.Source):
        self.source = source
        self.op = op_of(source)
        self.tag = Scratchpad()

    @property
    def inputs(self) -> list[Any]:
        return list(self.source.inputs)

    @property
    def outputs(self) -> list[Any]:
        return outputs_of(self.source)

    @property
    def out(self) -> Any:
        """The only output."""
        return self.outputs[0]

    def default_output(self) -> Any:
        return self.outputs[0]

    @property
    def nin(self) -> int:
        return len(self.inputs)

    @property
    def nout(self) -> int:
        return len(self.outputs)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Node) and self.source is other.source

    def __hash__(self) -> int:
        return hash(self.source)

    def __str__(self) -> str:
        return f"{self.op}({', '.join(map(str, self.inputs))})"

    __repr__ = __str__


def node_of(source: record.Source) -> Node:
    """The one view of a source."""
    found = vars(source).get("node")
    if found is None:
        found = source.node = Node(source)  # type: ignore[attr-defined]
    node: Node = found
    return node


def op_of(source: record.Source) -> Any:
    """The op that recorded a source, or its name."""
    return vars(source).get("op", source.name)


def outputs_of(source: record.Source) -> list[Any]:
    """The variables that a source gave."""
    found = vars(source).get("outputs")
    if found is None:
        found = source.outputs = [_variable(source, i) for i in range(len(source.known))]  # type: ignore[attr-defined]
    return list(found)


def _variable(source: record.Source, index: int) -> Any:
    known = source.known[index]
    type_ = generic if known is None else type_of_formula[0](known)
    make = getattr(type_, "variable", Variable)
    return make(type_, source, index)


# -------------------------------------------------------------------------------------------- recording
def apply(
    op: Any,
    build: Callable[..., Any],
    args: Sequence[Any],
    kwargs: dict[str, Any] | None = None,
    *,
    count: int | None = None,
    known: Callable[[], Any] | None = None,
    kind: type[record.Apply] = record.Apply,
) -> Any:
    """The result of `build` on variables: one, or a list of `count`.

    op: what stands in the graph for it. known: formulas of the results where `build` needs sizes to be known.
    """
    source = kind(build, args, kwargs, name=str(op), count=count, known=known)
    source.op = op  # type: ignore[attr-defined]
    outputs = outputs_of(source)
    if config.compute_test_value != "off":
        _test(source, outputs)
    return outputs[0] if count is None else outputs


def _test(source: record.Source, outputs: Sequence[Variable]) -> None:
    """Compute the test values of results from those of the inputs, as `config.compute_test_value` says."""
    action = config.compute_test_value
    try:
        given = {i.key: astensor(np.asarray(i.get_test_value())) for i in source.inputs}  # type: ignore[attr-defined]
    except (AttributeError, TestValueError) as missing:
        if action == "raise":
            raise AttributeError(
                f"Cannot compute test value: an input of {op_of(source)} has none "
                f"(config.compute_test_value is 'raise'). {missing}"
            ) from None
        if action == "warn":
            warnings.warn(f"no test value: {missing}", stacklevel=4)
        return
    replay = record.Replay(given)
    try:
        values = [replay.value(o) for o in outputs]
    except LimpideError as error:
        if action == "ignore":
            return
        if action == "warn":
            warnings.warn(f"the test value of {op_of(source)} cannot be computed: {error}", stacklevel=4)
            return
        raise
    for output, value in zip(outputs, values, strict=True):
        output.tag.test_value = np.array(value.value)


# ------------------------------------------------------------------------------------------ whole graphs
def replaced(outputs: Sequence[Symbol], known: Mapping[Any, Symbol]) -> list[Any]:
    """The outputs recorded again with other symbols, by their keys, in the place of some."""
    found: dict[Any, Symbol] = dict(known)
    for source in record.sources_behind(outputs, lambda s: s.key in found):
        if not isinstance(source, record.Apply):
            continue
        if not any(i.key in found for i in source.inputs):
            continue
        new = source.over(lambda s: found.get(s.key, s))
        for view in ("node", "outputs"):
            vars(new).pop(view, None)
        for old, other in zip(outputs_of(source), outputs_of(new), strict=True):
            found[old.key] = other
            other.name = old.name
    return [found.get(o.key, o) for o in outputs]


def ancestors(variables: Iterable[Symbol], blockers: Iterable[Symbol] = ()) -> list[Any]:
    """Every variable behind these, and they themselves."""
    stop = {b.key for b in blockers}
    found: dict[Any, Any] = {}
    for source in record.sources_behind(list(variables), lambda s: s.key in stop):
        found |= {o.key: o for o in outputs_of(source)}
    return [*found.values(), *(b for b in blockers)]


def inputs(variables: Iterable[Symbol], blockers: Iterable[Symbol] = ()) -> list[Any]:
    """The variables without an owner behind these: inputs, state and constants."""
    return [v for v in ancestors(variables, blockers) if getattr(v, "owner", None) is None]


def variables(_inputs: Iterable[Symbol], outputs: Iterable[Symbol]) -> list[Any]:
    return ancestors(outputs)


def io_toposort(_inputs: Iterable[Symbol], outputs: Iterable[Symbol]) -> list[Node]:
    """The nodes between inputs and outputs, in an order in which they can be computed."""
    stop = {i.key for i in _inputs}
    sources = record.sources_behind(list(outputs), lambda s: s.key in stop)
    return [node_of(s) for s in sources if isinstance(s, record.Apply)]


def is_constant(variable: Any) -> bool:
    return isinstance(variable, Symbol) and isinstance(variable.source, record.Fixed)
