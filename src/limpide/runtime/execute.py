"""Calling a compiled function: pointers of its arguments, its memory, its errors."""

from __future__ import annotations

import ctypes
import functools
import math
import sys
import threading
from collections.abc import Callable

import numpy as np

from .. import aligned
from ..aligned import address
from ..dtypes import LARGE, DType
from ..errors import LimpideError
from ..graph import Array, Cell, Program
from ..shapes import outside_axis, outside_slice
from .native import get_pool
from .recipe import Recipe


def _data_offset() -> int:
    """Where an array object holds the address of its data; -1 where looking there does not find it.

    NumPy's C interface fixes the place, just behind the object's head. Reading it in C is several times
    quicker than asking Python for it.
    """
    offset = object.__basicsize__
    for array in (np.empty(3), np.empty((2, 2), np.int8)):
        if sys.implementation.name != "cpython":
            return -1
        if ctypes.c_void_p.from_address(id(array) + offset).value != address(array):
            return -1
    return offset


DATA_OFFSET = _data_offset()
handle: Callable[[Array], int] = id if DATA_OFFSET >= 0 else address


PLAIN = 0x101  # NumPy's flags C_CONTIGUOUS and ALIGNED
SPARES = 2  # one that the caller still holds, and one to write to


def _references(arrays: list[Array], i: int) -> int:
    array = arrays[i]
    return sys.getrefcount(array)


# What `_references` says of an array that only the list holds; -1 where counts say nothing.
_COUNTS = hasattr(sys, "getrefcount") and getattr(sys, "_is_gil_enabled", lambda: True)()
UNUSED = _references([np.empty(0)], 0) if _COUNTS else -1


def result_maker(shape: tuple[int, ...], dtype: DType) -> Callable[[], Array]:
    """What makes the array that a call writes an output to."""
    large = dtype.itemsize * math.prod(shape) >= LARGE and UNUSED >= 0
    return LargeResult(shape, dtype) if large else functools.partial(np.empty, shape, dtype)


class LargeResult:
    """Arrays of a large output: two are kept, and one that nobody else refers to is written to again.

    The system takes long to hand out large blocks of memory.
    """

    def __init__(self, shape: tuple[int, ...], dtype: DType):
        self.shape, self.dtype = shape, dtype
        self._spares: list[Array] = []

    def __call__(self) -> Array:
        spares = self._spares
        for i in range(len(spares)):
            if _references(spares, i) == UNUSED:
                found = spares[i]
                if found.shape == self.shape and found.dtype == self.dtype and found.flags.c_contiguous:
                    found.flags.writeable = True
                    return found
        spares.append(np.empty(self.shape, self.dtype))  # it owns its memory: views of it count
        del spares[:-SPARES]
        return spares[-1]


class NativeFunction:
    """A loaded library and everything that one call of it needs, ready."""

    def __init__(self, program: Program, recipe: Recipe, library: ctypes.CDLL):
        self.recipe = recipe
        self._call: Callable[[object], int] = library.lp_call
        library.lp_call.restype = ctypes.c_int64
        self._arena = aligned.zeros(recipe.arena)
        self._errors = np.zeros(2, np.int64)
        updated = {cell for cell, _ in program.updates}
        self._restored = list(updated) if recipe.restores else []
        first = len(program.inputs)
        self._cells = [(first + i, cell, cell in updated) for i, cell in enumerate(recipe.cells)]
        self._looked = -1  # at the cells
        self._constants = [np.require(c, requirements=["C", "ALIGNED"]) for c in recipe.constants]
        self._first_output = first + len(self._cells) + len(self._constants)
        self._outputs = [result_maker(tuple(map(int, node.shape)), node.dtype) for node in program.outputs]
        count = self._first_output + len(self._outputs) + 3
        self._args = (ctypes.c_void_p * count)()
        for i, c in enumerate(self._constants, first + len(self._cells)):
            self._args[i] = address(c)
        self._args[count - 3] = address(self._arena)
        self._args[count - 2] = address(self._errors)
        self._args[count - 1] = get_pool() if recipe.threads > 1 else None
        self._lock = threading.Lock()

    def __call__(self, arrays: list[Array]) -> list[Array]:
        args = self._args
        with self._lock:
            results = [make() for make in self._outputs]
            for i, array in enumerate(arrays):
                if array.flags.num & PLAIN != PLAIN:
                    arrays[i] = array = aligned.copy(array)
                args[i] = handle(array)
            for i, result in enumerate(results, self._first_output):
                args[i] = handle(result)
            if self._looked != Cell.changes:
                self._look()
            before = [cell.value.copy() for cell in self._restored] if self._restored else []
            code = self._call(args)
            if code:
                for cell, value in zip(self._restored, before, strict=True):
                    cell.replace(value)
                raise self._error(code)
        return results

    def _look(self) -> None:
        """Where the arrays of the cells are now; those that are written to are nobody else's."""
        self._looked = Cell.changes  # first: what changes meanwhile is looked at again
        for i, cell, updated in self._cells:
            self._args[i] = address(cell.own() if updated else cell.settle())

    def _error(self, code: int) -> LimpideError:
        """What a check in the C code found, at the user's line."""
        check = self.recipe.checks[code - 1]
        value = int(self._errors[1])
        if check.kind == "index":
            error = outside_axis("take", value, check.axis, check.size)
        else:
            error = outside_slice("slice", value, check.length, check.axis, check.size - 1 + check.length)
        error.where = check.where
        return error
