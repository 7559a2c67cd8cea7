"""Makes tests/faces/keras/files/keras3.h5 with Keras 3's writer of Keras 2's format.

python benchmarks/keras_files.py
"""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
from keras.layers import GRU, LSTM, Add, Bidirectional, Dense, Input

folder = Path(__file__).parents[1] / "tests/faces/keras/files"
folder.mkdir(exist_ok=True)
inputs = Input((6, 5))
hidden = GRU(3)(Bidirectional(LSTM(2, return_sequences=True))(inputs))
model = keras.Model(inputs, Add()([Dense(2)(hidden), Dense(2)(hidden)]))
model.compile("sgd", "mse")
x = np.sin(np.arange(60) * 0.3).reshape(2, 6, 5).astype("f4")
model.save(folder / "keras3.h5")
np.save(folder / "keras3.npy", model.predict(x, verbose=0))
