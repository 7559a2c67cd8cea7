"""Programs in the dialect of every generation of Keras, as scripts write them."""

# ruff: noqa: B006, E741 (as scripts are written)
import os
import tempfile

import numpy as np
import pytest

from limpide.faces import finder


@pytest.fixture(autouse=True)
def faces():
    """Inside of a run `import keras` is the face."""
    np.random.seed(0)
    finder.install()
    yield
    finder.uninstall()


def test_stateful() -> None:
    from keras.layers import LSTM, Dense, TimeDistributed
    from keras.models import Sequential

    m = Sequential()
    m.add(LSTM(4, batch_input_shape=(8, 5, 2), return_sequences=True, stateful=True))
    m.add(TimeDistributed(Dense(1)))
    m.compile("adam", "mse")
    x = np.random.rand(16, 5, 2)
    y = np.random.rand(16, 5, 1)
    m.fit(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0)
    m.reset_states()
    a = m.predict(x[:8], batch_size=8)
    b = m.predict(x[:8], batch_size=8)
    m.reset_states()
    c = m.predict(x[:8], batch_size=8)
    assert not np.allclose(a, b) and np.allclose(a, c)


def test_masking_embedding() -> None:
    from keras.layers import GRU, LSTM, Bidirectional, Dense, Embedding
    from keras.models import Sequential

    m = Sequential(
        [Embedding(20, 4, mask_zero=True, input_length=6), LSTM(3), Dense(1, activation="sigmoid")]
    )
    m.compile("rmsprop", "binary_crossentropy", metrics=["acc"])
    x = np.random.randint(1, 20, (10, 6))
    x[:, :3] = 0
    m.fit(x, np.random.randint(0, 2, 10), verbose=0)
    Sequential(m.layers)
    p = m.predict(x)
    x.copy()
    assert p.shape == (10, 1)
    m2 = Sequential(
        [Embedding(20, 4, mask_zero=True), Bidirectional(GRU(3, return_sequences=True)), Dense(2)]
    )
    m2.compile("sgd", "mse")
    m2.fit(x, np.zeros((10, 6, 2)), verbose=0)


def test_callbacks() -> None:
    from keras.callbacks import (
        Callback,
        CSVLogger,
        EarlyStopping,
        LambdaCallback,
        LearningRateScheduler,
        ModelCheckpoint,
        ReduceLROnPlateau,
        TensorBoard,
        TerminateOnNaN,
    )
    from keras.layers import Dense
    from keras.models import Sequential

    d = tempfile.mkdtemp()
    m = Sequential([Dense(2, input_dim=3)])
    m.compile("sgd", "mse", metrics=["mae"])
    seen = []

    class Mine(Callback):
        def on_train_begin(self, logs={}):
            self.losses = []

        def on_batch_end(self, batch, logs={}):
            self.losses.append(logs.get("loss"))

        def on_epoch_end(self, epoch, logs={}):
            seen.append(sorted(logs))

    c = Mine()
    x = np.random.rand(40, 3)
    y = np.random.rand(40, 2)
    h = m.fit(
        x,
        y,
        batch_size=10,
        epochs=3,
        verbose=0,
        validation_split=0.25,
        callbacks=[
            c,
            ModelCheckpoint(d + "/w.{epoch:02d}-{val_loss:.2f}.hdf5"),
            CSVLogger(d + "/l.csv"),
            ReduceLROnPlateau(patience=0, factor=0.5),
            EarlyStopping(patience=5),
            LearningRateScheduler(lambda e: 0.1 / (e + 1)),
            LambdaCallback(on_epoch_end=lambda e, l: seen.append(e)),
            TensorBoard(d + "/tb"),
            TerminateOnNaN(),
        ],
    )
    assert len(c.losses) == 9 and len(os.listdir(d)) == 5, os.listdir(d)
    assert "lr" in h.history, h.history
    assert c.params["nb_epoch"] == 3


