"""What fit is given: files, datasets and loaders of other libraries, generators, weights, several outputs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide import nn, optim

RNG = np.random.default_rng(0)
X = RNG.normal(size=(103, 6)).astype(np.float32)
Y = (X[:, 0] + X[:, 1] > 0).astype(np.int64)


def model(loss: Any = "cross_entropy", dtype: str = "float32", **options: Any) -> Any:
    net = nn.Sequential(nn.Linear(6, 8, seed=1, dtype=dtype), nn.Tanh(), nn.Linear(8, 2, seed=2, dtype=dtype))
    net.compile(optimizer=optim.SGD(lr=0.5), loss=loss, metrics=["accuracy"], **options)
    return net


def trained(x: Any, y: Any = None, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    net = model()
    history = net.fit(x, y, **({"epochs": 3, "seed": 4, "verbose": 0, "batch_size": 8} | options))
    return net.state_dict(), history.history


def close(a: Any, b: Any, rtol: float = 1e-5) -> None:
    for one, two in zip(a, b, strict=True):
        assert one.keys() == two.keys()
        for name in one:
            np.testing.assert_allclose(one[name], two[name], rtol=rtol, atol=1e-6)


# ------------------------------------------------------------------------------------------------ files
def mapped(path: Path, array: Any, dtype: Any) -> Any:
    file = np.memmap(path, dtype, "w+", shape=array.shape)
    file[:] = array
    file.flush()
    return np.memmap(path, dtype, "r", shape=array.shape)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_arrays_in_files(tmp_path: Path, dtype: str) -> None:
    x, y = mapped(tmp_path / "x", X, dtype), mapped(tmp_path / "y", Y, "int64")
    close(trained(x, y), trained(X, Y))
    close(
        trained(x, y, validation_split=0.2, shuffle=False), trained(X, Y, validation_split=0.2, shuffle=False)
    )
    net = model()
    np.testing.assert_allclose(
        net.evaluate(x, y, batch_size=20), net.evaluate(X, Y, batch_size=20), rtol=1e-6
    )
    np.testing.assert_array_equal(net.predict(x, batch_size=20), net.predict(X, batch_size=20))


def test_a_file_larger_than_memory_is_read_in_pieces(tmp_path: Path) -> None:
    rows, width = 2**20, 2**15  # 256 GB, none of it on the disk
    x = np.memmap(tmp_path / "x", np.float64, "w+", shape=(rows, width))
    y = np.memmap(tmp_path / "y", np.int64, "w+", shape=(rows,))
    net = nn.Linear(width, 2, seed=0)
    net.compile(loss="cross_entropy")
    history = net.fit(x, y, batch_size=4, steps_per_epoch=3, verbose=0)
    assert history.history["loss"] == [pytest.approx(np.log(2), abs=0.2)]
    assert net.predict(x, batch_size=4, steps=2).shape == (8, 2)


# ----------------------------------------------------------------------------------- other libraries' data
class Items:
    """A map-style dataset, as PyTorch's."""

    def __len__(self) -> int:
        return len(X)

    def __getitem__(self, i: int) -> Any:
        return X[i], Y[i]


