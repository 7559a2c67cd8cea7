"""`Assert` and its like."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....tensor import Tensor
from ... import missing, record
from .basic import record_op
from .var import as_tensor_variable


class Assert:
    """`Assert(message)(x, *conditions)`: x, checked after every run."""

    def __init__(self, msg: str = "Theano Assert failed!"):
        self.msg = msg

    def __call__(self, value: Any, *conditions: Any) -> Any:
        x = as_tensor_variable(value)

        def check(*found: Any) -> None:
            for f in found:
                if not np.all(f):
                    raise AssertionError(self.msg)

        def build(t: Tensor, conditions: Any) -> Tensor:
            record.effect(check, *conditions)
            return t

        tests = [as_tensor_variable(c) for c in conditions]
        return record_op(f"Assert{{msg={self.msg!r}}}", build, x, tests, known=lambda: x.formula)


assert_op = Assert()
assert_ = assert_op
AssertOp = Assert

__getattr__ = missing.attributes("theano.tensor.opt", globals())
