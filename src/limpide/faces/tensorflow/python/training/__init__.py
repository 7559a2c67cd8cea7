"""TensorFlow's internal package `tensorflow.python.training`."""

from __future__ import annotations

import sys

from .... import missing
from . import moving_averages as moving_averages

train = sys.modules[__name__.rpartition(".python.")[0] + ".train"]
optimizer = saver = session_run_hook = basic_session_run_hooks = learning_rate_decay = training_util = train
training = monitored_session = queue_runner = adam = gradient_descent = momentum = rmsprop = adagrad = train

__getattr__ = missing.attributes("tensorflow.python.training", globals())
