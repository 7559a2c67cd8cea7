"""tf.nn.seq2seq: tf.contrib.legacy_seq2seq before 1.0."""

from ... import missing
from ..contrib.legacy_seq2seq import *  # noqa: F403

__getattr__ = missing.attributes("tensorflow.nn.seq2seq", globals())
