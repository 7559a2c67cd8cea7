"""Dataset: elements one after the other, as Python's iterators over NumPy's arrays.

Functions of elements (`map`) are recorded once and run natively. Rows of arrays are shuffled and cut into
batches by their indices, without going through single elements.
"""

from __future__ import annotations

import glob
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ...record import Symbol, constant_of
from .. import nest
from ..dtypes import as_dtype, int64, string
from ..errors import DataLossError, InvalidArgumentError, NotFoundError
from ..graph import get_default_graph
from ..io.records import records
from ..shapes import TensorShape, as_shape
from .structure import Env, Function, Leaf, Spec, fixed_array, outside, spec_of, value_of

Element = Sequence[Any]
Rows = tuple[list[Any], Iterator[int]]


class Dataset:
    """Elements of one structure. A subclass says `_iterate`; `spec` is what they look like."""

    def __init__(self, spec: Spec, inputs: Sequence[Dataset] = (), arguments: Sequence[Any] = ()):
        self.spec, self._inputs = spec, list(inputs)
        self._arguments = [a for a in arguments if isinstance(a, Symbol)]

    def _iterate(self, env: Env) -> Iterator[Element]:
        arrays, index = self._indexed(env)
        return ([a[i] for a in arrays] for i in index)

    def _rows(self, env: Env) -> Rows | None:
        """Arrays and the indices of the elements in them, where the elements are rows."""
        return None

    def _indexed(self, env: Env) -> Rows:
        found = self._rows(env)
        if found is None:
            raise TypeError(f"{type(self).__name__} has no elements")
        return found

    def _outside(self) -> list[Any]:
        """Tensors whose values an iterator needs from the start."""
        found = {s.key: s for s in outside(self._arguments)}
        for each in self._inputs:
            found |= {s.key: s for s in each._outside()}
        return list(found.values())

    # ------------------------------------------------------------------------------------------ structure
    @property
    def output_types(self) -> Any:
        return self.spec.types

    @property
    def output_shapes(self) -> Any:
        return self.spec.shapes

    @property
    def output_classes(self) -> Any:
        return self.spec.classes

    def __repr__(self) -> str:
        return f"<{type(self).__name__} shapes: {self.output_shapes}, types: {self.output_types}>"

    # --------------------------------------------------------------------------------------------- sources
    @staticmethod
    def from_tensor_slices(tensors: Any) -> Dataset:
        """The rows of tensors, in any nesting."""
        return _Slices(tensors)

    @staticmethod
    def from_tensors(tensors: Any) -> Dataset:
        """One element: the tensors."""
        return _Whole(tensors)

    @staticmethod
    def from_generator(
        generator: Any, output_types: Any, output_shapes: Any = None, args: Any = ()
    ) -> Dataset:
        """What a Python generator yields; it is called anew for every pass."""
        if not callable(generator):
            raise TypeError("`generator` must be callable.")
        return _Generated(generator, output_types, output_shapes, args)

    @staticmethod
    def range(*args: Any) -> Dataset:
        """Integers, as Python's range."""
        return _Range(args)

    @staticmethod
    def zip(datasets: Any) -> Dataset:
        """Elements of several data sets together, in their nesting."""
        return _Zipped(datasets)

    @staticmethod
    def list_files(file_pattern: Any, shuffle: bool | None = None, seed: Any = None) -> Dataset:
        """The names of files that match a pattern, by default in random order."""
        patterns = [file_pattern] if isinstance(file_pattern, (str, bytes)) else list(file_pattern)
        texts = [p.decode() if isinstance(p, bytes) else str(p) for p in patterns]
        found = sorted(itertools.chain.from_iterable(map(glob.glob, texts)))
        names = _Slices(np.array([f.encode() for f in found], object))
        return names.shuffle(max(len(found), 1), seed) if shuffle is None or shuffle else names

    # ------------------------------------------------------------------------------------- transformations
    def map(self, map_func: Callable[..., Any], num_parallel_calls: Any = None, **_: Any) -> Dataset:
        """map_func of every element."""
        return _Mapped(self, map_func)

    def filter(self, predicate: Callable[..., Any]) -> Dataset:
        """The elements of which the predicate is true."""
        return _Filtered(self, predicate)

    def flat_map(self, map_func: Callable[..., Any]) -> Dataset:
        """The elements of the data sets that map_func makes of elements."""
        return _Flat(self, map_func, 1, 1)

    def interleave(
        self, map_func: Callable[..., Any], cycle_length: Any = 1, block_length: Any = 1,
        num_parallel_calls: Any = None,
    ) -> Dataset:  # fmt: skip
        """As flat_map, from cycle_length data sets by turns, block_length elements each time."""
        return _Flat(self, map_func, cycle_length, block_length)

    def batch(self, batch_size: Any, drop_remainder: bool = False) -> Dataset:
        """So many elements stacked to one."""
        return _Batched(self, batch_size, drop_remainder)

    def padded_batch(
        self, batch_size: Any, padded_shapes: Any, padding_values: Any = None, drop_remainder: bool = False
    ) -> Dataset:
        """As batch; parts are padded to a shape, or to the longest (None)."""
        return _Padded(self, batch_size, padded_shapes, padding_values, drop_remainder)

    def shuffle(
        self, buffer_size: Any, seed: Any = None, reshuffle_each_iteration: bool | None = None
    ) -> Dataset:
        """Each element is drawn from the next buffer_size ones."""
        return _Shuffled(self, buffer_size, seed, reshuffle_each_iteration is not False)

    def repeat(self, count: Any = None) -> Dataset:
        """All elements so many times; without a number for ever."""
        return _Repeated(self, count)

    def take(self, count: Any) -> Dataset:
        """The first elements; -1: all."""
        return _Part(self, 0, count, 1)

    def skip(self, count: Any) -> Dataset:
        """All but the first elements."""
        return _Part(self, count, -1, 1)

    def shard(self, num_shards: Any, index: Any) -> Dataset:
        """Every num_shards-th element, from the one of this index."""
        return _Part(self, index, -1, num_shards)

    def concatenate(self, dataset: Dataset) -> Dataset:
        """These elements, and those of another behind them."""
        return _Chained(self, dataset)

    def enumerate(self, start: int = 0) -> Dataset:
        """Pairs of a number and an element."""
        return Dataset.zip((Dataset.range(start, np.iinfo(np.int64).max), self))

    def cache(self, filename: Any = "") -> Dataset:
        """The elements, kept in memory after the first pass."""
        return _Cached(self)

    def prefetch(self, buffer_size: Any = None) -> Dataset:
        """The elements: they are made when they are asked for."""
        return self

    def with_options(self, options: Any) -> Dataset:
        return self

    def apply(self, transformation_func: Callable[[Dataset], Dataset]) -> Dataset:
        """transformation_func of this data set."""
        return transformation_func(self)

    # ------------------------------------------------------------------------------------------- iteration
    def make_one_shot_iterator(self) -> Any:
        """An iterator that begins by itself and goes through once."""
        return _iterators[0].Iterator(self.spec, self, one_shot=True)

    def make_initializable_iterator(self, shared_name: str | None = None) -> Any:
        """An iterator that begins when its `initializer` is run."""
        return _iterators[0].Iterator(self.spec, self)

    def __iter__(self) -> Iterator[Any]:
        return iter(_iterators[0].eager(self))


