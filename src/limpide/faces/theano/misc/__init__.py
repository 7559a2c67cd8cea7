"""`theano.misc`: odds and ends."""

from __future__ import annotations

from ... import missing

__getattr__ = missing.attributes("theano.misc", globals())
