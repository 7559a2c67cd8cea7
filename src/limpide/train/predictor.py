"""predict: the outputs in batches, and a short way for a few samples."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ..compile import compile
from ..dtypes import DType, readable
from . import arrays
from .callbacks import Callbacks, Watch
from .feeds import Plan, batches_of, inputs_of


class Predictor:
    """The compiled forward pass of a model. dtype: that of its floats."""

    def __init__(self, step: Callable[[Any], Any], dtype: DType):
        def predict_batch(inputs: Any) -> Any:
            return step(inputs)

        self.run = compile(predict_batch)
        self.dtype = dtype

    def few(self, x: Any, batch_size: int) -> Any:
        """The outputs where one native call gives them and nothing has to be converted; else None.

        Calls of one sample are short: what is not needed for them is not asked.
        """
        if type(x) is not np.ndarray or not x.ndim or not 0 < len(x) <= batch_size:
            return None
        if x.dtype != self.dtype and x.dtype.kind not in "biu":
            return None
        return arrays.each(self.run(x), lambda t: readable(t.numpy()))

    def many(self, x: Any, batch_size: int, steps: int | None, callbacks: Sequence[Any], model: Any) -> Any:
        """The outputs of any number of samples, from anything that gives them."""
        told = Callbacks(callbacks, model, {"steps": steps})
        told.on_predict_begin({})
        watch, found = Watch(told, "predict"), []
        for number, batch in enumerate(itertools.islice(self._batches(x, batch_size), steps), 1):
            watch.cut(number - 1)
            outputs = arrays.each(self.run(batch), lambda t: readable(t.value))
            watch.done(number, {"outputs": outputs})
            found.append(outputs)
        told.on_predict_end({})
        if len(found) == 1:
            return arrays.each(found[0], lambda a: a.copy())
        return arrays.concatenate(found)

    def _batches(self, x: Any, batch_size: int) -> Iterator[Any]:
        made = batches_of("predict", x, Plan(batch_size, self.dtype))
        if made is None:
            inputs = arrays.as_arrays("predict", "x", x, self.dtype)
            size = arrays.length("predict", inputs)
            for i in range(0, size, batch_size):
                yield arrays.loaded(inputs, slice(i, i + batch_size), self.dtype)
            return
        for item in made.make(0, 0):
            inputs = arrays.as_arrays("predict", "x", inputs_of(item), self.dtype)
            yield arrays.loaded(inputs, slice(None), self.dtype)
