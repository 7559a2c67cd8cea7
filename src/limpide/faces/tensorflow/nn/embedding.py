"""tf.nn: rows of tables by index, and losses over samples of many classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ....nn import binary_cross_entropy_with_logits, cross_entropy
from ....nn.words import lp
from ...record import is_guess, sizes
from .. import random
from ..recording import op, tensor
from ..spelling import also


@op("embedding_lookup")
def _lookup(params: Any, ids: Any, strategy: str, max_norm: float | None, name: str | None = None) -> Any:
    rows = picked([tensor(p) for p in params], tensor(ids), strategy)
    if max_norm is None:
        return rows
    axes = tuple(range(tensor(ids).ndim, rows.ndim))
    norm = lp.sqrt(lp.sum(lp.square(rows), axis=axes, keepdims=True))
    return rows * (max_norm / lp.maximum(norm, max_norm))


def picked(params: Sequence[Any], ids: Any, strategy: str) -> Any:
    """Rows of a table that is cut into parts: by turns ("mod") or in runs ("div")."""
    if len(params) == 1:
        return lp.take(params[0], ids, axis=0)
    if strategy not in ("mod", "div"):
        raise ValueError(f"Unrecognized partition strategy: {strategy}")
    counts = [int(p.shape[0]) for p in params]
    total, parts = sum(counts), len(params)
    starts = np.cumsum([0, *counts[:-1]])
    index = np.arange(total)
    if strategy == "mod":
        places = starts[index % parts] + index // parts
    else:
        longest, more = -(-total // parts), total % parts or parts
        part = np.where(
            index < more * longest, index // longest, more + (index - more * longest) // max(longest - 1, 1)
        )
        first = np.where(part <= more, part * longest, more * longest + (part - more) * (longest - 1))
        places = starts[part] + index - first
    return lp.take(lp.concatenate(list(params), axis=0), lp.take(places, ids), axis=0)


def embedding_lookup(
    params: Any,
    ids: Any,
    partition_strategy: str = "mod",
    name: str | None = None,
    validate_indices: bool = True,
    max_norm: float | None = None,
) -> Any:
    """Rows of a table, which may be a list of its parts, by index."""
    if params is None or (isinstance(params, (list, tuple)) and not params):
        raise ValueError("Need at least one param")
    tables = params if isinstance(params, (list, tuple)) else [params]
    tables = [
        part for table in tables for part in getattr(table, "_partitions", lambda table=table: [table])()
    ]
    return _lookup(tables, ids, partition_strategy, max_norm, name=name)


def embedding_lookup_sparse(
    params: Any,
    sp_ids: Any,
    sp_weights: Any,
    partition_strategy: str = "mod",
    name: str | None = None,
    combiner: str | None = None,
    max_norm: float | None = None,
) -> Any:
    """The rows of a sparse tensor's ids, summed per row of it; combiner: "sum", "mean" or "sqrtn"."""
    combiner = combiner or "mean"
    if combiner not in ("sum", "mean", "sqrtn"):
        raise ValueError("combiner must be one of 'mean', 'sqrtn' or 'sum'")
    rows = embedding_lookup(params, sp_ids.values, partition_strategy, max_norm=max_norm)
    weights = None if sp_weights is None else sp_weights.values
    return _combined(rows, sp_ids.indices, sp_ids.dense_shape, weights, combiner, name=name)


@op("embedding_lookup_sparse")
def _combined(
    rows: Any, indices: Any, shape: Any, weights: Any, combiner: str, name: str | None = None
) -> Any:
    rows, segment = tensor(rows), tensor(indices)[:, 0]
    count = sizes(shape)[0]
    w = lp.ones(segment.shape, rows.dtype) if weights is None else tensor(weights, rows.dtype)
    mine = (
        lp.equal(lp.reshape(lp.arange(count), (-1, 1)), lp.reshape(segment, (1, -1))).astype(rows.dtype) * w
    )
    total = mine @ rows
    if combiner == "sum":
        return total
    norm = lp.sum(mine, axis=1) if combiner == "mean" else lp.sqrt(lp.sum(lp.square(mine), axis=1))
    return total / lp.where(lp.equal(norm, 0), 1.0, norm)[:, None]


