"""tf.image: files of images, their size, flips, colours."""

# ruff: noqa: F403 (the modules say what is public)
from __future__ import annotations

from ... import missing
from .colours import *
from .files import *
from .geometry import *
from .sizes import *

__getattr__ = missing.attributes("tensorflow.image", globals())
