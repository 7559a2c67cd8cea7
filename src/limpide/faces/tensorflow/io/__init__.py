"""tf.io and tf.python_io: files of records, and what is in them."""

from ... import missing
from .examples import *  # noqa: F403
from .records import *  # noqa: F403

__getattr__ = missing.attributes("tensorflow.io", globals())
