"""Course code on the faces: seconds of an epoch, beside the original libraries and `limpide bench`.

    pip install pytensor tensorflow keras
    python benchmarks/faces.py [--rounds 5] [--face keras]

The logistic regression (W1) and the 64-32-16 network (W2) of `limpide bench` as programs of three dialects,
in dialects/. Every program is run unchanged by `limpide run` and by its original; the two, and the workload
in limpide's own words, take turns. A program tells the seconds of each of its epochs: the fastest after the
first counts, of that the median over the rounds. All start from the same numbers; losses are compared.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from limpide.bench import ours, workloads
from limpide.config import config

HERE = Path(__file__).parent / "dialects"
FACES = ("theano", "tensorflow", "keras")
EPOCHS = 6
TOLERANCE = 2e-3  # relative, of the loss of the last epoch; Keras shuffles: of two shuffles 5e-2


def save(problem: workloads.Problem, file: Path) -> None:
    x, y = problem.arrays
    start = {f"{'Wb'[i % 2]}{i // 2}": value for i, value in enumerate(problem.start)}
    np.savez(file, x=x, y=y, **start)


def run(command: list[str]) -> tuple[float, float]:
    """The fastest epoch after the first, and the last loss."""
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True)
    lines = [line.split() for line in done.stdout.splitlines() if line.startswith("epoch ")]
    if done.returncode or len(lines) != EPOCHS:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    return min(float(line[1]) for line in lines[1:]), float(lines[-1][2])


def bare(problem: workloads.Problem) -> float:
    """An epoch of the workload in limpide's own words."""
    training = ours.Training(problem)
    training.start()
    times = []
    for turn in range(EPOCHS):
        order = problem.order(turn)
        began = time.perf_counter()
        training.run(order)
        times.append(time.perf_counter() - began)
    return min(times[1:])


def compare(face: str, name: str, rounds: int, folder: Path) -> None:
    workload = workloads.WORKLOADS[name + ("s" if face == "keras" else "")]
    problem = workloads.problem(workload)
    file = folder / f"{name}.npz"
    save(problem, file)
    program = str(HERE / f"{face}_mlp.py")
    args = [str(file), ",".join(map(str, workload.sizes)), str(workload.lr), str(workload.batch), str(EPOCHS)]
    rows = []
    for _ in range(rounds):
        own, loss = run(["-m", "limpide.faces", program, *args])
        original, expected = run([str(HERE / "originals.py"), program, *args])
        near = 5e-2 if face == "keras" else TOLERANCE
        if abs(loss - expected) > near * abs(expected):
            raise RuntimeError(f"{face} {name}: the loss is {loss}, that of the original {expected}")
        rows.append((own, original, bare(problem)))
    own, original, own_words = (statistics.median(column) for column in zip(*rows, strict=True))
    print(
        f"{face:10} {workload.name:3}  face {1e3 * own:7.1f} ms, original {1e3 * original:7.1f} ms "
        f"({original / own:.2f} times as long), limpide's own words {1e3 * own_words:7.1f} ms "
        f"(the face takes {own / own_words:.2f} times as long); loss {loss:.4f}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--face", choices=FACES, action="append")
    parser.add_argument("--workload", choices=("W1", "W2"), action="append")
    args = parser.parse_args()
    print(f"{config.threads} threads, {EPOCHS} epochs, {args.rounds} rounds", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for face in args.face or FACES:
            for name in args.workload or ("W1", "W2"):
                compare(face, name, args.rounds, Path(folder))


if __name__ == "__main__":
    main()
