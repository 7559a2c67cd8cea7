"""Data sets: what their elements are, in which order, and where they end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from limpide.faces import tensorflow as tf

Dataset = tf.data.Dataset


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    tf.reset_default_graph()
    yield
    tf.reset_default_graph()


def elements(dataset: Any, most: int = 50) -> list[Any]:
    """The elements up to the end."""
    following = dataset.make_one_shot_iterator().get_next()
    found = []
    with tf.Session() as sess:
        try:
            while len(found) < most:
                found.append(sess.run(following))
        except tf.errors.OutOfRangeError:
            pass
    return found


def test_rows_in_batches() -> None:
    rows = Dataset.from_tensor_slices({"a": np.arange(5), "b": np.float32([[i, i] for i in range(5)])})
    assert rows.output_types == {"a": tf.int64, "b": tf.float32}
    assert rows.output_shapes["b"].as_list() == [2]
    found = elements(rows.batch(2))
    assert [f["a"].tolist() for f in found] == [[0, 1], [2, 3], [4]]
    assert rows.batch(2).output_shapes["b"].as_list() == [None, 2]
    assert len(elements(rows.batch(2, drop_remainder=True))) == 2
    assert sorted(x["a"] for x in elements(rows.shuffle(3))) == [0, 1, 2, 3, 4]
    twice = elements(Dataset.from_tensor_slices(np.arange(3)).shuffle(3, seed=1).repeat(2).batch(3))
    assert [sorted(t) for t in twice] == [[0, 1, 2], [0, 1, 2]]


@pytest.mark.parametrize(("make", "wanted"), [
    (lambda d: d.map(lambda x: x * 2), [0, 2, 4, 6]),
    (lambda d: d.filter(lambda x: tf.equal(x % 2, 0)), [0, 2]),
    (lambda d: d.flat_map(lambda x: Dataset.range(x)), [0, 0, 1, 0, 1, 2]),
    (lambda d: d.interleave(lambda x: Dataset.from_tensors(x).repeat(2), 2, 1), [0, 1, 0, 1, 2, 3, 2, 3]),
    (lambda d: d.skip(1).take(2), [1, 2]),
    (lambda d: d.shard(2, 1), [1, 3]),
    (lambda d: d.concatenate(Dataset.range(2)), [0, 1, 2, 3, 0, 1]),
    (lambda d: d.cache().repeat(2), [0, 1, 2, 3] * 2),
    (lambda d: d.apply(tf.contrib.data.shuffle_and_repeat(1, 2)).prefetch(1), [0, 1, 2, 3] * 2),
    (lambda d: d.batch(4).apply(tf.data.experimental.unbatch()), [0, 1, 2, 3]),
])  # fmt: skip
def test_transformations(make: Any, wanted: list[int]) -> None:
    assert elements(make(Dataset.range(4))) == wanted


def test_generators_zips_and_padding() -> None:
    made = Dataset.from_generator(lambda: ([1] * n for n in (1, 3, 2)), tf.int32, tf.TensorShape([None]))
    found = elements(Dataset.zip((made, Dataset.range(3))).padded_batch(2, ([None], [])))
    assert found[0][0].tolist() == [[1, 0, 0], [1, 1, 1]] and found[1][1].tolist() == [2]
    with pytest.raises(tf.errors.InvalidArgumentError, match="different shapes"):
        elements(made.batch(2))


def test_an_iterator_that_is_fed() -> None:
    x = tf.placeholder(tf.float32, [None, 2])
    iterator = Dataset.from_tensor_slices(x).map(lambda row: tf.reduce_sum(row)).make_initializable_iterator()
    total = iterator.get_next() * tf.Variable(2.0)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        with pytest.raises(tf.errors.FailedPreconditionError, match="has not been initialized"):
            sess.run(total)
        for _ in range(2):
            sess.run(iterator.initializer, {x: [[1, 2], [3, 4]]})
            assert [sess.run(total), sess.run(total)] == [6, 14]
            with pytest.raises(tf.errors.OutOfRangeError):
                sess.run(total)


def test_iterators_for_several_data_sets() -> None:
    one, two = Dataset.range(3), Dataset.range(10, 13)
    iterator = tf.data.Iterator.from_structure(one.output_types, one.output_shapes)
    following = iterator.get_next()
    starts = [iterator.make_initializer(d) for d in (one, two)]
    handle = tf.placeholder(tf.string, [])
    fed = tf.data.Iterator.from_string_handle(handle, one.output_types, one.output_shapes).get_next()
    with tf.Session() as sess:
        got = []
        for start in starts:
            sess.run(start)
            got.append(sess.run(following))
        names = [sess.run(d.make_one_shot_iterator().string_handle()) for d in (one, two)]
        assert got == [0, 10] and [sess.run(fed, {handle: n}) for n in names] == [0, 10]


def test_files(tmp_path: Path) -> None:
    for name, text in [("a.csv", "x\n1,2\n3,4\n"), ("b.csv", "x\n5,6\n")]:
        (tmp_path / name).write_text(text)
    names = [str(tmp_path / n) for n in ("a.csv", "b.csv")]
    lines = Dataset.from_tensor_slices(names).flat_map(lambda n: tf.data.TextLineDataset(n).skip(1))
    pairs = elements(lines.map(lambda line: tf.decode_csv(line, [[0], [0.0]])).batch(3))
    assert pairs[0][0].tolist() == [1, 3, 5] and pairs[0][1].tolist() == [2, 4, 6]
    with tf.python_io.TFRecordWriter(str(tmp_path / "c")) as writer:
        for i in range(3):
            feature = {"n": tf.train.Feature(int64_list=tf.train.Int64List(value=[i]))}
            writer.write(tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString())
    parsed = tf.data.TFRecordDataset(str(tmp_path / "c")).map(
        lambda text: tf.parse_single_example(text, {"n": tf.FixedLenFeature([], tf.int64)})["n"]
    )
    assert elements(parsed) == [0, 1, 2]
