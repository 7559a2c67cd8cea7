# ruff: noqa: F401
"""Theano, as course scripts import it: recorded on limpide's graph, run as native functions."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from .. import missing
from . import compile, configparser, gof, gradient, printing, sandbox, scalar, scan_module, tensor, updates
from .compile import Function, In, Mode, Out, Param, ProfileStats, as_op, function, predefined_modes, shared
from .compile.builders import OpFromGraph
from .compile.function import FunctionGraph
from .configparser import change_flags, config
from .gof import Apply, Constant, Op, Type, Variable, generic
from .gradient import Lop, Rop, grad, subgraph_grad
from .ifelse import ifelse
from .printing import pp, pprint
from .scan_module import foldl, foldr, map, reduce, scan
from .scan_module.scan_utils import clone
from .updates import OrderedUpdates

__version__ = "1.0.5"
theano = sys.modules[__name__]  # what `from theano import *` gives too


def dot(l: object, r: object) -> object:  # noqa: E741
    """The product of two variables."""
    return tensor.dot(l, r)


def sparse_grad(var: Any) -> Any:
    """A part of a tensor, whose gradient would be sparse: here it is as any other."""
    return var


def scan_checkpoints(fn: Any, sequences: Any = None, outputs_info: Any = None, **options: Any) -> Any:
    """`scan` that keeps fewer states in memory: here it keeps them all."""
    for word in ("save_every_N", "padding"):
        options.pop(word, None)
    return scan(fn, sequences, outputs_info, **options)


def get_scalar_constant_value(v: object) -> object:
    return tensor.get_scalar_constant_value(v)


def _asarray(a: Any, dtype: Any, order: Any = None) -> Any:
    return np.asarray(a, dtype=config.floatX if dtype == "floatX" else dtype)


__getattr__ = missing.attributes("theano", globals())
