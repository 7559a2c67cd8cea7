"""tf.nn's recurrent networks under their path of 2015."""

from .... import missing
from ...nn.rnn import *  # noqa: F403

__getattr__ = missing.attributes("tensorflow.models.rnn.rnn", globals())
