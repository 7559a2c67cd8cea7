"""`keras.backend`: functions of symbolic tensors, written with the engine's words."""

from ... import missing
from ..settings import *  # noqa: F403
from ..symbols import int_shape as int_shape
from .ctc import *  # noqa: F403
from .images import *  # noqa: F403
from .ops import *  # noqa: F403
from .state import *  # noqa: F403

__getattr__ = missing.attributes("keras.backend", globals())
