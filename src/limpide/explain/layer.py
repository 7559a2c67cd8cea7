"""What a layer computes and what goes back through it, as formulas that share their parts."""

from __future__ import annotations

from collections.abc import Mapping

from ..graph import Node
from .expression import Derivative, Symbol
from .lines import Root, as_latex, as_text, lines_of


class Formulas:
    """Formulas of a layer: `print` shows them as text, a notebook as LaTeX."""

    def __init__(self, outputs: Mapping[str, Node], seeds: Mapping[str, Node], gradients: Mapping[str, Node]):
        roots = [Root(node, Symbol(node.shape == (), name)) for name, node in outputs.items()]
        roots += [Root(g, Derivative(g.shape == (), "L", by)) for by, g in gradients.items()]
        labels = {node: Derivative(node.shape == (), "L", of) for of, node in seeds.items()}
        self._lines = lines_of(roots, labels)

    def latex(self) -> str:
        """The same in LaTeX, without dollar signs."""
        return as_latex(self._lines)

    def __str__(self) -> str:
        return as_text(self._lines)

    __repr__ = __str__

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"
