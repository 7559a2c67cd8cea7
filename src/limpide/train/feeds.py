"""Where batches come from: arrays, arrays in files, datasets of several libraries, generators."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import nest
from ..data.dataset import Dataset, stack
from ..dtypes import DType
from ..errors import ArgumentError, DataError, ShapeError, user_frame
from . import arrays
from .loops import Batch, Cut, Done, Steps, stream, sweep

LABELS = ("label", "labels")  # columns of labels in tables with named columns


@dataclass(frozen=True)
class Plan:
    """How samples become batches. seed: of the shuffling; None keeps the order.

    steps: batches per epoch; None: all. class_weight: weights by class.
    first: the epoch at which a generator is at its beginning.
    """

    batch_size: int
    dtype: DType
    seed: int | None = None
    steps: int | None = None
    class_weight: Any = None
    first: int = 0
    check: Callable[[str, Batch], None] = lambda op, batch: None


def order_of(seed: int | None, epoch: int, size: int) -> Any:
    """The samples' order in an epoch: a function of seed and epoch alone, so that training can be resumed."""
    return None if seed is None else np.random.default_rng([seed, epoch]).permutation(size)


class Feed:
    """The batches of every epoch. steps: how many there are in one; None: known when it has ended."""

    steps: int | None = None
    size: int | None = None  # samples in an epoch, where they have a known order

    def sweep(self, steps: Steps, epoch: int, start: int, seen: int, totals: Any, cut: Cut) -> Iterator[Done]:
        """Run the batches of an epoch from number `start` on, with the rows and totals before it."""
        raise NotImplementedError

    def sample(self) -> Batch | None:
        """A batch to look at, where that costs nothing."""
        return None


