"""MonitorMode under the name of its file."""

from __future__ import annotations

from ... import missing
from .mode import MonitorMode

__all__ = ["MonitorMode"]

__getattr__ = missing.attributes("theano.compile.monitormode", globals())
