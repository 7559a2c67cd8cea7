"""tf.contrib.seq2seq: losses of sequences, decoders and their helpers, attention."""

from __future__ import annotations

from .... import missing
from .attention import (
    AttentionWrapper,
    AttentionWrapperState,
    BahdanauAttention,
    LuongAttention,
    tile_batch,
)
from .decoding import (
    BasicDecoder,
    BasicDecoderOutput,
    CustomHelper,
    Decoder,
    GreedyEmbeddingHelper,
    Helper,
    SampleEmbeddingHelper,
    ScheduledEmbeddingTrainingHelper,
    TrainingHelper,
    dynamic_decode,
)
from .loss import sequence_loss

__all__ = [
    "AttentionWrapper", "AttentionWrapperState", "BahdanauAttention", "BasicDecoder", "BasicDecoderOutput",
    "CustomHelper", "Decoder", "GreedyEmbeddingHelper", "Helper", "LuongAttention", "SampleEmbeddingHelper",
    "ScheduledEmbeddingTrainingHelper", "TrainingHelper", "dynamic_decode", "sequence_loss", "tile_batch",
]  # fmt: skip

__getattr__ = missing.attributes("tensorflow.contrib.seq2seq", globals())
