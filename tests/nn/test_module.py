"""Module: what is found in it, modes, state, printing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide import graph, nn


class Block(nn.Module):
    def __init__(self, size: int):
        self.inner = nn.Linear(size, size, seed=1)
        self.scale = lp.parameter(np.ones(size, np.float32), name="anything")
        self.seen = nn.Buffer(np.zeros((), np.float32))

    def forward(self, x: Any) -> Any:
        return self.inner(x) * self.scale


class Net(nn.Module):
    def __init__(self) -> None:
        self.blocks = [Block(3), Block(3)]
        self.heads = {"a": nn.Linear(3, 2, seed=2)}
        self.note = "not a parameter"

    def forward(self, x: Any) -> Any:
        for block in self.blocks:
            x = block(x)
        return self.heads["a"](x)


PATHS = [
    *(f"blocks.{i}.{name}" for i in (0, 1) for name in ("inner.weight", "inner.bias", "scale")),
    "heads.a.weight",
    "heads.a.bias",
]


def test_parameters_are_found_with_their_paths() -> None:
    net = Net()
    assert [name for name, _ in net.named_parameters()] == PATHS
    assert [p.name for p in net.parameters()] == PATHS
    assert [name for name, _ in net.named_state()] == [
        *PATHS[:3],
        "blocks.0.seen",
        *PATHS[3:6],
        "blocks.1.seen",
        *PATHS[6:],
    ]


def test_a_shared_parameter_is_found_once() -> None:
    net = nn.Sequential(nn.Linear(3, 3, bias=False), nn.Linear(3, 3, bias=False))
    net[1].weight = net[0].weight
    assert [name for name, _ in net.named_parameters()] == ["0.weight"]


def test_modules_and_modes() -> None:
    net = Net()
    paths = [path for path, _ in net.named_modules()]
    assert paths == ["", "blocks.0", "blocks.0.inner", "blocks.1", "blocks.1.inner", "heads.a"]
    assert net.training and net.eval() is net
    assert not any(m.training for m in net.modules())
    net.train()
    assert all(m.training for m in net.modules())


def test_eager_traced_and_symbolic_agree() -> None:
    net, x = Net(), np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    eager = net(x).numpy()
    np.testing.assert_allclose(lp.compile(net.forward)(x).numpy(), eager, rtol=1e-6)
    symbol = lp.input("x", (None, 3))
    np.testing.assert_allclose(lp.function([symbol], net(symbol))(x), eager, rtol=1e-6)


def test_state_goes_out_and_in() -> None:
    net, other = Net(), Net()
    net.blocks[0].inner.weight.assign(np.full((3, 3), 7))
    state = net.state_dict()
    other.load_state_dict(state)
    assert all((other.state_dict()[name] == value).all() for name, value in state.items())
    state["heads.a.bias"][:] = 9  # a copy
    assert net.heads["a"].bias.numpy().tolist() == [0, 0]


def test_state_that_does_not_fit_is_listed_and_nothing_is_loaded() -> None:
    net = Net()
    state = {name: value + 1 for name, value in net.state_dict().items()}
    del state["heads.a.bias"]
    state["heads.b.bias"] = np.zeros(2)
    state["blocks.0.scale"] = np.zeros(4)
    before = net.state_dict()
    with pytest.raises(lp.LimpideError) as caught:
        net.load_state_dict(state)
    text = str(caught.value)
    assert "wrong shape blocks.0.scale: (4,) given, (3,) expected" in text
    assert "missing heads.a.bias" in text and "unexpected heads.b.bias" in text
    assert all((before[name] == value).all() for name, value in net.state_dict().items())


def test_loading_may_pass_over_names() -> None:
    net = Net()
    net.load_state_dict({"heads.a.bias": [1.0, 2.0], "other": 3.0}, strict=False)
    assert net.heads["a"].bias.numpy().tolist() == [1, 2]
    assert net.heads["a"].bias.dtype == np.float32


def test_without_forward() -> None:
    class Empty(nn.Module):
        pass

    with pytest.raises(lp.LimpideError, match="this module has no forward") as caught:
        Empty()(1.0)
    assert caught.value.op == "Empty"


def test_repr() -> None:
    assert repr(nn.Sequential(nn.Linear(3, 2, bias=False), nn.LeakyReLU(0.2))) == (
        "Sequential(\n  (0): Linear(3, 2, bias=False)\n  (1): LeakyReLU(negative_slope=0.2)\n)"
    )


def test_summary(capsys: pytest.CaptureFixture[str]) -> None:
    nn.Sequential(nn.Flatten(), nn.Linear(784, 10), nn.Softmax()).summary((None, 28, 28))
    shown = capsys.readouterr().out
    assert shown.splitlines()[0] == "Sequential"
    rows = [line.split() for line in shown.splitlines()]
    assert ["0", "Flatten()", "(None,", "784)", "0", "0", "0"] in rows
    work = f"{2 * 784 * 10 + 10:,}"
    assert ["1", "Linear(784,", "10)", "(None,", "10)", "7,850", "7,850", work] in rows
    assert rows[-2][:3] == ["total", "7,850", "7,850"]
    outputs = 4 * (784 + 10 + 10)
    assert shown.splitlines()[-1] == f"parameters 30.7 KiB, outputs {outputs / 1024:.1f} KiB per sample"


def test_summary_counts_what_is_not_trained_and_shared(capsys: pytest.CaptureFixture[str]) -> None:
    net = Net()
    net.blocks[1].inner.weight = net.blocks[0].inner.weight
    net.heads["a"].requires_grad_(False)
    net.summary()
    shown = capsys.readouterr().out
    total = 9 + 2 * (3 + 3 + 1) + 8
    assert f"total {total} {total - 2 - 8}" in " ".join(shown.split())


class Twice(nn.Module):
    """Computes before and after what it calls."""

    def __init__(self) -> None:
        self.inner = nn.Linear(4, 4, bias=False)

    def forward(self, x: Any) -> Any:
        return self.inner(lp.exp(x) * x) + 1.0


def test_summary_counts_operations_where_they_are_made(capsys: pytest.CaptureFixture[str]) -> None:
    nn.Sequential(Twice()).summary((None, 4))
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert rows[3][:1] == ["0.inner"] and rows[3][-1] == str(2 * 4 * 4)
    assert rows[4] == ["between", "the", "layers", "0", "0", str(3 * 4)]
    assert rows[6][-1] == str(2 * 4 * 4 + 3 * 4)
    nn.Sequential(nn.Conv1d(4, 2, 3, bias=False)).summary((5, 4, 9))
    assert f"{2 * 5 * 2 * 7 * 4 * 3:,}" in capsys.readouterr().out
    nn.LSTM(3, 4, bias=False).summary((7, None, 3))
    product, gates, state = 2 * 4 * 16, 16, 4 * (3 + 2 + 3 + 1)  # of one step; 4 numbers in a state
    assert f"{7 * (2 * 3 * 16 + product + gates + state):,}" in capsys.readouterr().out


def test_summary_knows_the_input_of_linear(capsys: pytest.CaptureFixture[str]) -> None:
    nn.Sequential(nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 2)).summary()
    assert "(None, 2)" in capsys.readouterr().out


# ------------------------------------------------------------------------------------------- buffers
def test_buffers_are_state_and_no_parameters() -> None:
    net = Net()
    assert [name for name, _ in net.named_buffers()] == ["blocks.0.seen", "blocks.1.seen"]
    assert [b.name for b in net.buffers()] == ["blocks.0.seen", "blocks.1.seen"]
    net.register_buffer("scale", np.ones(3))
    assert "scale" in net.state_dict() and net.scale.trainable is False
    net.requires_grad_(False).requires_grad_()
    assert not any(b.trainable for b in net.buffers()) and all(p.trainable for p in net.parameters())


# ------------------------------------------------------------------------------------------ freezing
def trained(step: Any, net: nn.Module) -> set[str]:
    """The paths of what a step changes."""
    before = net.state_dict()
    step(np.ones((4, 3), np.float32), np.array([0, 1, 0, 1]))
    return {name for name, value in net.state_dict().items() if (value != before[name]).any()}


@pytest.mark.parametrize("way", ["eager", "compiled", "fit"])
def test_frozen_parameters_stay(way: str) -> None:
    net = nn.Sequential(nn.Linear(3, 4, seed=0), nn.Tanh(), nn.Linear(4, 2, seed=1))
    optimizer = lp.optim.Adam(net.parameters(), lr=0.1)
    net.compile(optimizer=lp.optim.Adam(lr=0.1), loss="cross_entropy")

    def eager(x: Any, y: Any) -> None:
        optimizer.zero_grad()
        nn.cross_entropy(net(x), y).backward()
        optimizer.step()

    @lp.compile
    def compiled(x: Any, y: Any) -> None:
        optimizer.minimize(nn.cross_entropy(net(x), y))

    step = {"eager": eager, "compiled": compiled, "fit": lambda x, y: net.fit(x, y, verbose=0)}[way]
    everything = {"0.weight", "0.bias", "2.weight", "2.bias"}
    assert trained(step, net) == everything
    net[0].requires_grad_(False)
    assert trained(step, net) == {"2.weight", "2.bias"}
    if way == "eager":
        assert net[0].weight.grad is None
    net[0].requires_grad_(True)
    assert trained(step, net) == everything


def test_a_parameter_is_frozen() -> None:
    """In PyTorch's ways: for one parameter, and for all in a loop."""
    net = nn.Sequential(nn.Linear(3, 4, seed=0), nn.Tanh(), nn.Linear(4, 2, seed=1))

    @lp.compile
    def step(x: Any, y: Any) -> None:
        lp.optim.SGD(lr=0.1).minimize(nn.cross_entropy(net(x), y))

    net[0].weight.requires_grad = False
    assert trained(step, net) == {"0.bias", "2.weight", "2.bias"} and not net[0].weight.requires_grad
    for p in net[2].parameters():
        p.requires_grad_(False)
    assert trained(step, net) == {"0.bias"}
    for p in net.parameters():
        p.trainable = True
    assert trained(step, net) == {"0.weight", "0.bias", "2.weight", "2.bias"}


