"""tensorflow.models: an inner path of 2015."""

from ... import missing

__getattr__ = missing.attributes("tensorflow.models", globals())