DatasetV1 = DatasetV2 = Dataset
_iterators: list[Any] = []  # the module iterator.py, which knows this one


def _number(value: Any, env: Env) -> int:
    return int(np.asarray(value_of(value, env)))


# ----------------------------------------------------------------------------------------------- sources
class _OfTensors(Dataset):
    """Tensors in any nesting, of the graph or with values."""

    def __init__(self, tensors: Any, shape: Callable[[TensorShape], TensorShape]):
        structure = tuple(tensors) if isinstance(tensors, list) and _is_nesting(tensors) else tensors
        parts = [structure] if not _is_nesting(structure) else nest.flatten(structure)
        self._parts: list[Any] = []
        leaves = []
        for part in parts:
            fixed = constant_of(part) if isinstance(part, Symbol) else None
            if isinstance(part, Symbol) and fixed is None:
                symbol: Any = part
                self._parts.append(symbol)
                leaves.append(Leaf(symbol.dtype.base_dtype, shape(symbol.get_shape())))
            else:
                array = np.asarray(fixed_array(part) if fixed is None else fixed)
                self._parts.append(array)
                leaves.append(Leaf(as_dtype(array.dtype), shape(TensorShape(array.shape))))
        super().__init__(Spec(structure if _is_nesting(structure) else 0, leaves), arguments=self._parts)

    def _arrays(self, env: Env) -> list[Any]:
        return [np.asarray(value_of(p, env)) for p in self._parts]