def everything(program: Any) -> list[Any]:
    return graph.walk([*program.roots, *(node for _, node in program.updates)])


def test_the_gradient_of_frozen_parameters_is_not_computed() -> None:
    net = nn.Sequential(nn.Linear(3, 4, seed=0), nn.Tanh(), nn.Linear(4, 2, seed=1))

    @lp.compile
    def step(x: Any, y: Any) -> None:
        lp.optim.SGD(lr=0.1).minimize(nn.cross_entropy(net(x), y))

    x, y = np.ones((4, 3), np.float32), np.array([0, 1, 0, 1])
    whole = len(everything(step.program(x, y)))
    net[0].requires_grad_(False)
    assert len(everything(step.program(x, y))) < whole - 4


# -------------------------------------------------------------------------------------------- dtypes
def test_to_another_dtype() -> None:
    net = Net()
    net.blocks[1].inner.weight = net.blocks[0].inner.weight
    f = lp.compile(net.forward)
    x = np.ones((2, 3), np.float32)
    single = f(x)
    assert net.to("float64") is net
    assert {p.dtype for _, p in net.named_state()} == {np.dtype("float64")}
    assert net.blocks[1].inner.weight.cell is net.blocks[0].inner.weight.cell
    assert f(x).dtype == np.float64 and single.dtype == np.float32
    np.testing.assert_allclose(f(x).numpy(), single.numpy(), rtol=1e-6)
    with pytest.raises(lp.LimpideError, match="networks are computed in floats, not in int32"):
        net.to("int32")


