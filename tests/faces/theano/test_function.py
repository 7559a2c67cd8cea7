"""`theano.function`: inputs, outputs, givens, updates, and what it refuses."""

from __future__ import annotations

import copy
from collections import OrderedDict
from typing import Any

import numpy as np
import pytest

from limpide.faces import theano
from limpide.faces.theano import tensor as T
from limpide.faces.theano.gof import MissingInputError, UnusedInputError


def test_defaults_names_and_order() -> None:
    x, y, w = T.dscalars("x", "y", "weights")
    f = theano.function([x, theano.In(y, value=2), theano.Param(w, default=10, name="by")], (x + y) * w)
    assert f(1) == 30
    assert f(1, 3) == 40
    assert f(1, by=1) == 3
    assert f(x=1, y=0, by=2) == 2
    with pytest.raises(TypeError, match="Missing required input: x"):
        f()
    with pytest.raises(TypeError, match="Unknown input or state: z"):
        f(1, z=3)
    with pytest.raises(TypeError, match="Too many parameter"):
        f(1, 2, 3, 4)


def test_an_input_that_keeps_its_value() -> None:
    i, s = T.dscalar("i"), T.dscalar("s")
    f = theano.function([i, theano.In(s, value=10.0, update=s + i)], s)
    assert [float(f(1)), float(f(2)), float(f(3))] == [10, 11, 13]
    assert f[s] == 16


@pytest.mark.parametrize("outputs", ["none", "list", "tuple", "dict", "out"])
def test_outputs_come_back_as_they_were_asked_for(outputs: str) -> None:
    x = T.dscalar("x")
    asked: Any = {
        "none": None,
        "list": [x, x * 2],
        "tuple": (x, x * 2),
        "dict": {"b": x * 2, "a": x},
        "out": theano.Out(x * 2, borrow=True),
    }[outputs]
    found = theano.function([x], asked, on_unused_input="ignore")(3)
    expected: Any = {"none": [], "list": [3, 6], "tuple": [3, 6], "dict": {"a": 3, "b": 6}, "out": 6}[outputs]
    assert found == expected
    assert type(found) is (np.ndarray if outputs == "out" else type(expected))


def test_inputs_are_converted_where_nothing_is_lost() -> None:
    x, n = T.fmatrix("x"), T.ivector("n")
    f = theano.function([x, n], x.sum() + n.sum())
    assert f([[1, 2.5]], [3]).dtype == np.float64
    with pytest.raises(TypeError, match="without risking loss of precision"):
        f(np.ones((1, 2)), [3])
    with pytest.raises(TypeError, match=r"index 1 \(0-based\)"):
        f([[1.0]], [1.5])
    with pytest.raises(TypeError, match="expected 2, got 1 with shape"):
        f([1.0], [1])
    loose = theano.function([x, n], x.sum() + n.sum(), allow_input_downcast=True)
    assert loose(np.ones((1, 2)), [3.7]) == 5
    row = theano.function([T.drow("r")], [], on_unused_input="ignore")
    with pytest.raises(TypeError, match="broadcastable dimension"):
        row(np.ones((2, 3)))


def test_a_python_float_is_floatx() -> None:
    with theano.config.change_flags(floatX="float32"):
        x = T.scalar("x")
        assert theano.function([x], x * 2)(0.1).dtype == np.float32


def test_unused_and_missing_inputs() -> None:
    x, y = T.dscalars("x", "y")
    with pytest.raises(UnusedInputError, match="index 1 is not part of the computational graph"):
        theano.function([x, y], x)
    with pytest.warns(UserWarning, match="index 1"):
        theano.function([x, y], x, on_unused_input="warn")
    with pytest.raises(MissingInputError, match="Input y of the graph"):
        theano.function([x], x + y)
    with pytest.raises(TypeError, match="Cannot use a shared variable"):
        theano.function([theano.shared(1.0, name="w")], x)


def test_givens_replace_inputs_intermediates_and_state() -> None:
    x, w = T.dscalar("x"), theano.shared(3.0)
    h = x * w
    y = h + 1
    assert theano.function([], y, givens={x: w + 1})() == 13
    assert theano.function([x], y, givens=[(h, x * 100)])(2) == 201
    assert theano.function([x], y, givens={w: np.asarray(5.0)})(2) == 11
    with pytest.raises(TypeError, match="Cannot convert Type"):
        theano.function([], y, givens={x: T.fscalar("other")})


def test_updates_happen_at_once_and_after_the_outputs() -> None:
    a, b = theano.shared(1.0, name="a"), theano.shared(2.0, name="b")
    f = theano.function([], [a, b], updates=OrderedDict([(a, b), (b, a + b)]))
    assert [v.item() for v in f()] == [1, 2]
    assert (a.get_value(), b.get_value()) == (2, 3)
    with pytest.raises(TypeError, match="must have the same type as the original shared variable"):
        theano.function([], [], updates={theano.shared(np.float32(1)): a * 2})
    with pytest.raises(TypeError, match="update target must be a SharedVariable"):
        theano.function([], [], updates=[(T.dscalar(), a)])
    with pytest.raises(ValueError, match="already has an update"):
        theano.function([], [], updates=[(a, a + 1), (a, a + 2)])


