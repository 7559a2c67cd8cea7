"""Small programs in TensorFlow 1's dialect: each takes the module `tf` and gives values.

`reference.json` holds what TensorFlow itself gives for them (benchmarks/reference_tensorflow.py).
"""

# ruff: noqa: E741
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Case = Callable[[Any], Any]
CASES: dict[str, Case] = {}


def case(f: Case) -> Case:
    CASES[f.__name__] = f
    return f


def listed(value: Any) -> Any:
    """Values as JSON keeps them: [dtype, nested lists]."""
    if isinstance(value, dict):
        return {str(k): listed(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [listed(v) for v in value]
    array = np.asarray(value)
    if array.dtype.kind in "OSU":
        return [
            "text",
            np.vectorize(lambda s: s.decode() if isinstance(s, bytes) else str(s))(array).tolist(),
        ]
    if array.dtype.kind == "c":
        return [array.dtype.name, [array.real.tolist(), array.imag.tolist()]]
    return [array.dtype.name, array.tolist()]


def run(tf: Any, fetches: Any, feeds: Any = None) -> Any:
    with tf.Session() as sess:
        sess.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        return sess.run(fetches, feeds)


A = np.array([[1.0, -2.0, 3.0], [0.5, 4.0, -1.5]], "f4")
B = np.array([[2.0, 0.5, -1.0], [1.0, 2.0, 3.0]], "f4")
I = np.array([[7, -7, 3], [2, 5, -4]], "i4")
J = np.array([[2, 2, -2], [3, -3, 3]], "i4")


@case
def arithmetic(tf: Any) -> Any:
    a, b = tf.constant(A), tf.constant(B)
    i, j = tf.constant(I), tf.constant(J)
    return run(
        tf,
        [
            a + b,
            a - 1,
            2 * a,
            a / b,
            1 / b,
            -a,
            a % b,
            abs(a),
            a // b,
            a**2,
            i // j,
            i % j,
            i / j,
            i + 1,
            tf.div(i, j),
            tf.div(a, b),
            tf.truncatediv(i, j),
            tf.truncatemod(i, j),
            tf.mod(i, j),
            tf.maximum(a, b),
            tf.minimum(a, 0.5),
            tf.squared_difference(a, b),
            tf.pow(2.0, b),
            tf.add_n([a, b, a]),
            a > b,
            a <= 1,
            tf.equal(i, 7),
            tf.not_equal(a, b),
            tf.logical_and(a > 0, b > 0),
            ~(a > 0),
            tf.logical_xor(a > 0, b > 0),
            tf.div_no_nan(a, [0.0, 1.0, 2.0]),
            tf.floordiv(a, b),
            tf.scalar_mul(3.0, a),
        ],
    )


@case
def functions(tf: Any) -> Any:
    a = tf.constant(np.abs(A) + 0.1)
    s = tf.constant(A / 8)
    return run(
        tf,
        [
            tf.exp(a),
            tf.log(a),
            tf.log1p(a),
            tf.expm1(s),
            tf.sqrt(a),
            tf.rsqrt(a),
            tf.square(a),
            tf.sin(a),
            tf.cos(a),
            tf.tan(s),
            tf.asin(s),
            tf.acos(s),
            tf.atan(a),
            tf.sinh(s),
            tf.cosh(s),
            tf.tanh(a),
            tf.sigmoid(a),
            tf.sign(A),
            tf.floor(A),
            tf.ceil(A),
            tf.round(A),
            tf.rint(A),
            tf.erf(a),
            tf.erfc(s),
            tf.lgamma(a),
            tf.digamma(a),
            tf.reciprocal(a),
            tf.is_nan(a),
            tf.is_finite(a),
            tf.atan2(a, 1.0 + s),
        ],
    )


@case
def reductions(tf: Any) -> Any:
    a, i = tf.constant(A), tf.constant(I)
    return run(
        tf,
        [
            tf.reduce_sum(a),
            tf.reduce_sum(a, 0),
            tf.reduce_sum(a, axis=1, keepdims=True),
            tf.reduce_mean(a, [0, 1]),
            tf.reduce_mean(i),
            tf.reduce_sum(i, -1),
            tf.reduce_prod(a, 1),
            tf.reduce_max(a, 0),
            tf.reduce_min(i, 1),
            tf.reduce_any(a > 3),
            tf.reduce_all(a > -3, 1),
            tf.reduce_logsumexp(a, 1),
            tf.argmax(a, 1),
            tf.argmax(a),
            tf.argmin(a, 0),
            tf.cumsum(a, 1),
            tf.cumsum(a, 1, exclusive=True),
            tf.cumsum(a, 1, reverse=True),
            tf.cumprod(a, 0),
            tf.count_nonzero(i),
            tf.norm(a),
            tf.norm(a, ord=1, axis=1),
            tf.trace(a),
            tf.argmax(a, 1, output_type=tf.int32),
        ],
    )


@case
def products(tf: Any) -> Any:
    a, b = tf.constant(A), tf.constant(B)
    c = tf.constant(np.arange(24, dtype="f4").reshape(2, 3, 4))
    return run(
        tf,
        [
            tf.matmul(a, b, transpose_b=True),
            tf.matmul(a, b, transpose_a=True),
            tf.matmul(c, c, transpose_a=True),
            tf.tensordot(b, tf.transpose(c, [1, 0, 2]), 1),
            tf.tensordot(a, c, [[0, 1], [0, 1]]),
            tf.einsum("ij,ijk->ik", a, c),
            tf.cross(a, b),
            a @ tf.transpose(b),
        ],
    )


@case
def shapes(tf: Any) -> Any:
    a = tf.constant(A)
    c = tf.constant(np.arange(24, dtype="i4").reshape(2, 3, 4))
    return run(
        tf,
        [
            tf.shape(c),
            tf.size(c),
            tf.rank(c),
            tf.reshape(c, [-1, 6]),
            tf.reshape(a, [-1]),
            tf.expand_dims(a, 1),
            tf.expand_dims(a, -1),
            tf.squeeze(tf.expand_dims(a, 0)),
            tf.squeeze(tf.expand_dims(a, 0), [0]),
            tf.transpose(c),
            tf.transpose(c, [1, 0, 2]),
            tf.concat([a, a], 0),
            tf.concat([a, a], axis=1),
            tf.stack([a, a], 1),
            tf.unstack(a),
            tf.unstack(c, axis=1),
            tf.split(a, 3, 1),
            tf.split(c, [1, 3], 2),
            tf.tile(a, [2, 1]),
            tf.pad(a, [[1, 0], [0, 2]]),
            tf.pad(a, [[1, 1], [1, 1]], "REFLECT"),
            tf.pad(a, [[0, 0], [2, 1]], "SYMMETRIC"),
            tf.reverse(a, [1]),
            tf.broadcast_to(a, [2, 2, 3]),
            tf.zeros([2, 3]),
            tf.ones([2], tf.int32),
            tf.fill([2, 2], 7.0),
            tf.zeros_like(a),
            tf.ones_like(c),
            tf.range(5),
            tf.range(2, 9, 3),
            tf.range(0.0, 1.0, 0.25),
            tf.linspace(0.0, 1.0, 5),
            tf.eye(3),
            tf.constant(2, shape=[2, 3]),
            tf.constant([1, 2], shape=[2, 2]),
            tf.roll(a, 1, 1),
            tf.invert_permutation([2, 0, 1]),
            tf.meshgrid([1, 2], [3, 4, 5]),
            tf.one_hot([0, 2, -1], 3),
            tf.one_hot([1], 2, on_value=5, off_value=-1),
            tf.sequence_mask([1, 3], 4),
            tf.matrix_band_part(c, 1, 0),
            tf.diag([1.0, 2.0]),
            tf.diag_part(tf.eye(3) * 2),
            tf.matrix_diag(a),
            tf.space_to_depth(tf.reshape(c, [1, 4, 6, 1]), 2),
            tf.depth_to_space(tf.reshape(c, [1, 2, 3, 4]), 2),
            tf.sequence_mask([1, 3]),
            tf.reverse_sequence(c, [2, 3], seq_axis=1, batch_axis=0),
            tf.space_to_batch_nd(tf.reshape(c, [1, 4, 6, 1]), [2, 2], [[0, 0], [0, 0]]),
        ],
    )


@case
def indices(tf: Any) -> Any:
    a = tf.constant(A)
    c = tf.constant(np.arange(24, dtype="i4").reshape(2, 3, 4))
    n = tf.constant(1)
    return run(
        tf,
        [
            a[0],
            a[:, 1],
            a[1:, ::2],
            c[..., -1],
            c[:, tf.newaxis, 0],
            c[n],
            c[:, n:],
            c[0, 1:3, n],
            tf.slice(c, [0, 1, 0], [2, 1, -1]),
            tf.strided_slice(c, [0, 0, 1], [2, 2, 4], [1, 1, 2]),
            tf.gather(a, [1, 0, 1]),
            tf.gather(c, [2, 0], axis=1),
            tf.gather_nd(c, [[0, 1], [1, 2]]),
            tf.gather_nd(a, [[0, 1], [1, 2]]),
            tf.where(a > 0, a, -a),
            tf.where([True, False], a, a * 0),
            tf.where(a > 1),
            tf.boolean_mask(a, [False, True]),
            tf.boolean_mask(a, a > 0),
            tf.scatter_nd([[1], [3]], [[1.0, 2.0], [3.0, 4.0]], [4, 2]),
            tf.unique([5, 1, 5, 3, 1]),
            tf.setdiff1d([1, 2, 3, 4], [2, 4]),
            tf.dynamic_partition([1, 2, 3, 4], [0, 1, 1, 0], 2),
            tf.dynamic_stitch([[0, 2], [1]], [[10, 30], [20]]),
            tf.segment_sum(a, [0, 0]),
            tf.segment_mean(c, [0, 1]),
            tf.unsorted_segment_sum(a, [1, 1], 3),
            tf.segment_max(a, [0, 1]),
            tf.confusion_matrix([0, 1, 2], [0, 2, 2]),
            tf.bincount([1, 1, 3]),
            tf.cast(a, tf.int32),
            tf.cast(c > 3, tf.float32),
            tf.to_int32(A),
            tf.searchsorted([1.0, 2.0, 3.0], [0.5, 2.0, 9.0]),
            tf.sort([3, 1, 2]),
            tf.argsort([3, 1, 2]),
        ],
    )


@case
def complex_numbers(tf: Any) -> Any:
    z = tf.complex(A, B)
    return run(tf, [z * z, tf.abs(z), tf.real(z), tf.imag(z), tf.conj(z), z + 1, tf.abs(z) < 3])


@case
def clipped(tf: Any) -> Any:
    a, b = tf.constant(A), tf.constant(B)
    both, norm = tf.clip_by_global_norm([a, None, b], 2.0)
    return run(
        tf,
        [
            tf.clip_by_value(a, -1.0, 1.0), tf.clip_by_norm(a, 2.0), tf.clip_by_norm(a, 2.0, axes=[1]),
            tf.clip_by_norm(a, 100.0), both[0], both[2], norm, tf.global_norm([a, b]),
        ],
    )  # fmt: skip


@case
def derivatives(tf: Any) -> Any:
    x, y = tf.constant(A), tf.constant(B)
    z = tf.sin(x) * y
    h = tf.exp(z)
    w = tf.Variable(B)
    g = tf.gradients(h, [x, y, z, w])
    second = tf.gradients(tf.gradients(x**3, x)[0], x)
    held = tf.gradients(x * tf.stop_gradient(x), x)
    stopped = tf.gradients(z * x, [x, z], stop_gradients=[z])
    weighted = tf.gradients([x * y], [y], grad_ys=[tf.ones_like(x) * 3])
    several = tf.gradients([x * x, w * x], [x, w])
    return [run(tf, [*g[:3], second, held, stopped, weighted, several]), g[3] is None]


def _optimized(make: Callable[[Any], Any]) -> Case:
    def train(tf: Any) -> Any:
        w = tf.Variable(A, name="w")
        b = tf.Variable(np.zeros(2, "f4"), name="b")
        x = tf.placeholder(tf.float32, [None, 3])
        loss = tf.reduce_mean(tf.square(tf.matmul(x, w, transpose_b=True) + b - 1.0))
        step = tf.Variable(0, trainable=False)
        optimizer = make(tf)
        train_op = optimizer.minimize(loss, global_step=step)
        names = sorted(v.name for v in tf.global_variables() if not v.name.startswith("Variable"))
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            losses = []
            for i in range(4):
                feeds = {x: np.roll(B, i, axis=1)}
                losses.append(sess.run([loss, train_op], feeds)[0])
            return [losses, sess.run([w, b, step]), names]

    return train


OPTIMIZERS: dict[str, Callable[[Any], Any]] = {
    "GradientDescent": lambda tf: tf.train.GradientDescentOptimizer(0.1),
    "Momentum": lambda tf: tf.train.MomentumOptimizer(0.1, 0.9),
    "Nesterov": lambda tf: tf.train.MomentumOptimizer(0.1, 0.9, use_nesterov=True),
    "Adagrad": lambda tf: tf.train.AdagradOptimizer(0.1),
    "Adadelta": lambda tf: tf.train.AdadeltaOptimizer(1.0),
    "RMSProp": lambda tf: tf.train.RMSPropOptimizer(0.05),
    "CenteredRMSProp": lambda tf: tf.train.RMSPropOptimizer(0.05, 0.8, 0.5, 1e-6, centered=True),
    "Adam": lambda tf: tf.train.AdamOptimizer(0.05),
    "Ftrl": lambda tf: tf.train.FtrlOptimizer(
        0.1, l1_regularization_strength=0.01, l2_regularization_strength=0.02
    ),
    "ProximalGradientDescent": lambda tf: tf.train.ProximalGradientDescentOptimizer(0.1, 0.05, 0.02),
    "ProximalAdagrad": lambda tf: tf.train.ProximalAdagradOptimizer(0.1, 0.1, 0.05, 0.02),
}
CASES.update({f"optimizer_{name}": _optimized(make) for name, make in OPTIMIZERS.items()})


@case
def rates(tf: Any) -> Any:
    results = []
    for step in (0, 3, 10, 25):
        s = tf.constant(step)
        results += [
            tf.train.exponential_decay(0.1, s, 10, 0.9),
            tf.train.exponential_decay(0.1, s, 10, 0.9, staircase=True),
            tf.train.natural_exp_decay(0.1, s, 10, 0.9),
            tf.train.inverse_time_decay(0.1, s, 10, 0.9),
            tf.train.polynomial_decay(0.1, s, 20, power=2.0),
            tf.train.polynomial_decay(0.1, s, 20, cycle=True),
            tf.train.piecewise_constant(s, [3, 10], [1.0, 0.5, 0.1]),
            tf.train.cosine_decay(0.1, s, 20, 0.1),
            tf.train.cosine_decay_restarts(0.1, s, 7),
            tf.train.linear_cosine_decay(0.1, s, 20),
        ]
    return run(tf, results)


@case
def averages(tf: Any) -> Any:
    v = tf.Variable(A)
    ema = tf.train.ExponentialMovingAverage(0.9)
    up = v.assign_add(tf.ones_like(v))
    with tf.control_dependencies([up]):
        keep = ema.apply([v])
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(3):
            sess.run(keep)
        return [sess.run(ema.average(v)), ema.average_name(v), sess.run(v)]


@case
def branches(tf: Any) -> Any:
    flag = tf.placeholder(tf.bool, [])
    x = tf.constant(A)
    v = tf.Variable(1.0)
    chosen = tf.cond(flag, lambda: x * 2, lambda: x + 100)
    by_data = tf.cond(tf.reduce_sum(x) > 1, lambda: (tf.sin(x), v * 2), lambda: (x, v))
    counted = tf.cond(v > 0.5, lambda: tf.assign_add(v, 10.0), lambda: tf.assign_add(v, 100.0))
    which = tf.case(
        [(v > 1e6, lambda: tf.constant(1)), (v < 1e6, lambda: tf.constant(2))], default=lambda: tf.constant(3)
    )
    slope = tf.gradients(tf.cond(v > 0.0, lambda: v * v, lambda: -v), v)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        first = [sess.run(chosen, {flag: f}) for f in (True, False)]
        return [first, sess.run([by_data, which, slope]), sess.run(counted), sess.run(v)]


@case
def loops(tf: Any) -> Any:
    x = tf.constant(A)
    n = tf.placeholder(tf.int32, [])
    i, total = tf.while_loop(
        lambda i, s: i < n, lambda i, s: (i + 1, s * 2 + tf.cast(i, tf.float32)), [0, 1.0]
    )
    w = tf.Variable(0.5)
    power = tf.while_loop(lambda i, p: i < 5, lambda i, p: (i + 1, p * w), [0, tf.constant(1.0)])[1]
    halved = tf.while_loop(lambda v: tf.reduce_max(v) > 0.3, lambda v: v / 2, [x])
    grown = tf.while_loop(
        lambda i, v: i < 3, lambda i, v: (i + 1, tf.concat([v, v[:1]], 0)), [tf.constant(0), x],
        shape_invariants=[tf.TensorShape([]), tf.TensorShape([None, 3])],
    )[1]  # fmt: skip
    ta = tf.TensorArray(tf.float32, size=4)
    written = tf.while_loop(
        lambda i, t: i < 4, lambda i, t: (i + 1, t.write(i, tf.cast(i, tf.float32) * w)), [0, ta]
    )[1].stack()
    rows = tf.TensorArray(tf.float32, 2).unstack(x)
    return run(
        tf,
        [
            i,
            total,
            power,
            tf.gradients(power, w),
            halved,
            grown,
            written,
            tf.gradients(written, w),
            rows.read(1),
            tf.map_fn(lambda r: r * r, x),
            tf.map_fn(lambda t: t[0] + t[1], (x, x), dtype=tf.float32),
            tf.scan(lambda a, r: a + r, x),
            tf.scan(lambda a, r: a * w + r, x, initializer=tf.zeros(3)),
            tf.foldl(lambda a, r: a + r, x),
            tf.foldr(lambda a, r: a - r, x),
            tf.gradients(tf.scan(lambda a, r: a * w + r, x, initializer=tf.zeros(3)), w),
            tf.map_fn(lambda t: (t, t * 2), x, dtype=(tf.float32, tf.float32)),
        ],
        {n: 4},
    )


@case
def python_functions(tf: Any) -> Any:
    x = tf.constant(A)
    y = tf.py_func(lambda a: (a * 2).astype(np.float32), [x], tf.float32)
    a, b = tf.py_func(lambda v: (v.sum(), np.int64(v.size)), [x], [tf.float32, tf.int64])
    printed = tf.Print(x, [x], "values: ")
    with tf.control_dependencies([tf.Assert(tf.reduce_all(x < 10), [x])]):
        held = tf.identity(x)
    failed = "none"
    with tf.Session() as sess:
        values = sess.run([y, y + 1, a, b, printed, held, tf.check_numerics(x, "here")])
        try:
            sess.run(tf.check_numerics(x / 0.0, "bad"))
        except tf.errors.InvalidArgumentError as error:
            failed = "bad : Tensor had" in str(error)
        try:
            sess.run(tf.Assert(tf.reduce_all(x > 0), [x]))
        except tf.errors.InvalidArgumentError as error:
            failed = failed and "assertion failed" in str(error)
    return [values, failed]


@case
def linear_algebra(tf: Any) -> Any:
    m = tf.constant(np.array([[4.0, 1.0, 0.5], [1.0, 3.0, -0.2], [0.5, -0.2, 2.0]], "f4"))
    b = tf.constant(A.T.copy())
    results = [
        tf.matrix_inverse(m),
        tf.matrix_determinant(m),
        tf.matrix_solve(m, b),
        tf.cholesky(m),
        tf.linalg.logdet(m),
        tf.svd(m, compute_uv=False),
        tf.self_adjoint_eigvals(m),
        tf.matrix_triangular_solve(m, b),
        tf.matrix_solve_ls(tf.constant(A.T.copy()), tf.constant(B.T.copy())),
        tf.linalg.expm(m / 4.0),
        tf.matrix_transpose(m),
        tf.linalg.norm(m),
        tf.linalg.l2_normalize(b, 0),
    ]
    slopes = [
        tf.gradients(tf.reduce_sum(r * r), m)[0] for r in (results[0], results[1], results[2], results[3])
    ]
    return run(tf, [*results, *slopes[:3], slopes[3] + tf.transpose(slopes[3])])


@case
def own_derivatives(tf: Any) -> Any:
    @tf.custom_gradient
    def clipped(x: Any) -> Any:
        return x * x, lambda dy: tf.clip_by_value(dy * 2.0 * x, -1.0, 1.0)

    x = tf.constant(A)
    y = tf.reduce_sum(clipped(x) * 3.0)
    return run(tf, [y, tf.gradients(y, x)])


@case
def variables_of_text_and_complex_numbers(tf: Any) -> Any:
    z = tf.Variable(tf.zeros([2, 3], tf.complex64))
    c = tf.constant(A + 1j * B, tf.complex64)
    step = z.assign(z * z + c)
    words = tf.Variable(["a", "b"])
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(3):
            sess.run(step)
        return [sess.run([z, tf.abs(z) < 4.0, words]), sess.run(tf.string_join([words, words], "-"))]
