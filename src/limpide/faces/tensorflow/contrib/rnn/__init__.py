"""tf.contrib.rnn: recurrent cells and networks."""

from .... import missing
from ...nn.rnn import (
    static_bidirectional_rnn,
    static_rnn,
    static_state_saving_rnn,
)
from ...nn.rnn_cell import *  # noqa: F403
from ...nn.rnn_cell import LayerNormBasicLSTMCell, LSTMCell, LSTMStateTuple

LSTMBlockCell = LSTMBlockWrapper = LSTMCell
__all__ = [
    "LSTMBlockCell",
    "LSTMBlockWrapper",
    "LSTMStateTuple",
    "LayerNormBasicLSTMCell",
    "static_bidirectional_rnn",
    "static_rnn",
    "static_state_saving_rnn",
]

__getattr__ = missing.attributes("tensorflow.contrib.rnn", globals())
