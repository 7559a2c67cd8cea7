"""The graph that a face's script describes, and how the engine runs it."""

from .replay import NeedsValue, Replay, concrete, effect, guessing, is_guess, shape_of, size, sizes
from .runner import Runner, parameters_of
from .sources import Apply, Deep, Fixed, Given, Host, State, Subgraph, constant_of, differentiable
from .symbol import Source, Symbol, Unknown, begun, mapped, sources_behind, symbols_in

__all__ = [
    "Apply", "Deep", "Fixed", "Given", "Host", "NeedsValue", "Replay", "Runner", "Source", "State",
    "Subgraph", "Symbol", "Unknown", "begun", "concrete", "constant_of", "differentiable", "effect",
    "guessing", "is_guess", "mapped", "parameters_of", "shape_of", "size", "sizes", "sources_behind",
    "symbols_in",
]  # fmt: skip
