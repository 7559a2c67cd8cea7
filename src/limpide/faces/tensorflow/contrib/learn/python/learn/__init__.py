"""tf.contrib.learn under its inner path."""

from ...... import missing
from ... import *  # noqa: F403

__getattr__ = missing.attributes("tensorflow.contrib.learn.python.learn", globals())
