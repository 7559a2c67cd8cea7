"""ExponentialMovingAverage: averages of variables, beside them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....nn.words import lp
from ....tensor import Tensor as EngineTensor
from ..graph import GraphKeys, Operation, get_default_graph
from ..recording import Assign, apply, tensor
from ..variables import Variable, moving_average_variables, trainable_variables


class ExponentialMovingAverage:
    """average = decay * average + (1 - decay) * value, kept for variables and other tensors.

    num_updates: with it the decay is at first smaller: min(decay, (1 + n) / (10 + n)).
    """

    def __init__(
        self,
        decay: Any,
        num_updates: Any = None,
        zero_debias: bool = False,
        name: str = "ExponentialMovingAverage",
    ):
        self._decay, self._num_updates, self._zero_debias, self._name = decay, num_updates, zero_debias, name
        self._averages: dict[Any, Variable] = {}

    @property
    def name(self) -> str:
        return self._name

    def apply(self, var_list: Any = None) -> Operation:
        """An operation that updates the averages of these."""
        wanted = trainable_variables() if var_list is None else list(var_list)
        graph = get_default_graph()
        for v in wanted:
            if not v.dtype.base_dtype.is_floating:
                raise TypeError(f"The variables must be half, float, or double: {v.name}")
            if v not in self._averages:
                self._averages[v] = self._made(graph, v)
        averages = [self._averages[v] for v in wanted]

        def build(replay: Any, values: Any, decay: Any, count: Any) -> Any:
            for average, value in zip(averages, values, strict=True):
                d = tensor(decay, value.dtype)
                if count is not None:
                    n = tensor(count).astype(value.dtype)
                    d = lp.minimum(d, (1 + n) / (10 + n))
                old = EngineTensor(average.parameter.node)
                average.parameter.assign(old - (1 - d) * (old - value))
            return np.bool_(True)

        def source(build: Any, args: Any, kwargs: Any, **given: Any) -> Assign:
            given["after"] = [*averages, *given["after"]]
            return Assign(averages, build, args, kwargs, **given)

        done: Operation = apply(
            "MovingAverage", build, [wanted, self._decay, self._num_updates], name=self._name,
            known=lambda: np.bool_(True), outputs=0, source=source,
        )  # fmt: skip
        return done

    def _made(self, graph: Any, v: Any) -> Variable:
        with graph.control_dependencies(None), graph.name_scope(None):
            if isinstance(v, Variable):
                first: Any = v.initialized_value()
                graph.add_to_collection(GraphKeys.MOVING_AVERAGE_VARIABLES, v)
            else:
                first = np.zeros(v.shape.as_list(), v.dtype.as_numpy_dtype)
            return Variable(first, trainable=False, name=self.average_name(v))

    def average(self, var: Any) -> Any:
        """The variable that holds the average of `var`, or None."""
        return self._averages.get(var)

    def average_name(self, var: Any) -> str:
        return f"{var.op.name}/{self._name}"

    def variables_to_restore(self, moving_avg_variables: Any = None) -> dict[str, Any]:
        """Names in a checkpoint and variables: those with an average are read from it."""
        averaged = moving_avg_variables
        if averaged is None:
            averaged = [*trainable_variables(), *moving_average_variables()]
        found = {self.average_name(v): v for v in dict.fromkeys(averaged)}
        graph = get_default_graph()
        for v in graph.get_collection(GraphKeys.GLOBAL_VARIABLES):
            if v not in set(averaged) and v.op.name not in found:
                found[v.op.name] = v
        return found