class Arrays(Feed):
    """Whole arrays in memory: they are arguments of the compiled function, which gathers the batches."""

    def __init__(self, op: str, data: Batch, plan: Plan):
        x, y, w = data
        data = self.data = x, y, weighted(op, y, w, plan)
        self.size = arrays.length(op, *data)
        self.plan = plan
        self.steps = _limited(op, -(-self.size // plan.batch_size), plan.steps)
        plan.check(op, data)

    def sweep(self, steps: Steps, epoch: int, start: int, seen: int, totals: Any, cut: Cut) -> Iterator[Done]:
        assert self.size is not None
        order = order_of(self.plan.seed, epoch, self.size)
        return sweep(steps, self.data, self.plan.batch_size, order, totals, cut, start, self.steps)

    def sample(self) -> Batch | None:
        found: Batch = arrays.rows(self.data, slice(0, self.plan.batch_size))
        return found


class Batches(Feed):
    """Batches that Python makes. make(epoch, start): those of an epoch from number `start` on.

    again: whether looking at a batch leaves it where it is.
    """

    def __init__(
        self,
        op: str,
        make: Callable[[int, int], Iterator[Any]],
        plan: Plan,
        steps: int | None,
        size: int | None = None,
        again: bool = True,
    ):
        self.op, self.make, self.plan, self.size = op, make, plan, size
        self.again = again
        self.steps = _limited(op, steps, plan.steps)

    def sweep(self, steps: Steps, epoch: int, start: int, seen: int, totals: Any, cut: Cut) -> Iterator[Done]:
        left = None if self.steps is None else self.steps - start
        found = False
        for done in stream(steps, self._batches(epoch, start, left), seen, totals, cut, start):
            found = True
            yield done
        if not found and not start:
            raise DataError(
                self.op,
                f"no batch came in epoch {epoch + 1}: the data have ended",
                hint="a generator runs once: give one without an end and steps_per_epoch, or a Dataset",
            )

    def sample(self) -> Batch | None:
        return self._checked(next(iter(self.make(0, 0)))) if self.again else None

    def _batches(self, epoch: int, start: int, left: int | None) -> Iterator[Batch]:
        number = 0
        for item in itertools.islice(self.make(epoch, start), left):
            number += 1
            batch = self._checked(item)
            self.plan.check(self.op, batch)
            yield batch
        if left is not None and 0 < number < left:
            raise DataError(
                self.op,
                f"the data ended after {start + number} of {start + left} batches of epoch {epoch + 1}",
                hint="steps_per_epoch is larger than what there is; repeat() gives a Dataset no end",
            )

    def _checked(self, item: Any) -> Batch:
        x, y, w = unpack(self.op, item)
        x, y, w = (
            arrays.as_arrays(self.op, name, value, self.plan.dtype)
            for name, value in (("x", x), ("y", y), ("sample_weight", w))
        )
        batch: Batch = arrays.loaded((x, y, weighted(self.op, y, w, self.plan)), slice(None), self.plan.dtype)
        arrays.length(self.op, *batch)
        return batch


def feed(op: str, x: Any, y: Any, weights: Any, plan: Plan) -> Feed:
    """What gives the batches of these data.

    x: arrays, also in files (np.memmap), with their labels y; or, with y=None, one thing that gives both:
    a `Dataset`, a dataset or loader of PyTorch, a dataset of Hugging Face, an iterable of batches.
    """
    made = None if y is not None else batches_of(op, x, plan)
    if made is None:
        return _of_arrays(op, x, y, weights, plan)
    if weights is not None:
        raise ArgumentError(
            op,
            "sample_weight goes with arrays; here the weights are the third member of each batch",
            where=user_frame(),
        )
    return made


def _of_arrays(op: str, x: Any, y: Any, weights: Any, plan: Plan) -> Feed:
    if y is None:
        raise ArgumentError(
            op,
            "y is missing: arrays need labels",
            where=user_frame(),
            hint=f"model.{op}(x, y); an auto-encoder's labels are its inputs",
        )
    given = {"x": x, "y": y, "sample_weight": weights}
    data: Any = tuple(arrays.as_arrays(op, name, value, plan.dtype) for name, value in given.items())
    size = arrays.length(op, *data)
    if not any(map(arrays.is_mapped, nest.flatten(data)[0])):
        return Arrays(op, data, plan)

    def make(epoch: int, start: int) -> Iterator[Any]:
        order = order_of(plan.seed, epoch, size)
        for i in range(start * plan.batch_size, size, plan.batch_size):
            here = slice(i, min(i + plan.batch_size, size))
            yield arrays.loaded(data, here if order is None else order[here], plan.dtype)

    return Batches(op, make, plan, -(-size // plan.batch_size), size)


def batches_of(op: str, x: Any, plan: Plan) -> Batches | None:
    """The feed of something that gives batches of inputs and labels; None for arrays."""
    if isinstance(x, Dataset):
        return _of_dataset(op, x if x.batched else x.batch(plan.batch_size), plan)
    if isinstance(x, list) and x and isinstance(x[0], (tuple, dict)):
        return _of_iterable(op, x, plan)
    if isinstance(x, (np.ndarray, list, tuple, dict)) or hasattr(x, "__array__") or hasattr(x, "dtype"):
        return None
    if hasattr(x, "column_names") and hasattr(x, "with_format"):
        return _of_table(op, x, plan) if hasattr(x, "__len__") else _of_rows(op, x, plan)
    if hasattr(x, "__getitem__") and hasattr(x, "__len__"):
        return _of_dataset(op, _shuffled(Dataset.from_items(x), plan).batch(plan.batch_size), plan)
    if hasattr(x, "__iter__"):
        return _of_iterable(op, x, plan)
    raise ArgumentError(op, f"x is {type(x).__name__}: no arrays, and nothing to iterate", where=user_frame())


def _shuffled(data: Dataset, plan: Plan) -> Dataset:
    return data if plan.seed is None else data.shuffle(plan.seed)


def _of_dataset(op: str, data: Dataset, plan: Plan) -> Batches:
    steps = plan.steps
    if data.length is None and steps is not None:  # one sequence without an end, cut into epochs
        return Batches(op, lambda epoch, start: data.epoch(0, epoch * steps + start), plan, steps)
    return Batches(op, data.epoch, plan, data.length)


def _of_table(op: str, table: Any, plan: Plan) -> Batches:
    """A Hugging Face dataset: the column "label" or "labels" has the labels, the others the inputs."""
    names = list(table.column_names)
    label = next((name for name in LABELS if name in names), None)
    if label is None and op != "predict":
        raise ArgumentError(
            op,
            f"no column of labels: there are {', '.join(names)}",
            where=user_frame(),
            hint=f'rename_column(..., "{LABELS[0]}")',
        )
    inputs = [name for name in names if name != label]
    formatted = table.with_format("numpy")

    def rows(positions: Any) -> Any:
        columns = {name: stack(list(values)) for name, values in formatted[positions.tolist()].items()}
        x = columns[inputs[0]] if len(inputs) == 1 else {name: columns[name] for name in inputs}
        return (x,) if label is None else (x, columns[label])

    whole = Dataset.from_positions(len(table), rows)
    return _of_dataset(op, _shuffled(whole, plan).batch(plan.batch_size), plan)


def _of_rows(op: str, table: Any, plan: Plan) -> Batches:
    """A Hugging Face dataset that can only be iterated; it shuffles itself, by seed and epoch."""
    formatted = table.with_format("numpy")

    def again(epoch: int, start: int) -> Iterator[Any]:
        formatted.set_epoch(epoch)
        batches = itertools.islice(formatted.iter(plan.batch_size), start, None)
        return ({name: stack(list(values)) for name, values in batch.items()} for batch in batches)

    return Batches(op, again, plan, None)


def _of_iterable(op: str, x: Any, plan: Plan) -> Batches:
    """Batches as they come. What can be iterated again starts anew in every epoch; a generator goes on."""
    if iter(x) is not x:
        steps = len(x) if hasattr(x, "__len__") else None

        def again(epoch: int, start: int) -> Iterator[Any]:
            if hasattr(x, "set_epoch"):
                x.set_epoch(epoch)
            return itertools.islice(iter(x), start, None)

        return Batches(op, again, plan, steps)
    taken = 0

    def onward(epoch: int, start: int) -> Iterator[Any]:
        nonlocal taken
        wanted = start + (epoch - plan.first) * (plan.steps or 0)
        for item in itertools.islice(x, max(0, wanted - taken), None):  # skips what a resumed run has seen
            taken = max(taken, wanted) + 1
            yield item

    return Batches(op, onward, plan, None, again=False)


def unpack(op: str, item: Any) -> tuple[Any, Any, Any]:
    """A batch as inputs, labels and weights."""
    if isinstance(item, dict):
        label = next((name for name in LABELS if name in item), None)
        if label is not None:
            inputs = {name: value for name, value in item.items() if name != label}
            return next(iter(inputs.values())) if len(inputs) == 1 else inputs, item[label], None
    if not isinstance(item, (tuple, list)) or len(item) not in (2, 3):
        what = f"{len(item)} members" if isinstance(item, (tuple, list)) else type(item).__name__
        raise ArgumentError(
            op,
            f"a batch is (inputs, labels) or (inputs, labels, weights), not {what}",
            where=user_frame(),
            hint='a batch that is a dict has its labels under "label"',
        )
    x, y, w = (*item, None)[:3]
    return (tuple(x) if isinstance(x, list) else x), (tuple(y) if isinstance(y, list) else y), w


def inputs_of(item: Any) -> Any:
    """The inputs of a batch, whether or not it has labels."""
    if isinstance(item, (tuple, list)):
        return inputs_of(item[0]) if len(item) == 1 else unpack("predict", item)[0]
    if isinstance(item, dict) and any(name in item for name in LABELS):
        return unpack("predict", item)[0]
    return item


def weighted(op: str, y: Any, weights: Any, plan: Plan) -> Any:
    """The weights of the samples: those given, times those of their classes."""
    if plan.class_weight is None:
        return weights
    if not isinstance(y, np.ndarray):
        raise ArgumentError(op, "class_weight goes with one array of labels", where=user_frame())
    classes = _classes(op, y)
    table = _table(op, plan.class_weight, classes)
    found = table[classes].astype(plan.dtype)
    return found if weights is None else found * weights


def _classes(op: str, y: Any) -> Any:
    if y.ndim == 2 and y.shape[1] > 1:
        return y.argmax(1)
    flat = y.reshape(-1)
    classes = flat.astype(np.int64)
    if len(flat) != len(y) or (classes != flat).any() or (classes < 0).any():
        raise ShapeError(
            op, "class_weight needs labels that are class indices or one-hot rows", where=user_frame()
        )
    return classes


def _table(op: str, given: Any, classes: Any) -> Any:
    """Weights by class, as an array; of a dict, classes that are not in it weigh 1, as in Keras."""
    highest = int(classes.max(initial=0))
    if not isinstance(given, dict):
        table = np.asarray(given, np.float64)
        if table.ndim != 1 or len(table) <= highest:
            raise ShapeError(
                op,
                f"class_weight has shape {table.shape}, but there is a class {highest}",
                where=user_frame(),
            )
        return table
    table = np.ones(max([highest, *map(int, given)]) + 1)
    for label, weight in given.items():
        table[int(label)] = weight
    return table


def _limited(op: str, there: int | None, wanted: int | None) -> int | None:
    if wanted is None or there is None:
        return wanted if wanted is not None else there
    if wanted > there:
        raise ArgumentError(
            op, f"{wanted} batches per epoch are wanted, but there are {there}", where=user_frame()
        )
    return wanted