def test_generators() -> None:
    from keras.layers import Conv2D, Dense, Flatten
    from keras.models import Sequential
    from keras.preprocessing.image import ImageDataGenerator, array_to_img
    from keras.utils import Sequence

    x = np.random.rand(30, 8, 8, 1)
    y = np.eye(3)[np.random.randint(0, 3, 30)]
    g = ImageDataGenerator(
        rotation_range=20,
        width_shift_range=0.1,
        zoom_range=0.2,
        shear_range=0.1,
        horizontal_flip=True,
        featurewise_center=True,
        rescale=1 / 255.0,
    )
    g.fit(x)
    m = Sequential([Conv2D(2, 3, input_shape=(8, 8, 1)), Flatten(), Dense(3, activation="softmax")])
    m.compile("sgd", "categorical_crossentropy", metrics=["accuracy"])
    m.fit_generator(
        g.flow(x, y, batch_size=8), steps_per_epoch=4, epochs=2, verbose=0, validation_data=(x, y)
    )
    m.fit_generator(
        g.flow(x, y, batch_size=8),
        samples_per_epoch=30,
        nb_epoch=2,
        verbose=1,
        validation_data=g.flow(x, y),
        nb_val_samples=30,
    )

    class S(Sequence):
        def __len__(self):
            return 3

        def __getitem__(self, i):
            return x[i * 10 : i * 10 + 10], y[i * 10 : i * 10 + 10]

    m.fit_generator(S(), epochs=1, verbose=0)
    m.evaluate_generator(S())
    assert m.predict_generator(S()).shape == (30, 3)

    def gen():
        while True:
            yield x[:5], y[:5]

    m.fit_generator(gen(), 2, 1, verbose=2)
    m.predict_generator(gen(), 2)
    d = tempfile.mkdtemp()
    for c in "ab":
        os.mkdir(d + "/" + c)
        for i in range(3):
            array_to_img(np.random.rand(9, 9, 3)).save(d + f"/{c}/{i}.png")
    it = ImageDataGenerator().flow_from_directory(d, target_size=(8, 8), batch_size=4)
    bx, by = next(it)
    assert bx.shape == (4, 8, 8, 3) and by.shape == (4, 2) and it.class_indices == {"a": 0, "b": 1}


def test_gan() -> None:
    from keras.layers import Dense, Dropout, Input, LeakyReLU
    from keras.models import Model, Sequential
    from keras.optimizers import Adam

    D = Sequential([Dense(8, input_dim=4), LeakyReLU(0.2), Dropout(0.3), Dense(1, activation="sigmoid")])
    D.compile(loss="binary_crossentropy", optimizer=Adam(lr=0.01, beta_1=0.5))
    G = Sequential([Dense(4, input_dim=2)])
    D.trainable = False
    z = Input((2,))
    gan = Model(z, D(G(z)))
    gan.compile(loss="binary_crossentropy", optimizer="adam")
    before = D.get_weights()[0].copy()
    g0 = G.get_weights()[0].copy()
    gan.train_on_batch(np.random.rand(8, 2), np.ones(8))
    assert np.array_equal(before, D.get_weights()[0]) and not np.array_equal(g0, G.get_weights()[0])
    D.trainable = True
    D.train_on_batch(np.random.rand(8, 4), np.ones(8))
    assert not np.array_equal(before, D.get_weights()[0])


