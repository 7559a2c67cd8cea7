"""`keras.utils.dot_utils` (Keras 0.3)."""

from ... import missing
from .vis_utils import model_to_dot, plot, plot_model, to_graph

__all__ = ["model_to_dot", "plot", "plot_model", "to_graph"]

__getattr__ = missing.attributes("keras.utils.dot_utils", globals())
