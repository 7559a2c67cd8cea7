"""TensorFlow 1.x, and its names from before 1.0, on limpide's engine."""

# ruff: noqa: F403 (the modules say in __all__ what is public)
from __future__ import annotations

from .. import missing
from . import app as app
from . import (
    checks,
    dtypes,
    initializers,
    operators,  # noqa: F401 (gives tensors their operators)
    random,
    summary,
)
from . import flags as flags
from . import train as train
from .arrays import *
from .arrays.forms import size_
from .arrays.slices import slice_
from .checks import *
from .clipping import *
from .control import *
from .debugging import *
from .eager import *
from .errors import OpError as OpError
from .gradients import *
from .graph import *
from .inputs import *
from .io.examples import *
from .linalg import *
from .loops import *
from .math import *
from .misc import *
from .protos import *
from .queues import *
from .readers import *
from .rows import *
from .scopes import *
from .session import *
from .shapes import *
from .sparse import *
from .strings import *
from .summary import Event as Event
from .summary import SessionLog as SessionLog
from .summary import Summary as Summary
from .variables import *

VERSION = __version__ = "1.15.0"
GIT_VERSION = __git_version__ = "limpide"
COMPILER_VERSION = __compiler_version__ = "C"

RANDOM = [
    "multinomial", "random_crop", "random_gamma", "random_normal", "random_poisson", "random_shuffle",
    "random_uniform", "set_random_seed", "get_seed", "truncated_normal",
]  # fmt: skip
BEFORE_1 = {
    "scalar_summary": summary.scalar,
    "histogram_summary": summary.histogram,
    "image_summary": summary.image,
    "audio_summary": summary.audio,
    "merge_summary": summary.merge,
    "merge_all_summaries": summary.merge_all,
}

globals().update(BEFORE_1)
globals().update({n: getattr(initializers, n) for n in vars(initializers) if n.endswith("_initializer")})
globals().update({n: t for n, t in vars(dtypes).items() if isinstance(t, dtypes.DType)})
globals().update(bool=dtypes.bool_, DType=dtypes.DType, as_dtype=dtypes.as_dtype, newaxis=None)
globals().update(slice=slice_, size=size_, tuple=checks.tuple_, print=checks.print_)
globals().update({n: getattr(random, n) for n in RANDOM})

__getattr__ = missing.attributes("tensorflow", globals())
