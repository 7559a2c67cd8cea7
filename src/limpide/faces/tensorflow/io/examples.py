"""tf.parse_example and its like: tensors from serialised examples; raw and CSV text."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ...record import Host
from ..dtypes import as_dtype, int64, string
from ..errors import InvalidArgumentError
from ..graph import Mode
from ..inputs import constant, sparse_tensor
from ..recording import apply, array_of, plain
from .protos import Example, Feature, SequenceExample


class FixedLenFeature(NamedTuple):
    """A feature of a known shape."""

    shape: Any
    dtype: Any
    default_value: Any = None


class VarLenFeature(NamedTuple):
    """A feature of any length: a sparse tensor."""

    dtype: Any


class FixedLenSequenceFeature(NamedTuple):
    """A feature of every step, of a known shape."""

    shape: Any
    dtype: Any
    allow_missing: bool = False
    default_value: Any = None


class SparseFeature(NamedTuple):
    """A sparse tensor from its indices and values."""

    index_key: Any
    value_key: str
    dtype: Any
    size: Any
    already_sorted: bool = False


def on_host(
    kind: str, function: Any, args: Sequence[Any], dtypes: Sequence[Any], shapes: Sequence[Any]
) -> list[Any]:
    """Tensors that a function of arrays gives, with their static shapes; at once in eager mode."""
    if Mode.eager:
        given = [a.numpy() if hasattr(a, "numpy") else array_of(a) for a in map(plain, args)]
        results = function(*given)
        return [r if as_dtype(d).engine is None else _eager(r) for r, d in zip(results, dtypes, strict=True)]
    made = apply(kind, function, list(args), count=len(dtypes), source=Host, dtype=list(dtypes))
    for tensor, shape in zip(made, shapes, strict=True):
        if shape is not None:
            tensor.set_shape(shape)
    return list(made)


def _eager(array: Any) -> Any:

    return constant(array)


def _values(feature: Feature | None, dtype: Any) -> list[Any]:
    if feature is None:
        return []
    kind = "bytes_list" if dtype is string else "float_list" if dtype.is_floating else "int64_list"
    own = feature.WhichOneof()
    if own is not None and own != kind:
        raise InvalidArgumentError(message=f"a feature holds {own}, not {kind}: data types don't match")
    found: list[Any] = getattr(feature, kind).value
    return found


def _fixed(name: str, spec: Any, feature: Feature | None) -> Any:
    dtype = as_dtype(spec.dtype)
    shape = [int(s) for s in (spec.shape if isinstance(spec.shape, (list, tuple)) else [spec.shape])]
    values = _values(feature, dtype)
    count = int(np.prod(shape)) if shape else 1
    if not values and spec.default_value is not None:
        return np.broadcast_to(array_of(spec.default_value, dtype), shape)
    if not values and feature is None:
        raise InvalidArgumentError(
            message=f"Feature: {name} (data type: {dtype.name}) is required but could not be found."
        )
    if len(values) != count:
        raise InvalidArgumentError(
            message=f"Key: {name}.  Number of {dtype.name} values != expected.  values size: {len(values)} "
            f"but output shape: {shape}"
        )
    return _array(values, dtype).reshape(shape)


def _array(values: Any, dtype: Any) -> Any:
    if dtype is string:
        array = np.empty(len(values), object)
        array[:] = values
        return array
    return np.array(values, dtype.as_numpy_dtype)


def _sparse(rows: list[list[Any]], dtype: Any) -> tuple[Any, Any, Any]:
    indices = [(i, j) for i, row in enumerate(rows) for j in range(len(row))]
    values = [v for row in rows for v in row]
    shape = [len(rows), max(map(len, rows), default=0)]
    return np.array(indices, np.int64).reshape(-1, 2), _array(values, dtype), np.array(shape, np.int64)


def _names(features: dict[str, Any]) -> list[str]:
    return sorted(features)


def _signature(features: dict[str, Any], batched: bool) -> tuple[list[Any], list[Any]]:
    dtypes: list[Any] = []
    shapes: list[Any] = []
    for name in _names(features):
        spec = features[name]
        if isinstance(spec, VarLenFeature):
            rank = 2 if batched else 1
            dtypes += [int64, spec.dtype, int64]
            shapes += [[None, rank], [None], [rank]]
            continue
        own = list(spec.shape) if isinstance(spec.shape, (list, tuple)) else [spec.shape]
        if isinstance(spec, FixedLenSequenceFeature):
            own = [None, *own]
        dtypes.append(spec.dtype)
        shapes.append([None, *own] if batched else own)
    return dtypes, shapes


def _gathered(features: dict[str, Any], parts: list[Any]) -> dict[str, Any]:
    found, at = {}, 0
    for name in _names(features):
        if isinstance(features[name], VarLenFeature):
            found[name] = sparse_tensor[0](*parts[at : at + 3])
            at += 3
        else:
            found[name] = parts[at]
            at += 1
    return found


def _check(features: dict[str, Any]) -> None:
    if not features:
        raise ValueError("Missing: features was None or empty.")


def _sequence(spec: Any, feature: Feature | None) -> Any:
    dtype, shape = as_dtype(spec.dtype), [int(s) for s in spec.shape]
    return _array(_values(feature, dtype), dtype).reshape([-1, *shape])


def parse_example(
    serialized: Any, features: dict[str, Any], name: Any = None, example_names: Any = None
) -> Any:
    """A dictionary of tensors from a vector of serialised examples."""
    _check(features)

    def parse(texts: Any) -> list[Any]:
        found = [Example.FromString(t).features.feature for t in np.asarray(texts, object).reshape(-1)]
        parts: list[Any] = []
        for key in _names(features):
            spec = features[key]
            if isinstance(spec, VarLenFeature):
                dtype = as_dtype(spec.dtype)
                parts += _sparse([_values(dict.get(f, key), dtype) for f in found], dtype)
            elif isinstance(spec, FixedLenSequenceFeature):
                rows = [_sequence(spec, dict.get(f, key)) for f in found]
                longest = max(map(len, rows), default=0)
                parts.append(
                    np.stack([np.pad(r, [(0, longest - len(r))] + [(0, 0)] * (r.ndim - 1)) for r in rows])
                )
            else:
                parts.append(np.stack([_fixed(key, spec, dict.get(f, key)) for f in found]))
        return parts

    return _gathered(features, on_host("ParseExample", parse, [serialized], *_signature(features, True)))


def parse_single_example(
    serialized: Any, features: dict[str, Any], name: Any = None, example_names: Any = None
) -> Any:
    """A dictionary of tensors from one serialised example."""
    _check(features)

    def parse(text: Any) -> list[Any]:
        found = Example.FromString(np.asarray(text, object).item()).features.feature
        parts: list[Any] = []
        for key in _names(features):
            spec = features[key]
            if isinstance(spec, VarLenFeature):
                dtype = as_dtype(spec.dtype)
                indices, values, shape = _sparse([_values(dict.get(found, key), dtype)], dtype)
                parts += [indices[:, 1:], values, shape[1:]]
            elif isinstance(spec, FixedLenSequenceFeature):
                parts.append(_sequence(spec, dict.get(found, key)))
            else:
                parts.append(_fixed(key, spec, dict.get(found, key)))
        return parts

    return _gathered(
        features, on_host("ParseSingleExample", parse, [serialized], *_signature(features, False))
    )


def parse_single_sequence_example(
    serialized: Any, context_features: Any = None, sequence_features: Any = None, example_name: Any = None,
    name: Any = None,
) -> tuple[Any, Any]:  # fmt: skip
    """Two dictionaries, of the whole and of every step, from one serialised SequenceExample."""
    context, sequence = context_features or {}, sequence_features or {}

    def parse(text: Any) -> list[Any]:
        found = SequenceExample.FromString(np.asarray(text, object).item())
        parts = [_fixed(key, context[key], dict.get(found.context.feature, key)) for key in _names(context)]
        for key in _names(sequence):
            steps = found.feature_lists.feature_list[key].feature
            spec = sequence[key]
            dtype, shape = as_dtype(spec.dtype), [int(s) for s in spec.shape]
            parts.append(_array([v for f in steps for v in _values(f, dtype)], dtype).reshape([-1, *shape]))
        return parts

    first, second = _signature(context, False), _signature(sequence, False)
    made = on_host("ParseSequenceExample", parse, [serialized], first[0] + second[0], first[1] + second[1])
    count = len(first[0])
    return _gathered(context, made[:count]), _gathered(sequence, made[count:])


def decode_raw(bytes: Any, out_type: Any, little_endian: bool = True, name: Any = None) -> Any:
    """Bytes as numbers."""
    dtype = as_dtype(out_type)
    kind = np.dtype(dtype.as_numpy_dtype).newbyteorder("<" if little_endian else ">")

    def decode(texts: Any) -> list[Any]:
        array = np.asarray(texts, object)
        rows = [np.frombuffer(t, kind).astype(kind.newbyteorder("=")) for t in array.reshape(-1)]
        return [np.stack(rows).reshape(*array.shape, -1) if array.shape else rows[0]]

    known = getattr(bytes, "get_shape", lambda: None)()
    shape = [None] if known is None or known.ndims is None else [*known.as_list(), None]
    return on_host("DecodeRaw", decode, [bytes], [dtype], [shape])[0]


def decode_csv(
    records: Any, record_defaults: Sequence[Any], field_delim: str = ",", use_quote_delim: bool = True,
    name: Any = None, na_value: str = "", select_cols: Any = None,
) -> list[Any]:  # fmt: skip
    """One tensor for every column; defaults say their dtypes, and what stands for nothing."""
    kinds = [_kind(d) for d in record_defaults]
    defaults = [
        None if np.size(d) == 0 else np.asarray(d).reshape(-1)[0] for d in map(_default, record_defaults)
    ]

    def decode(texts: Any) -> list[Any]:
        array = np.asarray(texts, object)
        quoting: Any = csv.QUOTE_MINIMAL if use_quote_delim else csv.QUOTE_NONE
        lines = [t.decode() for t in array.reshape(-1)]
        rows = list(csv.reader(lines, delimiter=field_delim, quoting=quoting))
        if select_cols is not None:
            rows = [[row[c] for c in select_cols] for row in rows]
        for row in rows:
            if len(row) != len(kinds):
                raise InvalidArgumentError(
                    message=f"Expect {len(kinds)} fields but have {len(row)} in record"
                )
        columns = [
            [_cell(row[c], kinds[c], defaults[c], na_value) for row in rows] for c in range(len(kinds))
        ]
        return [
            _array(column, kind).reshape(array.shape) for column, kind in zip(columns, kinds, strict=True)
        ]

    known = getattr(records, "get_shape", lambda: None)()
    shape = None if known is None or known.ndims is None else known.as_list()
    return on_host("DecodeCSV", decode, [records], kinds, [shape] * len(kinds))


def _kind(default: Any) -> Any:
    try:
        return as_dtype(default)
    except TypeError:
        dtype = getattr(default, "dtype", None)
        return as_dtype(array_of(default).dtype if dtype is None else dtype).base_dtype


def _default(default: Any) -> Any:
    try:
        as_dtype(default)
    except TypeError:
        source = getattr(default, "source", None)
        return array_of(default) if source is None else source.array
    return []


def _cell(text: str, kind: Any, default: Any, nothing: str) -> Any:
    if text in ("", nothing):
        if default is None:
            raise InvalidArgumentError(message="a field is required but missing in the record")
        return default
    return text.encode() if kind is string else float(text) if kind.is_floating else int(text)


__all__ = [
    "FixedLenFeature",
    "FixedLenSequenceFeature",
    "SparseFeature",
    "VarLenFeature",
    "decode_csv",
    "decode_raw",
    "parse_example",
    "parse_single_example",
    "parse_single_sequence_example",
]
