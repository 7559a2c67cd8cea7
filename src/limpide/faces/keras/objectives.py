"""`keras.objectives`: Keras 1's name of `keras.losses`."""

from .. import missing
from .losses import *  # noqa: F403

__getattr__ = missing.attributes("keras.objectives", globals())
