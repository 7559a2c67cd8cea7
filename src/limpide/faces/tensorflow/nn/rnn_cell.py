"""Recurrent cells: one step each, `cell(inputs, state) -> (output, new state)`."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ....nn.words import lp
from ... import missing
from ...record import shape_of as shape_vector
from ...record import sizes
from .. import nest
from ..dtypes import engine_type, float32
from ..initializers import Constant, Zeros
from ..layers.base import Layer, shape_of, size_of
from ..recording import op, tensor
from ..scopes import get_variable, get_variable_scope, variable_scope
from .embedding import embedding_lookup
from .normalisation import dropout

Activation = Callable[..., Any]


class LSTMStateTuple(NamedTuple):
    """The state of an LSTM cell: its memory and its output."""

    c: Any
    h: Any

    @property
    def dtype(self) -> Any:
        return self.c.dtype


class RNNCell(Layer):
    """What all cells share; a subclass says `state_size`, `output_size` and `call(inputs, state)`.

    A subclass in the way of 2016 says `__call__(inputs, state, scope=None)` itself.
    """

    def __init__(self, trainable: bool = True, name: str | None = None, dtype: Any = None, **settings: Any):
        super().__init__(trainable=trainable, name=name, dtype=dtype, **settings)

    def __getattr__(self, name: str) -> Any:
        if name in _LAYER_STATE:  # a subclass that never called __init__
            RNNCell.__init__(self)
            return self.__dict__[name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    @property
    def state_size(self) -> Any:
        raise NotImplementedError("Abstract method")

    @property
    def output_size(self) -> Any:
        raise NotImplementedError("Abstract method")

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        if scope is not None:
            with variable_scope(scope, custom_getter=None):
                return super().__call__(inputs, state)
        return super().__call__(inputs, state)

    def zero_state(self, batch_size: Any, dtype: Any = float32) -> Any:
        """Zeros for every part of the state, `batch_size` rows of them."""
        parts = [_zeros(_with_batch(batch_size, size), dtype) for size in nest.flatten(self.state_size)]
        return nest.pack_sequence_as(self.state_size, parts)

    def get_initial_state(self, inputs: Any = None, batch_size: Any = None, dtype: Any = None) -> Any:
        """As zero_state, of as many rows as `inputs` has."""
        if inputs is not None:
            batch_size, dtype = batch_of(inputs, 0), inputs.dtype
        return self.zero_state(batch_size, dtype)


_LAYER_STATE = {
    "trainable",
    "built",
    "_reuse",
    "_dtype",
    "_activity_regularizer",
    "_trainable",
    "_frozen",
    "_updates",
    "_losses",
    "_base_name",
    "_scope",
    "_called",
    "input_spec",
}


def _with_batch(batch: Any, size: Any) -> list[Any]:
    sizes = size.as_list() if hasattr(size, "as_list") else [size]
    return [batch, *sizes]


def batch_of(inputs: Any, axis: int) -> Any:
    """The number of rows: a number where it is known, else a tensor."""
    known = size_of(shape_of(inputs)[axis]) if shape_of(inputs).ndims is not None else None
    return _size(inputs, axis) if known is None else known


@op("Shape", gradient=False)
def _size(x: Any, axis: int, name: Any = None) -> Any:
    return shape_vector(tensor(x), np.int32)[axis]


@op("zeros")
def _zeros(shape: Any, dtype: Any, name: Any = None) -> Any:
    return lp.zeros(sizes(shape), engine_type(dtype))


def _gated(x: Any, h: Any, kernel: Any, bias: Any) -> Any:
    y = lp.concatenate([tensor(x), tensor(h)], axis=1) @ tensor(kernel)
    return y if bias is None else y + tensor(bias)


def _activation(given: Any) -> Activation:
    activation: Activation = given or lp.tanh
    return activation


class LayerRNNCell(RNNCell):
    """Cells whose variables are made for the first input."""

    def _weights(self, name: str, shape: Sequence[Any], initializer: Any = None) -> Any:
        return self.add_variable(name, shape=list(shape), initializer=initializer)

    def _width(self, inputs_shape: Any) -> int:
        width = size_of(inputs_shape[1]) if inputs_shape.ndims is not None else None
        if width is None:
            raise ValueError(f"Expected inputs.shape[-1] to be known, saw shape: {inputs_shape}")
        return width


class BasicRNNCell(LayerRNNCell):
    """h' = activation([x, h] W + b)."""

    def __init__(
        self,
        num_units: int,
        input_size: Any = None,
        activation: Any = None,
        reuse: Any = None,
        name: str | None = None,
        dtype: Any = None,
        **settings: Any,
    ):
        if callable(input_size):
            input_size, activation = None, input_size
        super().__init__(_reuse=reuse, name=name, dtype=dtype, **settings)
        self._num_units, self._activation = num_units, _activation(activation)

    @property
    def state_size(self) -> Any:
        return self._num_units

    @property
    def output_size(self) -> Any:
        return self._num_units

    def build(self, inputs_shape: Any) -> None:
        self._kernel = self._weights("kernel", [self._width(inputs_shape) + self._num_units, self._num_units])
        self._bias = self._weights("bias", [self._num_units], Zeros())
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        output = _rnn_step(inputs, state, self._kernel, self._bias, self._activation)
        return output, output


