"""tf.python_io: files of records."""

from .. import missing
from .io.records import *  # noqa: F403

__getattr__ = missing.attributes("tensorflow.python_io", globals())
