"""A GraphProto as steps in order, each an operator with its attributes; checked before anything runs."""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...errors import LimpideError
from ...graph import Array
from ...tensor import Tensor, astensor
from ..door import library
from ..operators import OPERATORS, SIZES, Call, Operator, find, formula, is_sizes, tidy
from ..types import number_of
from .files import DAMAGE, array_of, damaged, text

STANDARD = ("", "ai.onnx")
DEEPEST = 20  # graphs inside of graphs

Scope = MutableMapping[str, Any]


@dataclass(frozen=True)
class Origin:
    """What all graphs of a model share: versions, functions, where other files are, the model's mode."""

    opsets: Mapping[str, int]
    functions: Mapping[tuple[str, str], Any]
    folder: Path | None
    training: Callable[[], bool]
    inside: tuple[str, ...] = ()  # the functions that this is in

    @property
    def opset(self) -> int:
        return self.opsets.get("", self.opsets.get("ai.onnx", 1))


@dataclass(frozen=True)
class Step:
    """One node of a graph."""

    name: str
    op: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]
    run: Operator | Function | Expansion


@dataclass
class Graph:
    """Steps in an order in which every input is there before it is read."""

    name: str
    inputs: list[Any]  # ValueInfoProtos
    outputs: list[str]
    arrays: dict[str, Array]
    origin: Origin
    steps: list[Step] = field(default_factory=list)

    def run(self, scope: Scope) -> list[Any]:
        """The outputs, given a scope with the inputs and initialisers."""
        for step in self.steps:
            given = [scope[name] if name else None for name in step.inputs]
            while given and given[-1] is None:
                given.pop()
            results = apply(step, given, self.origin, scope)
            for name, value in zip(step.outputs, results, strict=False):
                if name:
                    scope[name] = value
                    _name(value, name)
        return [scope[name] for name in self.outputs]

    def walk(self) -> Iterator[Step]:
        """All steps, those of inner graphs too."""
        for step in self.steps:
            yield step
            for value in step.attributes.values():
                if isinstance(value, Graph):
                    yield from value.walk()


class Inner:
    """A graph inside of a node, with the values around it."""

    def __init__(self, graph: Graph, scope: Scope):
        self.graph, self.scope = graph, scope
        self.inputs = [i.name for i in graph.inputs]
        self.outputs = graph.outputs

    def __call__(self, *values: Any) -> list[Any]:
        if len(values) != len(self.inputs):
            raise damaged(f"the graph '{self.graph.name}' has {len(self.inputs)} inputs, not {len(values)}")
        own: dict[str, Any] = {name: Tensor(None, array) for name, array in self.graph.arrays.items()}
        own |= dict(zip(self.inputs, values, strict=True))
        return self.graph.run(ChainMap(own, self.scope))


# --------------------------------------------------------------------------------------------- running
def _name(value: Any, name: str) -> None:
    """Call what a formula computes as the file does: so it is called where the model is explained."""
    if isinstance(value, Tensor) and value.value is None and value.node.name is None and value.node.inputs:
        value.node.name = re.sub(r"\W+", "_", name).strip("_") or None


def apply(step: Step, given: list[Any], origin: Origin, scope: Scope) -> tuple[Any, ...]:
    """The results of one node. Every error tells the node."""
    wanted = len([name for name in step.outputs if name]) and len(step.outputs)
    attributes = {k: Inner(v, scope) if isinstance(v, Graph) else v for k, v in step.attributes.items()}
    try:
        if isinstance(step.run, Operator):
            results = _operated(
                step, step.run, given, attributes, Call(origin.opset, wanted, origin.training)
            )
        else:
            results = step.run(step, given)
    except LimpideError as error:
        error.layer = error.layer or f"'{step.name}': {step.op}"
        raise
    except DAMAGE as error:
        wrong = damaged(f"{type(error).__name__}: {error}")
        wrong.layer = f"'{step.name}': {step.op}"
        raise wrong from error
    if len(results) < len(step.outputs) and any(step.outputs[len(results) :]):
        raise damaged(
            f"the node '{step.name}' ({step.op}) gives {len(results)} results, not {len(step.outputs)}"
        )
    return results


