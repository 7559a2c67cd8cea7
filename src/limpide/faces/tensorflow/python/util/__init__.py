"""TensorFlow's internal package `tensorflow.python.util`: what course code takes from it."""

from __future__ import annotations

from .... import missing

__getattr__ = missing.attributes("tensorflow.python.util", globals())
