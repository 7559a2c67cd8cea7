"""`keras.layers.recurrent`: cells, and layers that take them over the steps of a sequence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from ....nn.words import lp
from ... import missing
from .. import activations, constraints, initializers, regularizers
from .. import backend as K
from ..engine.base_layer import Layer, deserialize
from ..spelling import RECURRENT
from ..symbols import apply, int_shape
from ..utils.generic_utils import has_arg, to_list


def _zeros(x: Any, size: Any) -> Any:
    sizes = size if isinstance(size, (tuple, list)) else (size,)
    return apply(_zeros_of, x, tuple(sizes))


def _zeros_of(x: Any, sizes: tuple[int, ...]) -> Any:
    return lp.zeros((x.shape[0], *sizes), K.floatx())


# ------------------------------------------------------------------------------------------------ cells
class _Cell(Layer):
    """One step of a recurrent layer. gates: how many blocks of `units` columns the kernels have."""

    gates: ClassVar[int] = 1
    states: ClassVar[int] = 1
    bias_rows: ClassVar[int] = 1
    units: int
    use_bias: bool

    def __init__(
        self, units: int, activation: Any = "tanh", use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal", bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None, bias_regularizer: Any = None, kernel_constraint: Any = None,
        recurrent_constraint: Any = None, bias_constraint: Any = None, dropout: float = 0.0,
        recurrent_dropout: float = 0.0, **kwargs: Any,
    ):  # fmt: skip
        super().__init__(**kwargs)
        self.units, self.activation, self.use_bias = int(units), activations.get(activation), use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.recurrent_initializer = initializers.get(recurrent_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.recurrent_regularizer = regularizers.get(recurrent_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.recurrent_constraint = constraints.get(recurrent_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.dropout = min(1.0, max(0.0, dropout or 0.0))
        self.recurrent_dropout = min(1.0, max(0.0, recurrent_dropout or 0.0))

    @property
    def state_size(self) -> Any:
        return self.units if self.states == 1 else (self.units,) * self.states

    def build(self, input_shape: Any) -> None:
        self.kernel = self.add_weight("kernel", (input_shape[-1], self.gates * self.units),
                                      initializer=_by_gate(self.kernel_initializer, self.gates),
                                      regularizer=self.kernel_regularizer,
                                      constraint=self.kernel_constraint)  # fmt: skip
        self.recurrent_kernel = self.add_weight(
            "recurrent_kernel", (self.units, self.gates * self.units),
            initializer=_by_gate(self.recurrent_initializer, self.gates),
            regularizer=self.recurrent_regularizer, constraint=self.recurrent_constraint,
        )  # fmt: skip
        self.bias = self._make_bias() if self.use_bias else None
        self.built = True

    def _make_bias(self) -> Any:
        size = (self.gates * self.units,)
        shape = size if self.bias_rows == 1 else (self.bias_rows, *size)
        return self.add_weight(
            "bias",
            shape,
            initializer=self._bias_initializer(),
            regularizer=self.bias_regularizer,
            constraint=self.bias_constraint,
        )

    def _bias_initializer(self) -> Any:
        return self.bias_initializer

    def project(self, inputs: Any) -> Any:
        """The part of the gates that comes from the input: of one step, or of all at once."""
        y = K.dot(inputs, self.kernel)
        return y if self.bias is None else K.bias_add(y, self._input_bias(), "channels_last")

    def _input_bias(self) -> Any:
        return self.bias

    def step(self, x: Any, states: Sequence[Any]) -> tuple[Any, list[Any]]:
        """The output and the new states, from the input's part of the gates and the states."""
        raise NotImplementedError

    def call(self, inputs: Any, states: Any, training: Any = None) -> tuple[Any, list[Any]]:
        return self.step(self.project(inputs), states)

    def _split(self, x: Any) -> list[Any]:
        u = self.units
        return [_columns(x, i * u, (i + 1) * u) for i in range(self.gates)]


def _columns(x: Any, start: int, stop: int) -> Any:
    return K.item(x, (slice(None), slice(start, stop)))


