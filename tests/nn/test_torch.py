"""State from PyTorch by name: arrays that PyTorch 2 gave to `python benchmarks/layers.py --store`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide import nest, nn

STORED = dict(np.load(Path(__file__).parent / "torch_layers.npz"))


def stored(kind: str) -> dict[str, Any]:
    return {name.removeprefix(kind): value for name, value in STORED.items() if name.startswith(kind)}


def network(layout: str | None = None) -> nn.ModuleDict:
    return nn.ModuleDict(
        {
            "linear": nn.Linear(4, 3),
            "conv": nn.Conv2d(2, 4, 3, groups=2, layout=layout),
            "transposed": nn.ConvTranspose2d(2, 3, 2, stride=2, layout=layout),
            "batch": nn.BatchNorm2d(2, layout=layout),
            "norm": nn.LayerNorm(4),
            "embedding": nn.Embedding(4, 3),
            "lstm": nn.LSTM(3, 2, layers=2, bidirectional=True),
            "gru": nn.GRU(3, 2, batch_first=True),
            "attention": nn.MultiheadAttention(4, 2, batch_first=True),
        }
    )


IMAGES = ("conv", "transposed", "batch")


@pytest.mark.parametrize("layout", [None, "NHWC"])
@pytest.mark.parametrize("name", stored("input/"))
def test_outputs(name: str, layout: str | None) -> None:
    net = network(layout)
    net.load_state_dict(stored("state/"), layout="torch")
    x = stored("input/")[name]
    turned = layout is not None and name in IMAGES
    results = net[name](x.transpose(0, 2, 3, 1) if turned else x)
    leaves = nest.flatten(results)[0]
    expected = stored(f"output/{name}/")
    assert len(leaves) == len(expected)
    for i, leaf in enumerate(leaves):
        y = leaf.numpy().transpose(0, 3, 1, 2) if turned else leaf.numpy()
        np.testing.assert_allclose(y, expected[str(i)], rtol=2e-5, atol=2e-6)


def test_state_comes_and_goes() -> None:
    net, before = network("NHWC"), stored("state/")
    net.load_state_dict(before, layout="torch")
    back = net.state_dict(layout="torch")
    assert set(back) == set(before)
    assert all((back[name] == before[name]).all() for name in before)
    net["batch"](stored("input/")["batch"].transpose(0, 2, 3, 1))
    after = stored("after/")
    for name in ("batch.running_mean", "batch.running_var", "batch.num_batches_tracked"):
        np.testing.assert_allclose(net.state_dict()[name], after[name], rtol=1e-5)


class Foreign:
    """What a tensor of PyTorch is, as far as loading knows it."""

    __module__ = "torch"

    def __init__(self, value: Any):
        self.value = value

    def detach(self) -> Foreign:
        return self

    def cpu(self) -> Foreign:
        return self

    def numpy(self) -> Any:
        return self.value


def test_tensors_of_pytorch_need_no_word() -> None:
    state = {name: Foreign(value) for name, value in stored("state/").items()}
    net = network()
    net.load_state_dict(state)
    assert (net["linear"].weight.numpy() == STORED["state/linear.weight"].T).all()


def test_what_does_not_fit_is_listed() -> None:
    state = stored("state/")
    del state["lstm.bias_hh_l1_reverse"]
    state["norm.weight"] = np.ones(5)
    state["more"] = np.ones(1)
    with pytest.raises(lp.LimpideError) as caught:
        network().load_state_dict(state, layout="torch")
    text = str(caught.value)
    for line in ["wrong shape norm.weight: (5,) given, (4,) expected", "missing lstm.bias_hh_l1_reverse"]:
        assert line in text
    assert "unexpected more" in text and "nothing was loaded" in text
