"""tensorflow.python.layers.core."""

from .... import missing
from ...layers.core import *  # noqa: F403

__getattr__ = missing.attributes("tensorflow.python.layers.core", globals())
