"""The blocks of a transformer (Vaswani et al. 2017), with PyTorch's parameters and words."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from ..errors import ShapeError, user_frame
from ..shapes import same, show
from . import init as initialisers
from .activations import activation as by_name
from .attention import MultiheadAttention
from .containers import ModuleList
from .dropout import Dropout
from .init import Seed
from .layers import Linear, as_floats, count_of
from .module import Module
from .norms import LayerNorm


class PositionalEncoding(Module):
    """x + sin and cos of the position at wavelengths from 2 pi to 10,000 times that (Vaswani et al. 2017).

    size: of the axis of features. length: of the longest sequence.
    x: (batch, elements, size), or (elements, batch, size) with batch_first=False.

    >>> y = PositionalEncoding(4)(np.zeros((1, 3, 4))).numpy()
    >>> y[0, :, :2].round(3).tolist()
    [[0.0, 1.0], [0.841, 0.54], [0.909, -0.416]]
    """

    def __init__(self, size: int, length: int = 5000, dropout: float = 0.0, batch_first: bool = True):
        count_of("PositionalEncoding", "size", size)
        angles = np.arange(length)[:, None] / 10_000 ** (np.arange(0, size, 2) / size)
        both = np.stack([np.sin(angles), np.cos(angles)], -1).reshape(length, -1)
        self.size, self.length, self.batch_first = size, length, batch_first
        self._table = both[:, :size]
        self.dropout = Dropout(dropout)

    def forward(self, x: Any) -> Any:
        x = as_floats(x)
        count = x.shape[1 if self.batch_first else 0] if x.ndim == 3 else None
        if count is None or not same(x.shape[-1], self.size) or int(count) > self.length:
            raise ShapeError(
                "PositionalEncoding",
                f"the input has shape {show(x.shape)}, but three axes, up to {self.length} elements "
                f"and a size of {self.size} are expected",
                where=user_frame(),
            )
        table = self._table[: int(count)].astype(x.dtype)
        return self.dropout(x + (table if self.batch_first else table[:, None]))

    def _describe(self) -> str:
        return str(self.size)


class _Block(Module):
    """What encoder and decoder layers share: attention, and a network of two layers for every element."""

    attentions: ClassVar[tuple[str, ...]] = ("self_attn",)
    self_attn: MultiheadAttention
    multihead_attn: MultiheadAttention

    def __init__(
        self,
        size: int,
        heads: int,
        hidden: int = 2048,
        dropout: float = 0.1,
        activation: str | Callable[..., Any] = "relu",
        eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        seed: Seed = None,
        dtype: Any = None,
    ):
        count_of(type(self).__name__, "hidden", hidden)
        generator = initialisers.generator(seed)
        for name in self.attentions:
            attention = MultiheadAttention(
                size, heads, dropout, bias, batch_first, seed=generator, dtype=dtype
            )
            setattr(self, name, attention)
        self.linear1 = Linear(size, hidden, bias, seed=generator, dtype=dtype)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(hidden, size, bias, seed=generator, dtype=dtype)
        for i in range(1, len(self.attentions) + 2):
            setattr(self, f"norm{i}", LayerNorm(size, eps, bias=bias, dtype=dtype))
            setattr(self, f"dropout{i}", Dropout(dropout))
        self.norm_first = norm_first
        self.activation = by_name(activation)

    def _add(self, x: Any, number: int, part: Callable[[Any], Any]) -> Any:
        """The input plus what a part makes of it, normalised before or behind."""
        norm, dropout = getattr(self, f"norm{number}"), getattr(self, f"dropout{number}")
        if self.norm_first:
            return x + dropout(part(norm(x)))
        return norm(x + dropout(part(x)))

    def _feed_forward(self, x: Any) -> Any:
        return self.linear2(self.dropout(self.activation(self.linear1(x))))


class TransformerEncoderLayer(_Block):
    """Self-attention, then a network of two layers, each added to its input and normalised.

    size, heads: of the attention. hidden: of the network. norm_first: normalise before instead of behind.
    activation: a name, or a function. Called with src, and with src_mask, src_key_padding_mask and is_causal
    as MultiheadAttention takes them.

    >>> TransformerEncoderLayer(8, 2, hidden=16, batch_first=True)(np.ones((3, 5, 8))).shape
    (3, 5, 8)
    """

    def forward(
        self, src: Any, src_mask: Any = None, src_key_padding_mask: Any = None, is_causal: bool = False
    ) -> Any:
        def attend(x: Any) -> Any:
            return self.self_attn(
                x, key_padding_mask=src_key_padding_mask, need_weights=False, attn_mask=src_mask,
                is_causal=is_causal,
            )[0]  # fmt: skip

        return self._add(self._add(src, 1, attend), 2, self._feed_forward)


class TransformerDecoderLayer(_Block):
    """Self-attention, attention to the encoder's outputs, then a network of two layers.

    The words are those of TransformerEncoderLayer. Called with tgt and memory, and with tgt_mask,
    memory_mask, tgt_key_padding_mask, memory_key_padding_mask and tgt_is_causal.

    >>> layer = TransformerDecoderLayer(8, 2, hidden=16, batch_first=True)
    >>> layer(np.ones((3, 4, 8)), np.ones((3, 5, 8)), tgt_is_causal=True).shape
    (3, 4, 8)
    """

    attentions = ("self_attn", "multihead_attn")

    def forward(
        self,
        tgt: Any,
        memory: Any,
        tgt_mask: Any = None,
        memory_mask: Any = None,
        tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        tgt_is_causal: bool = False,
    ) -> Any:
        def attend(x: Any) -> Any:
            return self.self_attn(
                x, key_padding_mask=tgt_key_padding_mask, need_weights=False, attn_mask=tgt_mask,
                is_causal=tgt_is_causal,
            )[0]  # fmt: skip

        def read(x: Any) -> Any:
            return self.multihead_attn(
                x, memory, memory, key_padding_mask=memory_key_padding_mask, need_weights=False,
                attn_mask=memory_mask,
            )[0]  # fmt: skip

        return self._add(self._add(self._add(tgt, 1, attend), 2, read), 3, self._feed_forward)


class _Stack(Module):
    """Copies of a layer, one behind the other, and a norm at the end where one is given."""

    def __init__(self, layer: Module, layers: int, norm: Module | None = None):
        count_of(type(self).__name__, "layers", layers)
        self.layers = ModuleList(copy.deepcopy(layer) for _ in range(layers))
        self.norm = norm

    def _through(self, x: Any, *args: Any, **masks: Any) -> Any:
        for layer in self.layers:
            x = layer(x, *args, **masks)
        return x if self.norm is None else self.norm(x)


class TransformerEncoder(_Stack):
    """`layers` copies of an encoder layer; all start with its weights, as in PyTorch.

    Called with src, and with mask, src_key_padding_mask and is_causal for every layer.

    >>> encoder = TransformerEncoder(TransformerEncoderLayer(8, 2, hidden=16), 3, norm=LayerNorm(8))
    >>> encoder(np.ones((5, 2, 8))).shape
    (5, 2, 8)
    """

    def forward(
        self, src: Any, mask: Any = None, src_key_padding_mask: Any = None, is_causal: bool = False
    ) -> Any:
        return self._through(
            src, src_mask=mask, src_key_padding_mask=src_key_padding_mask, is_causal=is_causal
        )


class TransformerDecoder(_Stack):
    """`layers` copies of a decoder layer; called as that one is."""

    def forward(self, tgt: Any, memory: Any, **masks: Any) -> Any:
        return self._through(tgt, memory, **masks)
