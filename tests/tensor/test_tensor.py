"""The public tensor: values and formulas, operators, methods, NumPy's protocols, history, errors."""

from __future__ import annotations

import ast
import inspect
from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide.errors import ArgumentError, DTypeError, GradientError, ShapeError, SymbolicError
from limpide.ops import names
from ops.check import configured, run_everywhere
from stub import STUB, stub

A = np.arange(6.0).reshape(2, 3)


# ------------------------------------------------------------------------------------------- what it is
def test_values_at_once() -> None:
    t = lp.tensor(A)
    assert (t.shape, t.dtype, t.ndim, t.size, len(t)) == ((2, 3), np.float64, 2, 6, 2)
    assert t.tolist() == A.tolist() and t[1, 2].item() == 5 and float(t.sum()) == 15 and int(t[0, 1]) == 1
    assert (t.T.numpy() == A.T).all() and t.mT.shape == (3, 2)
    assert [row.tolist() for row in t] == A.tolist()
    assert bool(t[0, 1]) and A[t[0, 1].astype("int64")].tolist() == [3, 4, 5]


def test_values_cannot_be_changed_from_outside() -> None:
    a = A.copy()
    t = lp.tensor(a)
    a[0] = 9
    assert t.tolist() == A.tolist()
    t.numpy()[0] = 9
    assert t.tolist() == A.tolist()
    with pytest.raises(ValueError, match="read-only"):
        np.asarray(t)[0] = 9
    w = lp.parameter(1.0, name="w")
    b = np.ones(3)
    y = w * b[:]
    b[:] = 5
    assert float(lp.grad(y.sum(), w)) == 3


def test_dtypes_of_what_is_given() -> None:
    assert lp.tensor(1.5).dtype == np.float32 and lp.tensor([1, 2]).dtype == np.int64
    assert lp.tensor([True]).dtype == np.bool_ and lp.tensor(np.float64(1)).dtype == np.float64
    assert lp.tensor([np.float64(1), 2.0]).dtype == np.float64 and lp.tensor(1, dtype="int8").dtype == np.int8
    with configured(floatx="float64"):
        assert lp.tensor(1.5).dtype == np.float64 and lp.zeros(2).dtype == np.float64
    with pytest.raises(ArgumentError, match="its rows differ in length"):
        lp.tensor([[1], [1, 2]])
    with pytest.raises(ArgumentError, match="is not an array of numbers"):
        lp.tensor("abc")
    with pytest.raises(DTypeError, match="complex64 is not one of"):
        lp.tensor(A, dtype="complex64")


def test_how_it_shows() -> None:
    assert repr(lp.tensor([1.0, 2.5])) == "tensor([1. , 2.5], dtype=float32)"
    assert repr(lp.input("x", (None, 3), "int32")).startswith("<formula x: int32(")
    assert repr(lp.parameter([1.0], name="w")) == "parameter([1.], dtype=float32, name='w')"
    assert f"{lp.tensor(1.23456):.2f}" == "1.23"


def test_formulas_have_no_value() -> None:
    x = lp.input("x", (3,), "float64")
    y = x * 2
    assert y.value is None and y.shape == (3,)
    for what, use in {
        "if": lambda: bool((y > 0).any()),
        "numpy()": lambda: y.numpy(),
        "float()": lambda: float(y.sum()),
        "item()": lambda: y.item(),
        "index": lambda: [1, 2, 3][y.sum().astype("int64")],
    }.items():
        with pytest.raises(SymbolicError, match="is a formula: it has no value yet") as caught:
            use()
        assert caught.value.op == what and caught.value.where is not None
        assert caught.value.where[0] == __file__


