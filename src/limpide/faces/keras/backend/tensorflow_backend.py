"""`keras.backend.tensorflow_backend`: the backend, by the name of its library."""

from ... import missing
from ...tensorflow import graph as tf
from ..settings import *  # noqa: F403
from ..symbols import int_shape
from .ctc import *  # noqa: F403
from .images import *  # noqa: F403
from .ops import *  # noqa: F403
from .state import *  # noqa: F403

__all__ = ["int_shape", "tf"]

__getattr__ = missing.attributes("keras.backend.tensorflow_backend", globals())
