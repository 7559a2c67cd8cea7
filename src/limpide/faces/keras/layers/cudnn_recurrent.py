"""`keras.layers.cudnn_recurrent`."""

from ... import missing

__getattr__ = missing.attributes("keras.layers.cudnn_recurrent", globals())
