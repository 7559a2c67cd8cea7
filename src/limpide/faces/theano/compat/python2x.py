"""Names that Python 2.4 to 2.6 lacked."""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from functools import partial
from itertools import combinations, product

from ... import missing

__all__ = ["Counter", "OrderedDict", "combinations", "defaultdict", "deque", "partial", "product"]

__getattr__ = missing.attributes("theano.compat.python2x", globals())
