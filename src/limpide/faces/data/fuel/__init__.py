"""`fuel`, the data library of Theano's courses, as far as they use it: MNIST in batches."""

from types import SimpleNamespace

from . import datasets, schemes, streams, transformers

config = SimpleNamespace(floatX="float32", default_seed=1)

__all__ = ["config", "datasets", "schemes", "streams", "transformers"]
