"""tf.feature_column: dense inputs from dictionaries of features."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...nn.words import lp
from .. import missing
from ..record import Host
from .dtypes import as_dtype, engine_type, float32, int64, string
from .initializers import TruncatedNormal, Zeros
from .inputs import convert_to_tensor
from .io.examples import FixedLenFeature, VarLenFeature
from .layers.base import shape_of
from .recording import apply, op, tensor
from .scopes import get_variable, variable_scope

Features = dict[str, Any]


@op("Reshape")
def _rows(x: Any, width: int, dtype: Any, name: Any = None) -> Any:
    x = tensor(x).astype(engine_type(dtype))
    return lp.reshape(x, (x.shape[0], width))


class Column:
    """What a column of features has: a name, and how it becomes numbers."""

    name: str
    width: int

    def dense(self, features: Features) -> Any:
        """(batch, width) floats."""
        raise ValueError(f"{self.name} is categorical: use indicator_column or embedding_column around it")

    def placeholders(self) -> dict[str, Any]:
        """Shape and dtype of the features that it reads."""
        return {}


class Numeric(Column):
    """Numbers as they are."""

    def __init__(self, key: str, shape: Any, default_value: Any, dtype: Any, normalizer_fn: Any):
        self.key = self.name = key
        self.shape = tuple(shape) if isinstance(shape, (list, tuple)) else (int(shape),)
        self.width = int(np.prod(self.shape))
        self.default_value, self.dtype, self.normalizer_fn = default_value, as_dtype(dtype), normalizer_fn

    def dense(self, features: Features) -> Any:
        if self.key not in features:
            raise ValueError(f"Feature {self.key} is not in features dictionary.")
        x = convert_to_tensor(features[self.key])
        if self.normalizer_fn is not None:
            x = self.normalizer_fn(x)
        return _rows(x, self.width, float32)


class Categorical(Column):
    """Classes as indices (batch, any number); -1 where there is none."""

    buckets: int

    def ids(self, features: Features) -> Any:
        raise NotImplementedError


def _columns_of(values: Any) -> Any:
    return values[:, None] if np.ndim(values) == 1 else values


class Identity(Categorical):
    def __init__(self, key: str, num_buckets: int, default_value: Any):
        self.key = self.name = key
        self.buckets, self.default_value = num_buckets, default_value

    def ids(self, features: Features) -> Any:
        return _identities(convert_to_tensor(features[self.key]), self.buckets, self.default_value)


@op("Identities", gradient=False)
def _identities(x: Any, buckets: int, default: Any, name: Any = None) -> Any:
    x = tensor(x).astype("int64")
    x = lp.expand_dims(x, -1) if x.ndim == 1 else x
    return x if default is None else lp.where((x >= 0) & (x < buckets), x, default)


class Looked(Categorical):
    """Classes by a function of texts or numbers."""

    def __init__(self, key: str, buckets: int, find: Callable[[Any], int]):
        self.key = self.name = key
        self.buckets, self.find = buckets, find

    def ids(self, features: Features) -> Any:
        return _by(self.find, convert_to_tensor(features[self.key]))


def _by(find: Callable[[Any], int], values: Any) -> Any:
    def look(array: Any) -> Any:
        rows = _columns_of(np.asarray(array))
        return np.array([[find(v) for v in row] for row in rows], np.int64).reshape(rows.shape)

    known = shape_of(values)
    made = apply("Lookup", look, [values], source=Host, dtype=int64)
    if known.ndims is not None:
        made.set_shape([*known.as_list(), 1] if known.ndims == 1 else known.as_list())
    return made


def _text(value: Any) -> Any:
    return (
        value.encode() if isinstance(value, str) else value.item() if isinstance(value, np.generic) else value
    )


class Bucketized(Categorical):
    """Classes by the boundaries between numbers."""

    def __init__(self, source: Numeric, boundaries: Sequence[float]):
        self.source, self.boundaries = source, sorted(boundaries)
        self.name = f"{source.name}_bucketized"
        self.buckets = len(self.boundaries) + 1
        self.width = self.buckets * source.width

    def ids(self, features: Features) -> Any:
        return _bucket(self.source.dense(features), self.boundaries)

    def dense(self, features: Features) -> Any:
        return _one_hot(self.ids(features), self.buckets, self.width)


@op("Bucketize", gradient=False)
def _bucket(x: Any, boundaries: Any, name: Any = None) -> Any:
    return lp.searchsorted(np.float32(boundaries), tensor(x), side="right").astype("int64")


@op("one_hot", gradient=False)
def _one_hot(ids: Any, buckets: int, width: int, name: Any = None) -> Any:
    rows = lp.one_hot(tensor(ids), buckets, "float32")
    return lp.reshape(rows, (rows.shape[0], width))


class Crossed(Categorical):
    """Classes by hashing what several columns say together."""

    def __init__(self, keys: Sequence[Any], hash_bucket_size: int):
        self.keys, self.buckets = list(keys), hash_bucket_size
        self.name = "_X_".join(sorted(k if isinstance(k, str) else k.name for k in keys))

    def ids(self, features: Features) -> Any:
        parts = [
            k.ids(features) if isinstance(k, Categorical) else convert_to_tensor(features[k])
            for k in self.keys
        ]
        size = self.buckets

        def cross(*arrays: Any) -> Any:
            columns = [_columns_of(np.asarray(a))[:, 0] for a in arrays]
            texts = ("_X_".join(str(_text(v)) for v in row) for row in zip(*columns, strict=True))
            return np.array([zlib.crc32(t.encode()) % size for t in texts], np.int64)[:, None]

        made = apply("SparseCross", cross, parts, source=Host, dtype=int64)
        made.set_shape([None, 1])
        return made


class Indicator(Column):
    """How often each class occurs."""

    def __init__(self, column: Categorical):
        self.column, self.name, self.width = column, f"{column.name}_indicator", column.buckets

    def dense(self, features: Features) -> Any:
        return _counted(self.column.ids(features), self.width)


@op("indicator", gradient=False)
def _counted(ids: Any, buckets: int, name: Any = None) -> Any:
    return lp.sum(lp.one_hot(tensor(ids), buckets, "float32"), axis=-2)


class Embedding(Column):
    """Rows of a table for classes; combiner: "mean", "sqrtn" or "sum" of several."""

    def __init__(self, column: Categorical, dimension: int, combiner: str, initializer: Any, trainable: bool):
        self.column, self.width, self.combiner = column, dimension, combiner
        self.name, self.trainable = f"{column.name}_embedding", trainable
        self.initializer = initializer or TruncatedNormal(0.0, dimension**-0.5)

    def dense(self, features: Features) -> Any:
        table = get_variable(
            "embedding_weights", [self.column.buckets, self.width], initializer=self.initializer,
            trainable=self.trainable,
        )  # fmt: skip
        return _pooled(table, self.column.ids(features), self.combiner)


@op("embedding")
def _pooled(table: Any, ids: Any, combiner: str, name: Any = None) -> Any:
    ids = tensor(ids)
    there = (ids >= 0).astype("float32")
    rows = lp.take(tensor(table), lp.maximum(ids, 0), axis=0) * lp.expand_dims(there, -1)
    count = lp.maximum(lp.sum(there, axis=-1, keepdims=True), 1.0)
    total = lp.sum(rows, axis=-2)
    return total if combiner == "sum" else total / (lp.sqrt(count) if combiner == "sqrtn" else count)


# ------------------------------------------------------------------------------------------- constructors
def numeric_column(
    key: str, shape: Any = (1,), default_value: Any = None, dtype: Any = float32, normalizer_fn: Any = None
) -> Numeric:
    """Numbers of a shape per example."""
    return Numeric(key, shape, default_value, dtype, normalizer_fn)


def bucketized_column(source_column: Numeric, boundaries: Sequence[float]) -> Bucketized:
    """Classes by the boundaries between numbers."""
    return Bucketized(source_column, boundaries)


def categorical_column_with_identity(key: str, num_buckets: int, default_value: Any = None) -> Identity:
    """Indices below num_buckets."""
    return Identity(key, num_buckets, default_value)


def categorical_column_with_hash_bucket(key: str, hash_bucket_size: int, dtype: Any = string) -> Looked:
    """Classes by hashing."""
    return Looked(key, hash_bucket_size, lambda v: zlib.crc32(str(_text(v)).encode()) % hash_bucket_size)


def categorical_column_with_vocabulary_list(
    key: str,
    vocabulary_list: Sequence[Any],
    dtype: Any = None,
    default_value: int = -1,
    num_oov_buckets: int = 0,
) -> Looked:
    """Classes by their place in a list; others by hashing into num_oov_buckets, or default_value."""
    places = {_text(v): k for k, v in enumerate(vocabulary_list)}
    size = len(places)

    def find(value: Any) -> int:
        found = places.get(_text(value))
        if found is not None:
            return found
        return (
            size + zlib.crc32(str(_text(value)).encode()) % num_oov_buckets
            if num_oov_buckets
            else default_value
        )

    return Looked(key, size + num_oov_buckets, find)


def categorical_column_with_vocabulary_file(
    key: str,
    vocabulary_file: str,
    vocabulary_size: Any = None,
    num_oov_buckets: int = 0,
    default_value: Any = None,
    dtype: Any = string,
) -> Looked:
    """Classes by their line in a file."""
    with open(vocabulary_file, encoding="utf-8") as file:
        words = [line.rstrip("\n") for line in file][:vocabulary_size]
    default = -1 if default_value is None else default_value
    return categorical_column_with_vocabulary_list(key, words, dtype, default, num_oov_buckets)


def crossed_column(keys: Sequence[Any], hash_bucket_size: int, hash_key: Any = None) -> Crossed:
    """Classes by what several columns say together."""
    return Crossed(keys, hash_bucket_size)


def indicator_column(categorical_column: Categorical) -> Indicator:
    """One number per class: how often it occurs."""
    return Indicator(categorical_column)


def embedding_column(
    categorical_column: Categorical,
    dimension: int,
    combiner: str = "mean",
    initializer: Any = None,
    ckpt_to_load_from: Any = None,
    tensor_name_in_ckpt: Any = None,
    max_norm: Any = None,
    trainable: bool = True,
) -> Embedding:
    """Rows of a trained table."""
    return Embedding(categorical_column, dimension, combiner, initializer, trainable)


# ------------------------------------------------------------------------------------------------ layers
def as_columns(columns: Any) -> list[Any]:
    """Columns in the order of their names."""
    given = [columns] if isinstance(columns, Column) else list(columns)
    return sorted(given, key=lambda c: c.name)


def input_layer(
    features: Features, feature_columns: Any, weight_collections: Any = None, trainable: bool = True,
    cols_to_vars: Any = None,
) -> Any:  # fmt: skip
    """All columns side by side: (batch, their widths)."""
    with variable_scope(None, default_name="input_layer"):
        parts = []
        for column in as_columns(feature_columns):
            with variable_scope(None, default_name=column.name.replace(" ", "_")):
                parts.append(column.dense(features))
        return _side_by_side(parts)


@op("concat")
def _side_by_side(parts: Any, name: Any = None) -> Any:
    return lp.concatenate([tensor(p) for p in parts], axis=-1)


def linear_model(
    features: Features, feature_columns: Any, units: int = 1, sparse_combiner: str = "sum",
    weight_collections: Any = None, trainable: bool = True, cols_to_vars: Any = None,
) -> Any:  # fmt: skip
    """A linear function of all columns: (batch, units)."""
    with variable_scope(None, default_name="linear_model"):
        total = []
        for column in as_columns(feature_columns):
            with variable_scope(None, default_name=column.name.replace(" ", "_")):
                if isinstance(column, Categorical):
                    table = get_variable("weights", [column.buckets, units], initializer=Zeros())
                    total.append(_pooled(table, column.ids(features), sparse_combiner))
                else:
                    weights = get_variable("weights", [column.width, units], initializer=Zeros())
                    total.append(_times(column.dense(features), weights))
        return _sum(total, get_variable("bias_weights", [units], initializer=Zeros()))


@op("MatMul")
def _times(x: Any, w: Any, name: Any = None) -> Any:
    return tensor(x) @ tensor(w)


@op("weighted_sum")
def _sum(parts: Any, bias: Any, name: Any = None) -> Any:
    total = tensor(bias)
    for part in parts:
        total = total + tensor(part)
    return total


def make_parse_example_spec(feature_columns: Any) -> dict[str, Any]:
    """What tf.parse_example needs to read these columns."""
    spec: dict[str, Any] = {}
    for column in feature_columns:
        while hasattr(column, "column"):
            column = column.column
        source = getattr(column, "source", column)
        if isinstance(source, Numeric):
            spec[source.key] = FixedLenFeature(source.shape, source.dtype)
        elif hasattr(source, "key"):
            spec[source.key] = VarLenFeature(string)
    return spec


__getattr__ = missing.attributes("tensorflow.feature_column", globals())
