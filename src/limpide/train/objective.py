"""What is minimised and measured: one loss and its metrics per output of the model."""

from __future__ import annotations

import copy
import functools
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..errors import ArgumentError, ShapeError, user_frame
from ..nn import losses
from ..nn.words import lp
from ..shapes import show
from ..tensor import astensor
from .metrics import Metric, metric, rows_of

Loss = Callable[..., Any]

# Losses whose labels may be class indices.
BY_INDEX = (losses.cross_entropy, losses.nll, losses.hinge, losses.squared_hinge)


@dataclass
class Part:
    """One output of the model, its loss and metrics. key: its name or number; None: the whole output."""

    key: Any
    loss: Loss
    weight: float = 1.0
    metrics: list[Metric] = field(default_factory=list)

    @property
    def prefix(self) -> str:
        return (
            "" if self.key is None else f"{self.key if isinstance(self.key, str) else f'output_{self.key}'}_"
        )

    def of(self, value: Any) -> Any:
        """What belongs to this output: of outputs, labels or weights given one per output."""
        if self.key is None or not isinstance(value, (dict, list, tuple)):
            return value
        try:
            return value[self.key]
        except (KeyError, IndexError):
            known = ", ".join(map(repr, value)) if isinstance(value, dict) else f"0 to {len(value) - 1}"
            raise ArgumentError(
                "compile",
                f"there is a loss for the output {self.key!r}, but only {known} are there",
                where=user_frame(),
            ) from None

    def value(self, outputs: Any, labels: Any, weights: Any) -> Any:
        """The loss, the mean over the batch; with weights that of weight times loss, over all rows."""
        given = self.of(outputs), self.of(labels)
        if weights is None:
            return self.loss(*given)
        rows = astensor(by_row(self.loss)(*given))
        if rows.ndim > 1:
            rows = lp.mean(rows, axis=tuple(range(1, rows.ndim)))
        return lp.mean(rows * astensor(self.of(weights)).astype(rows.dtype))


class Objective:
    """The sum of the losses of all outputs, and what is measured beside it."""

    def __init__(self, loss: Any, metrics: Any, loss_weights: Any):
        self.parts = [
            Part(key, losses.loss_function(f), float(weight))
            for key, f, weight in _per_output(loss, loss_weights)
        ]
        for part in self.parts:
            part.metrics = [metric(m, part.loss) for m in _of_output(metrics, part.key, self.parts)]
        names = list(self._metrics())
        for name in names:
            if names.count(name) > 1:
                raise ArgumentError("compile", f"two metrics are called '{name}'", where=user_frame())

    def loss(self, outputs: Any, labels: Any, weights: Any) -> Any:
        """The scalar to minimise."""
        values = [self._weighted(part, part.value(outputs, labels, weights)) for part in self.parts]
        return functools.reduce(lp.add, values)

    @staticmethod
    def _weighted(part: Part, value: Any) -> Any:
        return value if part.weight == 1.0 else value * part.weight

    def start(self) -> dict[str, Any]:
        """The totals before the first batch."""
        return {name: np.float64(0) if m is None else m.start() for name, m in self._named()}

    def sums(self, outputs: Any, labels: Any, weights: Any) -> dict[str, Any]:
        """What a batch adds to the totals."""
        found: dict[str, Any] = {"loss": _total(self.loss(outputs, labels, weights), outputs)}
        for part in self.parts:
            given = part.of(outputs), part.of(labels)
            if part.key is not None:
                value = part.value(outputs, labels, weights)
                found[f"{part.prefix}loss"] = _total(value, given[0])
            found |= {part.prefix + m.name: m.update(*given) for m in part.metrics}
        return {name: found[name] for name, _ in self._named()}

    def logs(self, totals: Mapping[str, Any], rows: int) -> dict[str, float]:
        """The measurements, from the totals over so many rows."""
        return {
            name: float(totals[name]) / rows if m is None else m.result(totals[name], rows)
            for name, m in self._named()
        }

    def _named(self) -> Iterator[tuple[str, Metric | None]]:
        """Every measurement in the order of the logs; None for a loss."""
        yield "loss", None
        yield from ((f"{p.prefix}loss", None) for p in self.parts if p.key is not None)
        yield from ((p.prefix + m.name, m) for p in self.parts for m in p.metrics)

    def _metrics(self) -> Iterator[str]:
        return (name for name, _ in self._named())

    def by_index(self) -> list[Part]:
        """The outputs whose labels may be class indices."""
        return [part for part in self.parts if losses.plain_function(part.loss) in BY_INDEX]


def _total(mean: Any, outputs: Any) -> Any:
    """A mean over the rows of a batch as their sum."""
    value = astensor(mean)
    if value.shape != ():
        raise ShapeError(
            "loss",
            f"a metric or loss gives one number per batch, this one gives shape {show(value.shape)}",
            where=user_frame(),
            hint='reduction="mean", or .mean() at its end',
        )
    return lp.multiply(value, rows_of(outputs))


def by_row(loss: Loss) -> Loss:
    """The same loss with a value for every row instead of their mean.

    >>> by_row(losses.mse)(np.array([1.0, 2.0]), np.array([1.0, 4.0]))
    tensor([0., 4.], dtype=float64)
    """
    if isinstance(loss, losses.LossModule):
        one = copy.copy(loss)
        one.reduction = "none"
        return one
    if "reduction" not in inspect.signature(loss).parameters:
        raise ArgumentError(
            "fit",
            f"the loss {getattr(loss, '__name__', loss)} gives no value per row, which could be weighted",
            where=user_frame(),
            hint='give it an argument reduction="mean" that can be "none"',
        )
    return functools.partial(loss, reduction="none")


def _per_output(loss: Any, loss_weights: Any) -> Iterator[tuple[Any, Any, Any]]:
    if isinstance(loss, dict):
        items = list(loss.items())
    elif isinstance(loss, (list, tuple)):
        items = list(enumerate(loss))
    else:
        items = [(None, loss)]
    if isinstance(loss_weights, Mapping):
        weights = dict(loss_weights)
    elif isinstance(loss_weights, (list, tuple)):
        weights = dict(enumerate(loss_weights))
    else:
        weights = {} if loss_weights is None else {None: loss_weights}
    unknown = [key for key in weights if key not in dict(items)]
    if unknown:
        raise ArgumentError(
            "compile",
            f"loss_weights has {unknown[0]!r}, but the losses are for {[k for k, _ in items]}",
            where=user_frame(),
        )
    return ((key, f, weights.get(key, 1.0)) for key, f in items)


def _of_output(metrics: Any, key: Any, parts: Sequence[Part]) -> list[Any]:
    if isinstance(metrics, str):
        raise ArgumentError("compile", "metrics is a list", where=user_frame(), hint=f'metrics=["{metrics}"]')
    if key is None:
        return list(metrics)
    if isinstance(metrics, Mapping):
        keys = [part.key for part in parts]
        unknown = [k for k in metrics if k not in keys]
        if unknown:
            raise ArgumentError(
                "compile", f"metrics has {unknown[0]!r}, but the losses are for {keys}", where=user_frame()
            )
        given = metrics.get(key, ())
    elif len(metrics) == len(parts) and all(isinstance(m, (list, tuple)) for m in metrics):
        given = metrics[[part.key for part in parts].index(key)]
    else:
        given = metrics  # the same for every output
    return list(given) if isinstance(given, (list, tuple)) else [given]
