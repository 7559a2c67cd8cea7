"""Compare the gradients of the workloads of `limpide bench` with NumPy in float64, written from the formulas.

    python benchmarks/numerics.py
    python benchmarks/numerics.py W1 W4 --threads 2

For each workload and number of threads:

- the largest error of an element, divided by the largest element of its array: of the loss and all gradients
  of one step (for W7 of the result);
- whether another run and another process give the same bits;
- whether a NaN in an input or a parameter reaches the loss, and all that it reaches in NumPy.

Exits with 1 where something falls short.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

import limpide as lp
from limpide import nn
from limpide.bench.ours import Elementwise, network
from limpide.bench.workloads import FILTER, WORKLOADS, Problem, problem
from limpide.graph import Array

TARGET = 1e-5
NAMES = ("W1", "W2", "W3", "W4", "W5", "W6", "W7a", "W7b")
Results = list[Array]  # the loss, then the gradients; or a result alone
Call = Callable[[Problem], Results]


# ------------------------------------------------------------------------------------- in NumPy, float64
def reference(given: Problem) -> Results:
    """What should come out, in float64."""
    return REFERENCES[given.workload.kind](given.exact())


def classified(given: Problem) -> Results:
    """Cross entropy of a network with dense layers, and its gradients by all parameters."""
    h, labels = given.arrays
    count = 4 if given.workload.kind == "images" else 0
    back: list[Callable[[Array], tuple[Array, Results]]] = []
    if count:
        h = h.reshape(len(h), 28, 28, 1)
    for filters, bias in pairs(given.start[:count]):
        h, step = convolved(h, filters, bias)
        back.append(step)
    shape, h = h.shape, h.reshape(len(h), -1)
    dense = pairs(given.start[count:])
    for i, (weight, bias) in enumerate(dense):
        h, step = layer(h, weight, bias, given.workload.activation if i < len(dense) - 1 else "")
        back.append(step)
    shifted = h - h.max(axis=1, keepdims=True)
    likely = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    truth = np.eye(h.shape[1])[labels]
    loss, error = -(likely[truth == 1]).mean(), (np.exp(likely) - truth) / len(h)
    gradients: Results = []
    for i, step in reversed(list(enumerate(back))):
        error, own = step(error.reshape(shape) if count and i == 1 else error)
        gradients = own + gradients
    return [np.asarray(loss), *gradients]


def pairs(parameters: Sequence[Array]) -> list[tuple[Array, Array]]:
    return list(zip(parameters[::2], parameters[1::2], strict=True))


def through(error: Array, z: Array) -> Array:
    """The error before a relu: none where it cut off, whatever comes back."""
    return np.where(z <= 0, 0, error)


def layer(h: Array, weight: Array, bias: Array, activation: str) -> tuple[Array, Any]:
    """f(h W + b), and the step back from its error to that of h and to the gradients of W and b."""
    z = h @ weight + bias
    y = {"": z, "relu": np.maximum(z, 0), "sigmoid": 1 / (1 + np.exp(-z))}[activation]

    def back(error: Array) -> tuple[Array, Results]:
        error = {"": error, "relu": through(error, z), "sigmoid": error * y * (1 - y)}[activation]
        return error @ weight.T, [h.T @ error, error.sum(axis=0)]

    return y, back


def convolved(h: Array, filters: Array, bias: Array) -> tuple[Array, Any]:
    """Largest of 2 x 2 of relu(h * filters + bias), channels last, and the step back."""
    windows = sliding_window_view(h, (FILTER, FILTER), axis=(1, 2))  # n, i, j, channel, row, column
    z = np.tensordot(windows, filters, ((4, 5, 3), (0, 1, 2))) + bias
    n, high, wide, channels = z.shape
    r = np.maximum(z, 0).reshape(n, high // 2, 2, wide // 2, 2, channels)
    fields = r.transpose(0, 1, 3, 5, 2, 4).reshape(n, high // 2, wide // 2, channels, 4)
    first = fields.argmax(axis=-1)[..., None]

    def back(error: Array) -> tuple[Array, Results]:
        spread = np.zeros_like(fields)
        np.put_along_axis(spread, first, error[..., None], axis=-1)
        spread = spread.reshape(n, high // 2, wide // 2, channels, 2, 2).transpose(0, 1, 4, 2, 5, 3)
        own = through(spread.reshape(z.shape), z)
        edge = FILTER - 1
        around = np.pad(own, ((0, 0), (edge, edge), (edge, edge), (0, 0)))
        before = sliding_window_view(around, (FILTER, FILTER), axis=(1, 2))
        passed = np.tensordot(before, filters[::-1, ::-1], ((4, 5, 3), (0, 1, 3)))
        gradient = np.tensordot(windows, own, ((0, 1, 2), (0, 1, 2))).transpose(1, 2, 0, 3)
        return passed, [gradient, own.sum(axis=(0, 1, 2))]

    return np.take_along_axis(fields, first, axis=-1)[..., 0], back


def coded(given: Problem) -> Results:
    """The squared error of the auto-encoder on one frame, and its gradients."""
    (frame,), (encode, decode) = given.arrays[0], given.start
    inner = encode @ frame
    h = np.maximum(inner, 0)
    miss = decode @ h - frame
    hidden = through(decode.T @ (2 * miss), inner)
    return [np.asarray((miss**2).sum()), np.outer(hidden, frame), np.outer(2 * miss, h)]


def formula(given: Problem) -> Results:
    a, b = given.arrays
    if given.workload.name == "W7a":
        return [(a + b) ** 2]
    return [np.asarray((np.tanh(a) * b + np.exp(-(a**2))).sum())]


REFERENCES = {"digits": classified, "images": classified, "frames": coded, "elementwise": formula}


# ---------------------------------------------------------------------------------------------- in limpide
def compiled(given: Problem) -> Call:
    """The same of limpide: one compiled function."""
    if given.workload.kind == "elementwise":
        return lambda now: [np.asarray(Elementwise(now).call(*now.arrays))]
    step, parameters = frame_step(given) if given.workload.kind == "frames" else digits_step(given)

    def call(now: Problem) -> Results:
        for parameter, value in zip(parameters, now.start, strict=True):
            parameter.assign(value)
        return [np.asarray(r) for r in step(*now.arrays)]

    return call


def digits_step(given: Problem) -> tuple[Any, list[lp.Parameter]]:
    model: Any = network(given)
    parameters = list(model.parameters())

    @lp.compile
    def step(x: Any, y: Any) -> Any:
        loss = nn.cross_entropy(model(x), y)
        return [loss, *lp.grad(loss, parameters)]

    return step, parameters


def frame_step(given: Problem) -> tuple[Any, list[lp.Parameter]]:
    encode, decode = parameters = [lp.parameter(p) for p in given.start]

    @lp.compile
    def step(frames: Any) -> Any:
        x = frames[0]
        error = ((decode @ lp.relu(encode @ x) - x) ** 2).sum()
        return [error, *lp.grad(error, parameters)]

    return step, parameters


# ---------------------------------------------------------------------------------------------- judging
def one_step(given: Problem) -> Problem:
    """What one step takes of the arrays of a workload, from their middle."""
    if given.workload.kind == "elementwise":
        return given
    at, batch = len(given.arrays[0]) // 2, given.workload.batch
    return replace(given, arrays=[a[at : at + batch] for a in given.arrays])


def error(got: Results, want: Results) -> float:
    """The largest error relative to the largest element of its array."""
    return max(
        float(np.abs(g.astype(np.float64) - w).max() / np.abs(w).max())
        for g, w in zip(got, want, strict=True)
    )


def digest(results: Results) -> str:
    return hashlib.sha256(b"".join(np.ascontiguousarray(r).tobytes() for r in results)).hexdigest()[:16]


def poisoned(given: Problem) -> list[tuple[str, Problem]]:
    """The problem with a NaN in an input, and in each parameter."""
    found = []
    for kind, arrays in (("arrays", given.arrays), ("start", given.start)):
        for i, array in enumerate(arrays):
            if array.dtype.kind == "f":
                changed = [a.copy() for a in arrays]
                changed[i].flat[array.size // 2] = np.nan
                found.append((f"{kind}[{i}]", replace(given, **{kind: changed})))
    return found


def lost_nans(call: Call, given: Problem) -> list[str]:
    """Where a NaN is in NumPy, and not here."""
    found = []
    for name, changed in poisoned(given):
        with np.errstate(invalid="ignore"):
            want = reference(changed)
        for i, (g, w) in enumerate(zip(call(changed), want, strict=True)):
            missed = int((np.isnan(w) & ~np.isnan(g)).sum())
            if missed:
                found.append(f"of a NaN in {name}, {missed} of {int(np.isnan(w).sum())} in result {i}")
    return found


def other_process(name: str, threads: int) -> str:
    """The digest of the same results in another process."""
    command = [sys.executable, __file__, name, "--threads", str(threads), "--digest"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def examine(name: str, threads: int) -> bool:
    """Print one line; whether all is well."""
    given = one_step(problem(WORKLOADS[name]))
    call = compiled(given)
    first = call(given)
    wrong = error(first, reference(given))
    same = digest(call(given)) == digest(first) == other_process(name, threads)
    lost = lost_nans(call, given)
    print(
        f"{name:4} {threads} thread{'s' if threads > 1 else ' '}  error {wrong:8.2e} of {TARGET:.0e}"
        f"  {'the same' if same else 'OTHER'} bits  {'all' if not lost else 'NOT all'} NaN reach",
        *(f"\n     lost: {line}" for line in lost),
        flush=True,
    )
    return wrong <= TARGET and same and not lost


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", default=NAMES, metavar="NAME", help=f"of {', '.join(NAMES)}")
    parser.add_argument("--threads", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--digest", action="store_true", help="print the hash of the results alone")
    options = parser.parse_args()
    well = True
    for name in options.names:
        for threads in options.threads:
            lp.config.threads = threads
            if options.digest:
                given = one_step(problem(WORKLOADS[name]))
                print(digest(compiled(given)(given)))
            else:
                well &= examine(name, threads)
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
