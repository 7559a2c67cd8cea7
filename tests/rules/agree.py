"""What the tests of rules share: a rule fires on an expression, and the value stays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from limpide.graph import Array, Node
from limpide.ops.loop import placeholder
from limpide.rewrite import Fired, Table, apply_rules, joined
from limpide.rules import passes
from limpide.runtime.interpret import evaluate

# Everything that a float can be: both zeros, both infinities, NaN, tiny, large, and plain numbers.
FLOATS = np.array(
    [0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0, 0.5, -2.5, 3.0, 1e-310, -1e-310, 1e300, -1e300, 2.0, 7.25]
)


def rows(*shape: int, seed: int = 0) -> Array:
    """Random numbers between -2 and 2."""
    return np.random.default_rng(seed).uniform(-2, 2, shape)


def pairs() -> tuple[Array, Array]:
    """Every float with every other."""
    a, b = np.meshgrid(FLOATS, FLOATS)
    return a, b


@dataclass
class Case:
    """An expression on which a rule fires. rtol: None for the same bits (any NaN is a NaN)."""

    build: Callable[..., Any]
    arrays: Sequence[Array] = field(default_factory=lambda: (FLOATS,))
    rtol: float | None = None


def rewritten(roots: Sequence[Node], *tables: Table) -> tuple[list[Node], Fired]:
    fired: Fired = {}
    return apply_rules(roots, joined(*tables), fired), fired


def optimised(roots: Sequence[Node]) -> tuple[list[Node], dict[str, Fired]]:
    """The roots after every pass, and what fired in each."""
    current = list(roots)
    fired: dict[str, Fired] = {}
    for name, run in passes:
        current = run(current, fired.setdefault(name, {}))
    return current, fired


def compiled(roots: Sequence[Node], known: dict[Node, Array]) -> list[Array]:
    """The values of the roots after every pass."""
    return evaluate(optimised(roots)[0], dict(known))


def inputs(arrays: Sequence[Array]) -> list[Node]:
    return [placeholder(f"x{i}", a.shape, a.dtype) for i, a in enumerate(arrays)]


def check(rule: str, case: Case, *tables: Table) -> None:
    """The rule fires, and the values before and after agree."""
    holes = inputs(case.arrays)
    root = case.build(*holes)
    (after,), fired = rewritten([root], *tables)
    assert rule in fired, f"{rule} did not fire, but {fired}"
    assert (after.shape, after.dtype) == (root.shape, root.dtype)
    known = dict(zip(holes, case.arrays, strict=True))
    old, new = evaluate([root, after], known)
    agree(new, old, case.rtol)


def agree(new: Array, old: Array, rtol: float | None) -> None:
    if rtol is not None:
        np.testing.assert_allclose(new, old, rtol=rtol, atol=1e-300)
        return
    np.testing.assert_array_equal(new, old)
    if old.dtype.kind == "f":
        there = ~np.isnan(old)
        np.testing.assert_array_equal(np.signbit(new[there]), np.signbit(old[there]), "the sign of zero")
