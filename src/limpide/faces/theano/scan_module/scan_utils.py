"""Copies of graphs with other variables in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ... import missing
from ...record import Symbol
from ..gof.graph import replaced
from ..tensor.var import as_tensor_variable
from .loop import until


def clone(
    output: Any, replace: Any = None, strict: bool = True, share_inputs: bool = True, copy_inputs: Any = None
) -> Any:
    """The output, or a list of them, recorded again with other variables in the place of some."""
    pairs = list(replace.items()) if isinstance(replace, Mapping) else list(replace or [])
    known = {old.key: new if isinstance(new, Symbol) else as_tensor_variable(new) for old, new in pairs}
    for old, new in pairs:
        type_ = getattr(old, "type", None)
        if strict and type_ is not None and hasattr(new, "type") and not _fits(type_, new.type):
            raise TypeError(f"Cannot convert Type {new.type} (of Variable {new}) into Type {type_}.")
    outputs = output if isinstance(output, (list, tuple)) else [output]
    found = replaced(outputs, known)
    return found if isinstance(output, (list, tuple)) else found[0]


def _fits(a: Any, b: Any) -> bool:
    return a == b or (getattr(a, "dtype", 0), getattr(a, "ndim", 0)) == (
        getattr(b, "dtype", 1),
        getattr(b, "ndim", 1),
    )


__all__ = ["clone", "until"]

__getattr__ = missing.attributes("theano.scan_module.scan_utils", globals())
