"""Files: arrays as safetensors, written whole or not at all."""

from .files import write_atomically
from .tensors import load_tensors, save_tensors

__all__ = ["load_tensors", "save_tensors", "write_atomically"]
