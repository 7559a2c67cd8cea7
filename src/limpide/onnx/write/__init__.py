"""Programs written as ONNX models."""

from . import activations, blocks, loops, maps, norms, patterns, views  # importing these fills the tables
from .program import IR, OPSET, model_of
from .trace import batches, program_of

__all__ = [
    "IR", "OPSET", "activations", "batches", "blocks", "loops", "maps", "model_of", "norms", "patterns",
    "program_of", "views",
]  # fmt: skip