def test_custom_layer() -> None:
    from keras import backend as K
    from keras.engine.topology import Layer
    from keras.models import Sequential

    class L1(Layer):
        def __init__(self, output_dim, **kwargs):
            self.output_dim = output_dim
            super().__init__(**kwargs)

        def build(self, input_shape):
            self.kernel = self.add_weight(
                name="kernel", shape=(input_shape[1], self.output_dim), initializer="uniform", trainable=True
            )
            super().build(input_shape)

        def call(self, x):
            return K.dot(x, self.kernel)

        def compute_output_shape(self, s):
            return (s[0], self.output_dim)

    class L2(Layer):
        def __init__(self, n, **kwargs):
            self.n = n
            super().__init__(**kwargs)

        def build(self, s):
            self.W = self.add_weight((s[1], self.n), initializer="glorot_uniform", name=f"{self.name}_W")
            self.b = K.zeros((self.n,))
            self.trainable_weights = [self.W, self.b]

        def call(self, x, mask=None):
            return K.dot(x, self.W) + self.b

        def get_output_shape_for(self, s):
            return (s[0], self.n)

    m = Sequential([L1(3, input_shape=(4,)), L2(5)])
    m.compile("sgd", "mse")
    m.fit(np.random.rand(8, 4), np.random.rand(8, 5), verbose=0)
    assert len(m.get_weights()) == 3 and m.output_shape == (None, 5)


def test_vae_loss() -> None:
    from keras import backend as K
    from keras import objectives
    from keras.layers import Dense, Input, Lambda
    from keras.models import Model

    x = Input(batch_shape=(10, 6))
    h = Dense(4, activation="relu")(x)
    mu = Dense(2)(h)
    lv = Dense(2)(h)

    def s(a):
        m, l = a
        return m + K.exp(l / 2) * K.random_normal(shape=(10, 2), mean=0.0, std=1.0)

    z = Lambda(s, output_shape=(2,))([mu, lv])
    o = Dense(6, activation="sigmoid")(z)
    v = Model(x, o)

    def loss(x, xd):
        return 6 * objectives.binary_crossentropy(x, xd) - 0.5 * K.sum(
            1 + lv - K.square(mu) - K.exp(lv), axis=-1
        )

    v.compile(optimizer="rmsprop", loss=loss)
    v.fit(np.random.rand(40, 6), np.random.rand(40, 6), batch_size=10, verbose=0)
    v.predict(np.random.rand(20, 6), batch_size=10)


def test_kfunction() -> None:
    from keras import backend as K
    from keras.layers import Dense, Dropout
    from keras.models import Sequential

    m = Sequential([Dense(3, input_dim=2, activation="relu"), Dropout(0.5), Dense(1)])
    m.compile("sgd", "mse")
    f = K.function([m.layers[0].input, K.learning_phase()], [m.layers[1].output])
    a = f([np.ones((4, 2)), 0])[0]
    f([np.ones((4, 2)), 1])[0]
    assert a.shape == (4, 3)
    g = K.gradients(m.total_loss, m.trainable_weights)
    gf = K.function([m.inputs[0], m.targets[0], m.sample_weights[0], K.learning_phase()], g)
    r = gf([np.ones((4, 2)), np.ones((4, 1)), np.ones(4), 0])
    assert r[0].shape == (2, 3)
    loss = K.mean(m.output)
    gr = K.gradients(loss, m.input)[0]
    it = K.function([m.input], [loss, gr])
    l, gv = it([np.ones((1, 2))])
    K.set_value(m.optimizer.lr, 0.5)
    assert float(K.get_value(m.optimizer.lr)) == 0.5
    assert K.eval(K.sum(K.ones((2, 3)))) == 6 and K.int_shape(K.placeholder((None, 3))) == (None, 3)


def test_merges() -> None:
    from keras.layers import Dense, Input, Merge, merge
    from keras.models import Model, Sequential

    a = Sequential([Dense(3, input_dim=2)])
    b = Sequential([Dense(3, input_dim=2)])
    m = Sequential()
    m.add(Merge([a, b], mode="concat"))
    m.add(Dense(1))
    m.compile("sgd", "mse")
    X = [np.random.rand(8, 2)] * 2
    m.fit(X, np.zeros((8, 1)), verbose=0)
    assert m.predict(X).shape == (8, 1) and len(m.get_weights()) == 6
    i = Input((4,))
    o = merge([Dense(3)(i), Dense(3)(i)], mode="sum")
    c = merge([o, o], mode=lambda t: t[0] * t[1], output_shape=(3,))
    d = merge([o, o], mode="cos", dot_axes=1)
    M = Model(input=i, output=[c, d])
    assert M.predict(np.ones((2, 4)))[0].shape == (2, 3)


