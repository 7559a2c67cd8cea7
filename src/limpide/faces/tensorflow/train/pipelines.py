"""tf.train: pipelines of queues, and the coordinator of threads."""

from __future__ import annotations

import glob
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import nest
from ..errors import OutOfRangeError
from ..graph import GraphKeys, add_to_collection, get_collection, get_default_graph, get_default_session
from ..inputs import convert_to_tensor
from ..queues import FIFOQueue, PaddingFIFOQueue, QueueBase, RandomShuffleQueue
from ..recording import apply
from ..shapes import TensorShape, as_shape


class QueueRunner:
    """Operations that put something into a queue, to be run when it is empty."""

    def __init__(self, queue: Any = None, enqueue_ops: Any = None, *args: Any, **settings: Any):
        self.queue, self._operations = queue, list(enqueue_ops or ())
        self.name = getattr(queue, "name", "queue_runner")

    def create_threads(
        self, sess: Any, coord: Any = None, daemon: bool = False, start: bool = False
    ) -> list[Any]:
        """No threads: the queue runs the operations when it needs something."""
        for each in dict.fromkeys(self._operations):
            self.queue.runners.append(lambda each=each: sess.run(each))
        self._operations = []
        return []


def add_queue_runner(qr: QueueRunner, collection: str = GraphKeys.QUEUE_RUNNERS) -> None:
    add_to_collection(collection, qr)


def start_queue_runners(
    sess: Any = None, coord: Any = None, daemon: bool = True, start: bool = True,
    collection: str = GraphKeys.QUEUE_RUNNERS,
) -> list[Any]:  # fmt: skip
    """Let the queues of the graph be filled when something is taken from them."""
    session = sess or get_default_session()
    if session is None:
        raise ValueError("Cannot start queue runners: No default session is registered.")
    for runner in get_collection(collection):
        runner.create_threads(session, coord)
    return []


class Coordinator:
    """Says when threads are to stop."""

    def __init__(self, clean_stop_exception_types: Any = None):
        self._stop, self._error = threading.Event(), None
        self._clean = clean_stop_exception_types or (OutOfRangeError,)
        self._threads: list[Any] = []

    def should_stop(self) -> bool:
        return self._stop.is_set()

    def request_stop(self, ex: Any = None) -> None:
        error = ex[1] if isinstance(ex, tuple) else ex
        if error is not None and not isinstance(error, self._clean):
            self._error = self._error or error
        self._stop.set()

    def clear_stop(self) -> None:
        self._stop.clear()

    def wait_for_stop(self, timeout: float | None = None) -> bool:
        return self._stop.wait(timeout)

    def register_thread(self, thread: Any) -> None:
        self._threads.append(thread)

    def stop_on_exception(self) -> Any:
        return _Stopping(self)

    @property
    def joined(self) -> bool:
        return True

    def raise_requested_exception(self) -> None:
        if self._error is not None:
            raise self._error

    def join(
        self, threads: Any = None, stop_grace_period_secs: float = 120, ignore_live_threads: bool = False
    ) -> None:
        for thread in [*(threads or ()), *self._threads]:
            thread.join(stop_grace_period_secs)
        self.raise_requested_exception()


class _Stopping:
    def __init__(self, coordinator: Coordinator):
        self._coordinator = coordinator

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        if error is not None:
            self._coordinator.request_stop(error)
        return kind is not None and issubclass(kind, Exception)


class LooperThread(threading.Thread):
    """A thread that calls something again and again until the coordinator stops it."""

    def __init__(
        self, coord: Coordinator, timer_interval_secs: float | None, target: Any = None, args: Any = ()
    ):
        super().__init__(daemon=True)
        self._coord, self._seconds, self._call = coord, timer_interval_secs, target
        self._given = args

    def run(self) -> None:
        while not self._coord.should_stop():
            self._call(*self._given)
            self._coord.wait_for_stop(self._seconds)


