"""The graph of a model with its nodes under the names of the modules that made them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from .. import nest
from ..compile import input as symbol
from ..errors import describe
from ..graph import Cell, Node, consumers, walk
from ..nn import Module
from ..ops.define import cell_op, constant_op, input_op
from ..shapes import Dim
from ..tensor import astensor
from ..tracing import tracing
from .arrays import each
from .loops import Batch


class Drawn(NamedTuple):
    """A node as it is drawn. shape: with -1 for sizes that are not known; line: the user's that built it."""

    name: str
    op: str
    inputs: tuple[str, ...]
    dtype: str
    shape: tuple[int, ...]
    line: str


class Span(NamedTuple):
    """The nodes that a call of a module made have serials from `first` to `last`."""

    first: int
    last: int
    scope: str


def draw(trainer: Any, batch: Batch) -> list[Drawn]:
    """The nodes from a batch to the loss, inputs before users; names are paths of modules.

    trainer: a `Trainer`; without a loss only the model is drawn.
    """
    with tracing(), spans_of(trainer.model) as spans:
        labels = nest.names(batch[0], "x"), nest.names(batch[1], "y"), nest.names(batch[2], "weights")
        names = iter([name for group in labels for name in group])
        inputs, y, w = each(batch, lambda a: symbol(next(names), a.shape, a.dtype))
        outputs = trainer.forward(inputs, training=True)
        roots = [astensor(leaf).node for leaf in nest.flatten(outputs)[0]]
        if trainer.objective is not None:
            first = _now()
            roots.append(trainer.objective.loss(outputs, y, w).node)
            spans.append(Span(first, _now(), "loss"))
    return named(roots, spans, scopes_of_state(trainer.model))


def named(roots: list[Node], spans: list[Span], state: dict[Cell, str]) -> list[Drawn]:
    """The nodes behind the roots, each with a name of its own."""
    nodes = walk(roots)
    users, scopes = consumers(nodes), dict[Node, str]()
    for node in reversed(nodes):
        scopes[node] = _scope(node, spans) or next((scopes[u] for u in users.get(node, ())), "")
    names: dict[Node, str] = {}
    taken: dict[str, int] = {}
    drawn = []
    for node in nodes:
        wanted = _name(node, scopes[node], state)
        taken[wanted] = taken.get(wanted, 0) + 1
        names[node] = wanted if taken[wanted] == 1 else f"{wanted}_{taken[wanted] - 1}"
        shape = tuple(-1 if isinstance(s, Dim) else int(s) for s in node.shape)
        line = "" if node.where is None else describe(node.where)
        inputs = tuple(names[i] for i in node.inputs)
        drawn.append(Drawn(names[node], node.op.name, inputs, str(node.dtype), shape, line))
    return drawn


def _scope(node: Node, spans: list[Span]) -> str:
    """The innermost module that made a node; nothing for constants, which are shared, and older nodes."""
    around = [span for span in spans if span.first < node.serial < span.last]
    if node.op is constant_op or not around:
        return ""
    return min(around, key=lambda span: span.last - span.first).scope


def _name(node: Node, scope: str, state: dict[Cell, str]) -> str:
    if node.op is cell_op:
        return state.get(node.attr("cell"), _plain(node.attr("cell").name))
    if node.op is input_op:
        return _plain(node.attr("label"))
    label = node.name if node.name and "." not in node.name else node.op.name
    return f"{scope}/{_plain(label)}" if scope else _plain(label)


@contextmanager
def spans_of(model: Module) -> Iterator[list[Span]]:
    """While this block runs, the calls of all modules are noted."""
    spans: list[Span] = []
    scopes = scopes_of(model)
    for module, scope in scopes.items():
        object.__setattr__(module, "forward", _noting(module.forward, scope, spans))
    try:
        yield spans
    finally:
        for module in scopes:
            vars(module).pop("forward", None)


def _noting(forward: Callable[..., Any], scope: str, spans: list[Span]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        first = _now()
        result = forward(*args, **kwargs)
        spans.append(Span(first, _now(), scope))
        return result

    return call


def _now() -> int:
    """The serial number of a new node."""
    return symbol("now", ()).node.serial


def scopes_of(model: Module) -> dict[Module, str]:
    """The scope of every module: Sequential/Linear[0]/..."""
    kind = type(model).__name__
    scopes: dict[Module, str] = {}
    paths: dict[str, str] = {}
    for path, module in model.named_modules():
        parent = max((p for p in paths if p == "" or path.startswith(f"{p}.")), key=len, default=None)
        if parent is None:
            paths[path] = kind
        else:
            own = path[len(parent) :].lstrip(".")
            paths[path] = f"{paths[parent]}/{type(module).__name__}[{own}]"
        scopes.setdefault(module, paths[path])
    return scopes


def scopes_of_state(model: Module) -> dict[Cell, str]:
    """The name of every parameter in the scope of the innermost module that has it."""
    found: dict[Cell, str] = {}
    for module, scope in scopes_of(model).items():  # outer modules first
        for path, parameter in module.named_state():
            found[parameter.cell] = f"{scope}/{_plain(path)}"
    return found


def _plain(name: str) -> str:
    """A name of one level."""
    return name.replace("/", "_") or "node"
