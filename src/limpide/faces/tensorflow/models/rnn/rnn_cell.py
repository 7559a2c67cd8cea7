"""tf.nn.rnn_cell under its path of 2015."""

from .... import missing
from ...nn.rnn_cell import *  # noqa: F403

__getattr__ = missing.attributes("tensorflow.models.rnn.rnn_cell", globals())
