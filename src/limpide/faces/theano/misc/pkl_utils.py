"""Pickling under Theano's names."""

from __future__ import annotations

import pickle
from typing import Any

from ... import missing, pickles


def dump(obj: Any, file_handler: Any, protocol: int = 2, persistent_id: Any = None) -> None:
    """Write an object with its shared variables."""
    pickle.dump(obj, file_handler, protocol)


def load(f: Any, persistent_load: Any = None) -> Any:
    """Read what `dump` wrote: data and variables, no programs."""
    return pickles.load(f)


StripPickler = pickle.Pickler
CompatUnpickler = pickles.Reader

__getattr__ = missing.attributes("theano.misc.pkl_utils", globals())
