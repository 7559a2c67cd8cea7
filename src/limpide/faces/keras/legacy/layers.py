"""`keras.legacy.layers`."""

from ... import missing
from ..layers.convolutional import AtrousConvolution1D, AtrousConvolution2D
from ..layers.convolutional_recurrent import ConvRecurrent2D
from ..layers.core import Highway, MaxoutDense
from ..layers.merge import Merge, merge
from ..layers.recurrent import Recurrent

__all__ = [
    "AtrousConvolution1D", "AtrousConvolution2D", "ConvRecurrent2D", "Highway", "MaxoutDense", "Merge",
    "Recurrent", "merge",
]  # fmt: skip

__getattr__ = missing.attributes("keras.legacy.layers", globals())