def test_sklearn_wrap() -> None:
    from keras.layers import Dense
    from keras.models import Sequential
    from keras.wrappers.scikit_learn import KerasClassifier

    def make(units=4):
        m = Sequential([Dense(units, input_dim=2, activation="relu"), Dense(2, activation="softmax")])
        m.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        return m

    c = KerasClassifier(build_fn=make, epochs=2, batch_size=10, verbose=0)
    X = np.random.rand(30, 2)
    y = (X[:, 0] > 0.5).astype(int)
    c.fit(X, y)
    c.predict(X)
    c.predict_proba(X)
    c.score(X, y)


def test_tfkeras() -> None:
    import tensorflow as tf
    from tensorflow import keras
    from tensorflow.keras import layers

    m = tf.keras.Sequential(
        [
            tf.keras.layers.Flatten(input_shape=(4, 4)),
            keras.layers.Dense(8, activation=tf.nn.relu),
            layers.Dense(3, activation=tf.nn.softmax),
        ]
    )
    m.compile(
        optimizer=tf.train.AdamOptimizer(), loss="sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    m.fit(np.random.rand(20, 4, 4), np.random.randint(0, 3, 20), epochs=2, verbose=0)
    m.evaluate(np.random.rand(20, 4, 4), np.random.randint(0, 3, 20), verbose=0)
    m.compile(
        optimizer=tf.keras.optimizers.Adam(0.01),
        loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=False),
        metrics=["accuracy"],
    )
    m.fit(np.random.rand(20, 4, 4), np.random.randint(0, 3, 20), verbose=0)


def test_tf_session() -> None:
    import tensorflow as tf
    from keras import backend as K
    from keras.layers import Dense
    from keras.objectives import categorical_crossentropy

    sess = tf.Session()
    K.set_session(sess)
    img = tf.placeholder(tf.float32, shape=(None, 6))
    lab = tf.placeholder(tf.float32, shape=(None, 3))
    x = Dense(4, activation="relu")(img)
    p = Dense(3, activation="softmax")(x)
    loss = tf.reduce_mean(categorical_crossentropy(lab, p))
    step = tf.train.GradientDescentOptimizer(0.5).minimize(loss)
    init = tf.global_variables_initializer()
    sess.run(init)
    with sess.as_default():
        step.run(feed_dict={img: np.random.rand(5, 6), lab: np.eye(3)[[0, 1, 2, 0, 1]]})
        v = loss.eval(feed_dict={img: np.random.rand(5, 6), lab: np.eye(3)[[0, 1, 2, 0, 1]]})
        assert np.isfinite(v)


def test_texts() -> None:
    from keras.preprocessing.sequence import TimeseriesGenerator, skipgrams
    from keras.preprocessing.text import Tokenizer

    t = Tokenizer(num_words=5)
    t.fit_on_texts(["a b c", "a a b"])
    assert t.texts_to_sequences(["a c"]) == [[1, 3]]
    t.texts_to_matrix(["a"], mode="tfidf")
    skipgrams([1, 2, 3], 4)
    g = TimeseriesGenerator(np.arange(20), np.arange(20), 3, batch_size=4)
    assert g[0][0].shape == (4, 3)


def test_pictures() -> None:
    from keras.layers import Dense
    from keras.models import Sequential
    from keras.utils import plot_model

    d = tempfile.mkdtemp()
    m = Sequential([Dense(3, input_dim=2), Dense(1)])
    for e in ("png", "svg", "pdf"):
        plot_model(m, to_file=d + "/m." + e, show_shapes=True)
        assert os.path.getsize(d + "/m." + e) > 500