def test_shared_variables() -> None:
    w = theano.shared(np.zeros((2, 3), "float32"), name="w", borrow=True)
    assert (w.name, w.dtype, w.ndim, str(w.type)) == ("w", "float32", 2, "TensorType(float32, matrix)")
    copied = w.get_value()
    copied += 1
    assert w.get_value().sum() == 0
    inside = w.get_value(borrow=True)
    inside += 2
    assert theano.function([], w.sum())() == 12
    f = theano.function([], w * 2)
    w.set_value(np.ones((1, 4), "float32"))  # also of another shape
    assert f().shape == (1, 4)
    with pytest.raises(TypeError):
        w.set_value(np.ones((1, 4)))
    assert theano.shared(3).dtype == "int64"
    assert theano.shared(3.0).dtype == "float64"
    assert theano.shared(np.ones((1, 3)), broadcastable=(True, False)).broadcastable == (True, False)
    assert theano.shared({"any": "thing"}).get_value() == {"any": "thing"}
    with pytest.raises(TypeError, match="not symbolic"):
        theano.shared(T.scalar())
    other = copy.deepcopy(w)
    other.set_value(np.zeros((1, 1), "float32"))
    assert w.get_value().shape == (1, 4)


def test_an_update_may_change_the_shape() -> None:
    history = theano.shared(np.zeros(1))
    x = T.dscalar("x")
    f = theano.function([x], history.sum(), updates=[(history, T.concatenate([history, T.stack([x])]))])
    assert [float(f(k)) for k in (1, 2, 3)] == [0, 1, 3]
    assert history.get_value().tolist() == [0, 1, 2, 3]


def test_axes_are_repeated_only_where_they_are_known_to_have_size_1() -> None:
    x, y, row = T.dmatrix("x"), T.dmatrix("y"), T.drow("row")
    f = theano.function([x, y], x + y)
    with pytest.raises(ValueError, match=r"Input dimension mis-match. \(input\[0\].shape\[0\] = 3"):
        f(np.ones((3, 2)), np.ones((1, 2)))
    assert theano.function([x, row], x + row)(np.ones((3, 2)), np.ones((1, 2))).shape == (3, 2)
    b = T.addbroadcast(y, 0)
    assert b.broadcastable == (True, False)
    assert theano.function([x, y], x + b)(np.ones((3, 2)), np.ones((1, 2))).shape == (3, 2)
    assert T.unbroadcast(row, 0).broadcastable == (False, False)


def test_looking_at_functions() -> None:
    x, w = T.dvector("x"), theano.shared(np.ones(2), name="w")
    f = theano.function([x], T.exp(x * w), name="f", profile=theano.ProfileStats(atexit_print=False))
    ops = [node.op for node in f.maker.fgraph.toposort()]
    assert [str(op) for op in ops] == ["Elemwise{mul,no_inplace}", "Elemwise{exp,no_inplace}"]
    assert all(isinstance(op, T.Elemwise) for op in ops)
    assert f.get_shared() == [w]
    f([1, 2])
    assert f.profile.fct_callcount == 1
    doubled = f.copy(swap={w: theano.shared(np.full(2, 2.0))})
    assert np.allclose(doubled([1, 2]), np.exp([2, 4]))
    assert f.name == "f"


def test_eval() -> None:
    x, y = T.dscalars("x", "y")
    assert (x * y).eval({x: 3, y: 4}) == 12
    assert (T.constant(3) + 1).eval() == 4


def test_modes_that_look_at_nodes() -> None:
    x = T.dvector("x")
    seen: list[Any] = []
    mode = theano.compile.MonitorMode(
        post_func=lambda i, node, fn: seen.append((str(node.op), fn.outputs[0][0]))
    )
    theano.function([x], T.log(x) * 2, mode=mode)([1.0])
    assert [name for name, _ in seen] == ["Elemwise{log,no_inplace}", "Elemwise{mul,no_inplace}"]
    guarded = theano.function([x], T.log(x) * 2, mode=theano.compile.NanGuardMode())
    assert guarded([1.0]) == [0]
    with pytest.raises(AssertionError, match="NaN detected"):
        guarded([-1.0])
    with pytest.raises(Exception, match="No predefined mode"):
        theano.function([x], x, mode="FASTEST")


def test_test_values_show_errors_where_they_are_written() -> None:
    with theano.config.change_flags(compute_test_value="raise"):
        x, y = T.dmatrix("x"), T.dmatrix("y")
        x.tag.test_value, y.tag.test_value = np.ones((2, 3)), np.ones((3, 4))
        assert T.dot(x, y).tag.test_value.shape == (2, 4)
        with pytest.raises(ValueError, match="mismatch"):
            T.dot(y, x)
        with pytest.raises(AttributeError, match="has no test value|has none"):
            T.exp(T.dmatrix("z"))


def test_variables_in_python() -> None:
    x = T.dmatrix("x")
    assert bool(x)
    with pytest.raises(TypeError, match="do not support boolean"):
        bool(x > 1)
    with pytest.raises(TypeError, match="no len"):
        len(x)
    with pytest.raises(TypeError, match="does not support iteration"):
        list(x)
    rows, columns = x.shape
    assert theano.function([x], rows * 10 + columns)(np.ones((2, 3))) == 23
    with pytest.raises(AttributeError, match="nonesuch"):
        _ = x.nonesuch
