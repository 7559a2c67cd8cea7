"""Inputs with options under the name of their old file."""

from __future__ import annotations

from ... import missing
from .function import function
from .io import Param
from .sharedvalue import shared

pfunc = function

__all__ = ["Param", "function", "pfunc", "shared"]

__getattr__ = missing.attributes("theano.compile.pfunc", globals())
