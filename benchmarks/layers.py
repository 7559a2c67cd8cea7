"""Every layer and loss against PyTorch, and the time of a training step of some: `pip install torch` first.

    python benchmarks/layers.py                 # outputs and gradients: the largest differences, in float64
    python benchmarks/layers.py --times         # milliseconds of a training step, limpide and PyTorch

A layer is given PyTorch's weights by `load_state_dict`, so that its names and shapes are compared, too.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch

import limpide as lp
from limpide import nest, nn, optim

RNG = np.random.default_rng(0)
TOLERANCE = 1e-8  # PyTorch computes some activations of float64 with constants of float32
Case = tuple[Any, Any, list[Any]]  # ours, PyTorch's, inputs


def numbers(*shape: int) -> Any:
    return RNG.normal(size=shape)


def image(channels: int = 4) -> Any:
    return numbers(3, channels, 8, 8)


def layers() -> dict[str, Case]:
    """Layers in training mode, where they have one, without what is drawn at random."""
    t = torch.nn
    sequence, batch_first = numbers(5, 3, 4), numbers(3, 5, 8)
    cases: dict[str, Case] = {
        "Linear": (nn.Linear(4, 5), t.Linear(4, 5), [numbers(3, 4)]),
        "Conv1d": (nn.Conv1d(4, 6, 3, padding=1), t.Conv1d(4, 6, 3, padding=1), [numbers(3, 4, 9)]),
        "Conv2d": (nn.Conv2d(4, 6, 3, stride=2), t.Conv2d(4, 6, 3, stride=2), [image()]),
        "Conv2d grouped": (nn.Conv2d(4, 6, 3, groups=2), t.Conv2d(4, 6, 3, groups=2), [image()]),
        "Conv2d depthwise": (nn.Conv2d(4, 8, 3, groups=4), t.Conv2d(4, 8, 3, groups=4), [image()]),
        "Conv2d dilated": (nn.Conv2d(4, 6, 3, dilation=2), t.Conv2d(4, 6, 3, dilation=2), [image()]),
        "Conv3d": (nn.Conv3d(2, 3, 2), t.Conv3d(2, 3, 2), [numbers(2, 2, 4, 5, 4)]),
        "ConvTranspose1d": (nn.ConvTranspose1d(4, 3, 3), t.ConvTranspose1d(4, 3, 3), [numbers(3, 4, 9)]),
        "ConvTranspose2d": (
            nn.ConvTranspose2d(4, 6, 3, stride=2, padding=1, output_padding=1),
            t.ConvTranspose2d(4, 6, 3, stride=2, padding=1, output_padding=1),
            [image()],
        ),
        "ConvTranspose3d": (
            nn.ConvTranspose3d(2, 3, 2), t.ConvTranspose3d(2, 3, 2), [numbers(2, 2, 3, 4, 3)],
        ),
        "BatchNorm1d": (nn.BatchNorm1d(4), t.BatchNorm1d(4), [numbers(6, 4)]),
        "BatchNorm2d": (nn.BatchNorm2d(4), t.BatchNorm2d(4), [image()]),
        "BatchNorm2d mean": (nn.BatchNorm2d(4, momentum=None), t.BatchNorm2d(4, momentum=None), [image()]),
        "BatchNorm2d eval": (nn.BatchNorm2d(4).eval(), t.BatchNorm2d(4).eval(), [image()]),
        "BatchNorm3d": (nn.BatchNorm3d(2), t.BatchNorm3d(2), [numbers(2, 2, 4, 5, 4)]),
        "LayerNorm": (nn.LayerNorm((5, 4)), t.LayerNorm((5, 4)), [numbers(3, 5, 4)]),
        "RMSNorm": (nn.RMSNorm(4), t.RMSNorm(4), [numbers(3, 4)]),
        "GroupNorm": (nn.GroupNorm(2, 4), t.GroupNorm(2, 4), [image()]),
        "InstanceNorm1d": (
            nn.InstanceNorm1d(4, affine=True), t.InstanceNorm1d(4, affine=True), [numbers(3, 4, 9)],
        ),
        "InstanceNorm2d": (nn.InstanceNorm2d(4), t.InstanceNorm2d(4), [image()]),
        "Embedding": (
            nn.Embedding(6, 4, padding_idx=2), t.Embedding(6, 4, padding_idx=2), [np.array([[0, 2], [5, 0]])],
        ),
        "Flatten": (nn.Flatten(), t.Flatten(), [image()]),
        "Unflatten": (nn.Unflatten(1, (2, 2)), t.Unflatten(1, (2, 2)), [image()]),
        "PReLU": (nn.PReLU(4), t.PReLU(4), [image()]),
        "MultiheadAttention": (
            nn.MultiheadAttention(8, 2, batch_first=True), t.MultiheadAttention(8, 2, batch_first=True),
            [batch_first, batch_first, batch_first],
        ),
        "MultiheadAttention of others": (
            nn.MultiheadAttention(8, 2, kdim=4, vdim=4), t.MultiheadAttention(8, 2, kdim=4, vdim=4),
            [numbers(6, 3, 8), sequence, sequence],
        ),
    }  # fmt: skip
    for name in ("RNN", "LSTM", "GRU"):
        ours, theirs = getattr(nn, name), getattr(t, name)
        cases[name] = (ours(4, 5), theirs(4, 5), [sequence])
        many = {"bidirectional": True, "batch_first": True}
        cases[f"{name} deep"] = (ours(4, 5, layers=2, **many), theirs(4, 5, num_layers=2, **many), [sequence])
        cell = f"{name}Cell"
        cases[cell] = (getattr(nn, cell)(4, 5), getattr(t, cell)(4, 5), [numbers(3, 4)])
    for first in (True, False):
        given = {"dropout": 0.0, "norm_first": first, "batch_first": True}
        cases[f"TransformerEncoderLayer {first}"] = (
            nn.TransformerEncoderLayer(8, 2, 16, **given), t.TransformerEncoderLayer(8, 2, 16, **given),
            [batch_first],
        )  # fmt: skip
        cases[f"TransformerDecoderLayer {first}"] = (
            nn.TransformerDecoderLayer(8, 2, 16, **given), t.TransformerDecoderLayer(8, 2, 16, **given),
            [numbers(3, 4, 8), batch_first],
        )  # fmt: skip
    for name in ("MaxPool2d", "AvgPool2d", "AdaptiveAvgPool2d", "AdaptiveMaxPool2d"):
        cases[name] = (getattr(nn, name)(3), getattr(t, name)(3), [image()])
    return cases | activations()


def activations() -> dict[str, Case]:
    plain = [
        "Sigmoid", "Tanh", "ReLU", "LeakyReLU", "ELU", "GELU", "SiLU", "Softplus", "LogSigmoid", "ReLU6",
        "SELU", "CELU", "Mish", "Softsign", "Tanhshrink", "Hardtanh", "Hardsigmoid", "Hardswish",
        "Hardshrink", "Softshrink", "GLU",
    ]  # fmt: skip
    cases = {name: (getattr(nn, name)(), getattr(torch.nn, name)(), [numbers(3, 4) * 3]) for name in plain}
    for name in ("Softmax", "LogSoftmax", "Softmin"):
        cases[name] = (getattr(nn, name)(), getattr(torch.nn, name)(dim=-1), [numbers(3, 4)])
    cases["GELU tanh"] = (nn.GELU("tanh"), torch.nn.GELU("tanh"), [numbers(3, 4)])
    cases["Threshold"] = (nn.Threshold(0.1, 20), torch.nn.Threshold(0.1, 20), [numbers(3, 4)])
    return cases


def losses() -> dict[str, Case]:
    t = torch.nn
    logits, other, classes = numbers(5, 4), numbers(5, 4), np.array([0, 3, 2, 3, 1])
    weight, chances = np.array([0.5, 2.0, 1.0, 3.0]), 1 / (1 + np.exp(-numbers(5, 4)))
    truths, signs = RNG.integers(0, 2, (5, 4)).astype(float), RNG.integers(0, 2, 5) * 2.0 - 1
    tensor = torch.tensor(weight)
    logs = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    rows = chances / chances.sum(1, keepdims=True)
    return {
        "CrossEntropyLoss": (nn.CrossEntropyLoss(), t.CrossEntropyLoss(), [logits, classes]),
        "CrossEntropyLoss with all": (
            nn.CrossEntropyLoss(weight=weight, label_smoothing=0.2, ignore_index=3),
            t.CrossEntropyLoss(weight=tensor, label_smoothing=0.2, ignore_index=3), [logits, classes],
        ),
        "CrossEntropyLoss of rows": (
            nn.CrossEntropyLoss(weight=weight, label_smoothing=0.2),
            t.CrossEntropyLoss(weight=tensor, label_smoothing=0.2), [logits, rows],
        ),
        "NLLLoss": (nn.NLLLoss(weight=weight), t.NLLLoss(weight=tensor), [logs, classes]),
        "BCELoss": (nn.BCELoss(weight=weight), t.BCELoss(weight=tensor), [chances, truths]),
        "BCEWithLogitsLoss": (
            nn.BCEWithLogitsLoss(pos_weight=weight), t.BCEWithLogitsLoss(pos_weight=tensor), [logits, truths],
        ),
        "MSELoss": (nn.MSELoss(), t.MSELoss(), [logits, other]),
        "L1Loss": (nn.L1Loss("sum"), t.L1Loss(reduction="sum"), [logits, other]),
        "HuberLoss": (nn.HuberLoss(delta=0.7), t.HuberLoss(delta=0.7), [logits, other]),
        "SmoothL1Loss": (nn.SmoothL1Loss(beta=0.7), t.SmoothL1Loss(beta=0.7), [logits, other]),
        "KLDivLoss": (nn.KLDivLoss("batchmean"), t.KLDivLoss(reduction="batchmean"), [logs, rows]),
        "PoissonNLLLoss": (
            nn.PoissonNLLLoss(full=True), t.PoissonNLLLoss(full=True), [logits, np.floor(5 * chances)],
        ),
        "GaussianNLLLoss": (
            nn.GaussianNLLLoss(full=True), t.GaussianNLLLoss(full=True), [logits, other, chances],
        ),
        "CosineEmbeddingLoss": (
            nn.CosineEmbeddingLoss(margin=0.1), t.CosineEmbeddingLoss(margin=0.1), [logits, other, signs],
        ),
        "MarginRankingLoss": (
            nn.MarginRankingLoss(margin=0.1), t.MarginRankingLoss(margin=0.1),
            [logits[:, 0], other[:, 0], signs],
        ),
        "TripletMarginLoss": (nn.TripletMarginLoss(), t.TripletMarginLoss(), [logits, other, chances]),
        "CosineSimilarity": (nn.CosineSimilarity(), t.CosineSimilarity(dim=-1), [logits, other]),
    }  # fmt: skip


# --------------------------------------------------------------------------------------------- comparing
def difference(case: Case) -> float:
    """The largest relative difference of outputs, gradients and state after one call."""
    ours, theirs, inputs = case
    ours.to("float64"), theirs.double()
    for p in theirs.parameters():
        torch.nn.init.normal_(p, std=0.5)
    ours.load_state_dict(theirs.state_dict(), strict=bool(list(theirs.parameters())))  # losses keep weights
    tensors = [torch.tensor(a, requires_grad=a.dtype.kind == "f") for a in inputs]
    expected = nest.flatten(theirs(*tensors))[0]
    weights = [RNG.normal(size=tuple(e.shape)) for e in expected]
    sum((e * torch.tensor(w)).sum() for e, w in zip(expected, weights, strict=True)).backward()
    parameters = dict(ours.named_parameters())

    @lp.compile
    def both(*given: Any) -> Any:
        results = nest.flatten(ours(*given))[0]
        total = sum((r * w).sum() for r, w in zip(results, weights, strict=True))
        wanted = [a for a in given if a.dtype.kind == "f"] + list(parameters.values())
        behind = lp.grad(total + sum((w * 0.0).sum() for w in wanted), wanted)
        return results, behind

    results, gradients = both(*inputs)
    pairs = [(r.numpy(), e.detach().numpy()) for r, e in zip(results, expected, strict=True)]
    theirs_by_name = dict(theirs.named_parameters())
    axes = ours._axes("torch")
    sources = [x for x in tensors if x.requires_grad] + [theirs_by_name[name] for name in parameters]
    names = [""] * (len(sources) - len(parameters)) + list(parameters)
    for g, source, name in zip(gradients, sources, names, strict=True):
        found = np.zeros(tuple(source.shape)) if source.grad is None else source.grad.numpy()
        pairs.append((g.numpy(), found.transpose(axes[name]) if name in axes else found))
    state = theirs.state_dict()
    pairs += [(value, state[name].numpy()) for name, value in ours.state_dict(layout="torch").items()]
    return max(float(np.abs(a - b).max() / (1 + np.abs(b).max())) for a, b in pairs)


def compare(wanted: Callable[[str], bool]) -> int:
    worst = 0.0
    for name, case in (layers() | losses()).items():
        if wanted(name):
            found = difference(case)
            worst = max(worst, found)
            print(f"{name:32}{found:.1e}{'' if found < TOLERANCE else '   DIFFERS'}", flush=True)
    return int(worst >= TOLERANCE)


def network() -> tuple[Any, Any]:
    """A layer of each kind that has state, by name, in PyTorch; an input for each."""
    t = torch.nn
    torch.manual_seed(0)
    layers = {
        "linear": (t.Linear(4, 3), numbers(2, 4)),
        "conv": (t.Conv2d(2, 4, 3, groups=2), numbers(2, 2, 4, 5)),
        "transposed": (t.ConvTranspose2d(2, 3, 2, stride=2), numbers(2, 2, 2, 3)),
        "batch": (t.BatchNorm2d(2), numbers(3, 2, 2, 2)),
        "norm": (t.LayerNorm(4), numbers(2, 4)),
        "embedding": (t.Embedding(4, 3), np.array([[0, 3], [1, 1]])),
        "lstm": (t.LSTM(3, 2, num_layers=2, bidirectional=True), numbers(4, 2, 3)),
        "gru": (t.GRU(3, 2, batch_first=True), numbers(2, 4, 3)),
        "attention": (t.MultiheadAttention(4, 2, batch_first=True), numbers(2, 3, 4)),
    }
    return t.ModuleDict({name: layer for name, (layer, _) in layers.items()}), {
        name: x if x.dtype.kind == "i" else x.astype(np.float32) for name, (_, x) in layers.items()
    }


def store(path: str) -> None:
    """Write what tests/nn/test_torch.py reads: state of these layers, inputs, outputs, state afterwards."""
    theirs, inputs = network()
    for p in theirs.parameters():
        torch.nn.init.normal_(p, std=0.5)
    arrays = {f"state/{name}": value.numpy().copy() for name, value in theirs.state_dict().items()}
    for name, x in inputs.items():
        given = torch.tensor(x)
        y = theirs[name](given, given, given) if name == "attention" else theirs[name](given)
        leaves = nest.flatten(y)[0]
        arrays[f"input/{name}"] = x
        arrays |= {f"output/{name}/{i}": leaf.detach().numpy() for i, leaf in enumerate(leaves)}
    arrays |= {f"after/{name}": value.numpy() for name, value in theirs.state_dict().items()}
    np.savez_compressed(path, **arrays)


# ------------------------------------------------------------------------------------------------ times
class Last(nn.Module):
    """A recurrent layer, and classes from its last output."""

    def __init__(self, layer: nn.Module, hidden: int):
        self.layer, self.out = layer, nn.Linear(hidden, 10)

    def forward(self, x: Any) -> Any:
        return self.out(self.layer(x)[0][-1])


class TorchLast(torch.nn.Module):
    def __init__(self, layer: Any, hidden: int):
        super().__init__()
        self.layer, self.out = layer, torch.nn.Linear(hidden, 10)

    def forward(self, x: Any) -> Any:
        return self.out(self.layer(x)[0][-1])


def block(library: Any, pool: Any) -> list[Any]:
    """Two convolutions of 64 channels with their norms, then ten classes."""
    layers = []
    for _ in range(2):
        layers += [library.Conv2d(64, 64, 3, padding=1), library.BatchNorm2d(64), library.ReLU()]
    return [*layers, pool, library.Flatten(), library.Linear(64, 10)]


def workloads() -> dict[str, tuple[Any, Any, Any]]:
    t, f32 = torch.nn, np.float32
    given = {"dropout": 0.0, "batch_first": True}
    found: dict[str, tuple[Any, Any, Any]] = {}
    for inputs in (28, 128):
        x = numbers(50, 32, inputs).astype(f32)
        found[f"LSTM {inputs}-128, 50 steps, batch 32"] = (
            Last(nn.LSTM(inputs, 128), 128), TorchLast(t.LSTM(inputs, 128), 128), x,
        )  # fmt: skip
    found["GRU 28-128, 50 steps, batch 32"] = (
        Last(nn.GRU(28, 128), 128), TorchLast(t.GRU(28, 128), 128), numbers(50, 32, 28).astype(f32),
    )  # fmt: skip
    found["2 x (Conv2d 64, BatchNorm2d, ReLU), 32x32, batch 32"] = (
        nn.Sequential(*block(nn, nn.AdaptiveAvgPool2d(1))), t.Sequential(*block(t, t.AdaptiveAvgPool2d(1))),
        numbers(32, 64, 32, 32).astype(f32),
    )  # fmt: skip
    found["TransformerEncoderLayer 64, 4 heads, 64 steps, batch 32"] = (
        nn.Sequential(nn.TransformerEncoderLayer(64, 4, 256, **given), nn.Flatten(), nn.Linear(4096, 10)),
        t.Sequential(t.TransformerEncoderLayer(64, 4, 256, **given), t.Flatten(), t.Linear(4096, 10)),
        numbers(32, 64, 64).astype(f32),
    )  # fmt: skip
    return found


def milliseconds(step: Callable[[], Any], seconds: float = 1.5) -> float:
    step(), step()
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 5:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return 1e3 * statistics.median(times)


def measure(threads: int) -> None:
    lp.config.threads = threads
    torch.set_num_threads(threads)
    for name, (ours, theirs, x) in workloads().items():
        labels = np.arange(32) % 10
        ours.load_state_dict(theirs.state_dict())
        optimizer, theirs_optimizer = optim.SGD(lr=0.01), torch.optim.SGD(theirs.parameters(), lr=0.01)
        tx, ty = torch.tensor(x), torch.tensor(labels)

        @lp.compile
        def step(x: Any, y: Any, model: Any, optimizer: Any) -> Any:
            loss = nn.cross_entropy(model(x), y)
            optimizer.minimize(loss)
            return loss

        def torch_step(x: Any, y: Any, model: Any, optimizer: Any) -> None:
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(x), y).backward()
            optimizer.step()

        a = milliseconds(partial(step, x, labels, ours, optimizer))
        b = milliseconds(partial(torch_step, tx, ty, theirs, theirs_optimizer))
        print(f"{name:58}limpide {a:8.2f} ms   PyTorch {b:8.2f} ms   {b / a:.2f}x", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="only layers whose names hold one of these")
    parser.add_argument("--times", action="store_true", help="measure training steps instead")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--store", metavar="FILE", help="write the arrays of tests/nn/torch_layers.npz")
    options = parser.parse_args()
    if options.store:
        store(options.store)
    elif options.times:
        measure(options.threads)
    else:
        sys.exit(compare(lambda name: not options.names or any(part in name for part in options.names)))
