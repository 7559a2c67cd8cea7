"""Examples and TFRecord files: TensorFlow's own bytes, and damaged ones."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limpide.faces import tensorflow as tf
from limpide.faces.tensorflow.io import examples, protos
from limpide.faces.tensorflow.io import records as files

# As TensorFlow's tf.train.Example writes it.
BYTES = (
    b"\n=\n\x19\n\x01a\x12\x14\x1a\x12\n\x10\x01\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01\x80\xbc\xc1\x96\x0b"
    b"\n\x11\n\x01b\x12\x0c\x12\n\n\x08\x00\x00\x00?\x00\x00\x80\xbf\n\r\n\x01c\x12\x08\n\x06\n\x02xy\n\x00"
)


def example() -> protos.Example:
    feature = {
        "a": protos.Feature(int64_list=protos.Int64List(value=[1, -2, 3_000_000_000])),
        "b": protos.Feature(float_list=protos.FloatList(value=[0.5, -1])),
        "c": protos.Feature(bytes_list=protos.BytesList(value=[b"xy", b""])),
    }
    return protos.Example(features=protos.Features(feature=feature))


def test_examples_go_there_and_back() -> None:
    text = example().SerializeToString()
    again = protos.Example.FromString(text)
    assert text == BYTES and again == example()
    assert list(again.features.feature["a"].int64_list.value) == [1, -2, 3_000_000_000]
    assert again.features.feature["c"].bytes_list.value == [b"xy", b""]
    with pytest.raises(TypeError, match="expected one of: bytes"):
        protos.BytesList(value=["text"])


@given(st.binary(max_size=60))
def test_damaged_messages(data: bytes) -> None:
    for cut in (data, example().SerializeToString()[: len(data)] + data):
        with suppress(tf.errors.DataLossError):
            protos.Example.FromString(cut)


def test_records(tmp_path: Path) -> None:
    path = tmp_path / "a.tfrecords"
    for options in (None, files.TFRecordOptions(2), files.TFRecordOptions(1)):
        with files.TFRecordWriter(path, options) as writer:
            writer.write(b"abc")
            writer.write(b"")
        assert list(files.records(path, options)) == [b"abc", b""]
    with files.TFRecordWriter(path) as writer:
        writer.write(b"123456789")
    good = path.read_bytes()
    assert good[:8] == b"\x09" + b"\0" * 7 and good[-4:] == bytes.fromhex("e5b08ac7")
    for at in range(len(good)):
        path.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
        with pytest.raises(tf.errors.DataLossError):
            list(files.records(path))
    with pytest.raises(tf.errors.NotFoundError):
        list(files.records(tmp_path / "none"))


def test_parsing() -> None:
    text = tf.constant([example().SerializeToString()] * 2)
    parsed = examples.parse_example(
        text,
        {
            "a": examples.FixedLenFeature([3], tf.int64),
            "b": examples.FixedLenFeature([2], tf.float32),
            "d": examples.FixedLenFeature([], tf.float32, 7.0),
        },
    )
    raw = examples.decode_raw(tf.constant([b"\x01\x02", b"\x03\x04"]), tf.uint8)
    columns = examples.decode_csv(tf.constant(["1,2.5,x", "2,,y"]), [[0], [9.0], [""]])
    assert parsed["a"].get_shape().as_list() == [None, 3]
    with tf.Session() as sess:
        a, b, d, raw, columns = sess.run([parsed["a"], parsed["b"], parsed["d"], raw, columns])
    assert a.tolist() == [[1, -2, 3_000_000_000]] * 2 and d.tolist() == [7, 7]
    assert b.tolist() == [[0.5, -1]] * 2
    assert raw.tolist() == [[1, 2], [3, 4]]
    assert (
        columns[0].tolist() == [1, 2]
        and columns[1].tolist() == [2.5, 9]
        and columns[2].tolist() == [b"x", b"y"]
    )
    assert np.asarray(columns[0]).dtype == np.int32
