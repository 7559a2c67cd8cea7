"""tf.contrib, as far as courses use it."""

from ... import missing

__getattr__ = missing.attributes("tensorflow.contrib", globals())
