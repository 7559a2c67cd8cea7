"""`keras.wrappers`."""

from ... import missing

__getattr__ = missing.attributes("keras.wrappers", globals())
