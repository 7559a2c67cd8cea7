"""tf.contrib.tensorboard: what is written for TensorBoard's plugins."""

from __future__ import annotations

from .... import missing

__getattr__ = missing.attributes("tensorflow.contrib.tensorboard", globals())