def _operated(
    step: Step, operator: Operator, given: list[Any], attributes: dict[str, Any], call: Call
) -> tuple[Any, ...]:
    if any(map(is_sizes, given)) and not operator.sizes:
        if step.op in SIZES:
            return (tidy(SIZES[step.op](*given, **attributes)),)
        given = [formula(v) for v in given]
    if "call" in operator.signature.parameters:
        attributes["call"] = call
    try:
        operator.signature.bind(*[None] * len(given), **dict.fromkeys(attributes))
    except TypeError as error:
        raise damaged(f"{step.op} of version {call.opset}: {error}") from None
    result = operator.run(*given, **attributes)
    return tuple(map(tidy, result)) if isinstance(result, tuple) else (tidy(result),)


# --------------------------------------------------------------------------------------------- reading
def graph_of(proto: Any, origin: Origin, outer: Iterable[str] = (), depth: int = 0) -> Graph:
    """A GraphProto, checked: names are there and unique, nothing is circular, every operator is known.

    outer: the names of values around it. Raises DataError.
    """
    if depth > DEEPEST:
        raise damaged(f"graphs are nested deeper than {DEEPEST}")
    if proto.sparse_initializer:
        raise damaged("sparse initialisers cannot be used")
    arrays = {}
    for tensor in proto.initializer:
        if tensor.name in arrays:
            raise damaged(f"the initialiser '{tensor.name}' is there twice")
        arrays[tensor.name] = array_of(tensor, origin.folder)
    names = [i.name for i in proto.input]
    if len(set(names)) != len(names):
        raise damaged(f"two inputs have one name: {', '.join(names)}")
    graph = Graph(proto.name, list(proto.input), [o.name for o in proto.output], arrays, origin)
    _fill(graph, proto.node, set(outer), {*names, *arrays}, {}, depth)
    return graph


def _fill(
    graph: Graph, nodes: Sequence[Any], outer: set[str], local: set[str], given: Mapping[str, Any], depth: int
) -> None:
    """Put the nodes into the graph, in order. given: the attributes of the function that this is the body of.

    outer, local: the names that are there before any node. A node may hide an outer name, but no local one.
    """
    made: set[str] = set()
    for node in nodes:
        for name in filter(None, node.output):
            if name in local or name in made:
                raise damaged(f"the value '{name}' is made twice")
            made.add(name)
    known, own = (outer | local) - made, outer | local | made
    for name in graph.outputs:
        if name not in own:
            raise damaged(f"the output '{name}' of '{graph.name}' is made by no node")
    unknown = sorted({_full(node) for node in nodes if _operator_of(node, graph.origin) is None})
    if unknown:
        raise damaged(
            f"these operators are not known: {', '.join(unknown)}",
            f"operators of version {graph.origin.opset}; docs/onnx.md lists those that are",
        )
    for node in _ordered(nodes, known, own):
        graph.steps.append(_step(node, graph.origin, own, given, depth))


def _full(node: Any) -> str:
    return str(node.op_type) if node.domain in STANDARD else f"{node.domain}.{node.op_type}"


def _title(node: Any) -> str:
    return str(node.name or next(filter(None, node.output), node.op_type))


def _ordered(nodes: Sequence[Any], known: set[str], own: set[str]) -> list[Any]:
    """The nodes, each behind those that it reads from. Raises DataError for what is missing or circular."""
    waiting: dict[str, list[int]] = {}
    missing: list[int] = []
    for i, node in enumerate(nodes):
        reads = {name for name in _reads(node) if name and name not in known}
        for name in reads:
            if name not in own:
                raise damaged(f"'{_title(node)}' reads '{name}', which is not there")
            waiting.setdefault(name, []).append(i)
        missing.append(len(reads))
    ready = [i for i, count in enumerate(missing) if not count]
    order: list[Any] = []
    while ready:
        i = ready.pop()
        order.append(i)
        for name in filter(None, nodes[i].output):
            for user in waiting.get(name, ()):
                missing[user] -= 1
                if not missing[user]:
                    ready.append(user)
    if len(order) < len(nodes):
        stuck = next(i for i, count in enumerate(missing) if count)
        raise damaged(f"the graph is circular: '{_title(nodes[stuck])}' depends on itself")
    return [nodes[i] for i in _stable(order, nodes)]