def _is_nesting(value: Any) -> bool:
    """Whether a value is a nesting of tensors, and not a list of numbers."""
    if isinstance(value, (tuple, dict)):
        return True
    return (
        isinstance(value, list) and bool(value) and any(hasattr(v, "shape") and v.shape != () for v in value)
    )


class _Slices(_OfTensors):
    def __init__(self, tensors: Any):
        super().__init__(tensors, lambda s: s[1:] if s.ndims else s)

    def _rows(self, env: Env) -> Rows:
        arrays = self._arrays(env)
        lengths = {len(a) for a in arrays}
        if len(lengths) != 1:
            raise ValueError(f"Dimensions must be equal, but are {' and '.join(map(str, sorted(lengths)))}")
        return arrays, iter(range(lengths.pop()))


class _Whole(_OfTensors):
    def __init__(self, tensors: Any):
        super().__init__(tensors, lambda s: s)

    def _iterate(self, env: Env) -> Iterator[Element]:
        yield self._arrays(env)


class _Generated(Dataset):
    def __init__(self, generator: Callable[..., Any], types: Any, shapes: Any, args: Any):
        super().__init__(spec_of(types, shapes), arguments=args)
        self._generator, self._args = generator, args

    def _iterate(self, env: Env) -> Iterator[Element]:
        given = [value_of(a, env) for a in self._args]
        for element in self._generator(*given):
            flat = nest.flatten_up_to(self.spec.structure, element)
            yield [_as(part, leaf.dtype) for part, leaf in zip(flat, self.spec.leaves, strict=True)]


def _as(part: Any, dtype: Any) -> Any:
    if dtype is string:
        array = np.asarray(part, object)
        return np.vectorize(lambda s: s.encode() if isinstance(s, str) else s, otypes=[object])(array)
    return np.asarray(part, dtype.as_numpy_dtype)


class _Range(Dataset):
    def __init__(self, args: Sequence[Any]):
        super().__init__(Spec(0, [Leaf(int64, TensorShape([]))]), arguments=args)
        self._args = args

    def _iterate(self, env: Env) -> Iterator[Element]:
        return ([np.int64(i)] for i in range(*(_number(a, env) for a in self._args)))


class _Lines(Dataset):
    """Something of every file of a list of names."""

    def __init__(self, filenames: Any, *arguments: Any):
        super().__init__(Spec(0, [Leaf(string, TensorShape([]))]), arguments=[filenames, *arguments])
        self._names = filenames

    def _files(self, env: Env) -> list[str]:
        names = (
            self._names._iterate(env) if isinstance(self._names, Dataset) else [[value_of(self._names, env)]]
        )
        flat = (np.asarray(n, object).reshape(-1) for (n,) in names)
        return [n.decode() if isinstance(n, bytes) else str(n) for n in itertools.chain.from_iterable(flat)]


class TextLineDataset(_Lines):
    """The lines of text files."""

    def __init__(self, filenames: Any, compression_type: Any = None, buffer_size: Any = None, **_: Any):
        super().__init__(filenames)

    def _iterate(self, env: Env) -> Iterator[Element]:
        for name in self._files(env):
            with _opened(name) as file:
                for line in file:
                    yield [_object(line.rstrip(b"\r\n"))]


