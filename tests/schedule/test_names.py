"""Kernels' names: each is a C function of one file."""

from __future__ import annotations

import numpy as np

import limpide as lp


def test_a_loop_and_what_surrounds_it_may_use_the_same_op() -> None:
    w = np.random.default_rng(0).normal(size=(8, 8)).astype(np.float32)

    @lp.compile
    def twice(x):  # type: ignore[no-untyped-def]
        power, _ = lp.scan(lambda carry, _: (carry @ w, None), x @ w, length=3)
        return power @ w

    x = np.eye(8, dtype=np.float32)
    np.testing.assert_allclose(twice(x).numpy(), np.linalg.matrix_power(w, 5), rtol=1e-4, atol=1e-5)
