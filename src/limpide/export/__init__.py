"""Export: the engine's own C for places without Python.

>>> import tempfile, numpy as np, limpide as lp
>>> model = lp.nn.Sequential(lp.nn.Linear(4, 8), lp.nn.ReLU(), lp.nn.Linear(8, 2))
>>> done = lp.export.export(model, tempfile.mkdtemp(), np.zeros((1, 4), np.float32), name="net")
>>> [path.name for path in done.files]
['net.h', 'net.c', 'main.c', 'CMakeLists.txt']
"""

from .c import written
from .entries import Bundle, Entry
from .targets import TARGETS, Target, machine_of
from .writing import Exported, bundle_of, export

__all__ = ["TARGETS", "Bundle", "Entry", "Exported", "Target", "bundle_of", "export", "machine_of", "written"]
