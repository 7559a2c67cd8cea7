"""Work done ahead by threads or processes, its results in the order of the tasks."""

from __future__ import annotations

import pickle
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from typing import Any

from ..errors import ArgumentError, user_frame


def in_order(
    f: Callable[..., Any], calls: Iterable[tuple[Any, ...]], workers: int, processes: bool = False
) -> Iterator[Any]:
    """`f` of every tuple of arguments, in their order; an error stands at the place of its call.

    >>> list(in_order(divmod, [(7, 2), (9, 4)], workers=2))
    [(3, 1), (2, 1)]
    """
    if not workers:
        return (f(*call) for call in calls)
    if processes:
        _check_sendable(f)
    return _in_order(f, calls, workers, processes)


def _in_order(
    f: Callable[..., Any], calls: Iterable[tuple[Any, ...]], workers: int, processes: bool
) -> Iterator[Any]:
    waiting: deque[Any] = deque()
    with _executor(workers, processes) as team:
        try:
            for call in calls:
                waiting.append(team.submit(f, *call))
                if len(waiting) >= 2 * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:  # an error, or nobody wants the rest
            team.shutdown(wait=False, cancel_futures=True)


def _executor(workers: int, processes: bool) -> Executor:
    if processes:  # forked ones could inherit locks that are held
        return ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
    return ThreadPoolExecutor(workers, thread_name_prefix="limpide-data")


def _check_sendable(f: Callable[..., Any]) -> None:
    try:
        pickle.dumps(f)
    except Exception as error:
        raise ArgumentError(
            "map",
            f"this function cannot be sent to other processes: {error}",
            where=user_frame(),
            hint="define it at the top of a module, or use threads: processes=False",
        ) from None


_END = object()


def ahead(elements: Iterator[Any], count: int) -> Iterator[Any]:
    """The same elements, computed by a thread that is up to `count` ahead."""
    ready: queue.Queue[tuple[Any, BaseException | None]] = queue.Queue(count)
    stop = threading.Event()

    def put(item: Any, error: BaseException | None = None) -> None:
        while not stop.is_set():
            try:
                return ready.put((item, error), timeout=0.1)
            except queue.Full:
                continue

    def work() -> None:
        try:
            for element in elements:
                put(element)
                if stop.is_set():
                    return
            put(_END)
        except BaseException as error:
            put(_END, error)

    thread = threading.Thread(target=work, name="limpide-prefetch", daemon=True)
    thread.start()
    try:
        while True:
            item, error = ready.get()
            if error is not None:
                raise error
            if item is _END:
                return
            yield item
    finally:
        stop.set()
        thread.join(timeout=5)
