"""Which module of limpide stands behind a public dotted name: one table."""

from __future__ import annotations

HERE = __name__.rpartition(".")[0]

# The longest prefix wins; what follows it is kept.
ALIASES = {
    "theano": f"{HERE}.theano",
    "tensorflow": f"{HERE}.tensorflow",
    "keras": f"{HERE}.keras",
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
