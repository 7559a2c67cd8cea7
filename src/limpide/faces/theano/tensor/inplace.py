"""Elementwise ops under their in-place names: nothing is written in place here."""

from __future__ import annotations

from typing import Any

from ... import missing
from .basic import transpose
from .elementwise import elementwise

globals().update({f"{name}_inplace": op for name, op in elementwise.items()})
transpose_inplace: Any = transpose

__getattr__ = missing.attributes("theano.tensor.inplace", globals())
