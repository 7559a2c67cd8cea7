"""tensorflow.python.layers.pooling."""

from .... import missing
from ...layers.pooling import *  # noqa: F403

__getattr__ = missing.attributes("tensorflow.python.layers.pooling", globals())
