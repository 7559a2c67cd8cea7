"""Everything between a formula and its C, to look at: formulas, graphs, passes, kernels."""

from .lines import formula, latex

__all__ = ["formula", "latex"]
