"""tf.contrib.legacy_seq2seq: decoders that go step by step in the graph, over lists of tensors."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

from ....nn.words import lp
from ... import missing
from ..dtypes import float32
from ..graph import name_scope
from ..layers.base import Layer
from ..nn import embedding_lookup, rnn_cell, static_rnn
from ..nn.losses import sparse_softmax_cross_entropy_with_logits
from ..recording import op, tensor
from ..scopes import get_variable, get_variable_scope, variable_scope

Loop = Callable[[Any, int], Any]
Decoded = tuple[list[Any], Any]


def rnn_decoder(
    decoder_inputs: Sequence[Any],
    initial_state: Any,
    cell: Any,
    loop_function: Loop | None = None,
    scope: Any = None,
) -> Decoded:
    """A cell along inputs, or along what loop_function makes of its last output."""
    with variable_scope(scope or "rnn_decoder"):
        state, outputs, before = initial_state, [], None
        for i, given in enumerate(decoder_inputs):
            if loop_function is not None and before is not None:
                with variable_scope("loop_function", reuse=True):
                    given = loop_function(before, i)
            if i > 0:
                get_variable_scope().reuse_variables()
            output, state = cell(given, state)
            outputs.append(output)
            if loop_function is not None:
                before = output
    return outputs, state


def basic_rnn_seq2seq(
    encoder_inputs: Sequence[Any],
    decoder_inputs: Sequence[Any],
    cell: Any,
    dtype: Any = float32,
    scope: Any = None,
) -> Decoded:
    """An encoder whose last state begins a decoder."""
    with variable_scope(scope or "basic_rnn_seq2seq"):
        _, state = static_rnn(cell, encoder_inputs, dtype=dtype)
        return rnn_decoder(decoder_inputs, state, _again(cell))


def _again(cell: Any) -> Any:
    """The cell with variables of its own in another scope."""
    twin = copy.copy(cell)
    if isinstance(twin, Layer):
        twin.built, twin._scope, twin._trainable, twin._frozen = False, None, [], []
    for name in ("_cell", "_cells"):
        inner = getattr(twin, name, None)
        if inner is not None:
            setattr(twin, name, [_again(c) for c in inner] if name == "_cells" else _again(inner))
    return twin


def tied_rnn_seq2seq(
    encoder_inputs: Sequence[Any],
    decoder_inputs: Sequence[Any],
    cell: Any,
    loop_function: Loop | None = None,
    dtype: Any = float32,
    scope: Any = None,
) -> Decoded:
    """As basic_rnn_seq2seq, with one cell for both."""
    with variable_scope("combined_tied_rnn_seq2seq"):
        name = scope or "tied_rnn_seq2seq"
        _, state = static_rnn(cell, encoder_inputs, dtype=dtype, scope=name)
        get_variable_scope().reuse_variables()
        return rnn_decoder(decoder_inputs, state, cell, loop_function, scope=name)


def embedding_rnn_decoder(
    decoder_inputs: Sequence[Any], initial_state: Any, cell: Any, num_symbols: int, embedding_size: int,
    output_projection: Any = None, feed_previous: bool = False, update_embedding_for_previous: bool = True,
    scope: Any = None,
) -> Decoded:  # fmt: skip
    """A decoder of symbols; with feed_previous it goes on with what it said."""
    with variable_scope(scope or "embedding_rnn_decoder"):
        table = get_variable("embedding", [num_symbols, embedding_size])
        loop = _said_before(table, output_projection) if feed_previous else None
        rows = [embedding_lookup(table, i) for i in decoder_inputs]
        return rnn_decoder(rows, initial_state, cell, loop)


def _said_before(table: Any, projection: Any) -> Loop:
    def loop(before: Any, _: int) -> Any:
        return embedding_lookup(table, _likeliest(before, projection))

    return loop


@op("ArgMax", gradient=False)
def _likeliest(output: Any, projection: Any, name: Any = None) -> Any:
    x = tensor(output)
    if projection is not None:
        x = x @ tensor(projection[0]) + tensor(projection[1])
    return lp.argmax(x, axis=1)


def embedding_rnn_seq2seq(
    encoder_inputs: Sequence[Any], decoder_inputs: Sequence[Any], cell: Any, num_encoder_symbols: int,
    num_decoder_symbols: int, embedding_size: int, output_projection: Any = None, feed_previous: bool = False,
    dtype: Any = None, scope: Any = None,
) -> Decoded:  # fmt: skip
    """An encoder and a decoder of symbols."""
    if not isinstance(feed_previous, bool):
        missing.record("tf.contrib.legacy_seq2seq.embedding_rnn_seq2seq(feed_previous=tensor)")
        raise NotImplementedError("feed_previous must be a Python bool here")
    with variable_scope(scope or "embedding_rnn_seq2seq"):
        encoder = rnn_cell.EmbeddingWrapper(_again(cell), num_encoder_symbols, embedding_size)
        _, state = static_rnn(encoder, encoder_inputs, dtype=dtype or float32)
        own = _again(cell)
        if output_projection is None:
            own = rnn_cell.OutputProjectionWrapper(own, num_decoder_symbols)
        return embedding_rnn_decoder(
            decoder_inputs, state, own, num_decoder_symbols, embedding_size, output_projection, feed_previous
        )


def sequence_loss_by_example(
    logits: Sequence[Any],
    targets: Sequence[Any],
    weights: Sequence[Any],
    average_across_timesteps: bool = True,
    softmax_loss_function: Any = None,
    name: str | None = None,
) -> Any:
    """One weighted cross entropy for every row of lists of logits and targets."""
    if not len(logits) == len(targets) == len(weights):
        raise ValueError(
            "Lengths of logits, weights, and targets must be the same "
            f"{len(logits)}, {len(weights)}, {len(targets)}."
        )
    with name_scope(name, "sequence_loss_by_example"):
        parts = [
            softmax_loss_function(labels=y, logits=x) if softmax_loss_function is not None
            else sparse_softmax_cross_entropy_with_logits(labels=_flat(y), logits=x)
            for x, y in zip(logits, targets, strict=True)
        ]  # fmt: skip
        return _weighted(parts, list(weights), average_across_timesteps)


@op("Reshape", gradient=False)
def _flat(x: Any, name: Any = None) -> Any:
    return lp.reshape(tensor(x), (-1,))


@op("sequence_loss_by_example")
def _weighted(parts: Any, weights: Any, average: bool, name: Any = None) -> Any:
    scaled = [tensor(p) * tensor(w) for p, w in zip(parts, weights, strict=True)]
    total, share = scaled[0], tensor(weights[0])
    for part, weight in zip(scaled[1:], weights[1:], strict=True):
        total, share = total + part, share + tensor(weight)
    return total / (share + 1e-12) if average else total


def sequence_loss(
    logits: Sequence[Any],
    targets: Sequence[Any],
    weights: Sequence[Any],
    average_across_timesteps: bool = True,
    average_across_batch: bool = True,
    softmax_loss_function: Any = None,
    name: str | None = None,
) -> Any:
    """The sum of sequence_loss_by_example, divided by the number of rows."""
    rows = sequence_loss_by_example(
        logits, targets, weights, average_across_timesteps, softmax_loss_function, name=name
    )
    return _over_batch(rows, average_across_batch)


@op("sequence_loss")
def _over_batch(rows: Any, average: bool, name: Any = None) -> Any:
    return lp.mean(tensor(rows)) if average else lp.sum(tensor(rows))


__getattr__ = missing.attributes("tensorflow.contrib.legacy_seq2seq", globals())
