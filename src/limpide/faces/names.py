"""Which module of limpide stands behind a public dotted name: one table."""

from __future__ import annotations

HERE = __name__.rpartition(".")[0]

# The longest prefix wins; what follows it is kept.
ALIASES = {
    "theano": f"{HERE}.theano",
    "tensorflow": f"{HERE}.tensorflow",
    "keras": f"{HERE}.keras",
    "keras.engine.input_layer": f"{HERE}.keras.engine.topology",
    "tensorflow.keras": f"{HERE}.keras",
    "tensorflow.contrib.keras": f"{HERE}.keras",
    "tensorflow.python.keras": f"{HERE}.keras",
    "keras.datasets": f"{HERE}.data.keras_datasets",
    "tensorflow.keras.datasets": f"{HERE}.data.keras_datasets",
    "tensorflow.contrib.keras.datasets": f"{HERE}.data.keras_datasets",
    "tensorflow.python.keras.datasets": f"{HERE}.data.keras_datasets",
    "tensorflow.examples": f"{HERE}.data.examples",
    "tensorflow.contrib.learn.python.learn.datasets": f"{HERE}.data.learn",
    "tensorflow.contrib.learn.datasets": f"{HERE}.data.learn",
}

# Modules inside of TensorFlow that course code imports by their paths, and what of the face is behind them.
_INSIDE = {
    "compat.v1": "",
    "contrib.distributions": ".distributions",
    "python.framework.constant_op": "",
    "python.framework.dtypes": ".dtypes",
    "python.framework.errors": ".errors",
    "python.framework.errors_impl": ".errors",
    "python.framework.function": "",
    "python.framework.graph_util": "",
    "python.framework.ops": "",
    "python.framework.random_seed": "",
    "python.framework.tensor_shape": ".shapes",
    "python.framework.tensor_util": "",
    "python.client.session": ".session",
    "python.platform.app": ".app",
    "python.platform.flags": ".flags",
    "python.platform.gfile": ".gfile",
    "python.platform.tf_logging": ".logging",
    "python.platform.test": ".test",
    "python.training.optimizer": ".train",
    "python.training.saver": ".train",
    "python.training.training_util": ".train",
    "python.training.session_run_hook": ".train",
    "python.training.basic_session_run_hooks": ".train",
    "python.training.learning_rate_decay": ".train",
    "python.training.monitored_session": ".train",
    "python.summary.summary": ".summary",
    "python.ops.nn": ".nn",
    "python.ops.nn_ops": ".nn",
    "python.ops.rnn": ".nn",
    "python.ops.rnn_cell": ".nn.rnn_cell",
    "python.ops.rnn_cell_impl": ".nn.rnn_cell",
    "core.framework.summary_pb2": ".summary",
    "core.util.event_pb2": ".summary",
    "core.protobuf.config_pb2": ".protos",
    "core.framework.graph_pb2": "",
} | {
    f"python.ops.{name}": ""
    for name in (
        "array_ops", "check_ops", "clip_ops", "control_flow_ops", "custom_gradient", "data_flow_ops",
        "embedding_ops", "functional_ops", "gen_array_ops", "gen_math_ops", "gen_nn_ops", "gradients",
        "gradients_impl", "init_ops", "io_ops", "linalg_ops", "logging_ops", "math_ops", "parsing_ops",
        "partitioned_variables", "random_ops", "resource_variable_ops", "script_ops", "sparse_ops",
        "special_math_ops", "state_ops", "string_ops", "template", "tensor_array_ops", "variable_scope",
        "variables",
    )
}  # fmt: skip
ALIASES |= {f"tensorflow.{inside}": f"{HERE}.tensorflow{own}" for inside, own in _INSIDE.items()}

# Modules that scripts bring along or used to install: they stand in only where nothing else of the name is.
CONVENIENCE = {
    "input_data": f"{HERE}.data.examples.tutorials.mnist.input_data",
    "fuel": f"{HERE}.data.fuel",
    "fuel.datasets": f"{HERE}.data.fuel.datasets",
    "fuel.schemes": f"{HERE}.data.fuel.schemes",
    "fuel.streams": f"{HERE}.data.fuel.streams",
    "fuel.transformers": f"{HERE}.data.fuel.transformers",
    "foxhound": f"{HERE}.run.old",
    "foxhound.utils": f"{HERE}.run.old",
    "foxhound.utils.vis": f"{HERE}.run.old.foxhound",
    "cPickle": "pickle",
    "Image": "PIL.Image",
    "ImageOps": "PIL.ImageOps",
    "IPython": f"{HERE}.run.ipython",
    "IPython.display": f"{HERE}.run.ipython.display",
    "IPython.core.display": f"{HERE}.run.ipython.display",
    "sklearn.cross_validation": f"{HERE}.run.old.cross_validation",
    "sklearn.grid_search": "sklearn.model_selection",
    "sklearn.learning_curve": "sklearn.model_selection",
    "sklearn.lda": "sklearn.discriminant_analysis",
    "sklearn.qda": "sklearn.discriminant_analysis",
    "sklearn.externals.joblib": "joblib",
    "sklearn.datasets.samples_generator": "sklearn.datasets",
    "scipy.misc": f"{HERE}.run.old.misc",
}


def behind(public: str) -> str | None:
    """The module of limpide for a dotted name, whether or not there is one; None for names of others.

    >>> behind("theano.tensor.nnet")
    'limpide.faces.theano.tensor.nnet'
    >>> behind("tensorflow.keras.layers")
    'limpide.faces.keras.layers'
    >>> behind("numpy")
    """
    prefix = public
    while prefix and prefix not in ALIASES:
        prefix = prefix.rpartition(".")[0]
    return ALIASES[prefix] + public[len(prefix) :] if prefix else None
