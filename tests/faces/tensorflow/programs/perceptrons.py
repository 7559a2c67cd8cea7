# A graph, a perceptron and a perceptron of three hidden layers, as first lectures print them.
from math import pi

import numpy as np
import tensorflow as tf

a = tf.placeholder(tf.float32, shape=(), name="a")
b = tf.placeholder(tf.float32, shape=(), name="b")
y = tf.sqrt(a + tf.sin(b))
with tf.Session() as sess:
    (root,) = sess.run([y], feed_dict={a: 3, b: pi / 2.0})
print(f"y: {root}")

rng = np.random.RandomState(0)
images = rng.rand(400, 784).astype("float32")
truth = (images[:, :392].sum(1) > images[:, 392:].sum(1)).astype("float32")[:, None]
classes = np.eye(10, dtype="float32")[(images[:, :10].argmax(1))]

x = tf.placeholder(shape=[None, 784], dtype=tf.float32, name="x")
w = tf.Variable(initial_value=tf.truncated_normal(shape=[784, 1], stddev=0.1), trainable=True, name="w")
bias = tf.Variable(initial_value=tf.zeros(shape=[1], dtype=tf.float32), trainable=True, name="b")
out = tf.nn.sigmoid(tf.nn.bias_add(tf.matmul(x, w), bias), name="out")
y_true = tf.placeholder(shape=[None, 1], dtype=tf.float32, name="y")
ce = -y_true * tf.log(out) - (1 - y_true) * tf.log(1 - out)
loss = tf.reduce_mean(ce, name="loss")
minimize = tf.train.GradientDescentOptimizer(learning_rate=0.05).minimize(loss)
with tf.Session() as sess:
    sess.run([tf.global_variables_initializer()])
    binary = []
    for _ in range(60):
        _loss, _ = sess.run([loss, minimize], feed_dict={x: images, y_true: truth})
        binary.append(_loss)


def layer(input_layer, input_size, output_size, name=""):
    w = tf.Variable(
        initial_value=tf.truncated_normal([input_size, output_size], stddev=0.2),
        trainable=True,
        name=f"{name}/weights",
    )
    bias = tf.Variable(initial_value=tf.zeros([output_size]), trainable=True, name=f"{name}/bias")
    return tf.nn.sigmoid(tf.nn.bias_add(tf.matmul(input_layer, w), bias), name=f"{name}/out")


label = tf.placeholder(shape=[None, 10], dtype=tf.float32, name="label")
prev_layer, prev_size = x, 784
for i, size in enumerate([64, 32, 16]):
    prev_layer = layer(prev_layer, prev_size, size, name=f"hidden_{i + 1}")
    prev_size = size
scores = tf.nn.softmax(layer(prev_layer, prev_size, 10, name="output_layer"))
deep_loss = tf.reduce_mean(-tf.reduce_sum(label * tf.log(scores), axis=-1))
step = tf.train.AdamOptimizer(0.01).minimize(deep_loss)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    deep = [sess.run([deep_loss, step], feed_dict={x: images, label: classes})[0] for i in range(30)]
names = [v.name for v in tf.trainable_variables()]
