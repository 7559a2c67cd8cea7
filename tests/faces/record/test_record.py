"""Recorded graphs against NumPy."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide.errors import ArgumentError, LimpideError, ShapeError
from limpide.faces import record
from limpide.faces.record import (
    Apply,
    Deep,
    Fixed,
    Given,
    Host,
    Replay,
    Runner,
    State,
    Subgraph,
    Symbol,
    begun,
)

f32 = np.float32


def given(*shape: Any, dtype: Any = "float32", name: str = "x") -> Symbol:
    return Symbol(Given(shape, dtype, name))


def apply(build: Any, *args: Any, **kwargs: Any) -> Symbol:
    return Symbol(Apply(build, args, kwargs))


def fixed(value: Any) -> Symbol:
    return Symbol(Fixed(value))


def gradient(y: Symbol, x: Symbol) -> Symbol:
    record.differentiable(x)
    return Symbol(Deep(lambda replay, y, x: lp.grad(y, x), [y, x], known=lambda: x.known))


def shape_of(x: Symbol) -> Symbol:
    return apply(record.shape_of, x)


def run(outputs: list[Symbol], given: dict[Symbol, Any] | None = None) -> list[Any]:
    given = given or {}
    return Runner(list(given), outputs)(*given.values())


def test_shapes_and_dtypes_are_known_while_recording() -> None:
    x = given(None, 3)
    y = apply(lp.matmul, x, fixed(np.ones((3, 5), "f4")))
    assert y.formula.shape[1] == 5
    assert y.formula.shape[0] == x.formula.shape[0]
    assert apply(lp.sum, y, axis=0).formula.shape == (5,)
    assert apply(lambda t: t.astype("int32"), y).formula.dtype == np.int32


def test_an_unknown_rank_is_unknown_and_runs() -> None:
    x = Symbol(Given(None, "float32", "x"))
    y = apply(lambda a, b: a + b, x, fixed(f32(1)))
    assert y.known is None
    with pytest.raises(record.Unknown):
        _ = y.formula
    runner = Runner([x], [y])
    for value in (f32(2), f32([1, 2]), f32([[1, 2, 3]])):
        assert np.array_equal(runner(np.asarray(value))[0], value + 1)


def test_errors_stand_at_the_line_that_recorded() -> None:
    x, y = given(2, 3), given(2, 3)
    with pytest.raises(ShapeError) as caught:
        apply(lp.matmul, x, y)
    assert "apply(lp.matmul, x, y)" in str(caught.value) or "test_record.py" in str(caught.value)
    assert caught.value.where is not None
    x, y = given(None, None), given(None, None)
    z = apply(lp.matmul, x, y)
    line = z.source.where
    with pytest.raises(LimpideError) as caught:
        run([z], {x: np.ones((2, 3), "f4"), y: np.ones((2, 3), "f4")})
    assert caught.value.where == line


def test_gradient_by_inputs_intermediates_and_constants() -> None:
    x = given(None)
    h = apply(lambda t: t * t, x)
    three = fixed(f32(3))
    y = apply(lambda h, c: lp.sum(h * c + h * np.float32(3)), h, three)
    value = f32([1, 2, 5])
    gx, gh, gc = (gradient(y, s) for s in (x, h, three))
    outputs = run([gx, gh, gc], {x: value})
    assert np.allclose(outputs[0], 12 * value)
    assert np.allclose(outputs[1], 6)
    assert np.allclose(outputs[2], (value**2).sum())  # an equal constant is not the same variable
    assert gx.formula.shape == x.formula.shape


def test_any_symbol_can_be_given() -> None:
    x = given(None)
    y = apply(lp.exp, x)
    z = apply(lambda t: t + 1, y)
    assert run([z], {y: f32([4])}) == [f32([5])]


def test_a_missing_input_is_named() -> None:
    x = given(None, name="images")
    with pytest.raises(ArgumentError, match="the input 'images' is not given"):
        run([apply(lp.exp, x)])


def test_state_is_read_where_it_is_used() -> None:
    p = lp.parameter(f32(1))
    state = Symbol(State(p))
    before = apply(lambda t: t * 10, state)

    def assign(replay: Replay, value: Any) -> Any:
        p.assign(value)
        return p

    assigned = Symbol(Deep(assign, [apply(lambda t: t + 1, state)], known=lambda: state.known))
    after = Symbol(Apply(lambda t: t * 10, [state], after=[assigned]))
    assert run([before, assigned, after]) == [10, 2, 20]
    assert float(p) == 2
    assert run([before]) == [20]


def test_finish_updates_state_after_everything_is_computed() -> None:
    p, q = lp.parameter(f32(1)), lp.parameter(f32(5))
    a, b = Symbol(State(p)), Symbol(State(q))

    def swap(replay: Replay) -> None:
        new = [replay.value(apply(lambda t: t + 0, s)) for s in (b, a)]
        p.assign(new[0])
        q.assign(new[1])

    runner = Runner([], [a], finish=swap)
    assert [runner()[0], runner()[0]] == [1, 5]
    assert (float(p), float(q)) == (1, 5)


def test_sizes_are_numbers_in_a_run() -> None:
    x = given(None, None)
    n = apply(lambda s: s[0] * s[1], shape_of(x))
    flat = apply(lambda t, n: lp.reshape(t, record.sizes([n])), x, n)
    assert flat.formula.ndim == 1
    runner = Runner([x], [flat])
    for shape in ((2, 3), (4, 1)):
        value = np.random.rand(*shape).astype("f4")
        assert np.array_equal(runner(value)[0], value.ravel())


def test_an_input_that_steers_becomes_a_constant_of_the_version() -> None:
    n = given(dtype="int32", name="n")
    x = given(None)
    y = apply(lambda t, n: lp.broadcast_to(t, (record.size(n), *t.shape)), x, n)
    assert y.formula.ndim == 2
    runner = Runner([n, x], [y])
    for count in (2, 5, 2, *range(3, 20)):
        assert runner(np.int32(count), f32([1, 2]))[0].shape == (count, 2)
    assert len(runner._seen) > 8


def test_state_that_steers_is_looked_at_again() -> None:
    p = lp.parameter(np.int32(2), trainable=False)
    y = apply(lambda n: lp.ones((record.size(n),)), Symbol(State(p)))
    runner = Runner([], [y])
    assert runner()[0].shape == (2,)
    p.assign(np.int32(4))
    assert runner()[0].shape == (4,)


def test_sizes_tells_what_it_can_without_a_run() -> None:
    n = given(dtype="int64")
    shape = apply(lambda n: lp.stack([lp.astensor(np.int64(7)), n]), n)
    assert apply(lambda s: lp.zeros(record.sizes(s)), shape).formula.shape[0] == 7
    unknown = apply(lambda s: lp.zeros(record.sizes(s)), given(None, dtype="int64"))
    assert unknown.known is None


def test_python_functions_are_called_between_native_parts() -> None:
    x = given(None)
    doubled = apply(lambda t: t * 2, x)
    host = Symbol(Host(lambda a: a[::-1] + f32(1), [doubled], name="reverse"))
    after = apply(lambda t, u: t - u, host, x)
    words = Symbol(Host(lambda a, b: f"{a.sum():.0f} {b.sum():.0f}", [after, host]))
    value = f32([1, 2, 3])
    expected = (value * 2)[::-1] + 1
    results = run([after, words, host], {x: value})
    assert np.array_equal(results[0], expected - value)
    assert results[1] == f"{(expected - value).sum():.0f} {expected.sum():.0f}"
    assert np.array_equal(results[2], expected)


def test_a_function_looks_at_random_numbers_that_are_used() -> None:
    generator = lp.random.Generator(3)
    noise = Symbol(Apply(lambda: generator.normal(size=(4,))))
    seen: list[Any] = []
    host = Symbol(Host(lambda a: (seen.append(a), a)[1], [noise]))
    drawn, given_on = run([noise, apply(lambda t: t + 0, host)])
    assert np.array_equal(drawn, given_on)
    assert np.array_equal(drawn, seen[0])


def test_effects_are_called_after_every_run() -> None:
    seen: list[float] = []
    x = given()

    def build(t: Any) -> Any:
        record.effect(lambda value: seen.append(float(value)), t)
        return t

    runner = Runner([x], [apply(lambda t: t * 2, apply(build, x))])
    assert [runner(f32(1))[0], runner(f32(4))[0]] == [2, 8]
    assert seen == [1, 4]


def test_a_subgraph_is_a_loop_body() -> None:
    w = given(3, 3, name="w")
    outside = apply(lambda t: t * 2, w)
    since = begun()
    h = given(3, name="h")
    one = apply(lambda: lp.ones(3))  # begun inside: belongs to the body
    new = apply(lambda h, w, one: lp.tanh(w @ h) + one, h, outside, one)
    body = Subgraph([h], [new], since)
    assert [s.key for s in body.captured] == [outside.key]
    assert one.source in body.sources

    def loop(replay: Replay, first: Any) -> Any:
        around = body.surroundings(replay)
        return lp.scan(lambda c, _: (body.run(replay, [c], around)[0], None), first, length=4)[0]

    first = given(3, name="first")
    last = Symbol(Deep(loop, [first], known=lambda: first.known))
    value, start = np.random.rand(3, 3).astype("f4"), np.random.rand(3).astype("f4")
    expected = start
    for _ in range(4):
        expected = np.tanh(2 * value @ expected) + 1
    assert np.allclose(run([last], {w: value, first: start})[0], expected, rtol=1e-5)


def test_a_state_in_a_loop_body() -> None:
    p = lp.parameter(f32(3))
    since = begun()
    h = given(name="h")
    body = Subgraph([h], [apply(lambda a, b: a * b, h, Symbol(State(p)))], since)

    def loop(replay: Replay) -> Any:
        around = body.surroundings(replay)
        return lp.scan(lambda c, _: (body.run(replay, [c], around)[0], None), lp.ones(()), length=3)[0]

    assert run([Symbol(Deep(loop))]) == [27]


def test_deep_graphs_need_no_deep_stack() -> None:
    x = y = given()
    for _ in range(3000):
        y = apply(lambda t: t + 1, y)
    lp.config.device, device = "numpy", lp.config.device
    try:
        assert run([y], {x: f32(0)}) == [3000]
    finally:
        lp.config.device = device


def test_replaced_symbols() -> None:
    x, data = given(None), fixed(f32([1, 2, 3, 4]))
    y = apply(lambda t: t * 2, x)
    i = given(dtype="int64")
    piece = apply(lambda d, i: d[i * 2 : (i + 1) * 2], data, i)
    runner = Runner([i], [y], replaced={x.key: piece})
    assert np.array_equal(runner(np.int64(1))[0], [6, 8])


def test_results_belong_to_the_caller() -> None:
    x = given(2)
    (y,) = run([apply(lambda t: t + 0, x)], {x: f32([1, 2])})
    y += 1
    assert np.array_equal(y, [2, 3])


def test_symbols_are_not_iterated_over() -> None:
    with pytest.raises(TypeError, match="'x' is symbolic"):
        list(given(3))


def test_functions_of_python_one_after_the_other() -> None:
    x = given(None)
    first = Symbol(Host(lambda a: a[a > 0], [apply(lambda t: t * 2, x)]))
    second = Symbol(Host(lambda a: a + 1, [apply(lambda t: t * 10, first)]))
    assert run([apply(lambda t: t * 2, second)], {x: f32([1, -1])})[0].tolist() == [42]


def test_state_changes_once_in_a_run_that_is_cut() -> None:
    p = lp.parameter(f32(1))
    state = Symbol(State(p))

    def up(replay: Replay, value: Any) -> Any:
        p.assign(value + 1)
        return p

    source = Deep(up, [state], known=lambda: state.known)
    source.once = True
    changed = Symbol(source)
    seen = Symbol(Host(lambda a: a * 10, [changed]))
    assert [float(r) for r in run([apply(lambda t: t + 0, seen), changed])] == [20, 2]
    assert float(p) == 2


def test_threads_share_a_runner() -> None:
    p = lp.parameter(f32(0))
    state = Symbol(State(p))

    def up(replay: Replay, value: Any) -> Any:
        p.assign(value + 1)
        return p

    runner = Runner([], [Symbol(Deep(up, [state], known=lambda: state.known))])
    threads = [threading.Thread(target=lambda: [runner() for _ in range(50)]) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert float(p) == 200


def test_sizes_that_come_once_are_not_compiled_for() -> None:
    x = given(None)
    runner = Runner([x], [apply(lambda t: t * 2, x)])
    for n in [*range(1, 21), 20, 20]:
        assert runner(np.ones(n, "f4"))[0].tolist() == [2] * n
    assert len(runner._compiled.programs()) == 9  # the first 8, and the one that came again
