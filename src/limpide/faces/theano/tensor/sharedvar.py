"""Shared tensors under the name of their file."""

from __future__ import annotations

from ... import missing
from ..compile.sharedvalue import (
    ScalarSharedVariable,
    SharedVariable,
    TensorSharedVariable,
    tensor_constructor,
)

scalar_constructor = tensor_constructor

__all__ = [
    "ScalarSharedVariable",
    "SharedVariable",
    "TensorSharedVariable",
    "scalar_constructor",
    "tensor_constructor",
]

__getattr__ = missing.attributes("theano.tensor.sharedvar", globals())
