"""TensorFlow 1.x, and its names from before 1.0, on limpide's engine."""

from __future__ import annotations

from .. import missing
from . import operators  # noqa: F401 (gives tensors their operators)
from .dtypes import *  # noqa: F403
from .errors import OpError
from .graph import (
    Graph,
    GraphDef,
    GraphKeys,
    Operation,
    Tensor,
    add_to_collection,
    add_to_collections,
    colocate_with,
    control_dependencies,
    device,
    get_collection,
    get_collection_ref,
    get_default_graph,
    get_default_session,
    name_scope,
    reset_default_graph,
)
from .initializers import (
    constant_initializer,
    glorot_normal_initializer,
    glorot_uniform_initializer,
    ones_initializer,
    orthogonal_initializer,
    random_normal_initializer,
    random_uniform_initializer,
    truncated_normal_initializer,
    uniform_unit_scaling_initializer,
    variance_scaling_initializer,
    zeros_initializer,
)
from .inputs import constant, convert_to_tensor, placeholder, placeholder_with_default
from .math import *  # noqa: F403
from .scopes import *  # noqa: F403
from .session import InteractiveSession, Session
from .shapes import Dimension, TensorShape
from .variables import *  # noqa: F403

__getattr__ = missing.attributes("tensorflow", globals())
