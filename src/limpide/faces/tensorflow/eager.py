"""Eager mode: operations compute at once; tensors with values, variables, the gradient tape."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self

import numpy as np

from ...compile import compile
from ...errors import GradientError
from ...nn.words import lp
from ...tensor import Parameter, grad, history
from ...tensor import Tensor as EngineTensor
from ..record import Replay
from . import inputs, nest, recording, variables
from .dtypes import as_dtype, engine_type
from .graph import Mode, Tensor
from .operators import BINARY, COMPARE, OTHERS
from .recording import array_of, plain, tensor
from .shapes import TensorShape
from .train import optimizer as optimizers

Function = Callable[..., Any]


class EagerTensor:
    """A tensor with its value. Its operators are those of tensors of a graph."""

    __array_priority__ = 100

    def __init__(self, value: Any):
        self._value = value

    def _as_tensor(self) -> Any:
        return self._value

    def numpy(self) -> Any:
        """Its value as a NumPy array, or a number."""
        value = self._value if isinstance(self._value, np.ndarray) else self._value.numpy()
        return value if np.ndim(value) else value[()]

    @property
    def dtype(self) -> Any:
        return as_dtype(self._value.dtype)

    @property
    def shape(self) -> TensorShape:
        return TensorShape(self._value.shape)

    def get_shape(self) -> TensorShape:
        return self.shape

    @property
    def ndim(self) -> int:
        return len(self._value.shape)

    _rank = ndim

    @property
    def device(self) -> str:
        return "/job:localhost/replica:0/task:0/device:CPU:0"

    def cpu(self) -> Self:
        return self

    def gpu(self, gpu_index: int = 0) -> Self:
        raise RuntimeError("Error copying tensor to device: there is no GPU here")

    def set_shape(self, shape: Any) -> None:
        self.shape.merge_with(shape)

    @property
    def name(self) -> str:
        raise AttributeError("Tensor.name is meaningless when eager execution is enabled.")

    @property
    def op(self) -> Any:
        raise AttributeError("Tensor.op is meaningless when eager execution is enabled.")

    def eval(self, feed_dict: Any = None, session: Any = None) -> Any:
        raise NotImplementedError(
            "eval is not supported when eager execution is enabled, is .numpy() what you want?"
        )

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.asarray(self.numpy(), dtype)

    def __bool__(self) -> bool:
        return bool(self.numpy())

    def __int__(self) -> int:
        return int(self.numpy())

    def __float__(self) -> float:
        return float(self.numpy())

    def __index__(self) -> int:
        return int(self.numpy())

    def __len__(self) -> int:
        if not self.ndim:
            raise TypeError("Scalar tensor has no `len()`")
        return int(self._value.shape[0])

    def __iter__(self) -> Iterator[Any]:
        if not self.ndim:
            raise TypeError("Cannot iterate over a scalar tensor.")
        return (self[i] for i in range(len(self)))  # type: ignore[index]

    def __format__(self, spec: str) -> str:
        return format(self.numpy(), spec) if spec else str(self)

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __str__(self) -> str:
        return f"tf.Tensor({self.numpy()}, shape={self.shape}, dtype={self.dtype.name})"

    def __repr__(self) -> str:
        return f"<tf.Tensor: shape={self.shape}, dtype={self.dtype.name}, numpy={self.numpy()!r}>"


for _word in [*(n for w in BINARY for n in (w, f"r{w}")), *COMPARE, *OTHERS]:
    setattr(EagerTensor, f"__{_word}__", getattr(Tensor, f"__{_word}__"))


class EagerVariable(EagerTensor):
    """State that is assigned to; trainable ones are watched by every tape."""

    def __init__(
        self,
        initial_value: Any = None,
        trainable: bool = True,
        collections: Any = None,
        validate_shape: bool = True,
        caching_device: Any = None,
        name: str | None = None,
        dtype: Any = None,
        constraint: Any = None,
        **_: Any,
    ):
        value = plain(initial_value() if callable(initial_value) else initial_value)
        if value is None:
            raise ValueError("initial_value must be specified.")
        array = value.numpy() if isinstance(value, EngineTensor) else array_of(value, dtype)
        wanted = engine_type(array.dtype if dtype is None else dtype)
        self.parameter = Parameter(np.array(array, wanted), name=name or "Variable")
        if not trainable or wanted.kind != "f":
            self.parameter.trainable = False
        super().__init__(self.parameter)
        self.trainable, self.constraint, self._label = trainable, constraint, name or "Variable"

    @property
    def name(self) -> str:
        return f"{self._label}:0"

    @property
    def op(self) -> Any:
        return _Named(self._label)

    def value(self) -> EagerTensor:
        return EagerTensor(self.parameter + 0)

    read_value = initialized_value = value

    def numpy(self) -> Any:
        found = self.parameter.numpy()
        return found.copy() if np.ndim(found) else found[()]

    def assign(self, value: Any, use_locking: Any = None, name: Any = None, read_value: bool = True) -> Self:
        new = plain(value)
        array = new.numpy() if isinstance(new, EngineTensor) else array_of(new, self.dtype)
        if np.shape(array) != self.parameter.shape:
            raise ValueError(f"Shapes {self.shape} and {TensorShape(np.shape(array))} are incompatible")
        self.parameter.assign(np.asarray(array, self.parameter.dtype))
        return self

    def assign_add(
        self, delta: Any, use_locking: Any = None, name: Any = None, read_value: bool = True
    ) -> Self:
        return self.assign(self.numpy() + np.asarray(_array(delta), self.parameter.dtype))

    def assign_sub(
        self, delta: Any, use_locking: Any = None, name: Any = None, read_value: bool = True
    ) -> Self:
        return self.assign(self.numpy() - np.asarray(_array(delta), self.parameter.dtype))

    def load(self, value: Any, session: Any = None) -> None:
        self.assign(value)

    def __repr__(self) -> str:
        return (
            f"<tf.Variable '{self.name}' shape={self.shape} dtype={self.dtype.name}, numpy={self.numpy()!r}>"
        )

    __str__ = __repr__


class _Named:
    def __init__(self, name: str):
        self.name = name


def _array(value: Any) -> Any:
    return value.numpy() if hasattr(value, "numpy") else value


def given_back(value: Any) -> Any:
    """Results of operations as tensors of eager mode."""
    if isinstance(value, EngineTensor):
        known = value.value is not None or value.tracked
        return EagerTensor(value if known else EngineTensor(None, Replay().concrete(value.node)))
    if isinstance(value, np.ndarray):
        return EagerTensor(value)
    if isinstance(value, np.generic):
        return EagerTensor(tensor(value))
    if isinstance(value, (list, tuple)):
        return (
            type(value)(*map(given_back, value))
            if hasattr(value, "_fields")
            else type(value)(map(given_back, value))
        )
    return value


def enable_eager_execution(config: Any = None, device_policy: Any = None, execution_mode: Any = None) -> None:
    """From here on operations compute at once."""
    Mode.eager = True


def executing_eagerly() -> bool:
    """Whether operations compute at once."""
    return Mode.eager


in_eager_mode = executing_eagerly


# ---------------------------------------------------------------------------------------------------- tapes
class GradientTape:
    """Derivatives of what is computed in its block.

    persistent: `gradient` may be called more than once. Trainable variables are watched; others by `watch`.
    """

    def __init__(self, persistent: bool = False, watch_accessed_variables: bool = True):
        self._persistent, self._used = persistent, False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: Any) -> None:
        return None

    def watch(self, tensor: Any) -> None:
        """Let tensors be something to differentiate by."""
        for each in nest.flatten(tensor):
            watch(each)

    @contextmanager
    def stop_recording(self) -> Iterator[None]:
        yield

    def reset(self) -> None:
        self._used = False

    def watched_variables(self) -> tuple[Any, ...]:
        return ()

    def gradient(
        self, target: Any, sources: Any, output_gradients: Any = None, unconnected_gradients: Any = None
    ) -> Any:
        """Of the sum of `target`, by `sources`, in their nesting; None for what it does not depend on.

        Raises RuntimeError at the second call, unless the tape is persistent.
        """
        if self._used and not self._persistent:
            raise RuntimeError("GradientTape.gradient can only be called once on non-persistent tapes.")
        self._used = True
        flat = nest.flatten(sources)
        return nest.pack_sequence_as(sources, derivatives(target, flat, output_gradients))


def watch(value: Any) -> None:
    if isinstance(value, EagerTensor) and not value._value.tracked:
        value._value = Parameter(value._value.numpy())


def derivatives(target: Any, sources: Sequence[Any], weights: Any = None) -> list[Any]:
    """Of the sum of targets (times weights), by every source; None where there is none."""
    total: Any = None
    factors = nest.flatten(weights) if weights is not None else [None] * len(nest.flatten(target))
    for each, factor in zip(nest.flatten(target), factors, strict=True):
        value = plain(each)
        part = lp.sum(value if factor is None else value * tensor(plain(factor)))
        total = part if total is None else total + part
    return [_derivative(total, plain(s)) for s in sources]


def _derivative(total: Any, source: Any) -> Any:
    if not isinstance(source, EngineTensor) or not source.tracked or not total.tracked:
        return None
    try:
        return EagerTensor(grad(total, source))
    except GradientError:
        return None


def gradients_function(f: Function, params: Any = None) -> Function:
    """A function that gives the derivatives of f by its arguments (of these numbers, or all)."""
    both = value_and_gradients_function(f, params)
    return lambda *args, **kwargs: both(*args, **kwargs)[1]


def value_and_gradients_function(f: Function, params: Any = None) -> Function:
    """A function that gives f, and its derivatives by its arguments."""

    @functools.wraps(f)
    def call(*args: Any, **kwargs: Any) -> Any:
        chosen = range(len(args)) if params is None else params
        given = [_own(a) if i in chosen else a for i, a in enumerate(args)]
        value = f(*given, **{k: v for k, v in kwargs.items() if k != "dy"})
        found = derivatives(value, [given[i] for i in chosen], kwargs.get("dy"))
        return value, found

    return call


def _own(value: Any) -> Any:
    """An argument to differentiate by; what has a history keeps it."""
    made = inputs.convert_to_tensor(value)
    if made is value and made._value.tracked:
        return made
    made = EagerTensor(made._value)
    watch(made)
    return made


make_vjp = value_and_gradients_function


def implicit_value_and_gradients(f: Function) -> Function:
    """A function that gives f, and pairs of derivatives and the trainable variables behind it."""

    @functools.wraps(f)
    def call(*args: Any, **kwargs: Any) -> Any:
        value = f(*args, **kwargs)
        if value is None:
            raise ValueError(
                "Cannot differentiate a function that returns None; did you forget to return a value "
                f"from {f.__name__}?"
            )
        return value, _pairs(value, None)

    return call


def implicit_gradients(f: Function) -> Function:
    """A function that gives pairs of derivatives and the trainable variables behind f."""
    both = implicit_value_and_gradients(f)
    return lambda *args, **kwargs: both(*args, **kwargs)[1]


_variables: dict[Any, EagerVariable] = {}  # by their cells


def _pairs(loss: Any, chosen: Any) -> list[tuple[Any, Any]]:
    wanted = nest.flatten(chosen) if chosen is not None else _behind(loss)
    return list(zip(derivatives(loss, wanted), wanted, strict=True))


def _behind(loss: Any) -> list[Any]:
    """The trainable variables that a value was made from, in the order in which they were made."""
    cells = {t.cell for t in history(plain(loss)) if isinstance(t, Parameter)}
    return [v for c, v in _variables.items() if c in cells and v.trainable]


def _of_loss(loss: Any, var_list: Any) -> list[tuple[Any, Any]]:
    """Pairs for an optimizer: of a function that gives the loss."""
    if not callable(loss):
        raise RuntimeError(
            "`loss` passed to Optimizer.compute_gradients should be a function when eager execution is "
            "enabled."
        )
    return _pairs(loss(), var_list)


def _step(optimizer: Any, pairs: Any, global_step: Any) -> None:
    """One step of an optimizer, as one native function that is kept per list of variables."""
    variables = [v for _, v in pairs]
    optimizer._create(variables)
    settings = {k: v() if callable(v) else v for k, v in optimizer._settings.items()}
    numbers = {k: v for k, v in settings.items() if not isinstance(v, (bool, str)) and v is not None}
    key = (tuple(map(id, variables)), id(global_step), tuple(numbers))
    kept = optimizer.__dict__.setdefault("_native", {})
    if key not in kept:
        fixed = {k: v for k, v in settings.items() if k not in numbers}

        def move(gradients: Any, values: Any) -> Any:
            given = fixed | dict(zip(numbers, values, strict=True))
            optimizer._move(None, list(gradients), given, variables, global_step)
            return gradients[0]

        kept[key] = compile(move)
    values = tuple(np.asarray(_array(plain(v)), None) for v in numbers.values())
    kept[key](
        tuple(plain(g).value for g, _ in pairs),
        tuple(np.float32(v) if v.dtype.kind == "f" else v for v in values),
    )


def custom_gradient(f: Function) -> Function:
    """f, which gives a value and a function of its derivative; here derivatives go through f itself."""
    return lambda *args, **kwargs: f(*args, **kwargs)[0]


def defun(func: Function | None = None, **settings: Any) -> Function:
    """The function: it computes at once as well."""
    return (lambda f: f) if func is None else func


def _variable(*args: Any, **settings: Any) -> EagerVariable:
    made = EagerVariable(*args, **settings)
    _variables[made.parameter.cell] = made
    return made


variables.eager_variable[:] = [_variable]
optimizers.eager_gradients[:] = [_of_loss]
optimizers.eager_step[:] = [_step]
recording.eager_result[:] = [given_back]

__all__ = [
    "GradientTape", "custom_gradient", "enable_eager_execution", "executing_eagerly",
]  # fmt: skip
