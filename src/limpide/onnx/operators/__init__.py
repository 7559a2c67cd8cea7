"""The operators of ONNX as functions of tensors."""

from . import (  # the table is filled by importing these
    arrange,
    control,
    elementwise,
    images,
    norms,
    quantised,
    recurrent,
    reductions,
    signals,
    windows,
)
from .table import OPERATORS, SIZES, Body, Call, Operator, find, formula, is_sizes, tidy

__all__ = [
    "OPERATORS", "SIZES", "Body", "Call", "Operator", "arrange", "control", "elementwise", "find", "formula",
    "images", "is_sizes", "norms", "quantised", "recurrent", "reductions", "signals", "tidy", "windows",
]  # fmt: skip
