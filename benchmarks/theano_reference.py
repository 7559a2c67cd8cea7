"""Writes tests/faces/theano/reference.json: what PyTensor 3 gives for cases.py beside it.

    python benchmarks/theano_reference.py

PyTensor is Theano's successor; it keeps its rules of dtypes and broadcasting.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytensor
import pytensor.tensor as T

FOLDER = Path(__file__).parents[1] / "tests" / "faces" / "theano"
sys.path.insert(0, str(FOLDER))

from cases import CASES, SHAPES, value  # noqa: E402

pytensor.config.cxx = ""
pytensor.config.mode = "FAST_COMPILE"
pytensor.config.floatX = "float64"


def result(inputs: list[str], build: Any) -> dict[str, Any]:
    variables = []
    for name in inputs:
        dtype, shape = SHAPES[name]
        variables.append(T.tensor(name, dtype=dtype, shape=[1 if s == 1 else None for s in shape]))
    output = T.as_tensor_variable(build(T, *variables))
    wanted = [output]
    floats = [v for v in variables if v.dtype.startswith("float")]
    gradients = []
    if output.dtype.startswith("float") and floats:
        try:
            gradients = T.grad(output.sum().astype("float64"), floats, disconnected_inputs="ignore")
        except NotImplementedError:
            floats = []
    else:
        floats = []
    found = pytensor.function(
        variables, [*wanted, *gradients], on_unused_input="ignore", mode="FAST_COMPILE"
    )(*map(value, inputs))
    return {
        "dtype": output.dtype,
        "value": packed(found[0]),
        "gradients": {v.name: packed(g) for v, g in zip(floats, found[1:], strict=False)},
    }


def packed(array: Any) -> Any:
    """Numbers to seven digits."""
    array = np.asarray(array)
    if array.dtype.kind == "f":
        array = np.array([float(f"{x:.7g}") for x in array.ravel()]).reshape(array.shape)
    return array.tolist()


def main() -> None:
    warnings.simplefilter("ignore")
    found = {}
    for name, inputs, build in CASES:
        try:
            found[name] = result(inputs, build)
        except Exception as error:
            print("left out:", name, type(error).__name__, str(error)[:100])
    lines = [f"{json.dumps(k)}: {json.dumps(v)}" for k, v in found.items()]
    (FOLDER / "reference.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
    print(len(found), "of", len(CASES))


if __name__ == "__main__":
    main()
