"""Attention and the blocks of a transformer against NumPy written from the formulas."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide import nn
from nn.check import check_layer

RNG = np.random.default_rng(0)
BATCH, LONG, KEYS, SIZE, HEADS = 2, 3, 4, 6, 2


def softmax(x: Any) -> Any:
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def attend(
    p: dict[str, Any], q: Any, k: Any, v: Any, blocked: Any = None, prefix: str = ""
) -> tuple[Any, Any]:
    """Outputs and weights of every head, for (batch, elements, size); `blocked` is added to the scores."""
    if f"{prefix}in_proj_weight" in p:
        wq, wk, wv = np.split(p[f"{prefix}in_proj_weight"], 3)
    else:
        wq, wk, wv = (p[f"{prefix}{name}_proj_weight"] for name in "qkv")
    biases = np.split(p.get(f"{prefix}in_proj_bias", np.zeros(3 * SIZE)), 3)
    q, k, v = (x @ w.T + b for x, w, b in zip((q, k, v), (wq, wk, wv), biases, strict=True))
    part = SIZE // HEADS
    y, weights = np.zeros(q.shape), np.zeros((len(q), HEADS, q.shape[1], k.shape[1]))
    for n in range(len(q)):
        for h in range(HEADS):
            own = slice(h * part, (h + 1) * part)
            scores = q[n, :, own] @ k[n, :, own].T / np.sqrt(part)
            weights[n, h] = softmax(scores if blocked is None else scores + blocked[n, h])
            y[n, :, own] = weights[n, h] @ v[n, :, own]
    bias = p.get(f"{prefix}out_proj.bias", 0)
    return y @ p[f"{prefix}out_proj.weight"] + bias, weights


def randomised(layer: nn.Module) -> nn.Module:
    layer.to("float64")
    for p in layer.parameters():
        p.assign(RNG.normal(size=p.shape) * 0.5)
    return layer


def inputs(*lengths: int, size: int = SIZE) -> list[Any]:
    return [RNG.normal(size=(BATCH, length, size)) for length in lengths]


@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("bias", [True, False])
def test_self_attention(batch_first: bool, bias: bool) -> None:
    layer = randomised(nn.MultiheadAttention(SIZE, HEADS, batch_first=batch_first, bias=bias))
    p = layer.state_dict()

    def reference(x: Any) -> Any:
        x = x if batch_first else x.swapaxes(0, 1)
        y, weights = attend(p, x, x, x)
        return y if batch_first else y.swapaxes(0, 1), weights.mean(1)

    (x,) = inputs(LONG)
    check_layer(layer, reference, x if batch_first else x.swapaxes(0, 1))


@pytest.mark.parametrize("sizes", [{}, {"kdim": 5, "vdim": 7}])
def test_attention_to_others(sizes: dict[str, int]) -> None:
    layer = randomised(nn.MultiheadAttention(SIZE, HEADS, batch_first=True, **sizes))
    p = layer.state_dict()
    (q,) = inputs(LONG)
    k, v = inputs(KEYS, size=sizes.get("kdim", SIZE))[0], inputs(KEYS, size=sizes.get("vdim", SIZE))[0]
    check_layer(layer, lambda q, k, v: (attend(p, q, k, v)[0], attend(p, q, k, v)[1].mean(1)), q, k, v)


PADDING = np.array([[False, False, True], [False, False, False]])
CAUSAL = np.where(np.triu(np.ones((LONG, LONG)), 1), -np.inf, 0)
FLOAT = RNG.normal(size=(LONG, LONG))
OWN = RNG.normal(size=(BATCH * HEADS, LONG, LONG)) > 1
OWN[..., 0] = False
HIDDEN = np.where(PADDING, -np.inf, 0)[:, None, None]
NOTHING = np.zeros((BATCH, HEADS, LONG, LONG))
MASKS: dict[str, tuple[dict[str, Any], Any]] = {
    "causal": ({"is_causal": True}, CAUSAL),
    "causal mask": ({"attn_mask": nn.causal_mask(LONG)}, CAUSAL),
    "added": ({"attn_mask": FLOAT}, FLOAT),
    "own of heads": ({"attn_mask": OWN}, np.where(OWN, -np.inf, 0).reshape(BATCH, HEADS, LONG, LONG)),
    "padding": ({"key_padding_mask": PADDING}, HIDDEN),
    "padding and causal": ({"key_padding_mask": PADDING, "is_causal": True}, HIDDEN + CAUSAL),
    "padding and added": ({"key_padding_mask": PADDING, "attn_mask": FLOAT}, HIDDEN + FLOAT),
}


@pytest.mark.parametrize("case", MASKS)
def test_masks(case: str) -> None:
    given, blocked = MASKS[case]
    layer = randomised(nn.MultiheadAttention(SIZE, HEADS, batch_first=True))

    class Masked(nn.Module):
        def __init__(self) -> None:
            self.layer = layer

        def forward(self, x: Any) -> Any:
            return self.layer(x, average_attn_weights=False, **given)

    p = layer.state_dict()
    check_layer(Masked(), lambda x: attend(p, x, x, x, NOTHING + blocked), *inputs(LONG))


def test_one_sequence_and_no_weights() -> None:
    layer = randomised(nn.MultiheadAttention(SIZE, HEADS))
    (x,) = inputs(LONG)
    y, weights = layer(x[0])
    assert y.shape == (LONG, SIZE) and weights.shape == (LONG, LONG)
    np.testing.assert_allclose(y.numpy(), attend(layer.state_dict(), x[:1], x[:1], x[:1])[0][0], rtol=1e-10)
    assert layer(x[0], need_weights=False)[1] is None


def test_dropout_of_weights() -> None:
    layer = nn.MultiheadAttention(SIZE, HEADS, dropout=0.5)
    (x,) = inputs(LONG)
    assert (layer(x)[0].numpy() != layer(x)[0].numpy()).any()
    layer.eval()
    assert (layer(x)[0].numpy() == layer(x)[0].numpy()).all()


def test_wrong_shapes() -> None:
    layer = nn.MultiheadAttention(SIZE, HEADS, batch_first=True)
    x = np.ones((2, 3, SIZE))
    with pytest.raises(
        lp.LimpideError, match=r"the key has shape \(2, 3, 5\), but \(batch, elements, size\)"
    ):
        layer(x, np.ones((2, 3, 5)))
    with pytest.raises(lp.LimpideError, match=r"attn_mask has shape \(3, 4\), but \(3, 3\) is expected"):
        layer(x, attn_mask=np.zeros((3, 4)))
    with pytest.raises(lp.LimpideError, match=r"key_padding_mask has shape \(3, 2\), but \(2, 3\)"):
        layer(x, key_padding_mask=np.zeros((3, 2), bool))
    with pytest.raises(lp.LimpideError, match="a size of 7 does not go into 2 heads"):
        nn.MultiheadAttention(7, 2)


# ---------------------------------------------------------------------------------------- transformers
def layer_norm(p: dict[str, Any], name: str, x: Any) -> Any:
    y = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5)
    return y * p[f"{name}.weight"] + p[f"{name}.bias"]


def block(p: dict[str, Any], x: Any, parts: list[Any], norm_first: bool) -> Any:
    for i, part in enumerate(parts, 1):
        norm = partial(layer_norm, p, f"norm{i}")
        x = x + part(norm(x)) if norm_first else norm(x + part(x))
    return x


def feed_forward(p: dict[str, Any]) -> Any:
    def run(x: Any) -> Any:
        h = np.maximum(x @ p["linear1.weight"] + p["linear1.bias"], 0)
        return h @ p["linear2.weight"] + p["linear2.bias"]

    return run


@pytest.mark.parametrize("norm_first", [True, False])
def test_encoder_layer(norm_first: bool) -> None:
    layer = randomised(
        nn.TransformerEncoderLayer(SIZE, HEADS, hidden=5, batch_first=True, norm_first=norm_first)
    ).eval()
    p = layer.state_dict()

    def reference(x: Any) -> Any:
        parts = [lambda x: attend(p, x, x, x, prefix="self_attn.")[0], feed_forward(p)]
        return block(p, x, parts, norm_first)

    check_layer(layer, reference, *inputs(LONG))


@pytest.mark.parametrize("norm_first", [True, False])
def test_decoder_layer(norm_first: bool) -> None:
    layer = randomised(
        nn.TransformerDecoderLayer(SIZE, HEADS, hidden=5, batch_first=True, norm_first=norm_first)
    ).eval()
    p = layer.state_dict()

    class Causal(nn.Module):
        def __init__(self) -> None:
            self.layer = layer

        def forward(self, x: Any, memory: Any) -> Any:
            return self.layer(x, memory, tgt_is_causal=True)

    def reference(x: Any, memory: Any) -> Any:
        parts = [
            lambda x: attend(p, x, x, x, NOTHING + CAUSAL, prefix="self_attn.")[0],
            lambda x: attend(p, x, memory, memory, prefix="multihead_attn.")[0],
            feed_forward(p),
        ]
        return block(p, x, parts, norm_first)

    check_layer(Causal(), reference, *inputs(LONG, KEYS))


def test_stacks() -> None:
    layer = nn.TransformerEncoderLayer(SIZE, HEADS, hidden=5, batch_first=True, seed=0)
    encoder = nn.TransformerEncoder(layer, 2, norm=nn.LayerNorm(SIZE)).eval()
    (x,) = inputs(LONG)
    by_hand = encoder.norm(encoder.layers[1](encoder.layers[0](x)))
    np.testing.assert_allclose(encoder(x).numpy(), by_hand.numpy(), rtol=1e-6)
    names = [name for name, _ in encoder.named_parameters()]
    assert "layers.1.self_attn.in_proj_weight" in names and names[-1] == "norm.bias"
    assert len({id(p.cell) for p in encoder.parameters()}) == len(names)
    decoder = nn.TransformerDecoder(nn.TransformerDecoderLayer(SIZE, HEADS, hidden=5, batch_first=True), 2)
    assert decoder.eval()(x, inputs(KEYS)[0], tgt_is_causal=True).shape == x.shape
    encoder.train()
    assert (encoder(x).numpy() != encoder(x).numpy()).any()


def test_positional_encoding() -> None:
    encode = nn.PositionalEncoding(5, length=10)
    y = encode(np.zeros((2, 7, 5))).numpy()
    expected = np.zeros((7, 5))
    for position in range(7):
        for i in range(5):
            angle = position / 10_000 ** ((i - i % 2) / 5)
            expected[position, i] = np.cos(angle) if i % 2 else np.sin(angle)
    np.testing.assert_allclose(y, np.stack([expected, expected]), atol=1e-12)
    last = nn.PositionalEncoding(5, batch_first=False)(np.zeros((7, 2, 5))).numpy()
    np.testing.assert_allclose(last, y.swapaxes(0, 1))
    with pytest.raises(lp.LimpideError, match="up to 10 elements and a size of 5 are expected"):
        encode(np.zeros((2, 11, 5)))
