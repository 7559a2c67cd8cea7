"""`Assert` and `Raise` under the name of their file."""

from __future__ import annotations

from .. import missing
from .tensor.opt import Assert, assert_op

__all__ = ["Assert", "assert_op"]

__getattr__ = missing.attributes("theano.raise_op", globals())
