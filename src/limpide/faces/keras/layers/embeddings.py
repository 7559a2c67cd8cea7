"""`keras.layers.embeddings`."""

from __future__ import annotations

from typing import Any, ClassVar

from ... import missing
from .. import backend as K
from .. import constraints, initializers, regularizers
from ..engine.base_layer import Layer


class Embedding(Layer):
    """Row i of a table for every index i; mask_zero: index 0 is no element."""

    extra: ClassVar[dict[str, Any]] = {"dropout": 0.0}

    spellings: ClassVar[dict[str, str]] = {
        "init": "embeddings_initializer", "W_regularizer": "embeddings_regularizer",
        "W_constraint": "embeddings_constraint",
    }  # fmt: skip

    def __init__(
        self, input_dim: int, output_dim: int, embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        activity_regularizer: Any = None, embeddings_constraint: Any = None, mask_zero: bool = False,
        input_length: Any = None, dropout: float = 0.0, **kwargs: Any,
    ):  # fmt: skip
        if "input_shape" not in kwargs and "batch_input_shape" not in kwargs:
            length = (
                (None,)
                if input_length is None
                else ((input_length,) if isinstance(input_length, int) else tuple(input_length))
            )
            kwargs["input_shape"] = length
        kwargs.setdefault("dtype", "int32")
        super().__init__(**kwargs)
        self.input_dim, self.output_dim, self.input_length = int(input_dim), int(output_dim), input_length
        self.embeddings_initializer = initializers.get(embeddings_initializer)
        self.embeddings_regularizer = regularizers.get(embeddings_regularizer)
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self.embeddings_constraint = constraints.get(embeddings_constraint)
        self.mask_zero, self.dropout = mask_zero, dropout or 0.0
        self.supports_masking = mask_zero

    def build(self, input_shape: Any) -> None:
        self.embeddings = self.add_weight(
            "embeddings", (self.input_dim, self.output_dim), dtype=K.floatx(),
            initializer=self.embeddings_initializer,
            regularizer=self.embeddings_regularizer, constraint=self.embeddings_constraint,
        )  # fmt: skip
        self.built = True

    W = property(lambda self: self.embeddings)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return K.not_equal(inputs, 0) if self.mask_zero else None

    def call(self, inputs: Any) -> Any:
        table = self.embeddings
        if self.dropout:
            rows = (self.input_dim, 1)
            table = K.in_train_phase(K.dropout(table, self.dropout, rows), table)
        return K.gather(table, inputs)


__getattr__ = missing.attributes("keras.layers.embeddings", globals())
__all__ = ["Embedding"]
