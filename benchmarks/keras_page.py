"""Writes docs/faces/keras.md: which names of Keras' API the face has. `python benchmarks/keras_page.py`"""

from __future__ import annotations

import importlib
from pathlib import Path

from keras_symbols import SYMBOLS

from limpide.faces import names

PAGE = Path(__file__).parents[1] / "docs" / "faces" / "keras.md"
HEAD = """# The Keras face: what it has

Scripts of Keras 0.3, 1 and 2, and of tf.keras in TensorFlow 1, run with `limpide run SCRIPT.py`
as they stand:
every argument in the spelling of any generation, weights in Keras' order and files. This page is made by
`benchmarks/keras_page.py` from the names of the public API; what is struck out is not there.

Floats are float32. Weights are never downloaded: `weights="imagenet"` says where their file "
"belongs. Python code in
files (Lambda functions) is never run. On a CPU `multi_gpu_model` is the model itself.

"""


def has(module: str, name: str) -> bool:
    """Whether the face has a name."""
    target = names.behind(module)
    try:
        found = importlib.import_module(str(target))
        getattr(found, name)
    except (ImportError, AttributeError):
        return False
    return True


def page() -> str:
    """The page."""
    parts, there, count = [], 0, 0
    for module, words in SYMBOLS.items():
        shown = [f"`{w}`" if has(module, w) else f"~~`{w}`~~" for w in words]
        there += sum(not s.startswith("~") for s in shown)
        count += len(words)
        parts.append(f"## {module}\n\n{', '.join(shown)}\n")
    return f"{HEAD}{there} of {count} names.\n\n" + "\n".join(parts)


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), "utf-8")
