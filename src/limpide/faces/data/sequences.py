"""Texts and prices: `imdb.npz`, `reuters.npz` and `boston_housing.npz`, cut and split as Keras does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import DataError
from .. import pickles
from . import sets
from .sets import Array, Split

SEED = 113


def imdb(
    path: str = "imdb.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    seed: int = SEED,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
) -> Split:
    """Film reviews as lists of word numbers, labels 0 and 1."""
    arrays = _arrays("imdb", "the reviews of IMDB", path, "imdb.npz")
    if arrays is None:
        texts, labels = sets.synthetic_sequences("IMDB", 2, 10_000, 200)
        cut = sets.SYNTHETIC_TRAIN
        train, test = (texts[:cut], labels[:cut]), (texts[cut:], labels[cut:])
    else:
        train, test = (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])
    random = np.random.RandomState(seed)
    (x, y), (x_test, y_test) = _shuffled(train, random), _shuffled(test, random)
    texts, labels, kept = _prepared(
        np.concatenate([x, x_test]), np.concatenate([y, y_test]),
        num_words, skip_top, maxlen, start_char, oov_char, index_from,
    )  # fmt: skip
    cut = int(np.searchsorted(kept, len(x)))
    return (texts[:cut], labels[:cut]), (texts[cut:], labels[cut:])


def reuters(
    path: str = "reuters.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    test_split: float = 0.2,
    seed: int = SEED,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
) -> Split:
    """Newswires as lists of word numbers, labels 0 to 45."""
    arrays = _arrays("reuters", "the newswires of Reuters", path, "reuters.npz")
    if arrays is None:
        found = sets.synthetic_sequences("Reuters", 46, 10_000, 150)
    else:
        found = arrays["x"], arrays["y"]
    x, y = _shuffled(found, np.random.RandomState(seed))
    x, y, _ = _prepared(x, y, num_words, skip_top, maxlen, start_char, oov_char, index_from)
    cut = int(len(x) * (1 - test_split))
    return (x[:cut], y[:cut]), (x[cut:], y[cut:])


def boston_housing(path: str = "boston_housing.npz", test_split: float = 0.2, seed: int = SEED) -> Split:
    """506 rows of 13 numbers about places, and the prices of houses there."""
    arrays = _arrays("boston_housing", "the houses of Boston", path, "boston_housing.npz")
    if arrays is None:
        sets.use("Boston housing: SYNTHETIC stand-in, 506 made-up rows")
        random = np.random.RandomState(0)
        x = random.normal(size=(506, 13))
        y = 22.5 + x @ random.normal(size=13) + random.normal(size=506)
    else:
        x, y = arrays["x"], arrays["y"]
    x, y = _shuffled((x, y), np.random.RandomState(seed))
    cut = int(len(x) * (1 - test_split))
    return (x[:cut], y[:cut]), (x[cut:], y[cut:])


def word_index(op: str, path: str) -> dict[str, int]:
    """Words and their numbers, of a file such as `imdb_word_index.json`."""
    if _file(path) is None and sets.synthetic_allowed():
        sets.use(f"{path}: SYNTHETIC stand-in, made-up words")
        return {f"word{number}": number for number in range(1, 10_000)}
    place = _file(path) or sets.need(op, path)
    try:
        found = json.loads(place.read_text("utf-8"))
        return {str(word): int(number) for word, number in found.items()}
    except (ValueError, AttributeError, TypeError) as error:
        raise DataError(op, f"{place} is not a list of words in JSON: {error}") from error


def _arrays(op: str, what: str, path: str, usual: str) -> dict[str, Array] | None:
    """The arrays of an .npz, read without any code of its pickles; None: a stand-in is to be made."""
    place = _file(path) or sets.find(usual)
    if place is None:
        if sets.synthetic_allowed():
            return None
        place = sets.need(op, usual)
    arrays = pickles.read_npz(place)
    sets.use(f"{what}: {place}")
    return arrays


def _file(path: str) -> Path | None:
    given = Path(path).expanduser()
    return given if given.is_file() else sets.find(given.name)


def _shuffled(pair: tuple[Array, Array], random: np.random.RandomState) -> tuple[Array, Array]:
    order = np.arange(len(pair[0]))
    random.shuffle(order)
    return pair[0][order], pair[1][order]


def _prepared(
    texts: Array,
    labels: NDArray[Any],
    num_words: int | None,
    skip_top: int,
    maxlen: int | None,
    start_char: int | None,
    oov_char: int | None,
    index_from: int,
) -> tuple[Array, Array, Array]:
    """Numbers shifted by `index_from` after a start mark; long texts left out; rare words replaced.

    Gives texts, labels, and which rows they were. Without `num_words` the largest number is rare, as
    in Keras.
    """
    shift = index_from if start_char is not None or index_from else 0
    start = [start_char] if start_char is not None else []
    rows = [[*start, *(word + shift for word in text)] for text in texts]
    kept = [row for row, text in enumerate(rows) if not maxlen or len(text) < maxlen]
    if not kept:
        raise DataError("sequences", f"no text is shorter than maxlen={maxlen}", hint="a larger maxlen")
    rows, labels = [rows[row] for row in kept], labels[kept]
    limit = num_words or max(max(text, default=0) for text in rows)
    if oov_char is None:
        rows = [[word for word in text if skip_top <= word < limit] for text in rows]
    else:
        rows = [[word if skip_top <= word < limit else oov_char for word in text] for text in rows]
    made = np.empty(len(rows), object)
    made[:] = rows
    return made, np.asarray(labels), np.array(kept)
