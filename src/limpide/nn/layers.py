"""Linear, Flatten, Sequential that puts modules in a row, Checkpoint that recomputes one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..derivatives import checkpoint
from ..dtypes import is_float
from ..errors import ArgumentError, ShapeError, user_frame
from ..shapes import Shape, same, show
from ..tensor import Parameter, Tensor, astensor
from . import init as initialisers
from .init import Initialiser, Seed
from .module import Module


class Linear(Module):
    """y = x @ weight + bias.

    inputs, outputs: sizes. x: (..., inputs), floats, or integers which become floats of the weight's dtype.
    weight: (inputs, outputs); bias: (outputs,) or None.
    init, bias_init: names of `nn.init`, or functions of a shape.

    >>> import numpy as np
    >>> layer = Linear(784, 10, init="zeros")
    >>> layer.weight.shape, layer(np.ones((5, 784), np.uint8)).shape
    ((784, 10), (5, 10))
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        bias: bool = True,
        init: str | Initialiser = "glorot_uniform",
        bias_init: str | Initialiser = "zeros",
        seed: Seed = None,
        dtype: Any = None,
    ):
        for name, size in [("inputs", inputs), ("outputs", outputs)]:
            if not isinstance(size, int) or size < 1:
                raise ArgumentError(
                    "Linear", f"{name} is {size!r}, not a positive number", where=user_frame()
                )
        self.weight = Parameter(initialisers.make(init, (inputs, outputs), seed, dtype))
        self.bias = Parameter(initialisers.make(bias_init, (outputs,), seed, dtype)) if bias else None

    def forward(self, x: Any) -> Any:
        x = as_input(x, self.weight)
        inputs, outputs = self.weight.shape
        if not x.ndim or not same(x.shape[-1], inputs):
            raise ShapeError(
                "Linear",
                f"the input has shape {show(x.shape)}, but its last axis should have size {inputs} "
                f"for weights of shape {show((inputs, outputs))}",
                where=user_frame(),
                hint="nn.Flatten() makes (n, 28, 28) into (n, 784)" if x.ndim > 2 else None,
            )
        y = x @ self.weight
        return y if self.bias is None else y + self.bias

    def input_shape(self) -> Shape | None:
        return (None, self.weight.shape[0])  # type: ignore[return-value]

    def _describe(self) -> str:
        inputs, outputs = self.weight.shape
        return f"{inputs}, {outputs}" + (", bias=False" if self.bias is None else "")


def as_input(x: Any, weight: Tensor) -> Any:
    """What a layer was given, as floats: integers take the dtype of the weight."""
    x = astensor(x)
    return x if is_float(x.dtype) else x.astype(weight.dtype)


class Flatten(Module):
    """All axes but the first made into one: (n, 28, 28) becomes (n, 784)."""

    def forward(self, x: Any) -> Any:
        x = astensor(x)
        if not x.ndim:
            raise ShapeError("Flatten", "the input is a scalar", where=user_frame())
        size: Any = 1
        for s in x.shape[1:]:
            size = size * s
        return x.reshape((x.shape[0], size))


class Sequential(Module):
    """Modules in a row: each takes what the one before gives. Functions of a tensor are taken too.

    >>> import numpy as np
    >>> import limpide as lp
    >>> net = Sequential(Linear(4, 3), lp.relu, Linear(3, 2))
    >>> net(np.ones((5, 4), np.float32)).shape, len(net), net[0]
    ((5, 2), 3, Linear(4, 3))
    """

    def __init__(self, *layers: Any):
        given = layers[0] if len(layers) == 1 and isinstance(layers[0], (list, tuple)) else layers
        for i, layer in enumerate(given):
            if not callable(layer):
                raise ArgumentError(
                    "Sequential", f"layer {i} is {layer!r}, not a module or a function", where=user_frame()
                )
            setattr(self, str(i), layer)
        self._count = len(given)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Any]:
        return (getattr(self, str(i)) for i in range(self._count))

    def __getitem__(self, i: int) -> Any:
        return list(self)[i]

    def append(self, layer: Any) -> Sequential:
        """One more at the end."""
        setattr(self, str(self._count), layer)
        self._count += 1
        return self

    def forward(self, x: Any) -> Any:
        for layer in self:
            x = layer(x)
        return x

    def input_shape(self) -> Shape | None:
        first = next(iter(self), None)
        return first.input_shape() if isinstance(first, Module) else None


class Checkpoint(Module):
    """A module whose inner results the gradient computes again instead of keeping them: see lp.checkpoint.

    >>> net = Checkpoint(Sequential(Linear(4, 3), Linear(3, 2)))
    >>> [name for name, _ in net.named_parameters()]
    ['module.0.weight', 'module.0.bias', 'module.1.weight', 'module.1.bias']
    """

    def __init__(self, module: Module):
        self.module = module

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return checkpoint(self.module)(*args, **kwargs)