# ------------------------------------------------------------------------------------- operators, methods
def test_operators_in_both_directions() -> None:
    b = np.array([2.0, 3.0, 4.0])
    integers = np.array([5, 6, 7])

    def everything(t: Any, i: Any) -> list[Any]:
        return [
            t + b, b + t, t - 1, 1 - t, t * b, 2 * t, t / b, b / (t + 1), t // 2, 7 // (t + 1), t % 4,
            7 % (t + 1), t**2, 2**t, -t, +t, abs(-t), t @ b, A[:, :2] @ t, *divmod(t, 2),
            t < b, t <= 2, t > b, t >= 2, t == b, t != b, t > 3,
            i & 3, 3 | i, i ^ 1, ~i, i << 1, 1 << (i - 4), i >> 1, 100 >> (i - 4),
        ]  # fmt: skip

    got = run_everywhere(everything, A, integers)
    t, i = A, integers
    want = everything(t, i)
    assert len(got) == len(want)
    for g, w in zip(got, want, strict=True):
        np.testing.assert_allclose(g, w, rtol=1e-6)


def test_rounding() -> None:
    assert round(lp.tensor([1.26, 2.5]), 1).tolist() == [pytest.approx(1.3), 2.5]
    assert round(lp.tensor([1.26, 2.5])).tolist() == [1, 2]


def test_in_place_operators() -> None:
    t = lp.tensor([1.0, 2.0])
    before = t
    t += 1
    assert t.tolist() == [2, 3] and before.tolist() == [1, 2]
    w = same = lp.parameter([1.0, 2.0], name="w")
    w += 1
    w *= 2
    w -= 1
    w /= 3
    assert w is same and w.tolist() == [1, pytest.approx(5 / 3)]


def test_what_does_not_mix_is_left_to_python() -> None:
    with pytest.raises(TypeError, match="unsupported operand"):
        lp.tensor(1.0) + "a"  # type: ignore[operator]
    assert (lp.tensor([1.0]) == None).__class__ is bool  # noqa: E711


@pytest.mark.parametrize("name", names.METHODS)
def test_methods_are_the_functions(name: str) -> None:
    arguments: dict[str, tuple[Any, ...]] = {
        "reshape": (3, 2), "swapaxes": (0, 1), "astype": ("int32",), "clip": (1, 3), "dot": (A.T,),
        "take": ([0, 1],),
        "repeat": (2,), "searchsorted": (2.0,),
    }  # fmt: skip
    t = lp.tensor(A[0] if name == "searchsorted" else A)
    given = arguments.get(name, ())
    got, want = getattr(t, name)(*given), lp.functions[name](t, *given)
    assert got.tolist() == want.tolist() and got.dtype == want.dtype
    assert inspect.getdoc(getattr(lp.Tensor, name))


def test_what_is_public() -> None:
    for name in lp.__all__:
        assert getattr(lp, name) is not None
    assert {"exp", "einsum", "jacobian", "stack"} <= set(dir(lp))
    assert str(inspect.signature(lp.exp)) == "(x: 'Any', /) -> 'Node'"
    assert all(f.__doc__ for f in lp.functions.values())


def test_type_checkers_see_what_is_public() -> None:
    """Where this fails: python tests/stub.py && ruff format src."""
    assert ast.dump(ast.parse(STUB.read_text("utf-8"))) == ast.dump(ast.parse(stub()))


def test_sizes() -> None:
    assert np.shape(lp.tensor(A)) == lp.shape(A) == (2, 3)
    assert np.ndim(lp.tensor(A)) == 2 and np.size(lp.tensor(A)) == 6 and lp.size(A, 0) == 2


# ---------------------------------------------------------------------------------------- NumPy protocols
def test_numpy_functions_and_their_keywords() -> None:
    t = lp.tensor(A)
    found = [
        (np.exp(t), np.exp(A)),
        (np.add(t, A, dtype="float32"), np.add(A, A, dtype="float32")),
        (np.float32(2) * t, np.float32(2) * A),
        (A @ t.T, A @ A.T),
        (
            np.sum(t, axis=1, keepdims=True, dtype="float32"),
            np.sum(A, axis=1, keepdims=True, dtype="float32"),
        ),
        (np.mean(t, out=None), np.mean(A)),
        (np.clip(t, min=1, max=3), np.clip(A, min=1, max=3)),
        (np.add.reduce(t), np.add.reduce(A)),
        (np.maximum.reduce(t, axis=1), np.maximum.reduce(A, axis=1)),
        (np.add.accumulate(t), np.add.accumulate(A)),
        (np.linalg.norm(t, axis=1), np.linalg.norm(A, axis=1)),
        (np.linalg.vector_norm(t), np.linalg.vector_norm(A)),
        (np.zeros_like(t, dtype="int8"), np.zeros_like(A, dtype="int8")),
        (np.full_like(t, 3), np.full_like(A, 3)),
        (np.concatenate([t, A], axis=1), np.concatenate([A, A], axis=1)),
        (np.einsum("ij,kj->ik", t, A), A @ A.T),
    ]
    for got, want in found:
        assert isinstance(got, lp.Tensor) and got.dtype == want.dtype
        np.testing.assert_allclose(got.numpy(), want, rtol=1e-6)


