"""`keras.preprocessing`."""

from ... import missing

__getattr__ = missing.attributes("keras.preprocessing", globals())
