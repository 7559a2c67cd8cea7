"""Exported models agree with onnxruntime, and are as short as the operators of ONNX allow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide import nn, optim
from limpide.errors import ArgumentError
from limpide.graph import Array
from onnx_agree import close, exported, floats, onnx, operators, run

F = floats


def vgg() -> nn.Module:
    layers: list[Any] = []
    for inputs, outputs in ((3, 8), (8, 16)):
        layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU()]
        layers += [nn.Conv2d(outputs, outputs, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(256, 10))


def lenet() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(),
        nn.AvgPool2d(2), nn.Flatten(), nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 10), nn.Softmax(),
    )  # fmt: skip


MODELS: dict[str, tuple[Any, tuple[Array, ...], list[str]]] = {
    "mlp": (
        lambda: nn.Sequential(nn.Linear(4, 3), nn.Sigmoid(), nn.Linear(3, 2), nn.Softmax()),
        (F(5, 4),),
        ["Gemm", "Sigmoid", "Gemm", "Softmax"],
    ),
    "lenet": (
        lenet,
        (F(2, 1, 28, 28),),
        ["Conv", "Tanh", "AveragePool", "Conv", "Tanh", "AveragePool", "Reshape", "Gemm", "Tanh", "Gemm",
         "Softmax"],
    ),
    "vgg": (
        vgg,
        (F(2, 3, 16, 16),),
        ["Conv", "BatchNormalization", "Relu", "Conv", "Relu", "MaxPool"] * 2 + ["Reshape", "Gemm"],
    ),
    "channels last": (
        lambda: nn.Sequential(
            nn.Conv2d(3, 4, 3, padding="same", layout="NHWC"), nn.BatchNorm2d(4, layout="NHWC"),
            nn.LeakyReLU(), nn.MaxPool2d(2, layout="NHWC"), nn.Conv2d(4, 4, 3, groups=4, layout="NHWC"),
        ),
        (F(2, 8, 8, 3),),
        ["Transpose", "Conv", "BatchNormalization", "LeakyRelu", "MaxPool", "Conv", "Transpose"],
    ),
    "sound": (
        lambda: nn.Sequential(
            nn.Conv1d(2, 8, 5, stride=2, dilation=2), nn.GELU(),
            nn.ConvTranspose1d(8, 4, 3, stride=2, output_padding=1), nn.LogSoftmax(),
        ),
        (F(2, 2, 40),),
        ["Conv", "Gelu", "ConvTranspose", "LogSoftmax"],
    ),
    "volume": (
        lambda: nn.Sequential(nn.Conv3d(1, 2, 2), nn.Hardswish(), nn.MaxPool3d(2)),
        (F(2, 1, 5, 5, 5),),
        ["Conv", "HardSwish", "MaxPool"],
    ),
    "layer norm": (lambda: nn.LayerNorm((3, 4)), (F(2, 3, 4),), ["LayerNormalization"]),
    "group norm": (lambda: nn.GroupNorm(2, 4), (F(2, 4, 5, 5),), ["GroupNormalization"]),
    "instance norm": (
        lambda: nn.InstanceNorm2d(3, affine=True), (F(2, 3, 5, 5),), ["InstanceNormalization"]
    ),
    "batch norm": (lambda: nn.BatchNorm1d(4, affine=False), (F(6, 4, 3),), ["BatchNormalization"]),
    "mean": (
        lambda: nn.Sequential(nn.GlobalAvgPool2d(), nn.Softsign()), (F(2, 3, 5, 5),),
        ["ReduceMean", "Softsign"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_models(name: str) -> None:
    make, arrays, expected = MODELS[name]
    model = make()
    for path, state in model.named_state():
        if path.endswith(("running_mean", "running_var")):
            state.assign(np.abs(F(*state.shape)) + 0.5)
    assert operators(exported(model, *arrays)) == expected


ACTIVATIONS: dict[str, tuple[Any, list[str] | None]] = {
    "gelu": (nn.GELU(), ["Gelu"]),
    "gelu tanh": (nn.GELU(approximate=True), None),
    "elu": (nn.ELU(0.5), ["Elu"]),
    "celu": (nn.CELU(0.7), None),
    "selu": (nn.SELU(), ["Selu"]),
    "silu": (nn.SiLU(), ["Sigmoid", "Mul"]),
    "mish": (nn.Mish(), ["Mish"]),
    "hardsigmoid": (nn.Hardsigmoid(), ["HardSigmoid"]),
    "hardtanh": (nn.Hardtanh(), ["Clip"]),
    "relu6": (nn.ReLU6(), ["Relu", "Min"]),
    "softplus": (nn.Softplus(), ["Softplus"]),
    "softmin": (nn.Softmin(), ["Neg", "Softmax"]),
    "log sigmoid": (nn.LogSigmoid(), None),
    "tanhshrink": (nn.Tanhshrink(), ["Tanh", "Sub"]),
    "softshrink": (nn.Softshrink(), None),
    "hardshrink": (nn.Hardshrink(), None),
    "prelu": (nn.PReLU(), ["PRelu"]),
    "threshold": (nn.Threshold(0.1, 0.2), None),
    "glu": (nn.GLU(), None),
    "rms norm": (nn.RMSNorm(4), None),
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations(name: str) -> None:
    model, expected = ACTIVATIONS[name]
    made = exported(model, F(3, 4) * 3)
    assert expected is None or operators(made) == expected


def test_attention() -> None:
    exported(nn.MultiheadAttention(8, 2, batch_first=True), *[F(2, 5, 8, seed=i) for i in range(3)])


def test_transformer_of_any_length() -> None:
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    made = exported(nn.TransformerEncoder(layer, 2), F(2, 5, 8), inputs=("n", "t", 8))
    assert operators(made).count("LayerNormalization") == 4
    assert operators(made).count("Softmax") == 2
    assert run(made, F(1, 9, 8))[0].shape == (1, 9, 8)


@pytest.mark.parametrize("kind", [nn.RNN, nn.LSTM, nn.GRU])
def test_recurrent(kind: Any) -> None:
    made = exported(kind(3, 4), F(7, 2, 3), inputs=("time", "batch", 3))
    assert operators(made).count("Scan") == 1
    assert run(made, F(9, 1, 3))[0].shape == (9, 1, 4)
    made = exported(kind(3, 4, layers=2, bidirectional=True, batch_first=True), F(2, 7, 3))
    assert operators(made).count("Scan") == 4


def test_integers_in() -> None:
    model = nn.Sequential(nn.Embedding(10, 4), nn.Flatten(), nn.Linear(12, 3))
    tokens = np.array([[1, 2, 3], [4, 5, 9]])
    made = exported(model, tokens, inputs=lp.input("tokens", (None, 3), "int64"))
    assert operators(made) == ["Gather", "Reshape", "Gemm"]
    assert [i.name for i in made.graph.input] == ["tokens"]


def test_names_and_sizes() -> None:
    model = nn.Sequential(nn.Linear(4, 3), nn.ReLU())
    made = lp.onnx.export(model)
    shapes = {
        value.name: [d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim]
        for value in (*made.graph.input, *made.graph.output)
    }
    assert shapes == {"x": ["batch", 4], "output": ["batch", 3]}
    assert {i.name for i in made.graph.initializer} == {"0.weight", "0.bias"}
    assert (made.producer_name, made.graph.name) == ("limpide", "Sequential")
    assert run(made, F(1, 4))[0].shape == (1, 3)
    assert run(made, F(9, 4))[0].shape == (9, 3)


class Two(nn.Module):
    def __init__(self) -> None:
        self.inner = nn.Linear(3, 2)

    def forward(self, left: Any, right: Any) -> Any:
        return {"sum": self.inner(left) + right, "same": right}


def test_several_inputs_and_outputs() -> None:
    model = Two()
    made = lp.onnx.export(model, inputs={"left": (None, 3), "right": (None, 2)}, name="two")
    assert [o.name for o in made.graph.output] == ["sum", "same"]
    left, right = F(4, 3), F(4, 2)
    total, same = run(made, left, right)
    close(total, model(left, right)["sum"].numpy())
    close(same, right)


def test_functions() -> None:
    x = lp.input("x", (None, 3))
    w = lp.parameter(F(3, 2), name="w")
    made = lp.onnx.export(lp.function([x], {"y": x @ w}))
    close(run(made, F(5, 3))[0], F(5, 3) @ w.numpy())
    assert [o.name for o in made.graph.output] == ["y"]

    @lp.compile
    def double(x: Any) -> Any:
        return x * 2, x

    twice, once = run(lp.onnx.export(double, inputs=[F(2, 2)]), F(2, 2))
    close(twice, F(2, 2) * 2)
    close(once, F(2, 2))


def test_a_loop_without_sequences() -> None:
    x = lp.input("x", (3,))

    def step(carry: Any, _: Any) -> Any:
        return carry * 2, carry

    last, each = lp.scan(step, x, length=4)
    made = lp.onnx.export(lp.function([x], (last, each)))
    assert "Loop" in operators(made)
    got = run(made, np.float32([1, 2, 3]))
    close(got[0], np.float32([16, 32, 48]))
    close(got[1], np.float32([1, 2, 4, 8])[:, None] * np.float32([1, 2, 3]))


def test_a_textbook_softmax_is_one_operator() -> None:
    x = lp.input("x", (None, 4))
    e = np.exp(x)
    made = lp.onnx.export(lp.function([x], e / np.sum(e, axis=1, keepdims=True)))
    assert operators(made) == ["Softmax"]


def test_a_derivative() -> None:
    """The gradient of a convolution's input and weights are convolutions of ONNX, too."""
    x, w = lp.input("x", (2, 3, 9, 9)), lp.parameter(F(4, 3, 3, 3), name="w")
    y = (lp.conv2d(x, w, stride=2, padding=1) ** 2).sum()
    f = lp.function([x], lp.grad(y, [x, w]))
    for got, want in zip(run(lp.onnx.export(f), F(2, 3, 9, 9)), f(F(2, 3, 9, 9)), strict=True):
        close(got, want)


