"""`keras.layers.containers` (Keras 0.3): models as layers."""

from ... import missing
from ..engine.sequential import Sequential
from ..legacy.graph import Graph

__all__ = ["Graph", "Sequential"]

__getattr__ = missing.attributes("keras.layers.containers", globals())