def _stable(order: list[int], nodes: Sequence[Any]) -> list[int]:
    """As they were, where that is an order already."""
    made: dict[str, int] = {name: i for i, node in enumerate(nodes) for name in node.output}
    plain = all(made.get(name, -1) < i for i, node in enumerate(nodes) for name in _reads(node))
    return list(range(len(nodes))) if plain else order


def _reads(node: Any, depth: int = 0) -> Iterator[str]:
    """What a node reads, in its inner graphs too, less what they make themselves."""
    yield from node.input
    if depth > DEEPEST:
        return
    for attribute in node.attribute:
        for graph in [attribute.g] if attribute.HasField("g") else attribute.graphs:
            own = {i.name for i in graph.input} | {i.name for i in graph.initializer}
            own |= {name for inner in graph.node for name in inner.output}
            for inner in graph.node:
                yield from (name for name in _reads(inner, depth + 1) if name not in own)
            yield from (o.name for o in graph.output if o.name not in own)


def _step(node: Any, origin: Origin, own: set[str], given: Mapping[str, Any], depth: int) -> Step:
    run = _operator_of(node, origin)
    assert run is not None
    attributes = {}
    for attribute in node.attribute:
        if attribute.ref_attr_name:
            if attribute.ref_attr_name in given:
                attributes[attribute.name] = given[attribute.ref_attr_name]
            continue
        attributes[attribute.name] = _attribute(attribute, origin, own, depth)
    if isinstance(run, Function):
        run = run.prepared(attributes, origin)
    elif isinstance(run, Expansion):
        run.told(node, attributes)
    return Step(_title(node), node.op_type, tuple(node.input), tuple(node.output), attributes, run)


FIELDS = {1: "f", 2: "i", 3: "s", 4: "t", 5: "g", 6: "floats", 7: "ints", 8: "strings"}


def _attribute(attribute: Any, origin: Origin, own: set[str], depth: int) -> Any:
    kind = attribute.type
    if kind not in FIELDS:
        filled = [k for k, name in FIELDS.items() if k > 5 and getattr(attribute, name)]
        filled += [k for k, name in FIELDS.items() if k <= 5 and attribute.HasField(name)]
        if kind == 13:
            return attribute.tp
        if kind or len(filled) != 1:
            raise damaged(f"the attribute '{attribute.name}' is of a kind that cannot be used")
        kind = filled[0]
    value = getattr(attribute, FIELDS[kind])
    if kind == 3:
        return text(value)
    if kind == 4:
        return array_of(value, origin.folder)
    if kind == 5:
        return graph_of(value, origin, own, depth + 1)
    if kind == 8:
        return tuple(map(text, value))
    return tuple(value) if kind in (6, 7) else value


# ------------------------------------------------------------------------------------------- functions
def _operator_of(node: Any, origin: Origin) -> Operator | Function | Expansion | None:
    """What runs a node: a function of the model, an operator of ours, or what the standard makes it of."""
    local = origin.functions.get((node.domain, node.op_type))
    if local is not None:
        return Function(local)
    if node.domain not in STANDARD:
        return None
    found = find(node.op_type, origin.opset)
    if found is not None:
        return found
    schema = _schema(node.op_type, origin.opset)
    made = schema is not None and (schema.has_function or schema.has_context_dependent_function)
    return Expansion(schema, origin.opset) if made else None


def _schema(op: str, opset: int) -> Any:
    defs = library().defs
    try:
        return defs.get_schema(op, opset)
    except defs.SchemaError:
        return None