class Loader:
    """A loader of batches, as PyTorch's: it can be iterated again and again."""

    def __init__(self, order: Any):
        self.order, self.epochs = order, 0

    def __len__(self) -> int:
        return -(-len(X) // 8)

    def __iter__(self) -> Any:
        order = self.order(self.epochs)
        self.epochs += 1
        for i in range(0, len(X), 8):
            yield [X[order[i : i + 8]], Y[order[i : i + 8]]]


class Table:
    """Named columns, as a Hugging Face dataset has them."""

    def __init__(self, columns: dict[str, Any], formatted: bool = False):
        self.columns, self.formatted = columns, formatted
        self.column_names = list(columns)

    def __len__(self) -> int:
        return len(X)

    def with_format(self, kind: str) -> Table:
        assert kind == "numpy"
        return Table(self.columns, formatted=True)

    def __getitem__(self, index: Any) -> Any:
        assert self.formatted and isinstance(index, list)
        return {name: values[index] for name, values in self.columns.items()}


class Rows:
    """Named columns that can only be iterated, as a Hugging Face dataset that is streamed."""

    column_names = None

    def __init__(self, columns: dict[str, Any]):
        self.columns, self.epoch = columns, 0

    def with_format(self, kind: str) -> Rows:
        assert kind == "numpy"
        return Rows(self.columns)

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def iter(self, size: int) -> Any:
        for i in range(0, len(X), size):
            rows = order(self.epoch)[i : i + size]
            yield {name: list(values[rows]) for name, values in self.columns.items()}


def order(epoch: int) -> Any:
    return np.random.default_rng([4, epoch]).permutation(len(X))


def test_data_of_many_kinds_train_alike() -> None:
    expected = trained(X, Y)
    close(trained(Items()), expected)
    close(trained(Loader(order)), expected)
    close(trained(Table({"x": X, "label": Y})), expected)
    close(trained(Rows({"x": X, "label": Y})), expected)
    close(trained(lp.data.Dataset.from_arrays(X, Y).shuffle(4)), expected)
    close(trained(lp.data.Dataset.from_arrays(X, Y).shuffle(4).batch(8).prefetch()), expected)
    batches = [({"inputs": X[o], "labels": Y[o]}) for o in np.array_split(order(0), 13)]
    close(trained(batches, epochs=1), trained([(b["inputs"], b["labels"]) for b in batches], epochs=1))


def test_several_columns_are_arguments_by_name() -> None:
    class Two(nn.Module):
        def __init__(self) -> None:
            self.layer = nn.Linear(6, 2, seed=0)

        def forward(self, first: Any, second: Any) -> Any:
            return self.layer(lp.concatenate([first, second], axis=1))

    net = Two()
    net.compile(loss="cross_entropy")
    table = Table({"first": X[:, :2], "second": X[:, 2:], "label": Y})
    losses = net.fit(table, epochs=3, verbose=0).history["loss"]
    assert losses[0] > losses[1] > losses[2]
    np.testing.assert_allclose(net.predict(table), net.predict((X[:, :2], X[:, 2:])), rtol=1e-5)


def test_generators() -> None:
    def endless() -> Any:
        for epoch in range(10**9):
            yield from Loader(lambda _, e=epoch: order(e))

    close(trained(endless(), steps_per_epoch=13), trained(X, Y))
    net = model()
    net.fit(X, Y, epochs=1, verbose=0)
    finite = ((X[i : i + 10], Y[i : i + 10]) for i in range(0, 100, 10))
    np.testing.assert_allclose(net.evaluate(finite), net.evaluate(X[:100], Y[:100]), rtol=1e-5)
    inputs = (X[i : i + 10] for i in range(0, 103, 10))
    np.testing.assert_allclose(net.predict(inputs), net.predict(X), rtol=1e-4, atol=1e-6)
    assert net.evaluate(endless(), steps=2, return_dict=True).keys() == {"loss", "accuracy"}
    validation = net.fit(X, Y, validation_data=endless(), validation_steps=3, verbose=0).history
    assert len(validation["val_loss"]) == 1


def test_batches_of_many_shapes() -> None:
    class Mean(nn.Module):
        def __init__(self) -> None:
            self.layer = nn.Linear(3, 2, seed=0)

        def forward(self, x: Any) -> Any:
            return self.layer(lp.mean(x, axis=1))

    lengths = [2, 2, 3, 2, 3, 3, 2]
    batches = [(RNG.normal(size=(4, n, 3)), RNG.integers(0, 2, 4)) for n in lengths]
    one, other = Mean(), Mean()
    for net in (one, other):
        net.compile(optimizer=optim.SGD(lr=0.1), loss="cross_entropy")
    one.fit(batches, epochs=2, verbose=0)
    for _ in range(2):
        for x, y in batches:
            other.train_on_batch(x, y)
    for name, value in one.state_dict().items():
        np.testing.assert_allclose(value, other.state_dict()[name], rtol=1e-5, atol=1e-7)


def test_real_pytorch_data() -> None:
    data = pytest.importorskip("torch.utils.data")
    torch = pytest.importorskip("torch")
    tensors = data.TensorDataset(torch.tensor(X), torch.tensor(Y))
    close(trained(tensors), trained(X, Y))
    loader = data.DataLoader(tensors, batch_size=8)
    close(trained(loader), trained(X, Y, shuffle=False))
    assert model().predict(loader).shape == (103, 2)


# ---------------------------------------------------------------------------------------------- weights
def test_weights_of_samples_are_those_of_keras() -> None:
    """The loss is mean(weight * loss) over the rows."""
    w = RNG.uniform(0, 2, len(X))
    net = model(dtype="float64")
    logits = net.predict(X.astype(float))
    losses = -(logits - np.log(np.exp(logits).sum(1, keepdims=True)))[range(len(X)), Y]
    assert net.evaluate(X, Y, sample_weight=w)[0] == pytest.approx((w * losses).mean(), rel=1e-9)
    assert net.test_on_batch(X, Y, sample_weight=w)[0] == pytest.approx((w * losses).mean(), rel=1e-9)
    assert net.evaluate([(X[:50], Y[:50], w[:50])])[0] == pytest.approx((w * losses)[:50].mean(), rel=1e-9)
    by_class = np.where(Y == 1, 3.0, 0.5)
    for given in ({0: 0.5, 1: 3.0}, [0.5, 3.0]):
        other = model(dtype="float64")
        found = other.train_on_batch(X, Y, class_weight=given)[0]
        assert found == pytest.approx((by_class * losses).mean(), rel=1e-9)
    both = net.train_on_batch(X, Y, sample_weight=w, class_weight={1: 3.0})[0]
    assert both == pytest.approx((np.where(Y == 1, 3.0, 1.0) * w * losses).mean(), rel=1e-9)


def test_weighted_fits() -> None:
    w = RNG.uniform(0, 2, len(X)).astype(np.float32)
    expected = trained(X, Y, sample_weight=w * np.where(Y == 1, 2, 1).astype(np.float32))
    close(trained(X, Y, sample_weight=w, class_weight={1: 2}), expected)
    data = lp.data.Dataset.from_arrays(X, Y, w).shuffle(4).batch(8)
    close(trained(data, class_weight={1: 2}), expected)
    ones = trained(X, np.eye(2)[Y], class_weight={0: 1.0, 1: 1.0})
    close(ones, trained(X, Y))
    assert not np.allclose(trained(X, Y, sample_weight=w)[0]["0.weight"], trained(X, Y)[0]["0.weight"])


def test_a_module_as_a_weighted_loss() -> None:
    w = RNG.uniform(0, 2, len(X))
    found = model(nn.CrossEntropyLoss()).evaluate(X, Y, sample_weight=w)
    assert found == model().evaluate(X, Y, sample_weight=w)


# ------------------------------------------------------------------------------------------ several outputs
class Heads(nn.Module):
    def __init__(self, named: bool) -> None:
        self.named = named
        self.a, self.b = nn.Linear(6, 2, seed=0, dtype="float64"), nn.Linear(6, 1, seed=1, dtype="float64")

    def forward(self, x: Any) -> Any:
        outputs = self.a(x), self.b(x)
        return dict(zip(("kind", "size"), outputs, strict=True)) if self.named else outputs


def test_several_outputs() -> None:
    size = X.sum(1)
    named, listed = Heads(True), Heads(False)
    named.compile(
        optim.SGD(lr=0.1), {"kind": "cross_entropy", "size": "mse"},
        metrics={"kind": ["accuracy"], "size": "mae"}, loss_weights={"size": 0.25},
    )  # fmt: skip
    listed.compile(optim.SGD(lr=0.1), ["cross_entropy", "mse"], metrics=[["accuracy"], ["mae"]],
                   loss_weights=[1.0, 0.25])  # fmt: skip
    first = named.fit(X, {"kind": Y, "size": size}, epochs=2, seed=0, verbose=0).history
    second = listed.fit(X, (Y, size), epochs=2, seed=0, verbose=0).history
    assert list(first) == ["loss", "kind_loss", "size_loss", "kind_accuracy", "size_mae"]
    assert list(second) == ["loss", "output_0_loss", "output_1_loss", "output_0_accuracy", "output_1_mae"]
    assert list(first.values()) == list(second.values())
    for total, kind, size_loss in zip(first["loss"], first["kind_loss"], first["size_loss"], strict=True):
        assert total == pytest.approx(kind + 0.25 * size_loss, rel=1e-12)
    outputs = named.predict(X)
    expected = np.abs(outputs["size"][:, 0] - size).mean()
    assert named.evaluate(X, {"kind": Y, "size": size}, return_dict=True)["size_mae"] == pytest.approx(
        expected
    )
    data = lp.data.Dataset.from_arrays({"x": X}["x"], Y, size)
    pairs = data.map(lambda t: (t[0], {"kind": t[1], "size": t[2]}))
    assert named.fit(pairs, epochs=1, verbose=0).history.keys() == first.keys()


# ------------------------------------------------------------------------------------------------ settings
def test_first_epoch_and_validated_epochs() -> None:
    history = model().fit(
        X, Y, initial_epoch=3, epochs=7, validation_data=(X, Y), validation_freq=2, verbose=0
    )
    assert history.epoch == [3, 4, 5, 6] and len(history.history["val_loss"]) == 2
    history = model().fit(
        X, Y, epochs=4, validation_data=(X, Y, np.ones(103)), validation_freq=[1, 4], verbose=0
    )
    assert len(history.history["val_loss"]) == 2 and len(history.history["loss"]) == 4


def test_so_many_steps_of_an_epoch() -> None:
    net, other = model(), model()
    net.fit(X, Y, batch_size=10, steps_per_epoch=4, seed=1, verbose=0)
    rows = np.random.default_rng([1, 0]).permutation(103)[:40]
    for i in range(0, 40, 10):
        other.train_on_batch(X[rows[i : i + 10]], Y[rows[i : i + 10]])
    for name, value in net.state_dict().items():
        np.testing.assert_allclose(value, other.state_dict()[name], rtol=1e-5, atol=1e-7)


def test_words_for_one_batch() -> None:
    net = model()
    before = net.state_dict()
    assert net.test_on_batch(X, Y) == pytest.approx(net.evaluate(X, Y), rel=1e-6)
    assert net.test_on_batch(X, Y, return_dict=True).keys() == {"loss", "accuracy"}
    np.testing.assert_array_equal(net.predict_on_batch(X), net.predict(X))
    assert all((before[name] == value).all() for name, value in net.state_dict().items())


# -------------------------------------------------------------------------------------------------- errors
def refused(call: Any, *parts: str) -> None:
    with pytest.raises(lp.LimpideError) as caught:
        call()
    for part in parts:
        assert part in str(caught.value), (part, str(caught.value))


def test_what_is_refused() -> None:
    net = model()
    pairs = [(X[:8], Y[:8])]
    refused(lambda: net.fit(X), "[fit] y is missing: arrays need labels", "test_feeds.py")
    refused(lambda: net.fit(3), "x is int: no arrays, and nothing to iterate")
    refused(
        lambda: net.fit(iter(pairs), epochs=2, verbose=0), "no batch came in epoch 2: the data have ended"
    )
    refused(lambda: net.fit([X], verbose=0), "y is missing")
    refused(lambda: net.fit(iter([X[:8]]), verbose=0), "a batch is (inputs, labels) or")
    refused(lambda: net.fit(iter(pairs), steps_per_epoch=3, verbose=0), "the data ended after 1 of 3 batches")
    refused(lambda: net.fit(X, Y, steps_per_epoch=50), "50 batches per epoch are wanted, but there are 4")
    refused(lambda: net.fit(iter(pairs), sample_weight=Y), "sample_weight goes with arrays")
    refused(lambda: net.fit(iter(pairs), validation_split=0.1), "validation_split goes with arrays")
    refused(lambda: net.fit(X, Y, sample_weight=Y[:5]), "x has 103, y has 103, sample_weight has 5")
    refused(lambda: net.fit(X, Y, class_weight=[1.0]), "class_weight has shape (1,), but there is a class 1")
    refused(lambda: net.fit(X, Y - 1, class_weight={0: 1}), "labels that are class indices or one-hot")
    refused(lambda: net.fit(Table({"x": X, "y": Y})), "no column of labels: there are x, y")
    refused(lambda: net.fit(iter([(X[:8], Y[:8] + 5)]), verbose=0), "labels go from 5 to")
    own = model(lambda outputs, y: nn.cross_entropy(outputs, y))
    refused(lambda: own.fit(X, Y, sample_weight=Y), "the loss <lambda> gives no value per row")
    refused(
        lambda: Heads(True).compile(loss={"kind": "mse"}, loss_weights={"sise": 1}), "loss_weights has 'sise'"
    )
    refused(lambda: Heads(True).compile(loss={"kind": "mse"}, metrics={"sise": []}), "metrics has 'sise'")
    wrong = Heads(True)
    wrong.compile(loss={"kindd": "mse"})
    refused(
        lambda: wrong.fit(X, Y, verbose=0), "there is a loss for the output 'kindd', but only 'kind', 'size'"
    )
