"""`theano.tensor.signal`: pooling, convolution of single images."""

from __future__ import annotations

from .... import missing

__getattr__ = missing.attributes("theano.tensor.signal", globals())
