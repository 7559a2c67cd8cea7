"""tensorflow.python.layers.normalization."""

from .... import missing
from ...layers.normalization import *  # noqa: F403

__getattr__ = missing.attributes("tensorflow.python.layers.normalization", globals())
