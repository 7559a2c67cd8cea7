"""MRG_RandomStreams: the same streams under the name of Theano's faster ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import missing, pickles
from ..tensor.shared_randomstreams import RandomStateSharedVariable, RandomStreams


class MRG_State(RandomStateSharedVariable):
    """A state whose value is an array."""

    def get_value(self, borrow: bool = False, return_internal_type: bool = False) -> Any:
        return np.array(self.source.parameter.cell.value)

    def set_value(self, new_value: Any, borrow: bool = False) -> None:
        self.source.put(np.array(new_value, np.uint64))


class MRG_RandomStreams(RandomStreams):
    """Random variables that functions draw anew at every call."""

    state_class = MRG_State

    def __init__(self, seed: Any = 12345, use_cuda: Any = None, **_: Any):
        super().__init__(seed)
        self.rstate = np.array([seed if isinstance(seed, int) else 12345] * 6, np.int32)

    def set_rstate(self, seed: Any) -> None:
        self.rstate = np.array([seed] * 6, np.int32)

    def inc_rstate(self) -> None:
        self.rstate = self.rstate + 1


pickles.allow(MRG_State)

__getattr__ = missing.attributes("theano.sandbox.rng_mrg", globals())
