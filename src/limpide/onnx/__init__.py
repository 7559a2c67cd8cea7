"""ONNX: models written for other runtimes, and models of other frameworks read."""

from .export import export

__all__ = ["export"]