def test_files(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Linear(4, 3), nn.ReLU())
    model.train()
    lp.onnx.export(model, tmp_path / "new" / "net.onnx", inputs=F(2, 4))
    assert model.training
    read = onnx.load(tmp_path / "new" / "net.onnx")
    assert [d.dim_value for d in read.graph.input[0].type.tensor_type.shape.dim] == [2, 4]
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["net.onnx"]


@pytest.mark.parametrize("dtype", ["float64", "bfloat16"])
def test_other_floats(dtype: str) -> None:
    model = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2)).to(dtype)
    x = F(5, 4).astype("float64" if dtype == "float64" else "float32")
    made = exported(model, x, inputs=lp.input("x", (None, 4), x.dtype))
    net = lp.onnx.load(made)
    assert [str(p.dtype) for p in net.parameters()][:1] == [str(p.dtype) for p in model.parameters()][:1]
    close(net(x).numpy(), model(x).numpy())


def test_sizes_that_vary_in_all_that_is_built_from_them() -> None:
    t = lp.input("t", (None, "columns"))
    results = [
        lp.sort(t, axis=1), t[:, ::-1], t[1:, :-1], lp.cumsum(t, axis=1), lp.pad(t, ((1, 2), (0, 3))),
        lp.concatenate([t, t], 1), t.T @ t, lp.einsum("ij,kj->ik", t, t), lp.tile(t, (2, 1)),
        lp.stack([t, t], 1), t.reshape(-1), lp.one_hot(lp.argmax(t, axis=1), 5), lp.std(t, axis=0),
        lp.logsumexp(t, axis=1), lp.arange(t.shape[0]), lp.zeros_like(t), lp.eye(t.shape[0]), t.mean(),
    ]  # fmt: skip
    f = lp.function([t], results)
    made = lp.onnx.export(f)
    net = lp.onnx.load(made)
    for x in (F(3, 4), F(7, 2)):
        for want, theirs, ours in zip(f(x), run(made, x), net(x), strict=True):
            close(theirs, want)
            close(ours.numpy(), want)


