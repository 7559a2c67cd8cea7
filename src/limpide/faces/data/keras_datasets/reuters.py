"""`keras.datasets.reuters`."""

from __future__ import annotations

from typing import Any

from .. import sequences, sets


def load_data(
    path: str = "reuters.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    test_split: float = 0.2,
    seed: int = sequences.SEED,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
    nb_words: int | None = None,
    **_: Any,
) -> sets.Split:
    """Newswires; nb_words: `num_words` of Keras 1."""
    name = path if path.endswith(".npz") else "reuters.npz"
    words = num_words if nb_words is None else nb_words
    return sequences.reuters(
        name, words, skip_top, maxlen, test_split, seed, start_char, oov_char, index_from
    )


def get_word_index(path: str = "reuters_word_index.json") -> dict[str, int]:
    """Words and their numbers, before `index_from` is added."""
    return sequences.word_index("reuters", path.replace(".pkl", ".json"))
