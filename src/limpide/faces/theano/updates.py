"""OrderedUpdates: what `scan` returns for `function(updates=)`."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from .. import missing
from .compile.sharedvalue import SharedVariable


class OrderedUpdates(OrderedDict[Any, Any]):
    """New values of shared variables, in order."""

    def __setitem__(self, key: Any, value: Any) -> None:
        if not isinstance(key, SharedVariable):
            raise TypeError("OrderedUpdates keys must inherit from SharedVariable.", key)
        super().__setitem__(key, value)

    def __add__(self, other: Any) -> OrderedUpdates:
        found = OrderedUpdates(self)
        found.update(other)
        return found

    def __radd__(self, other: Any) -> OrderedUpdates:
        found = OrderedUpdates(other)
        found.update(self)
        return found


__getattr__ = missing.attributes("theano.updates", globals())
