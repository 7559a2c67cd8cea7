"""tf.contrib.tensorboard.plugins: the projector."""

from __future__ import annotations

from ..... import missing

__getattr__ = missing.attributes("tensorflow.contrib.tensorboard.plugins", globals())
