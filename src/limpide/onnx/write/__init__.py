"""Programs written as ONNX models."""

from . import blocks, loops, maps, patterns, views  # the tables are filled by importing these
from .program import IR, OPSET, model_of
from .trace import batches, program_of

__all__ = ["IR", "OPSET", "batches", "blocks", "loops", "maps", "model_of", "patterns", "program_of", "views"]
