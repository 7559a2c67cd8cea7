"""`keras.legacy`: what Keras 2 kept of Keras 1."""

from ... import missing

__getattr__ = missing.attributes("keras.legacy", globals())
