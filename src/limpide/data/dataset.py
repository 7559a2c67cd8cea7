"""Dataset: samples one after the other, changed, shuffled and gathered into batches while they are used.

Every dataset can start anywhere in any of its epochs, and the same seed gives the same order, however many
workers there are; so training can go on where it was stopped.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from ..errors import ArgumentError, ShapeError, user_frame
from .workers import ahead, in_order

Positions = np.ndarray[Any, np.dtype[np.int64]]


class Dataset:
    """Samples in an order: `map`, `shuffle`, `batch`, `take`, `skip`, `repeat` and `prefetch` give new ones.

    A sample is an array, a number, or a tuple or dict of them; a pair is (inputs, labels), a third member
    the weight. Iterating it again is the next epoch, with another order where it is shuffled.

    >>> data = Dataset.from_arrays(np.arange(6), np.arange(6) % 2).shuffle(seed=1).batch(4)
    >>> [(x.tolist(), y.tolist()) for x, y in data]
    [([4, 0, 2, 1], [0, 0, 0, 1]), ([5, 3], [1, 1])]
    """

    batched = False  # whether its elements are batches
    batch_size: int | None = None

    def __init__(self, length: int | None):
        self.length = length  # of an epoch; None where it is not known, or has no end
        self._epochs = 0

    # ---------------------------------------------------------------------------------------- sources
    @staticmethod
    def from_arrays(*arrays: Any) -> Dataset:
        """The rows of arrays of one length; of one array, or of a dict of them, the rows themselves.

        Memory-mapped arrays are read when a row is asked for.
        """
        given = arrays[0] if len(arrays) == 1 else tuple(arrays)
        table = _each(given, lambda a: a if isinstance(a, np.ndarray) else np.asarray(a))
        sizes = {len(leaf) for leaf in _leaves(table)}
        if len(sizes) != 1:
            raise ShapeError(
                "Dataset", f"the arrays have {sorted(sizes)} rows: one number is needed", where=user_frame()
            )
        return Indexed(
            sizes.pop(), lambda i: _each(table, lambda a: a[i]), lambda i: _each(table, lambda a: _rows(a, i))
        )

    @staticmethod
    def from_items(items: Any) -> Dataset:
        """What can be indexed by 0..len-1: lists, or the datasets of PyTorch."""
        return Indexed(len(items), lambda i: items[int(i)])

    @staticmethod
    def from_positions(length: int, rows: Callable[[Positions], Any]) -> Dataset:
        """Samples 0..length-1 of something that gives several at once, stacked: tables, databases."""
        return Indexed(length, lambda i: _each(rows(np.array([i])), lambda a: a[0]), rows)

    @staticmethod
    def from_iterable(make: Callable[[], Iterable[Any]], length: int | None = None) -> Dataset:
        """Samples of what `make` gives, called anew for every epoch; a list or another iterable is taken too.

        length: how many there are, where it is known.
        """
        if not callable(make):
            again = make
            make = lambda: again  # noqa: E731
        return Stream(make, length)

    # ---------------------------------------------------------------------------------------- changes
    def map(
        self, f: Callable[..., Any], workers: int = 0, processes: bool = False, seed: int | None = None
    ) -> Dataset:
        """`f` of every element; after `batch` of every batch. A pair is given as one argument.

        workers: so many threads, or with processes=True so many processes, compute ahead; the order stays.
        seed: f(element, rng) then gets a generator of its own for every element and epoch, so that random
        changes are the same whatever the number of workers is.
        Raises ArgumentError where `f` cannot be sent to processes.
        """
        return Mapped(self, f, workers, processes, seed)

    def shuffle(self, seed: int = 0, buffer: int = 1000) -> Dataset:
        """Another order in every epoch, a function of seed and epoch.

        Of arrays and items all are shuffled. From iterables so many samples are kept in a buffer, and one of
        them is taken by chance.
        """
        return Shuffled(self, seed, buffer)

    def batch(self, size: int, drop_last: bool = False) -> Dataset:
        """So many samples stacked along a new first axis; the last batch is smaller, or dropped."""
        return Batched(self, _count("batch", size, 1), drop_last)

    def take(self, count: int) -> Dataset:
        """The first `count` elements of every epoch."""
        return Part(self, 0, _count("take", count))

    def skip(self, count: int) -> Dataset:
        """All but the first `count` elements of every epoch."""
        return Part(self, _count("skip", count), None)

    def repeat(self, times: int | None = None) -> Dataset:
        """The epochs of this one after each other: so many as one, or without an end."""
        return Repeated(self, None if times is None else _count("repeat", times, 1))

    def prefetch(self, count: int = 2) -> Dataset:
        """A thread computes so many elements ahead."""
        return Prefetched(self, _count("prefetch", count, 1))

    # --------------------------------------------------------------------------------------------- use
    def epoch(self, number: int, start: int = 0) -> Iterator[Any]:
        """The elements of an epoch, from element `start` on."""
        raise NotImplementedError

    def __iter__(self) -> Iterator[Any]:
        number, self._epochs = self._epochs, self._epochs + 1
        return self.epoch(number)

    def __len__(self) -> int:
        if self.length is None:
            raise TypeError("the number of elements of this dataset is not known")
        return self.length

    def __repr__(self) -> str:
        return f"<{type(self).__name__} dataset of {'?' if self.length is None else self.length} elements>"


class Indexed(Dataset):
    """Samples by position. item: of one position; rows: of several, stacked."""

    def __init__(
        self,
        length: int,
        item: Callable[[Any], Any],
        rows: Callable[[Positions], Any] | None = None,
        order: Callable[[int], Positions] | None = None,
    ):
        super().__init__(length)
        self.item, self.rows, self.order = item, rows, order

    def positions(self, number: int) -> Positions:
        assert self.length is not None
        return np.arange(self.length) if self.order is None else self.order(number)

    def epoch(self, number: int, start: int = 0) -> Iterator[Any]:
        return map(self.item, self.positions(number)[start:])

    def shuffle(self, seed: int = 0, buffer: int = 1000) -> Dataset:
        def order(number: int) -> Positions:
            positions = self.positions(number)
            return positions[_rng(seed, number).permutation(len(positions))]

        return Indexed(len(self), self.item, self.rows, order)

    def batches(self, number: int, size: int, start: int) -> Iterator[Any]:
        order = self.positions(number)
        for i in range(start * size, len(order), size):
            here = order[i : i + size]
            yield self.rows(here) if self.rows else stack([self.item(k) for k in here])


class Stream(Dataset):
    def __init__(self, make: Callable[[], Iterable[Any]], length: int | None):
        super().__init__(length)
        self.make = make

    def epoch(self, number: int, start: int = 0) -> Iterator[Any]:
        return itertools.islice(self.make(), start, None)


class Derived(Dataset):
    """A dataset made from another."""

    def __init__(self, inner: Dataset, length: int | None):
        super().__init__(length)
        self.inner = inner
        self.batched, self.batch_size = inner.batched, inner.batch_size


class Mapped(Derived):
    def __init__(
        self, inner: Dataset, f: Callable[..., Any], workers: int, processes: bool, seed: int | None
    ):
        super().__init__(inner, inner.length)
        self.f, self.workers, self.processes, self.seed = f, _count("map", workers), processes, seed

    def epoch(self, number: int, start: int = 0) -> Iterator[Any]:
        elements = self.inner.epoch(number, start)
        if self.seed is None:
            calls: Iterator[tuple[Any, ...]] = ((element,) for element in elements)
        else:
            seed = self.seed
            calls = ((e, _rng(seed, number, start + i)) for i, e in enumerate(elements))
        return in_order(self.f, calls, self.workers, self.processes)


class Shuffled(Derived):
    def __init__(self, inner: Dataset, seed: int, buffer: int):
        super().__init__(inner, inner.length)
        self.seed, self.buffer = seed, _count("shuffle", buffer, 1)

    def epoch(self, number: int, start: int = 0) -> Iterator[Any]:
        return itertools.islice(self._all(number), start, None)

    def _all(self, number: int) -> Iterator[Any]:
        rng = _rng(self.seed, number)
        waiting: list[Any] = []
        for element in self.inner.epoch(number):
            if len(waiting) < self.buffer:
                waiting.append(element)
                continue
            chosen = int(rng.integers(len(waiting)))
            yield waiting[chosen]
            waiting[chosen] = element
        yield from (waiting[i] for i in rng.permutation(len(waiting)))


class Batched(Derived):
    def __init__(self, inner: Dataset, size: int, drop_last: bool):
        n = inner.length
        super().__init__(inner, None if n is None else n // size if drop_last else -(-n // size))
        self.size, self.drop_last = size, drop_last
        self.batched, self.batch_size = True, size

    def epoch(self, number: int, start: int = 0) -> Iterator[Any]:
        if isinstance(self.inner, Indexed):
            return itertools.islice(
                self.inner.batches(number, self.size, start),
                None if self.length is None else max(0, self.length - start),
            )
        return self._gathered(number, start)

    def _gathered(self, number: int, start: int) -> Iterator[Any]:
        elements = self.inner.epoch(number, start * self.size)
        while samples := list(itertools.islice(elements, self.size)):
            if self.drop_last and len(samples) < self.size:
                return
            yield stack(samples)


class Part(Derived):
    """Elements from `first` on, at most `count`."""

    def __init__(self, inner: Dataset, first: int, count: int | None):
        left = None if inner.length is None else max(0, inner.length - first)
        super().__init__(inner, left if count is None else count if left is None else min(left, count))
        self.first, self.count = first, count

    def epoch(self, number: int, start: int = 0) -> Iterator[Any]:
        left = None if self.count is None else max(0, self.count - start)
        return itertools.islice(self.inner.epoch(number, self.first + start), left)


class Repeated(Derived):
    def __init__(self, inner: Dataset, times: int | None):
        super().__init__(inner, None if times is None or inner.length is None else times * inner.length)
        self.times = times

    def epoch(self, number: int, start: int = 0) -> Iterator[Any]:
        first = 0 if self.times is None else number * self.times
        rounds: Iterable[int] = itertools.count() if self.times is None else range(self.times)
        for i in rounds:
            known = self.inner.length
            if known is not None and start >= known > 0:
                start -= known
                continue
            passed = 0  # elements of a round of unknown length that lie before the start
            met = False
            for element in self.inner.epoch(first + i, 0 if known is None else start):
                met = True
                if known is None and passed < start:
                    passed += 1
                else:
                    yield element
            if not met and self.times is None:
                return  # nothing comes, however often it is repeated
            start = 0 if known is not None else start - passed


class Prefetched(Derived):
    def __init__(self, inner: Dataset, count: int):
        super().__init__(inner, inner.length)
        self.count = count

    def epoch(self, number: int, start: int = 0) -> Iterator[Any]:
        return ahead(self.inner.epoch(number, start), self.count)


# ------------------------------------------------------------------------------------------------ samples
def stack(samples: Sequence[Any]) -> Any:
    """Samples of one nesting as a batch: every member stacked along a new first axis.

    >>> stack([(1, {"a": 2.0}), (3, {"a": 4.0})])
    (array([1, 3]), {'a': array([2., 4.])})
    """
    first = samples[0]
    if isinstance(first, dict):
        return {key: stack([s[key] for s in samples]) for key in first}
    if isinstance(first, tuple):
        return tuple(stack([s[i] for s in samples]) for i in range(len(first)))
    arrays = [np.asarray(s) for s in samples]
    if len({a.shape for a in arrays}) > 1:
        raise ShapeError(
            "batch",
            f"the samples of a batch have different shapes: {sorted({a.shape for a in arrays})}",
            where=user_frame(),
            hint="give them one shape with map before batch",
        )
    return np.stack(arrays)


def _each(value: Any, f: Callable[[Any], Any]) -> Any:
    if isinstance(value, dict):
        return {key: _each(v, f) for key, v in value.items()}
    return tuple(_each(v, f) for v in value) if isinstance(value, tuple) else f(value)


def _leaves(value: Any) -> list[Any]:
    found: list[Any] = []
    _each(value, found.append)
    return found


def _rows(array: Any, index: Positions) -> Any:
    """Rows of an array, read in the order in which they lie."""
    if not isinstance(array, np.memmap):
        return array[index]
    order = np.argsort(index, kind="stable")
    found = np.empty((len(index), *array.shape[1:]), array.dtype)
    found[order] = array[index[order]]
    return found


def _rng(*words: int) -> np.random.Generator:
    return np.random.default_rng(list(words))


def _count(op: str, value: Any, least: int = 0) -> int:
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < least:
        raise ArgumentError(op, f"{value!r} is not a whole number from {least} on", where=user_frame())
    return int(value)
