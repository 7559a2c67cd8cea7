"""Data as scripts expect them: by file, by `input_data`, by `keras.datasets`, by fuel; never downloaded."""

from __future__ import annotations

import gzip
import importlib
import io
import json
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faces.run.conftest import Run
from limpide.data import write_idx
from limpide.data.mnist import FILES
from limpide.errors import ArgumentError, DataError
from limpide.faces import quick
from limpide.faces.data import files, sequences, sets
from limpide.faces.data.examples.tutorials.mnist import input_data
from limpide.faces.data.fuel import datasets, schemes, streams, transformers

TRAIN, TEST = 600, 100


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder with a small MNIST, and nothing else on this machine."""
    place = tmp_path / "data"
    place.mkdir()
    random = np.random.RandomState(0)
    for name, count in zip(FILES, (TRAIN, TRAIN, TEST, TEST), strict=True):
        images = "images" in name
        shape = (count, 28, 28) if images else (count,)
        write_idx(place / f"{name}.gz", random.randint(0, 256 if images else 10, shape).astype(np.uint8))
    monkeypatch.setenv("LIMPIDE_DATA", str(place))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    sets._mnist.cache_clear()
    sets.forget()
    yield place
    sets._mnist.cache_clear()
    sets.allow_synthetic(False)


# ------------------------------------------------------------------------------------------------ input_data
def test_read_data_sets() -> None:
    read = input_data.read_data_sets("MNIST_data/", one_hot=True)
    assert (read.train.num_examples, read.validation.num_examples, read.test.num_examples) == (550, 50, 100)
    images, labels = read.train.next_batch(7)
    assert (images.shape, images.dtype, labels.shape) == ((7, 784), np.float32, (7, 10))
    assert images.min() >= 0 and images.max() == 1 and (labels.sum(1) == 1).all()
    (x, y), _ = sets.mnist()
    assert (read.validation.labels.argmax(1) == y[:50]).all()
    assert sets.used() == ["MNIST, 600 + 100 digits: the data folder"]


def test_forms_of_data_sets() -> None:
    read = input_data.read_data_sets(reshape=False, dtype="uint8", validation_size=0)
    assert read.train.images.shape == (600, 28, 28, 1) and read.train.images.dtype == np.uint8
    assert read.train.labels.shape == (600,) and read.validation.num_examples == 0
    with pytest.raises(ArgumentError, match="validation_size is 601, expected 0 to 600"):
        input_data.read_data_sets(validation_size=601)
    images, labels = input_data.read_data_sets(fake_data=True, one_hot=True).train.next_batch(3)
    assert (np.shape(images), labels[0]) == ((3, 784), [1] + [0] * 9)


def test_batches_of_epochs() -> None:
    """A batch over the end takes the rest of the epoch, then the first of the next, in a new order."""
    images = np.arange(10, dtype=np.uint8).reshape(10, 1, 1, 1)
    data = input_data.DataSet(images, np.arange(10), dtype="uint8", seed=3)
    epoch = [data.next_batch(4)[1].tolist() for _ in range(2)]
    assert data.epochs_completed == 0
    across = data.next_batch(4)
    assert data.epochs_completed == 1 and (across[0].ravel() == across[1]).all()
    assert sorted([*epoch[0], *epoch[1], *across[1][:2]]) == list(range(10))
    following = [*across[1][2:], *data.next_batch(4)[1], *data.next_batch(4)[1]]
    assert sorted(following) == list(range(10)) and data.epochs_completed == 1
    assert following != [*epoch[0], *epoch[1], *across[1][:2]]


def test_batches_in_order() -> None:
    data = input_data.DataSet(np.zeros((5, 1, 1, 1), np.uint8), np.arange(5))
    assert [data.next_batch(2, shuffle=False)[1].tolist() for _ in range(3)] == [[0, 1], [2, 3], [4, 0]]


def test_the_users_own_folder_comes_first(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    for name in FILES:
        array = np.zeros((24, 28, 28) if "images" in name else 24, np.uint8)
        write_idx(own / f"{name}.gz", array)
    assert input_data.read_data_sets(own).train.num_examples == 22
    assert sets.used() == [f"MNIST: {own}"]
    assert input_data.extract_images(own / f"{FILES[0]}.gz").shape == (24, 28, 28, 1)
    assert input_data.extract_labels(own / f"{FILES[1]}.gz", one_hot=True).shape == (24, 10)


# ------------------------------------------------------------------------------------------------ files
def test_mnist_pkl() -> None:
    train, valid, test = pickle.loads(files.unpacked("../data/mnist.pkl.gz"))
    assert [part[0].shape for part in (train, valid, test)] == [(500, 784), (100, 784), (100, 784)]
    assert train[0].dtype == np.float32 and train[1].dtype == np.int64
    (x, y), _ = sets.mnist()
    assert (train[0][3] * 256 == x[3].ravel()).all() and valid[1][0] == y[500]
    assert gzip.decompress(files.content("mnist.pkl.gz")) == files.content("mnist.pkl")


def test_files_by_name(folder: Path) -> None:
    (x, _), (_, y_test) = sets.mnist()
    assert files.content("t10k-labels.idx1-ubyte")[8:] == y_test.tobytes()
    assert (
        files.content("a/train-images-idx3-ubyte.gz") == (folder / "train-images-idx3-ubyte.gz").read_bytes()
    )
    assert (np.load(io.BytesIO(files.content("mnist.npz")))["x_train"] == x).all()
    header, first = files.content("digit-recognizer/train.csv").decode().split("\n")[:2]
    assert header.startswith("label,pixel0,") and len(first.split(",")) == 785
    assert not files.known("train.csv") and not files.known("imdb.npz") and not files.known("script.py")


def test_pickled_batches_of_pictures() -> None:
    quick.start(quick.Policy())
    try:
        batch = pickle.loads(files.content("cifar-10-batches-py/data_batch_2"))
        assert batch["data"].shape == (400, 3072) and len(batch["labels"]) == 400
        hundred = pickle.loads(files.content("x/cifar-100-python/test"))
        assert hundred["data"].shape == (500, 3072) and max(hundred["coarse_labels"]) == 19
        stream = io.BytesIO(files.content("imdb.pkl"))
        assert [len(pickle.load(stream)[0]) for _ in range(2)] == [2000, 500]
        assert all("SYNTHETIC" in line for line in sets.used())
    finally:
        quick.start(None)


def test_what_is_missing_says_where_it_goes(folder: Path) -> None:
    with pytest.raises(DataError, match=r"imdb.npz is not on this machine\n  hint: put it into .*data"):
        files.content("imdb.pkl")
    with pytest.raises(DataError, match="limpide data cifar10"):
        files.content("data_batch_1")


# ------------------------------------------------------------------------------------------- keras.datasets
def dataset(name: str) -> Any:
    return importlib.import_module(f"limpide.faces.data.keras_datasets.{name}")


def test_keras_digits() -> None:
    (x, y), (x_test, y_test) = dataset("mnist").load_data()
    assert (x.shape, y.shape, x_test.shape, y_test.dtype) == ((600, 28, 28), (600,), (100, 28, 28), np.uint8)
    x[:] = 0
    assert dataset("mnist").load_data()[0][0].any()  # every caller has its own


def test_keras_sets_that_are_made_up() -> None:
    for name in ("fashion_mnist", "cifar10", "cifar100", "imdb", "reuters", "boston_housing"):
        with pytest.raises(DataError):
            dataset(name).load_data()
    sets.allow_synthetic(True)
    assert dataset("cifar10").load_data()[0][0].shape == (2000, 32, 32, 3)
    assert dataset("cifar100").load_data("coarse")[0][1].max() == 19
    assert dataset("fashion_mnist").load_data()[0][0].shape == (2000, 28, 28)
    assert dataset("boston_housing").load_data()[0][0].shape == (404, 13)
    assert dataset("reuters").load_data(nb_words=50)[1][1].shape == (500,)
    assert len(sets.used()) == 5 and all("SYNTHETIC" in line for line in sets.used())


def reviews(folder: Path) -> None:
    texts = np.empty(4, object)
    texts[:] = [[1, 2, 3], [4, 5], [6], [7, 8, 9, 1]]
    labels = np.array([0, 1, 0, 1])
    np.savez(folder / "imdb.npz", x_train=texts, y_train=labels, x_test=texts[:2], y_test=labels[:2])
    np.savez(folder / "reuters.npz", x=texts, y=labels)


def test_imdb_as_keras_reads_it(folder: Path) -> None:
    reviews(folder)
    (x, y), (x_test, _) = dataset("imdb").load_data(num_words=9, index_from=3)
    by_length = {len(text): text for text in x}
    assert by_length[4] == [1, 4, 5, 6] and by_length[5] == [1, 2, 2, 2, 4] and by_length[3] == [1, 7, 8]
    assert len(x_test) == 2 and sorted(y.tolist()) == [0, 0, 1, 1]
    (x, _), (x_test, _) = sequences.imdb(
        start_char=None, index_from=0, oov_char=None, num_words=4, skip_top=2, maxlen=4
    )
    assert sorted(x) == [[], [], [2, 3]] and sorted(x_test) == [[], [2, 3]]
    assert [len(part[0]) for part in dataset("imdb").load_data(test_split=0.5)] == [3, 3]
    (x, _), (x_test, _) = dataset("reuters").load_data(test_split=0.25)
    assert (len(x), len(x_test)) == (3, 1)
    with pytest.raises(DataError, match="no text is shorter than maxlen=1"):
        dataset("imdb").load_data(maxlen=1)


def test_word_index(folder: Path) -> None:
    (folder / "imdb_word_index.json").write_text(json.dumps({"the": 1}))
    assert dataset("imdb").get_word_index() == {"the": 1}
    (folder / "imdb_word_index.json").write_text("[")
    with pytest.raises(DataError, match="not a list of words"):
        dataset("imdb").get_word_index()


# ------------------------------------------------------------------------------------------------ fuel
def test_fuel() -> None:
    part = datasets.MNIST(("train",), subset=slice(0, 50))
    stream = streams.DataStream.default_stream(part, iteration_scheme=schemes.SequentialScheme(60, 20))
    shapes = [(x.shape, y.shape, x.dtype) for x, y in transformers.Flatten(stream).get_epoch_iterator()]
    assert shapes == [((n, 784), (n, 1), np.float32) for n in (20, 20, 10)]
    shuffled = schemes.ShuffledScheme(10, 4)
    assert sorted(np.concatenate(list(shuffled.get_request_iterator()))) == list(range(10))
    cast = transformers.Cast(stream, "float64", which_sources=("features",))
    assert next(iter(cast.get_epoch_iterator(as_dict=True)))["features"].dtype == np.float64


# ------------------------------------------------------------------------------------------------ scripts
OPENED = """
import gzip, os, urllib, cPickle, numpy as np
name = '../sets/mnist.pkl.gz'
print os.path.exists(name), os.path.isfile('nothing.pkl.gz'), os.path.exists('../sets')
train, valid, test = cPickle.load(gzip.open(name))
print train[0].shape
f = open('train-labels-idx1-ubyte')
print np.fromfile(file=f, dtype=np.uint8)[8:].shape
path, _ = urllib.urlretrieve('http://example.org/mnist.npz', 'digits.npz')
print np.load(path)['x_test'].shape
try:
    urllib.urlopen('http://example.org/other.bin')