class TFRecordDataset(_Lines):
    """The records of TFRecord files."""

    def __init__(self, filenames: Any, compression_type: Any = None, buffer_size: Any = None, **_: Any):
        super().__init__(filenames)
        self._compression = compression_type

    def _iterate(self, env: Env) -> Iterator[Element]:
        for name in self._files(env):
            for record in records(name, self._compression):
                yield [_object(record)]


class FixedLengthRecordDataset(_Lines):
    """Parts of equal length of binary files."""

    def __init__(
        self, filenames: Any, record_bytes: Any, header_bytes: Any = 0, footer_bytes: Any = 0, **_: Any
    ):
        super().__init__(filenames, record_bytes, header_bytes, footer_bytes)
        self._sizes = (record_bytes, header_bytes, footer_bytes)

    def _iterate(self, env: Env) -> Iterator[Element]:
        size, head, foot = (_number(s or 0, env) for s in self._sizes)
        for name in self._files(env):
            with _opened(name) as file:
                data = file.read()
            for at in range(head, len(data) - foot - size + 1, size):
                yield [_object(data[at : at + size])]


def _opened(name: str) -> Any:
    try:
        return open(name, "rb")
    except FileNotFoundError:
        raise NotFoundError(message=f"{name}; No such file or directory") from None


def _object(text: bytes) -> Any:
    array = np.empty((), object)
    array[()] = text
    return array


# ------------------------------------------------------------------------------------------- one by one
class _Mapped(Dataset):
    def __init__(self, source: Dataset, function: Callable[..., Any]):
        self._function = Function(function, source.spec)
        super().__init__(self._function.spec, [source], self._function.needed)

    def _iterate(self, env: Env) -> Iterator[Element]:
        return (self._function(element, env) for element in self._inputs[0]._iterate(env))


class _Filtered(Dataset):
    def __init__(self, source: Dataset, predicate: Callable[..., Any]):
        self._function = Function(predicate, source.spec)
        super().__init__(source.spec, [source], self._function.needed)

    def _iterate(self, env: Env) -> Iterator[Element]:
        return (e for e in self._inputs[0]._iterate(env) if bool(self._function(e, env)[0]))


class _Flat(Dataset):
    def __init__(self, source: Dataset, function: Callable[..., Any], cycle: Any, block: Any):
        recorded = Function(function, source.spec)
        if not isinstance(recorded.result, Dataset):
            raise TypeError("`map_func` must return a `Dataset` object.")
        self._inner, self._holes, self._cycle, self._block = recorded.result, recorded.holes, cycle, block
        super().__init__(self._inner.spec, [source], [cycle, block])

    def _outside(self) -> list[Any]:
        inner = outside(self._inner._outside(), self._holes)
        return list({s.key: s for s in [*super()._outside(), *inner]}.values())

    def _iterate(self, env: Env) -> Iterator[Element]:
        def inner(element: Element) -> Iterator[Element]:
            return self._inner._iterate(env | {h.key: v for h, v in zip(self._holes, element, strict=True)})

        block = _number(self._block, env)
        waiting = map(inner, self._inputs[0]._iterate(env))
        open_ones = list(itertools.islice(waiting, _number(self._cycle, env)))
        while open_ones:
            for k, each in enumerate(list(open_ones)):
                got = list(itertools.islice(each, block))
                yield from got
                if len(got) < block:
                    open_ones[k] = next(waiting, _ENDED)
            open_ones = [each for each in open_ones if each is not _ENDED]


_ENDED: Iterator[Element] = iter(())


class _Zipped(Dataset):
    def __init__(self, datasets: Any):
        parts = nest.flatten(datasets)
        structure = nest.pack_sequence_as(datasets, [d.spec.structure for d in parts])
        super().__init__(Spec(structure, [leaf for d in parts for leaf in d.spec.leaves]), parts)

    def _iterate(self, env: Env) -> Iterator[Element]:
        for elements in zip(*(d._iterate(env) for d in self._inputs), strict=False):
            yield list(itertools.chain.from_iterable(elements))