@op("BasicRNNCell")
def _rnn_step(x: Any, h: Any, kernel: Any, bias: Any, activation: Activation, name: Any = None) -> Any:
    return activation(_gated(x, h, kernel, bias))


class GRUCell(LayerRNNCell):
    """Gated recurrent unit (Cho et al. 2014): gates r, u; h' = u h + (1 - u) activation([x, r h] W + b)."""

    def __init__(
        self,
        num_units: int,
        activation: Any = None,
        reuse: Any = None,
        kernel_initializer: Any = None,
        bias_initializer: Any = None,
        name: str | None = None,
        dtype: Any = None,
        input_size: Any = None,
        **settings: Any,
    ):
        super().__init__(_reuse=reuse, name=name, dtype=dtype, **settings)
        self._num_units, self._activation = (
            num_units,
            _activation(activation if callable(activation) else None),
        )
        self._kernel_initializer, self._bias_initializer = kernel_initializer, bias_initializer

    @property
    def state_size(self) -> Any:
        return self._num_units

    @property
    def output_size(self) -> Any:
        return self._num_units

    def build(self, inputs_shape: Any) -> None:
        n = self._num_units
        whole = self._width(inputs_shape) + n
        bias, kernel = self._bias_initializer, self._kernel_initializer
        self._gate_kernel = self._weights("gates/kernel", [whole, 2 * n], kernel)
        self._gate_bias = self._weights("gates/bias", [2 * n], Constant(1.0) if bias is None else bias)
        self._candidate_kernel = self._weights("candidate/kernel", [whole, n], kernel)
        self._candidate_bias = self._weights("candidate/bias", [n], Zeros() if bias is None else bias)
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        new = _gru_step(
            inputs, state, self._gate_kernel, self._gate_bias, self._candidate_kernel, self._candidate_bias,
            self._activation,
        )  # fmt: skip
        return new, new


@op("GRUCell")
def _gru_step(
    x: Any,
    h: Any,
    gates: Any,
    gate_bias: Any,
    kernel: Any,
    bias: Any,
    activation: Activation,
    name: Any = None,
) -> Any:
    x, h = tensor(x), tensor(h)
    r, u = lp.split(lp.sigmoid(_gated(x, h, gates, gate_bias)), 2, axis=1)
    c = activation(_gated(x, r * h, kernel, bias))
    return u * h + (1 - u) * c


class BasicLSTMCell(LayerRNNCell):
    """Long short-term memory (Zaremba et al. 2014): gates i, j, f, o; no peepholes, clipping or projection.

    state_is_tuple: the state is (c, h), else both side by side in one tensor.
    """

    def __init__(
        self,
        num_units: int,
        forget_bias: float = 1.0,
        input_size: Any = None,
        state_is_tuple: bool = True,
        activation: Any = None,
        reuse: Any = None,
        name: str | None = None,
        dtype: Any = None,
        **settings: Any,
    ):
        if isinstance(input_size, bool):
            state_is_tuple, activation = input_size, None if state_is_tuple is True else state_is_tuple
        super().__init__(_reuse=reuse, name=name, dtype=dtype, **settings)
        self._num_units, self._forget_bias = num_units, forget_bias
        self._state_is_tuple, self._activation = state_is_tuple, _activation(activation)

    @property
    def state_size(self) -> Any:
        n = self._num_units
        return LSTMStateTuple(n, n) if self._state_is_tuple else 2 * n

    @property
    def output_size(self) -> Any:
        return self._num_units

    def build(self, inputs_shape: Any) -> None:
        n = self._num_units
        self._kernel = self._weights("kernel", [self._width(inputs_shape) + n, 4 * n])
        self._bias = self._weights("bias", [4 * n], Zeros())
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        c, h = state if self._state_is_tuple else _halves(state)
        c, h = _lstm_step(inputs, c, h, self._kernel, self._bias, self._forget_bias, self._activation)
        return h, LSTMStateTuple(c, h) if self._state_is_tuple else _joined(c, h)


