"""tensorflow.python.layers.convolutional."""

from .... import missing
from ...layers.convolution import *  # noqa: F403

__getattr__ = missing.attributes("tensorflow.python.layers.convolutional", globals())