class _Chained(Dataset):
    def __init__(self, first: Dataset, second: Dataset):
        shapes = [
            a.shape
            if a.shape.ndims == b.shape.ndims and a.shape.is_compatible_with(b.shape)
            else TensorShape(None)
            for a, b in zip(first.spec.leaves, second.spec.leaves, strict=True)
        ]
        leaves = [Leaf(a.dtype, s) for a, s in zip(first.spec.leaves, shapes, strict=True)]
        super().__init__(Spec(first.spec.structure, leaves), [first, second])

    def _iterate(self, env: Env) -> Iterator[Element]:
        return itertools.chain.from_iterable(d._iterate(env) for d in self._inputs)


class _Cached(Dataset):
    def __init__(self, source: Dataset):
        super().__init__(source.spec, [source])
        self._kept: list[Element] | None = None

    def _rows(self, env: Env) -> Rows | None:
        return self._inputs[0]._rows(env)

    def _iterate(self, env: Env) -> Iterator[Element]:
        if self._kept is not None:
            yield from self._kept
            return
        seen: list[Element] = []
        for element in self._inputs[0]._iterate(env):
            seen.append(element)
            yield element
        self._kept = seen


# ---------------------------------------------------------------------------- those that only choose rows
class _Choosing(Dataset):
    """Elements of another data set, chosen without a look at them."""

    def __init__(self, source: Dataset, *arguments: Any):
        super().__init__(source.spec, [source], arguments)

    def _chosen(self, again: Callable[[], Iterator[Any]], env: Env) -> Iterator[Any]:
        """What is left of elements or their indices; `again` begins a new pass."""
        raise NotImplementedError

    def _rows(self, env: Env) -> Rows | None:
        found = self._inputs[0]._rows(env)
        if found is None:
            return None
        arrays, first = found
        begun = [first]

        def again() -> Iterator[int]:
            return begun.pop() if begun else self._inputs[0]._indexed(env)[1]

        return arrays, self._chosen(again, env)

    def _iterate(self, env: Env) -> Iterator[Element]:
        if self._rows(env) is not None:
            return super()._iterate(env)
        return self._chosen(lambda: self._inputs[0]._iterate(env), env)


class _Shuffled(_Choosing):
    def __init__(self, source: Dataset, size: Any, seed: Any, anew: bool):
        super().__init__(source, size)
        self._size, self._anew = size, anew
        graph_seed = get_default_graph().seed
        wanted = None if seed is None and graph_seed is None else [graph_seed or 0, seed or 0]
        self._seed = wanted if isinstance(seed, (int, type(None))) else None
        self._generator = np.random.default_rng(self._seed)

    def _chosen(self, again: Callable[[], Iterator[Any]], env: Env) -> Iterator[Any]:
        size = _number(self._size, env)
        if not self._anew and self._seed is not None:
            self._generator = np.random.default_rng(self._seed)
        source = again()
        buffer = list(itertools.islice(source, size))
        draws: Iterator[float] = iter(())  # numbers in [0, 1), many at once
        for following in source:
            u = next(draws, None)
            if u is None:
                draws = iter(self._generator.random(1024).tolist())
                u = next(draws)
            place = int(u * len(buffer))
            yield buffer[place]
            buffer[place] = following
        for place in self._generator.permutation(len(buffer)).tolist():
            yield buffer[place]


class _Repeated(_Choosing):
    def __init__(self, source: Dataset, count: Any):
        super().__init__(source, count)
        self._count = count

    def _chosen(self, again: Callable[[], Iterator[Any]], env: Env) -> Iterator[Any]:
        count = -1 if self._count is None else _number(self._count, env)
        passes: Any = itertools.count() if count < 0 else range(count)
        for _ in passes:
            empty = True
            for element in again():
                empty = False
                yield element
            if empty:
                return


