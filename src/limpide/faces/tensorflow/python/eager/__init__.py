"""TensorFlow's internal package `tensorflow.python.eager`: what course code takes from it."""

from __future__ import annotations

from .... import missing

__getattr__ = missing.attributes("tensorflow.python.eager", globals())
