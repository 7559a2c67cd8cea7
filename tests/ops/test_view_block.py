"""Every view and block, from the examples of its declaration: values, index rules and gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import limpide as lp
import limpide.ops.picked  # its ops are loaded with the compiler
from limpide.dtypes import SUPPORTED
from limpide.errors import IndexingError, ShapeError
from limpide.graph import Array, make
from limpide.ops.block import contract, scatter_add
from limpide.ops.define import BlockOp, ViewOp, as_node, constant, ops
from limpide.tensor import lift
from ops.check import check_gradient, differs, run_everywhere, sample

VIEWS = [op for op in ops.values() if isinstance(op, ViewOp)]
BLOCKS = [op for op in ops.values() if isinstance(op, BlockOp) and op.examples]
CASES = [(op, i) for op in [*VIEWS, *BLOCKS] for i in range(len(op.examples))]
POSITIONS = ("argsort", "max_pool_position")  # which have no derivative
IDS = [f"{op.name}-{i}" for op, i in CASES]


def operands(op: ViewOp | BlockOp, i: int, dtype: Any = np.float64) -> list[Array]:
    """Random arrays for the shapes of an example; its arrays are taken as they are."""
    given_, _ = op.examples[i]
    return [sample(dtype, x, -2, 2, seed=k) if isinstance(x, tuple) else x for k, x in enumerate(given_)]


def build(op: ViewOp | BlockOp, i: int) -> Callable[..., Any]:
    _, attrs = op.examples[i]
    return lift(lambda *nodes: make(op, [as_node(n) for n in nodes], **attrs), op.name)


def test_every_op_has_examples() -> None:
    assert all(op.examples for op in VIEWS)
    assert {op.name for op in ops.values() if isinstance(op, BlockOp)} - {op.name for op in BLOCKS} == {
        "scan"
    }


@pytest.mark.parametrize("dtype", SUPPORTED, ids=str)
def test_forward_on_every_device(dtype: np.dtype[Any]) -> None:
    arrays = [a for op, i in CASES for a in operands(op, i, dtype)]

    def everything(*inputs: Any) -> dict[str, Any]:
        remaining = iter(inputs)
        return {
            name: build(op, i)(*(next(remaining) for _ in operands(op, i)))
            for name, (op, i) in zip(IDS, CASES, strict=True)
        }

    run_everywhere(everything, *arrays, ulps=4, scaled=8)


@pytest.mark.parametrize(("op", "i"), CASES, ids=IDS)
def test_gradients_against_finite_differences(op: ViewOp | BlockOp, i: int) -> None:
    arrays = operands(op, i)
    floats = [k for k, a in enumerate(arrays) if a.dtype.kind == "f"]
    if op.name in POSITIONS:
        return

    def of_floats(*xs: Any) -> Any:
        filled = list(arrays)
        for k, x in zip(floats, xs, strict=True):
            filled[k] = x
        return build(op, i)(*(f * f if k in floats else f for k, f in enumerate(filled)))

    if all(arrays[k].size for k in floats):
        check_gradient(of_floats, *(arrays[k] for k in floats))


def test_gradients_on_every_device() -> None:
    cases = [(op, i) for op, i in CASES if op.name not in POSITIONS]
    arrays = [a for op, i in cases for a in operands(op, i)]

    def everything(*inputs: Any) -> list[Any]:
        remaining = iter(inputs)
        found = []
        for op, i in cases:
            xs = [next(remaining) for _ in operands(op, i)]
            at = tuple(k for k, x in enumerate(xs) if x.dtype.kind == "f")
            first = lp.grad(lambda *xs, op=op, i=i: (build(op, i)(*xs) ** 2).sum(), at)
            second = lp.grad(lambda *xs, f=first: sum((g**2).sum() for g in f(*xs)), at)
            found.append([first(*xs), second(*xs)])
        return found

    run_everywhere(everything, *arrays, ulps=16, scaled=64)


# ------------------------------------------------------------------------------------------- index rules
@pytest.mark.parametrize(("op", "i"), [c for c in CASES if isinstance(c[0], ViewOp)])
def test_index_rules_read_what_the_reference_gives(op: ViewOp, i: int) -> None:
    arrays = operands(op, i)
    _, attrs = op.examples[i]
    node = make(op, [constant(a) for a in arrays], **attrs)
    want = op.numpy(*arrays, **attrs)
    starts = [int(a) for a in arrays[1:]]
    for position in np.ndindex(want.shape):
        place, condition = op.index(node, position, *starts)
        fill = attrs.get("fill", 0)
        got = arrays[0][tuple(place)] if condition is None or condition else fill
        assert got == want[position], (position, place)


# ----------------------------------------------------------------------------------------------- contract
LETTERS = "abcde"


@given(st.data())
def test_contractions_of_any_kind(data: st.DataObject) -> None:
    """Every letter is in two of the three at least; sizes include 1."""
    count = data.draw(st.integers(1, 4))
    places = [data.draw(st.sampled_from(["lr", "lo", "ro", "lro"])) for _ in range(count)]
    parts = []
    for side in "lro":
        own = [c for c, place in zip(LETTERS, places, strict=False) if side in place]
        parts.append("".join(data.draw(st.permutations(own))))
    left, right, out = parts
    sizes = {c: data.draw(st.sampled_from([1, 2, 3, 5])) for c in LETTERS}
    a, b = (sample(np.float64, [sizes[c] for c in letters], -1, 1) for letters in (left, right))
    node = contract(constant(a), constant(b), (left, right, out))
    got = lift(lambda: node)().numpy()
    assert differs(got, np.asarray(np.einsum(f"{left},{right}->{out}", a, b)), ulps=8, scaled=8) is None


SIZES = [1, 2, 3, 5, 8, 17, 33, 64]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_matrix_products_of_all_layouts_and_sizes(dtype: Any) -> None:
    shapes = [(m, k, n) for m in (1, 7, 33) for k in (1, 5, 64) for n in (1, 10, 17)]
    arrays = [sample(dtype, s, -1, 1) for m, k, n in shapes for s in ((m, k), (k, n))]

    def everything(*inputs: Any) -> list[Any]:
        found = []
        for a, b in zip(inputs[::2], inputs[1::2], strict=True):
            found.append([a @ b, (b.T @ a.T), lp.einsum("ik,kj->ji", a, b), (a[::-1] @ b[:, ::-1])])
        return found

    results = run_everywhere(everything, *arrays, ulps=8, scaled=16)
    for at, (a, b) in enumerate(zip(arrays[::2], arrays[1::2], strict=True)):
        want = (a.astype(np.float64) @ b.astype(np.float64)).astype(dtype)
        assert differs(results[4 * at], want, ulps=8, scaled=32) is None


# ------------------------------------------------------------------------------------------------- errors
def test_what_does_not_fit() -> None:
    x = np.zeros((2, 3))
    with pytest.raises(
        ShapeError, match=r"\[reshape\] 6 elements of shape \(2, 3\) do not fill the shape \(4,\)"
    ):
        lp.reshape(x, (4,))
    with pytest.raises(ShapeError, match=r"\[reshape\] only one size"):
        lp.reshape(x, (-1, -1))
    with pytest.raises(ShapeError, match=r"\[broadcast_to\] the shape \(2, 3\) does not|do not broadcast"):
        lp.broadcast_to(x, (2, 4))
    with pytest.raises(ShapeError, match=r"\[transpose\] axes \(0, 0\) are not an order"):
        lp.transpose(x, (0, 0))
    with pytest.raises(ShapeError, match=r"\[squeeze\] axis 1 of \(2, 3\) has size 3"):
        lp.squeeze(x, 1)
    with pytest.raises(
        ShapeError, match=r"\[concatenate\] shapes \(2, 3\) and \(2, 2\) differ outside of axis 0"
    ):
        lp.concatenate([x, np.zeros((2, 2))])
    with pytest.raises(ShapeError, match=r"\[matmul\] shapes \(2, 3\) and \(2, 3\): axis 1 of the first"):
        lp.matmul(x, x)
    with pytest.raises(ShapeError, match="try .T"):
        lp.matmul(x, x)
    with pytest.raises(IndexingError, match=r"\[take\] index 3 is outside of axis 1 of size 3"):
        lp.take(x, [3], axis=1)
    with pytest.raises(IndexingError, match=r"\[take\] indices are integers, not float64"):
        lp.take(x, np.float64([1.0]), axis=1)


def test_views_of_views_are_one() -> None:
    x = lp.input("x", (2, 3, 4))
    assert x.reshape(6, 4).reshape(2, 12).node.inputs[0] is x.node
    assert x.transpose((1, 0, 2)).transpose((1, 0, 2)).node is x.node
    assert x[:, :, :].node is x.node


def test_scatter_adds_equal_positions() -> None:
    g = lift(lambda g, i: scatter_add(g, i, 0, 3))
    (got,) = run_everywhere(g, np.float64([1, 2, 3, 4]), np.array([0, 2, 2, -1]))
    assert got.tolist() == [1, 0, 9]
