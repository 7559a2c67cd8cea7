"""Models of all generations of Keras: made, trained, saved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from limpide.faces.keras import backend as K
from limpide.faces.keras.layers import (
    LSTM,
    Activation,
    Conv2D,
    Convolution2D,
    Dense,
    Dropout,
    Flatten,
    Input,
    MaxPooling2D,
    add,
)
from limpide.faces.keras.models import Model, Sequential
from limpide.faces.keras.utils import to_categorical


@pytest.fixture(autouse=True)
def fresh() -> None:
    K.clear_session()
    K.set_image_data_format("channels_last")
    np.random.seed(0)


def blobs(n: int = 200) -> tuple[Any, Any]:
    """Three clouds of points, which a small network tells apart."""
    labels = np.arange(n) % 3
    centres = np.array([[2, 0], [-2, 1], [0, -3]], "f4")
    return centres[labels] + np.random.normal(0, 0.4, (n, 2)).astype("f4"), labels


def test_a_sequential_model_learns_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    x, y = blobs()
    model = Sequential(
        [Dense(16, input_dim=2, activation="relu"), Dropout(0.1), Dense(3), Activation("softmax")]
    )
    model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    history = model.fit(x, to_categorical(y), nb_epoch=30, batch_size=20, validation_split=0.25)
    out = capsys.readouterr().out
    assert "Train on 150 samples, validate on 50 samples" in out
    assert "Epoch 30/30" in out and "150/150 [==============================] - 0s" in out
    assert history.history["val_acc"][-1] > 0.95
    assert history.history["accuracy"] == history.history["acc"]
    loss, accuracy = model.evaluate(x, to_categorical(y), verbose=0)
    assert accuracy > 0.95 and loss < 0.5
    assert (model.predict_classes(x) == y).mean() > 0.95
    assert np.allclose(model.predict_proba(x).sum(axis=1), 1, atol=1e-5)


def test_the_spellings_of_keras_1_are_those_of_keras_2() -> None:
    old = Convolution2D(
        4, 3, 5, border_mode="same", subsample=(2, 1), init="he_normal", dim_ordering="tf", bias=False
    )
    new = Conv2D(4, (3, 5), padding="same", strides=(2, 1), kernel_initializer="he_normal", use_bias=False)
    first, second = old.get_config(), new.get_config()
    assert {k: v for k, v in first.items() if k != "name"} == {k: v for k, v in second.items() if k != "name"}
    dense = Dense(output_dim=7, init="uniform", W_regularizer="l2", input_dim=3)
    assert (dense.units, dense.batch_input_shape, dense.kernel_regularizer.l2) == (7, (None, 3), 0.01)


def test_a_first_layer_with_channels_first_decides_for_all() -> None:
    model = Sequential()
    model.add(Convolution2D(4, 3, 3, input_shape=(1, 28, 28)))
    model.add(MaxPooling2D((2, 2)))
    assert model.output_shape == (None, 4, 13, 13)
    assert K.image_dim_ordering() == "th"


def test_summary_is_that_of_keras_2(capsys: pytest.CaptureFixture[str]) -> None:
    Sequential([Dense(512, activation="relu", input_shape=(784,)), Dense(10)]).summary()
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "Layer (type)                 Output Shape              Param #   "
    assert lines[3] == "dense_1 (Dense)              (None, 512)               401920    "
    assert lines[-4:-1] == ["Total params: 407,050", "Trainable params: 407,050", "Non-trainable params: 0"]


def test_shared_layers_and_several_outputs() -> None:
    a, b = Input((4,), name="a"), Input((4,), name="b")
    shared = Dense(3, activation="tanh", name="shared")
    total = add([shared(a), shared(b)])
    model = Model(inputs=[a, b], outputs=[Dense(1, name="one")(total), Dense(2, name="two")(total)])
    model.compile("sgd", {"one": "mse", "two": "mae"}, loss_weights={"two": 0.5}, metrics={"two": ["mse"]})
    assert len(model.get_weights()) == 6
    with pytest.raises(AttributeError, match="multiple inbound nodes"):
        _ = shared.output
    x = {"a": np.ones((8, 4)), "b": np.zeros((8, 4))}
    y = {"one": np.ones((8, 1)), "two": np.zeros((8, 2))}
    found = model.train_on_batch(x, y)
    assert model.metrics_names == ["loss", "one_loss", "two_loss", "two_mean_squared_error"]
    assert found[0] == pytest.approx(found[1] + 0.5 * found[2], rel=1e-5)


@pytest.mark.parametrize("make", ["sequential", "functional"])
def test_a_saved_model_goes_on_where_it_was(tmp_path: Path, make: str) -> None:
    from limpide.faces.keras.models import load_model

    x, y = np.random.rand(16, 6, 5).astype("f4"), np.random.rand(16, 2).astype("f4")
    if make == "sequential":
        model = Sequential([LSTM(4, input_shape=(6, 5)), Dense(2)])
    else:
        i = Input((6, 5))
        model = Model(i, Dense(2)(LSTM(4)(i)))
    model.compile("adam", "mse", metrics=["mae"])
    model.fit(x, y, epochs=2, verbose=0, shuffle=False)
    model.save(tmp_path / "net.h5")
    again = load_model(tmp_path / "net.h5")
    assert np.array_equal(again.predict(x), model.predict(x))
    for each in (model, again):
        each.fit(x, y, epochs=2, verbose=0, shuffle=False)
    assert np.allclose(again.predict(x), model.predict(x), atol=1e-6)


def test_flattened_images_of_a_convolution() -> None:
    model = Sequential(
        [Conv2D(3, 3, input_shape=(8, 8, 1), activation="relu"), MaxPooling2D(), Flatten(), Dense(2)]
    )
    assert [layer.output_shape for layer in model.layers] == [
        (None, 6, 6, 3),
        (None, 3, 3, 3),
        (None, 27),
        (None, 2),
    ]