@pytest.mark.parametrize("make", [nn.RMSNorm, nn.LayerNorm, nn.BatchNorm1d, lambda n: nn.LSTMCell(n, 3)])
def test_half_of_the_bytes(make: Any) -> None:
    layer = make(4)
    state = {name: value for name, value in layer.state_dict().items() if "num_" not in name}
    layer.to("bfloat16")
    assert {p.dtype for p in layer.parameters()} == {lp.bfloat16}
    x = lp.tensor(np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)).astype("bfloat16")
    y = layer(x)
    assert (y[0] if isinstance(y, tuple) else y).dtype == lp.bfloat16
    layer.to("float32")
    for name, value in layer.state_dict().items():
        if name in state and "running" not in name:
            np.testing.assert_allclose(value, state[name], rtol=1e-2)


# ------------------------------------------------------------------------------------------ walking
def test_apply_and_submodules() -> None:
    net = Net()
    seen: list[nn.Module] = []
    assert net.apply(seen.append) is net
    assert seen[-1] is net and set(seen) == set(net.modules()) and len(seen) == 6
    assert net.get_submodule("blocks.0.inner") is net.blocks[0].inner
    with pytest.raises(lp.LimpideError, match="there is no module 'blocks.2'"):
        net.get_submodule("blocks.2")
    assert net.children() == [*net.blocks, net.heads["a"]]
    assert [name for name, _ in net.named_children()] == ["blocks.0", "blocks.1", "heads.a"]


