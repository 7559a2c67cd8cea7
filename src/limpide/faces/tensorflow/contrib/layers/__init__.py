"""tf.contrib.layers."""

from .... import missing
from .columns import *  # noqa: F403
from .layers import *  # noqa: F403
from .regularizers import *  # noqa: F403
from .training import *  # noqa: F403

__getattr__ = missing.attributes("tensorflow.contrib.layers", globals())
