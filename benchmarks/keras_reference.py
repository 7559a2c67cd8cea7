"""Makes tests/faces/keras/reference.json with Keras 3.

PYTHONPATH=tests KERAS_BACKEND=tensorflow python benchmarks/keras_reference.py
"""

from __future__ import annotations

import json
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from keras_cases import LAYERS, LOSSES, OPTIMIZERS, data, labels


def numbers(value):
    return [float(f"{v:.7g}") for v in np.asarray(value, "f8").reshape(-1)]


found = {"layers": {}, "losses": {}, "optimizers": {}}
for name, (kind, arguments, shapes) in LAYERS.items():
    layer = getattr(keras.layers, kind)(**arguments)
    inputs = [tf.constant(data(s, i + 0.1)) for i, s in enumerate(shapes)]
    given = inputs if len(inputs) > 1 else inputs[0]
    layer.build([tuple(i.shape) for i in inputs] if len(inputs) > 1 else tuple(inputs[0].shape))
    layer.set_weights([np.abs(data(w.shape, k + 1, 0.5)) for k, w in enumerate(layer.weights)])
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        y = layer(given)
        total = tf.reduce_sum(y * data(y.shape, 2))
    gradients = tape.gradient(total, [*inputs, *(w.value for w in layer.trainable_weights)])
    found["layers"][name] = {
        "shape": list(y.shape),
        "output": numbers(y),
        "gradients": [float(f"{float(tf.reduce_sum(g * data(g.shape, 3))):.7g}") for g in gradients],
    }
for name in LOSSES:
    y, p = labels(name)
    kind = {"kullback_leibler_divergence": "kl_divergence"}.get(name, name)
    found["losses"][name] = numbers(getattr(keras.losses, kind)(y, p))
for name, (kind, arguments) in OPTIMIZERS.items():
    optimizer = getattr(keras.optimizers, kind)(**arguments)
    w = keras.Variable(data((4,), 0.2))
    for step in range(5):
        optimizer.apply([tf.constant(data((4,), step) + w.numpy())], [w])
    found["optimizers"][name] = numbers(w.numpy())
place = Path(__file__).parents[1] / "tests/faces/keras/reference.json"
place.write_text(json.dumps(found, indent=0) + "\n")
