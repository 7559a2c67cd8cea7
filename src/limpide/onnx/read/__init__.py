"""ONNX models read as modules."""

from .model import Model, load

__all__ = ["Model", "load"]
