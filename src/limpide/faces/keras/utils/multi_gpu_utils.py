"""`keras.utils.multi_gpu_utils`."""

from ... import missing
from .training_utils import multi_gpu_model

__all__ = ["multi_gpu_model"]

__getattr__ = missing.attributes("keras.utils.multi_gpu_utils", globals())
