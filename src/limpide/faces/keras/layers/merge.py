"""`keras.layers.merge`: several inputs to one, in the words of all generations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ... import missing
from .. import backend as K
from ..engine.base_layer import Input, Layer
from ..symbols import int_shape
from ..utils.generic_utils import has_arg, to_list


class _Merge(Layer):
    """What merging layers share: inputs of equal shapes, or such as broadcast."""

    supports_masking = True
    least = 2

    def build(self, input_shape: Any) -> None:
        if not isinstance(input_shape, list) or len(input_shape) < self.least:
            raise ValueError("A merge layer should be called on a list of at least 2 inputs.")
        self.built = True

    def _merge_function(self, inputs: Sequence[Any]) -> Any:
        raise NotImplementedError

    def call(self, inputs: Any) -> Any:
        if not isinstance(inputs, (list, tuple)):
            raise ValueError("A merge layer should be called on a list of inputs.")
        ranks = [K.ndim(x) or 0 for x in inputs]
        most = max(ranks)
        return self._merge_function([_lifted(x, most - r) for x, r in zip(inputs, ranks, strict=True)])

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        masks = [m for m in to_list(mask, True) if m is not None] if mask is not None else []
        if not masks:
            return None
        return K.all(K.stack(masks, axis=0), axis=0) if len(masks) > 1 else masks[0]


def _lifted(x: Any, count: int) -> Any:
    for _ in range(count):
        x = K.expand_dims(x, axis=1)
    return x


def _folded(join: Callable[[Any, Any], Any], inputs: Sequence[Any]) -> Any:
    found = inputs[0]
    for x in inputs[1:]:
        found = join(found, x)
    return found


class Add(_Merge):
    """The sum."""

    def _merge_function(self, inputs: Sequence[Any]) -> Any:
        return _folded(lambda a, b: a + b, inputs)


class Subtract(_Merge):
    """The difference of two."""

    def _merge_function(self, inputs: Sequence[Any]) -> Any:
        if len(inputs) != 2:
            raise ValueError("A `Subtract` layer should be called on exactly 2 inputs")
        return inputs[0] - inputs[1]


class Multiply(_Merge):
    """The product of elements."""

    def _merge_function(self, inputs: Sequence[Any]) -> Any:
        return _folded(lambda a, b: a * b, inputs)


class Average(_Merge):
    """The mean."""

    def _merge_function(self, inputs: Sequence[Any]) -> Any:
        return _folded(lambda a, b: a + b, inputs) / len(inputs)


class Maximum(_Merge):
    """The largest of elements."""

    def _merge_function(self, inputs: Sequence[Any]) -> Any:
        return _folded(K.maximum, inputs)


class Minimum(_Merge):
    """The smallest of elements."""

    def _merge_function(self, inputs: Sequence[Any]) -> Any:
        return _folded(K.minimum, inputs)


class Concatenate(_Merge):
    """Side by side along an axis."""

    def __init__(self, axis: int = -1, **kwargs: Any):
        super().__init__(**kwargs)
        self.axis = axis

    def build(self, input_shape: Any) -> None:
        super().build(input_shape)
        rest = [
            tuple(s for i, s in enumerate(shape) if i != self.axis % len(shape))
            for shape in input_shape
            if shape is not None
        ]
        for other in rest[1:]:
            if len(other) != len(rest[0]) or any(
                a != b and None not in (a, b) for a, b in zip(other[0:], rest[0], strict=False)
            ):
                raise ValueError(
                    "A `Concatenate` layer requires inputs with matching shapes except for the concat axis. "
                    f"Got inputs shapes: {input_shape}"
                )

    def call(self, inputs: Any) -> Any:
        if not isinstance(inputs, (list, tuple)):
            raise ValueError("A `Concatenate` layer should be called on a list of inputs.")
        return K.concatenate(list(inputs), axis=self.axis)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        masks = to_list(mask, True) if mask is not None else []
        if all(m is None for m in masks):
            return None
        full = [
            (
                K.cast(K.ones_like(x), "bool")
                if m is None
                else (K.expand_dims(m) if (K.ndim(m) or 0) < (K.ndim(x) or 0) else m)
            )
            for x, m in zip(inputs, masks, strict=True)
        ]
        return K.all(K.concatenate(full, axis=self.axis), axis=-1)


class Dot(_Merge):
    """Products of samples over an axis of each; normalize: of vectors of norm 1."""

    def __init__(self, axes: Any, normalize: bool = False, **kwargs: Any):
        super().__init__(**kwargs)
        if not isinstance(axes, (int, list, tuple)):
            raise TypeError("Invalid type for `axes` - should be a list or an int.")
        self.axes, self.normalize = axes, normalize

    def call(self, inputs: Any) -> Any:
        x, y = inputs
        axes = [self.axes] * 2 if isinstance(self.axes, int) else list(self.axes)
        axes = [a % (K.ndim(t) or 1) for a, t in zip(axes, (x, y), strict=True)]
        if self.normalize:
            x, y = K.l2_normalize(x, axis=axes[0]), K.l2_normalize(y, axis=axes[1])
        return K.batch_dot(x, y, axes)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return None


def add(inputs: Any, **kwargs: Any) -> Any:
    """The sum of tensors."""
    return Add(**kwargs)(inputs)


def subtract(inputs: Any, **kwargs: Any) -> Any:
    """The difference of two tensors."""
    return Subtract(**kwargs)(inputs)


def multiply(inputs: Any, **kwargs: Any) -> Any:
    """The product of tensors."""
    return Multiply(**kwargs)(inputs)


def average(inputs: Any, **kwargs: Any) -> Any:
    """The mean of tensors."""
    return Average(**kwargs)(inputs)


def maximum(inputs: Any, **kwargs: Any) -> Any:
    """The largest of tensors."""
    return Maximum(**kwargs)(inputs)


def minimum(inputs: Any, **kwargs: Any) -> Any:
    """The smallest of tensors."""
    return Minimum(**kwargs)(inputs)


def concatenate(inputs: Any, axis: int = -1, **kwargs: Any) -> Any:
    """Tensors side by side."""
    return Concatenate(axis=axis, **kwargs)(inputs)


def dot(inputs: Any, axes: Any, normalize: bool = False, **kwargs: Any) -> Any:
    """Products of samples."""
    return Dot(axes=axes, normalize=normalize, **kwargs)(inputs)


# --------------------------------------------------------------------------------- Keras 0.3 and 1
MODES: dict[str, Callable[[Any], Layer]] = {
    "sum": lambda m: Add(),
    "mul": lambda m: Multiply(),
    "ave": lambda m: Average(),
    "max": lambda m: Maximum(),
    "concat": lambda m: Concatenate(m.concat_axis),
    "dot": lambda m: Dot(m.dot_axes),
    "cos": lambda m: Dot(m.dot_axes, normalize=True),
}


class Merge(Layer):
    """Layers or models merged to one (Keras 0.3 and 1).

    mode: "sum", "mul", "concat", "ave", "cos", "dot", "max", or a function of the list of inputs.
    """

    supports_masking = True

    def __init__(
        self, layers: Any = None, mode: Any = "sum", concat_axis: int = -1, dot_axes: Any = -1,
        output_shape: Any = None,
        output_mask: Any = None, arguments: Any = None, node_indices: Any = None, tensor_indices: Any = None,
        name: str | None = None, **kwargs: Any,
    ):  # fmt: skip
        super().__init__(name=name, **kwargs)
        self.layers = list(layers or ())
        self.mode, self.concat_axis, self._output_shape = mode, concat_axis, output_shape
        self.output_mask_, self.arguments = output_mask, arguments or {}
        self.dot_axes = _dot_axes(dot_axes)
        if not callable(mode) and mode not in MODES:
            raise ValueError(f"Invalid merge mode: {mode}")

    def merged(self) -> tuple[list[Any], list[Any]]:
        """The output of its layers merged, and their inputs."""
        models = [layer if getattr(layer, "outputs", None) else _Started(layer) for layer in self.layers]
        inputs = list({id(x): x for m in models for x in m.inputs}.values())
        return to_list(self([x for m in models for x in m.outputs])), inputs

    def call(self, inputs: Any, mask: Any = None) -> Any:
        if callable(self.mode):
            arguments = dict(self.arguments)
            if has_arg(self.mode, "mask"):
                arguments["mask"] = mask
            return self.mode(inputs, **arguments)
        return MODES[self.mode](self).call(inputs)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        if callable(self.mode):
            return self.output_mask_(mask) if callable(self.output_mask_) else self.output_mask_
        return MODES[self.mode](self).compute_mask(inputs, mask)

    def _tell_shapes(self, inputs: list[Any], outputs: list[Any]) -> None:
        own = int_shape(outputs[0])
        if self._output_shape is None or (own is not None and None not in own[1:]):
            return
        shapes = [int_shape(x) for x in inputs]
        told = (
            self._output_shape(shapes)
            if callable(self._output_shape)
            else (shapes[0][0], *self._output_shape)
        )
        outputs[0]._keras_shape = tuple(told)

    # The weights of what it merges are its own.
    @property
    def trainable_weights(self) -> list[Any]:
        own = [w for layer in self.layers for w in layer.trainable_weights]
        return list({id(w): w for w in own}.values()) if self.trainable else []

    @trainable_weights.setter
    def trainable_weights(self, weights: list[Any]) -> None:
        self._trainable_weights = weights

    @property
    def non_trainable_weights(self) -> list[Any]:
        own = [w for layer in self.layers for w in layer.non_trainable_weights]
        return list({id(w): w for w in own}.values())

    @non_trainable_weights.setter
    def non_trainable_weights(self, weights: list[Any]) -> None:
        self._non_trainable_weights = weights


class _Started:
    """A layer that says its input, as a model of one layer."""

    def __init__(self, layer: Any):

        x = Input(batch_shape=layer.batch_input_shape, dtype=layer.dtype)
        self.inputs, self.outputs = [x], [layer(x)]


def _dot_axes(axes: Any) -> Any:
    """Keras 0.3 gave lists of axes; one of each is meant."""
    if isinstance(axes, (list, tuple)):
        return [a[0] if isinstance(a, (list, tuple)) else a for a in axes]
    return axes


def merge(
    inputs: Any, mode: Any = "sum", concat_axis: int = -1, dot_axes: Any = -1, output_shape: Any = None,
    output_mask: Any = None, arguments: Any = None, name: str | None = None,
) -> Any:  # fmt: skip
    """Tensors merged to one (Keras 1)."""
    layer = Merge(mode=mode, concat_axis=concat_axis, dot_axes=dot_axes, output_shape=output_shape,
                  output_mask=output_mask, arguments=arguments, name=name)  # fmt: skip
    return layer(inputs)


__getattr__ = missing.attributes("keras.layers.merge", globals())
__all__ = [
    "Add", "Average", "Concatenate", "Dot", "Maximum", "Merge", "Minimum", "Multiply", "Subtract", "add",
    "average",
    "concatenate", "dot", "maximum", "merge", "minimum", "multiply", "subtract",
]  # fmt: skip
