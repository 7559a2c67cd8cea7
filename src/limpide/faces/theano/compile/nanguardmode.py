"""NanGuardMode under the name of its file."""

from __future__ import annotations

from ... import missing
from .mode import NanGuardMode

__all__ = ["NanGuardMode"]

__getattr__ = missing.attributes("theano.compile.nanguardmode", globals())
