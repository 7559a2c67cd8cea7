"""`theano.scan_module`: loops."""

from __future__ import annotations

from ... import missing
from . import scan_utils
from .loop import foldl, foldr, map, reduce, scan, until

__all__ = ["foldl", "foldr", "map", "reduce", "scan", "scan_utils", "until"]

__getattr__ = missing.attributes("theano.scan_module", globals())
