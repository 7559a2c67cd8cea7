"""@lp.compile: what is traced, when it is traced again, state, methods, nesting."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import limpide as lp
from codegen.programs import configured
from limpide.errors import ArgumentError, SymbolicError
from limpide.runtime.toolchain import find

DEVICES = ["numpy"] if find() is None else ["numpy", "c"]
everywhere = pytest.mark.parametrize("device", DEVICES)


@everywhere
def test_it_is_traced_once_for_every_kind_of_arguments(device: str) -> None:
    traced = []

    @lp.compile
    def f(x: Any, power: Any = 2, mode: str = "up") -> Any:
        traced.append(mode)
        return x * power if mode == "up" else x / power

    with configured(device=device):
        for value in (1.0, 2.0, 3.0):
            assert f(np.full(2, value)).numpy().tolist() == [2 * value] * 2
        assert traced == ["up"]
        f(np.ones(3))
        f(np.ones(2, np.float32))
        f(np.ones(2), 5)  # a number is an argument like any other
        f(np.ones(2), power=7)
        assert traced == ["up"] * 3
        f(np.ones(2), mode="down")
        assert traced == ["up"] * 3 + ["down"]
        assert f(np.ones(2), 4, mode="down").numpy().tolist() == [0.25, 0.25]
        assert traced == ["up"] * 3 + ["down"]


@everywhere
def test_nested_arguments_and_results(device: str) -> None:
    @lp.compile
    def f(batch: Any, scale: Any) -> Any:
        return {"sum": batch["a"] + batch["b"][0] * scale, "none": None, "pair": (batch["a"], [scale])}

    with configured(device=device):
        found = f({"a": np.ones(2), "b": [np.full(2, 3.0)]}, 2.0)
    assert found["none"] is None
    assert found["sum"].tolist() == [7.0, 7.0]
    assert found["pair"][1][0].item() == 2.0
    assert isinstance(found["pair"][0], lp.Tensor)


@everywhere
def test_state_is_read_and_written(device: str) -> None:
    W = lp.parameter(np.zeros(2), name="W")
    seen = lp.parameter(np.zeros(()), name="seen", trainable=False)

    @lp.compile
    def step(x: Any) -> Any:
        assert W.value is None  # a formula here
        before = W * 1
        W.assign(W + x)
        assert seen.assign(seen + 1) is None
        return before, W * 10

    with configured(device=device):
        before, after = step(np.array([1.0, 2.0]))
        assert before.tolist() == [0, 0]
        assert after.tolist() == [10, 20]
        W.assign(np.array([5.0, 5.0]))
        before, _ = step(np.array([1.0, 2.0]))
        assert before.tolist() == [5, 5]
    assert seen.item() == 2
    assert before.tolist() == [5, 5]


def test_an_assignment_of_itself_is_no_update() -> None:
    W = lp.parameter(np.zeros(2), name="W")

    @lp.compile
    def f() -> Any:
        W.assign(W)
        return W + 1

    assert f.program().updates == ()


@everywhere
def test_compiled_code_calls_compiled_code(device: str) -> None:
    inner = lp.compile(lambda x: x * 2)

    @lp.compile
    def outer(x: Any) -> Any:
        return inner(x) + inner(np.ones(2))

    with configured(device=device):
        assert outer(np.zeros(2)).tolist() == [2, 2]
    x = lp.input("x", (2,))
    assert lp.function([x], inner(x))([1, 2]).tolist() == [2, 4]


@everywhere
def test_methods_are_compiled_per_object(device: str) -> None:
    class Counter:
        def __init__(self, start: float):
            self.count = lp.parameter(np.array(start), name="count")

        @lp.compile
        def add(self, n: Any) -> Any:
            self.count.assign(self.count + n)
            return self.count * 1

    with configured(device=device):
        a, b = Counter(0.0), Counter(10.0)
        assert (a.add(1.0).item(), b.add(1.0).item(), a.add(2.0).item()) == (1, 11, 3)
    assert isinstance(Counter.__dict__["add"], type(Counter.add))


def test_results_keep_no_history() -> None:
    W = lp.parameter(np.ones(2), name="W")
    assert not lp.compile(lambda: W * 2)().tracked


def test_what_cannot_be_traced_says_so() -> None:
    with pytest.raises(SymbolicError, match="formula"):
        lp.compile(lambda x: 1 if x.sum() > 0 else 2)(np.ones(2))
    with pytest.raises(ArgumentError, match="missing a required argument"):
        lp.compile(lambda x: x)()
    x = lp.input("free", (2,))
    with pytest.raises(SymbolicError, match="needs the input 'free'"):
        lp.compile(lambda y: y + x)(np.ones(2))


def test_a_trace_that_failed_leaves_nothing_behind() -> None:
    W = lp.parameter(np.zeros(2), name="W")

    @lp.compile
    def f(x: Any) -> Any:
        W.assign(W + x)
        raise KeyError("oops")

    with pytest.raises(KeyError):
        f(np.ones(2))
    assert W.numpy().tolist() == [0, 0]
    W.assign(np.ones(2))
    assert (W + 1).tolist() == [2, 2]


@everywhere
def test_parameters_as_arguments(device: str) -> None:
    """Given as an argument, state is a value: what the function assigns does not change it under our feet."""
    W = lp.parameter(np.ones(2), name="W")

    @lp.compile
    def f(given: Any) -> Any:
        W.assign(W + given)
        return given * 1

    with configured(device=device):
        assert f(W).tolist() == [1, 1]
        assert W.tolist() == [2, 2]
        assert f(W).tolist() == [2, 2]
        assert W.tolist() == [4, 4]


@everywhere
def test_no_arguments_and_no_results(device: str) -> None:
    W = lp.parameter(np.zeros(()), name="W")

    def plus() -> None:
        W.assign(W + 1)

    f = lp.compile(plus)
    with configured(device=device):
        assert f() is None
        f()
    assert W.item() == 2


def test_what_it_holds() -> None:
    @lp.compile
    def f(x: Any) -> Any:
        """Twice."""
        return x * 2

    assert f.__doc__ == "Twice."
    assert f.programs() == []
    program = f.program(np.ones((2, 3)))
    assert [node.shape for node in program.inputs] == [(2, 3)]
    assert f.programs() == [program]
    assert "compiled f(x" in repr(f)
