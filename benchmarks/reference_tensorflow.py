"""Numbers of TensorFlow itself for the tests of its face: python benchmarks/reference_tensorflow.py.

Runs every case of tests/faces/tensorflow/cases.py in tensorflow.compat.v1 and writes
reference.json beside it.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

TESTS = Path(__file__).parents[1] / "tests" / "faces" / "tensorflow"


def main() -> None:
    import tensorflow.compat.v1 as tf

    tf.disable_v2_behavior()
    sys.path.insert(0, str(TESTS))
    import cases

    results = {}
    for name, case in cases.CASES.items():
        tf.reset_default_graph()
        try:
            results[name] = cases.listed(case(tf))
        except Exception as error:  # a case that this version does not know is left out
            print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr)
    (TESTS / "reference.json").write_text(json.dumps(results, indent=0) + "\n", "utf-8")
    print(f"{len(results)} of {len(cases.CASES)} cases")


if __name__ == "__main__":
    main()
