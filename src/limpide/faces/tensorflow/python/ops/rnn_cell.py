"""tensorflow.python.ops.rnn_cell."""

from .... import missing
from ...nn.rnn_cell import *  # noqa: F403

__getattr__ = missing.attributes("tensorflow.python.ops.rnn_cell", globals())
