"""OpFromGraph: a graph as an op."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import missing
from ..gof.graph import replaced
from ..tensor.var import as_tensor_variable


class OpFromGraph:
    """Calls put other variables in the place of the graph's inputs."""

    def __init__(
        self,
        inputs: Sequence[Any],
        outputs: Sequence[Any],
        inline: bool = False,
        name: str | None = None,
        **_: Any,
    ):
        self.inputs, self.outputs, self.name = list(inputs), list(outputs), name

    def __call__(self, *inputs: Any, **_: Any) -> Any:
        """The outputs for these variables. Raises TypeError for another number of them."""
        if len(inputs) != len(self.inputs):
            raise TypeError(f"{len(self.inputs)} inputs are needed, not {len(inputs)}")
        given = {i.key: as_tensor_variable(v) for i, v in zip(self.inputs, inputs, strict=True)}
        found = replaced(self.outputs, given)
        return found[0] if len(found) == 1 else found

    def __str__(self) -> str:
        return self.name or "OpFromGraph"


__getattr__ = missing.attributes("theano.compile.builders", globals())
