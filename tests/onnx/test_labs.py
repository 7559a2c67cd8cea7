"""The labs' models go out, agree with onnxruntime, and come back."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide.graph import Array
from limpide.labs import (
    anomaly,
    audio,
    gradients,
    lenet,
    logistic,
    mlp,
    perceptron,
    pretrained,
    regularisation,
)
from onnx_agree import close, exported, floats, run

IMAGES = np.random.default_rng(0).integers(0, 256, (3, 28, 28), dtype=np.uint8)
PIXELS = floats(3, 784)
MODELS: dict[str, tuple[Any, Array]] = {
    "mlp": (lambda: mlp.network([64, 32], 0), PIXELS),
    "lenet": (lambda: lenet.LeNet(seed=0, dropout=0.5), IMAGES),
    "pretrained": (lambda: pretrained.Net(0), IMAGES),
    "regularisation": (lambda: regularisation.network("dropout", 0), IMAGES),
    "anomaly": (lambda: anomaly.network(0), PIXELS),
    "audio": (lambda: audio.network((128, 64), 0), floats(3, 160)),
    "perceptron": (lambda: perceptron.TwoLayers(0).net, floats(3, 2)),
    **{f"gradients {kind}": (partial(gradients.network, kind, 5, 0), PIXELS) for kind in gradients.KINDS},
}  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_models(name: str) -> None:
    make, x = MODELS[name]
    model = make()
    made = exported(model, x, inputs=lp.input("x", (None, *x.shape[1:]), x.dtype))
    close(lp.onnx.load(made)(x).numpy(), model(x).numpy())


def test_functions_of_the_labs() -> None:
    sound = audio.AutoEncoder(0)
    frames = floats(4, 160)
    close(run(lp.onnx.export(sound.regenerate, inputs=[frames]), frames)[0], sound.regenerate(frames).numpy())
    model = logistic.Logistic()
    model.W.assign(floats(784, 10))
    close(run(lp.onnx.export(model.predict, inputs=[PIXELS]), PIXELS)[0], model.predict(PIXELS).numpy())
