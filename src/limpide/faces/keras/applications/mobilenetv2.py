"""`keras.applications.mobilenetv2`."""

from ... import missing
from .mobilenet_v2 import *  # noqa: F403

__getattr__ = missing.attributes("keras.applications.mobilenetv2", globals())
