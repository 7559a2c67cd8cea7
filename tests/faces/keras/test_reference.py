"""Layers, losses and optimisers against numbers of Keras 3 (see benchmarks/keras_reference.py)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from keras_cases import LAYERS, LOSSES, OPTIMIZERS, data, labels
from limpide.faces.keras import backend as K
from limpide.faces.keras import layers, losses, optimizers

REFERENCE = json.loads(Path(__file__).with_name("reference.json").read_text())


@pytest.fixture(autouse=True)
def fresh() -> None:
    K.clear_session()
    K.set_image_data_format("channels_last")


@pytest.mark.parametrize("name", LAYERS)
def test_layer(name: str) -> None:
    kind, arguments, shapes = LAYERS[name]
    expected = REFERENCE["layers"][name]
    layer = getattr(layers, kind)(**arguments)
    inputs = [K.placeholder(s) for s in shapes]
    y = layer(inputs if len(inputs) > 1 else inputs[0])
    layer.set_weights([np.abs(data(K.int_shape(w), k + 1, 0.5)) for k, w in enumerate(layer.weights)])
    shape = tuple(expected["shape"])
    assert K.int_shape(y) == shape
    total = K.sum(y * K.constant(data(shape, 2)))
    wanted = [*inputs, *layer.trainable_weights]
    gradients = K.gradients(total, wanted)
    sums = [K.sum(g * K.constant(data(K.int_shape(v), 3))) for g, v in zip(gradients, wanted, strict=True)]
    run = K.function([*inputs, K.learning_phase()], [y, *sums])
    found = run([*(data(s, i + 0.1) for i, s in enumerate(shapes)), 0])
    assert np.allclose(found[0].reshape(-1), expected["output"], rtol=1e-4, atol=1e-5)
    assert np.allclose(found[1:], expected["gradients"], rtol=2e-4, atol=1e-4)


@pytest.mark.parametrize("name", LOSSES)
def test_loss(name: str) -> None:
    y, p = labels(name)
    found = K.eval(getattr(losses, name)(K.constant(y), K.constant(p)))
    assert np.allclose(found, REFERENCE["losses"][name], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizer(name: str) -> None:
    kind, arguments = OPTIMIZERS[name]
    w = K.variable(data((4,), 0.2))
    x: Any = K.placeholder((4,))
    loss = K.sum(x * w) + K.sum(K.square(w)) / 2
    more = {"schedule_decay": 1.0} if kind == "Nadam" else {}  # Keras 3 has no other
    optimizer = getattr(optimizers, kind)(**arguments, **more)
    step = K.function([x], [loss], updates=optimizer.get_updates(loss=loss, params=[w]))
    for i in range(5):
        step([data((4,), i)])
    assert np.allclose(K.get_value(w), REFERENCE["optimizers"][name], rtol=1e-4, atol=1e-6)
