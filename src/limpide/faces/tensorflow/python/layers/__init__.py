"""tensorflow.python.layers."""

from .... import missing

__getattr__ = missing.attributes("tensorflow.python.layers", globals())
