"""Sequential, ModuleList, ModuleDict: names, order, what is found in them."""

from __future__ import annotations

import copy

import numpy as np
import pytest

import limpide as lp
from limpide import nn

X = np.ones((2, 3), np.float32)


def linears(count: int) -> list[nn.Module]:
    return [nn.Linear(3, 3, seed=i) for i in range(count)]


def test_a_sequential_with_names() -> None:
    net = nn.Sequential({"hidden": nn.Linear(3, 4), "act": lp.relu, "out": nn.Linear(4, 2)})
    assert [name for name, _ in net.named_parameters()] == [
        "hidden.weight", "hidden.bias", "out.weight", "out.bias",
    ]  # fmt: skip
    assert net.out is net[2] and net(X).shape == (2, 2) and len(net) == 3
    for name in ("forward", "a.b", "", "_names"):
        with pytest.raises(lp.LimpideError, match="cannot be the name of a module"):
            nn.Sequential({name: nn.ReLU()})


def test_a_sequential_changes_like_a_list() -> None:
    a, b, c, d = linears(4)
    net = nn.Sequential(a, b)
    net.append(c).insert(1, d)
    assert list(net) == [a, d, b, c] and [name for name, _ in net.named_children()] == ["0", "1", "2", "3"]
    assert net.pop(1) is d and list(net) == [a, b, c]
    net[1] = d
    del net[0]
    assert list(net) == [d, c] and list(net[1:]) == [c] and net[-1] is c
    net.extend([a, b])
    assert [p.name for p in net.parameters()][::2] == ["0.weight", "1.weight", "2.weight", "3.weight"]
    with pytest.raises(IndexError, match="there is no item 9 of 4"):
        net[9]


def test_a_slice_shares_its_layers_and_keeps_their_names() -> None:
    net = nn.Sequential({"features": nn.Sequential(*linears(3))})
    part = net.features[1:]
    assert len(part) == 2 and part[0] is net.features[1]
    assert part[0].weight.name == "features.1.weight"
    np.testing.assert_allclose(part(X).numpy(), net.features[2](net.features[1](X)).numpy())


def test_a_module_list_in_a_network() -> None:
    class Residual(nn.Module):
        def __init__(self) -> None:
            self.blocks = nn.ModuleList()
            for layer in linears(2):
                self.blocks.append(layer)

        def forward(self, x):  # type: ignore[no-untyped-def]
            for block in self.blocks:
                x = x + block(x)
            return x

    net = Residual()
    names = [name for name, _ in net.named_parameters()]
    assert names == ["blocks.0.weight", "blocks.0.bias", "blocks.1.weight", "blocks.1.bias"]
    assert [p.name for p in net.parameters()] == names
    h = X + X @ net.blocks[0].weight.numpy()
    np.testing.assert_allclose(net(X).numpy(), h + h @ net.blocks[1].weight.numpy(), rtol=1e-5)
    with pytest.raises(lp.LimpideError, match="item 2 is 7, not a module"):
        net.blocks.append(7)


def test_a_module_dict() -> None:
    heads = nn.ModuleDict({"a": nn.Linear(3, 1)})
    heads["b"] = nn.Linear(3, 2)
    assert list(heads) == heads.keys() == ["a", "b"] and "a" in heads and len(heads) == 2
    assert [m for _, m in heads.items()] == heads.values()
    assert list(heads.state_dict()) == ["a.weight", "a.bias", "b.weight", "b.bias"]
    del heads["a"]
    assert list(heads) == ["b"] and list(heads.state_dict()) == ["b.weight", "b.bias"]
    with pytest.raises(IndexError, match="there is no 'a'; there are b"):
        heads["a"]
    with pytest.raises(lp.LimpideError, match="'c' is 3, not a module"):
        heads["c"] = 3  # type: ignore[assignment]


def test_a_copy_has_state_of_its_own() -> None:
    net = nn.Sequential(nn.Linear(3, 3, seed=0), nn.BatchNorm1d(3))
    other = copy.deepcopy(net)
    before = net(X * [[1], [2]]).numpy()
    other[0].weight.assign(other[0].weight * 2)
    np.testing.assert_array_equal(net(X * [[1], [2]]).numpy(), before)
    assert [name for name, _ in other.named_state()] == [name for name, _ in net.named_state()]
    assert len({id(p.cell) for p in [*net.parameters(), *other.parameters()]}) == 8
