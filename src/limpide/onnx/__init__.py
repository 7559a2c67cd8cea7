"""ONNX: models written for other runtimes, and models of other frameworks read."""

from .export import export
from .read import Model, load
from .write import batches

__all__ = ["Model", "batches", "export", "load"]
