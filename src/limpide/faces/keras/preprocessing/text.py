"""`keras.preprocessing.text`."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from ... import missing

FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'


def base_filter() -> str:
    """Keras 1: the characters that are taken out, but for the apostrophe."""
    return FILTERS


def text_to_word_sequence(
    text: str, filters: str = FILTERS, lower: bool = True, split: str = " "
) -> list[str]:
    """The words of a text.

    >>> text_to_word_sequence("To be, or not.")
    ['to', 'be', 'or', 'not']
    """
    text = text.lower() if lower else text
    text = text.translate({ord(c): split for c in filters})
    return [w for w in text.split(split) if w]


def _hashed(word: str, n: int, function: Any) -> int:
    if function is None or function == "hash":
        return hash(word) % (n - 1) + 1
    if function == "md5":
        return int(hashlib.md5(word.encode()).hexdigest(), 16) % (n - 1) + 1
    return int(function(word)) % (n - 1) + 1


def hashing_trick(
    text: str, n: int, hash_function: Any = None, filters: str = FILTERS, lower: bool = True, split: str = " "
) -> list[int]:
    """The words of a text as numbers from 1 to n - 1, by their hash."""
    return [_hashed(w, n, hash_function) for w in text_to_word_sequence(text, filters, lower, split)]


def one_hot(text: str, n: int, filters: str = FILTERS, lower: bool = True, split: str = " ") -> list[int]:
    """The words of a text as numbers from 1 to n - 1, by Python's hash."""
    return hashing_trick(text, n, hash, filters, lower, split)


class Tokenizer:
    """Texts to sequences of numbers, by how often words come.

    num_words (Keras 1: nb_words): only the words of the lowest numbers. char_level: characters are words.
    oov_token: stands for words that are not known.
    """

    def __init__(
        self, num_words: int | None = None, filters: str = FILTERS, lower: bool = True, split: str = " ",
        char_level: bool = False, oov_token: str | None = None, document_count: int = 0,
        nb_words: int | None = None, **_: Any,
    ):  # fmt: skip
        self.num_words = num_words if nb_words is None else nb_words
        self.filters, self.lower, self.split, self.char_level = filters, lower, split, char_level
        self.oov_token, self.document_count = oov_token, document_count
        self.word_counts: Any = OrderedDict()
        self.word_docs: Any = defaultdict(int)
        self.word_index: dict[str, int] = {}
        self.index_word: dict[int, str] = {}
        self.index_docs: Any = defaultdict(int)

    nb_words = property(lambda self: self.num_words)

    def _words(self, text: Any) -> list[str]:
        if self.char_level or isinstance(text, (list, tuple)):
            words = list(text)
            return [w.lower() for w in words] if self.lower else words
        return text_to_word_sequence(text, self.filters, self.lower, self.split)

    def fit_on_texts(self, texts: Iterable[Any]) -> None:
        """Count the words of texts."""
        for text in texts:
            self.document_count += 1
            words = self._words(text)
            for w in words:
                self.word_counts[w] = self.word_counts.get(w, 0) + 1
            for w in set(words):
                self.word_docs[w] += 1
        order = sorted(self.word_counts.items(), key=lambda item: item[1], reverse=True)
        names = ([] if self.oov_token is None else [self.oov_token]) + [w for w, _ in order]
        self.word_index = dict(zip(names, range(1, len(names) + 1), strict=True))
        self.index_word = {i: w for w, i in self.word_index.items()}
        for w, count in self.word_docs.items():
            self.index_docs[self.word_index[w]] = count

    def fit_on_sequences(self, sequences: Iterable[Any]) -> None:
        """Count the numbers of sequences."""
        for sequence in sequences:
            self.document_count += 1
            for i in set(sequence):
                self.index_docs[i] += 1

    def texts_to_sequences(self, texts: Iterable[Any]) -> list[list[int]]:
        """Texts as lists of numbers."""
        return list(self.texts_to_sequences_generator(texts))

    def texts_to_sequences_generator(self, texts: Iterable[Any]) -> Iterator[list[int]]:
        """The same one by one."""
        unknown = self.word_index.get(self.oov_token) if self.oov_token is not None else None
        for text in texts:
            found = []
            for w in self._words(text):
                i = self.word_index.get(w)
                if i is not None and not (self.num_words and i >= self.num_words):
                    found.append(i)
                elif unknown is not None:
                    found.append(unknown)
            yield found

    def sequences_to_texts(self, sequences: Iterable[Any]) -> list[str]:
        """Lists of numbers as texts."""
        return [" ".join(self.index_word[i] for i in s if i in self.index_word) for s in sequences]

    def texts_to_matrix(self, texts: Iterable[Any], mode: str = "binary") -> Any:
        """Texts as rows of a matrix; see sequences_to_matrix."""
        return self.sequences_to_matrix(self.texts_to_sequences(texts), mode=mode)

    def sequences_to_matrix(self, sequences: Any, mode: str = "binary") -> Any:
        """Sequences as rows: "binary", "count", "freq" or "tfidf"."""
        if not self.num_words and not self.word_index:
            raise ValueError("Specify a dimension (`num_words` argument), or fit on some text data first.")
        if mode not in ("binary", "count", "freq", "tfidf"):
            raise ValueError("Unknown vectorization mode:", mode)
        if mode == "tfidf" and not self.document_count:
            raise ValueError("Fit the Tokenizer on some data before using tfidf mode.")
        size = self.num_words or len(self.word_index) + 1
        x = np.zeros((len(sequences), size))
        for row, sequence in enumerate(sequences):
            counts = Counter(i for i in sequence if i < size)
            for i, c in counts.items():
                if mode == "count":
                    x[row, i] = c
                elif mode == "freq":
                    x[row, i] = c / len(sequence)
                elif mode == "binary":
                    x[row, i] = 1
                else:
                    x[row, i] = (1 + np.log(c)) * np.log(
                        1 + self.document_count / (1 + self.index_docs.get(i, 0))
                    )
        return x

    def get_config(self) -> dict[str, Any]:
        """Its settings and counts as plain values."""
        return {
            "num_words": self.num_words, "filters": self.filters, "lower": self.lower, "split": self.split,
            "char_level": self.char_level, "oov_token": self.oov_token, "document_count": self.document_count,
            "word_counts": json.dumps(self.word_counts), "word_docs": json.dumps(self.word_docs),
            "index_docs": json.dumps(self.index_docs), "index_word": json.dumps(self.index_word),
            "word_index": json.dumps(self.word_index),
        }  # fmt: skip

    def to_json(self, **kwargs: Any) -> str:
        """The same as JSON."""
        return json.dumps({"class_name": "Tokenizer", "config": self.get_config()}, **kwargs)


def tokenizer_from_json(json_string: str) -> Tokenizer:
    """The Tokenizer of `to_json`."""
    config = json.loads(json_string)["config"]
    own = {
        k: json.loads(config.pop(k))
        for k in ("word_counts", "word_docs", "index_docs", "index_word", "word_index")
    }
    made = Tokenizer(**config)
    made.word_counts, made.word_docs, made.word_index = (
        OrderedDict(own["word_counts"]),
        own["word_docs"],
        own["word_index"],
    )
    made.index_docs = {int(k): v for k, v in own["index_docs"].items()}
    made.index_word = {int(k): v for k, v in own["index_word"].items()}
    return made


__getattr__ = missing.attributes("keras.preprocessing.text", globals())
