"""ONNX: models written for other runtimes, and models of other frameworks read."""

from .export import export
from .read import Model, load

__all__ = ["Model", "export", "load"]
