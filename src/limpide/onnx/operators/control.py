"""Branches, loops, and sequences of tensors, which are Python lists here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...compile import scan
from ...errors import DataError, SymbolicError
from ...nn.words import lp
from ...tensor import Tensor, astensor
from .table import Body, axis_in, integers, is_known, number, operator

UNROLLED = 16  # steps of a loop that are written out where it cannot be an op
LONGEST = 10_000  # steps that are taken one by one


@operator("If")
def branch(condition: Any, *, then_branch: Body, else_branch: Body) -> Any:
    if is_known(condition):
        return tuple((then_branch if bool(number(condition, "the condition")) else else_branch)())
    chosen = []
    for a, b in zip(then_branch(), else_branch(), strict=True):
        if not isinstance(a, Tensor) or not isinstance(b, Tensor):
            raise SymbolicError("onnx", "a branch gives a sequence, and the condition is not known")
        if a.shape != b.shape or a.dtype != b.dtype:
            raise SymbolicError(
                "onnx",
                f"the branches give {a.dtype}{a.shape} and {b.dtype}{b.shape}, and the condition is open",
                hint="call the model on values, outside of compiled functions",
            )
        chosen.append(lp.where(lp.reshape(condition, ()), a, b))
    return tuple(chosen)


@operator("Loop")
def loop(count: Any = None, condition: Any = None, *carried: Any, body: Body) -> Any:
    steps = None if count is None else int(number(count, "the number of steps"))
    going = condition is None or bool(number(condition, "the condition"))
    most = UNROLLED if not all(is_known(c) for c in carried) else LONGEST
    if steps is not None and steps > most:
        return _as_scan(steps if going else 0, carried, body)
    return _unrolled(steps, going, carried, body)


def _unrolled(steps: int | None, going: bool, carried: Sequence[Any], body: Body) -> tuple[Any, ...]:
    """Step by step, with values that are known or for few steps."""
    state = list(carried)
    stacked: list[list[Any]] = [[] for _ in body.outputs[1 + len(carried) :]]
    at = 0
    while going and (steps is None or at < steps):
        if at >= LONGEST:
            raise DataError("onnx", f"a loop of more than {LONGEST} steps")
        results = body(astensor(np.int64(at)), astensor(True), *state)
        going = bool(number(results[0], "the condition of a loop"))
        state = list(results[1 : 1 + len(carried)])
        for whole, part in zip(stacked, results[1 + len(carried) :], strict=True):
            whole.append(part)
        at += 1
    return (*state, *(_stack(parts) for parts in stacked))


def _stack(parts: list[Any]) -> Any:
    return lp.stack(parts, 0) if parts else lp.zeros((0,), "float32")


def _as_scan(steps: int, carried: Sequence[Any], body: Body) -> tuple[Any, ...]:
    """As one op, for a loop whose condition stays true."""

    def step(state: Any, at: Any) -> Any:
        results = body(at, astensor(True), *state)
        if not is_known(results[0]) or not bool(number(results[0], "the condition")):
            raise SymbolicError("onnx", "the condition of a loop is computed from the model's inputs")
        return tuple(results[1 : 1 + len(carried)]), tuple(results[1 + len(carried) :])

    last, stacked = scan(step, tuple(map(astensor, carried)), lp.arange(steps))
    return (*last, *stacked)


@operator("Scan", 9)
def scan_(
    *given: Any, body: Body, num_scan_inputs: int, scan_input_axes: Any = None,
    scan_input_directions: Any = None, scan_output_axes: Any = None, scan_output_directions: Any = None,
) -> Any:  # fmt: skip
    carries = len(given) - num_scan_inputs
    stacked = len(body.outputs) - carries
    axes, turned = (list(v or [0] * num_scan_inputs) for v in (scan_input_axes, scan_input_directions))
    out_axes, out_turned = (list(v or [0] * stacked) for v in (scan_output_axes, scan_output_directions))
    elements = [
        lp.moveaxis(x, axis_in(axis, astensor(x).ndim), 0)
        for x, axis in zip(given[carries:], axes, strict=True)
    ]
    elements = [lp.flip(x, 0) if back else x for x, back in zip(elements, turned, strict=True)]

    def step(state: Any, parts: Any) -> Any:
        results = body(*state, *parts)
        return tuple(results[:carries]), tuple(results[carries:])

    last, ys = scan(step, tuple(map(astensor, given[:carries])), tuple(elements))
    ys = [lp.flip(y, 0) if back else y for y, back in zip(ys, out_turned, strict=True)]
    return (*last, *(lp.moveaxis(y, 0, axis_in(a, y.ndim)) for y, a in zip(ys, out_axes, strict=True)))


@operator("Scan", 8)
def scan_of_batches(
    lengths: Any, *given: Any, body: Body, num_scan_inputs: int, directions: Any = None
) -> Any:
    """With the batch as first axis of everything: one loop per sample."""
    if lengths is not None:
        raise DataError("onnx", "a Scan of version 8 with lengths of its sequences cannot be used")
    samples = []
    for i in range(int(astensor(given[0]).shape[0])):
        own = [astensor(x)[i] for x in given]
        samples.append(
            scan_(*own, body=body, num_scan_inputs=num_scan_inputs, scan_input_directions=directions)
        )
    return tuple(lp.stack(parts, 0) for parts in zip(*samples, strict=True))


# -------------------------------------------------------------------------------------------- sequences
@operator("SequenceConstruct")
def sequence(*values: Any) -> Any:
    return list(values)


@operator("SequenceEmpty")
def empty_sequence(*, dtype: int = 1) -> Any:
    return []


def _place(position: Any, size: int, beyond: int = 0) -> int:
    at = size if position is None else int(number(position, "a position"))
    if not -size - beyond <= at < size + max(beyond, position is None):
        raise DataError("onnx", f"position {at} is outside of a sequence of {size}")
    return at


@operator("SequenceAt")
def sequence_at(values: Any, position: Any) -> Any:
    return values[_place(position, len(values))]


@operator("SequenceInsert")
def sequence_insert(values: Any, value: Any, position: Any = None) -> Any:
    result = list(values)
    result.insert(_place(position, len(values), 1), value)
    return result


@operator("SequenceErase")
def sequence_erase(values: Any, position: Any = None) -> Any:
    result = list(values)
    del result[_place(position, len(values)) if position is not None else -1]
    return result


@operator("SequenceLength")
def sequence_length(values: Any) -> Any:
    return astensor(np.int64(len(values)))


@operator("SplitToSequence")
def split_to_sequence(x: Any, split: Any = None, *, axis: int = 0, keepdims: int = 1) -> Any:
    x = astensor(x)
    axis = axis_in(axis, x.ndim)
    total = int(x.shape[axis])
    if split is None:
        parts = lp.array_split(x, total, axis)
        return list(parts) if keepdims else [lp.squeeze(p, axis) for p in parts]
    lengths = list(integers(split, "split"))
    if not astensor(split).ndim:
        if lengths[0] < 1:
            raise DataError("onnx", f"parts of {lengths[0]} elements")
        lengths = [min(lengths[0], total - i) for i in range(0, total, lengths[0])]
    if sum(lengths) != total or min(lengths, default=0) < 0:
        raise DataError("onnx", f"parts of {lengths} are not those of an axis of {total}")
    return list(lp.array_split(x, np.cumsum(lengths)[:-1].tolist(), axis))


@operator("ConcatFromSequence")
def concat_from_sequence(values: Any, *, axis: int, new_axis: int = 0) -> Any:
    return lp.stack(list(values), axis) if new_axis else lp.concatenate(list(values), axis)


@operator("SequenceMap")
def sequence_map(values: Any, *more: Any, body: Body) -> Any:
    found = [
        body(value, *(m[i] if isinstance(m, list) else m for m in more)) for i, value in enumerate(values)
    ]
    return tuple(list(column) for column in zip(*found, strict=True)) or tuple([] for _ in body.outputs)


@operator("Optional")
def optional(x: Any = None, *, type: Any = None) -> Any:
    return x


@operator("OptionalHasElement")
def has_element(x: Any = None) -> Any:
    return astensor(x is not None)


@operator("OptionalGetElement")
def get_element(x: Any) -> Any:
    return x
