"""Norms against NumPy written from their formulas; running statistics; errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide import nn, optim
from nn.check import check_layer
from ops.check import configured, devices

RNG = np.random.default_rng(0)
EPS = 1e-5


def normal(*shape: int) -> Any:
    return RNG.normal(size=shape) * 2 + 1


def standard(x: Any, axes: tuple[int, ...]) -> Any:
    return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + EPS)


def along(values: Any, rank: int, axis: int = 1) -> Any:
    return values.reshape([-1 if a == axis % rank else 1 for a in range(rank)])


def randomised(layer: nn.Module) -> nn.Module:
    """Weights, biases and running statistics that are not 1 and 0."""
    for name, p in layer.named_state():
        if p.dtype.kind == "f":
            p.assign(RNG.uniform(0.5, 2, p.shape) if "bias" not in name else RNG.normal(size=p.shape))
    return layer


BATCH: dict[str, tuple[Any, tuple[int, ...], int]] = {
    "1d": (nn.BatchNorm1d(3), (5, 3), 1),
    "1d sequence": (nn.BatchNorm1d(3), (4, 3, 6), 1),
    "2d": (nn.BatchNorm2d(3), (4, 3, 5, 2), 1),
    "2d last": (nn.BatchNorm2d(3, layout="NHWC"), (4, 5, 2, 3), -1),
    "3d": (nn.BatchNorm3d(2), (3, 2, 2, 3, 2), 1),
    "plain": (nn.BatchNorm2d(3, affine=False), (4, 3, 5, 2), 1),
}


@pytest.mark.parametrize("case", BATCH)
@pytest.mark.parametrize("training", [True, False])
def test_batch_norm(case: str, training: bool) -> None:
    layer, shape, channel = BATCH[case]
    randomised(layer.train(training).to("float64"))
    mean, var = layer.running_mean.numpy(), layer.running_var.numpy()
    axes = tuple(a for a in range(len(shape)) if a != channel % len(shape))

    def reference(x: Any) -> Any:
        rank = x.ndim
        if training:
            y = standard(x, axes)
        else:
            y = (x - along(mean, rank, channel)) / np.sqrt(along(var, rank, channel) + EPS)
        if not layer.affine:
            return y
        return y * along(layer.weight.numpy(), rank, channel) + along(layer.bias.numpy(), rank, channel)

    check_layer(layer, reference, normal(*shape))


@pytest.mark.parametrize("momentum", [0.1, 0.3, None])
@pytest.mark.parametrize("device", ["eager", *devices()])
def test_running_statistics(momentum: float | None, device: str) -> None:
    layer = nn.BatchNorm2d(3, momentum=momentum).to("float64")
    mean, var = np.zeros(3), np.ones(3)
    call: Any = layer if device == "eager" else lp.compile(layer.forward)
    with configured(device="numpy" if device == "eager" else device):
        for step in range(1, 4):
            x = normal(4, 3, 2, 2)
            call(x)
            share = 1 / step if momentum is None else momentum
            mean = (1 - share) * mean + share * x.mean((0, 2, 3))
            var = (1 - share) * var + share * x.var((0, 2, 3), ddof=1)
    np.testing.assert_allclose(layer.running_mean.numpy(), mean, rtol=1e-12)
    np.testing.assert_allclose(layer.running_var.numpy(), var, rtol=1e-12)
    assert int(layer.num_batches_tracked) == 3


def test_modes_of_a_compiled_network() -> None:
    """A compiled function follows train() and eval(), and comes back to what it compiled before."""
    layer = nn.BatchNorm1d(2)
    f = lp.compile(layer.forward)
    x = normal(8, 2).astype(np.float32)
    trained = f(x).numpy()
    layer.eval()
    running = layer.running_mean.numpy()
    still = f(x).numpy()
    assert (running == layer.running_mean.numpy()).all() and not np.allclose(trained, still)
    np.testing.assert_allclose(still, layer(x).numpy(), rtol=1e-5)
    layer.train()
    np.testing.assert_array_equal(f(x).numpy(), trained)
    assert len(f.programs()) == 2


def test_batch_norm_in_fit_and_scan() -> None:
    x, y = normal(64, 3).astype(np.float32), RNG.integers(0, 2, 64)
    net = nn.Sequential(nn.BatchNorm1d(3), nn.Linear(3, 2, seed=0))
    net.compile(optimizer=optim.SGD(lr=0.1), loss="cross_entropy")
    net.fit(x, y, batch_size=16, epochs=3, verbose=0, shuffle=False)
    mean = np.zeros(3)
    for _ in range(3):
        for batch in x.reshape(4, 16, 3):
            mean = 0.9 * mean + 0.1 * batch.mean(0)
    np.testing.assert_allclose(net[0].running_mean.numpy(), mean, rtol=1e-4)
    assert int(net[0].num_batches_tracked) == 12
    counted = net[0].running_mean.numpy()
    net.evaluate(x, y)
    net.predict(x)
    assert (net[0].running_mean.numpy() == counted).all()


def test_batch_norm_without_statistics() -> None:
    layer = nn.BatchNorm1d(2, track_running_stats=False).eval()
    x = normal(5, 2)
    np.testing.assert_allclose(layer(x).numpy(), standard(x, (0,)), rtol=1e-6)
    assert list(layer.state_dict()) == ["weight", "bias"]


def test_a_formula_in_training_mode() -> None:
    layer, x = nn.BatchNorm1d(2), lp.input("x", (None, 2))
    with pytest.raises(lp.LimpideError, match="changes state at every call") as caught:
        layer(x)
    assert "net.eval() first" in str(caught.value)
    assert lp.function([x], layer.eval()(x))(np.ones((3, 2))).shape == (3, 2)


SAMPLES: dict[str, tuple[Any, tuple[int, ...], Any]] = {
    "layer": (nn.LayerNorm(4), (3, 5, 4), lambda x: standard(x, (2,))),
    "layer of two axes": (nn.LayerNorm((5, 4)), (3, 5, 4), lambda x: standard(x, (1, 2))),
    "layer without bias": (nn.LayerNorm(4, bias=False), (3, 4), lambda x: standard(x, (1,))),
    "rms": (nn.RMSNorm(4, eps=1e-3), (3, 4), lambda x: x / np.sqrt((x**2).mean(-1, keepdims=True) + 1e-3)),
    "rms plain": (nn.RMSNorm(4, affine=False), (3, 4), lambda x: x / np.sqrt((x**2).mean(-1, keepdims=True))),
    "group": (
        nn.GroupNorm(2, 4),
        (3, 4, 5, 2),
        lambda x: standard(x.reshape(3, 2, 2, 5, 2), (2, 3, 4)).reshape(x.shape),
    ),
    "instance 1": (nn.InstanceNorm1d(3, affine=True), (2, 3, 6), lambda x: standard(x, (2,))),
    "instance 2": (nn.InstanceNorm2d(3), (2, 3, 4, 2), lambda x: standard(x, (2, 3))),
    "instance 3": (nn.InstanceNorm3d(2), (2, 2, 3, 2, 2), lambda x: standard(x, (2, 3, 4))),
}


@pytest.mark.parametrize("case", SAMPLES)
def test_norm_of_a_sample(case: str) -> None:
    layer, shape, formula = SAMPLES[case]
    randomised(layer)
    channels = "group" in case or "instance" in case

    def reference(x: Any) -> Any:
        y = formula(x)
        for p, operation in [(layer.weight, np.multiply), (layer.bias, np.add)]:
            if p is not None:
                y = operation(y, along(p.numpy(), x.ndim) if channels else p.numpy())
        return y

    check_layer(layer, reference, normal(*shape))


def test_wrong_shapes() -> None:
    net = nn.Sequential({"body": nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(3))})
    with pytest.raises(lp.LimpideError) as caught:
        net(np.ones((2, 4)))
    text = str(caught.value)
    assert (
        "[BatchNorm1d] the input has shape (2, 4), but (n, channels) or (n, channels, w) with 3 cha" in text
    )
    assert "in layer 'body.1': BatchNorm1d(3)" in text
    for layer, shape, message in [
        (nn.LayerNorm((3, 4)), (2, 4, 3), r"should end in \(3, 4\)"),
        (nn.GroupNorm(2, 4), (2, 3, 3), "4 channels on the second axis"),
        (nn.InstanceNorm2d(4), (2, 4, 3), "4 axes with 4 channels"),
        (nn.BatchNorm2d(4), (2, 3, 5, 4), 'layout="NHWC" and its like'),
    ]:  # fmt: skip
        with pytest.raises(lp.LimpideError, match=message):
            layer(np.ones(shape))
    with pytest.raises(lp.LimpideError, match="4 channels do not go into 3 groups"):
        nn.GroupNorm(3, 4)
    with pytest.raises(lp.LimpideError, match="one number per channel has no variance"):
        nn.BatchNorm1d(2)(np.ones((1, 2)))
    with pytest.raises(lp.LimpideError, match="features is 0, not a positive number"):
        nn.BatchNorm2d(0)


def test_local_response_norm() -> None:
    x = np.random.default_rng(0).normal(size=(2, 7, 3, 2))
    squares = np.pad(x**2, ((0, 0), (2, 2), (0, 0), (0, 0)))
    sums = np.stack([squares[:, c : c + 5].sum(1) for c in range(7)], 1)
    want = x / (2 + 0.3 / 5 * sums) ** 0.6
    assert np.allclose(nn.local_response_norm(x, 5, 0.3, 0.6, 2.0).numpy(), want)
    last = nn.local_response_norm(np.moveaxis(x, 1, -1), 5, 0.3, 0.6, 2.0, layout="NHWC")
    assert np.allclose(last.numpy(), np.moveaxis(want, 1, -1))