def test_autoencoder03() -> None:
    from keras.layers import containers
    from keras.layers.core import AutoEncoder, Dense
    from keras.models import Sequential

    e = containers.Sequential([Dense(3, input_dim=6)])
    d = containers.Sequential([Dense(6, input_dim=3)])
    m = Sequential()
    m.add(AutoEncoder(encoder=e, decoder=d, output_reconstruction=True))
    m.compile(loss="mse", optimizer="sgd")
    x = np.random.rand(12, 6)
    m.fit(x, x, nb_epoch=1, verbose=0)
    assert m.predict(x).shape == (12, 6)


def test_seq2seq() -> None:
    from keras.layers import LSTM, Dense, Input
    from keras.models import Model

    e = Input((None, 4))
    o, h, c = LSTM(5, return_state=True)(e)
    d = Input((None, 3))
    dl = LSTM(5, return_sequences=True, return_state=True)
    y, _, _ = dl(d, initial_state=[h, c])
    y = Dense(3, activation="softmax")(y)
    m = Model([e, d], y)
    m.compile("rmsprop", "categorical_crossentropy")
    m.fit(
        [np.random.rand(6, 7, 4), np.random.rand(6, 5, 3)],
        np.eye(3)[np.random.randint(0, 3, (6, 5))],
        verbose=0,
    )
    em = Model(e, [h, c])
    si = [Input((5,)), Input((5,))]
    o2, h2, c2 = dl(d, initial_state=si)
    dm = Model([d] + si, [o2, h2, c2])
    s = em.predict(np.random.rand(1, 7, 4))
    r = dm.predict([np.zeros((1, 1, 3))] + s)
    assert r[0].shape == (1, 1, 5)


def test_weights_class() -> None:
    from keras.layers import LSTM, Dense
    from keras.models import Sequential

    m = Sequential([Dense(2, input_dim=3, activation="softmax")])
    m.compile(
        "sgd",
        "categorical_crossentropy",
        metrics=["acc", "top_k_categorical_accuracy" if 0 else "mse"],
        weighted_metrics=["acc"],
    )
    x = np.random.rand(10, 3)
    y = np.eye(2)[np.random.randint(0, 2, 10)]
    m.fit(x, y, class_weight={0: 1.0, 1: 3.0}, sample_weight=np.ones(10), verbose=0)
    t = Sequential([LSTM(3, input_shape=(4, 2), return_sequences=True)])
    t.compile("sgd", "mse", sample_weight_mode="temporal")
    t.fit(np.random.rand(6, 4, 2), np.random.rand(6, 4, 3), sample_weight=np.ones((6, 4)), verbose=0)


def test_pop_transfer() -> None:
    from keras.applications.vgg16 import VGG16
    from keras.layers import Dense, Flatten
    from keras.models import Model, Sequential

    b = VGG16(weights=None, include_top=False, input_shape=(32, 32, 3))
    for l in b.layers:
        l.trainable = False
    m = Sequential()
    m.add(b)
    m.add(Flatten())
    m.add(Dense(2, activation="softmax"))
    m.compile("sgd", "categorical_crossentropy")
    assert len(m.trainable_weights) == 2
    m.summary()
    assert b.layers[-1].output is not None
    f = Model(inputs=b.input, outputs=b.get_layer("block1_pool").output)
    assert f.predict(np.zeros((1, 32, 32, 3))).shape == (1, 16, 16, 64)


def test_convlstm() -> None:
    from keras.layers import BatchNormalization, Conv3D, ConvLSTM2D
    from keras.models import Sequential

    m = Sequential()
    m.add(
        ConvLSTM2D(
            filters=3, kernel_size=(3, 3), input_shape=(None, 6, 6, 1), padding="same", return_sequences=True
        )
    )
    m.add(BatchNormalization())
    m.add(Conv3D(1, (3, 3, 3), activation="sigmoid", padding="same"))
    m.compile("adadelta", "binary_crossentropy")
    m.fit(np.random.rand(2, 3, 6, 6, 1), np.random.randint(0, 2, (2, 3, 6, 6, 1)), verbose=0)