@op("split", count=2)
def _halves(state: Any, name: Any = None) -> Any:
    return lp.split(tensor(state), 2, axis=1)


@op("concat")
def _joined(c: Any, h: Any, name: Any = None) -> Any:
    return lp.concatenate([tensor(c), tensor(h)], axis=1)


@op("BasicLSTMCell", count=2)
def _lstm_step(
    x: Any, c: Any, h: Any, kernel: Any, bias: Any, forget: float, activation: Activation, name: Any = None
) -> Any:
    i, j, f, o = lp.split(_gated(x, h, kernel, bias), 4, axis=1)
    c = tensor(c) * lp.sigmoid(f + forget) + lp.sigmoid(i) * activation(j)
    return c, activation(c) * lp.sigmoid(o)


class LSTMCell(LayerRNNCell):
    """Long short-term memory (Sak et al. 2014), with peepholes, clipping and a projection of the output."""

    def __init__(
        self,
        num_units: int,
        use_peepholes: bool = False,
        cell_clip: float | None = None,
        initializer: Any = None,
        num_proj: int | None = None,
        proj_clip: float | None = None,
        num_unit_shards: Any = None,
        num_proj_shards: Any = None,
        forget_bias: float = 1.0,
        state_is_tuple: bool = True,
        activation: Any = None,
        reuse: Any = None,
        name: str | None = None,
        dtype: Any = None,
        input_size: Any = None,
        **settings: Any,
    ):
        super().__init__(_reuse=reuse, name=name, dtype=dtype, **settings)
        self._num_units, self._peepholes, self._clip = num_units, use_peepholes, cell_clip
        self._initializer, self._num_proj, self._proj_clip = initializer, num_proj, proj_clip
        self._forget_bias, self._state_is_tuple = forget_bias, state_is_tuple
        self._activation = _activation(activation)

    @property
    def state_size(self) -> Any:
        c, h = self._num_units, self.output_size
        return LSTMStateTuple(c, h) if self._state_is_tuple else c + h

    @property
    def output_size(self) -> Any:
        return self._num_proj or self._num_units

    def build(self, inputs_shape: Any) -> None:
        n, init = self._num_units, self._initializer
        whole = self._width(inputs_shape) + self.output_size
        self._kernel = self._weights("kernel", [whole, 4 * n], init)
        self._bias = self._weights("bias", [4 * n], Zeros())
        names = ["w_f_diag", "w_i_diag", "w_o_diag"] if self._peepholes else []
        self._diagonals = [self._weights(name, [n], init) for name in names]
        self._projection = (
            self._weights("projection/kernel", [n, self._num_proj], init) if self._num_proj else None
        )
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        c, h = state if self._state_is_tuple else _parted(state, self._num_units)
        c, h = _peephole_step(
            inputs, c, h, self._kernel, self._bias, self._diagonals, self._projection, self._forget_bias,
            self._clip, self._proj_clip, self._activation,
        )  # fmt: skip
        return h, LSTMStateTuple(c, h) if self._state_is_tuple else _joined(c, h)


@op("Slice", count=2)
def _parted(state: Any, size: int, name: Any = None) -> Any:
    state = tensor(state)
    return state[:, :size], state[:, size:]


@op("LSTMCell", count=2)
def _peephole_step(
    x: Any, c: Any, h: Any, kernel: Any, bias: Any, diagonals: Any, projection: Any, forget: float, clip: Any,
    proj_clip: Any, activation: Activation, name: Any = None,
) -> Any:  # fmt: skip
    i, j, f, o = lp.split(_gated(x, h, kernel, bias), 4, axis=1)
    c = tensor(c)
    if diagonals:
        f, i = f + tensor(diagonals[0]) * c, i + tensor(diagonals[1]) * c
    c = lp.sigmoid(f + forget) * c + lp.sigmoid(i) * activation(j)
    if clip is not None:
        c = lp.clip(c, -clip, clip)
    if diagonals:
        o = o + tensor(diagonals[2]) * c
    h = lp.sigmoid(o) * activation(c)
    if projection is not None:
        h = h @ tensor(projection)
        if proj_clip is not None:
            h = lp.clip(h, -proj_clip, proj_clip)
    return c, h