def _rows_of(arrays: Sequence[Any], epochs: int | None, shuffle: bool, seed: Any) -> Any:
    """Rows of arrays, pass after pass."""
    generator = np.random.default_rng(seed)
    count, done = len(arrays[0]), 0
    while epochs is None or done < epochs:
        order = generator.permutation(count) if shuffle else range(count)
        yield from ([a[i] for a in arrays] for i in order)
        done += 1
        if not count:
            return


def input_producer(
    input_tensor: Any, element_shape: Any = None, num_epochs: int | None = None, shuffle: bool = True,
    seed: Any = None, capacity: int = 32, shared_name: Any = None, summary_name: Any = None, name: Any = None,
    cancel_op: Any = None,
) -> FIFOQueue:  # fmt: skip
    """A queue of the rows of a tensor."""
    return _produced([convert_to_tensor(input_tensor)], num_epochs, shuffle, seed, name or "input_producer")


def _produced(tensors: list[Any], epochs: int | None, shuffle: bool, seed: Any, name: str) -> FIFOQueue:
    shapes = [t.get_shape()[1:] if t.get_shape().ndims is not None else TensorShape(None) for t in tensors]
    queue = FIFOQueue(32, [t.dtype.base_dtype for t in tensors], shapes, name=name)
    graph = get_default_graph()
    fetch = list(tensors)

    def fill() -> None:
        resources = graph.active.resources
        rows = resources.get((queue, "rows"))
        if rows is None:
            arrays = [np.asarray(a) for a in graph.active.run(fetch)]
            rows = resources[queue, "rows"] = _rows_of(arrays, epochs, shuffle, seed)
        queue._put([next(rows)])

    add_queue_runner(_Filling(queue, fill))
    return queue


class _Filling(QueueRunner):
    """Puts something in by a Python function."""

    def __init__(self, queue: QueueBase, fill: Callable[[], None]):
        super().__init__(queue)
        self._fill = fill

    def create_threads(
        self, sess: Any, coord: Any = None, daemon: bool = False, start: bool = False
    ) -> list[Any]:
        if self._fill not in self.queue.runners:
            self.queue.runners.append(self._fill)
        return []


def string_input_producer(
    string_tensor: Any,
    num_epochs: int | None = None,
    shuffle: bool = True,
    seed: Any = None,
    capacity: int = 32,
    shared_name: Any = None,
    name: Any = None,
    cancel_op: Any = None,
) -> FIFOQueue:
    """A queue of names.

    Raises ValueError where there are none.
    """
    names = convert_to_tensor(string_tensor)
    if names.get_shape().ndims == 1 and names.get_shape()[0].value == 0:
        raise ValueError("string_input_producer requires a non-null input tensor")
    return _produced([names], num_epochs, shuffle, seed, name or "input_producer")


def range_input_producer(
    limit: int, num_epochs: int | None = None, shuffle: bool = True, seed: Any = None, capacity: int = 32,
    shared_name: Any = None, name: Any = None,
) -> FIFOQueue:  # fmt: skip
    """A queue of the integers below limit."""
    numbers = convert_to_tensor(np.arange(int(limit), dtype=np.int32))
    return _produced([numbers], num_epochs, shuffle, seed, name or "input_producer")


def slice_input_producer(
    tensor_list: Sequence[Any], num_epochs: int | None = None, shuffle: bool = True, seed: Any = None,
    capacity: int = 32, shared_name: Any = None, name: Any = None,
) -> list[Any]:  # fmt: skip
    """The next rows of several tensors together."""
    queue = _produced(
        [convert_to_tensor(t) for t in tensor_list], num_epochs, shuffle, seed, name or "slices"
    )
    found = queue.dequeue()
    return found if isinstance(found, list) else [found]


def limit_epochs(tensor: Any, num_epochs: int | None = None, name: Any = None) -> Any:
    """The tensor, so many times."""
    if num_epochs is None:
        return tensor
    queue = _produced([convert_to_tensor([0])], num_epochs, False, None, name or "limit_epochs")
    left = queue.dequeue()
    return apply("Identity", lambda value, _: value, [convert_to_tensor(tensor), left])