except IOError as error:
    print 'network' in str(error)
import socket
try:
    socket.create_connection(('192.0.2.1', 80))
except OSError as error:
    print 'network' in str(error)
open('train-labels-idx1-ubyte', 'w').write('mine')
print open('train-labels-idx1-ubyte').read(), os.listdir('.') != []
open('nothing.txt')
"""


def test_what_a_script_opens(run: Run) -> None:
    done = run(OPENED)
    assert done.out.splitlines() == [
        "True False False", "(500, 784)", "(600,)", "(100, 28, 28)", "True", "True", "mine True",
    ]  # fmt: skip
    assert "No such file or directory: 'nothing.txt'" in done.err
    assert "data: MNIST, 600 + 100 digits: the data folder" in done.err


def test_files_that_keras_fetches(run: Run) -> None:
    text = """
from limpide.faces.keras.utils.data_utils import get_file
path = get_file('nietzsche.txt', origin='http://example.org/nietzsche.txt')
print(len(open(path).read()))
print(get_file('weights.h5').endswith('weights.h5'))
"""
    assert "nietzsche.txt is not on this machine" in run(text).err
    done = run(text, "--synthetic-data")
    assert done.out == "100000\nTrue\n"
    assert done.facts["data"][1] == "weights.h5: not on this machine, and nothing stands in for it"


def test_made_up_data_are_announced(run: Run) -> None:
    text = "from keras.datasets import boston_housing\nprint(boston_housing.load_data()[0][0].shape)\n"
    text = text.replace("from keras.datasets", "from limpide.faces.data.keras_datasets")
    assert run(text).code == 1
    done = run(text, "--synthetic-data")
    assert done.out == "(404, 13)\n" and "SYNTHETIC" in done.err and "SYNTHETIC" in done.facts["data"][0]
