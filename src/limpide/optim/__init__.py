"""Optimisers: rules that turn gradients into new values of parameters."""

from .optimizer import Optimizer, Step
from .rules import SGD, Adagrad, Adam, AdamW, RMSProp, get

__all__ = ["SGD", "Adagrad", "Adam", "AdamW", "Optimizer", "RMSProp", "Step", "get"]
