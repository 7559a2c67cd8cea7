"""tf.test: a TestCase with sessions, and questions about this machine."""

from __future__ import annotations

import tempfile
import unittest
from typing import Any

import numpy as np

from .. import missing
from .gradients import gradients
from .graph import get_default_graph, get_default_session, reset_default_graph
from .inputs import placeholder
from .session import Session


class TestCase(unittest.TestCase):
    """unittest's, with sessions and comparisons of arrays."""

    __test__ = False

    def setUp(self) -> None:
        reset_default_graph()

    def test_session(
        self, graph: Any = None, config: Any = None, use_gpu: bool = False, force_gpu: bool = False
    ) -> Any:
        """A session for a block; not a test itself."""
        return Session(graph=graph or get_default_graph(), config=config)

    session = cached_session = test_session

    def evaluate(self, tensors: Any) -> Any:
        with self.test_session() as sess:
            return sess.run(tensors)

    def assertAllClose(self, a: Any, b: Any, rtol: float = 1e-6, atol: float = 1e-6, msg: Any = None) -> None:
        np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=rtol, atol=atol)

    def assertAllEqual(self, a: Any, b: Any, msg: Any = None) -> None:
        np.testing.assert_array_equal(np.asarray(a), np.asarray(b))

    def assertNear(self, f1: float, f2: float, err: float, msg: Any = None) -> None:
        self.assertLessEqual(abs(f1 - f2), err)

    def assertShapeEqual(self, np_array: Any, tf_tensor: Any, msg: Any = None) -> None:
        self.assertEqual(list(np_array.shape), tf_tensor.get_shape().as_list())


def main(argv: Any = None) -> None:
    unittest.main(argv=argv)


def is_gpu_available(cuda_only: bool = False, min_cuda_compute_capability: Any = None) -> bool:
    return False


def is_built_with_cuda() -> bool:
    return False


def gpu_device_name() -> str:
    return ""


def get_temp_dir() -> str:
    return tempfile.gettempdir()


def compute_gradient_error(
    x: Any, x_shape: Any, y: Any, y_shape: Any, x_init_value: Any = None, delta: float = 1e-3, **_: Any
) -> float:
    """The largest difference between a derivative and its finite differences."""
    from_formula, by_differences = compute_gradient(x, x_shape, y, y_shape, x_init_value, delta)
    return float(np.abs(from_formula - by_differences).max(initial=0))


def compute_gradient(
    x: Any, x_shape: Any, y: Any, y_shape: Any, x_init_value: Any = None, delta: float = 1e-3, **_: Any
) -> Any:
    """The derivatives of all elements of y by all of x, by formula and by finite differences."""
    sess = get_default_session()
    kind = x.dtype.as_numpy_dtype
    first = (
        np.random.default_rng(0).normal(size=x_shape).astype(kind)
        if x_init_value is None
        else np.asarray(x_init_value)
    )
    weights = placeholder(y.dtype.base_dtype, y_shape)
    (slope,) = gradients(y, x, grad_ys=weights)
    outputs = int(np.prod(y_shape))
    rows = [sess.run(slope, {x: first, weights: e.reshape(y_shape)}) for e in np.eye(outputs, dtype=kind)]
    found = np.stack([r.ravel() for r in rows], axis=1)
    columns = []
    for i in range(first.size):
        step = np.zeros(first.size, kind)
        step[i] = delta
        high, low = (sess.run(y, {x: first + sign * step.reshape(first.shape)}) for sign in (1, -1))
        columns.append((np.asarray(high) - np.asarray(low)).ravel() / (2 * delta))
    return found, np.stack(columns)


__getattr__ = missing.attributes("tensorflow.test", globals())
