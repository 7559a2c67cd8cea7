"""Sweeps over sizes, against NumPy and PyTorch: matrix products, convolutions, training.

    python -m limpide.bench.sweeps products
    python -m limpide.bench.sweeps convolutions training --threads 1 --json found.json --seconds 13

Each case is one call, or one step of training, on the same arrays; results must agree first.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import numpy as np
import typer

import limpide as lp

from ..config import config
from ..errors import LimpideError
from ..graph import Array
from ..runtime import limits
from . import networks
from .machine import measured_limits
from .networks import Network
from .peers.packages import installed, load
from .team import THREAD_VARIABLES
from .turns import Call, Rows, as_far_as, in_turns

TOLERANCE = 1e-4  # of results, relative to the largest number


@dataclass(frozen=True)
class Case:
    """One size of a sweep. flops, bytes: that it needs at least. calls: by library, ours first."""

    name: str
    flops: float
    bytes: float
    calls: Callable[[], dict[str, Call]]
    itemsize: int = 4

    def ours(self) -> None:
        """One call of limpide's, which compiles it."""
        self.calls()["limpide"]()


def _random(shape: tuple[int, ...], dtype: Any = np.float32) -> Array:
    return np.random.default_rng(sum(shape)).standard_normal(shape).astype(dtype)


# ---------------------------------------------------------------------------------------- matrix products


SQUARE = (4, 8, 16, 24, 32, 48, 64, 96, 100, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048)
OTHER = (  # rows of a, the axis that is summed over, columns of b
    (7, 13, 5), (33, 65, 129), (127, 129, 131),
    (100, 784, 10), (100, 784, 64), (100, 784, 100), (100, 100, 10),
    (10, 100, 10), (784, 100, 100), (128, 784, 1024), (128, 1024, 1024), (1024, 128, 1024), (16, 64, 512),
    (1000, 64, 10), (10000, 10, 32), (32, 2048, 32), (2048, 32, 2048), (64, 2048, 64),
    (2048, 2048, 16), (16, 2048, 2048), (1, 512, 512), (1, 2048, 2048), (512, 512, 1), (2048, 2048, 1),
    (2048, 1, 2048), (1, 4096, 1),
)  # fmt: skip
TRANSPOSED = ((64, 64, 64), (100, 784, 100), (784, 100, 10), (512, 512, 512), (1, 1024, 1024))
DOUBLE = (
    (32, 32, 32),
    (128, 128, 128),
    (512, 512, 512),
    (1024, 1024, 1024),
    (100, 784, 100),
    (1, 1024, 1024),
)
BATCHED = ((64, 32, 32, 32), (512, 8, 8, 8), (16, 128, 64, 128))


def products() -> Iterator[Case]:
    for m, k, n in [(n, n, n) for n in SQUARE] + list(OTHER):
        yield _product(f"{m}x{k}x{n}", (m, k), (k, n))
    for m, k, n in TRANSPOSED:
        yield _product(f"a.T {m}x{k}x{n}", (k, m), (k, n), left=True)
        yield _product(f"b.T {m}x{k}x{n}", (m, k), (n, k), right=True)
    for m, k, n in DOUBLE:
        yield _product(f"float64 {m}x{k}x{n}", (m, k), (k, n), dtype=np.float64)
    for b, m, k, n in BATCHED:
        yield _product(f"batched {b}x{m}x{k}x{n}", (b, m, k), (b, k, n))


def _product(
    name: str,
    first: tuple[int, ...],
    second: tuple[int, ...],
    left: bool = False,
    right: bool = False,
    dtype: Any = np.float32,
) -> Case:
    *lead, m, k = (*first[:-2], first[-1], first[-2]) if left else first
    n = second[-2] if right else second[-1]
    count, itemsize = int(np.prod(lead)), np.dtype(dtype).itemsize

    def calls() -> dict[str, Call]:
        a, b = _random(first, dtype), _random(second, dtype)

        def product(a: Any, b: Any) -> tuple[Any, Any]:
            return (a.mT if left else a), (b.mT if right else b)

        x: list[Any] = [lp.input(label, v.shape, dtype=v.dtype) for label, v in (("a", a), ("b", b))]
        compiled = lp.function(x, lp.matmul(*product(*x)))
        out = np.empty((*lead, m, n), dtype)
        found: dict[str, Call] = {"limpide": lambda: compiled(a, b)}
        if config.threads == 1:  # the threads of its library wait busily, which slows others down
            found["numpy"] = lambda: np.matmul(*product(a, b), out=out)
        if installed("torch"):
            torch = load("torch")
            ta, tb = product(torch.from_numpy(a), torch.from_numpy(b))
            result = torch.empty(out.shape, dtype=ta.dtype)
            found["torch"] = lambda: torch.matmul(ta, tb, out=result)
        return found

    moved = itemsize * count * (m * k + k * n + m * n)
    return Case(name, 2.0 * count * m * k * n, moved, calls, itemsize)


