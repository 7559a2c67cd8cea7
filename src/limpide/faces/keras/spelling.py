"""Arguments in the spelling of any generation of Keras, by tables."""

from __future__ import annotations

import inspect
from typing import Any, ClassVar

from .settings import ORDERS

ANY = {"dim_ordering": "data_format", "border_mode": "padding", "batch_shape": "batch_input_shape"}

WEIGHTS = {
    "init": "kernel_initializer", "W_regularizer": "kernel_regularizer", "b_regularizer": "bias_regularizer",
    "W_constraint": "kernel_constraint", "b_constraint": "bias_constraint", "bias": "use_bias",
}  # fmt: skip

DENSE = {"output_dim": "units", "nb_output": "units", **WEIGHTS}

CONV = {
    "nb_filter": "filters", "nb_filters": "filters", "subsample": "strides", "subsample_length": "strides",
    "filter_length": "kernel_size", "atrous_rate": "dilation_rate", **WEIGHTS,
}  # fmt: skip

RECURRENT = {
    "output_dim": "units", "init": "kernel_initializer", "inner_init": "recurrent_initializer",
    "inner_activation": "recurrent_activation", "W_regularizer": "kernel_regularizer",
    "U_regularizer": "recurrent_regularizer", "b_regularizer": "bias_regularizer", "dropout_W": "dropout",
    "dropout_U": "recurrent_dropout", "consume_less": "implementation",
}  # fmt: skip

POOL = {"stride": "strides", "pool_length": "pool_size", "st": "strides"}

VALUES: dict[str, dict[Any, Any]] = {
    "data_format": {**{short: name for name, short in ORDERS.items()}, "default": None},
    "implementation": {"cpu": 0, "mem": 1, "gpu": 2},
}


class Spelled(type):
    """Makes of a call in any spelling one in that of the class; `spellings`: old name -> the class's own."""

    spellings: dict[str, str]

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        args, kwargs = cls._respelled(args, kwargs)  # type: ignore[attr-defined]
        return super().__call__(*args, **kwargs)


class Spellings(metaclass=Spelled):
    """A class whose arguments have several spellings."""

    spellings: ClassVar[dict[str, str]] = {}

    @classmethod
    def _respelled(
        cls, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        own = parameters_of(cls)
        table = {**ANY, **cls.spellings}
        new: dict[str, Any] = {}
        for name, value in kwargs.items():
            word = table[name] if name in table and name not in own else name
            if word in new and word != name:
                continue
            values = VALUES.get(word, {})
            new[word] = values.get(value, value) if isinstance(value, str) else value
        return args, new


def parameters_of(cls: type) -> dict[str, inspect.Parameter]:
    """The arguments of a class's constructor, without self."""
    return dict(list(inspect.signature(cls.__init__).parameters.items())[1:])  # type: ignore[misc]
