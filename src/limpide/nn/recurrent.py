"""Recurrent networks on lp.scan, with PyTorch's parameters: RNN, LSTM, GRU and their cells."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, NamedTuple

from ..compile import scan
from ..errors import ArgumentError, ShapeError, user_frame
from ..shapes import same, show
from ..tensor import Parameter, astensor
from . import init as initialisers
from . import regularizers
from .dropout import Dropout
from .init import Initialiser, Seed
from .layers import as_floats, count_of
from .module import Module
from .regularizers import Regularizer
from .words import choose, lp

State = tuple[Any, ...]  # the hidden state, and the cell's state of an LSTM


class Weights(NamedTuple):
    """What one layer computes with in one direction; weights are (gates * hidden, inputs)."""

    weight_ih: Any
    weight_hh: Any
    bias_ih: Any
    bias_hh: Any


# --------------------------------------------------------------------------------------------- the steps
def rnn_step(x: Any, state: State, weights: Weights, activation: Callable[[Any], Any]) -> State:
    """h' = tanh(x + W h), or with relu; x is the input's part, with the biases (Elman 1990)."""
    (h,) = state
    return (activation(x + h @ weights.weight_hh.T),)


def lstm_step(x: Any, state: State, weights: Weights) -> State:
    """c' = f c + i g, h' = o tanh(c') of the gates i, f, g, o (Hochreiter and Schmidhuber 1997)."""
    h, c = state
    i, f, g, o = lp.split(x + h @ weights.weight_hh.T, 4, axis=-1)
    c = lp.sigmoid(f) * c + lp.sigmoid(i) * lp.tanh(g)
    return lp.sigmoid(o) * lp.tanh(c), c


def gru_step(x: Any, state: State, weights: Weights) -> State:
    """h' = (1 - z) n + z h of the gates r, z, n, where r is taken of W h + b (Cho et al. 2014)."""
    (h,) = state
    own = h @ weights.weight_hh.T
    if weights.bias_hh is not None:
        own = own + weights.bias_hh
    (xr, xz, xn), (hr, hz, hn) = lp.split(x, 3, axis=-1), lp.split(own, 3, axis=-1)
    z = lp.sigmoid(xz + hz)
    n = lp.tanh(xn + lp.sigmoid(xr + hr) * hn)
    return (n + z * (h - n),)


class _Kind(Module):
    """What layers and cells of one kind share."""

    gates: ClassVar[int]
    states: ClassVar[int] = 1
    joint_biases: ClassVar[bool] = True  # whether both biases are added before the step

    def _step(self, x: Any, state: State, weights: Weights) -> State:
        raise NotImplementedError

    def _from_input(self, x: Any, weights: Weights) -> Any:
        """The part of the gates that comes from the input: of all steps at once."""
        y = x @ weights.weight_ih.T
        if weights.bias_ih is None:
            return y
        return y + (weights.bias_ih + weights.bias_hh if self.joint_biases else weights.bias_ih)


class _RNN(_Kind):
    gates = 1
    activation: Callable[[Any], Any]

    def _step(self, x: Any, state: State, weights: Weights) -> State:
        return rnn_step(x, state, weights, self.activation)


class _LSTM(_Kind):
    gates, states = 4, 2

    def _step(self, x: Any, state: State, weights: Weights) -> State:
        return lstm_step(x, state, weights)


class _GRU(_Kind):
    gates, joint_biases = 3, False

    def _step(self, x: Any, state: State, weights: Weights) -> State:
        return gru_step(x, state, weights)


# ----------------------------------------------------------------------------------------- whole sequences
class _Recurrent(_Kind):
    """Layers of one kind over whole sequences.

    inputs, hidden: sizes of an element and of the state. layers: of which each takes what the one before
    gives. bidirectional: a second one runs backwards, and both outputs stand side by side.
    dropout: between layers, in training mode. init: of all parameters, uniform on +-1 / sqrt(hidden) by
    default. seed: of the initial values, and of the dropout where it is a number.
    """

    def __init__(
        self,
        inputs: int,
        hidden: int,
        layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        init: str | Initialiser | None = None,
        seed: Seed = None,
        dtype: Any = None,
        regularizer: str | Regularizer | None = None,
    ):
        name = type(self).__name__
        for what, count in [("inputs", inputs), ("hidden", hidden), ("layers", layers)]:
            count_of(name, what, count)
        self.inputs, self.hidden, self.layers, self.bias = inputs, hidden, layers, bias
        self.batch_first, self.bidirectional = batch_first, bidirectional
        self.regularizer = regularizers.get(regularizer)
        self.dropout = Dropout(dropout, seed if isinstance(seed, int) else None) if dropout else None
        generator = initialisers.generator(seed)
        directions = 2 if bidirectional else 1
        for layer in range(layers):
            size = inputs if layer == 0 else hidden * directions
            for suffix in ("", "_reverse")[:directions]:
                for part, value in _initial(self.gates, size, hidden, bias, init, generator, dtype):
                    setattr(self, f"{part}_l{layer}{suffix}", value)

    def _weights(self, layer: int) -> Iterator[Weights]:
        for suffix in ("", "_reverse")[: 2 if self.bidirectional else 1]:
            yield Weights(*(getattr(self, f"{part}_l{layer}{suffix}") for part in Weights._fields))

    def forward(self, x: Any, state: Any = None) -> tuple[Any, Any]:
        x = as_floats(x, next(self._weights(0)).weight_ih)
        alone = x.ndim == 2
        if x.ndim not in (2, 3) or not same(x.shape[-1], self.inputs):
            batched = "(batch, steps, inputs)" if self.batch_first else "(steps, batch, inputs)"
            raise ShapeError(
                type(self).__name__,
                f"the input has shape {show(x.shape)}, but {batched} or (steps, inputs) "
                f"with {self.inputs} inputs is expected",
                where=user_frame(),
            )
        if alone:
            x = lp.expand_dims(x, 1)
        elif self.batch_first:
            x = lp.swapaxes(x, 0, 1)
        states = self._states(x, state, alone)
        last: list[State] = []
        for layer in range(self.layers):
            if layer and self.dropout is not None:
                x = self.dropout(x)
            outputs = []
            for back, weights in enumerate(self._weights(layer)):
                y, end = self._run(x, tuple(s[len(last)] for s in states), weights, reverse=bool(back))
                outputs.append(y)
                last.append(end)
            x = lp.concatenate(outputs, axis=-1) if len(outputs) > 1 else outputs[0]
        ends = [lp.stack([end[i] for end in last]) for i in range(self.states)]
        if alone:
            x, ends = lp.squeeze(x, 1), [lp.squeeze(end, 1) for end in ends]
        elif self.batch_first:
            x = lp.swapaxes(x, 0, 1)
        return x, ends[0] if self.states == 1 else tuple(ends)

    def _run(self, x: Any, state: State, weights: Weights, reverse: bool) -> tuple[Any, State]:
        """All steps of one layer in one direction: its outputs, and its state after the last one."""

        def step(carry: State, part: Any) -> tuple[State, Any]:
            carry = self._step(part, carry, weights)
            return carry, carry[0]

        end, outputs = scan(step, state, self._from_input(x, weights), reverse=reverse)
        return outputs, end

    def _states(self, x: Any, state: Any, alone: bool) -> list[Any]:
        """The initial states, each (layers * directions, batch, hidden); zeros where none are given."""
        count = self.layers * (2 if self.bidirectional else 1)
        shape = (count, x.shape[1], self.hidden)
        if state is None:
            return [lp.zeros(shape, x.dtype)] * self.states
        given = [astensor(s) for s in (state if isinstance(state, (tuple, list)) else (state,))]
        expected = (count, self.hidden) if alone else shape
        if len(given) != self.states:
            raise ArgumentError(
                type(self).__name__,
                f"{len(given)} initial states are given; there are {self.states}",
                where=user_frame(),
            )
        for s in given:
            if s.ndim != len(expected) or not all(map(same, s.shape, expected)):
                raise ShapeError(
                    type(self).__name__,
                    f"an initial state has shape {show(s.shape)}, but {show(expected)} is expected",
                    where=user_frame(),
                )
        return [(lp.expand_dims(s, 1) if alone else s).astype(x.dtype) for s in given]

    def _describe(self) -> str:
        told = f"{self.inputs}, {self.hidden}"
        told += f", layers={self.layers}" if self.layers > 1 else ""
        return told + (", bidirectional=True" if self.bidirectional else "")


class RNN(_RNN, _Recurrent):
    """h = tanh(W_ih x + b_ih + W_hh h + b_hh), step by step (Elman 1990); the words are those of LSTM.

    nonlinearity: "tanh" or "relu". Gives the outputs and the last hidden states.

    >>> import numpy as np
    >>> y, h = RNN(3, 5)(np.ones((7, 2, 3)))
    >>> y.shape, h.shape
    ((7, 2, 5), (1, 2, 5))
    """

    def __init__(self, inputs: int, hidden: int, *args: Any, nonlinearity: str = "tanh", **more: Any):
        self.activation = choose("nonlinearity", nonlinearity, NONLINEARITIES)
        super().__init__(inputs, hidden, *args, **more)


class LSTM(_LSTM, _Recurrent):
    """Long short-term memory over sequences (Hochreiter and Schmidhuber 1997), as PyTorch's.

    inputs, hidden: sizes of an element and of the state. layers: each takes what the one before gives;
    dropout between them. bidirectional: a second one runs backwards, and both outputs stand side by side.
    x: (steps, batch, inputs), or (batch, steps, inputs) with batch_first, or (steps, inputs).
    Called with x, or with x and the initial (h, c), each (layers * directions, batch, hidden).
    Gives the outputs of the last layer, (steps, batch, hidden * directions), and the last (h, c).
    Parameters: weight_ih_l0 (4 hidden, inputs), weight_hh_l0 (4 hidden, hidden), bias_ih_l0, bias_hh_l0, the
    next layers' with l1, ..., the backward ones' with _reverse; gates in the order i, f, g, o.

    >>> import numpy as np
    >>> y, (h, c) = LSTM(3, 5, layers=2)(np.ones((7, 2, 3)))
    >>> y.shape, h.shape, c.shape
    ((7, 2, 5), (2, 2, 5), (2, 2, 5))
    """


class GRU(_GRU, _Recurrent):
    """Gated recurrent units over sequences (Cho et al. 2014), as PyTorch's; the words are those of LSTM.

    Gives the outputs and the last hidden states. Gates stand in the order r, z, n.

    >>> import numpy as np
    >>> y, h = GRU(3, 5, bidirectional=True, batch_first=True)(np.ones((2, 7, 3)))
    >>> y.shape, h.shape
    ((2, 7, 10), (2, 2, 5))
    """


# -------------------------------------------------------------------------------------------- single steps
class _Cell(_Kind):
    """One step of a recurrent layer: for loops of one's own."""

    def __init__(
        self,
        inputs: int,
        hidden: int,
        bias: bool = True,
        init: str | Initialiser | None = None,
        seed: Seed = None,
        dtype: Any = None,
    ):
        count_of(type(self).__name__, "inputs", inputs)
        count_of(type(self).__name__, "hidden", hidden)
        self.inputs, self.hidden = inputs, hidden
        generator = initialisers.generator(seed)
        for part, value in _initial(self.gates, inputs, hidden, bias, init, generator, dtype):
            setattr(self, part, value)

    def forward(self, x: Any, state: Any = None) -> Any:
        weights = Weights(*(getattr(self, part) for part in Weights._fields))
        x = as_floats(x, weights.weight_ih)
        if x.ndim not in (1, 2) or not same(x.shape[-1], self.inputs):
            raise ShapeError(
                type(self).__name__,
                f"the input has shape {show(x.shape)}, but (batch, {self.inputs}) is expected",
                where=user_frame(),
            )
        if state is None:
            state = (lp.zeros((*x.shape[:-1], self.hidden), x.dtype),) * self.states
        given = tuple(astensor(s) for s in (state if isinstance(state, (tuple, list)) else (state,)))
        after = self._step(self._from_input(x, weights), given, weights)
        return after[0] if self.states == 1 else after

    def _describe(self) -> str:
        return f"{self.inputs}, {self.hidden}"


class RNNCell(_RNN, _Cell):
    """One step of RNN: cell(x, h) is the next h; x is (batch, inputs), h (batch, hidden), zeros without one.

    >>> import numpy as np
    >>> RNNCell(3, 5)(np.ones((2, 3))).shape
    (2, 5)
    """

    def __init__(self, inputs: int, hidden: int, *args: Any, nonlinearity: str = "tanh", **more: Any):
        self.activation = choose("nonlinearity", nonlinearity, NONLINEARITIES)
        super().__init__(inputs, hidden, *args, **more)


class LSTMCell(_LSTM, _Cell):
    """One step of LSTM: cell(x, (h, c)) is the next (h, c).

    >>> import numpy as np
    >>> h, c = LSTMCell(3, 5)(np.ones((2, 3)))
    >>> h.shape, c.shape
    ((2, 5), (2, 5))
    """


class GRUCell(_GRU, _Cell):
    """One step of GRU: cell(x, h) is the next h.

    >>> import numpy as np
    >>> GRUCell(3, 5)(np.ones((2, 3))).shape
    (2, 5)
    """


NONLINEARITIES: dict[str, Callable[[Any], Any]] = {"tanh": lp.tanh, "relu": lp.relu}


def _initial(
    gates: int, inputs: int, hidden: int, bias: bool, init: Any, seed: Seed, dtype: Any
) -> Iterator[tuple[str, Parameter | None]]:
    """The parameters of one layer in one direction, by name."""
    edge = 1 / math.sqrt(hidden)
    for part, shape in [
        ("weight_ih", (gates * hidden, inputs)),
        ("weight_hh", (gates * hidden, hidden)),
        ("bias_ih", (gates * hidden,)),
        ("bias_hh", (gates * hidden,)),
    ]:
        if part.startswith("bias") and not bias:
            yield part, None
        elif init is None or part.startswith("bias"):
            yield part, Parameter(initialisers.uniform(shape, -edge, edge, seed, dtype))
        else:
            yield part, Parameter(initialisers.make(init, shape, seed, dtype))
