"""`keras.backend.theano_backend`: the same backend."""

from ... import missing
from ..settings import *  # noqa: F403
from ..symbols import int_shape
from .ctc import *  # noqa: F403
from .images import *  # noqa: F403
from .ops import *  # noqa: F403
from .state import *  # noqa: F403

__all__ = ["int_shape"]

__getattr__ = missing.attributes("keras.backend.theano_backend", globals())
