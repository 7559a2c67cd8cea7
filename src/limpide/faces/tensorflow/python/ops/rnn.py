"""tensorflow.python.ops.rnn."""

from .... import missing
from ...nn.rnn import *  # noqa: F403

__getattr__ = missing.attributes("tensorflow.python.ops.rnn", globals())
