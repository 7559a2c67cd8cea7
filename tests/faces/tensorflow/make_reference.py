"""Writes reference_*.json: what TensorFlow (tensorflow.compat.v1) gives for the cases of cases_*.py.

Run by hand where TensorFlow is installed:
TF_ENABLE_ONEDNN_OPTS=0 TF_USE_LEGACY_KERAS=1 python make_reference.py [NAME]
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent


def run(tf: Any, name: str, arrays: list[Any], function: Any) -> dict[str, Any]:
    """The results of a case, their derivatives, and the names of the variables that it makes."""
    tf.reset_default_graph()
    tf.set_random_seed(1)
    with tf.Session() as session:
        feeds = {tf.placeholder(a.dtype, a.shape): a for a in arrays}
        made = function(tf, *feeds)
        results = list(made) if isinstance(made, (list, tuple)) else [made]
        floats = [r for r in results if r.dtype.base_dtype.is_floating]
        gradients: list[Any] = []
        if name.startswith("grad_"):
            weighted = sum(tf.reduce_sum(r * tf.cos(2.0 * r)) for r in floats)
            gradients = [g for g in tf.gradients(weighted, list(feeds)) if g is not None]
            gradients = [tf.convert_to_tensor(g) for g in gradients]
        session.run(tf.global_variables_initializer())
        session.run(tf.local_variables_initializer())
        session.run(tf.get_collection("fixed"))
        values, slopes = session.run([results, gradients], feeds)
        return {
            "results": [told(v) for v in values],
            "gradients": [told(v) for v in slopes],
            "variables": [v.name for v in tf.global_variables()],
        }


def told(value: Any) -> list[Any]:
    """Shape, dtype and elements, or of many elements two weighted sums."""
    array = np.asarray(value)
    flat = array.astype(np.float64).reshape(-1)
    if flat.size > 12:
        at = np.arange(flat.size)
        flat = np.array([flat @ np.cos(1 + at), flat @ np.sin(0.7 * at)])
    return [list(array.shape), array.dtype.name, [float(f"{v:.7g}") for v in flat]]


def main() -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    tf = importlib.import_module("tensorflow.compat.v1")
    tf.disable_eager_execution()
    sys.path.insert(0, str(HERE))
    for file in sorted(HERE.glob(f"cases_{sys.argv[1] if sys.argv[1:] else '*'}.py")):
        cases = importlib.import_module(file.stem).CASES
        found = {name: run(tf, name, arrays, function) for name, (arrays, function) in cases.items()}
        (HERE / f"reference_{file.stem.removeprefix('cases_')}.json").write_text(
            "{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in found.items()) + "\n}\n"
        )


if __name__ == "__main__":
    main()
