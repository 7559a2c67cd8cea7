# The names and argument orders of TensorFlow 0.x.
import tensorflow as tf

x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
parts = tf.split(1, 2, x)
joined = tf.concat(0, [parts[0], parts[1]])
rows = tf.unpack(x)
packed = tf.pack([rows[1], rows[0]])
chosen = tf.select(x > 2, x, tf.neg(x))
products = tf.batch_matmul(tf.expand_dims(x, 0), tf.expand_dims(x, 0))
total = tf.reduce_sum(tf.mul(x, tf.sub(x, tf.ones_like(x))), reduction_indices=[1])
means = tf.reduce_mean(x, 0, True)
w = tf.Variable(tf.zeros([2, 1]), name="w")
cost = tf.reduce_mean(tf.square(tf.matmul(x, w) - 1))
train = tf.train.GradientDescentOptimizer(0.05).minimize(cost)
tf.scalar_summary("cost", cost)
tf.histogram_summary("w", w)
merged = tf.merge_all_summaries()
with tf.Session() as sess:
    sess.run(tf.initialize_all_variables())
    for _ in range(50):
        sess.run(train)
    results = sess.run([joined, packed, chosen, products, total, means])
    last = sess.run(cost)
    summary = sess.run(merged)
counted = len(tf.all_variables())
