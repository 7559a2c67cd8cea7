"""TensorFlow's internal package `tensorflow.python.client`."""

from __future__ import annotations

from .... import missing
from ... import session as session
from . import device_lib as device_lib
from . import timeline as timeline

__getattr__ = missing.attributes("tensorflow.python.client", globals())
