"""Networks of sigmoids on digits, as Keras courses write them: FILE SIZES LR BATCH EPOCHS."""

import sys
import time

import numpy as np
from keras.callbacks import Callback
from keras.layers import Dense
from keras.models import Sequential
from keras.optimizers import SGD

file, sizes, lr, batch, epochs = sys.argv[1:6]
sizes, lr, batch = [int(s) for s in sizes.split(",")], float(lr), int(batch)
data = np.load(file)

model = Sequential()
for i, units in enumerate(sizes[1:]):
    last = i == len(sizes) - 2
    shape = {} if i else {"input_shape": (sizes[0],)}
    model.add(Dense(units, activation="softmax" if last else "sigmoid", **shape))
model.set_weights([data[f"{kind}{i}"] for i in range(len(sizes) - 1) for kind in "Wb"])
try:
    optimizer = SGD(lr=lr)
except ValueError:  # Keras 3
    optimizer = SGD(learning_rate=lr)
model.compile(loss="categorical_crossentropy", optimizer=optimizer)


class Watch(Callback):
    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        print("epoch", time.perf_counter() - self.start, logs["loss"])


y = np.eye(10, dtype="float32")[data["y"]]
model.fit(data["x"], y, batch_size=batch, epochs=int(epochs), verbose=0, callbacks=[Watch()])
