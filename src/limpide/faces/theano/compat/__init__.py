"""Names that hid the differences between Python 2 and 3."""

from __future__ import annotations

import configparser
import pickle
from collections import OrderedDict, defaultdict
from functools import partial
from typing import Any

from ... import missing

PY3 = True
exc_message = str
cmp = lambda a, b: (a > b) - (a < b)  # noqa: E731
all, any, operator_div = all, any, None


def get_unbound_function(unbound: Any) -> Any:
    return unbound


def decode(x: Any) -> Any:
    return x.decode() if isinstance(x, bytes) else x


__all__ = [
    "OrderedDict",
    "PY3",
    "cmp",
    "configparser",
    "decode",
    "defaultdict",
    "get_unbound_function",
    "partial",
    "pickle",
]

__getattr__ = missing.attributes("theano.compat", globals())
