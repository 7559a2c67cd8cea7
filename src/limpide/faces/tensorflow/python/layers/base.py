"""tensorflow.python.layers.base."""

from .... import missing
from ...layers.base import *  # noqa: F403

__getattr__ = missing.attributes("tensorflow.python.layers.base", globals())
