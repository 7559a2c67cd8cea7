"""Feature columns in their words of 2016."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import feature_column as columns
from ...dtypes import float32, string
from ...feature_column import Categorical, Features


def real_valued_column(
    column_name: str,
    dimension: int = 1,
    default_value: Any = None,
    dtype: Any = float32,
    normalizer: Any = None,
) -> Any:
    """numeric_column."""
    return columns.numeric_column(column_name, (dimension,), default_value, dtype, normalizer)


def sparse_column_with_keys(
    column_name: str, keys: Sequence[Any], default_value: int = -1, combiner: str = "sum", dtype: Any = string
) -> Any:
    return columns.categorical_column_with_vocabulary_list(column_name, keys, dtype, default_value)


def sparse_column_with_hash_bucket(
    column_name: str, hash_bucket_size: int, combiner: str = "sum", dtype: Any = string, hash_keys: Any = None
) -> Any:
    return columns.categorical_column_with_hash_bucket(column_name, hash_bucket_size, dtype)


def sparse_column_with_integerized_feature(
    column_name: str, bucket_size: int, combiner: str = "sum", dtype: Any = None
) -> Any:
    return columns.categorical_column_with_identity(column_name, bucket_size)


def embedding_column(
    sparse_id_column: Categorical, dimension: int, combiner: str = "mean", **settings: Any
) -> Any:
    return columns.embedding_column(sparse_id_column, dimension, combiner, settings.get("initializer"))


def one_hot_column(sparse_id_column: Categorical) -> Any:
    return columns.indicator_column(sparse_id_column)


def crossed_column(columns_: Sequence[Any], hash_bucket_size: int, **settings: Any) -> Any:
    return columns.crossed_column(columns_, hash_bucket_size)


def bucketized_column(source_column: Any, boundaries: Sequence[float]) -> Any:
    return columns.bucketized_column(source_column, boundaries)


def input_from_feature_columns(columns_to_tensors: Features, feature_columns: Any, **settings: Any) -> Any:
    """input_layer."""
    return columns.input_layer(columns_to_tensors, feature_columns)


def create_feature_spec_for_parsing(feature_columns: Any) -> dict[str, Any]:
    return columns.make_parse_example_spec(feature_columns)


__all__ = [
    "bucketized_column", "create_feature_spec_for_parsing", "crossed_column", "embedding_column",
    "input_from_feature_columns", "one_hot_column", "real_valued_column", "sparse_column_with_hash_bucket",
    "sparse_column_with_integerized_feature", "sparse_column_with_keys",
]  # fmt: skip