class _Part(_Choosing):
    def __init__(self, source: Dataset, start: Any, count: Any, step: Any):
        super().__init__(source, start, count, step)
        self._start, self._count, self._step = start, count, step

    def _chosen(self, again: Callable[[], Iterator[Any]], env: Env) -> Iterator[Any]:
        start, count, step = (_number(v, env) for v in (self._start, self._count, self._step))
        if start < 0:
            return iter(())
        return itertools.islice(again(), start, None if count < 0 else start + count, step)


# ----------------------------------------------------------------------------------------------- batches
class _Batched(Dataset):
    def __init__(self, source: Dataset, size: Any, drop: bool):
        known = size if drop and isinstance(size, (int, np.integer)) else None
        spec = source.spec.shaped(
            lambda s: TensorShape(None) if s.ndims is None else TensorShape([known]).concatenate(s)
        )
        super().__init__(spec, [source], [size])
        self._size, self._drop = size, drop

    def _iterate(self, env: Env) -> Iterator[Element]:
        size = _number(self._size, env)
        found = self._inputs[0]._rows(env)
        if found is not None:
            arrays, index = found
            for chosen in _groups(index, size, self._drop):
                yield [a[chosen] for a in arrays]
            return
        for group in _groups(self._inputs[0]._iterate(env), size, self._drop):
            yield [_stacked(column) for column in zip(*group, strict=True)]


def _groups(elements: Iterator[Any], size: int, drop: bool) -> Iterator[list[Any]]:
    while group := list(itertools.islice(elements, size)):
        if len(group) < size and drop:
            return
        yield group


def _stacked(column: Sequence[Any]) -> Any:
    arrays = [np.asarray(c) for c in column]
    if len({a.shape for a in arrays}) > 1:
        shapes = sorted({a.shape for a in arrays})
        raise InvalidArgumentError(
            message=f"Cannot batch tensors with different shapes: {shapes[0]} and {shapes[1]}"
        )
    return np.stack(arrays)


class _Padded(Dataset):
    def __init__(self, source: Dataset, size: Any, shapes: Any, values: Any, drop: bool):
        wanted = [as_shape(s) for s in nest.flatten_up_to(source.spec.structure, shapes)]
        known = size if drop and isinstance(size, (int, np.integer)) else None
        leaves = [
            Leaf(leaf.dtype, TensorShape([known]).concatenate(s))
            for leaf, s in zip(source.spec.leaves, wanted, strict=True)
        ]
        super().__init__(Spec(source.spec.structure, leaves), [source], [size])
        self._size, self._drop, self._shapes = size, drop, wanted
        given = (
            nest.flatten_up_to(source.spec.structure, values) if values is not None else [None] * len(leaves)
        )
        self._values = [_filler(leaf.dtype, v) for leaf, v in zip(leaves, given, strict=True)]

    def _iterate(self, env: Env) -> Iterator[Element]:
        for group in _groups(self._inputs[0]._iterate(env), _number(self._size, env), self._drop):
            columns = zip(zip(*group, strict=True), self._shapes, self._values, strict=True)
            yield [_padded([np.asarray(c) for c in column], shape, value) for column, shape, value in columns]


def _filler(dtype: Any, value: Any) -> Any:
    if value is None:
        return b"" if dtype is string else 0
    found = fixed_array(value if not isinstance(value, Symbol) else constant_of(value))
    return np.asarray(found).item()


def _padded(column: list[Any], shape: TensorShape, value: Any) -> Any:
    sizes = [
        max(c.shape[axis] for c in column) if d.value is None else d.value
        for axis, d in enumerate(shape.dims or [])
    ]
    result = np.full((len(column), *sizes), value, column[0].dtype)
    for k, each in enumerate(column):
        if any(a > b for a, b in zip(each.shape, sizes, strict=True)):
            raise DataLossError(
                message=f"Attempted to pad to a smaller size than the input element: {each.shape}"
            )
        place: Any = (k, *(slice(s) for s in each.shape))
        result[place] = each
    return result
