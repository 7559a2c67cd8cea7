"""The public Tensor, parameters, and the functions that are called on them."""

from .base import Tensor, astensor, irregular, kind_of, to_array
from .history import evaluated, grad, history, remembered
from .lifting import TensorFunction, functions, lift
from .parameter import Parameter, from_dlpack, parameter, tensor

__all__ = [
    "Parameter", "Tensor", "TensorFunction", "astensor", "evaluated", "from_dlpack", "functions", "grad",
    "history", "irregular", "kind_of", "lift", "parameter", "remembered", "tensor", "to_array",
]  # fmt: skip