def test_the_word_of_a_model(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Linear(4, 3))
    model.export(tmp_path / "net.onnx")
    model.export(str(tmp_path / "other.onnx"), F(2, 4))
    assert len(onnx.load(str(tmp_path / "net.onnx")).graph.node) == 1
    close(lp.onnx.load(tmp_path / "other.onnx")(F(2, 4)).numpy(), model(F(2, 4)).numpy())


def test_what_cannot_be_exported() -> None:
    with pytest.raises(ArgumentError, match="neither a model nor a compiled function"):
        lp.onnx.export(3)
    with pytest.raises(ArgumentError, match="shape of the input of this ReLU is not known"):
        lp.onnx.export(nn.ReLU())
    x, w = lp.input("x", ()), lp.parameter(1.0, name="w")
    with pytest.raises(ArgumentError, match=r"'step' changes state \('w'\)"):
        lp.onnx.export(lp.function([x], x * w, updates=[(w, w * 2)], name="step"))
    image = lp.input("image", (1, 1, 4, 4))
    picked = lp.grad((lp.max_pool2d(image, 2) ** 2).sum(), image)
    with pytest.raises(ArgumentError, match="'max_pool_.*' cannot be exported: it is part of a gradient"):
        lp.onnx.export(lp.function([image], picked))
    with pytest.raises(ArgumentError, match="cannot be written"):
        (blocked := Path("/dev/null/net.onnx")) and lp.onnx.export(nn.Linear(2, 2), blocked)


def test_trained_models_go_out_as_they_are() -> None:
    model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 2))
    model.compile(optimizer=optim.SGD(lr=0.1), loss="cross_entropy")
    model.fit(F(40, 4), np.arange(40) % 2, epochs=2, verbose=0)
    made = lp.onnx.export(model)
    assert "Dropout" not in operators(made)
    close(run(made, F(5, 4, seed=1))[0], model.predict(F(5, 4, seed=1)))
