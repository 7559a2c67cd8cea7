"""tf.nn: layers' functions, losses and recurrent networks."""

from __future__ import annotations

from ... import missing
from . import rnn_cell
from .activations import *  # noqa: F403
from .convolution import *  # noqa: F403
from .ctc import *  # noqa: F403
from .embedding import *  # noqa: F403
from .losses import *  # noqa: F403
from .normalisation import *  # noqa: F403
from .pooling import *  # noqa: F403
from .rnn import *  # noqa: F403

__getattr__ = missing.attributes("tensorflow.nn", globals())
assert rnn_cell
