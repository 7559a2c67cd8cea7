"""What type checkers read of `import limpide`: `python tests/stub.py && ruff format src` writes it."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import limpide as lp

PACKAGE = Path(lp.__file__).parent
STUB = PACKAGE / "__init__.pyi"
LAZY = ("data", "debug", "explain", "export", "io", "nn", "optim", "random", "sklearn", "train")

HEADER = '''# ruff: noqa: E501, I001
"""What `import limpide as lp` gives. Written by tests/stub.py from the functions themselves."""

from collections.abc import Sequence
from typing import Any

from .shapes import Size
'''


def stub() -> str:
    """The text of `__init__.pyi`: what is imported, and a line for every function made from an op."""
    lines = [HEADER + "\n".join(sorted([f"from . import {m} as {m}" for m in LAZY if exists(m)] + imports()))]
    lines.append("\n__version__: str\n")
    lines += [one(name) for name in sorted(lp.functions)]
    return "\n".join(lines) + "\n"


def exists(module: str) -> bool:
    return (PACKAGE / module / "__init__.py").exists() or (PACKAGE / f"{module}.py").exists()


def imports() -> list[str]:
    """The imports of `__init__.py`, as public ones."""
    tree = ast.parse((PACKAGE / "__init__.py").read_text("utf-8"))
    found = []
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.level:
            names = ", ".join(f"{a.name} as {a.name}" for a in node.names if a.name != "functions")
            found.append(f"from .{node.module} import {names}")
    return found


def one(name: str) -> str:
    f = lp.functions[name]
    return f'def {name}{signature(inspect.signature(f))}: """{(f.__doc__ or "").splitlines()[0]}"""'


def signature(given: inspect.Signature) -> str:
    parts: list[str] = []
    kinds = [p.kind for p in given.parameters.values()]
    for i, p in enumerate(given.parameters.values()):
        star = p.kind is p.KEYWORD_ONLY and not {p.KEYWORD_ONLY, p.VAR_POSITIONAL} & set(kinds[:i])
        default = "" if p.default is p.empty else " = ..."
        prefix = "*" if p.kind is p.VAR_POSITIONAL else ""
        parts += ["*"] * star + [f"{prefix}{p.name}: {p.annotation}{default}"]
        if p.kind is p.POSITIONAL_ONLY and kinds[i + 1 : i + 2] != [p.POSITIONAL_ONLY]:
            parts.append("/")
    result = re.sub(r"\bNode\b", "Tensor", str(given.return_annotation))
    result = "Any" if "|" in result else result  # an argument decides: callers know which
    return f"({', '.join(parts)}) -> {result.replace('Shape', 'tuple[Any, ...]')}"


if __name__ == "__main__":
    STUB.write_text(stub(), "utf-8")