# ------------------------------------------------------------------------------------------- convolutions


CONVOLUTIONS = (  # images, channels, side, channels out, kernel, stride, groups
    (100, 1, 28, 16, 5, 1, 1), (100, 16, 12, 32, 5, 1, 1), (1, 3, 224, 64, 7, 2, 1), (8, 64, 56, 64, 3, 1, 1),
    (8, 64, 56, 64, 1, 1, 1), (8, 128, 28, 128, 3, 2, 1), (1, 256, 14, 256, 3, 1, 1),
    (32, 3, 32, 32, 3, 1, 1), (32, 32, 16, 64, 3, 1, 1), (8, 64, 56, 64, 3, 1, 64), (8, 64, 28, 64, 3, 1, 4),
    (1, 8, 16, 8, 3, 1, 1), (1, 1, 512, 1, 3, 1, 1), (4, 512, 7, 512, 1, 1, 1),
)  # fmt: skip


def convolutions() -> Iterator[Case]:
    """Forward, and both gradients with it."""
    for sizes in CONVOLUTIONS:
        for gradients in (False, True):
            yield _convolution(*sizes, gradients)


def _convolution(
    images: int, channels: int, side: int, out: int, kernel: int, stride: int, groups: int, gradients: bool
) -> Case:
    grouped = f" groups {groups}" if groups > 1 else ""
    name = f"{images}x{channels}x{side}x{side} to {out}, kernel {kernel}, stride {stride}{grouped}"
    shape, weights = (images, channels, side, side), (out, channels // groups, kernel, kernel)
    places = images * out * ((side - kernel) // stride + 1) ** 2

    def calls() -> dict[str, Call]:
        x, w = _random(shape), _random(weights)
        v: list[Any] = [lp.input(label, a.shape, dtype=a.dtype) for label, a in (("x", x), ("w", w))]
        y = lp.conv2d(v[0], v[1], stride=stride, groups=groups)
        compiled = lp.function(v, [y, *lp.grad((y * y).sum(), v)] if gradients else y)
        found: dict[str, Call] = {"limpide": lambda: compiled(x, w)}
        if installed("torch"):
            torch = load("torch")
            t = [torch.from_numpy(a).requires_grad_(gradients) for a in (x, w)]

            def theirs() -> Any:
                y = torch.nn.functional.conv2d(*t, stride=stride, groups=groups)
                return [y, *torch.autograd.grad((y * y).sum(), t)] if gradients else y

            found["torch"] = theirs
        return found

    flops = 2.0 * places * int(np.prod(weights[1:])) * (3 if gradients else 1)
    moved = 4.0 * (int(np.prod(shape)) + places + int(np.prod(weights))) * (2 if gradients else 1)
    return Case(f"{name}{', gradients' if gradients else ''}", flops, moved, calls)


# ----------------------------------------------------------------------------------------------- training


BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
WIDTHS = (8, 16, 32, 64, 100, 128, 256, 512, 1024, 2048)
DEPTHS = (1, 2, 3, 4, 6, 8, 12)


def training() -> Iterator[Case]:
    """Steps of multi-layer perceptrons: one size grows, the others stay."""
    for batch in BATCHES:
        yield _training("batch", Network((784, 100, 10), batch))
    for width in WIDTHS:
        yield _training("width", Network((784, width, width, 10), 64))
    for depth in DEPTHS:
        yield _training("depth", Network((128,) * depth + (10,), 64))
    for optimizer in networks.OPTIMIZERS:
        yield _training("optimizer", Network((784, 256, 10), 64, optimizer=optimizer))


def _training(what: str, net: Network) -> Case:
    def calls() -> dict[str, Call]:
        found: dict[str, Call] = {"limpide": networks.ours(net)}
        if installed("torch"):
            found["torch"] = networks.theirs(net)
            networks.check(net, (found["limpide"], found["torch"]))
        return found

    return Case(f"{what}: {net.name}", *networks.work(net), calls)


# ------------------------------------------------------------------------------------------------ running


SWEEPS: dict[str, Callable[[], Iterator[Case]]] = {
    "products": products,
    "convolutions": convolutions,
    "training": training,
}


def measured(case: Case, threads: int) -> dict[str, Any]:
    """All libraries' medians, in seconds. Raises LimpideError where results differ."""
    calls = case.calls()
    agree(case, calls)
    times = in_turns(list(calls.values()))
    machine = limits.current()
    one, team = (
        (machine.flops_f64, machine.flops_f64_all) if case.itemsize == 8
        else (machine.flops_f32, machine.flops_f32_all)
    )  # fmt: skip
    least = max(case.flops / (one if threads == 1 else team), case.bytes / (threads * machine.l2_read))
    return {
        "threads": threads,
        "flops": case.flops,
        "bytes": case.bytes,
        "least": least,
        "seconds": dict(zip(calls, map(median, times), strict=True)),
    }


def agree(case: Case, calls: dict[str, Call]) -> None:
    """Compare the results of all; losses of training were compared before."""
    results: dict[str, list[Any]] = {}
    for name, call in calls.items():
        result = call()
        results[name] = [np.array(as_array(r)) for r in (result if isinstance(result, list) else [result])]
    expected = next(iter(results.values()))
    for name, found in results.items():
        for mine, other in zip(expected, found, strict=True):
            allowed = TOLERANCE * max(1.0, float(np.abs(other).max()))
            if mine.ndim and not np.abs(mine - other).max() <= allowed:
                what = f"{case.name}: the results of limpide and {name} differ"
                raise LimpideError("bench", what, hint="one of them does other work; nothing was timed")


def as_array(value: Any) -> Array:
    array: Array = value.detach().numpy() if hasattr(value, "detach") else np.asarray(value)
    return array


def show(rows: list[dict[str, Any]]) -> None:
    """A line for each case; ratio: how many times as quick as the best peer, limit: part of it reached."""
    names = list(dict.fromkeys(name for row in rows for name in row["seconds"]))
    print(f"{'':58}", *(f"{name + ', ms':>12}" for name in names), "  ratio  GFLOP/s  limit")
    for row in rows:
        seconds = row["seconds"]
        ours = seconds["limpide"]
        best = min((s for name, s in seconds.items() if name != "limpide"), default=None)
        times = " ".join(f"{seconds[name] * 1e3:12.4f}" if name in seconds else " " * 12 for name in names)
        ratio = "      -" if best is None else f"{best / ours:7.2f}"
        rate = f"{row['flops'] / ours / 1e9:8.1f} {row['least'] / ours:6.0%}"
        print(f"{row['key']:58} {times} {ratio} {rate}")


def available() -> list[str]:
    """The sweeps that this version of limpide can run."""
    return [name for name in SWEEPS if name != "convolutions" or hasattr(lp, "conv2d")]


def started_with(threads: int) -> bool:
    """Whether all libraries use so many threads: NumPy's asks the environment when it is loaded."""
    return all(os.environ.get(name) == str(threads) for name in THREAD_VARIABLES)


def start_again(threads: int, words: list[str]) -> int:
    """The same in a process whose libraries use so many threads; its exit code."""
    environment = os.environ | dict.fromkeys(THREAD_VARIABLES, str(threads))
    command = [sys.executable, "-m", "limpide.bench.sweeps", *words]
    return subprocess.run(command, env=environment).returncode


def run(
    sweeps: Annotated[
        list[str] | None, typer.Argument(help=f"Of {', '.join(SWEEPS)} (default: all).")
    ] = None,
    threads: Annotated[int, typer.Option(min=1, help="Of every library.")] = config.threads,
    only: Annotated[str, typer.Option(help="Cases with this text in their name.")] = "",
    seconds: Annotated[float, typer.Option(help="Begin no case after so long.")] = 1e9,
    json: Annotated[Path | None, typer.Option(help="Where rows are kept, and not measured again.")] = None,
    prepare: Annotated[bool, typer.Option("--prepare", help="Compile, time nothing.")] = False,
) -> None:
    """Time limpide against NumPy and PyTorch over many sizes."""
    config.threads = threads
    if not started_with(threads):
        raise typer.Exit(start_again(threads, sys.argv[1:]))
    rows = Rows(json)
    cases = {
        f"{threads} {c.name}": c for name in sweeps or available() for c in SWEEPS[name]() if only in c.name
    }
    if prepare:
        done = as_far_as(seconds, list(cases), lambda key: cases[key].ours())
        print(f"{done} of {len(cases)} cases are compiled")
        return
    left = [key for key in cases if key not in rows]
    if left:
        measured_limits()
        if installed("torch"):
            load("torch").set_num_threads(threads)
    done = as_far_as(seconds, left, lambda key: rows.add(key, measured(cases[key], threads)))
    print(f"{done} cases measured, {len(left) - done} are left")
    show(list(rows.rows.values()))


if __name__ == "__main__":
    typer.run(run)
