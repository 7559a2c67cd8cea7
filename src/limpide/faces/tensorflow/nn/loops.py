"""A loop over the first axis of tensors, recorded once: what recurrent networks run on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ....compile import scan
from ....nn.words import lp
from ....ops.loop import placeholder
from ....shapes import Dim, Shape
from ....tensor import Tensor as EngineTensor
from ...record import Deep, Given, Replay, Subgraph, Unknown, begun
from ..graph import Mode, Tensor, get_default_graph
from ..recording import apply

Body = Callable[[list[Any], list[Any]], tuple[Sequence[Any], Sequence[Any]]]


def scanned(
    word: str, body: Body, init: Sequence[Any], elements: Sequence[Any]
) -> tuple[list[Any], list[Any]]:
    """`state, outputs = body(state, element)` along the first axis of `elements`.

    Gives the last state and the stacked outputs. In eager mode it is a Python loop.
    """
    if Mode.eager:
        return _at_once(body, list(init), list(elements))
    graph = get_default_graph()
    since = begun()
    with graph.name_scope(f"{word}/"), graph.control_dependencies(None):
        states = [_hole("state", i.dtype.base_dtype, _sizes(i)) for i in init]
        parts = [_hole("element", e.dtype.base_dtype, _sizes(e)[1:]) for e in elements]
        after, outputs = body(states, parts)
    wanted = [*after, *outputs]
    sub = Subgraph([*states, *parts], wanted, since)
    first, second, third = len(init), len(elements), len(sub.captured)

    def build(replay: Replay, *values: Any) -> Any:
        around = dict(zip((s.key for s in sub.captured), values[first + second :], strict=True))

        def step(carry: Any, element: Any) -> Any:
            results = sub.run(replay, [*carry, *element], around)
            new = [r.astype(c.dtype) for r, c in zip(results[:first], carry, strict=True)]
            return tuple(new), tuple(results[first:])

        last, stacked = scan(step, tuple(values[:first]), tuple(values[first : first + second]))
        return (*last, *stacked)

    def known() -> Any:
        length = _sizes(elements[0])[0]
        return [
            *(i.known for i in init),
            *(
                None if o.known is None else _formula((length, *o.known.shape), o.known.dtype)
                for o in outputs
            ),
        ]

    results = apply(
        word, build, [*init, *elements, *sub.captured], count=len(wanted), known=known, source=Deep,
        dtype=[w.dtype.base_dtype for w in wanted],
    )  # fmt: skip
    assert third == len(sub.captured)
    return results[:first], results[first:]


def _hole(name: str, dtype: Any, shape: Shape) -> Tensor:
    """A symbol that gets a value in every round."""
    graph = get_default_graph()
    whole = graph.full_name(name)
    source = Given([None if isinstance(s, Dim) else s for s in shape], dtype.engine, whole)
    source.known = (_formula(shape, dtype.engine),)
    return graph.add("Enter", whole, source, 1, [dtype]).outputs[0]


def _formula(shape: Shape, dtype: Any) -> EngineTensor:
    return EngineTensor(placeholder("loop", shape, dtype))


def _sizes(t: Any) -> Shape:
    if t.known is None:
        raise Unknown(t.name)
    shape: Shape = t.known.shape
    return shape


def _at_once(body: Body, state: list[Any], elements: list[Any]) -> tuple[list[Any], list[Any]]:
    rows: list[Sequence[Any]] = []
    for i in range(int(elements[0].shape[0])):
        new, outputs = body(state, [e[i] for e in elements])
        state = list(new)
        rows.append(outputs)
    return state, [apply("stack", _stack, [list(column)]) for column in zip(*rows, strict=True)]


def _stack(parts: Any) -> Any:
    return lp.stack(parts)


__all__ = ["scanned"]