def test_errors_tell_the_layer() -> None:
    net = Net()
    net.blocks[1].inner = nn.Linear(5, 5)
    with pytest.raises(lp.LimpideError) as caught:
        net(np.ones((2, 3)))
    assert "\n  in layer 'blocks.1.inner': Linear(5, 5)\n" in str(caught.value)
    with pytest.raises(lp.LimpideError) as alone:
        nn.Linear(5, 5)(np.ones((2, 3)))
    assert "in layer" not in str(alone.value)


# ---------------------------------------------------------------------------------- PyTorch's layout
def test_state_in_the_layout_of_pytorch() -> None:
    net = nn.Sequential(nn.Conv2d(2, 3, 2, layout="NHWC"), nn.Linear(3, 5))
    state = net.state_dict(layout="torch")
    assert state["0.weight"].shape == (3, 2, 2, 2) and state["1.weight"].shape == (5, 3)
    assert (state["1.weight"] == net[1].weight.numpy().T).all()
    assert (state["0.weight"] == net[0].weight.numpy().transpose(3, 2, 0, 1)).all()
    other = nn.Sequential(nn.Conv2d(2, 3, 2, layout="NHWC"), nn.Linear(3, 5))
    other.load_state_dict(state, layout="torch")
    assert all((value == net.state_dict()[name]).all() for name, value in other.state_dict().items())
    with pytest.raises(lp.LimpideError) as caught:
        nn.Linear(3, 5).load_state_dict({"weight": np.ones((5, 3)), "bias": np.ones(5)})
    assert "weight: (5, 3) given, (3, 5) expected" in str(caught.value)
    assert 'layout="torch" takes the arrays of a PyTorch network' in str(caught.value)
    with pytest.raises(lp.LimpideError, match="there is no layout 'tf'"):
        net.state_dict(layout="tf")


# ---------------------------------------------------------------------------------------- formulas
def test_formulas() -> None:
    assert str(nn.Linear(3, 2).formulas()).splitlines() == [
        "y = x @ weight + bias",
        "dL/dx = dL/dy @ weight^T",
        "dL/dweight = x^T @ dL/dy",
        "dL/dbias = sum(dL/dy, axis=0)",
    ]
    net = nn.Sequential({"hidden": nn.Linear(3, 4, bias=False), "act": nn.Tanh()})
    assert str(net.formulas((5, 3))).splitlines() == [
        "y = tanh(x @ hidden.weight)",
        "dL/dx = (dL/dy * (1 - tanh(x @ hidden.weight)^2)) @ hidden.weight^T",
        "dL/dhidden.weight = x^T @ (dL/dy * (1 - tanh(x @ hidden.weight)^2))",
    ]
    assert r"\frac{\partial L}{\partial x}" in nn.Tanh().formulas((3,)).latex()
    assert nn.Tanh().formulas((3,))._repr_latex_().startswith("$")


class Product(nn.Module):
    def forward(self, a: Any, b: Any) -> Any:
        return a * b, a


def test_formulas_of_several_inputs_and_of_indices() -> None:
    assert str(Product().formulas((3,), (3,))).splitlines() == [
        "y1 = x1 * x2", "y2 = x1", "dL/dx1 = dL/dy1 * x2", "dL/dx2 = dL/dy1 * x1",
    ]  # fmt: skip
    lines = str(nn.Embedding(5, 3).formulas((4,), dtype="int64"))
    assert lines == "y = weight[x]\ndL/dweight = scatter_add(dL/dy, x)"
    with pytest.raises(lp.LimpideError, match="the shape of the input is not known"):
        nn.Tanh().formulas()
