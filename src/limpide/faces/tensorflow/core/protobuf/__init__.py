"""TensorFlow's internal package `tensorflow.core.protobuf`: what course code takes from it."""

from __future__ import annotations

from .... import missing

__getattr__ = missing.attributes("tensorflow.core.protobuf", globals())