# ------------------------------------------------------------------------------------------------- samples
class Candidates(NamedTuple):
    """Classes that were drawn, and how often the true and the drawn ones were expected."""

    sampled_candidates: Any
    true_expected_count: Any
    sampled_expected_count: Any


def _chances(kind: str, count: int, unigrams: Any = None) -> Any:
    index = np.arange(count)
    if kind == "log_uniform":
        return np.log((index + 2) / (index + 1)) / np.log(count + 1)
    if kind == "unigram":
        return np.asarray(unigrams, float) / np.sum(unigrams)
    return np.full(count, 1 / count)


def _expected(chances: Any, drawn: int, unique: bool) -> Any:
    """How often every class is among the drawn ones."""
    if not unique:
        return chances * drawn
    low, high = float(drawn), 1e12  # of how many tries so many different ones come
    for _ in range(200):
        tries = (low * high) ** 0.5
        if -np.expm1(tries * np.log1p(-np.minimum(chances, 1 - 1e-12))).sum() < drawn:
            low = tries
        else:
            high = tries
    return -np.expm1(low * np.log1p(-np.minimum(chances, 1 - 1e-12)))


@op("CandidateSampler", count=3, once=True, gradient=False, dtype=["int64", "float32", "float32"])
def _candidates(
    true_classes: Any,
    drawn: int,
    unique: bool,
    kind: str,
    chances: Any,
    generator: Any,
    name: str | None = None,
) -> Any:
    labels = tensor(true_classes)
    expected = _expected(chances, drawn, unique).astype(np.float32)
    if is_guess():
        sampled = lp.zeros((drawn,), "int64")
    elif (
        unique
    ):  # the largest of log p + Gumbel noise: draws without replacement (Efraimidis and Spirakis 2006)
        u = generator.random(chances.shape, dtype="float32")
        noise = -lp.log(-lp.log(u + 1e-20) + 1e-20)
        _, sampled = lp.top_k(lp.log(tensor(chances, "float32")) + noise, drawn)
    else:
        edges = np.cumsum(chances).astype(np.float32)
        found = lp.searchsorted(edges, generator.random((drawn,), dtype="float32"), side="right")
        sampled = lp.minimum(found, len(chances) - 1)
    return sampled.astype("int64"), lp.take(expected, labels), lp.take(expected, sampled)


def _sampler(kind: str) -> Any:
    def sample(
        true_classes: Any,
        num_true: int,
        num_sampled: int,
        unique: bool,
        range_max: int,
        seed: Any = None,
        name: str | None = None,
    ) -> Candidates:
        """Classes below range_max at random, for losses over samples."""
        if unique and num_sampled > range_max:
            raise ValueError(f"num_sampled {num_sampled} different classes of {range_max}")
        chances = _chances(kind, range_max)
        return Candidates(
            *_candidates(true_classes, num_sampled, unique, kind, chances, random.generator(seed), name=name)
        )

    return sample


log_uniform_candidate_sampler = _sampler("log_uniform")
uniform_candidate_sampler = _sampler("uniform")
learned_unigram_candidate_sampler = _sampler("log_uniform")


def fixed_unigram_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    vocab_file: str = "",
    distortion: float = 1.0,
    num_reserved_ids: int = 0,
    num_shards: int = 1,
    shard: int = 0,
    unigrams: Sequence[float] = (),
    seed: Any = None,
    name: str | None = None,
) -> Candidates:
    """Classes at random by their counts."""
    counts = np.concatenate([np.zeros(num_reserved_ids), np.asarray(unigrams, float) ** distortion])
    chances = _chances("unigram", range_max, counts)
    return Candidates(
        *_candidates(true_classes, num_sampled, unique, "unigram", chances, random.generator(seed), name=name)
    )


def _is_integer(value: Any) -> bool:
    dtype = getattr(value, "dtype", None)
    if dtype is None:
        return np.asarray(value).dtype.kind in "iu"
    return bool(getattr(dtype, "is_integer", False)) or getattr(dtype, "kind", "") in ("i", "u")


