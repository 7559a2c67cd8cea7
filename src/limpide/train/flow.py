"""How gradients flow back through a network: one number per layer, and their picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .pictures import bars


@dataclass
class GradientFlow:
    """The gradients of a batch, layer by layer, from the input on.

    norms: by parameter, the Euclidean norm of its gradient. sizes: the root of the mean square of its
    elements, which does not grow with their number.
    """

    norms: dict[str, float]
    sizes: dict[str, float]
    matrices: frozenset[str] = frozenset()  # the names of those with two axes or more

    def weights(self) -> dict[str, float]:
        """The sizes of what has two axes or more: weights of layers, without biases."""
        return {name: self.sizes[name] for name in self.sizes if name in self.matrices}

    def plot(self, title: str = "") -> Any:
        """The sizes as bars on a logarithmic axis, as a matplotlib figure."""
        return plot_flows({"": self}, title)


def gradient_flow(model: Any, x: Any, y: Any, sample_weight: Any = None) -> GradientFlow:
    """The gradients of the loss on a batch, by parameter; the model is compiled, and stays as it is.

    A network whose first layers have gradients a thousand times smaller than its last ones hardly learns in
    them: their gradients vanish (Hochreiter 1991; Glorot and Bengio 2010).
    """
    found = model._compiled("gradient_flow").gradients(x, y, sample_weight)
    exact = {name: np.asarray(g, np.float64) for name, g in found.items()}
    return GradientFlow(
        {name: float(np.sqrt(np.square(g).sum())) for name, g in exact.items()},
        {name: float(np.sqrt(np.square(g).mean())) for name, g in exact.items()},
        frozenset(name for name, g in exact.items() if g.ndim > 1),
    )


def plot_flows(flows: Mapping[str, GradientFlow], title: str = "") -> Any:
    """Several networks side by side: the sizes of the gradients of their weights, by layer.

    Layers are numbered, as networks of other activations or norms name them differently.
    """
    one = len(flows) == 1
    series = {}
    for label, flow in flows.items():
        values = flow.weights() or flow.sizes
        series[label] = values if one else {f"layer {i + 1}": v for i, v in enumerate(values.values())}
    return bars(series, title, "root mean square of the gradient")
