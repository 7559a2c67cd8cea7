"""What the tests of ONNX share: a model run by onnxruntime, and by us."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide import nest, nn
from limpide.graph import Array

onnx = pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")
runtime.set_default_logger_severity(3)


def floats(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def run(made: Any, *arrays: Array) -> list[Array]:
    """The outputs of a ModelProto, by onnxruntime."""
    session = runtime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])
    names = [i.name for i in session.get_inputs()]
    found: list[Array] = session.run(None, dict(zip(names, arrays, strict=True)))
    return found


def operators(made: Any) -> list[str]:
    return [node.op_type for node in made.graph.node]


def close(got: Array, want: Array, tolerance: float = 1e-5) -> None:
    assert got.shape == want.shape
    assert got.dtype == want.dtype
    scale = max(1.0, float(np.abs(want).max(initial=0)))
    np.testing.assert_allclose(got, want, rtol=0, atol=tolerance * scale)


def exported(model: nn.Module, *arrays: Array, inputs: Any = None) -> Any:
    """The model as a ModelProto that onnxruntime has found to agree."""
    made = lp.onnx.export(model, inputs=[(None, *a.shape[1:]) for a in arrays] if inputs is None else inputs)
    model.eval()
    leaves, _ = nest.flatten(model(*arrays))
    for got, leaf in zip(run(made, *arrays), leaves, strict=True):
        close(got, leaf.numpy())
    return made


# ------------------------------------------------------------------------------------ models by hand
def graph(nodes: list[Any], inputs: Any = None, outputs: Any = ("y",), opset: int = 21, **given: Any) -> Any:
    """A ModelProto of these nodes. inputs: shapes by name; given: initialisers."""
    shapes = {"x": [None, 3]} if inputs is None else inputs
    tensors = [onnx.numpy_helper.from_array(np.asarray(a), name) for name, a in given.items()]
    infos = [onnx.helper.make_tensor_value_info(name, 1, shape) for name, shape in shapes.items()]
    ends = [onnx.helper.make_empty_tensor_value_info(name) for name in outputs]
    made = onnx.helper.make_graph(nodes, "test", infos, ends, tensors)
    return onnx.helper.make_model(made, opset_imports=[onnx.helper.make_opsetid("", opset)])


def one(op: str, *inputs: str, outputs: tuple[str, ...] = ("y",), name: str = "", **attributes: Any) -> Any:
    return onnx.helper.make_node(op, list(inputs), list(outputs), name=name, **attributes)


def body(nodes: list[Any], inputs: list[str], outputs: list[str], **given: Any) -> Any:
    infos = [onnx.helper.make_empty_tensor_value_info(n) for n in (*inputs, *outputs)]
    tensors = [onnx.numpy_helper.from_array(np.asarray(a), name) for name, a in given.items()]
    return onnx.helper.make_graph(nodes, "body", infos[: len(inputs)], infos[len(inputs) :], tensors)