class LayerNormBasicLSTMCell(LayerRNNCell):
    """LSTM whose gates and memory are normalised (Ba et al. 2016), with dropout of its candidates."""

    def __init__(
        self,
        num_units: int,
        forget_bias: float = 1.0,
        input_size: Any = None,
        activation: Any = None,
        layer_norm: bool = True,
        norm_gain: float = 1.0,
        norm_shift: float = 0.0,
        dropout_keep_prob: Any = 1.0,
        dropout_prob_seed: Any = None,
        reuse: Any = None,
    ):
        super().__init__(_reuse=reuse)
        self._num_units, self._forget_bias, self._activation = num_units, forget_bias, _activation(activation)
        self._layer_norm, self._gain, self._shift = layer_norm, norm_gain, norm_shift
        self._keep, self._seed = dropout_keep_prob, dropout_prob_seed

    @property
    def state_size(self) -> Any:
        return LSTMStateTuple(self._num_units, self._num_units)

    @property
    def output_size(self) -> Any:
        return self._num_units

    def build(self, inputs_shape: Any) -> None:
        n = self._num_units
        self._kernel = self._weights("kernel", [self._width(inputs_shape) + n, 4 * n])
        self._bias = None if self._layer_norm else self._weights("bias", [4 * n], Zeros())
        names = ["input", "transform", "forget", "output", "state"] if self._layer_norm else []
        self._norms = [
            (
                self._weights(f"{name}/gamma", [n], Constant(self._gain)),
                self._weights(f"{name}/beta", [n], Constant(self._shift)),
            )
            for name in names
        ]
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        c, h = state
        i, j, f, o = _gates(inputs, h, self._kernel, self._bias, self._norms)
        g = self._activation(j)
        if not (isinstance(self._keep, float) and self._keep >= 1):
            g = dropout(g, self._keep, seed=self._seed)
        c = _remembered(c, i, f, g, self._forget_bias, self._norms[-1:] if self._layer_norm else [])
        h = _said(c, o, self._activation)
        return h, LSTMStateTuple(c, h)


@op("LayerNormGates", count=4)
def _gates(x: Any, h: Any, kernel: Any, bias: Any, norms: Any, name: Any = None) -> Any:
    parts = lp.split(_gated(x, h, kernel, bias), 4, axis=1)
    return [_normed(p, n) for p, n in zip(parts, norms[:4], strict=True)] if norms else parts


@op("LayerNormMemory")
def _remembered(c: Any, i: Any, f: Any, g: Any, forget: float, norm: Any, name: Any = None) -> Any:
    c = tensor(c) * lp.sigmoid(tensor(f) + forget) + lp.sigmoid(tensor(i)) * tensor(g)
    return _normed(c, norm[0]) if norm else c


@op("Mul")
def _said(c: Any, o: Any, activation: Activation, name: Any = None) -> Any:
    return activation(tensor(c)) * lp.sigmoid(tensor(o))


def _normed(x: Any, norm: Any) -> Any:
    gamma, beta = map(tensor, norm)
    mean = lp.mean(x, axis=1, keepdims=True)
    variance = lp.mean(lp.square(x - mean), axis=1, keepdims=True)
    return (x - mean) / lp.sqrt(variance + 1e-12) * gamma + beta


