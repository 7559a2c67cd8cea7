"""Queues, readers and pipelines, up to the end of their data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from limpide.config import config
from limpide.faces import tensorflow as tf


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(config, "device", "numpy")
    tf.reset_default_graph()
    yield
    tf.reset_default_graph()


def until_the_end(fetches: Any) -> list[Any]:
    found = []
    with tf.Session() as sess:
        sess.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        coordinator = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(sess=sess, coord=coordinator)
        try:
            while not coordinator.should_stop():
                found.append(sess.run(fetches))
        except tf.errors.OutOfRangeError:
            pass
        finally:
            coordinator.request_stop()
        coordinator.join(threads)
    return found


def test_a_queue_that_feeds_itself() -> None:
    queue = tf.FIFOQueue(10, tf.float32, shapes=[[]])
    fill, x = queue.enqueue_many([[1.0, 2.0, 3.0]]), queue.dequeue()
    again, count = queue.enqueue([x + 10]), queue.size()
    with tf.Session() as sess:
        sess.run(fill)
        sess.run(again)
        assert sess.run(count) == 3 and [sess.run(x) for _ in range(3)] == [2, 3, 11]
        sess.run(queue.close())
        with pytest.raises(tf.errors.OutOfRangeError, match="insufficient elements"):
            sess.run(x)


def test_lines_of_files_in_batches(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n3,4\n5,6\n")
    names = tf.train.string_input_producer([str(path)], num_epochs=2, shuffle=False)
    key, line = tf.TextLineReader(skip_header_lines=1).read(names)
    columns = tf.decode_csv(line, [[0.0], [0]])
    x, y = tf.train.batch(columns, batch_size=4, allow_smaller_final_batch=True)
    found = until_the_end([x, y])
    assert [f[0].tolist() for f in found] == [[1, 3, 5, 1], [3, 5]] and found[1][1].tolist() == [4, 6]
    assert key.dtype == tf.string and y.get_shape().as_list() == [None]


def test_rows_in_random_order() -> None:
    rows = tf.train.slice_input_producer([np.arange(8), np.arange(8) * 10], num_epochs=1)
    x, y = tf.train.shuffle_batch(rows, batch_size=2, capacity=20, min_after_dequeue=4)
    found = until_the_end([x, y])
    assert sorted(v for f, _ in found for v in f) == list(range(8))
    assert all((b == 10 * a).all() for a, b in found)


def test_padding_and_runners() -> None:
    count = tf.Variable(0, dtype=tf.int32)
    up = tf.assign_add(count, 1)
    queue = tf.PaddingFIFOQueue(5, [tf.int32], shapes=[[None]])
    tf.train.add_queue_runner(tf.train.QueueRunner(queue, [queue.enqueue([tf.fill([up], up)])] * 2))
    rows = queue.dequeue_many(3)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        tf.train.start_queue_runners(sess)
        assert sess.run(rows).tolist() == [[1, 0, 0], [2, 2, 0], [3, 3, 3]]


def test_whole_files(tmp_path: Path) -> None:
    name = str(tmp_path / "x")
    with tf.Session() as sess:
        sess.run(tf.write_file(name, "hello"))
        assert sess.run(tf.read_file(name)) == b"hello"
        assert sess.run(tf.matching_files(name + "*")).tolist() == [name.encode()]
        with pytest.raises(tf.errors.NotFoundError):
            sess.run(tf.read_file(name + "y"))
