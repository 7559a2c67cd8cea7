"""Names of the user's variables in generated C do not meet names of its functions."""

from __future__ import annotations

import numpy as np
import pytest

import limpide as lp
from limpide.runtime.toolchain import find


@pytest.mark.skipif(find() is None, reason="no C compiler")
def test_a_variable_called_like_a_kernel() -> None:
    x = lp.input("x", (4, 5), "float64")
    sum_1 = x * 2
    total = (lp.sum(lp.exp(sum_1), axis=0) + lp.sum(sum_1)).sum() * sum_1
    given = np.linspace(-1, 1, 20).reshape(4, 5)
    twice = given * 2
    expected = (np.exp(twice).sum(0) + twice.sum()).sum() * twice
    found, kept = lp.function([x], [total, sum_1])(given)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    np.testing.assert_allclose(kept, twice)