def _tables(params: Any) -> list[Any]:
    tables = params if isinstance(params, (list, tuple)) else [params]
    return [part for table in tables for part in getattr(table, "_partitions", lambda table=table: [table])()]


def _sampled_loss(
    kind: str,
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: int,
    num_classes: int,
    num_true: int,
    sampled_values: Any,
    remove_accidental_hits: bool,
    partition_strategy: str,
    seed: Any,
    name: str | None,
) -> Any:
    if _is_integer(inputs) and not _is_integer(labels):
        labels, inputs = inputs, labels  # the order before 1.0
    if sampled_values is None:
        sampled_values = log_uniform_candidate_sampler(labels, num_true, num_sampled, True, num_classes, seed)
    return _of_samples(
        _tables(weights), _tables(biases), labels, inputs, list(sampled_values), num_true,
        remove_accidental_hits, partition_strategy, kind, name=name,
    )  # fmt: skip


@op("sampled_loss")
def _of_samples(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    samples: Any,
    num_true: int,
    remove: bool,
    strategy: str,
    kind: str,
    name: str | None = None,
) -> Any:
    x, (drawn, true_expected, drawn_expected) = tensor(inputs), map(tensor, samples)
    y = lp.reshape(tensor(labels).astype("int64"), (-1, num_true))
    tables, shifts = [tensor(w) for w in weights], [tensor(b) for b in biases]
    own = lp.sum(picked(tables, y, strategy) * lp.expand_dims(x, 1), axis=-1) + picked(shifts, y, strategy)
    others = x @ picked(tables, drawn, strategy).T + picked(shifts, drawn, strategy)
    own = own - lp.log(lp.reshape(true_expected, (-1, num_true)))
    others = others - lp.log(drawn_expected)
    if remove:
        hit = lp.any(lp.equal(lp.expand_dims(y, 2), drawn), axis=1)
        others = lp.where(hit, -1e37, others)
    logits = lp.concatenate([own, others], axis=1)
    share = lp.concatenate([lp.full_like(own, 1 / num_true), lp.zeros_like(others)], axis=1)
    if kind == "nce":
        truth = lp.concatenate([lp.full_like(own, 1 / num_true), lp.zeros_like(others)], axis=1)
        return lp.sum(binary_cross_entropy_with_logits(logits, truth, reduction="none"), axis=1)
    return cross_entropy(logits, share, reduction="none")


@also(num_samples="num_sampled")
def nce_loss(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: int,
    num_classes: int,
    num_true: int = 1,
    sampled_values: Any = None,
    remove_accidental_hits: bool = False,
    partition_strategy: str = "mod",
    name: str | None = "nce_loss",
    seed: Any = None,
) -> Any:
    """Noise-contrastive estimation (Gutmann and Hyvarinen 2010): one loss for every row."""
    return _sampled_loss(
        "nce", weights, biases, labels, inputs, num_sampled, num_classes, num_true, sampled_values,
        remove_accidental_hits, partition_strategy, seed, name,
    )  # fmt: skip


def sampled_softmax_loss(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: int,
    num_classes: int,
    num_true: int = 1,
    sampled_values: Any = None,
    remove_accidental_hits: bool = True,
    partition_strategy: str = "mod",
    name: str | None = "sampled_softmax_loss",
    seed: Any = None,
) -> Any:
    """The softmax's cross entropy over a sample of the classes (Jean et al. 2014)."""
    return _sampled_loss(
        "softmax", weights, biases, labels, inputs, num_sampled, num_classes, num_true, sampled_values,
        remove_accidental_hits, partition_strategy, seed, name,
    )  # fmt: skip


__all__ = [
    "embedding_lookup", "embedding_lookup_sparse", "fixed_unigram_candidate_sampler",
    "learned_unigram_candidate_sampler", "log_uniform_candidate_sampler", "nce_loss", "sampled_softmax_loss",
    "uniform_candidate_sampler",
]  # fmt: skip
