"""Every op of the engine, on the examples of its block, written as ONNX and run by onnxruntime."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import limpide.onnx.write  # noqa: F401 - fills the tables
from limpide.errors import ArgumentError
from limpide.graph import Array, Node, Program, make
from limpide.onnx.write.program import ONLY_IN_GRADIENTS, model_of
from limpide.onnx.write.table import translations
from limpide.ops.define import BlockOp, MapOp, ReduceOp, ViewOp, ops
from limpide.ops.loop import placeholder
from limpide.ops.reduce import any as any_of
from limpide.runtime.interpret import evaluate
from onnx_agree import close, onnx, run

GENERATOR = np.random.default_rng(0)
GRADIENTS = {*ONLY_IN_GRADIENTS, "picked_input", "picked_weight"}
INTERNAL = {"input", "cell", "constant", "scan"}  # written by other means
RANDOM = {"philox"}


def test_every_op_is_known() -> None:
    assert set(ops) - set(translations) <= GRADIENTS | INTERNAL | RANDOM


def agrees(node: Node, inputs: list[Node], arrays: list[Array]) -> None:
    made = model_of(Program("op", tuple(inputs), (node,)), ["y"])
    onnx.checker.check_model(made, full_check=True)
    (want,) = evaluate([node], dict(zip(inputs, arrays, strict=True)))
    (got,) = run(made, *arrays)
    close(got, np.asarray(want), 1e-5)


def drawn(op: MapOp, i: int, dtype: Any) -> Array:
    low, high = op.domain[i]
    values = GENERATOR.uniform(low, high, (3, 4))
    return np.asarray(values > 0 if dtype == np.bool_ else values.astype(dtype))


MAPS = [op for op in ops.values() if isinstance(op, MapOp) and op.name not in {*RANDOM, "cast"}]


@pytest.mark.parametrize("op", MAPS, ids=lambda op: op.name)
def test_maps(op: MapOp) -> None:
    dtype = {"float": "float32", "number": "float32", "any": "float32", "integer": "int32", "bool": "bool"}[
        op.takes
    ]
    dtypes = ["bool", dtype, dtype] if op.name == "where" else [dtype] * op.arity
    arrays = [drawn(op, i, np.dtype(d)) for i, d in enumerate(dtypes)]
    inputs = [placeholder(f"x{i}", a.shape, a.dtype) for i, a in enumerate(arrays)]
    agrees(make(op, inputs), inputs, arrays)


@pytest.mark.parametrize("name", ["add", "floor_divide", "remainder", "trunc", "not_equal", "square", "less"])
def test_maps_of_integers(name: str) -> None:
    arrays = [np.array([[7, -7, 7, -7]], "int64"), np.array([[2, 2, -2, -2]], "int64")]
    op: Any = ops[name]
    inputs = [placeholder(f"x{i}", a.shape, a.dtype) for i, a in enumerate(arrays)][: op.arity]
    agrees(make(op, inputs), inputs, arrays[: op.arity])


@pytest.mark.parametrize(
    "name", ["add", "multiply", "maximum", "minimum", "less", "bitwise_and", "bitwise_not"]
)
def test_maps_of_bools(name: str) -> None:
    arrays = [np.array([True, True, False, False]), np.array([True, False, True, False])]
    op: Any = ops[name]
    inputs = [placeholder(f"x{i}", a.shape, a.dtype) for i, a in enumerate(arrays)][: op.arity]
    agrees(make(op, inputs), inputs, arrays[: op.arity])


@pytest.mark.parametrize("dtype", ["uint8", "int32", "int64", "float64", "bool"])
def test_casts(dtype: str) -> None:
    x = placeholder("x", (3,), np.dtype(np.float32))
    agrees(make(ops["cast"], (x,), dtype=np.dtype(dtype)), [x], [np.float32([0, 1.5, 2.9])])


@pytest.mark.parametrize(
    "op", [op for op in ops.values() if isinstance(op, ReduceOp)], ids=lambda op: op.name
)
def test_reductions(op: ReduceOp) -> None:
    x = GENERATOR.standard_normal((3, 4, 2)).astype(np.float32)
    array = x > 0 if op.takes == "bool" else x
    node = placeholder("x", array.shape, array.dtype)
    for axes in [(1,)] if op.located else [(1,), (0, 2), (0, 1, 2)]:
        agrees(make(op, (node,), axes=axes), [node], [array])


def test_any_of_numbers() -> None:
    node = placeholder("x", (2, 3), np.dtype(np.int64))
    agrees(any_of(node, 1), [node], [np.array([[0, 0, 0], [0, 2, 0]])])


EXAMPLES = [
    pytest.param(op, given, attrs, id=f"{op.name}-{i}")
    for op in ops.values()
    if isinstance(op, (ViewOp, BlockOp)) and op.name not in GRADIENTS
    for i, (given, attrs) in enumerate(op.examples)
]


@pytest.mark.parametrize(("op", "given", "attrs"), EXAMPLES)
def test_examples(op: Any, given: tuple[Any, ...], attrs: dict[str, Any]) -> None:
    arrays = [
        a if isinstance(a, np.ndarray) else GENERATOR.standard_normal(a).astype(np.float32) for a in given
    ]
    inputs = [placeholder(f"x{i}", a.shape, a.dtype) for i, a in enumerate(arrays)]
    agrees(make(op, inputs, **attrs), inputs, arrays)


def test_random_numbers_are_refused() -> None:
    inputs = [placeholder(f"x{i}", (2,), np.dtype(np.uint64)) for i in range(3)]
    node = make(ops["philox"], inputs)
    with pytest.raises(ArgumentError, match="'philox' cannot be exported: ONNX has no operator for it"):
        model_of(Program("op", tuple(inputs), (node,)), ["y"])
