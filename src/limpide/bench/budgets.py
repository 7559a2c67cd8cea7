"""What limpide itself may cost: its import, a call, the first call. Each is measured in fresh processes."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np

import limpide as lp

from ..errors import LimpideError

IMPORT = "import time; start = time.perf_counter(); import {}; print(time.perf_counter() - start)"
FIRST_CALL = """
import time
import numpy as np
import limpide as lp
from limpide import nn, optim
class Convolution(nn.Module):
    def __init__(self, inputs, outputs):
        self.filters = lp.parameter(np.full((5, 5, inputs, outputs), 0.01, np.float32))
        self.bias = lp.parameter(np.zeros(outputs, np.float32))
    def forward(self, x):
        h = lp.relu(lp.conv2d(x, self.filters, self.bias, layout="NHWC"))
        return lp.max_pool2d(h, 2, layout="NHWC")
model, x = {model}
optimizer = optim.SGD(lr=0.1)
y = np.zeros(100, np.int64)
@lp.compile
def step(images, labels):
    loss = nn.cross_entropy(model(images), labels)
    optimizer.minimize(loss)
    return loss
start = time.perf_counter()
step(x, y)
print(time.perf_counter() - start)
"""
PERCEPTRON = """(
    nn.Sequential(nn.Linear(784, 100), nn.Sigmoid(), nn.Linear(100, 10)),
    np.ones((100, 784), np.float32),
)"""
CONVOLUTIONS = """(
    nn.Sequential(
        Convolution(1, 16), Convolution(16, 32), nn.Flatten(),
        nn.Linear(512, 100), nn.ReLU(), nn.Linear(100, 10),
    ),
    np.ones((100, 28, 28, 1), np.float32),
)"""
CALLS = 2000


@dataclass(frozen=True)
class Budget:
    """What was measured against what it may be."""

    what: str
    value: float
    limit: float
    unit: str
    note: str = ""

    @property
    def met(self) -> bool:
        return self.value <= self.limit


def budgets(quick: bool, tell: Callable[[str], None]) -> list[Budget]:
    """All of them; `quick`: from fewer repetitions."""
    tell("import")
    found = [import_time(3 if quick else 11)]
    tell("calls")
    found += calls(5 if quick else 25)
    tell("first calls")
    found += first_calls("784-100-10", PERCEPTRON, 1.0, 1 if quick else 5)
    return found + first_calls("convolution net", CONVOLUTIONS, 1.5, 1 if quick else 5)


def seconds(program: str, **environment: str) -> float:
    """What a fresh process that runs the program prints last; modules are kept compiled, as Python does."""
    inherited = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=inherited | environment
    )
    if done.returncode:
        raise LimpideError("bench", f"a measuring process failed:\n{done.stderr.strip()}")
    return float(done.stdout.split()[-1])


def import_time(rounds: int) -> Budget:
    """`import limpide` (which imports NumPy) against `import numpy`."""
    times = [(seconds(IMPORT.format("limpide")), seconds(IMPORT.format("numpy"))) for _ in range(rounds)]
    ours, numpys = (median(column) for column in zip(*times, strict=True))
    note = f"{ours * 1e3:.0f} ms / {numpys * 1e3:.0f} ms"
    return Budget("import limpide / numpy", ours / numpys, 2.0, "x", note)


def calls(rounds: int) -> list[Budget]:
    """What a call costs that has next to nothing to do: arrays of one element."""
    one = np.ones(1, np.float32)
    operands: Any = (lp.input(name, (1,)) for name in "abcd")
    a, b, c, d = operands
    w: list[Any] = [lp.parameter(np.ones(1, np.float32), name=f"w{i}") for i in range(4)]
    add = lp.function([a, b], a + b)
    step = lp.function([a, b, c, d], a + b + c + d, updates=[(p, p * 0.5 + a) for p in w])

    @lp.compile
    def traced(a: Any, b: Any) -> Any:
        return a + b

    return [
        Budget("function of 2 inputs", per_call(lambda: add(one, one), rounds), 5.0, "us"),
        Budget(
            "function of 4 inputs, 4 updates",
            per_call(lambda: step(one, one, one, one), rounds),
            5.0,
            "us",
        ),
        Budget("compiled, 2 arguments", per_call(lambda: traced(one, one), rounds), 5.0, "us"),
    ]


def per_call(f: Callable[[], Any], rounds: int) -> float:
    """Microseconds of one call: the median of rounds."""
    f()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(CALLS):
            f()
        times.append((time.perf_counter() - start) / CALLS)
    return median(times) * 1e6


def first_calls(what: str, model: str, limit: float, rounds: int) -> list[Budget]:
    """The first call of a training step: with an empty compile cache (limit: seconds), and a filled one."""
    program = FIRST_CALL.format(model=model)
    cold, warm = [], []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            cold.append(seconds(program, LIMPIDE_CACHE=folder))
            warm.append(seconds(program, LIMPIDE_CACHE=folder))
    return [
        Budget(f"first call, {what}, empty cache", median(cold), limit, "s"),
        Budget(f"first call, {what}, cached", median(warm) * 1e3, 50.0, "ms"),
    ]