class Function:
    """A FunctionProto that is called; `prepared` with the attributes of a call."""

    def __init__(self, proto: Any, graph: Graph | None = None):
        self.proto, self.graph = proto, graph

    def prepared(self, attributes: Mapping[str, Any], origin: Origin) -> Function:
        """The function with the attributes of one call put in. Raises DataError for one that calls itself."""
        proto, name = self.proto, f"{self.proto.domain}.{self.proto.name}"
        if name in origin.inside or len(origin.inside) > DEEPEST:
            raise damaged(f"the function '{proto.name}' calls itself")
        opsets = {o.domain: o.version for o in proto.opset_import} or dict(origin.opsets)
        inner = Origin(opsets, origin.functions, origin.folder, origin.training, (*origin.inside, name))
        defaults = {a.name: _attribute(a, inner, set(), 0) for a in proto.attribute_proto}
        made = {name for node in proto.node for name in node.output} | set(proto.input)
        outputs = [name for name in proto.output if name in made]  # the others are optional ones
        graph = Graph(proto.name, list(proto.input), outputs, {}, inner)
        _fill(graph, proto.node, set(), set(proto.input), defaults | dict(attributes), 0)
        return Function(proto, graph)

    def __call__(self, step: Step, given: list[Any]) -> tuple[Any, ...]:
        assert self.graph is not None
        names = list(self.proto.input)
        if len(given) > len(names):
            raise damaged(f"{step.op} has {len(names)} inputs, not {len(given)}")
        results = self.graph.run(dict(zip(names, given + [None] * (len(names) - len(given)), strict=True)))
        found = dict(zip(self.graph.outputs, results, strict=True))
        return tuple(found.get(name) for name in self.proto.output)


class Expansion:
    """An operator of the standard that is told by others; which, may depend on the types of its inputs."""

    def __init__(self, schema: Any, opset: int):
        self.schema, self.opset = schema, opset
        self.node = b""
        self.made: dict[Any, Function] = {}

    def told(self, node: Any, attributes: Mapping[str, Any]) -> None:
        """Keep the node, its attributes those of the function around it where it refers to them."""
        onnx = library()
        own = onnx.NodeProto()
        own.CopyFrom(node)
        del own.attribute[:]
        for attribute in node.attribute:
            if not attribute.ref_attr_name:
                own.attribute.append(attribute)
            elif attributes.get(attribute.name) is not None:
                own.attribute.append(onnx.helper.make_attribute(attribute.name, attributes[attribute.name]))
        self.node = own.SerializeToString()

    def __call__(self, step: Step, given: list[Any]) -> tuple[Any, ...]:
        given = [None if v is None else astensor(formula(v)) for v in given]
        kinds = tuple(None if v is None else (number_of(v.dtype), v.shape) for v in given)
        if kinds not in self.made:
            proto = self._body(kinds)
            origin = Origin({o.domain: o.version for o in proto.opset_import}, {}, None, lambda: False)
            self.made[kinds] = Function(proto).prepared(self._attributes(step), origin)
        return self.made[kinds](step, given)

    def _attributes(self, step: Step) -> dict[str, Any]:
        """Those of the node, and the standard's own where it has none."""
        known = {
            name: _attribute(a.default_value, Origin({}, {}, None, lambda: False), set(), 0)
            for name, a in self.schema.attributes.items()
            if a.default_value.name
        }
        return known | dict(step.attributes)

    def _body(self, kinds: Sequence[Any]) -> Any:
        onnx = library()
        proto = onnx.FunctionProto()
        if self.schema.has_function:
            proto.CopyFrom(self.schema.function_body)
            return proto
        types = []
        for kind in kinds:
            told = onnx.TypeProto()
            if kind is not None:
                shape = [s if isinstance(s, int) else None for s in kind[1]]
                told = onnx.helper.make_tensor_type_proto(kind[0], shape)
            types.append(told.SerializeToString())
        versions = [v for v in self.schema.context_dependent_function_opset_versions if v <= self.opset]
        version = max(versions, default=self.schema.since_version)
        made = self.schema.get_context_dependent_function_with_opset_version(version, self.node, types)
        proto.ParseFromString(made)
        return proto


def supported() -> list[str]:
    """The operators of the standard that models may have, by name."""
    names = {s.name for s in library().defs.get_all_schemas() if s.domain == ""}
    newest = library().defs.onnx_opset_version()

    def told(name: str) -> bool:
        schema = _schema(name, newest)
        return schema is not None and (schema.has_function or schema.has_context_dependent_function)

    return sorted(name for name in names if name in OPERATORS or told(name))


__all__ = ["Graph", "Inner", "Origin", "Step", "graph_of", "supported"]
