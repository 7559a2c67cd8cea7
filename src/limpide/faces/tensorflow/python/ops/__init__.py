"""TensorFlow's internal package `tensorflow.python.ops`: its modules are names of the face."""

from __future__ import annotations

import sys

from .... import missing

_face = sys.modules[__name__.rpartition(".python.")[0]]
array_ops = math_ops = control_flow_ops = random_ops = init_ops = clip_ops = state_ops = io_ops = _face
variable_scope = variables = gradients = gradients_impl = functional_ops = logging_ops = check_ops = _face
data_flow_ops = embedding_ops = script_ops = string_ops = parsing_ops = tensor_array_ops = linalg_ops = _face
gen_array_ops = gen_math_ops = gen_nn_ops = sparse_ops = resource_variable_ops = custom_gradient = _face
partitioned_variables = template = summary_ops = special_math_ops = _face

__getattr__ = missing.attributes("tensorflow.python.ops", globals())
