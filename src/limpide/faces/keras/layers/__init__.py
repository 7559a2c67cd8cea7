"""`keras.layers`: every layer, under the names of all generations."""

from ... import missing
from ..engine.base_layer import Input, InputLayer, InputSpec, Layer, deserialize
from ..utils.generic_utils import serialize_keras_object as serialize
from .advanced_activations import *  # noqa: F403
from .convolutional import *  # noqa: F403
from .convolutional_recurrent import *  # noqa: F403
from .core import *  # noqa: F403
from .embeddings import *  # noqa: F403
from .local import *  # noqa: F403
from .merge import *  # noqa: F403
from .noise import *  # noqa: F403
from .normalization import *  # noqa: F403
from .pooling import *  # noqa: F403
from .recurrent import *  # noqa: F403
from .wrappers import *  # noqa: F403

__getattr__ = missing.attributes("keras.layers", globals())
