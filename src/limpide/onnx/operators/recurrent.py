"""RNN, LSTM and GRU as loops, in ONNX's order of gates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ...compile import scan
from ...dtypes import INT64
from ...errors import DataError
from ...nn.words import lp
from ...tensor import Tensor, astensor
from .arrange import reverse_sequence
from .table import operator

Function = Callable[[Any], Any]

# Name -> (function of x, alpha, beta; the numbers that it takes by default)
ACTIVATIONS: dict[str, tuple[Callable[..., Any], tuple[float, ...]]] = {
    "relu": (lp.relu, ()),
    "tanh": (lp.tanh, ()),
    "sigmoid": (lp.sigmoid, ()),
    "softsign": (lp.softsign, ()),
    "softplus": (lp.softplus, ()),
    "affine": (lambda x, a, b: x * a + b, (1.0, 0.0)),
    "leakyrelu": (lp.leaky_relu, (0.01,)),
    "thresholdedrelu": (lambda x, a: lp.where(lp.greater(x, a), x, 0), (1.0,)),
    "scaledtanh": (lambda x, a, b: lp.tanh(x * b) * a, (1.0, 1.0)),
    "hardsigmoid": (lambda x, a, b: lp.clip(x * a + b, 0, 1), (0.2, 0.5)),
    "elu": (lp.elu, (1.0,)),
}


def functions_of(names: Sequence[str], alphas: Sequence[float], betas: Sequence[float]) -> list[Function]:
    """The functions of all gates; each takes its numbers from the lists in turn."""
    rest: tuple[Iterator[float], Iterator[float]] = (iter(alphas), iter(betas))
    found = []
    for name in names:
        if name.lower() not in ACTIVATIONS:
            raise DataError("onnx", f"the activation {name!r} is not one of {', '.join(ACTIVATIONS)}")
        function, defaults = ACTIVATIONS[name.lower()]
        numbers = [next(given, default) for given, default in zip(rest, defaults, strict=False)]
        found.append(_with_numbers(function, numbers))
    return found


def _with_numbers(function: Callable[..., Any], numbers: Sequence[float]) -> Function:
    return lambda x: function(x, *numbers)


@dataclass(frozen=True)
class Layer:
    """One direction: weights (gates * hidden, inputs), both biases, peepholes, the functions of its gates."""

    hidden: int
    w: Any
    r: Any
    wb: Any
    rb: Any
    p: Any
    functions: list[Function]
    clip: float | None
    linear_before_reset: bool
    input_forget: bool

    def gate(self, i: int, x: Any) -> Any:
        return self.functions[i](x if self.clip is None else lp.clip(x, -self.clip, self.clip))


def rnn_step(layer: Layer, x: Any, state: tuple[Any, ...]) -> tuple[Any, ...]:
    (h,) = state
    return (layer.gate(0, x + h @ layer.r.T + layer.rb),)


def lstm_step(layer: Layer, x: Any, state: tuple[Any, ...]) -> tuple[Any, ...]:
    h, c = state
    i, o, f, g = lp.split(x + h @ layer.r.T + layer.rb, 4, axis=-1)
    pi, po, pf = lp.split(layer.p, 3) if layer.p is not None else (None, None, None)
    i = layer.gate(0, i if pi is None else i + pi * c)
    f = 1 - i if layer.input_forget else layer.gate(0, f if pf is None else f + pf * c)
    c = f * c + i * layer.gate(1, g)
    o = layer.gate(0, o if po is None else o + po * c)
    return o * layer.gate(2, c), c


def gru_step(layer: Layer, x: Any, state: tuple[Any, ...]) -> tuple[Any, ...]:
    (h,) = state
    (xz, xr, xh), (rz, rr, rh) = lp.split(x, 3, axis=-1), lp.split(layer.r, 3)
    bz, br, bh = lp.split(layer.rb, 3)
    z = layer.gate(0, xz + h @ rz.T + bz)
    r = layer.gate(0, xr + h @ rr.T + br)
    new = r * (h @ rh.T + bh) if layer.linear_before_reset else (r * h) @ rh.T + bh
    return ((1 - z) * layer.gate(1, xh + new) + z * h,)


@dataclass(frozen=True)
class Kind:
    """What tells RNN, LSTM and GRU apart."""

    gates: int
    step: Callable[[Layer, Any, tuple[Any, ...]], tuple[Any, ...]]
    activations: tuple[str, ...]
    states: int = 1


KINDS = {
    "RNN": Kind(1, rnn_step, ("Tanh",)),
    "LSTM": Kind(4, lstm_step, ("Sigmoid", "Tanh", "Tanh"), 2),
    "GRU": Kind(3, gru_step, ("Sigmoid", "Tanh")),
}


def run(
    kind: Kind, x: Any, w: Any, r: Any, b: Any, lengths: Any, starts: Sequence[Any], peepholes: Any,
    activations: Sequence[str] | None, alphas: Sequence[float], betas: Sequence[float], clip: float | None,
    direction: str, layout: int, linear_before_reset: int, input_forget: int,
) -> tuple[Any, ...]:  # fmt: skip
    x, r = astensor(x), astensor(r)
    x = lp.swapaxes(x, 0, 1) if layout else x
    directions = 2 if direction == "bidirectional" else 1
    if direction not in ("forward", "reverse", "bidirectional") or r.ndim != 3 or r.shape[0] != directions:
        raise DataError("onnx", f"weights of shape {r.shape} are not those of the direction {direction!r}")
    names = list(activations or kind.activations * directions)
    functions = functions_of(names, alphas, betas)
    if len(functions) != len(kind.activations) * directions:
        raise DataError("onnx", f"{len(functions)} activations for {directions} directions")
    hidden, each = int(r.shape[-1]), len(kind.activations)
    outputs, lasts = [], []
    for d in range(directions):
        halves = (
            lp.split(astensor(b)[d], 2) if b is not None else [lp.zeros(kind.gates * hidden, x.dtype)] * 2
        )
        layer = Layer(
            hidden, astensor(w)[d], r[d], halves[0], halves[1],
            None if peepholes is None else astensor(peepholes)[d],
            functions[d * each : (d + 1) * each], clip, bool(linear_before_reset), bool(input_forget),
        )  # fmt: skip
        given = [s if s is None else (lp.swapaxes(s, 0, 1) if layout else astensor(s))[d] for s in starts]
        backwards = direction == "reverse" or d == 1
        y, last = _along(kind, layer, x, given, lengths, backwards)
        outputs.append(y)
        lasts.append(last)
    y = lp.stack(outputs, 1)  # (time, directions, batch, hidden)
    states = [lp.stack(parts, 0) for parts in zip(*lasts, strict=True)]
    if layout:
        y, states = lp.transpose(y, (2, 0, 1, 3)), [lp.swapaxes(s, 0, 1) for s in states]
    return (y, *states)


def _along(
    kind: Kind, layer: Layer, x: Tensor, starts: Sequence[Any], lengths: Any, backwards: bool
) -> tuple[Any, tuple[Any, ...]]:
    """The outputs of all steps, and the last states."""
    batch = x.shape[1]
    init = tuple(lp.zeros((batch, layer.hidden), x.dtype) if s is None else s for s in starts)
    turned = backwards and lengths is not None
    x = reverse_sequence(x, lengths) if turned else x
    parts = lp.matmul(x, lp.swapaxes(layer.w, 0, 1)) + layer.wb

    def step(state: tuple[Any, ...], given: Any) -> tuple[tuple[Any, ...], Any]:
        part, at = given
        new = kind.step(layer, part, state)
        if lengths is None:
            return new, new[0]
        going = lp.expand_dims(lp.less(at, astensor(lengths).astype(INT64)), -1)
        kept = tuple(lp.where(going, n, s) for n, s in zip(new, state, strict=True))
        return kept, lp.where(going, new[0], 0)

    steps = lp.arange(x.shape[0])
    last, y = scan(step, init, (parts, steps), reverse=backwards and not turned)
    return (reverse_sequence(y, lengths) if turned else y), tuple(last)


@operator("RNN")
def rnn(
    x: Any, w: Any, r: Any, b: Any = None, lengths: Any = None, h: Any = None, *,
    activations: Any = None, activation_alpha: Any = (), activation_beta: Any = (), clip: float | None = None,
    direction: str = "forward", hidden_size: int | None = None, layout: int = 0, output_sequence: int = 0,
) -> Any:  # fmt: skip
    return run(KINDS["RNN"], x, w, r, b, lengths, [h], None, activations, activation_alpha, activation_beta,
               clip, direction, layout, 0, 0)  # fmt: skip


@operator("GRU")
def gru(
    x: Any, w: Any, r: Any, b: Any = None, lengths: Any = None, h: Any = None, *,
    activations: Any = None, activation_alpha: Any = (), activation_beta: Any = (), clip: float | None = None,
    direction: str = "forward", hidden_size: int | None = None, layout: int = 0, linear_before_reset: int = 0,
    output_sequence: int = 0,
) -> Any:  # fmt: skip
    return run(KINDS["GRU"], x, w, r, b, lengths, [h], None, activations, activation_alpha, activation_beta,
               clip, direction, layout, linear_before_reset, 0)  # fmt: skip


@operator("LSTM")
def lstm(
    x: Any, w: Any, r: Any, b: Any = None, lengths: Any = None, h: Any = None, c: Any = None, p: Any = None,
    *, activations: Any = None, activation_alpha: Any = (), activation_beta: Any = (),
    clip: float | None = None,
    direction: str = "forward", hidden_size: int | None = None, input_forget: int = 0, layout: int = 0,
    output_sequence: int = 0,
) -> Any:  # fmt: skip
    return run(KINDS["LSTM"], x, w, r, b, lengths, [h, c], p, activations, activation_alpha, activation_beta,
               clip, direction, layout, 0, input_forget)  # fmt: skip