# -------------------------------------------------------------------------------------------- around cells
class MultiRNNCell(RNNCell):
    """Cells above each other: each takes what the one below gives."""

    def __init__(self, cells: Sequence[Any], state_is_tuple: bool = True):
        super().__init__()
        if not cells:
            raise ValueError("Must specify at least one cell for MultiRNNCell.")
        if not isinstance(cells, (list, tuple)):
            raise TypeError(f"cells must be a list or tuple, but saw: {cells}.")
        # The same cell many times, as scripts of 2016 wrote it, is a cell of its own at every place.
        self._cells = [
            copy.copy(c) if any(c is d for d in cells[:k]) and not c.built else c for k, c in enumerate(cells)
        ]
        self._state_is_tuple = state_is_tuple

    @property
    def state_size(self) -> Any:
        sizes = tuple(cell.state_size for cell in self._cells)
        return sizes if self._state_is_tuple else sum(sizes)

    @property
    def output_size(self) -> Any:
        return self._cells[-1].output_size

    def zero_state(self, batch_size: Any, dtype: Any = float32) -> Any:
        if self._state_is_tuple:
            return tuple(cell.zero_state(batch_size, dtype) for cell in self._cells)
        return super().zero_state(batch_size, dtype)

    @property
    def trainable_variables(self) -> list[Any]:
        return [v for cell in self._cells for v in cell.trainable_variables]

    @property
    def variables(self) -> list[Any]:
        return [v for cell in self._cells for v in cell.variables]

    weights = variables
    trainable_weights = trainable_variables

    def call(self, inputs: Any, state: Any) -> Any:
        states, at = [], 0
        for k, cell in enumerate(self._cells):
            with variable_scope(f"cell_{k}"):
                if self._state_is_tuple:
                    own = state[k]
                else:
                    own = _columns(state, at, at + cell.state_size)
                    at += cell.state_size
                inputs, new = cell(inputs, own)
                states.append(new)
        return inputs, tuple(states) if self._state_is_tuple else _side_by_side(states)


@op("Slice")
def _columns(state: Any, first: int, last: int, name: Any = None) -> Any:
    return tensor(state)[:, first:last]


@op("concat")
def _side_by_side(parts: Any, name: Any = None) -> Any:
    return lp.concatenate([tensor(p) for p in parts], axis=1)


class _Wrapper(RNNCell):
    """A cell around a cell."""

    def __init__(self, cell: Any, name: str | None = None):
        super().__init__(name=name)
        self._cell = cell

    @property
    def wrapped_cell(self) -> Any:
        return self._cell

    @property
    def state_size(self) -> Any:
        return self._cell.state_size

    @property
    def output_size(self) -> Any:
        return self._cell.output_size

    @property
    def trainable_variables(self) -> list[Any]:
        return [*self._trainable, *self._cell.trainable_variables]

    @property
    def variables(self) -> list[Any]:
        return [*self._trainable, *self._cell.variables]

    weights = variables
    trainable_weights = trainable_variables

    def zero_state(self, batch_size: Any, dtype: Any = float32) -> Any:
        return self._cell.zero_state(batch_size, dtype)

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        return self._around(inputs, state, scope)

    def _around(self, inputs: Any, state: Any, scope: Any) -> Any:
        return self._cell(inputs, state, scope=scope)


class DropoutWrapper(_Wrapper):
    """Dropout of a cell's inputs, outputs and state; of the memory of an LSTM never."""

    def __init__(
        self,
        cell: Any,
        input_keep_prob: Any = 1.0,
        output_keep_prob: Any = 1.0,
        state_keep_prob: Any = 1.0,
        variational_recurrent: bool = False,
        input_size: Any = None,
        dtype: Any = None,
        seed: Any = None,
        dropout_state_filter_visitor: Any = None,
    ):
        super().__init__(cell)
        for name, p in [("input", input_keep_prob), ("output", output_keep_prob), ("state", state_keep_prob)]:
            if isinstance(p, (int, float)) and not 0 < p <= 1:
                raise ValueError(f"Parameter {name}_keep_prob must be between 0 and 1: {p:g}")
        self._input, self._output, self._state, self._seed = (
            input_keep_prob, output_keep_prob, state_keep_prob, seed,
        )  # fmt: skip
        if variational_recurrent:
            missing.record("tf.nn.rnn_cell.DropoutWrapper(variational_recurrent=)")
            raise NotImplementedError("DropoutWrapper(variational_recurrent=True) is not there")

    def _dropped(self, value: Any, keep: Any) -> Any:
        if isinstance(keep, (int, float)) and keep >= 1:
            return value
        return nest.map_structure(lambda v: dropout(v, keep, seed=self._seed), value)

    def _around(self, inputs: Any, state: Any, scope: Any) -> Any:
        output, new = self._cell(self._dropped(inputs, self._input), state, scope=scope)
        if isinstance(new, LSTMStateTuple):
            new = LSTMStateTuple(new.c, self._dropped(new.h, self._state))
        else:
            new = self._dropped(new, self._state)
        return self._dropped(output, self._output), new


class ResidualWrapper(_Wrapper):
    """What goes in is added to what comes out."""

    def __init__(self, cell: Any, residual_fn: Any = None):
        super().__init__(cell)
        self._residual_fn = residual_fn

    def _around(self, inputs: Any, state: Any, scope: Any) -> Any:
        outputs, new = self._cell(inputs, state, scope=scope)
        join = self._residual_fn or (lambda i, o: nest.map_structure(_sum, i, o))
        return join(inputs, outputs), new


