"""Queues: what is asked of an empty one is made at that moment, by what would have filled it.

TensorFlow fills queues in threads; here a run that takes from a queue runs the operation that puts something
in.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..record import Host
from .dtypes import as_dtype, bool_, int32, string
from .errors import CancelledError, OutOfRangeError
from .graph import get_default_graph
from .inputs import convert_to_tensor
from .recording import apply, operation
from .shapes import TensorShape, as_shape

WAIT = 10.0  # seconds that a run waits for another thread to put something into a queue


class _Content:
    """What is in a queue in one session."""

    def __init__(self) -> None:
        self.items: deque[list[Any]] = deque()
        self.closed = False
        self.changed = threading.Condition()


class QueueBase:
    """Elements of several parts, one behind the other."""

    def __init__(
        self, dtypes: Any, shapes: Any = None, names: Any = None, capacity: int = -1, shared_name: Any = None,
        name: str = "queue",
    ):  # fmt: skip
        self._dtypes = [as_dtype(d) for d in (dtypes if isinstance(dtypes, (list, tuple)) else [dtypes])]
        if shapes is not None:
            given = [as_shape(s) for s in shapes] if _many(shapes) else [as_shape(shapes)]
            self._shapes = given
        else:
            self._shapes = [TensorShape(None)] * len(self._dtypes)
        self._names = list(names) if names else None
        self._capacity, self._graph, self._label = capacity, get_default_graph(), name
        self.runners: list[Any] = []  # operations that put something in

    @property
    def name(self) -> str:
        return self._label

    @property
    def dtypes(self) -> list[Any]:
        return list(self._dtypes)

    @property
    def shapes(self) -> list[Any]:
        return list(self._shapes)

    @property
    def names(self) -> Any:
        return self._names

    def _content(self) -> _Content:
        resources = self._graph.active.resources
        found: _Content = resources.setdefault(self, _Content())
        return found

    def _pop(self, items: deque[list[Any]]) -> list[Any]:
        return items.popleft()

    # ---------------------------------------------------------------------------------------------- putting
    def _parts(self, vals: Any) -> list[Any]:
        if isinstance(vals, dict):
            return [vals[n] for n in self._names or sorted(vals)]
        return list(vals) if isinstance(vals, (list, tuple)) and len(self._dtypes) > 1 else [
            vals[0] if isinstance(vals, (list, tuple)) and len(vals) == 1 and len(self._dtypes) == 1 else vals
        ]  # fmt: skip

    def enqueue(self, vals: Any, name: str | None = None) -> Any:
        """An operation that puts one element in."""
        parts = [convert_to_tensor(p, dtype=d) for p, d in zip(self._parts(vals), self._dtypes, strict=True)]
        return operation(
            "QueueEnqueue", lambda *values: self._put([list(values)]), parts, name=name, source=Host
        )

    def enqueue_many(self, vals: Any, name: str | None = None) -> Any:
        """An operation that puts rows in."""
        parts = [convert_to_tensor(p, dtype=d) for p, d in zip(self._parts(vals), self._dtypes, strict=True)]

        def put(*values: Any) -> None:
            self._put([list(row) for row in zip(*values, strict=True)])

        return operation("QueueEnqueueMany", put, parts, name=name, source=Host)

    def _put(self, rows: list[list[Any]]) -> None:
        content = self._content()
        with content.changed:
            if content.closed:
                raise CancelledError(message=f"Queue '{self._label}' is already closed.")
            content.items.extend([[np.array(v) for v in row] for row in rows])
            content.changed.notify_all()

    # ----------------------------------------------------------------------------------------------- taking
    def _take(self, count: int, least: int | None = None) -> list[list[Any]]:
        """So many elements, made where they are not there; `least`: how few will do at the end.

        Raises OutOfRangeError where there are not so many.
        """
        content = self._content()
        wanted = count + self._kept_back()
        while len(content.items) < wanted and not content.closed and self.runners:
            if not self._refill(content):
                break
        deadline = time.monotonic() + WAIT
        with content.changed:
            while len(content.items) < count and not content.closed and not self.runners:
                if not content.changed.wait(max(0.0, deadline - time.monotonic())):
                    break
            found = min(count, len(content.items))
            if found < (count if least is None else least) or not found:
                raise OutOfRangeError(
                    message=f"Queue '{self._label}' is closed and has insufficient elements "
                    f"(requested {count}, current size {len(content.items)})"
                )
            return [self._pop(content.items) for _ in range(found)]

    def _kept_back(self) -> int:
        return 0

    def _refill(self, content: _Content) -> bool:
        """Run what puts something in; False at its end."""
        for fill in self.runners:
            try:
                fill()
            except (OutOfRangeError, StopIteration):
                self.runners = [r for r in self.runners if r is not fill]
                if not self.runners:
                    content.closed = True
                    return False
        return True

    def _given(self, kind: str, take: Callable[..., Any], args: Sequence[Any], batch: Any, name: Any) -> Any:
        made = apply(
            kind,
            take,
            list(args),
            count=len(self._dtypes),
            source=Host,
            dtype=self._dtypes,
            name=name,
            once=True,
        )
        for tensor, shape in zip(made, self._shapes, strict=True):
            if shape.ndims is not None:
                tensor.set_shape(shape if batch is False else TensorShape([batch]).concatenate(shape))
        if self._names:
            return dict(zip(self._names, made, strict=True))
        return made[0] if len(made) == 1 else list(made)

    def dequeue(self, name: str | None = None) -> Any:
        """The next element."""
        return self._given("QueueDequeue", lambda: self._arrays(self._take(1)[0]), [], False, name)

    def _arrays(self, row: list[Any]) -> list[Any]:
        return [
            np.asarray(v, object if d is string else d.as_numpy_dtype)
            for v, d in zip(row, self._dtypes, strict=True)
        ]

    def dequeue_many(self, n: Any, name: str | None = None, least: int | None = None) -> Any:
        """The next n elements, stacked."""

        def take(count: Any) -> list[Any]:
            rows = self._take(int(count), least)
            return self._arrays([np.stack(column) for column in zip(*rows, strict=True)])

        known = n if isinstance(n, int) and least is None else None
        return self._given("QueueDequeueMany", take, [n], known, name)

    def dequeue_up_to(self, n: Any, name: str | None = None) -> Any:
        """The next n elements, or what is left at the end."""
        return self.dequeue_many(n, name, least=1)

    def size(self, name: str | None = None) -> Any:
        """How many elements there are."""
        made = apply(
            "QueueSize", lambda: np.int32(len(self._content().items)), source=Host, dtype=int32, name=name
        )
        made.set_shape([])
        return made

    def close(self, cancel_pending_enqueues: bool = False, name: str | None = None) -> Any:
        """An operation after which nothing is put in any more."""

        def close() -> None:
            content = self._content()
            with content.changed:
                content.closed = True
                content.changed.notify_all()

        return operation("QueueClose", close, name=name, source=Host)

    def is_closed(self, name: str | None = None) -> Any:
        return apply(
            "QueueIsClosed", lambda: np.bool_(self._content().closed), source=Host, dtype=bool_, name=name
        )


def _many(shapes: Any) -> bool:
    return isinstance(shapes, (list, tuple)) and any(
        isinstance(s, (list, tuple, TensorShape)) for s in shapes
    )


class FIFOQueue(QueueBase):
    """First in, first out."""

    def __init__(
        self, capacity: int, dtypes: Any, shapes: Any = None, names: Any = None, shared_name: Any = None,
        name: str = "fifo_queue",
    ):  # fmt: skip
        super().__init__(dtypes, shapes, names, capacity, shared_name, name)


class PaddingFIFOQueue(FIFOQueue):
    """As FIFOQueue; elements that are taken together are padded with zeros to one size."""

    def dequeue_many(self, n: Any, name: str | None = None, least: int | None = None) -> Any:
        def take(count: Any) -> list[Any]:
            rows = self._take(int(count), least)
            return self._arrays([_padded(column) for column in zip(*rows, strict=True)])

        known = n if isinstance(n, int) and least is None else None
        return self._given("QueueDequeueMany", take, [n], known, name)


def _padded(column: Sequence[Any]) -> Any:
    sizes = np.max([c.shape for c in column], axis=0)
    return np.stack([np.pad(c, [(0, s - n) for s, n in zip(sizes, c.shape, strict=True)]) for c in column])


class RandomShuffleQueue(QueueBase):
    """Elements in random order, as long as more than min_after_dequeue are left."""

    def __init__(
        self, capacity: int, min_after_dequeue: int, dtypes: Any, shapes: Any = None, names: Any = None,
        seed: Any = None, shared_name: Any = None, name: str = "random_shuffle_queue",
    ):  # fmt: skip
        super().__init__(dtypes, shapes, names, capacity, shared_name, name)
        graph_seed = self._graph.seed
        self._generator = np.random.default_rng(
            None if seed is None and graph_seed is None else [graph_seed or 0, seed or 0]
        )
        self._least = min_after_dequeue

    def _kept_back(self) -> int:
        return min(self._least, 10_000)

    def _pop(self, items: deque[list[Any]]) -> list[Any]:
        place = int(self._generator.integers(len(items)))
        items[place], items[0] = items[0], items[place]
        return items.popleft()


__all__ = ["FIFOQueue", "PaddingFIFOQueue", "QueueBase", "RandomShuffleQueue"]
