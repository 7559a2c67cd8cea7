"""Networks whose training is compared with PyTorch: what they are, both ways of writing them, their work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import limpide as lp

from .. import nn, optim
from ..errors import LimpideError
from ..graph import Array
from .peers.packages import load

TOLERANCE = 2e-3  # relative, of the losses of the first steps
CHECKED_STEPS = 3

ACTIVATIONS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "relu": (lp.relu, "ReLU"),
    "sigmoid": (lp.sigmoid, "Sigmoid"),
    "tanh": (lp.tanh, "Tanh"),
    "gelu": (lp.gelu, "GELU"),
    "silu": (lp.silu, "SiLU"),
    "elu": (lp.elu, "ELU"),
}

# Ours, PyTorch's, arguments of both, and how many numbers of state there are for each parameter.
OPTIMIZERS: dict[str, tuple[Callable[..., Any], str, dict[str, Any], int]] = {
    "sgd": (optim.SGD, "SGD", {"lr": 0.01}, 0),
    "momentum": (optim.SGD, "SGD", {"lr": 0.01, "momentum": 0.9}, 1),
    "nesterov": (optim.SGD, "SGD", {"lr": 0.01, "momentum": 0.9, "nesterov": True}, 1),
    "adam": (optim.Adam, "Adam", {"lr": 0.001}, 2),
    "adamw": (optim.AdamW, "AdamW", {"lr": 0.001}, 2),
    "rmsprop": (optim.RMSProp, "RMSprop", {"lr": 0.001}, 1),
}
FUSED = {"SGD", "Adam", "AdamW"}  # those of PyTorch that update all parameters in one kernel


@dataclass(frozen=True)
class Convolution:
    """channels, then a square kernel's size and stride, and whether maxima of 2 x 2 windows follow."""

    channels: int
    kernel: int
    stride: int
    pool: bool


@dataclass(frozen=True)
class Network:
    """A network and how it is trained.

    sizes: of its dense layers, inputs first. loss: "entropy" of classes, or "squares".
    image: channels and side of what goes into the convolutions.
    """

    sizes: tuple[int, ...]
    batch: int
    activation: str = "relu"
    optimizer: str = "sgd"
    loss: str = "entropy"
    image: tuple[int, int] | None = None
    convolutions: tuple[Convolution, ...] = ()

    @property
    def name(self) -> str:
        parts = [f"{self.image[0]}x{self.image[1]}x{self.image[1]}"] if self.image is not None else []
        for c in self.convolutions:
            stride = f"s{c.stride}" if c.stride > 1 else ""
            parts.append(f"c{c.channels}k{c.kernel}{stride}{'p' if c.pool else ''}")
        parts += map(str, self.sizes)
        return f"{'-'.join(parts)} {self.activation} {self.optimizer} {self.loss} batch {self.batch}"


def shapes(net: Network) -> list[tuple[int, ...]]:
    """Of all parameters, as ours has them: kernels (out, in, h, w), weights (in, out), and biases."""
    found: list[tuple[int, ...]] = []
    if net.image is not None:
        channels = net.image[0]
        for c in net.convolutions:
            found += [(c.channels, channels, c.kernel, c.kernel), (c.channels,)]
            channels = c.channels
    for inputs, outputs in zip(net.sizes, net.sizes[1:], strict=False):
        found += [(inputs, outputs), (outputs,)]
    return found


def start(net: Network) -> list[Array]:
    """First values of the parameters."""
    draw = np.random.default_rng(7)
    values = []
    for shape in shapes(net):
        fan = shape[0] if len(shape) == 2 else int(np.prod(shape[1:]))
        scale = 1 / np.sqrt(fan) if len(shape) > 1 else 0.0
        values.append((draw.standard_normal(shape) * scale).astype(np.float32))
    return values


def data(net: Network) -> tuple[Array, Array]:
    draw = np.random.default_rng(8)
    first = (net.image[0], net.image[1], net.image[1]) if net.image is not None else (net.sizes[0],)
    x = draw.standard_normal((net.batch, *first)).astype(np.float32)
    if net.loss == "entropy":
        return x, draw.integers(0, net.sizes[-1], net.batch)
    return x, draw.standard_normal((net.batch, net.sizes[-1])).astype(np.float32)


Step = Callable[[], Any]  # one step of training; gives the loss


