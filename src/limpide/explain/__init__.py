"""Everything between a formula and its C, to look at: formulas, graphs, passes, kernels."""

from ..display import answers
from .layer import Formulas
from .lines import formula, latex, tensor_latex
from .picture import svg
from .report import Report, explain

answers.update(report=explain, latex=tensor_latex, layer=Formulas)

__all__ = ["Formulas", "Report", "explain", "formula", "latex", "svg"]
