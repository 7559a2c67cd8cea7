"""Attention: a cell that looks at a memory at every step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from .....nn.words import lp
from ... import nest
from ...dtypes import float32
from ...initializers import Constant, Zeros
from ...inputs import convert_to_tensor
from ...layers import Dense
from ...layers.base import shape_of, size_of
from ...nn.rnn_cell import RNNCell, _side_by_side, _zeros, batch_of
from ...recording import op, tensor
from ...scopes import get_variable, variable_scope


class AttentionWrapperState(NamedTuple):
    """The state of the cell within, what was looked at last, and how much of each part."""

    cell_state: Any
    attention: Any
    time: Any
    alignments: Any
    alignment_history: Any = ()
    attention_state: Any = ()

    def clone(self, **changes: Any) -> AttentionWrapperState:
        return self._replace(**changes)


class _Mechanism:
    """Scores of the parts of a memory (batch, time, depth) for a query (batch, depth)."""

    def __init__(
        self, num_units: int, memory: Any, memory_sequence_length: Any, name: str, score_mask_value: Any,
        probability_fn: Any,
    ):  # fmt: skip
        self._name, self._units = name, num_units
        self._softmax = probability_fn
        with variable_scope(None, default_name=name) as self._scope:
            memory = convert_to_tensor(memory)
            self.values = memory
            if memory_sequence_length is not None:
                self.values = _masked(memory, memory_sequence_length)
            self._lengths = memory_sequence_length
            self.memory_layer = Dense(num_units, use_bias=False, name="memory_layer")
            self.keys = self.memory_layer(self.values)
        self.batch_size = batch_of(memory, 0)

    def scores(self, query: Any) -> Any:
        raise NotImplementedError

    def __call__(self, query: Any, state: Any = None, previous_alignments: Any = None) -> Any:
        """How much of each part of the memory is looked at."""
        with variable_scope(self._scope, auxiliary_name_scope=False):
            scores = self.scores(query)
        if self._softmax is not None:
            return self._softmax(scores)
        return _shares(scores, self._lengths)


@op("mask")
def _masked(memory: Any, lengths: Any, name: Any = None) -> Any:
    x, n = tensor(memory), tensor(lengths)
    there = lp.arange(x.shape[1]) < lp.reshape(n, (-1, 1))
    return x * lp.expand_dims(there, -1).astype(x.dtype)


@op("Softmax")
def _shares(scores: Any, lengths: Any, name: Any = None) -> Any:
    x = tensor(scores)
    if lengths is not None:
        there = lp.arange(x.shape[1]) < lp.reshape(tensor(lengths), (-1, 1))
        x = lp.where(there, x, -1e30)
    return lp.softmax(x)


class LuongAttention(_Mechanism):
    """Products of query and keys (Luong et al. 2015)."""

    def __init__(
        self,
        num_units: int,
        memory: Any,
        memory_sequence_length: Any = None,
        scale: bool = False,
        probability_fn: Any = None,
        score_mask_value: Any = None,
        dtype: Any = None,
        name: str = "LuongAttention",
    ):
        super().__init__(num_units, memory, memory_sequence_length, name, score_mask_value, probability_fn)
        self._scale = scale

    def scores(self, query: Any) -> Any:
        scale = get_variable("attention_g", [], initializer=Constant(1.0)) if self._scale else None
        return _products(query, self.keys, scale)


@op("luong_score")
def _products(query: Any, keys: Any, scale: Any, name: Any = None) -> Any:
    found = lp.sum(tensor(keys) * lp.expand_dims(tensor(query), 1), axis=2)
    return found if scale is None else found * tensor(scale)


class BahdanauAttention(_Mechanism):
    """v tanh(W query + keys) (Bahdanau et al. 2014)."""

    def __init__(
        self, num_units: int, memory: Any, memory_sequence_length: Any = None, normalize: bool = False,
        probability_fn: Any = None, score_mask_value: Any = None, dtype: Any = None,
        name: str = "BahdanauAttention",
    ):  # fmt: skip
        super().__init__(num_units, memory, memory_sequence_length, name, score_mask_value, probability_fn)
        self._normalize = normalize
        self.query_layer = Dense(num_units, use_bias=False, name="query_layer")

    def scores(self, query: Any) -> Any:
        v = get_variable("attention_v", [self._units])
        g = (
            get_variable("attention_g", [], initializer=Constant(self._units**-0.5))
            if self._normalize
            else None
        )
        b = get_variable("attention_b", [self._units], initializer=Zeros()) if self._normalize else None
        return _additive(self.query_layer(query), self.keys, v, g, b)


@op("bahdanau_score")
def _additive(query: Any, keys: Any, v: Any, g: Any, b: Any, name: Any = None) -> Any:
    total = tensor(keys) + lp.expand_dims(tensor(query), 1)
    v = tensor(v)
    if g is not None:
        total, v = total + tensor(b), tensor(g) * v / lp.sqrt(lp.sum(lp.square(v)))
    return lp.sum(v * lp.tanh(total), axis=2)


@op("context")
def _context(alignments: Any, values: Any, name: Any = None) -> Any:
    return lp.sum(lp.expand_dims(tensor(alignments), -1) * tensor(values), axis=1)


@op("Add")
def _next(time: Any, name: Any = None) -> Any:
    return tensor(time) + 1


class AttentionWrapper(RNNCell):
    """A cell whose input has what was looked at last beside it, and whose output is what is looked at now."""

    def __init__(
        self,
        cell: Any,
        attention_mechanism: Any,
        attention_layer_size: Any = None,
        alignment_history: bool = False,
        cell_input_fn: Callable[..., Any] | None = None,
        output_attention: bool = True,
        initial_cell_state: Any = None,
        name: str | None = None,
        attention_layer: Any = None,
    ):
        super().__init__(name=name or "attention_wrapper")
        self._cell, self._join = (
            cell,
            cell_input_fn or (lambda inputs, attention: _side_by_side([inputs, attention])),
        )
        self._many = isinstance(attention_mechanism, (list, tuple))
        self._mechanisms: Sequence[Any] = attention_mechanism if self._many else [attention_mechanism]
        sizes = (
            attention_layer_size
            if isinstance(attention_layer_size, (list, tuple))
            else [attention_layer_size]
        )
        self._layers = [
            None
            if s is None
            else Dense(s, use_bias=False, name=f"attention_layer{'' if k == 0 else f'_{k}'}")
            for k, s in enumerate(sizes * len(self._mechanisms) if len(sizes) == 1 else sizes)
        ]
        self._output_attention, self._initial = output_attention, initial_cell_state
        depths = [size_of(shape_of(m.values)[-1]) or 0 for m in self._mechanisms]
        widths = [d if layer is None else layer.units for d, layer in zip(depths, self._layers, strict=True)]
        self._width = sum(widths)

    @property
    def output_size(self) -> Any:
        return self._width if self._output_attention else self._cell.output_size

    @property
    def state_size(self) -> Any:
        lengths = [size_of(shape_of(m.values)[1]) for m in self._mechanisms]
        alignments: Any = tuple(lengths) if self._many else lengths[0]
        return AttentionWrapperState(self._cell.state_size, self._width, 1, alignments)

    def zero_state(self, batch_size: Any, dtype: Any = float32) -> Any:
        state = self._cell.zero_state(batch_size, dtype) if self._initial is None else self._initial
        alignments = [_none(m.values) for m in self._mechanisms]
        return AttentionWrapperState(
            state, _zeros([batch_size, self._width], dtype), _zeros([], "int32"),
            tuple(alignments) if self._many else alignments[0],
        )  # fmt: skip

    def call(self, inputs: Any, state: Any) -> Any:
        output, after = self._cell(self._join(inputs, state.attention), state.cell_state)
        looked, alignments = [], []
        for mechanism, layer in zip(self._mechanisms, self._layers, strict=True):
            share = mechanism(output)
            context = _context(share, mechanism.values)
            looked.append(context if layer is None else layer(_side_by_side([output, context])))
            alignments.append(share)
        attention = looked[0] if len(looked) == 1 else _side_by_side(looked)
        new = AttentionWrapperState(
            after, attention, _next(state.time), tuple(alignments) if self._many else alignments[0]
        )
        return (attention if self._output_attention else output), new


@op("zeros")
def _none(values: Any, name: Any = None) -> Any:
    x = tensor(values)
    return lp.zeros(x.shape[:2], x.dtype)


def tile_batch(t: Any, multiplier: int, name: str | None = None) -> Any:
    """Every row so many times, side by side."""
    return nest.map_structure(lambda x: _repeated(x, multiplier), t)


@op("tile_batch")
def _repeated(x: Any, times: int, name: Any = None) -> Any:
    return lp.repeat(tensor(x), times, axis=0)
