"""tf.contrib.legacy_seq2seq under its path of 2015."""

from .... import missing
from ...contrib.legacy_seq2seq import *  # noqa: F403

__getattr__ = missing.attributes("tensorflow.models.rnn.seq2seq", globals())
