"""Linear algebra under its old name."""

from __future__ import annotations

from .... import missing
from ...tensor.nlinalg import *  # noqa: F403
from ...tensor.slinalg import *  # noqa: F403

__getattr__ = missing.attributes("theano.sandbox.linalg", globals())
