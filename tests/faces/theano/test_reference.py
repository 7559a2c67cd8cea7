"""Values, dtypes and gradients against PyTensor's, which reference.json holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from limpide.faces import theano
from limpide.faces.theano import tensor as T
from limpide.faces.theano.gof.graph import Variable

from .cases import CASES, SHAPES, value

REFERENCE: dict[str, Any] = json.loads(Path(__file__).with_name("reference.json").read_text("utf-8"))


def variables_of(inputs: list[str]) -> list[Any]:
    return [T.TensorType(SHAPES[n][0], [s == 1 for s in SHAPES[n][1]])(n) for n in inputs]


@pytest.mark.parametrize(("name", "inputs", "build"), CASES, ids=[c[0] for c in CASES])
def test_case(name: str, inputs: list[str], build: Any) -> None:
    expected = REFERENCE[name]
    variables = variables_of(inputs)
    output: Variable = T.as_tensor_variable(build(T, *variables))
    assert output.dtype == expected["dtype"]  # type: ignore[attr-defined]
    floats = [v for v in variables if v.name in expected["gradients"]]
    gradients = T.grad(output.sum(), floats, disconnected_inputs="ignore") if floats else []  # type: ignore[attr-defined]
    f = theano.function(variables, [output, *gradients], on_unused_input="ignore")
    found, *slopes = f(*map(value, inputs))
    assert found.dtype == expected["dtype"]
    loose = expected["dtype"] == "float32" or any(v.dtype == "float32" for v in floats)
    tolerance = {"rtol": 3e-5, "atol": 1e-6} if loose else {"rtol": 1e-6, "atol": 1e-8}
    np.testing.assert_allclose(found, np.array(expected["value"]), **tolerance)
    assert found.shape == np.shape(expected["value"])
    for v, slope in zip(floats, slopes, strict=True):
        np.testing.assert_allclose(
            slope, np.array(expected["gradients"][v.name]), err_msg=v.name, **tolerance
        )
