"""DebugMode under the name of its file."""

from __future__ import annotations

from ... import missing
from .mode import DebugMode

__all__ = ["DebugMode"]

__getattr__ = missing.attributes("theano.compile.debugmode", globals())
