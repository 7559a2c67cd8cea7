"""Layer: what tf.layers, recurrent cells and contrib.layers stand on; names are as TensorFlow's."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Self

from .. import nest
from ..dtypes import as_dtype
from ..graph import GraphKeys, Mode, add_to_collection, get_default_graph, name_scope
from ..inputs import convert_to_tensor
from ..scopes import get_variable, get_variable_scope, variable_scope
from ..shapes import TensorShape


def snake(name: str) -> str:
    """ "BasicLSTMCell" as "basic_lstm_cell"."""
    inner = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name)
    text = re.sub(r"([a-z])([A-Z])", r"\1_\2", inner).lower()
    return f"private{text}" if text.startswith("_") else text


class InputSpec:
    """What a layer says of its input."""

    def __init__(
        self,
        dtype: Any = None,
        shape: Any = None,
        ndim: Any = None,
        max_ndim: Any = None,
        min_ndim: Any = None,
        axes: Any = None,
    ):
        self.dtype, self.shape, self.max_ndim, self.min_ndim = dtype, shape, max_ndim, min_ndim
        self.ndim = len(shape) if shape is not None else ndim
        self.axes = axes or {}


class Layer:
    """A function with variables: `build` makes them at the first call, `call` computes."""

    def __init__(
        self,
        trainable: bool = True,
        name: str | None = None,
        dtype: Any = None,
        activity_regularizer: Callable[..., Any] | None = None,
        _scope: Any = None,
        _reuse: bool | None = None,
        **settings: Any,
    ):
        self.trainable, self.built, self._reuse = trainable, False, _reuse
        self._dtype = None if dtype is None else as_dtype(dtype).name
        self._activity_regularizer = activity_regularizer
        self._trainable: list[Any] = []
        self._frozen: list[Any] = []
        self._updates: list[Any] = []
        self._losses: list[Any] = []
        self._base_name = name or self._unique(snake(type(self).__name__))
        self._scope: Any = None
        self._called = False
        self._collect = True  # whether updates go into their collection
        self.input_spec: Any = None
        if _scope is not None:
            with variable_scope(_scope) as captured:
                self._scope = captured

    @staticmethod
    def _unique(name: str) -> str:
        return name

    # ----------------------------------------------------------------------------------------- what it has
    @property
    def name(self) -> str:
        return self._scope.name if self._scope is not None else self._base_name

    _name = name

    @property
    def dtype(self) -> Any:
        return self._dtype

    @property
    def graph(self) -> Any:
        return get_default_graph()

    @property
    def scope_name(self) -> str:
        if self._scope is None:
            raise ValueError(
                f'No name available for layer scope because the layer "{self._base_name}" is not used yet'
            )
        name: str = self._scope.name
        return name

    @property
    def trainable_variables(self) -> list[Any]:
        return list(self._trainable) if self.trainable else []

    @property
    def non_trainable_variables(self) -> list[Any]:
        return list(self._frozen) if self.trainable else [*self._trainable, *self._frozen]

    @property
    def variables(self) -> list[Any]:
        return [*self._trainable, *self._frozen]

    weights = variables
    trainable_weights = trainable_variables
    non_trainable_weights = non_trainable_variables

    @property
    def updates(self) -> list[Any]:
        return list(self._updates)

    @property
    def losses(self) -> list[Any]:
        return list(self._losses)

    # -------------------------------------------------------------------------------------------- variables
    def add_variable(
        self,
        name: str,
        shape: Any = None,
        dtype: Any = None,
        initializer: Any = None,
        regularizer: Any = None,
        trainable: bool = True,
        constraint: Any = None,
        **settings: Any,
    ) -> Any:
        """A variable in the layer's scope."""
        trainable = trainable and self.trainable
        for known in self.variables if self._called else ():
            if known.name.rpartition("/")[2].partition(":")[0] == name and self.built:
                return known
        made = get_variable(
            name, shape=shape, dtype=dtype or self._dtype, initializer=initializer,
            regularizer=self._noted(regularizer), trainable=trainable, constraint=constraint,
        )  # fmt: skip
        (self._trainable if trainable else self._frozen).append(made)
        return made

    add_weight = add_variable

    def _noted(self, regularizer: Any) -> Any:
        """The regularizer, whose losses the layer knows too."""
        if regularizer is None:
            return None

        def noted(variable: Any) -> Any:
            loss = regularizer(variable)
            if loss is not None:
                self._losses.append(loss)
            return loss

        return noted

    def add_update(self, updates: Any, inputs: Any = None) -> None:
        """Operations that go along with every training step: in the collection UPDATE_OPS."""
        for update in nest.flatten(updates):
            self._updates.append(update)
            if self._collect and not Mode.eager:
                add_to_collection(GraphKeys.UPDATE_OPS, update)

    def add_loss(self, losses: Any, inputs: Any = None) -> None:
        """Losses in the collection REGULARIZATION_LOSSES."""
        for loss in nest.flatten(losses):
            self._losses.append(loss)
            if not Mode.eager:
                add_to_collection(GraphKeys.REGULARIZATION_LOSSES, loss)

    # ------------------------------------------------------------------------------------------------ calls
    def build(self, input_shape: Any) -> None:
        """Make the variables; a subclass says how."""
        self.built = True

    def call(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """What it computes; a subclass says it."""
        return inputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        raise NotImplementedError

    def _set_scope(self, scope: Any = None) -> None:
        if self._scope is not None:
            return
        if self._reuse:
            with variable_scope(scope if scope is not None else self._base_name) as captured:
                self._scope = captured
        else:
            with variable_scope(scope, default_name=self._base_name) as captured:
                self._scope = captured

    def __call__(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        self._set_scope(kwargs.pop("scope", None))
        inputs = nest.pack_sequence_as(inputs, [convert_to_tensor(i) for i in nest.flatten(inputs)])
        reuse = True if self.built or self._reuse is True else self._reuse
        with ExitStack() as stack:
            stack.enter_context(variable_scope(self._scope, reuse=reuse, auxiliary_name_scope=False))
            stack.enter_context(
                name_scope(self._scope.original_name_scope or None) if not Mode.eager else ExitStack()
            )
            if not self.built:
                first = nest.flatten(inputs)[0]
                if self._dtype is None and as_dtype(first.dtype).is_floating:
                    self._dtype = as_dtype(first.dtype).base_dtype.name
                self.build(nest.map_structure(lambda t: shape_of(t), inputs))
                self.built = True
            outputs = self.call(inputs, *args, **kwargs)
            if self._activity_regularizer is not None:
                for output in nest.flatten(outputs):
                    self.add_loss(self._activity_regularizer(output))
        self._called = True
        return outputs

    def apply(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        return self(inputs, *args, **kwargs)

    def __deepcopy__(self, memo: Any) -> Self:
        twin = copy.copy(self)
        memo[id(self)] = twin
        for key in ("_trainable", "_frozen", "_updates", "_losses"):
            setattr(twin, key, list(getattr(self, key)))
        return twin


def shape_of(t: Any) -> Any:
    """The static shape of a tensor of either mode."""
    return t.get_shape() if hasattr(t, "get_shape") else TensorShape(tuple(t.shape))


def size_of(dimension: Any) -> int | None:
    """A dimension as a number."""
    value = getattr(dimension, "value", dimension)
    return None if value is None else int(value)


def reuse_here(scope: Any) -> bool:
    """Whether variables are found instead of made in a scope."""
    return bool(get_variable_scope().reuse if scope is None else scope)


__all__ = ["InputSpec", "Layer", "reuse_here", "shape_of", "size_of", "snake"]
