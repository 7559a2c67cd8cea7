"""Random numbers: a function of the generator's state, which is a cell like any other.

The same seed gives the same numbers in eager and in compiled code, on every device. In traced code a draw
advances the state by an update of the compiled function; under `lp.scan` it is carried.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .dtypes import BOOL, INT64, DType, as_dtype, computing, floatx, is_float
from .errors import ArgumentError, DTypeError
from .graph import Array, Node
from .ops import random as streams
from .ops.define import cast, constant
from .shapes import Dim, Shape, broadcast, product
from .tensor import Parameter, Tensor, TensorFunction, astensor, functions, lift
from .tracing import current

cumsum: TensorFunction = functions["cumsum"]
log1p: TensorFunction = functions["log1p"]
minimum: TensorFunction = functions["minimum"]
searchsorted: TensorFunction = functions["searchsorted"]
take: TensorFunction = functions["take"]


class Generator:
    """A stream of random numbers with its own state: uint64 (seed, number of draws).

    The numbers are those of Philox-4x32-10 (Salmon et al. 2011).

    >>> generator = Generator(7)
    >>> first = generator.normal(size=3)
    >>> generator.seed(7)
    >>> bool((generator.normal(size=3) == first).all())
    True
    """

    def __init__(self, seed: int = 0):
        self.state = Parameter(_state(seed), name="random", trainable=False)

    def seed(self, seed: int) -> None:
        """Start the stream of `seed` from its beginning."""
        self.state.assign(_state(seed))

    def __repr__(self) -> str:
        seed, draws = self.state.cell.value.tolist()
        return f"<random.Generator seed={seed} draws={draws}>"

    # ------------------------------------------------------------------------------------- floats
    def random(self, size: Any = None, dtype: Any = None, *, shape: Any = None) -> Tensor:
        """Uniform on [0, 1), floatx by default."""
        return self._scaled(streams.uniform, 0, 1, _shape(size, shape), dtype)

    def uniform(
        self, low: Any = 0.0, high: Any = 1.0, size: Any = None, dtype: Any = None, *, shape: Any = None
    ) -> Tensor:
        """Uniform on [low, high); without a size, one for every element of the bounds."""
        u = self.random(_of(_shape(size, shape), low, high), dtype)
        if type(low) is type(high) is float and (low, high) == (0.0, 1.0):
            return u
        scaled: Tensor = u * (high - low) + low
        return scaled

    def normal(
        self, loc: Any = 0.0, scale: Any = 1.0, size: Any = None, dtype: Any = None, *, shape: Any = None
    ) -> Tensor:
        """Normal with mean `loc` and standard deviation `scale` (Box and Muller 1958)."""
        return self._scaled(streams.normal, loc, scale, _shape(size, shape), dtype)

    def truncated_normal(
        self, loc: Any = 0.0, scale: Any = 1.0, size: Any = None, dtype: Any = None, *, shape: Any = None
    ) -> Tensor:
        """Normal within two standard deviations of `loc`; `scale` is that before the cut."""
        return self._scaled(streams.truncated_normal, loc, scale, _shape(size, shape), dtype)

    def exponential(
        self, scale: Any = 1.0, size: Any = None, dtype: Any = None, *, shape: Any = None
    ) -> Tensor:
        """Exponential with mean `scale`, by the inverse of its distribution function."""
        u = self.random(_of(_shape(size, shape), scale), dtype)
        scaled: Tensor = log1p(-u) * -scale
        return scaled

    def standard_normal(self, size: Any = None, dtype: Any = None) -> Tensor:
        """Normal with mean 0 and standard deviation 1."""
        return self.normal(size=size, dtype=dtype)

    def rand(self, *sizes: int) -> Tensor:
        """Uniform on [0, 1), of the shape that the arguments give."""
        return self.random(sizes)

    def randn(self, *sizes: int) -> Tensor:
        """Standard normal, of the shape that the arguments give."""
        return self.normal(size=sizes)

    # -------------------------------------------------------------------------- integers and choices
    def bernoulli(self, p: Any = 0.5, size: Any = None, *, shape: Any = None) -> Tensor:
        """True with probability `p`."""
        hits: Tensor = self.random(_of(_shape(size, shape), p), "float32") < p
        return hits

    def integers(
        self,
        low: int,
        high: int | None = None,
        size: Any = None,
        dtype: Any = None,
        endpoint: bool = False,
        *,
        shape: Any = None,
    ) -> Tensor:
        """Integers in [low, high), or in [0, low); `endpoint` includes `high`. int64 by default."""
        first, last = (0, int(low)) if high is None else (int(low), int(high))
        last += int(endpoint)
        wanted = INT64 if dtype is None else as_dtype(dtype)
        if not 0 < last - first <= 2**32:
            raise ArgumentError(
                "random.integers", f"the range {first} to {last} is empty or wider than 2**32"
            )
        if is_float(wanted) or wanted == BOOL:
            raise DTypeError("random.integers", f"integers are not {wanted}")
        sizes = _shape(size, shape) or ()
        return self._draw(lambda state, draws: streams.randint(state, draws, sizes, first, last, wanted))

    def permutation(self, x: Any) -> Tensor:
        """0..x-1 in random order, or the rows of an array in random order."""
        if isinstance(x, (int, np.integer, Dim)):
            return self._draw(lambda state, draws: streams.permutation(state, draws, x))
        rows = astensor(x)
        return take(rows, self.permutation(rows.shape[0]), axis=0)

    def choice(self, a: Any, size: Any = None, replace: bool = True, p: Any = None) -> Tensor:
        """Elements of the vector `a` (or of 0..a-1), with probabilities `p`, with or without replacement."""
        count = int(a) if isinstance(a, (int, np.integer)) else astensor(a).shape[0]
        shape = _shape(size, None) or ()
        if p is not None:
            if not replace:
                raise ArgumentError("random.choice", "probabilities go with replacement only")
            edges = cumsum(astensor(p))
            u = self.random(shape, edges.dtype) * edges[-1]
            found = minimum(searchsorted(edges, u, side="right"), count - 1)
        elif replace:
            found = self.integers(int(count), size=shape)
        else:
            wanted = product(shape)
            if wanted > count:
                raise ArgumentError("random.choice", f"{wanted} of {count} elements without replacement")
            found = self.permutation(count)[:wanted].reshape(shape)
        return found if isinstance(a, (int, np.integer)) else take(a, found, axis=0)

    # --------------------------------------------------------------------------------------- the draw
    def _scaled(self, stream: Stream, loc: Any, scale: Any, shape: Shape | None, dtype: Any) -> Tensor:
        sizes, wanted = _of(shape, loc, scale), _float(dtype)
        z = self._draw(lambda state, draws: cast(stream(state, draws, sizes, computing(wanted)), wanted))
        if type(scale) not in (int, float) or scale != 1:
            z = z * scale
        return z if type(loc) in (int, float) and loc == 0 else z + loc

    def _draw(self, numbers: Callable[[Node, int], Node]) -> Tensor:
        """What `numbers` makes of the state and the draws since; the state moves on by one draw."""
        cell, trace = self.state.cell, current()
        if trace is None:
            drawn: Tensor = lift(numbers)(Tensor(None, cell.value), 0)
            cell.replace(cell.value + np.array([0, 1], np.uint64))
            return drawn
        start, draws = _position(trace.read(cell))
        trace.updates[cell] = start + constant(np.array([0, draws + 1], np.uint64))
        return Tensor(numbers(start, draws))


Stream = Callable[[Node, int, Shape, DType], Node]


def _state(seed: int) -> Array:
    return np.array([int(seed) % 2**64, 0], np.uint64)


def _position(state: Node) -> tuple[Node, int]:
    """The state as a start and a known number of draws since, so that draws do not wait for each other."""
    if state.op.name == "add" and state.inputs[1].op.name == "constant":
        return state.inputs[0], int(state.inputs[1].attr("value").array[1])
    return state, 0


def _shape(size: Any, shape: Any) -> Shape | None:
    """NumPy's `size` or the other frameworks' `shape`; None where neither is given."""
    given = size if shape is None else shape
    if given is None:
        return None
    return tuple(given) if isinstance(given, (tuple, list)) else (given,)


def _of(shape: Shape | None, *parameters: Any) -> Shape:
    """The shape, or without one that of the parameters together."""
    if shape is not None:
        return shape
    return broadcast("random", *(p.shape for p in parameters if isinstance(p, (Tensor, np.ndarray))))


def _float(dtype: Any) -> DType:
    wanted = floatx() if dtype is None else as_dtype(dtype)
    if not is_float(wanted):
        raise DTypeError("random", f"these numbers are floats, not {wanted}", hint="use .astype, or integers")
    return wanted


_default = Generator()
seed = _default.seed
random = _default.random
uniform = _default.uniform
normal = _default.normal
truncated_normal = _default.truncated_normal
exponential = _default.exponential
standard_normal = _default.standard_normal
rand = _default.rand
randn = _default.randn
bernoulli = _default.bernoulli
integers = randint = _default.integers
permutation = _default.permutation
choice = _default.choice


def default_generator() -> Generator:
    """The generator behind the functions of this module; its seed is 0 until `seed` is called."""
    return _default


__all__ = [
    "Generator", "bernoulli", "choice", "default_generator", "exponential", "integers", "normal",
    "permutation", "rand", "randint", "randn", "random", "seed", "standard_normal", "truncated_normal",
    "uniform",
]  # fmt: skip
