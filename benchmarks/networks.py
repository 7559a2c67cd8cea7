"""One step of training of 200 random networks, against PyTorch eager.

    python benchmarks/networks.py --json found.json                 # all, or what the file does not have yet
    python benchmarks/networks.py --json found.json --seconds 13    # one piece of it; run again for the next
    python benchmarks/networks.py --prepare --seconds 50            # only compile, nothing is timed
    python benchmarks/networks.py --json found.json --show          # the distribution and the slowest

Widths from 1 to 2,048, depths from 1 to 8, batches from 1 to 512, drawn evenly on a logarithmic scale, with
various activations, losses and optimisers; every fifth network is convolutional. Both start from the same
parameters and must agree on the losses of their first steps. Then they are timed in turns; the figure is the
ratio of the medians, above 1 where limpide is quicker.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

import limpide as lp
from limpide.bench.machine import measured_limits
from limpide.bench.networks import ACTIVATIONS, OPTIMIZERS, Convolution, Network, check, ours, theirs, work
from limpide.bench.peers.packages import load
from limpide.bench.turns import Rows, as_far_as, in_turns
from limpide.errors import LimpideError
from limpide.runtime import limits

COUNT = 200


def network(index: int) -> Network:
    """The network of a number: always the same."""
    draw = np.random.default_rng([2026, index])
    batch = _between(draw, 1, 512)
    activation = str(draw.choice(list(ACTIVATIONS), p=[0.4, 0.15, 0.15, 0.1, 0.1, 0.1]))
    optimizer = str(draw.choice(list(OPTIMIZERS), p=[0.25, 0.15, 0.1, 0.3, 0.1, 0.1]))
    if index % 5 == 4:
        return _convolutional(draw, index, min(batch, 128), activation, optimizer)
    depth = int(draw.integers(1, 9))
    if draw.random() < 0.3:  # all hidden layers alike
        hidden = [_between(draw, 1, 2048)] * (depth - 1)
    else:
        hidden = [_between(draw, 1, 2048) for _ in range(depth - 1)]
    sizes = (_between(draw, 1, 2048), *hidden, _between(draw, 1, 1024))
    return Network(sizes, batch, activation, optimizer, _loss(index, sizes))


def _between(draw: np.random.Generator, low: int, high: int) -> int:
    """Evenly on a logarithmic scale, powers of two and round numbers half of the time."""
    exact = float(np.exp(draw.uniform(np.log(low), np.log(high + 1))))
    if draw.random() < 0.5:
        return min(high, 2 ** round(np.log2(exact)))
    return int(min(high, max(low, exact)))


def _convolutional(
    draw: np.random.Generator, index: int, batch: int, activation: str, optimizer: str
) -> Network:
    channels, side = int(draw.choice([1, 3, 8])), int(draw.choice([8, 14, 16, 28, 32]))
    image, layers = (channels, side), []
    for _ in range(int(draw.integers(1, 4))):
        kernel = int(draw.choice([1, 3, 3, 5]))
        if side < kernel + 2:
            break
        stride = 2 if draw.random() < 0.2 else 1
        side = (side - kernel) // stride + 1
        pool = side >= 4 and draw.random() < 0.5
        side = side // 2 if pool else side
        channels = _between(draw, 4, 64)
        layers.append(Convolution(channels, kernel, stride, pool))
    hidden = [_between(draw, 8, 256)] if draw.random() < 0.5 else []
    sizes = (channels * side * side, *hidden, 10)
    return Network(sizes, batch, activation, optimizer, _loss(index, sizes), image, tuple(layers))


def _loss(index: int, sizes: tuple[int, ...]) -> str:
    return "entropy" if sizes[-1] > 1 and index % 4 != 3 else "squares"


def measured(index: int) -> dict[str, Any]:
    """Both timed in turns; medians in seconds."""
    net = network(index)
    steps = (ours(net), theirs(net))
    check(net, steps)
    times = in_turns(steps)
    mine, other = map(median, times)
    flops, moved = work(net)
    return {
        "index": index,
        "name": net.name,
        "ratio": other / mine,
        "ours": mine,
        "theirs": other,
        "spread": max(times[0]) / mine,
        "flops": flops,
        "bytes": moved,
    }


def show(rows: Sequence[dict[str, Any]], slowest: int) -> None:
    """The distribution of the ratios, and the networks with the lowest.

    limit: the least time that arithmetic or the second cache needs, as a part of ours.
    """
    if not rows:
        print("nothing is measured yet")
        return
    ratios, machine = np.sort([row["ratio"] for row in rows]), limits.current()
    print(f"{len(rows)} networks; how many times as quick as PyTorch, by percentile:")
    print(
        "  ".join(f"{mark}%: {np.percentile(ratios, mark):.2f}" for mark in (0, 5, 10, 25, 50, 75, 90, 100))
    )
    mean = np.exp(np.log(ratios).mean())
    print(f"{int((ratios < 1).sum())} are slower than PyTorch; geometric mean {mean:.2f}")
    columns = ("ours, ms", "theirs", "MFLOP", "MB", "GFLOP/s", "limit")
    print(" ratio", *(f"{name:>9}" for name in columns), " network")
    for row in sorted(rows, key=lambda row: float(row["ratio"]))[:slowest]:
        seconds, flops, moved = row["ours"], row["flops"], row["bytes"]
        share = max(flops / machine.flops_f32_all, moved / machine.l2_read) / seconds
        milliseconds = f"{seconds * 1e3:9.3f} {row['theirs'] * 1e3:9.3f}"
        amounts = f"{flops / 1e6:9.2f} {moved / 1e6:9.2f} {flops / seconds / 1e9:9.1f} {share:9.0%}"
        print(f"{row['ratio']:6.2f} {milliseconds} {amounts}  #{row['key']} {row['name']}")


def wanted(indices: str) -> list[int]:
    """Those of "3,7,20-40", or all."""
    if not indices:
        return list(range(COUNT))
    found: list[int] = []
    for part in indices.split(","):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path, help="where rows are kept, and not measured again")
    parser.add_argument("--indices", default="", help="only these, as in 3,7,20-40")
    parser.add_argument("--seconds", type=float, default=1e9, help="begin no network after so long")
    parser.add_argument("--threads", type=int, default=lp.config.threads)
    parser.add_argument("--prepare", action="store_true", help="compile, time nothing")
    parser.add_argument("--show", action="store_true", help="measure nothing")
    parser.add_argument("--slowest", type=int, default=25, help="how many to list")
    options = parser.parse_args(words)
    lp.config.threads = options.threads
    rows = Rows(options.json)
    indices = wanted(options.indices)
    if not hasattr(lp, "conv2d"):
        print("there is no lp.conv2d: convolutional networks are left out")
        indices = [index for index in indices if network(index).image is None]
    if options.prepare:
        done = as_far_as(options.seconds, list(map(str, indices)), lambda key: ours(network(int(key)))())
        print(f"{done} of {len(indices)} networks are compiled")
        return 0
    left = [] if options.show else [str(index) for index in indices if str(index) not in rows]
    if left:
        measured_limits()
        load("torch").set_num_threads(options.threads)
    wrong: list[str] = []

    def measure(key: str) -> None:
        try:
            rows.add(key, measured(int(key)))
        except LimpideError as error:
            wrong.append(f"#{key} {error}")

    done = as_far_as(options.seconds, left, measure)
    print(f"{done} networks measured, {len(left) - done} are left")
    show(list(rows.rows.values()), options.slowest)
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
