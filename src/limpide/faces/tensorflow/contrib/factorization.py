"""tf.contrib.factorization: k-means."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ....nn.words import lp
from ....random import Generator
from ... import missing
from ..dtypes import bool_, float32
from ..inputs import convert_to_tensor
from ..layers.base import shape_of, size_of
from ..recording import Assign, apply, op, tensor
from ..variables import Variable

RANDOM_INIT, KMEANS_PLUS_PLUS_INIT = "random", "kmeans_plus_plus"
SQUARED_EUCLIDEAN_DISTANCE, COSINE_DISTANCE = "squared_euclidean", "cosine"


class KMeans:
    """Clusters by the nearest of their centres (Lloyd 1982), which move to the means of their points.

    inputs: (batch, features), or a list of such. use_mini_batch: centres are means of all batches so far
    (Sculley 2010).
    """

    RANDOM_INIT, KMEANS_PLUS_PLUS_INIT = RANDOM_INIT, KMEANS_PLUS_PLUS_INIT
    SQUARED_EUCLIDEAN_DISTANCE, COSINE_DISTANCE = SQUARED_EUCLIDEAN_DISTANCE, COSINE_DISTANCE

    def __init__(
        self, inputs: Any, num_clusters: int, initial_clusters: Any = RANDOM_INIT,
        distance_metric: str = SQUARED_EUCLIDEAN_DISTANCE, use_mini_batch: bool = False,
        mini_batch_steps_per_iteration: int = 1, random_seed: int = 0, kmeans_plus_plus_num_retries: int = 2,
        kmc2_chain_length: int = 200,
    ):  # fmt: skip
        given = inputs if isinstance(inputs, (list, tuple)) else [inputs]
        self._inputs = [convert_to_tensor(i) for i in given]
        self._count, self._begin = num_clusters, initial_clusters
        if distance_metric not in (SQUARED_EUCLIDEAN_DISTANCE, COSINE_DISTANCE):
            raise ValueError(f"Unsupported distance metric passed to Kmeans {distance_metric!r}")
        self._cosine, self._mini, self._seed = distance_metric == COSINE_DISTANCE, use_mini_batch, random_seed

    def training_graph(self) -> Any:
        """(all_scores, cluster_idx, scores, initialised, centres, init_op, train_op); the first are lists."""
        width = size_of(shape_of(self._inputs[0])[1])
        if width is None:
            raise ValueError("the number of features is not known")
        zeros = np.zeros((self._count, width), np.float32)
        centres = Variable(zeros, trainable=False, name="clusters")
        seen = Variable(zeros[:, 0], trainable=False, name="update_in_steps")
        begun = Variable(False, trainable=False, dtype=bool_, name="initialized")
        points = _joined(self._inputs, self._cosine)
        whole = [_distances(i, centres, self._cosine) for i in self._inputs]
        nearest = [_nearest(d) for d in whole]
        scores = [_least(d) for d in whole]
        init = self._assign("init", [centres, seen, begun], self._first, [points])
        step = self._assign("train", [centres, seen], self._moved, [points])
        return whole, nearest, scores, begun, centres, init, step

    def _assign(
        self, word: str, variables: Sequence[Any], values: Callable[..., Sequence[Any]], args: Sequence[Any]
    ) -> Any:
        def build(replay: Any, *given: Any) -> Any:
            for variable, value in zip(variables, values(*given), strict=True):
                variable.parameter.assign(value)
            return np.bool_(True)

        reads = [*args, *variables[:2]] if word == "train" else args
        return apply(
            f"kmeans_{word}",
            build,
            list(reads),
            known=lambda: np.bool_(True),
            outputs=0,
            source=lambda build, given, kwargs, **settings: Assign(
                variables, build, given, kwargs, **settings
            ),
        )

    def _first(self, points: Any) -> Sequence[Any]:
        """Some of the points, or what was given."""
        if isinstance(self._begin, str):
            generator = Generator(self._seed)
            rows = lp.take(points, generator.permutation(points.shape[0])[: self._count], axis=0)
        else:
            rows = tensor(self._begin(points, self._count) if callable(self._begin) else self._begin, float32)
        return rows, lp.zeros((self._count,), "float32"), lp.ones((), "bool")

    def _moved(self, points: Any, centres: Any, seen: Any) -> Sequence[Any]:
        nearest = lp.argmin(_squared(points, centres), axis=1)
        mine = lp.one_hot(nearest, self._count, "float32")
        counts, sums = lp.sum(mine, axis=0), mine.T @ points
        before = seen if self._mini else lp.zeros_like(seen)
        total = before + counts
        some = lp.maximum(total, 1.0)[:, None]
        moved = lp.where(total[:, None] > 0, (centres * before[:, None] + sums) / some, centres)
        return moved, total


def _squared(points: Any, centres: Any) -> Any:
    return (
        lp.sum(lp.square(points), axis=1, keepdims=True)
        - 2 * points @ centres.T
        + lp.sum(lp.square(centres), axis=1)
    )


def _unit(x: Any) -> Any:
    return x / lp.sqrt(lp.maximum(lp.sum(lp.square(x), axis=1, keepdims=True), 1e-12))


@op("kmeans_points", gradient=False)
def _joined(parts: Any, cosine: bool, name: Any = None) -> Any:
    rows = lp.concatenate([tensor(p) for p in parts], axis=0)
    return _unit(rows) if cosine else rows


@op("kmeans_distances", gradient=False)
def _distances(points: Any, centres: Any, cosine: bool, name: Any = None) -> Any:
    x, c = tensor(points), tensor(centres)
    return 1 - _unit(x) @ _unit(c).T if cosine else lp.maximum(_squared(x, c), 0.0)


@op("kmeans_nearest", gradient=False)
def _nearest(distances: Any, name: Any = None) -> Any:
    return lp.argmin(tensor(distances), axis=1)


@op("kmeans_least", gradient=False)
def _least(distances: Any, name: Any = None) -> Any:
    return lp.min(tensor(distances), axis=1)


__getattr__ = missing.attributes("tensorflow.contrib.factorization", globals())
