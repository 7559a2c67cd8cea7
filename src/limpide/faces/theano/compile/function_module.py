"""Functions under the name of their file."""

from __future__ import annotations

from ... import missing
from ..gof.utils import UnusedInputError
from .function import Function, function
from .io import In, Out, SymbolicInput, SymbolicOutput

__all__ = ["Function", "In", "Out", "SymbolicInput", "SymbolicOutput", "UnusedInputError", "function"]

__getattr__ = missing.attributes("theano.compile.function_module", globals())
