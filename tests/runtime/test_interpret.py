"""The NumPy device: what is computed, what is not, dtypes, lines of errors, the first NaN."""

from __future__ import annotations

import numpy as np
import pytest

import limpide as lp
from limpide.errors import IndexingError, SymbolicError
from limpide.ops.loop import placeholder
from limpide.runtime.interpret import apply, evaluate, locate_nan

F32 = np.dtype(np.float32)


def test_known_values_are_not_computed_again() -> None:
    x = lp.input("x", (2,))
    y = lp.exp(x) * 2
    middle = y.node.inputs[0]
    (value,) = evaluate([y.node], {middle: np.array([1.0, 2.0], np.float32)})
    np.testing.assert_array_equal(value, [2, 4])
    assert evaluate([middle], {middle: value})[0] is value


def test_an_input_without_a_value_says_so() -> None:
    x = placeholder("x", (2,), F32)
    with pytest.raises(SymbolicError, match="the input 'x' has no value"):
        evaluate([x + 1.0], {})


def test_results_have_the_dtype_of_the_node() -> None:
    x = lp.input("x", (3,), "int8")
    for y in (
        lp.sum(x),
        lp.exp(x),
        lp.less(x, 2),
        lp.argmax(x),
        x.astype("float64"),
        lp.cumsum(x),
        lp.mean(x),
    ):
        (value,) = evaluate([y.node], {x.node: np.array([1, 2, 3], np.int8)})
        assert isinstance(value, np.ndarray)
        assert (value.dtype, value.shape) == (y.dtype, y.shape)


def test_numbers_out_of_range_raise_no_warning() -> None:
    x = np.array([-1.0, 0.0, np.inf, np.nan], np.float32)
    with np.errstate(all="raise"):
        found = (lp.log(lp.tensor(x)) / lp.tensor(x)).numpy()
    np.testing.assert_array_equal(found, [np.nan, -np.inf, np.nan, np.nan])


def test_errors_name_the_line_that_built_the_node() -> None:
    x, i = lp.input("x", (3,)), lp.input("i", (2,), "int64")
    y = lp.take(x, i)  # built here
    with pytest.raises(IndexingError) as caught:
        evaluate([y.node], {x.node: np.zeros(3, np.float32), i.node: np.array([0, 3])})
    assert "# built here" in str(caught.value)


def test_deep_graphs_need_no_stack() -> None:
    x = lp.input("x", ())
    y = x
    for _ in range(3000):
        y = y + 1
    (value,) = evaluate([y.node], {x.node: np.float32(0)})
    assert value == 3000


def test_the_first_nan_is_found() -> None:
    x = lp.input("x", (2,))
    inner = lp.log(x)  # here it appears
    y = (inner * 2).sum()
    found = locate_nan([y.node], {x.node: np.array([1.0, -1.0], np.float32)})
    assert found is not None
    assert found[0] is inner.node
    assert locate_nan([y.node], {x.node: np.ones(2, np.float32)}) is None
    assert locate_nan([y.node], {x.node: np.array([1.0, np.nan], np.float32)}) is None  # it was given


def test_one_node_on_values() -> None:
    x = lp.input("x", (2, 3))
    node = lp.transpose(x).node
    value = np.arange(6, dtype=np.float32).reshape(2, 3)
    np.testing.assert_array_equal(apply(node, [value]), value.T)
