"""Graphs and values shown."""

from __future__ import annotations

from .. import missing


def pp(x: object) -> str:
    return str(x)


pprint = pp

__getattr__ = missing.attributes("theano.printing", globals())
