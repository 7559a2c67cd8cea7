"""TensorFlow's internal package `tensorflow.python.framework`: its modules are names of the face."""

from __future__ import annotations

import sys

from .... import missing
from ... import dtypes as dtypes
from ... import errors as errors
from ... import shapes, test

ops = random_seed = constant_op = graph_util = function = sys.modules[__name__.rpartition(".python.")[0]]
errors_impl = errors
tensor_util = ops
tensor_shape, test_util = shapes, test

__getattr__ = missing.attributes("tensorflow.python.framework", globals())
