"""tf.data: data sets and their iterators."""

from __future__ import annotations

from ... import missing
from .dataset import Dataset, FixedLengthRecordDataset, TextLineDataset, TFRecordDataset
from .iterator import Iterator


class Options:
    """Settings without a meaning here."""


__all__ = ["Dataset", "FixedLengthRecordDataset", "Iterator", "Options", "TFRecordDataset", "TextLineDataset"]
__getattr__ = missing.attributes("tensorflow.data", globals())
