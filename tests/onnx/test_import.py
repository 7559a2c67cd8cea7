"""Networks that were trained elsewhere: read, run, trained further, exported again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide import nn
from limpide.errors import ArgumentError, DTypeError, ShapeError, SymbolicError
from onnx_agree import body, close, exported, floats, graph, one, onnx, operators, run

MODELS = Path(__file__).parent / "models"
F = floats
helper = onnx.helper


# --------------------------------------------------------------------------------- of other frameworks
@pytest.mark.parametrize("name", ["mobile", "decoder", "tagger", "attention"])
def test_models_of_pytorch(name: str) -> None:
    """Eagerly, in one compiled function, and exported again with a batch of any size."""
    net = lp.onnx.load(MODELS / f"{name}.onnx")
    with np.load(MODELS / f"{name}.npz") as file:
        x, *wanted = (file[key] for key in ("x", *(k for k in file.files if k != "x")))
    results = [net(x), lp.compile(lambda x: net(x))(x)]
    for result in results:
        for got, want in zip(result if isinstance(result, tuple) else (result,), wanted, strict=True):
            close(got.numpy(), want)
    made = lp.onnx.export(net, inputs=lp.input("x", (None, *x.shape[1:]), x.dtype))
    assert len(made.graph.node) < 45
    for got, want in zip(run(made, x), wanted, strict=True):
        close(got, want)


def test_names_of_pytorch_stay() -> None:
    net = lp.onnx.load(MODELS / "tagger.onnx")
    names = dict(net.named_parameters())
    assert names["words.weight"].shape == (11, 5)
    assert "onnx::LSTM_359" in names
    assert (net.inputs, len(net.outputs)) == ({"x": (None, None)}, 2)


def test_a_model_of_pytorch_is_trained_further() -> None:
    net = lp.onnx.load(MODELS / "mobile.onnx")
    assert not net.training
    before = {name: p.numpy() for name, p in net.named_parameters()}
    net.compile(optimizer="adam", loss="cross_entropy")
    x, labels = F(24, 3, 16, 16), np.arange(24) % 4
    losses = net.fit(x, labels, epochs=8, batch_size=8, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    assert all((p.numpy() != before[name]).any() for name, p in net.named_parameters())
    close(run(lp.onnx.export(net), x[:4])[0], net.predict(x[:4]))


# ------------------------------------------------------------------------------------------- round trips
def perceptron() -> nn.Module:
    return nn.Sequential(nn.Linear(4, 3), nn.Sigmoid(), nn.Linear(3, 2), nn.LogSoftmax())


def convolutions() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.LeakyReLU(), nn.MaxPool2d(2),
        nn.Conv2d(4, 4, 3, groups=4), nn.GELU(), nn.AvgPool2d(2), nn.GroupNorm(2, 4), nn.Flatten(),
        nn.Linear(16, 2),
    )  # fmt: skip


def recurrent() -> nn.Module:
    return nn.LSTM(3, 4, bidirectional=True)


ROUND = {
    "perceptron": (perceptron, F(5, 4), (None, 4)),
    "convolutions": (convolutions, F(2, 1, 12, 12), (None, 1, 12, 12)),
    "recurrent": (recurrent, F(5, 2, 3), (5, None, 3)),
    "transformer": (lambda: nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), F(2, 5, 8), (None, 5, 8)),
}


@pytest.mark.parametrize("name", ROUND)
def test_there_and_back(name: str) -> None:
    make, x, shape = ROUND[name]
    model = make()
    made = exported(model, x, inputs=shape)
    net = lp.onnx.load(made)
    again = lp.onnx.export(net)
    for got, want in zip(run(again, x), run(made, x), strict=True):
        close(got, want)
    assert name == "recurrent" or operators(again) == operators(made)


def test_state_and_names() -> None:
    model = convolutions()
    net = lp.onnx.load(lp.onnx.export(model, inputs=(None, 1, 12, 12)))
    own = {n: p for n, p in model.named_state() if "tracked" not in n}
    assert {n for n, _ in net.named_state()} == set(own)
    assert {n for n, _ in net.named_buffers()} == {"1.running_mean", "1.running_var"}
    assert repr(net).startswith("Model('Sequential': 10 operators, x(None, 1, 12, 12) -> output)")
    net.load_state_dict({n: p.numpy() + 1 for n, p in own.items()})
    close(net.get_submodule("0").weight.numpy(), model[0].weight.numpy() + 1)  # type: ignore[attr-defined]


def test_statistics_move_in_training_mode() -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    net = lp.onnx.load(lp.onnx.export(model))
    model.train()
    net.train()
    x = F(6, 3)
    close(net(x).numpy(), model(x).numpy())
    state = dict(net.named_state())
    close(state["1.running_mean"].numpy(), model[1].running_mean.numpy())  # type: ignore[attr-defined]
    net.eval()
    model.eval()
    assert np.abs(net(x).numpy() - model(x).numpy()).max() < 0.1  # the variances differ by n / (n - 1)


def test_dropout_drops_in_training_mode() -> None:
    net = lp.onnx.load(graph([one("Dropout", "x", "ratio")], {"x": [None]}, ratio=np.float32(0.5)))
    assert net(np.ones(100, np.float32)).numpy().min() == 1
    net.train()
    assert set(net(np.ones(100, np.float32)).numpy()) == {0.0, 2.0}


def test_explained_in_the_words_of_the_file() -> None:
    text = str(lp.onnx.load(MODELS / "mobile.onnx").explain(level=1))
    assert "Add_output_0 = stem_stem_2_Clip_output_0 + block_block_6_Conv_output_0" in text
    assert "x int64(4, 4)" in str(lp.onnx.load(MODELS / "tagger.onnx").explain(level=1))


def test_explained_and_summed_up(capsys: pytest.CaptureFixture[str]) -> None:
    net = lp.onnx.load(lp.onnx.export(perceptron()))
    assert "y = " in str(net.formulas())
    net.summary()
    shown = capsys.readouterr().out
    assert "Gemm" in shown
    assert "23" in shown  # parameters


# --------------------------------------------------------------------------------------- what goes in
def test_inputs_by_place_and_name() -> None:
    net = lp.onnx.load(graph([one("Sub", "a", "b")], {"a": [2], "b": [2]}))
    a, b = np.float32([3, 4]), np.float32([1, 1])
    for result in (net(a, b), net(a, b=b), net(b=b, a=a)):
        close(result.numpy(), np.float32([2, 3]))
    with pytest.raises(ArgumentError, match=r"'b' is missing; the inputs are \(a, b\)"):
        net(a)
    with pytest.raises(ArgumentError, match=r"3 inputs are given; the inputs are \(a, b\)"):
        net(a, b, a)


def test_shapes_and_dtypes_are_checked() -> None:
    net = lp.onnx.load(graph([one("Relu", "x")]))
    close(net(np.array([[1, -2, 3]])).numpy(), np.float32([[1, 0, 3]]))
    with pytest.raises(ShapeError, match=r"'x' has shape \(2, 4\), but \(None, 3\) is expected"):
        net(F(2, 4))
    tokens = graph([one("Gather", "w", "i")], {}, w=F(4, 2))
    tokens.graph.input.append(helper.make_tensor_value_info("i", 7, [None]))
    with pytest.raises(DTypeError, match="'i' is int64, not float32"):
        lp.onnx.load(tokens)(F(3))


def test_another_shape_than_the_file_says() -> None:
    made = graph([one("Relu", "x")], {"x": [1, 3]})
    with pytest.raises(ShapeError, match="is expected"):
        lp.onnx.load(made)(F(5, 3))
    net = lp.onnx.load(made, inputs={"x": (None, 3)})
    assert net(F(5, 3)).shape == net.input_shape()[:0] + (5, 3)
    with pytest.raises(ArgumentError, match="'z' is not one of the inputs x"):
        lp.onnx.load(made, inputs={"z": (None, 3)})


def test_float16_is_computed_in_float32() -> None:
    net = lp.onnx.load(graph([one("MatMul", "x", "w")], w=np.ones((3, 2), np.float16)))
    assert dict(net.named_parameters())["w"].dtype == np.float32


def test_weights_beside_the_model(tmp_path: Path) -> None:
    made = lp.onnx.export(perceptron())
    want = run(made, F(2, 4))[0]
    path = str(tmp_path / "net.onnx")
    onnx.save_model(made, path, save_as_external_data=True, location="w.bin", size_threshold=0)
    assert (tmp_path / "w.bin").stat().st_size >= 4 * (4 * 3 + 3 + 3 * 2 + 2)
    close(lp.onnx.load(path)(F(2, 4)).numpy(), want)


def test_bytes_and_paths(tmp_path: Path) -> None:
    made = lp.onnx.export(perceptron(), tmp_path / "net.onnx")
    results = [
        lp.onnx.load(s)(F(2, 4)).numpy() for s in (made, tmp_path / "net.onnx", made.SerializeToString())
    ]
    close(results[0], results[1])
    close(results[0], results[2])


# ------------------------------------------------------------------------------- loops, branches, functions
def doubling(count: int) -> Any:
    """x doubled so many times, every step kept."""
    inner = body(
        [one("Add", "state", "state", outputs=("next",)), one("Identity", "going", outputs=("on",)),
         one("Identity", "next", outputs=("kept",))],
        ["at", "going", "state"], ["on", "next", "kept"],
    )  # fmt: skip
    loop = one("Loop", "count", "", "x", outputs=("y", "each"), body=inner)
    return graph([loop], {"x": [3]}, ["y", "each"], count=np.int64(count))


@pytest.mark.parametrize("count", [3, 20])
def test_loops(count: int) -> None:
    net = lp.onnx.load(doubling(count))
    x = np.float32([1, 2, 3])
    for call in (net, lp.compile(lambda x: net(x))):
        y, each = call(x)
        close(y.numpy(), x * 2.0**count)
        close(each.numpy(), x * np.float32(2.0) ** np.arange(1, count + 1, dtype=np.float32)[:, None])


def test_a_long_loop_is_one_op() -> None:
    net = lp.onnx.load(doubling(20))
    assert (
        operators(lp.onnx.export(net, inputs=(3,))).count("Loop")
        + operators(lp.onnx.export(net, inputs=(3,))).count("Scan")
        == 1
    )


def choice() -> Any:
    then, other = (body([one(op, "x", "x", outputs=("z",))], [], ["z"]) for op in ("Add", "Mul"))
    nodes = [
        one("ReduceSum", "x", outputs=("total",), keepdims=0),
        one("Greater", "total", "zero", outputs=("positive",)),
        one("If", "positive", then_branch=then, else_branch=other),
    ]
    return graph(nodes, {"x": [2]}, zero=np.float32(0))


def test_branches() -> None:
    net = lp.onnx.load(choice())
    for call in (net, lp.compile(lambda x: net(x))):
        close(call(np.float32([1, 3])).numpy(), np.float32([2, 6]))
        close(call(np.float32([1, -3])).numpy(), np.float32([1, 9]))


def test_functions_of_a_model() -> None:
    made = graph([helper.make_node("Twice", ["x"], ["y"], domain="own", by=3.0)])
    inner = [
        helper.make_node("Constant", [], ["f"]),
        helper.make_node("Mul", ["a", "f"], ["b"]),
    ]
    inner[0].attribute.append(
        onnx.AttributeProto(name="value_float", ref_attr_name="by", type=onnx.AttributeProto.FLOAT)
    )
    made.functions.append(
        helper.make_function("own", "Twice", ["a"], ["b"], inner, [helper.make_opsetid("", 21)], ["by"])
    )
    made.opset_import.append(helper.make_opsetid("own", 1))
    close(lp.onnx.load(made)(np.ones((1, 3), np.float32)).numpy(), np.full((1, 3), 3, np.float32))


def test_operators_that_others_are_made_of() -> None:
    """Attention of version 23 has no code here: the standard says what it is made of."""
    shapes = {name: [2, 3, 4, 8] for name in "qkv"}
    net = lp.onnx.load(graph([one("Attention", "q", "k", "v")], shapes, opset=23))
    q, k, v = (F(2, 3, 4, 8, seed=i) for i in range(3))
    scores = q @ np.swapaxes(k, 2, 3) / np.sqrt(8)
    weights = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
    close(net(q, k, v).numpy(), (weights @ v).astype(np.float32))


# -------------------------------------------------------------------------------------- other versions
def test_older_versions_of_operators() -> None:
    old = graph([one("Softmax", "x")], {"x": [2, 3, 4]}, opset=11)
    x = F(2, 3, 4)
    flat = np.exp(x.reshape(2, 12))
    close(lp.onnx.load(old)(x).numpy(), (flat / flat.sum(1, keepdims=True)).reshape(2, 3, 4))
    new = graph([one("Softmax", "x")], {"x": [2, 3, 4]}, opset=13)
    close(lp.onnx.load(new)(x).numpy(), np.exp(x) / np.exp(x).sum(-1, keepdims=True))
    squeezed = graph([one("Squeeze", "x", axes=[1])], {"x": [2, 1]}, opset=11)
    assert lp.onnx.load(squeezed)(F(2, 1)).shape == (2,)


def test_sizes_that_depend_on_values() -> None:
    net = lp.onnx.load(graph([one("NonZero", "x")], {"x": [None]}))
    assert net(np.float32([0, 2, 3])).numpy().tolist() == [[1, 2]]
    with pytest.raises(SymbolicError, match="the shape of the result depends on it"):
        lp.compile(lambda x: net(x))(np.float32([0, 2, 3]))


def test_an_error_tells_the_node() -> None:
    net = lp.onnx.load(graph([one("MatMul", "x", "w", name="product")], w=F(4, 2)))
    with pytest.raises(ShapeError, match="in layer 'product': MatMul"):
        net(F(2, 3))


@pytest.mark.parametrize("ratio", [0, 2])
def test_regions(ratio: int) -> None:
    """With a number of points that is given, or that depends on the size of every region."""
    align = one("RoiAlign", "x", "boxes", "images", output_height=2, output_width=3, sampling_ratio=ratio)
    made = graph([align], {"x": [1, 2, 8, 8], "boxes": [2, 4]}, images=np.int64([0, 0]))
    x, boxes = F(1, 2, 8, 8), np.float32([[0, 0, 6, 5], [1, 2, 4, 7.5]])
    close(lp.onnx.load(made)(x, boxes).numpy(), run(made, x, boxes)[0])


def test_quantised_weights() -> None:
    nodes = [one("DequantizeLinear", "w", "scale", outputs=("f",), axis=1), one("MatMul", "x", "f")]
    w, scale = np.int8([[1, -2], [3, 4], [5, 6]]), np.float32([0.5, 0.25])
    net = lp.onnx.load(graph(nodes, w=w, scale=scale))
    close(net(F(2, 3)).numpy(), F(2, 3) @ (w * scale))
    assert net.parameters() == []
