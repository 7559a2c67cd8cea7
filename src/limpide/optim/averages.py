"""Averages of weights over the steps of training, which often predict better than the last weights."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..errors import ArgumentError, user_frame
from ..graph import Array
from ..nn import Module, state
from ..tensor import Parameter
from .groups import checked


class Average:
    """Averages of the trained parameters of a model, kept beside them; a subclass says `share`.

    model: a module, or parameters. optimizer: updates the averages after each of its steps (also inside
    compiled steps and `fit`), and keeps them in its state_dict; without one, call `update()`.
    """

    def __init__(self, model: Module | Iterable[Parameter], optimizer: Any = None):
        word = type(self).__name__
        if isinstance(model, Module):
            named = list(model.named_parameters())
        else:
            named = [(str(p.name), p) for p in checked(word, model)]
        if len(dict(named)) != len(named):
            raise ArgumentError(word, "two parameters have the same name", where=user_frame())
        self._updates: Any = Parameter(np.int64(0), name="updates", trainable=False)
        self._pairs: dict[str, tuple[Parameter, Any]] = {
            name: (p, Parameter(p.cell.value, name=f"{name}.average", trainable=False)) for name, p in named
        }
        if optimizer is not None:
            optimizer.averages.append(self)

    def share(self, updates: Any) -> Any:
        """The share of the present weights in the average, after so many updates (a float64 scalar)."""
        raise ArgumentError(type(self).__name__, "it does not say what it averages", hint="give it def share")

    def update(self) -> None:
        """Let the present weights in."""
        share = self.share(self._updates.astype("float64"))
        for p, average in self._pairs.values():
            part = share if isinstance(share, float) else share.astype(p.dtype)
            average.assign(average * (1 - part) + p * part)
        self._updates.assign(self._updates + 1)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """In this block the model has the averaged weights; afterwards its own again."""
        own = {name: p.cell.value.copy() for name, (p, _) in self._pairs.items()}
        try:
            for p, average in self._pairs.values():
                p.cell.replace(average.cell.value.copy())
            yield
        finally:
            for name, (p, _) in self._pairs.items():
                p.cell.replace(own[name])

    def named_state(self) -> Iterator[tuple[str, Parameter]]:
        """The number of updates, and the averages by the names of their parameters."""
        yield "updates", self._updates
        for name, (_, average) in self._pairs.items():
            yield name, average

    def state_dict(self) -> dict[str, Array]:
        """Copies of the state as NumPy arrays, by name."""
        return {name: p.cell.value.copy() for name, p in self.named_state()}

    def load_state_dict(self, given: Mapping[str, Any]) -> None:
        """Give the state the values of a state_dict; see `Module.load_state_dict`."""
        state.load(type(self).__name__, dict(self.named_state()), given)


class EMA(Average):
    """average = decay average + (1 - decay) weights after every step (Polyak and Juditsky 1992).

    >>> w = Parameter([0.0], name="w")
    >>> ema = EMA([w], decay=0.75)
    >>> w.assign([8.0])
    >>> ema.update()
    >>> with ema.applied():
    ...     print(w.numpy())
    [2.]
    """

    def __init__(self, model: Module | Iterable[Parameter], decay: float = 0.999, optimizer: Any = None):
        if not 0 <= decay <= 1:
            raise ArgumentError("EMA", f"decay is {decay}, not between 0 and 1", where=user_frame())
        self.decay = decay
        super().__init__(model, optimizer)

    def share(self, updates: Any) -> Any:
        return 1 - self.decay


class SWA(Average):
    """The plain mean of the weights at all updates, often one per epoch (Izmailov et al. 2018).

    >>> w = Parameter([0.0], name="w")
    >>> swa = SWA([w])
    >>> for value in (1.0, 3.0):
    ...     w.assign([value])
    ...     swa.update()
    >>> swa.state_dict()["w"]
    array([2.], dtype=float32)
    """

    def share(self, updates: Any) -> Any:
        return 1 / (updates + 1)
