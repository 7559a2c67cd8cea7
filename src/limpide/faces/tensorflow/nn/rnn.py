"""tf.nn: cells along time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ....nn.words import lp
from .. import nest
from ..dtypes import as_dtype
from ..inputs import convert_to_tensor
from ..layers.base import shape_of
from ..recording import op, tensor
from ..scopes import variable_scope
from .loops import scanned
from .rnn_cell import batch_of, like_cell


def _first_axes_swapped(value: Any) -> Any:
    return nest.map_structure(_swapped, value)


@op("transpose")
def _swapped(x: Any, name: Any = None) -> Any:
    return lp.swapaxes(tensor(x), 0, 1)


@op("Select")
def _chosen(t: Any, lengths: Any, new: Any, old: Any, name: Any = None) -> Any:
    """New where the sequence has not ended, else old (None: zeros)."""
    new = tensor(new)
    within = lp.less(tensor(t).astype("int64"), tensor(lengths).astype("int64"))
    within = lp.reshape(within, (-1, *(1,) * (new.ndim - 1)))
    return lp.where(within, new, lp.zeros_like(new) if old is None else tensor(old))


@op("range")
def _times(x: Any, name: Any = None) -> Any:
    return lp.arange(tensor(x).shape[0], dtype="int32")


@op("ReverseSequence")
def reversed_in_time(x: Any, lengths: Any, name: Any = None) -> Any:
    """(time, batch, ...) with the first `lengths` elements of every sequence in reverse."""
    x = tensor(x)
    if lengths is None:
        return lp.flip(x, axis=0)
    t = lp.reshape(lp.arange(x.shape[0]), (-1, 1))
    n = tensor(lengths).astype("int64")
    index = lp.where(t < n, n - 1 - t, t)
    return lp.take_along_axis(
        x, lp.reshape(index, (*index.shape, *(1,) * (x.ndim - 2))) + lp.zeros(x.shape, "int64"), axis=0
    )


def _lengths(sequence_length: Any) -> Any:
    if sequence_length is None:
        return None
    lengths = convert_to_tensor(sequence_length)
    if shape_of(lengths).ndims not in (None, 1):
        raise ValueError(
            f"sequence_length must be a vector of length batch_size, but saw shape: {shape_of(lengths)}"
        )
    return lengths


def _begin(cell: Any, inputs: Any, initial_state: Any, dtype: Any, batch_axis: int) -> Any:
    if initial_state is not None:
        return nest.map_structure(convert_to_tensor, initial_state)
    if not dtype:
        raise ValueError("If there is no initial_state, you must give a dtype.")
    return cell.zero_state(batch_of(nest.flatten(inputs)[0], batch_axis), as_dtype(dtype))


def dynamic_rnn(
    cell: Any,
    inputs: Any,
    sequence_length: Any = None,
    initial_state: Any = None,
    dtype: Any = None,
    parallel_iterations: Any = None,
    swap_memory: bool = False,
    time_major: bool = False,
    scope: Any = None,
) -> tuple[Any, Any]:
    """A cell along the time of inputs (batch, time, ...), or (time, batch, ...) with time_major.

    Gives the outputs, 0 behind the end of a sequence, and the state at its end.
    """
    like_cell("cell", cell)
    with variable_scope(scope or "rnn") as around:
        inputs = nest.map_structure(convert_to_tensor, inputs)
        state = _begin(cell, inputs, initial_state, dtype, 1 if time_major else 0)
        outputs, last = along_time(
            cell,
            inputs if time_major else _first_axes_swapped(inputs),
            _lengths(sequence_length),
            state,
            around,
        )
    return (outputs if time_major else _first_axes_swapped(outputs)), last


def along_time(cell: Any, inputs: Any, lengths: Any, state: Any, around: Any) -> tuple[Any, Any]:
    """The loop of dynamic_rnn, time first."""
    flat = nest.flatten(inputs)
    structure: list[Any] = []

    def body(states: list[Any], parts: list[Any]) -> tuple[list[Any], list[Any]]:
        t, *elements = parts
        before = nest.pack_sequence_as(state, states)
        output, after = cell(nest.pack_sequence_as(inputs, elements), before)
        nest.assert_same_structure(before, after)
        structure[:] = [output]
        new, outputs = nest.flatten(after), nest.flatten(output)
        if lengths is not None:
            new = [_chosen(t, lengths, n, o) for n, o in zip(new, states, strict=True)]
            outputs = [_chosen(t, lengths, o, None) for o in outputs]
        return new, outputs

    last, outputs = scanned("while", body, nest.flatten(state), [_times(flat[0]), *flat])
    return nest.pack_sequence_as(structure[0], outputs), nest.pack_sequence_as(state, last)


def bidirectional_dynamic_rnn(
    cell_fw: Any,
    cell_bw: Any,
    inputs: Any,
    sequence_length: Any = None,
    initial_state_fw: Any = None,
    initial_state_bw: Any = None,
    dtype: Any = None,
    parallel_iterations: Any = None,
    swap_memory: bool = False,
    time_major: bool = False,
    scope: Any = None,
) -> tuple[Any, Any]:
    """Two cells along time, one backwards: pairs of their outputs and of their last states."""
    like_cell("cell_fw", cell_fw)
    like_cell("cell_bw", cell_bw)
    with variable_scope(scope or "bidirectional_rnn"):
        settings = {"sequence_length": sequence_length, "dtype": dtype, "time_major": True}
        inputs = convert_to_tensor(inputs)
        rows = inputs if time_major else _swapped(inputs)
        lengths = _lengths(sequence_length)
        with variable_scope("fw") as fw:
            forward, last_fw = dynamic_rnn(
                cell_fw, rows, initial_state=initial_state_fw, scope=fw, **settings
            )
        with variable_scope("bw") as bw:
            mirrored = reversed_in_time(rows, lengths)
            backward, last_bw = dynamic_rnn(
                cell_bw, mirrored, initial_state=initial_state_bw, scope=bw, **settings
            )
        outputs = (forward, nest.map_structure(lambda o: reversed_in_time(o, lengths), backward))
    return (outputs if time_major else _first_axes_swapped(outputs)), (last_fw, last_bw)


def static_rnn(
    cell: Any,
    inputs: Sequence[Any],
    initial_state: Any = None,
    dtype: Any = None,
    sequence_length: Any = None,
    scope: Any = None,
) -> tuple[list[Any], Any]:
    """A cell along a list of inputs, one for every step: the list of its outputs, and its last state."""
    like_cell("cell", cell)
    if not isinstance(inputs, (list, tuple)):
        raise TypeError("inputs must be a sequence")
    if not inputs:
        raise ValueError("inputs must not be empty")
    with variable_scope(scope or "rnn") as around:
        inputs = [nest.map_structure(convert_to_tensor, i) for i in inputs]
        state = _begin(cell, inputs[0], initial_state, dtype, 0)
        rows = nest.map_structure(lambda *steps: _stacked(list(steps)), *inputs)
        outputs, last = along_time(cell, rows, _lengths(sequence_length), state, around)
        count = len(inputs)
        columns = [_unstacked(o, count) for o in nest.flatten(outputs)]
        return [nest.pack_sequence_as(outputs, [c[t] for c in columns]) for t in range(count)], last


@op("stack")
def _stacked(parts: Any, name: Any = None) -> Any:
    return lp.stack([tensor(p) for p in parts])


@op("unstack", count=lambda x, count: count)
def _unstacked(x: Any, count: int, name: Any = None) -> Any:
    return [tensor(x)[t] for t in range(count)]


rnn = static_rnn


def static_bidirectional_rnn(
    cell_fw: Any,
    cell_bw: Any,
    inputs: Sequence[Any],
    initial_state_fw: Any = None,
    initial_state_bw: Any = None,
    dtype: Any = None,
    sequence_length: Any = None,
    scope: Any = None,
) -> tuple[list[Any], Any, Any]:
    """Two cells along a list of inputs: outputs side by side, and the last state of each."""
    like_cell("cell_fw", cell_fw)
    like_cell("cell_bw", cell_bw)
    if not isinstance(inputs, (list, tuple)):
        raise TypeError("inputs must be a sequence")
    if not inputs:
        raise ValueError("inputs must not be empty")
    lengths = _lengths(sequence_length)
    with variable_scope(scope or "bidirectional_rnn"):
        with variable_scope("fw") as fw:
            forward, last_fw = static_rnn(cell_fw, inputs, initial_state_fw, dtype, sequence_length, fw)
        with variable_scope("bw") as bw:
            mirrored = _mirrored(inputs, lengths)
            backward, last_bw = static_rnn(cell_bw, mirrored, initial_state_bw, dtype, sequence_length, bw)
        outputs = [_side_by_side(f, b) for f, b in zip(forward, _mirrored(backward, lengths), strict=True)]
    return outputs, last_fw, last_bw


bidirectional_rnn = static_bidirectional_rnn


def _mirrored(steps: Sequence[Any], lengths: Any) -> list[Any]:
    if lengths is None:
        return list(steps)[::-1]
    return list(_unstacked(reversed_in_time(_stacked(list(steps)), lengths), len(steps)))


@op("concat")
def _side_by_side(a: Any, b: Any, name: Any = None) -> Any:
    return lp.concatenate([tensor(a), tensor(b)], axis=1)


def state_saving_rnn(
    cell: Any,
    inputs: Sequence[Any],
    state_saver: Any,
    state_name: Any,
    sequence_length: Any = None,
    scope: Any = None,
) -> tuple[list[Any], Any]:
    """static_rnn whose state is kept by `state_saver` between calls."""
    names = nest.flatten(state_name)
    state = nest.pack_sequence_as(cell.state_size, [state_saver.state(n) for n in names])
    outputs, last = static_rnn(cell, inputs, state, sequence_length=sequence_length, scope=scope)
    for name, value in zip(names, nest.flatten(last), strict=True):
        state_saver.save_state(name, value)
    return outputs, last


static_state_saving_rnn = state_saving_rnn

__all__ = [
    "bidirectional_dynamic_rnn", "bidirectional_rnn", "dynamic_rnn", "rnn", "state_saving_rnn",
    "static_bidirectional_rnn", "static_rnn", "static_state_saving_rnn",
]  # fmt: skip