def test_numpys_testing_takes_tensors() -> None:
    np.testing.assert_allclose(lp.tensor(A), A)
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(lp.tensor(A), A + 1)


def test_numpy_functions_that_do_not_work_say_so() -> None:
    t = lp.tensor(A)
    for name, use in {
        "fft.fft": lambda: np.fft.fft(t),
        "linalg.inv": lambda: np.linalg.inv(t),
        "percentile": lambda: np.percentile(t, 5),
        "spacing": lambda: np.spacing(t),
        "linalg.trace": lambda: np.linalg.trace(t),  # of the last two axes: not np.trace
    }.items():
        with pytest.raises(
            ArgumentError, match=rf"\[numpy.{name}\] this NumPy function does not work on tensors"
        ):
            use()
    with pytest.raises(ArgumentError, match=r"\[numpy.add\] out= cannot be a tensor"):
        np.add(t, 1, out=A.copy())
    b = A.copy()
    with pytest.raises(ArgumentError, match=r"a = a \+ t instead of a \+= t"):
        b += t
    with pytest.raises(ArgumentError, match=r"\[numpy.max\] on tensors: max\(\) got an unexpected keyword"):
        np.max(t, initial=0)


# ------------------------------------------------------------------------------------------------ history
def test_history_is_kept_only_behind_parameters() -> None:
    w = lp.parameter(A, name="w")
    assert not lp.tensor(A).tracked and not (lp.tensor(A) * 2).tracked and (w * 2).tracked


def test_views_of_views_keep_their_values() -> None:
    w = lp.parameter(A, name="w")
    flat = w.reshape(6)
    again = flat.reshape(3, 2)
    w.assign(np.zeros((2, 3)))
    assert flat.reshape(2, 3).tolist() == A.tolist()
    assert again.T.T.reshape(6).tolist() == A.ravel().tolist()


def test_gradients_are_those_of_the_values_that_were_used() -> None:
    w = lp.parameter(3.0, name="w")
    y = w * w
    w.assign(5.0)
    assert float(lp.grad(y, w)) == 6
    z = y + w
    with pytest.raises(GradientError, match="'w' was assigned between two uses in this expression"):
        lp.grad(z, w)


def test_backward_adds_up() -> None:
    w, frozen = lp.parameter([1.0, 2.0], name="w"), lp.parameter(2.0, name="frozen", trainable=False)
    (w * w * frozen).sum().backward()
    (w * frozen).sum().backward()
    assert w.grad is not None and w.grad.tolist() == [6, 10] and frozen.grad is None
    with pytest.raises(GradientError, match="there is no parameter behind this tensor"):
        (lp.tensor(1.0) * 2).backward()


def test_detach_stops_the_gradient() -> None:
    w = lp.parameter(3.0, name="w")
    assert float(lp.grad(w * w.detach(), w)) == 3


# ------------------------------------------------------------------------------------------------- errors
def test_assignments_that_do_not_fit() -> None:
    w = lp.parameter(np.zeros(3), name="w")
    with pytest.raises(ShapeError, match=r"\[assign\] 'w' has shape \(3,\), the new value \(2,\)"):
        w.assign(np.zeros(2))
    with pytest.raises(
        SymbolicError, match=r"\[assign\] 'w' would get a formula outside of a traced function"
    ):
        w.assign(lp.input("x", (3,)))
    with pytest.raises(ArgumentError, match="a scalar has no length"):
        len(lp.tensor(1.0))
