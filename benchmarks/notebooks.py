"""Run the notebook of every lab in a Jupyter kernel, and tell how long each takes.

pip install nbclient ipykernel
python benchmarks/notebooks.py              all labs, two epochs each
python benchmarks/notebooks.py mlp lenet    these, and their results are kept: mlp-run.ipynb, ...
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from limpide.labs import LABS, load
from limpide.labs.kit import notebook

LIMIT = 600  # seconds of one cell


def main() -> int:
    chosen = sys.argv[1:]
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in chosen or LABS:
            path = notebook.write(load(name), Path(folder) / f"{name}.ipynb", {"epochs": 2})
            made = nbformat.read(path, 4)
            start = time.perf_counter()
            try:
                NotebookClient(made, timeout=LIMIT, resources={"metadata": {"path": folder}}).execute()
                said = f"{time.perf_counter() - start:6.1f} s, {len(made.cells)} cells"
            except Exception as error:
                failed += 1
                said = f"failed: {type(error).__name__} {error}"
            print(f"{name:18} {said}", flush=True)
            if chosen:
                nbformat.write(made, f"{name}-run.ipynb")
    return failed


if __name__ == "__main__":
    sys.exit(main())