@op("Add")
def _sum(a: Any, b: Any, name: Any = None) -> Any:
    return tensor(a) + tensor(b)


class DeviceWrapper(_Wrapper):
    """A cell on a device: here all are one."""

    def __init__(self, cell: Any, device: Any):
        super().__init__(cell)


class InputProjectionWrapper(_Wrapper):
    """A linear layer before a cell."""

    def __init__(
        self, cell: Any, num_proj: int, activation: Any = None, input_size: Any = None, reuse: Any = None
    ):
        super().__init__(cell)
        self._num_proj, self._own_activation = num_proj, activation

    def _around(self, inputs: Any, state: Any, scope: Any) -> Any:
        with variable_scope(scope or "input_projection_wrapper"):
            projected = linear([inputs], self._num_proj)
        if self._own_activation is not None:
            projected = self._own_activation(projected)
        return self._cell(projected, state)


class OutputProjectionWrapper(_Wrapper):
    """A linear layer behind a cell."""

    def __init__(self, cell: Any, output_size: int, activation: Any = None, reuse: Any = None):
        super().__init__(cell)
        self._size, self._own_activation = output_size, activation

    @property
    def output_size(self) -> Any:
        return self._size

    def _around(self, inputs: Any, state: Any, scope: Any) -> Any:
        output, new = self._cell(inputs, state)
        with variable_scope(scope or "output_projection_wrapper"):
            projected = linear([output], self._size)
        return (projected if self._own_activation is None else self._own_activation(projected)), new


class EmbeddingWrapper(_Wrapper):
    """A table before a cell: its inputs are indices."""

    def __init__(
        self,
        cell: Any,
        embedding_classes: int,
        embedding_size: int,
        initializer: Any = None,
        reuse: Any = None,
    ):
        super().__init__(cell)
        if embedding_classes <= 0 or embedding_size <= 0:
            raise ValueError(
                "Both embedding_classes and embedding_size must be > 0: "
                f"{embedding_classes}, {embedding_size}."
            )
        self._classes, self._size, self._initializer = embedding_classes, embedding_size, initializer

    def _around(self, inputs: Any, state: Any, scope: Any) -> Any:
        with variable_scope(scope or "embedding_wrapper", reuse=self.built or None):
            table = get_variable("embedding", [self._classes, self._size], initializer=self._initializer)
        self.built = True
        return self._cell(embedding_lookup(table, _flat(inputs)), state)


@op("Reshape")
def _flat(x: Any, name: Any = None) -> Any:
    return lp.reshape(tensor(x), (-1,))


def linear(
    args: Any, output_size: int, bias: bool = True, bias_start: Any = 0.0, scope: Any = None,
    bias_initializer: Any = None, kernel_initializer: Any = None,
) -> Any:  # fmt: skip
    """[args] W + b, with the variables "kernel" and "bias" of the present scope."""
    parts = args if isinstance(args, (list, tuple)) else [args]
    width = sum(size_of(shape_of(p)[1]) or 0 for p in parts)
    outer = get_variable_scope() if scope is None else scope
    with variable_scope(outer, auxiliary_name_scope=False):
        kernel = get_variable("kernel", [width, output_size], initializer=kernel_initializer)
        init = Constant(bias_start) if bias_initializer is None else bias_initializer
        shift = get_variable("bias", [output_size], initializer=init) if bias else None
    return _linear(list(parts), kernel, shift)


@op("MatMul")
def _linear(parts: Any, kernel: Any, bias: Any, name: Any = None) -> Any:
    y = lp.concatenate([tensor(p) for p in parts], axis=1) @ tensor(kernel)
    return y if bias is None else y + tensor(bias)


def like_cell(word: str, cell: Any) -> None:
    """Raises TypeError for what is no cell."""
    if not all(hasattr(cell, name) for name in ("state_size", "output_size")) or not callable(cell):
        raise TypeError(f"The argument '{word}' ({cell}) is not an RNNCell: no state_size")


def takes_scope(cell: Any) -> bool:
    """Whether a cell's own __call__ has the parameter `scope`."""
    return "scope" in inspect.signature(type(cell).__call__).parameters


__getattr__ = missing.attributes("tensorflow.nn.rnn_cell", globals())
