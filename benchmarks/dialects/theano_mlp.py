"""Networks of sigmoids on digits, as Theano's tutorials write them: FILE SIZES LR BATCH EPOCHS."""

import sys
import time

import numpy as np
import theano
import theano.tensor as T

file, sizes, lr, batch, epochs = sys.argv[1:6]
sizes, lr, batch = [int(s) for s in sizes.split(",")], float(lr), int(batch)
data = np.load(file)
images = theano.shared(np.asarray(data["x"], "float32"), borrow=True)
labels = theano.shared(np.asarray(data["y"], "int32"), borrow=True)

index, x, y = T.lscalar("index"), T.fmatrix("x"), T.ivector("y")
out, params = x, []
for i in range(len(sizes) - 1):
    W = theano.shared(data[f"W{i}"], name=f"W{i}")
    b = theano.shared(data[f"b{i}"], name=f"b{i}")
    params += [W, b]
    out = T.dot(T.nnet.sigmoid(out) if i else out, W) + b
probabilities = T.nnet.softmax(out)
loss = -T.mean(T.log(probabilities)[T.arange(y.shape[0]), y])
grads = T.grad(loss, params)
train = theano.function(
    [index],
    loss,
    updates=[(p, p - np.float32(lr) * g) for p, g in zip(params, grads)],
    givens={x: images[index * batch : (index + 1) * batch], y: labels[index * batch : (index + 1) * batch]},
)

for _ in range(int(epochs)):
    start = time.perf_counter()
    losses = [train(i) for i in range(len(data["y"]) // batch)]
    print("epoch", time.perf_counter() - start, np.mean(losses))
