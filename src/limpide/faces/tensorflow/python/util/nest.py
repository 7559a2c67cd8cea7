"""tensorflow.python.util.nest."""

from .... import missing
from ...nest import *  # noqa: F403

__getattr__ = missing.attributes("tensorflow.python.util.nest", globals())
