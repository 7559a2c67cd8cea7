"""The loss of sequences whose labels have no times."""

from __future__ import annotations

from typing import Any

from .....nn.losses.ctc import ctc as loss
from .....tensor import Tensor
from .... import missing
from ...engine import lp
from ..basic import record_op
from ..type import formula
from ..var import as_tensor_variable, dtype_of


def ctc(activations: Any, labels: Any, input_lengths: Any) -> Any:
    """-log of the probability of every sequence of labels (Graves et al. 2006).

    activations: (steps, batch, classes), before softmax; class 0 is the blank. labels: (batch, longest), with
    -1 behind their ends. input_lengths: the number of steps of each.
    """
    x = as_tensor_variable(activations)

    def build(scores: Tensor, labels: Tensor, steps: Tensor) -> Tensor:
        lengths = lp["sum"]((labels >= 0).astype("int64"), axis=1)
        padded = lp["maximum"](labels, 0)
        found: Tensor = loss(lp["log_softmax"](scores, axis=-1), padded, steps, lengths, 0, "none")
        return found

    given = [as_tensor_variable(v) for v in (labels, input_lengths)]
    return record_op(
        "ConnectionistTemporalClassification", build, x, *given, known=lambda: formula(dtype_of(x), 1)
    )


__getattr__ = missing.attributes("theano.tensor.nnet.ctc", globals())
