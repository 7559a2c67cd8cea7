"""Iterators of data sets: their elements as tensors of the graph, or at once."""

from __future__ import annotations

import itertools
from collections.abc import Iterator as PythonIterator
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from ...record import Host
from ..dtypes import string
from ..errors import FailedPreconditionError, OutOfRangeError
from ..graph import Mode, get_default_graph
from ..inputs import constant
from ..recording import apply, operation
from . import dataset as datasets
from .dataset import Dataset
from .structure import Env, Spec, spec_of

_numbers = itertools.count()
_by_handle: dict[bytes, Iterator] = {}


class Iterator:
    """The elements of a data set one after the other; where it stands belongs to a session.

    >>> # next_element = dataset.make_one_shot_iterator().get_next()
    """

    def __init__(self, spec: Spec, dataset: Dataset | None = None, one_shot: bool = False):
        self.spec, self._dataset, self._one_shot = spec, dataset, one_shot
        self._graph = get_default_graph()
        self._running: WeakKeyDictionary[Any, PythonIterator[Any]] = WeakKeyDictionary()
        self._handle = f"iterator_{next(_numbers)}".encode()
        _by_handle[self._handle] = self
        self._eager: PythonIterator[Any] | None = None
        self._initializer: Any = None
        if Mode.eager and dataset is not None:
            self._eager = iter(dataset._iterate({}))

    @staticmethod
    def from_structure(
        output_types: Any,
        output_shapes: Any = None,
        shared_name: str | None = None,
        output_classes: Any = None,
    ) -> Iterator:
        """An iterator for any data set of this structure: see make_initializer."""
        return Iterator(spec_of(output_types, output_shapes))

    @staticmethod
    def from_string_handle(
        string_handle: Any, output_types: Any, output_shapes: Any = None, output_classes: Any = None
    ) -> Iterator:
        """The iterator whose handle is fed."""
        return _Fed(spec_of(output_types, output_shapes), string_handle)

    # ------------------------------------------------------------------------------------------- beginning
    @property
    def initializer(self) -> Any:
        """The operation that begins it, anew each time."""
        if self._one_shot or self._dataset is None:
            raise ValueError("Iterator does not have an initializer.")
        if self._initializer is None:
            self._initializer = self.make_initializer(self._dataset)
        return self._initializer

    def make_initializer(self, dataset: Dataset, name: str | None = None) -> Any:
        """An operation that begins with a data set of the same structure."""
        if len(dataset.spec.leaves) != len(self.spec.leaves):
            raise TypeError(
                f"Expected output types {self.spec.types!r} but got dataset with {dataset.spec.types!r}"
            )
        needed = dataset._outside()

        def begin(*values: Any) -> None:
            self._begin(dataset, {s.key: v for s, v in zip(needed, values, strict=True)})

        return operation("MakeIterator", begin, needed, name=name or "MakeIterator", source=Host)

    def _begin(self, dataset: Dataset, env: Env) -> PythonIterator[Any]:
        made = iter(dataset._iterate(env))
        self._running[self._graph.active] = made
        return made

    # --------------------------------------------------------------------------------------------- elements
    def _advance(self) -> list[Any]:
        running = self._running.get(self._graph.active)
        if running is None:
            if not self._one_shot or self._dataset is None:
                raise FailedPreconditionError(
                    message="GetNext() failed because the iterator has not been initialized. Ensure that you "
                    "have run the initializer operation for this iterator before getting the next element."
                )
            running = self._begin(self._dataset, {})
        return self._converted(running)

    def _converted(self, running: PythonIterator[Any]) -> list[Any]:
        element = next(running, None)
        if element is None:
            raise OutOfRangeError(message="End of sequence")
        return [
            np.asarray(part, object if leaf.dtype is string else leaf.dtype.as_numpy_dtype)
            for part, leaf in zip(element, self.spec.leaves, strict=True)
        ]

    def get_next(self, name: str | None = None) -> Any:
        """The next element; a run in which there is none raises OutOfRangeError."""
        if self._eager is not None:
            return self.spec.packed([_tensor(part) for part in self._converted(self._eager)])
        return self._elements([], lambda: self._advance(), name)

    def _elements(self, args: list[Any], advance: Any, name: str | None) -> Any:
        leaves = self.spec.leaves
        made = apply(
            "IteratorGetNext",
            advance,
            args,
            count=len(leaves),
            source=Host,
            dtype=[leaf.dtype for leaf in leaves],
            name=name or "IteratorGetNext",
            once=True,
        )
        for tensor, leaf in zip(made, leaves, strict=True):
            tensor.set_shape(leaf.shape)
        return self.spec.packed(made)

    def string_handle(self, name: str | None = None) -> Any:
        """Its name, to feed to `from_string_handle`."""
        return constant(self._handle, name=name or "IteratorToStringHandle")

    @property
    def output_types(self) -> Any:
        return self.spec.types

    @property
    def output_shapes(self) -> Any:
        return self.spec.shapes

    @property
    def output_classes(self) -> Any:
        return self.spec.classes

    def __iter__(self) -> Iterator:
        return self

    def __next__(self) -> Any:
        if self._eager is None:
            raise RuntimeError("an iterator is a Python iterator in eager mode only: use get_next()")
        try:
            return self.get_next()
        except OutOfRangeError:
            raise StopIteration from None

    next = __next__


class _Fed(Iterator):
    """Whatever iterator its handle names."""

    def __init__(self, spec: Spec, handle: Any):
        super().__init__(spec)
        self._fed = handle

    def get_next(self, name: str | None = None) -> Any:
        return self._elements(
            [self._fed], lambda h: _by_handle[bytes(np.asarray(h, object).item())]._advance(), name
        )


def _tensor(part: Any) -> Any:
    return constant(part)


def eager(dataset: Dataset) -> Iterator:
    """An iterator for eager mode."""
    if not Mode.eager:
        raise RuntimeError("dataset.__iter__() is only supported when eager execution is enabled.")
    return Iterator(dataset.spec, dataset)


class _Module:
    Iterator = Iterator
    eager = staticmethod(eager)


datasets._iterators[:] = [_Module]
