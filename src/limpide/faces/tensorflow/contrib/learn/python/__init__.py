"""An inner path of tf.contrib.learn."""

from ..... import missing

__getattr__ = missing.attributes("tensorflow.contrib.learn.python", globals())
