"""`keras.backend.common`."""

from ... import missing
from ..settings import *  # noqa: F403

__getattr__ = missing.attributes("keras.backend.common", globals())
