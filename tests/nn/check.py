"""One harness for layers: values on every device against NumPy, gradients against central differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import limpide as lp
from limpide import nest, nn
from ops.check import configured, devices


def check_layer(
    layer: nn.Module,
    reference: Callable[..., Any],
    *inputs: Any,
    rtol: float = 1e-9,
    step: float = 1e-6,
    gradient_rtol: float = 1e-6,
) -> None:
    """`layer(*inputs)` against `reference(*inputs)`, eagerly and compiled on every device, in float64.

    Then the derivatives by all float inputs and parameters, along random directions, on every device.
    """
    layer.to("float64")
    state = layer.state_dict()
    expected = nest.flatten(reference(*inputs))[0]

    def leaves(*args: Any) -> list[Any]:
        layer.load_state_dict(state)
        return nest.flatten(layer(*args))[0]

    def traced(*args: Any) -> list[Any]:
        return nest.flatten(layer(*args))[0]

    runs = {"eager": leaves(*inputs)}
    for device in devices():
        layer.load_state_dict(state)
        with configured(device=device):
            runs[device] = lp.compile(traced)(*inputs)
    for device, results in runs.items():
        assert len(results) == len(expected)
        for got, want in zip(results, expected, strict=True):
            np.testing.assert_allclose(got.numpy(), want, rtol=rtol, atol=1e-11, err_msg=device)
    layer.load_state_dict(state)
    check_gradients(layer, inputs, step, gradient_rtol)


def check_gradients(layer: nn.Module, inputs: tuple[Any, ...], step: float, rtol: float) -> None:
    """Derivatives by all float inputs and parameters, along random directions, on every device."""
    rng = np.random.default_rng(7)
    state = layer.state_dict()
    parameters = dict(layer.named_parameters())
    floats = [i for i, a in enumerate(inputs) if np.asarray(a).dtype.kind == "f"]
    moves = {name: rng.normal(size=p.shape) for name, p in parameters.items()}
    shifts = {i: rng.normal(size=np.shape(inputs[i])) for i in floats}
    weights = [rng.normal(size=leaf.shape) for leaf in nest.flatten(layer(*inputs))[0]]

    def loss(*args: Any) -> Any:
        leaves = nest.flatten(layer(*args))[0]
        return sum((leaf * w).sum() for leaf, w in zip(leaves, weights, strict=True))

    def along(t: float) -> float:
        layer.load_state_dict(state | {name: state[name] + t * move for name, move in moves.items()})
        return float(loss(*(a + t * shifts[i] if i in shifts else a for i, a in enumerate(inputs))))

    slope = (along(step) - along(-step)) / (2 * step)
    wanted = [*shifts.values(), *moves.values()]

    def gradients(*args: Any) -> Any:
        return lp.grad(loss(*args), [*(args[i] for i in floats), *parameters.values()])

    for device in devices():
        layer.load_state_dict(state)
        with configured(device=device):
            found = lp.compile(gradients)(*inputs)
        products = [g.numpy() * move for g, move in zip(found, wanted, strict=True)]
        exact, size = sum(p.sum() for p in products), sum(np.abs(p).sum() for p in products)
        assert abs(exact - slope) <= rtol * (size + abs(slope)) + 1e-8, f"{exact} is not {slope} on {device}"
    layer.load_state_dict(state)
