"""Networks of sigmoids on digits, as TensorFlow 1's tutorials write them: FILE SIZES LR BATCH EPOCHS."""

import sys
import time

import numpy as np
import tensorflow as tf

file, sizes, lr, batch, epochs = sys.argv[1:6]
sizes, lr, batch = [int(s) for s in sizes.split(",")], float(lr), int(batch)
data = np.load(file)
images, labels = data["x"], data["y"]

x = tf.placeholder(tf.float32, [None, sizes[0]])
y = tf.placeholder(tf.int64, [None])
out = x
for i in range(len(sizes) - 1):
    W = tf.Variable(data[f"W{i}"])
    b = tf.Variable(data[f"b{i}"])
    out = tf.matmul(tf.nn.sigmoid(out) if i else out, W) + b
loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=out))
train = tf.train.GradientDescentOptimizer(lr).minimize(loss)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for _ in range(int(epochs)):
        start = time.perf_counter()
        losses = []
        for i in range(len(labels) // batch):
            rows = slice(i * batch, (i + 1) * batch)
            _, value = sess.run([train, loss], feed_dict={x: images[rows], y: labels[rows]})
            losses.append(value)
        print("epoch", time.perf_counter() - start, np.mean(losses))
