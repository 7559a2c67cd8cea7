"""Attention: every element of a sequence reads what it looks for in others (Vaswani et al. 2017)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..dtypes import BOOL
from ..errors import ArgumentError, ShapeError, user_frame
from ..shapes import same, show
from ..tensor import Parameter, Tensor, astensor
from . import init as initialisers
from .dropout import Dropout
from .init import Initialiser, Seed
from .layers import Linear, as_floats, count_of
from .module import Module
from .words import lp


def causal_mask(size: int) -> Any:
    """True where an element would look at a later one: what attention may not read.

    >>> causal_mask(3).astype(int).tolist()
    [[0, 1, 1], [0, 0, 1], [0, 0, 0]]
    """
    return np.triu(np.ones((size, size), bool), 1)


def attention_weights(q: Any, k: Any, mask: Any = None) -> Any:
    """softmax(q k^T / sqrt(size)) over the keys.

    q: (..., queries, size). k: (..., keys, size). mask: broadcast to (..., queries, keys); a bool one is
    True where a key may not be read, a float one is added before the softmax.
    """
    scores = (q * (1 / math.sqrt(q.shape[-1]))) @ lp.swapaxes(k, -1, -2)
    if mask is not None:
        scores = lp.where(mask, -math.inf, scores) if mask.dtype == BOOL else scores + mask
    return lp.softmax(scores, axis=-1)


class MultiheadAttention(Module):
    """Attention in several heads, each in a part of the axis of features; parameters as in PyTorch.

    size: of the axis of features; heads divide it. dropout: of the weights, in training mode.
    kdim, vdim: sizes of keys and values, where they differ.
    query: (queries, batch, size), or (batch, queries, size) with batch_first, or (queries, size); key and
    value likewise. Called with (query, key, value); without key and value it is self-attention.
    attn_mask: (queries, keys), or one for every (batch * heads); key_padding_mask: (batch, keys). A bool mask
    is True where a key may not be read; a float one is added. is_causal: nobody reads what comes later.
    Gives the outputs, and with need_weights the weights (batch, queries, keys), averaged over the heads
    unless average_attn_weights=False; else None.

    >>> y, weights = MultiheadAttention(8, 2, batch_first=True)(np.ones((3, 5, 8)))
    >>> y.shape, weights.shape
    ((3, 5, 8), (3, 5, 5))
    """

    def __init__(
        self,
        size: int,
        heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        batch_first: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        init: str | Initialiser = "glorot_uniform",
        seed: Seed = None,
        dtype: Any = None,
    ):
        count_of("MultiheadAttention", "size", size)
        count_of("MultiheadAttention", "heads", heads)
        if size % heads:
            raise ArgumentError(
                "MultiheadAttention", f"a size of {size} does not go into {heads} heads", where=user_frame()
            )
        self.size, self.heads, self.batch_first = size, heads, batch_first
        generator = initialisers.generator(seed)
        sizes = (size, kdim or size, vdim or size)
        if sizes == (size,) * 3:
            self.in_proj_weight = Parameter(initialisers.make(init, (3 * size, size), generator, dtype))
        else:
            for name, inputs in zip("qkv", sizes, strict=True):
                values = initialisers.make(init, (size, inputs), generator, dtype)
                setattr(self, f"{name}_proj_weight", Parameter(values))
        self.in_proj_bias = Parameter(initialisers.zeros((3 * size,), dtype=dtype)) if bias else None
        self.out_proj = Linear(size, size, bias, init, seed=generator, dtype=dtype)
        self.dropout = Dropout(dropout) if dropout else None
        self.kdim, self.vdim = sizes[1:]

    def forward(
        self,
        query: Any,
        key: Any = None,
        value: Any = None,
        key_padding_mask: Any = None,
        need_weights: bool = True,
        attn_mask: Any = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Any, Any]:
        alone = astensor(query).ndim == 2
        given = [query, query if key is None else key]
        given.append(given[1] if value is None else value)
        first = self._batch_first(given, alone)
        q, k, v = (self._heads(part) for part in self._projected(*first))
        mask = self._mask(q, k, attn_mask, key_padding_mask, is_causal)
        weights = attention_weights(q, k, mask)
        mixed = lp.swapaxes((weights if self.dropout is None else self.dropout(weights)) @ v, 1, 2)
        y = self.out_proj(lp.reshape(mixed, (*mixed.shape[:2], self.size)))
        y = lp.squeeze(y, 0) if alone else y if self.batch_first else lp.swapaxes(y, 0, 1)
        if not need_weights:
            return y, None
        shown = lp.mean(weights, axis=1) if average_attn_weights else weights
        return y, lp.squeeze(shown, 0) if alone else shown

    def _batch_first(self, given: list[Any], alone: bool) -> list[Any]:
        """The operands as (batch, elements, size); the same one stays the same."""
        done: dict[int, Any] = {}
        for x, size, what in zip(
            given, (self.size, self.kdim, self.vdim), ("query", "key", "value"), strict=True
        ):
            if id(x) in done:
                continue
            t = as_floats(x, self.out_proj.weight)
            if t.ndim != (2 if alone else 3) or not same(t.shape[-1], size):
                order = "(batch, elements, size)" if self.batch_first else "(elements, batch, size)"
                raise ShapeError(
                    "MultiheadAttention",
                    f"the {what} has shape {show(t.shape)}, but {order} or (elements, size) with size {size} "
                    "is expected, for all three alike",
                    where=user_frame(),
                )
            done[id(x)] = lp.expand_dims(t, 0) if alone else t if self.batch_first else lp.swapaxes(t, 0, 1)
        return [done[id(x)] for x in given]

    def _projected(self, q: Any, k: Any, v: Any) -> list[Any]:
        biases = [None] * 3 if self.in_proj_bias is None else lp.split(self.in_proj_bias, 3)
        if q is k is v and hasattr(self, "in_proj_weight"):
            both = q @ self.in_proj_weight.T
            return list(lp.split(both if self.in_proj_bias is None else both + self.in_proj_bias, 3, axis=-1))
        if hasattr(self, "in_proj_weight"):
            weights = lp.split(self.in_proj_weight, 3, axis=0)
        else:
            weights = [getattr(self, f"{name}_proj_weight") for name in "qkv"]
        parts = [x @ w.T for x, w in zip((q, k, v), weights, strict=True)]
        return [y if b is None else y + b for y, b in zip(parts, biases, strict=True)]

    def _heads(self, x: Any) -> Any:
        """(batch, elements, size) as (batch, heads, elements, size // heads)."""
        split = lp.reshape(x, (*x.shape[:2], self.heads, self.size // self.heads))
        return lp.swapaxes(split, 1, 2)

    def _mask(self, q: Tensor, k: Tensor, attn_mask: Any, padding: Any, is_causal: bool) -> Any:
        """All masks as one, broadcast to (batch, heads, queries, keys)."""
        batch, queries, keys = q.shape[0], q.shape[2], k.shape[2]
        masks = []
        if is_causal:
            masks.append(lp.less(lp.arange(queries)[:, None], lp.arange(keys)[None, :]))
        if attn_mask is not None:
            mask = astensor(attn_mask)
            own = mask.ndim == 3
            self._fits("attn_mask", mask, (batch * self.heads, queries, keys) if own else (queries, keys))
            masks.append(lp.reshape(mask, (batch, self.heads, queries, keys)) if own else mask)
        if padding is not None:
            mask = astensor(padding)
            mask = lp.expand_dims(mask, 0) if mask.ndim == 1 else mask
            self._fits("key_padding_mask", mask, (batch, keys))
            masks.append(lp.reshape(mask, (batch, 1, 1, keys)))
        total = None
        for mask in masks:
            if total is None:
                total = mask
            elif total.dtype == mask.dtype == BOOL:
                total = lp.logical_or(total, mask)
            else:
                total = sum(lp.where(m, -math.inf, 0.0) if m.dtype == BOOL else m for m in (total, mask))
        return total

    def _fits(self, name: str, mask: Any, shape: tuple[Any, ...]) -> None:
        if mask.ndim != len(shape) or not all(map(same, mask.shape, shape)):
            raise ShapeError(
                "MultiheadAttention",
                f"{name} has shape {show(mask.shape)}, but {show(shape)} is expected",
                where=user_frame(),
            )

    def _describe(self) -> str:
        return f"{self.size}, {self.heads}"
