"""The names in a formula: of nodes, of sizes, of index letters."""

from __future__ import annotations

import string
from collections.abc import Collection, Mapping

from ..graph import Node
from ..shapes import Dim, Size
from .expression import Expr, Symbol, number

Letters = tuple[str, ...]


class Names:
    """One name for every node that needs one; equal names are told apart by a number."""

    def __init__(self, labels: Mapping[Node, Expr] | None = None):
        self.known: dict[Node, Expr] = dict(labels or {})
        self.sizes: dict[Dim, Symbol] = {}
        self.used = {e.name for e in self.known.values() if isinstance(e, Symbol)}
        self.reserved: set[str] = set()
        self.parts = 0

    def of(self, node: Node) -> Expr:
        """The node's own name, else the next of t1, t2, ..."""
        if node not in self.known:
            own = node.name or (node.attr("label") if node.op.name == "input" else None)
            self.known[node] = Symbol(node.shape == (), self.unused(own) if own else self._next_part())
        return self.known[node]

    def reserve(self, name: str) -> None:
        """Keep index letters and parts clear of a name that a node may be shown by."""
        self.reserved.add(name)

    def copy(self) -> Names:
        """The same names, to try something."""
        other = Names(self.known)
        other.sizes, other.used, other.parts = dict(self.sizes), set(self.used), self.parts
        other.reserved = self.reserved
        return other

    def take(self, other: Names) -> None:
        """What was tried becomes what is."""
        self.known, self.sizes, self.used, self.parts = other.known, other.sizes, other.used, other.parts

    def size(self, size: Size) -> Expr:
        """A number, or a letter for an unknown size."""
        if isinstance(size, int):
            return number(size)
        if size not in self.sizes:
            text = str(size)
            plain = text.isidentifier()
            self.sizes[size] = Symbol(True, text if plain else self.unused("n") if "?" in text else text)
        return self.sizes[size]

    def unused(self, name: str) -> str:
        free, count = name, 1
        while free in self.used:
            count += 1
            free = f"{name}_{count}"
        self.used.add(free)
        return free

    def _next_part(self) -> str:
        self.parts += 1
        while f"t{self.parts}" in self.reserved:
            self.parts += 1
        return self.unused(f"t{self.parts}")

    def letters(self, count: int, taken: Collection[str]) -> Letters:
        """Index letters that mean nothing else here."""
        elsewhere = self.used | self.reserved | set(taken)
        free = (c for c in "ijklmpqrsuvw" + string.ascii_uppercase if c not in elsewhere)
        return tuple(next(free) for _ in range(count))
