"""`keras.engine`."""

from ... import missing
from .base_layer import Input, InputLayer, InputSpec, Layer, Node
from .network import Network, get_source_inputs
from .sequential import Sequential
from .training import Model

Container = Network

__getattr__ = missing.attributes("keras.engine", globals())