def ours(net: Network) -> Step:
    """A compiled step."""
    act = ACTIVATIONS[net.activation][0]
    values = [lp.parameter(value, name=f"p{i}") for i, value in enumerate(start(net))]
    weights = list(zip(values[::2], values[1::2], strict=True))
    split = len(net.convolutions)

    def model(x: Any) -> Any:
        for c, (weight, bias) in zip(net.convolutions, weights[:split], strict=True):
            x = act(lp.conv2d(x, weight, bias, stride=c.stride))
            x = lp.max_pool2d(x, 2) if c.pool else x
        x = x.reshape((net.batch, net.sizes[0]))
        for i, (weight, bias) in enumerate(weights[split:]):
            x = (act(x) if i else x) @ weight + bias
        return x

    make, _, arguments, _ = OPTIMIZERS[net.optimizer]
    optimizer = make(**arguments)
    loss_of = nn.cross_entropy if net.loss == "entropy" else nn.mse

    @lp.compile
    def step(x: Any, y: Any) -> Any:
        loss = loss_of(model(x), y)
        optimizer.minimize(loss)
        return loss

    x, y = data(net)
    return lambda: step(x, y)


def theirs(net: Network) -> Step:
    """Modules, and an optimiser that updates all parameters at once."""
    torch = load("torch")
    layers: list[Any] = []
    act = getattr(torch.nn, ACTIVATIONS[net.activation][1])
    if net.image is not None:
        channels = net.image[0]
        for c in net.convolutions:
            layers += [torch.nn.Conv2d(channels, c.channels, c.kernel, c.stride), act()]
            layers += [torch.nn.MaxPool2d(2)] if c.pool else []
            channels = c.channels
        layers.append(torch.nn.Flatten())
    for inputs, outputs in zip(net.sizes, net.sizes[1:], strict=False):
        layers += [torch.nn.Linear(inputs, outputs), act()]
    model = torch.nn.Sequential(*layers[:-1])
    with torch.no_grad():
        for parameter, value in zip(model.parameters(), start(net), strict=True):
            parameter.copy_(torch.from_numpy(value.T if value.ndim == 2 else value))
    _, name, arguments, _ = OPTIMIZERS[net.optimizer]
    how = {"fused": True} if name in FUSED else {"foreach": True}
    optimizer = getattr(torch.optim, name)(model.parameters(), **arguments, **how)
    functional = torch.nn.functional
    loss_of = functional.cross_entropy if net.loss == "entropy" else functional.mse_loss
    x, y = map(torch.from_numpy, data(net))

    def step() -> Any:
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of(model(x), y)
        loss.backward()
        optimizer.step()
        return loss.detach()

    return step


def work(net: Network) -> tuple[float, float]:
    """Multiplications and additions of one step, and bytes of parameters, state and activations."""
    flops, moved = 0.0, 0.0
    if net.image is not None:
        channels, side = net.image
        for i, c in enumerate(net.convolutions):
            out = (side - c.kernel) // c.stride + 1
            macs = net.batch * out * out * c.channels * channels * c.kernel**2
            flops += 2 * macs * (3 if i else 2)
            moved += 4 * net.batch * out * out * c.channels * 3
            channels, side = c.channels, out // 2 if c.pool else out
    pairs = list(zip(net.sizes, net.sizes[1:], strict=False))
    for i, (inputs, outputs) in enumerate(pairs):
        flops += 2 * net.batch * inputs * outputs * (3 if i or net.convolutions else 2)
        moved += 4 * net.batch * (inputs + outputs) * 2
    state = OPTIMIZERS[net.optimizer][3]
    parameters = sum(int(np.prod(shape)) for shape in shapes(net))
    return flops, moved + 4 * parameters * (3 + 2 * state)  # forward, backward, update


def check(net: Network, steps: tuple[Step, Step]) -> None:
    """Raise where the first losses differ."""
    for number in range(CHECKED_STEPS):
        mine, other = (float(np.asarray(step())) for step in steps)
        if not abs(mine - other) <= TOLERANCE * max(abs(other), 1e-3):
            what = f"{net.name}: the loss of step {number} is {mine:.7g}, in PyTorch {other:.7g}"
            raise LimpideError("bench", what, hint="one of them does other work; nothing was timed")
