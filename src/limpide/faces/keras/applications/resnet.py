"""`keras.applications.resnet`."""

from ... import missing
from .resnet50 import *  # noqa: F403

__getattr__ = missing.attributes("keras.applications.resnet", globals())
