"""Products with logarithms that are 0 where a factor is 0."""

from __future__ import annotations

from typing import Any

from ....tensor import Tensor
from ... import missing
from ..engine import lp
from .elemwise import Elemwise, floating


def _xlogy0(x: Tensor, y: Tensor) -> Tensor:
    return lp["where"](x == 0, 0, x * lp["log"](lp["where"](x == 0, 1, y)))


xlogx: Any = Elemwise("xlogx", lambda x: _xlogy0(x, x), floating)
xlogy0: Any = Elemwise("xlogy0", _xlogy0, floating)

__getattr__ = missing.attributes("theano.tensor.xlogx", globals())