def _by_gate(initializer: Any, gates: int) -> Any:
    """An initialiser of square matrices makes each gate's by itself; others make all at once."""
    if gates == 1 or not isinstance(initializer, initializers.Identity):
        return initializer

    def stacked(shape: Any) -> Any:
        return np.concatenate([initializer((shape[0], shape[1] // gates)) for _ in range(gates)], axis=1)

    return stacked


class SimpleRNNCell(_Cell):
    """h' = activation(x W + h U + b)."""

    def step(self, x: Any, states: Sequence[Any]) -> tuple[Any, list[Any]]:
        h = self.activation(x + K.dot(states[0], self.recurrent_kernel))
        return h, [h]


class GRUCell(_Cell):
    """h' = z h + (1 - z) n of the gates z, r, n; reset_after: r is applied behind the product with U."""

    gates = 3

    def __init__(self, units: int, activation: Any = "tanh", recurrent_activation: Any = "hard_sigmoid",
                 use_bias: bool = True, *args: Any,
                 implementation: int = 1, reset_after: bool = False, **kwargs: Any):  # fmt: skip
        super().__init__(units, activation, use_bias, *args, **kwargs)
        self.recurrent_activation = activations.get(recurrent_activation)
        self.implementation, self.reset_after = implementation, reset_after
        if reset_after:
            self.bias_rows = 2  # type: ignore[misc]

    def _input_bias(self) -> Any:
        return K.item(self.bias, 0) if self.reset_after else self.bias

    def step(self, x: Any, states: Sequence[Any]) -> tuple[Any, list[Any]]:
        (h,) = states[:1]
        xz, xr, xn = self._split(x)
        if self.reset_after:
            own = K.dot(h, self.recurrent_kernel)
            own = own if self.bias is None else own + K.item(self.bias, 1)
            hz, hr, hn = self._split(own)
            z, r = self.recurrent_activation(xz + hz), self.recurrent_activation(xr + hr)
            n = self.activation(xn + r * hn)
        else:
            u = self.units
            own = K.dot(h, _columns(self.recurrent_kernel, 0, 2 * u))
            z = self.recurrent_activation(xz + _columns(own, 0, u))
            r = self.recurrent_activation(xr + _columns(own, u, 2 * u))
            n = self.activation(xn + K.dot(r * h, _columns(self.recurrent_kernel, 2 * u, 3 * u)))
        h = z * h + (1.0 - z) * n
        return h, [h]


class LSTMCell(_Cell):
    """c' = f c + i g, h' = o activation(c') of the gates i, f, g, o."""

    gates, states = 4, 2

    def __init__(self, units: int, activation: Any = "tanh", recurrent_activation: Any = "hard_sigmoid",
                 use_bias: bool = True, *args: Any,
                 unit_forget_bias: bool = True, implementation: int = 1, **kwargs: Any):  # fmt: skip
        super().__init__(units, activation, use_bias, *args, **kwargs)
        self.recurrent_activation = activations.get(recurrent_activation)
        self.unit_forget_bias, self.implementation = unit_forget_bias, implementation

    def _bias_initializer(self) -> Any:
        if not self.unit_forget_bias:
            return self.bias_initializer
        u = self.units

        def with_forget(shape: Any) -> Any:
            bias = np.array(self.bias_initializer(shape), K.floatx())
            bias[..., u : 2 * u] = 1
            return bias

        return with_forget

    def step(self, x: Any, states: Sequence[Any]) -> tuple[Any, list[Any]]:
        h, c = states[:2]
        i, f, g, o = self._split(x + K.dot(h, self.recurrent_kernel))
        c = self.recurrent_activation(f) * c + self.recurrent_activation(i) * self.activation(g)
        h = self.recurrent_activation(o) * self.activation(c)
        return h, [h, c]


class StackedRNNCells(Layer):
    """Cells of which each takes what the one before gives."""

    def __init__(self, cells: Sequence[Any], **kwargs: Any):
        super().__init__(**kwargs)
        self.cells = list(cells)

    @property
    def state_size(self) -> Any:
        return tuple(s for cell in reversed(self.cells) for s in _sizes(cell))

    def build(self, input_shape: Any) -> None:
        for cell in self.cells:
            if not cell.built:
                cell.build(input_shape)
                cell.built = True
            input_shape = (input_shape[0], _sizes(cell)[0])
        self.built = True

    def call(self, inputs: Any, states: Any, constants: Any = None, **kwargs: Any) -> tuple[Any, list[Any]]:
        parts: list[list[Any]] = []
        rest = list(states)
        for cell in reversed(self.cells):
            count = len(_sizes(cell))
            parts.insert(0, rest[:count])
            rest = rest[count:]
        after = []
        for cell, own in zip(self.cells, parts, strict=True):
            inputs, new = cell.call(inputs, own)
            after.append(list(new))
        return inputs, [s for new in reversed(after) for s in new]

    @property
    def trainable_weights(self) -> list[Any]:
        return [w for cell in self.cells for w in cell.trainable_weights] if self.trainable else []

    @trainable_weights.setter
    def trainable_weights(self, weights: list[Any]) -> None:
        self._trainable_weights = weights

    @property
    def non_trainable_weights(self) -> list[Any]:
        return [w for cell in self.cells for w in cell.non_trainable_weights]

    @non_trainable_weights.setter
    def non_trainable_weights(self, weights: list[Any]) -> None:
        self._non_trainable_weights = weights

    @property
    def losses(self) -> list[Any]:
        return [x for cell in self.cells for x in cell.losses]


def _sizes(cell: Any) -> list[Any]:
    return list(cell.state_size) if isinstance(cell.state_size, (list, tuple)) else [cell.state_size]


# ------------------------------------------------------------------------------------------------ layers
class RNN(Layer):
    """A cell over the steps of (samples, steps, size).

    return_sequences: the outputs of all steps instead of the last one's. return_state: the last states too.
    stateful: the states of a batch are those with which the next one begins.
    """

    sequences = True
    hidden = Layer.hidden | {"cell"}
    spellings: ClassVar[dict[str, str]] = {"consume_less": "implementation"}

    def __init__(
        self, cell: Any, return_sequences: bool = False, return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False, unroll: bool = False, **kwargs: Any,
    ):  # fmt: skip
        kwargs.pop("implementation", None)
        super().__init__(**kwargs)
        self.cell: Any = StackedRNNCells(cell) if isinstance(cell, (list, tuple)) else cell
        if not hasattr(self.cell, "call") or not hasattr(self.cell, "state_size"):
            raise ValueError("`cell` should have a `call` method and a `state_size` attribute.")
        self.return_sequences, self.return_state, self.go_backwards = (
            return_sequences,
            return_state,
            go_backwards,
        )
        self.stateful, self.unroll = stateful, unroll
        self.supports_masking = True
        self._states: list[Any] | None = None
        self._constants = 0
        self.input_spec = None

    states = property(lambda self: self._states)

    # ------------------------------------------------------------------------------------------ calls
    def __call__(self, inputs: Any, initial_state: Any = None, constants: Any = None, **kwargs: Any) -> Any:
        extra = [
            *to_list(initial_state if initial_state is not None else [], True),
            *to_list(constants if constants is not None else [], True),
        ]
        self._constants = len(to_list(constants, True)) if constants is not None else self._constants
        given = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
        if extra:
            given = [*given, *extra]
        return super().__call__(given if len(given) > 1 else given[0], **kwargs)

    def build(self, input_shape: Any) -> None:
        shape = input_shape[0] if isinstance(input_shape, list) else input_shape
        if isinstance(self.cell, Layer) and not self.cell.built:
            self._build_cell((shape[0], *shape[2:]))
        if self.stateful:
            self.reset_states(batch=shape[0])
        self.built = True

    def _build_cell(self, shape: Any) -> None:
        self.cell.name = self.name
        self.cell.build(shape)
        self.cell.built = True

    def get_initial_state(self, inputs: Any) -> list[Any]:
        """Zeros."""
        return [_zeros(inputs, s) for s in _sizes(self.cell)]

    def call(self, inputs: Any, mask: Any = None, training: Any = None, initial_state: Any = None) -> Any:
        constants: list[Any] = []
        if isinstance(inputs, list):
            inputs, *rest = inputs
            if self._constants:
                constants, rest = rest[-self._constants :], rest[: -self._constants]
            initial_state = rest or None
        mask = mask[0] if isinstance(mask, list) else mask
        if initial_state is None:
            initial_state = self._states if self.stateful else self.get_initial_state(inputs)
        initial = to_list(initial_state, True)
        if len(initial) != len(_sizes(self.cell)):
            raise ValueError(
                f"Layer has {len(_sizes(self.cell))} states but was passed {len(initial)} initial states."
            )
        last, outputs, states = self._over(inputs, initial, mask, constants)
        if self.stateful:
            self.add_update([(s, new) for s, new in zip(self._states or [], states, strict=True)], inputs)
        output = outputs if self.return_sequences else last
        return [output, *states] if self.return_state else output

    def _over(
        self, inputs: Any, initial: list[Any], mask: Any, constants: list[Any]
    ) -> tuple[Any, Any, list[Any]]:
        """The cell over all steps."""
        cell = self.cell
        if isinstance(cell, _Cell) and type(cell).call is _Cell.call:
            return self._projected(inputs, initial, mask)
        takes = has_arg(cell.call, "constants")

        def step(x: Any, states: Any) -> Any:
            y, new = cell.call(x, list(states), **({"constants": constants} if takes and constants else {}))
            return y, list(new) if isinstance(new, (list, tuple)) else [new]

        return K.rnn(step, inputs, initial, self.go_backwards, mask, None, self.unroll)

    def _projected(self, inputs: Any, initial: list[Any], mask: Any) -> tuple[Any, Any, list[Any]]:
        """Our own cells: products with the inputs are done for all steps at once."""
        cell = self.cell
        if cell.dropout:
            inputs = K.in_train_phase(K.dropout(inputs, cell.dropout, (None, 1, None)), inputs)
        gate = None
        if cell.recurrent_dropout:
            ones = apply(lambda h: lp.ones_like(h), initial[0])
            gate = K.in_train_phase(K.dropout(ones, cell.recurrent_dropout), ones)
        projected = cell.project(inputs)

        def step(x: Any, states: Any) -> Any:
            held = [states[0] if gate is None else states[0] * gate, *states[1:]]
            return cell.step(x, held)

        return K.rnn(step, projected, initial, self.go_backwards, mask, None, self.unroll)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        mask = mask[0] if isinstance(mask, list) else mask
        output = mask if self.return_sequences else None
        return [output, *[None] * len(_sizes(self.cell))] if self.return_state else output

    # ----------------------------------------------------------------------------------------- states
    def reset_states(self, states: Any = None, batch: Any = None) -> None:
        """Zeros, or these arrays, as the states with which the next batch begins."""
        if not self.stateful:
            raise AttributeError("Layer must be stateful.")
        if self._states is None:
            batch = batch or (self._inbound_nodes and int_shape(self._inbound_nodes[0].input_tensors[0])[0])
            if not batch:
                raise ValueError(
                    "If a RNN is stateful, it needs to know its batch size. Specify the batch size of your"
                    " input tensors: If using a Sequential model, specify the batch size by passing a"
                    " `batch_input_shape` argument to your first layer. If using the functional API, specify"
                    " the batch size by passing a `batch_shape` argument to your Input layer."
                )
            self._states = [
                K.zeros((batch, *(s if isinstance(s, (tuple, list)) else (s,))), name=f"{self.name}/state")
                for s in _sizes(self.cell)
            ]
        values = [np.zeros(int_shape(s)) for s in self._states] if states is None else to_list(states, True)
        for variable, value in zip(self._states, values, strict=True):
            if np.shape(value) != int_shape(variable):
                raise ValueError(
                    f"State is incompatible with layer {self.name}: expected shape={int_shape(variable)},"
                    f" found shape={np.shape(value)}"
                )
            K.set_value(variable, value)

    # ----------------------------------------------------------------------------------------- weights
    @property
    def trainable_weights(self) -> list[Any]:
        return self.cell.trainable_weights if self.trainable and isinstance(self.cell, Layer) else []

    @trainable_weights.setter
    def trainable_weights(self, weights: list[Any]) -> None:
        self._trainable_weights = weights

    @property
    def non_trainable_weights(self) -> list[Any]:
        if not isinstance(self.cell, Layer):
            return []
        return self.cell.non_trainable_weights if self.trainable else self.cell.weights

    @non_trainable_weights.setter
    def non_trainable_weights(self, weights: list[Any]) -> None:
        self._non_trainable_weights = weights

    @property
    def losses(self) -> list[Any]:
        return [*self._losses, *getattr(self.cell, "losses", [])]

    def get_losses_for(self, inputs: Any) -> list[Any]:
        own = super().get_losses_for(inputs)
        return (
            [*own, *self.cell.get_losses_for(None)]
            if inputs is None and isinstance(self.cell, Layer)
            else own
        )

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "cell" or "cell" not in self.__dict__:
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
        return getattr(self.cell, name)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        if type(self) is RNN:
            config["cell"] = {"class_name": type(self.cell).__name__, "config": self.cell.get_config()}
        else:
            own = self.cell.get_config()
            config |= {
                k: v for k, v in own.items() if k not in ("name", "trainable", "dtype", "batch_input_shape")
            }
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        if cls is RNN:
            config = {**config, "cell": deserialize(config["cell"], custom_objects)}
        return cls(**config)


Recurrent = RNN  # Keras 1's name of the base


class _Known(RNN):
    """A recurrent layer of one of our own cells."""

    cell_class: ClassVar[Any]
    spellings: ClassVar[dict[str, str]] = RECURRENT
    layer_words: ClassVar[tuple[str, ...]] = (
        "return_sequences", "return_state", "go_backwards", "stateful", "unroll", "input_shape",
        "batch_input_shape",
        "batch_size", "name", "trainable", "weights", "input_dtype", "dtype",
    )  # fmt: skip

    @classmethod
    def _respelled(
        cls, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        args, kwargs = super()._respelled(args, kwargs)
        forget = kwargs.pop("forget_bias_init", None)
        if forget is not None:
            kwargs["unit_forget_bias"] = forget in ("one", "ones")
        for word in ("truncate_gradient", "seed"):  # of the generations before and after
            kwargs.pop(word, None)
        if len(args) > 1 and isinstance(args[1], (int, np.integer)) and not isinstance(args[1], bool):
            kwargs["input_shape"], args = (
                (None, int(args[0])),
                args[1:],
            )  # before 0.3: (input_dim, output_dim)
        return args, kwargs

    def __init__(self, *args: Any, **kwargs: Any):
        activity = kwargs.pop("activity_regularizer", None)
        own = {k: kwargs.pop(k) for k in self.layer_words if k in kwargs}
        kwargs.setdefault("name", own.get("name") or "cell")
        super().__init__(self.cell_class(*args, **kwargs), **own)
        self.activity_regularizer = regularizers.get(activity)


class SimpleRNN(_Known):
    """h' = activation(x W + h U + b), step by step."""

    cell_class = SimpleRNNCell


class GRU(_Known):
    """Gated recurrent units."""

    cell_class = GRUCell


class LSTM(_Known):
    """Long short-term memory."""

    cell_class = LSTMCell


class _CuDNNGRUCell(GRUCell):
    def __init__(self, units: int, *args: Any, **kwargs: Any):
        kwargs = {**kwargs, "recurrent_activation": "sigmoid", "reset_after": True}
        super().__init__(units, **kwargs)

    def _make_bias(self) -> Any:
        return self.add_weight("bias", (2 * self.gates * self.units,), initializer=self.bias_initializer)

    def _input_bias(self) -> Any:
        return K.item(self.bias, slice(None, self.gates * self.units))

    def step(self, x: Any, states: Sequence[Any]) -> tuple[Any, list[Any]]:
        (h,) = states[:1]
        own = K.dot(h, self.recurrent_kernel) + K.item(self.bias, slice(self.gates * self.units, None))
        (xz, xr, xn), (hz, hr, hn) = self._split(x), self._split(own)
        z = K.sigmoid(xz + hz)
        n = K.tanh(xn + K.sigmoid(xr + hr) * hn)
        h = z * h + (1.0 - z) * n
        return h, [h]


class _CuDNNLSTMCell(LSTMCell):
    def __init__(self, units: int, *args: Any, **kwargs: Any):
        super().__init__(units, **{**kwargs, "recurrent_activation": "sigmoid"})

    def _make_bias(self) -> Any:
        return self.add_weight("bias", (2 * self.gates * self.units,), initializer=self._bias_initializer())

    def _input_bias(self) -> Any:
        count = self.gates * self.units
        return K.item(self.bias, slice(None, count)) + K.item(self.bias, slice(count, None))


class CuDNNGRU(_Known):
    """GRU with cuDNN's weights and formulas."""

    cell_class = _CuDNNGRUCell


class CuDNNLSTM(_Known):
    """LSTM with cuDNN's weights and formulas."""

    cell_class = _CuDNNLSTMCell


__getattr__ = missing.attributes("keras.layers.recurrent", globals())
__all__ = [
    "CuDNNGRU", "CuDNNLSTM", "GRU", "GRUCell", "LSTM", "LSTMCell", "RNN", "Recurrent", "SimpleRNN",
    "SimpleRNNCell", "StackedRNNCells",
]  # fmt: skip
