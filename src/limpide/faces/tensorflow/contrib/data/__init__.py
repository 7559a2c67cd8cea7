"""tf.contrib.data: tf.data before it was one."""

from .... import missing
from ...data import Dataset, FixedLengthRecordDataset, Iterator, TextLineDataset, TFRecordDataset
from ...data.experimental import *  # noqa: F403

__all__ = ["Dataset", "FixedLengthRecordDataset", "Iterator", "TFRecordDataset", "TextLineDataset"]
__getattr__ = missing.attributes("tensorflow.contrib.data", globals())
