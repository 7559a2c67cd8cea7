"""TensorFlow's internal package `tensorflow.python.platform`."""

from __future__ import annotations

from .... import missing
from ... import app as app
from ... import flags as flags
from ... import gfile as gfile
from ... import logging, test

tf_logging, googletest = logging, test

__getattr__ = missing.attributes("tensorflow.python.platform", globals())
