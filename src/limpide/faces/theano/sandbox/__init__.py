"""`theano.sandbox`: random streams, linear algebra. There is no `cuda` here: scripts take their other way."""

from __future__ import annotations

from ... import missing

__getattr__ = missing.attributes("theano.sandbox", globals())