def match_filenames_once(pattern: Any, name: Any = None) -> Any:
    """The names of files that match patterns."""
    patterns = pattern if isinstance(pattern, (list, tuple)) else [pattern]
    found = sorted(f for p in patterns for f in glob.glob(p))
    return convert_to_tensor(np.array([f.encode() for f in found], object))


def _parts(tensors: Any) -> list[Any]:
    """What is batched: every entry is one tensor, also where it is given as a list of scalars."""
    given = tensors if isinstance(tensors, (list, tuple)) else nest.flatten(tensors)
    return [convert_to_tensor(t) for t in given]


def _batched(tensors: Any, batch_size: Any, queue: QueueBase, many: bool, smaller: bool, name: Any) -> Any:
    flat = _parts(tensors)
    fill = queue.enqueue_many(flat) if many else queue.enqueue(flat if len(flat) > 1 else flat[0])
    add_queue_runner(QueueRunner(queue, [fill]))
    found = queue.dequeue_up_to(batch_size, name) if smaller else queue.dequeue_many(batch_size, name)
    parts = found if isinstance(found, list) else [found]
    if isinstance(tensors, dict):
        return nest.pack_sequence_as(tensors, parts)
    return parts if isinstance(tensors, (list, tuple)) else parts[0]


def _signature(tensors: Any, shapes: Any, many: bool) -> tuple[list[Any], list[Any]]:
    flat = _parts(tensors)
    known = [t.get_shape() for t in flat]
    if shapes is None:
        shapes = [k[1:] if many and k.ndims else k for k in known]
    return [t.dtype.base_dtype for t in flat], [as_shape(s) for s in shapes]


def batch(
    tensors: Any,
    batch_size: Any,
    num_threads: int = 1,
    capacity: int = 32,
    enqueue_many: bool = False,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    shared_name: Any = None,
    name: Any = None,
) -> Any:
    """Batches of what tensors are in run after run."""
    dtypes, sizes = _signature(tensors, shapes, enqueue_many)
    queue = (PaddingFIFOQueue if dynamic_pad else FIFOQueue)(capacity, dtypes, sizes, name=name or "batch")
    return _batched(tensors, batch_size, queue, enqueue_many, allow_smaller_final_batch, name)


def shuffle_batch(
    tensors: Any,
    batch_size: Any,
    capacity: int,
    min_after_dequeue: int,
    num_threads: int = 1,
    seed: Any = None,
    enqueue_many: bool = False,
    shapes: Any = None,
    allow_smaller_final_batch: bool = False,
    shared_name: Any = None,
    name: Any = None,
) -> Any:
    """As batch, in random order."""
    dtypes, sizes = _signature(tensors, shapes, enqueue_many)
    queue = RandomShuffleQueue(
        capacity, min_after_dequeue, dtypes, sizes, seed=seed, name=name or "shuffle_batch"
    )
    return _batched(tensors, batch_size, queue, enqueue_many, allow_smaller_final_batch, name)


def batch_join(tensors_list: Sequence[Any], batch_size: Any, *args: Any, **settings: Any) -> Any:
    """batch of the first of several sources."""
    return batch(tensors_list[0], batch_size, **settings)


def shuffle_batch_join(
    tensors_list: Sequence[Any], batch_size: Any, capacity: int, min_after_dequeue: int, **settings: Any
) -> Any:
    """shuffle_batch of the first of several sources."""
    return shuffle_batch(tensors_list[0], batch_size, capacity, min_after_dequeue, **settings)


__all__ = [
    "Coordinator",
    "LooperThread",
    "QueueRunner",
    "add_queue_runner",
    "batch",
    "batch_join",
    "input_producer",
    "limit_epochs",
    "match_filenames_once",
    "range_input_producer",
    "shuffle_batch",
    "shuffle_batch_join",
    "slice_input_producer",
    "start_queue_runners",
    "string_input_producer",
]
