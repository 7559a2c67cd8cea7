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
    "tensorflow.examples": f"{HERE}.data.examples",
    "tensorflow.contrib.learn.python.learn.datasets": f"{HERE}.data.learn",
    "tensorflow.contrib.learn.datasets": f"{HERE}.data.learn",
}

# Modules that scripts bring along or used to install: they stand in only where nothing else of the name is.
CONVENIENCE = {
    "input_data": f"{HERE}.data.examples.tutorials.mnist.input_data",
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
