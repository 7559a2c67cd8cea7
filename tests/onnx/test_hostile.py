"""Files that are damaged, or made to harm, give clear errors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import limpide as lp
from limpide import nn
from limpide.errors import DataError, LimpideError
from onnx_agree import body, floats, graph, one, onnx

X = floats(2, 3)
helper = onnx.helper


def refused(made: Any, why: str) -> None:
    with pytest.raises(DataError, match=why):
        lp.onnx.load(made)


def test_what_is_no_model(tmp_path: Path) -> None:
    refused(b"not a model at all", "is no whole ONNX model|it has no graph")
    refused(b"", "it has no graph")
    refused(tmp_path / "missing.onnx", "cannot be read: No such file")
    refused(tmp_path, "cannot be read")
    whole = lp.onnx.export(nn.Linear(3, 2)).SerializeToString()
    refused(whole[:-20], "is no whole ONNX model")


def test_names() -> None:
    refused(graph([one("Relu", "z")]), "'y' reads 'z', which is not there")
    refused(graph([one("Relu", "x", outputs=("z",))]), "the output 'y' of 'test' is made by no node")
    refused(graph([one("Relu", "x"), one("Neg", "x")]), "the value 'y' is made twice")
    refused(graph([one("Relu", "x", outputs=("x",)), one("Neg", "x")]), "the value 'x' is made twice")
    made = graph([one("Relu", "x")])
    made.graph.input.append(made.graph.input[0])
    refused(made, "two inputs have one name")


def test_circles() -> None:
    nodes = [one("Add", "x", "b", outputs=("a",)), one("Relu", "a", outputs=("b",)), one("Neg", "b")]
    refused(graph(nodes), "the graph is circular: '.' depends on itself")


def test_nodes_in_any_order_are_put_in_order() -> None:
    net = lp.onnx.load(graph([one("Neg", "a"), one("Relu", "x", outputs=("a",))]))
    assert (net(X).numpy() <= 0).all()


def test_unknown_operators_are_all_told() -> None:
    nodes = [one("Frobnicate", "x", outputs=("a",)), helper.make_node("Own", ["a"], ["y"], domain="mine")]
    refused(graph(nodes), "these operators are not known: Frobnicate, mine.Own")


def test_recursion() -> None:
    made = graph([helper.make_node("F", ["x"], ["y"], domain="own")])
    made.opset_import.append(helper.make_opsetid("own", 1))
    opsets = list(made.opset_import)
    calls = {"F": "G", "G": "F"}
    for name, other in calls.items():
        inner = [helper.make_node(other, ["a"], ["b"], domain="own")]
        made.functions.append(helper.make_function("own", name, ["a"], ["b"], inner, opsets))
    refused(made, "the function 'F' calls itself")


def test_graphs_in_graphs() -> None:
    nested = body([one("Identity", "x", outputs=("z",))], [], ["z"])
    for _ in range(30):
        nested = body([one("Loop", "", "", outputs=("z",), body=nested)], [], ["z"])
    refused(graph([one("Loop", "", "", body=nested)]), "graphs are nested deeper than 20")


def tensor(**fields: Any) -> Any:
    made = graph([one("Add", "x", "w")], w=np.ones(3, np.float32))
    for name, value in fields.items():
        target = made.graph.initializer[0]
        if isinstance(value, list):
            del getattr(target, name)[:]
            getattr(target, name).extend(value)
        else:
            setattr(target, name, value)
    return made


def test_arrays() -> None:
    refused(tensor(dims=[4]), "'w' of shape .4,. is damaged")
    refused(tensor(dims=[-3]), "'w' has the shape .-3,.")
    refused(tensor(dims=[2**40, 2**20]), "'w' has the shape")
    refused(tensor(raw_data=b"123"), "'w' of shape .3,. is damaged")
    refused(tensor(data_type=8), "'w' holds strings")
    refused(tensor(data_type=99), "'w' holds element type 99")
    refused(tensor(data_type=14), "'w' holds complex64")


@pytest.mark.parametrize("location", ["../secret", "/etc/passwd", "", "link", "a/../../secret", "\0"])
def test_files_outside_of_the_folder(tmp_path: Path, location: str) -> None:
    (tmp_path / "secret").write_bytes(np.ones(3, np.float32).tobytes())
    folder = tmp_path / "model"
    (folder / "a").mkdir(parents=True)
    (folder / "link").symlink_to(tmp_path / "secret")
    made = beside(location)
    (folder / "net.onnx").write_bytes(made.SerializeToString())
    refused(folder / "net.onnx", "outside of the model's folder")


def beside(location: str, **told: str) -> Any:
    made = graph([one("Add", "x", "w")], w=np.ones(3, np.float32))
    w = made.graph.initializer[0]
    w.ClearField("raw_data")
    w.data_location = 1
    for key, value in {"location": location, **told}.items():
        w.external_data.add(key=key, value=value)
    return made


def test_files_beside(tmp_path: Path) -> None:
    (tmp_path / "w").write_bytes(np.float32([0, 1, 2, 3]).tobytes())

    def read(**told: str) -> Any:
        path = tmp_path / "net.onnx"
        path.write_bytes(beside("w", **told).SerializeToString())
        return lp.onnx.load(path)

    assert read(offset="4")(X * 0).numpy()[0].tolist() == [1, 2, 3]
    for told in ({"offset": "8"}, {"offset": "-4"}, {"offset": "x"}, {"length": "999"}, {"length": "-1"}):
        with pytest.raises(DataError, match="'w'"):
            read(**told)
    refused(beside("w"), "the model is not read from a folder")
    (tmp_path / "net.onnx").write_bytes(beside("missing").SerializeToString())
    refused(tmp_path / "net.onnx", "which is not there")


RUNS: dict[str, tuple[list[Any], dict[str, Any], str]] = {
    "attribute": ([one("Relu", "x", foo=1)], {}, "unexpected keyword argument 'foo'"),
    "inputs": ([one("MatMul", "x")], {}, "missing a required argument"),
    "too many": ([one("Relu", "x", "x")], {}, "too many positional"),
    "results": ([one("Relu", "x", outputs=("y", "z"))], {}, "gives 1 results, not 2"),
    "huge": ([one("ConstantOfShape", "s")], {"s": np.int64([2**40, 2**20])}, "elements"),
    "huge tile": ([one("Tile", "x", "s")], {"s": np.int64([2**31, 2**31])}, "elements"),
    "huge pad": ([one("Pad", "x", "s")], {"s": np.int64([0, 0, 2**40, 0])}, "elements"),
    "huge range": ([one("Range", "a", "b", "c")],
                   {"a": np.int64(0), "b": np.int64(2**60), "c": np.int64(1)}, "elements"),
    "huge windows": (
        [one("Unsqueeze", "x", "s", outputs=("z",)), one("MaxPool", "z", kernel_shape=[2], pads=[2**40, 0])],
        {"s": np.int64([0])}, "elements",
    ),
    "negative": ([one("ConstantOfShape", "s")], {"s": np.int64([-2])}, "must not be negative"),
    "axis": ([one("Softmax", "x", axis=7)], {}, "axis 7 is outside"),
    "perm": ([one("Transpose", "x", perm=[0, 0])], {}, "not an order"),
    "split": ([one("Split", "x", "s")], {"s": np.int64([7, 7])}, "are not those of an axis"),
    "wrong type": ([one("Reshape", "x", "s")], {"s": np.float32([6])}, "integers"),
    "text": ([one("Transpose", "x", perm="01")], {}, "layer 'y': Transpose"),
    "endless": (
        [one("Loop", "", "t", body=body([one("Identity", "c", outputs=("d",))], ["i", "c"], ["d"]),
             outputs=()), one("Relu", "x")],
        {"t": np.array(True)}, "a loop of more than",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RUNS)
def test_what_goes_wrong_when_it_runs(name: str) -> None:
    nodes, arrays, why = RUNS[name]
    with pytest.raises(LimpideError) as caught:
        lp.onnx.load(graph(nodes, **arrays))(X)
    assert any(word in str(caught.value) for word in why.split("|"))
    assert any(part in str(caught.value) for part in ("in layer 'y'", "in layer 'Loop'", "the node 'y'"))


NETWORKS = {
    "convolutions": (
        nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.BatchNorm2d(2), nn.ReLU(), nn.MaxPool2d(2),
                      nn.Flatten(), nn.Linear(32, 3), nn.Softmax()),
        (None, 1, 8, 8), floats(2, 1, 8, 8),
    ),
    "recurrent": (nn.GRU(3, 2), (4, None, 3), floats(4, 2, 3)),
}  # fmt: skip
CONTENTS = {
    name: lp.onnx.export(model, inputs=shape).SerializeToString()
    for name, (model, shape, _) in NETWORKS.items()
}
STRUCTURE = 1200  # bytes at the beginning, before the weights
NUMBERS = [-(2**63), -1, 0, 1, 3, 2**31, 2**40, 2**63 - 1]


def survives(content: Any, name: str) -> None:
    """The model runs, or a clear error says why it does not."""
    try:
        lp.onnx.load(content)(NETWORKS[name][2])
    except LimpideError as error:
        assert str(error).startswith("[")


@settings(max_examples=150)
@given(st.sampled_from(list(CONTENTS)), st.data())
def test_changed_bytes(name: str, data: Any) -> None:
    content = bytearray(CONTENTS[name])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, min(len(content), STRUCTURE) - 1))
        length = data.draw(st.integers(0, 8))
        content[at : at + length] = data.draw(st.binary(max_size=8))
        content = content or bytearray(b"x")
    survives(bytes(content), name)


@settings(max_examples=150)
@given(st.sampled_from(list(CONTENTS)), st.data())
def test_changed_fields(name: str, data: Any) -> None:
    made = onnx.ModelProto.FromString(CONTENTS[name])
    node = data.draw(st.sampled_from(list(made.graph.node)))
    names = [n for each in made.graph.node for n in (*each.input, *each.output)]
    kind = data.draw(
        st.sampled_from(["input", "output", "number", "dims", "type", "value", "operator", "version"])
    )
    if kind in ("input", "output"):
        places = getattr(node, kind)
        places[data.draw(st.integers(0, len(places) - 1))] = data.draw(
            st.sampled_from([*names, "", "nowhere"])
        )
    elif kind == "number" and node.attribute:
        attribute = data.draw(st.sampled_from(list(node.attribute)))
        if attribute.ints:
            attribute.ints[0] = data.draw(st.sampled_from(NUMBERS))
        elif attribute.type == onnx.AttributeProto.INT:
            attribute.i = data.draw(st.sampled_from(NUMBERS))
    elif kind == "operator":
        node.op_type = data.draw(
            st.sampled_from(["Conv", "Gemm", "Pad", "Split", "LSTM", "If", "Resize", ""])
        )
    elif kind == "version":
        made.opset_import[0].version = data.draw(st.sampled_from([-1, 0, 1, 9, 11, 28, 999]))
    else:
        array = data.draw(st.sampled_from(list(made.graph.initializer)))
        if kind == "type":
            array.data_type = data.draw(st.integers(0, 30))
        elif kind == "dims" and array.dims:
            array.dims[0] = data.draw(st.sampled_from(NUMBERS))
        elif kind == "value" and array.data_type == onnx.TensorProto.INT64:
            count = len(array.raw_data) // 8
            values = data.draw(st.lists(st.sampled_from(NUMBERS), min_size=count, max_size=count))
            array.raw_data = np.array(values, "<i8").tobytes()
    survives(made, name)
