"""Special functions from SciPy, between native calls, with their gradients."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from ....errors import MissingExtraError
from .. import scalar
from ..gof import recipes
from ..gof.op import Apply, Op
from .basic import cast
from .elementwise import elementwise
from .type import TensorType
from .var import as_tensor_variable, dtype_of, pattern_of

Gradient = Callable[..., list[Any]]
mul, exp = elementwise["mul"], elementwise["exp"]


def scipy_special() -> Any:
    """The one door to SciPy's special functions."""
    try:
        return importlib.import_module("scipy.special")
    except ImportError:
        raise MissingExtraError("scipy", "faces", "a special function") from None


class Special(Op):
    """A function of every element; `gradient` gives the derivatives by its inputs as variables."""

    def __init__(self, name: str, function: Callable[..., Any], gradient: Gradient | None = None):
        self.name, self.function, self.gradient = name, function, gradient
        recipes.KEPT[f"special.{name}"] = self.recorded

    def __call__(self, *inputs: Any, **kwargs: Any) -> Any:
        return recipes.called(f"special.{self.name}", self.recorded, inputs, kwargs)

    def make_node(self, *inputs: Any) -> Apply:
        variables = [as_tensor_variable(i) for i in inputs]
        out = scalar.upgrade_to_float(*map(dtype_of, variables))
        rank = max(len(pattern_of(v)) for v in variables)
        padded = [(True,) * (rank - len(pattern_of(v))) + pattern_of(v) for v in variables]
        pattern = [all(p[a] for p in padded) for a in range(rank)]
        return Apply(self, [cast(v, out) for v in variables], [TensorType(out, pattern)()])

    def perform(self, node: Any, inputs: Any, output_storage: Any, *params: Any) -> None:
        output_storage[0][0] = np.asarray(self.function(scipy_special(), *inputs), inputs[0].dtype)

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> Any:
        if self.gradient is None:
            raise NotImplementedError(f"{self.name} has no gradient here")
        return [mul(output_grads[0], g) for g in self.gradient(*inputs)]


def _no(x: Any) -> Any:
    """The derivative by an order, which is taken to be fixed."""
    return x * 0


tri_gamma: Special = Special("tri_gamma", lambda s, x: s.polygamma(1, x))
psi: Special = Special("psi", lambda s, x: s.psi(x), lambda x: [tri_gamma(x)])
gammaln: Special = Special("gammaln", lambda s, x: s.gammaln(x), lambda x: [psi(x)])
gamma: Special = Special("gamma", lambda s, x: s.gamma(x), lambda x: [gamma(x) * psi(x)])
erfcx: Special = Special("erfcx", lambda s, x: s.erfcx(x), lambda x: [2 * x * erfcx(x) - 2 / np.sqrt(np.pi)])
jv: Special = Special(
    "jv", lambda s, v, x: s.jv(v, x), lambda v, x: [_no(v), (jv(v - 1, x) - jv(v + 1, x)) / 2.0]
)
j0: Special = Special("j0", lambda s, x: s.j0(x), lambda x: [-j1(x)])
j1: Special = Special("j1", lambda s, x: s.j1(x), lambda x: [(j0(x) - jv(2, x)) / 2.0])
iv: Special = Special(
    "iv", lambda s, v, x: s.iv(v, x), lambda v, x: [_no(v), (iv(v - 1, x) + iv(v + 1, x)) / 2.0]
)
i0: Special = Special("i0", lambda s, x: s.i0(x), lambda x: [i1(x)])
i1: Special = Special("i1", lambda s, x: s.i1(x), lambda x: [(i0(x) + iv(2, x)) / 2.0])
gammainc: Special = Special(
    "gammainc", lambda s, k, x: s.gammainc(k, x), lambda k, x: [_no(k), _density(k, x)]
)
gammaincc: Special = Special(
    "gammaincc", lambda s, k, x: s.gammaincc(k, x), lambda k, x: [_no(k), -_density(k, x)]
)
chi2sf: Special = Special("chi2sf", lambda s, x, k: s.chdtrc(k, x))


def _density(k: Any, x: Any) -> Any:
    return exp((k - 1) * elementwise["log"](x) - x - gammaln(k))


def gammau(k: Any, x: Any) -> Any:
    """The upper incomplete gamma function."""
    return gammaincc(k, x) * gamma(k)


def gammal(k: Any, x: Any) -> Any:
    """The lower incomplete gamma function."""
    return gammainc(k, x) * gamma(k)


__all__ = [
    "chi2sf", "erfcx", "gamma", "gammainc", "gammaincc", "gammal", "gammaln", "gammau", "i0", "i1", "iv",
    "j0", "j1", "jv", "psi", "tri_gamma",
]  # fmt: skip
