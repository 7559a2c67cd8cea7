"""The sigmoids under the name of their file."""

from __future__ import annotations

from .... import missing
from .nnet import hard_sigmoid, sigmoid, softplus, ultra_fast_sigmoid

__all__ = ["hard_sigmoid", "sigmoid", "softplus", "ultra_fast_sigmoid"]

__getattr__ = missing.attributes("theano.tensor.nnet.sigm", globals())
