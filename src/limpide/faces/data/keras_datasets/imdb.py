"""`keras.datasets.imdb`."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import sequences, sets


def load_data(
    path: str = "imdb.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    seed: int = sequences.SEED,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
    nb_words: int | None = None,
    test_split: float | None = None,
    **_: Any,
) -> sets.Split:
    """Reviews; nb_words: `num_words` of Keras 1; test_split: the share to test on, of Keras 0.3."""
    name = path if path.endswith(".npz") else "imdb.npz"
    words = num_words if nb_words is None else nb_words
    (x, y), (x_test, y_test) = sequences.imdb(
        name, words, skip_top, maxlen, seed, start_char, oov_char, index_from
    )
    if test_split is None:
        return (x, y), (x_test, y_test)
    texts, labels = np.concatenate([x, x_test]), np.concatenate([y, y_test])
    cut = int(len(texts) * (1 - test_split))
    return (texts[:cut], labels[:cut]), (texts[cut:], labels[cut:])


def get_word_index(path: str = "imdb_word_index.json") -> dict[str, int]:
    """Words and their numbers, before `index_from` is added."""
    return sequences.word_index("imdb", path.replace(".pkl", ".json"))
