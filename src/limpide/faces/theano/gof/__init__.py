"""The graph: variables, types, ops, and what optimisers are named by."""

from __future__ import annotations

from ... import missing
from . import graph
from .graph import Node, Variable
from .op import Apply, COp, ExternalCOp, Op, PureOp
from .type import Generic, Type, generic
from .utils import MethodNotDefined, MissingInputError, Scratchpad, UnusedInputError, scratchpad

Constant = Variable


class CLinkerType:
    """A base class that scripts name."""


def local_optimizer(*_: object, **__: object) -> object:
    """A decorator for rewrites of Theano's own graphs; there are none here, the function stays as it is."""
    return lambda function: function


OpWiseCLinker = CLinker = PerformLinker = object


class WrapLinkerMany:
    """Functions around every node of a run: kept by a `Mode`."""

    def __init__(self, linkers: object, wrappers: object):
        self.linkers, self.wrappers = linkers, wrappers


__all__ = [
    "Apply", "CLinker", "CLinkerType", "COp", "Constant", "ExternalCOp", "Generic", "MethodNotDefined",
    "MissingInputError", "Node", "Op", "OpWiseCLinker", "PerformLinker", "PureOp", "Scratchpad", "Type",
    "UnusedInputError", "Variable", "WrapLinkerMany", "generic", "graph", "local_optimizer", "scratchpad",
]  # fmt: skip

__getattr__ = missing.attributes("theano.gof", globals())
