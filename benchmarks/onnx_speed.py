"""Time networks that were read from ONNX, compiled here and run by onnxruntime: for information.

python benchmarks/onnx_speed.py --threads 1
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import onnxruntime

import limpide as lp
from limpide import nn

BATCHES = (1, 32)
ROUNDS, SECONDS = 5, 0.2


def lenet() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(),
        nn.AvgPool2d(2), nn.Flatten(), nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(),
        nn.Linear(84, 10), nn.Softmax(),
    )  # fmt: skip


def block(inputs: int, outputs: int) -> nn.Module:
    """Wider, over every channel on its own, and narrow again, as in MobileNetV2."""
    wide = 4 * inputs
    return nn.Sequential(
        nn.Conv2d(inputs, wide, 1, bias=False), nn.BatchNorm2d(wide), nn.ReLU6(),
        nn.Conv2d(wide, wide, 3, stride=2, padding=1, groups=wide, bias=False), nn.BatchNorm2d(wide),
        nn.ReLU6(), nn.Conv2d(wide, outputs, 1, bias=False), nn.BatchNorm2d(outputs),
    )  # fmt: skip


def mobile() -> nn.Module:
    stem = [nn.Conv2d(3, 16, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU6()]
    blocks = [block(16, 24), block(24, 32), block(32, 64)]
    return nn.Sequential(*stem, *blocks, nn.GlobalAvgPool2d(), nn.Linear(64, 100))


MODELS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "LeNet-5, 28x28": (lenet, (1, 28, 28)),
    "as MobileNetV2, 64x64": (mobile, (3, 64, 64)),
    "LSTM of 64, 50 steps": (lambda: nn.LSTM(32, 64, batch_first=True), (50, 32)),
}


def best(call: Callable[[], Any]) -> float:
    """Microseconds of a call: the best of some rounds."""
    call()
    times = []
    for _ in range(ROUNDS):
        count, start = 0, time.perf_counter()
        while time.perf_counter() - start < SECONDS:
            call()
            count += 1
        times.append((time.perf_counter() - start) / count)
    return min(times) * 1e6


def compare(make: Callable[[], nn.Module], shape: tuple[int, ...], threads: int) -> dict[int, list[float]]:
    """Microseconds of a call, ours and onnxruntime's, by size of the batch."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    made = lp.onnx.export(make(), inputs=(None, *shape))
    session = onnxruntime.InferenceSession(
        made.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    net = lp.onnx.load(made)
    ours = lp.compile(lambda x: net(x))
    found = {}
    for batch in BATCHES:
        x = np.random.default_rng(0).standard_normal((batch, *shape)).astype(np.float32)
        theirs = partial(session.run, None, {session.get_inputs()[0].name: x})
        found[batch] = [best(partial(ours, x)), best(theirs)]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--threads", type=int, default=1)
    threads = parser.parse_args().threads
    lp.config.threads = threads
    print(f"{'microseconds a call':24} {'batch':>5} {'limpide':>10} {'onnxruntime':>12}")
    for name, (make, shape) in MODELS.items():
        for batch, (ours, theirs) in compare(make, shape, threads).items():
            print(f"{name:24} {batch:5} {ours:10.1f} {theirs:12.1f}")


if __name__ == "__main__":
    main()
