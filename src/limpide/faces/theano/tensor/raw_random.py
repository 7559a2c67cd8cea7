"""Random variables under the name of an old file."""

from __future__ import annotations

from ... import missing
from .shared_randomstreams import RandomFunction, RandomStreams

RandomStreamsBase = RandomStreams

__all__ = ["RandomFunction", "RandomStreams", "RandomStreamsBase"]

__getattr__ = missing.attributes("theano.tensor.raw_random", globals())
