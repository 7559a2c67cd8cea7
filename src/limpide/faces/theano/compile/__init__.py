"""Functions, shared variables, modes."""

from __future__ import annotations

from ... import missing
from ..gof.utils import MissingInputError, UnusedInputError
from .function import Function, FunctionGraph, function
from .io import In, Out, Param, SymbolicInput, SymbolicOutput
from .mode import (
    DebugMode,
    Mode,
    MonitorMode,
    NanGuardMode,
    ProfileMode,
    get_default_mode,
    get_mode,
    predefined_modes,
    register_mode,
)
from .ops import FromFunctionOp, as_op, view_op, wrap_py
from .profiling import ProfileStats
from .sharedvalue import SharedVariable, TensorSharedVariable, shared, shared_constructor

FAST_RUN, FAST_COMPILE = predefined_modes["FAST_RUN"](), predefined_modes["FAST_COMPILE"]()
optdb = None

__all__ = [
    "DebugMode", "FAST_COMPILE", "FAST_RUN", "FromFunctionOp", "Function", "FunctionGraph", "In",
    "MissingInputError", "Mode", "MonitorMode", "NanGuardMode", "Out", "Param", "ProfileMode",
    "ProfileStats", "SharedVariable", "SymbolicInput", "SymbolicOutput", "TensorSharedVariable",
    "UnusedInputError", "as_op", "function", "get_default_mode", "get_mode", "predefined_modes",
    "register_mode", "shared", "shared_constructor", "view_op", "wrap_py",
]  # fmt: skip

__getattr__ = missing.attributes("theano.compile", globals())
