"""Groups of parameters with settings of their own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide import nn, optim


def pair() -> tuple[Any, Any]:
    return lp.parameter([1.0, 2.0], name="a"), lp.parameter([3.0], name="b")


def test_each_group_moves_by_its_own_settings() -> None:
    a, b = pair()
    groups = [{"params": [a], "lr": 0.5}, {"params": b, "weight_decay": 0.25, "momentum": 0.0}]
    optimizer = optim.SGD(groups, lr=0.125, momentum=0.5)

    @lp.compile
    def step() -> None:
        optimizer.minimize(lp.sum(a) + lp.sum(b))

    step()
    step()
    np.testing.assert_array_equal(a.numpy(), [1 - 0.5 - 0.75, 2 - 0.5 - 0.75])
    value = 3.0
    for _ in range(2):
        value -= 0.125 * (1 + 0.25 * value)
    np.testing.assert_array_equal(b.numpy(), np.float32([value]))
    assert list(optimizer.state_dict()) == ["lr", "lr_2", "a.momentum"]
    assert repr(optimizer) == "SGD(lr=0.5, lr=0.125)"


def test_a_group_is_a_mapping_of_its_settings() -> None:
    a, b = pair()
    optimizer = optim.Adam([{"params": [a], "lr": 0.5}, {"params": [b]}], lr=0.25)
    first, second = optimizer.param_groups
    assert dict(first) == {
        "params": [a],
        "lr": 0.5,
        "betas": (0.9, 0.999),
        "eps": 1e-8,
        "weight_decay": 0.0,
        "amsgrad": False,
    }
    assert len(first) == 6 and optimizer.lr == 0.5
    for group in optimizer.param_groups:
        group["lr"] *= 0.5
    assert (first["lr"], second["lr"]) == (0.25, 0.125)
    with pytest.raises(lp.LimpideError, match="'eps' cannot be changed: it stands in compiled code"):
        first["eps"] = 1.0
    with pytest.raises(lp.LimpideError, match="cannot be deleted"):
        del first["lr"]


def test_setting_the_rate_keeps_the_ratios() -> None:
    a, b = pair()
    optimizer = optim.SGD([{"params": [a]}, {"params": [b], "lr": 0.05}], lr=0.5)
    optimizer.lr = 0.0
    optimizer.lr = 0.1
    assert [g["lr"] for g in optimizer.param_groups] == pytest.approx([0.1, 0.01])


def test_a_group_that_comes_later() -> None:
    a, b = pair()
    optimizer = optim.NAdam([a], lr=0.5)
    optimizer.add_param_group({"params": [b], "lr": 0.125})
    assert optimizer.parameters == [a, b]
    assert [*optimizer.state_dict()][:5] == ["lr", "lr_2", "step", "momentum_product", "momentum_product_2"]
    optimizer.minimize(lp.sum(a) + lp.sum(b))
    again = optim.NAdam([{"params": [a]}, {"params": [b]}])
    again.load_state_dict(optimizer.state_dict())
    assert [g["lr"] for g in again.param_groups] == [0.5, 0.125]
    with pytest.raises(lp.LimpideError, match="'a' is given twice"):
        optimizer.add_param_group({"params": [a]})


def test_a_parameter_outside_of_the_groups_moves_with_the_first() -> None:
    a, b = pair()
    optimizer = optim.SGD([{"params": [a], "lr": 0.5}])
    optimizer.minimize(lp.sum(a) + lp.sum(b), parameters=[b])
    assert float(b[0]) == 2.5 and float(a[0]) == 1.0


def test_fit_trains_groups() -> None:
    x = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    net = nn.Sequential(nn.Linear(3, 4, seed=0), nn.Linear(4, 2, seed=1))
    before = net.state_dict()
    groups = [{"params": net[0].parameters(), "lr": 0.0}, {"params": net[1].parameters()}]
    net.compile(optimizer=optim.Adam(groups, lr=0.1), loss="mse")
    net.fit(x, x[:, :2], epochs=2, verbose=0)
    moved = {name for name, value in net.state_dict().items() if (value != before[name]).any()}
    assert moved == {name for name in before if name in dict(net.named_parameters()) and "1." in name}


def test_errors() -> None:
    a, _ = pair()
    with pytest.raises(lp.LimpideError, match="there is no setting 'weigth_decay'") as caught:
        optim.SGD([{"params": [a], "weigth_decay": 0.1}])
    assert "did you mean 'weight_decay'?" in str(caught.value)
    with pytest.raises(lp.LimpideError, match="a group is a dict with 'params'"):
        optim.SGD([{"lr": 0.1}])
    with pytest.raises(lp.LimpideError, match="a group is a dict with 'params'"):
        optim.SGD([{"params": [a]}, a])  # type: ignore[list-item]
    with pytest.raises(lp.LimpideError, match="should be the parameters"):
        optim.SGD(optim.schedules.cosine(0.1, 10))  # type: ignore[arg-type]
