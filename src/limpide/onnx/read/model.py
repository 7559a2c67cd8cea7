"""A model that was read from ONNX: a module with parameters, that runs its graph."""

from __future__ import annotations

import inspect
import keyword
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ...dtypes import DType, floatx, is_float
from ...errors import ArgumentError, DataError, DTypeError, ShapeError, user_frame
from ...nn import Buffer, Module
from ...shapes import Shape, same, show
from ...tensor import Parameter, Tensor, astensor
from ..operators.table import dtype_of
from .files import DAMAGE, damaged, read
from .graph import Graph, Origin, Step, graph_of

# Operators -> the inputs of theirs that steer: they are never trained (None: all).
STEERING: dict[str, tuple[int, ...] | None] = {
    "Resize": (1, 2, 3), "Upsample": (1,), "Clip": (1, 2), "Pad": (1, 2), "Dropout": (1, 2), "OneHot": (1, 2),
    "Range": None, "QuantizeLinear": (1, 2), "DequantizeLinear": (1, 2), "QLinearConv": None,
    "QLinearMatMul": None, "NonMaxSuppression": None, "MelWeightMatrix": None, "If": None, "Loop": (0, 1),
    "STFT": (1, 2, 3), "DFT": (1, 2), "Where": (0,), "TopK": (1,),
}  # fmt: skip
STATISTICS = (3, 4)  # the inputs of BatchNormalization that are no parameters, but state


class Scope(Module):
    """The parameters under one part of their names. operators: those that read them."""

    def __init__(self) -> None:
        self._operators: dict[str, None] = {}

    def _title(self) -> str:
        return ", ".join(self._operators) or "Scope"


class Model(Module):
    """A network that was read from an ONNX file; see `lp.onnx.load`.

    Its parameters have the names of the file's initialisers. It starts in evaluation mode; in training mode
    dropout drops, and batch normalisation takes the statistics of the batch.
    """

    def __init__(self, proto: Any, folder: Any = None, inputs: Mapping[str, Any] | None = None):
        origin = Origin(
            {o.domain: o.version for o in proto.opset_import} or {"": 1},
            {(f.domain, f.name): f for f in proto.functions},
            folder,
            lambda: self.training,
        )
        self._graph = graph_of(proto.graph, origin)
        self._constants: dict[str, Tensor] = {}
        kinds = _kinds(self._graph)
        self._paths = _paths([name for name in self._graph.arrays if name in kinds])
        for name, array in self._graph.arrays.items():
            if name in kinds:
                _place(self, self._paths[name], kinds[name](array))
            else:
                self._constants[name] = Tensor(None, array)
        for name, step, _ in _uses(self._graph):
            owner = self._owner(name)
            if isinstance(owner, Scope):
                owner._operators[step.op] = None
        self._graph.arrays.clear()
        self._inputs = [_Input.of(i, inputs) for i in self._graph.inputs if not self._is_given(i.name)]
        unknown = set(inputs or ()) - {i.name for i in self._inputs}
        if unknown:
            names = ", ".join(i.name for i in self._inputs)
            raise ArgumentError(
                "onnx", f"'{unknown.pop()}' is not one of the inputs {names}", where=user_frame()
            )
        self.eval()

    def _is_given(self, name: str) -> bool:
        return name in self._constants or name in self._paths

    def _owner(self, name: str) -> Module | None:
        """The module that a parameter stands in."""
        module: Module = self
        for part in self._paths.get(name, ())[:-1]:
            module = vars(module)[part]
        return module if name in self._paths else None

    @property
    def inputs(self) -> dict[str, Shape | None]:
        """The inputs by name, with the shapes that they are told to have."""
        return {i.name: i.shape for i in self._inputs}

    @property
    def outputs(self) -> list[str]:
        """The names of what it gives."""
        return list(self._graph.outputs)

    def input_shape(self) -> Shape | None:
        shape = self._inputs[0].shape if len(self._inputs) == 1 else None
        return None if shape is None else tuple(None if s is None else s for s in shape)  # type: ignore[misc]

    def signature(self) -> inspect.Signature:
        names = dict.fromkeys(_word(i.name) for i in self._inputs)
        return inspect.Signature(
            [inspect.Parameter(n, inspect.Parameter.POSITIONAL_OR_KEYWORD) for n in names]
        )

    def to_explain(self, inputs: Sequence[Any], shapes: Any, size: int) -> tuple[Any, Sequence[Any]]:
        told = shapes or [i.shape for i in self._inputs]
        if not inputs and not isinstance(told, Mapping) and all(s is not None for s in told):
            pairs = zip(told, self._inputs, strict=False)
            inputs = [np.zeros([size if n is None else n for n in s], i.dtype or floatx()) for s, i in pairs]
            shapes = None
        return super().to_explain(inputs, shapes, size)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """The outputs, a tuple of them where there are several; inputs in order or by name."""
        state = {name: vars(self._owner(name))[path[-1]] for name, path in self._paths.items()}
        results = self._graph.run({**self._constants, **state, **self._bound(args, kwargs)})
        return results[0] if len(results) == 1 else tuple(results)

    def _bound(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        names = [i.name for i in self._inputs]
        given = dict(zip(names, args, strict=False)) | dict(kwargs)
        wrong = [n for n in kwargs if n not in names or n in names[: len(args)]]
        missing = [n for n in names if n not in given]
        if wrong or missing or len(args) > len(names):
            what = f"'{missing[0]}' is missing" if missing else f"{len(args) + len(kwargs)} inputs are given"
            raise ArgumentError("onnx", f"{what}; the inputs are ({', '.join(names)})", where=user_frame())
        return {i.name: i.checked(given[i.name]) for i in self._inputs}

    def _describe(self) -> str:
        inputs = ", ".join(f"{i.name}{show(i.shape) if i.shape is not None else ''}" for i in self._inputs)
        return (
            f"'{self._graph.name}': {len(self._graph.steps)} operators, {inputs} -> {', '.join(self.outputs)}"
        )


class _Input:
    """A declared input: what may be given for it."""

    def __init__(self, name: str, shape: Any, dtype: DType | None):
        self.name, self.shape, self.dtype = name, shape, dtype

    @staticmethod
    def of(info: Any, shapes: Mapping[str, Any] | None) -> _Input:
        if not info.type.HasField("tensor_type"):
            return _Input(info.name, None, None)
        kind = info.type.tensor_type
        shape: Any = None
        if kind.HasField("shape"):
            shape = tuple(
                d.dim_value if d.HasField("dim_value") and d.dim_value > 0 else None for d in kind.shape.dim
            )
        if shapes and info.name in shapes:
            shape = tuple(shapes[info.name])
        return _Input(info.name, shape, dtype_of(kind.elem_type) if kind.elem_type else None)

    def checked(self, value: Any) -> Any:
        """The value as a tensor of the declared dtype. Raises ShapeError or DTypeError."""
        if value is None or isinstance(value, list) and self.dtype is None:
            return value
        x = astensor(value)
        if self.shape is not None:
            known = all(s is None or same(n, s) for n, s in zip(x.shape, self.shape, strict=False))
            if x.ndim != len(self.shape) or not known:
                wanted = ", ".join(map(str, self.shape))
                raise ShapeError(
                    "onnx", f"the input '{self.name}' has shape {show(x.shape)}, but ({wanted}) is expected",
                    where=user_frame(),
                    hint=f"lp.onnx.load(path, inputs={{'{self.name}': (None, ...)}}) says otherwise",
                )  # fmt: skip
        if self.dtype is None or x.dtype == self.dtype:
            return x
        if not is_float(self.dtype) and is_float(x.dtype):
            raise DTypeError(
                "onnx",
                f"the input '{self.name}' is {self.dtype.name}, not {x.dtype.name}",
                where=user_frame(),
            )
        return x.astype(self.dtype)


def _uses(graph: Graph) -> Iterator[tuple[str, Step, int]]:
    for step in graph.walk():
        for place, name in enumerate(step.inputs):
            yield name, step, place


def _kinds(graph: Graph) -> dict[str, type[Parameter]]:
    """Which initialisers are parameters, and which are statistics; the others are constants."""
    found: dict[str, type[Parameter]] = {}
    for name, step, place in _uses(graph):
        array = graph.arrays.get(name)
        if array is None or not is_float(array.dtype) or not array.ndim or not array.size:
            continue
        steering = STEERING.get(step.op, ())
        if steering is None or place in steering:
            continue
        statistic = step.op == "BatchNormalization" and place in STATISTICS
        if statistic or name not in found:
            found[name] = Buffer if statistic else Parameter
    return found


# ------------------------------------------------------------------------------------------------ names
def _paths(names: Sequence[str]) -> dict[str, list[str]]:
    """Where in nested modules each parameter stands: its name cut at dots, where that is possible."""
    taken: dict[str, list[str]] = {}
    leaves = set(names)
    for name in names:
        parts = name.split(".")
        inner = [".".join(parts[: i + 1]) for i in range(len(parts) - 1)]
        plain = all(p and not p.startswith("_") and not hasattr(Model, p) for p in parts)
        plain = plain and not any(i in leaves for i in inner)
        taken[name] = parts if plain else [_one_word(name, leaves)]
    return taken


def _word(name: str) -> str:
    """The name as one of Python."""
    word = "".join(c if c.isalnum() else "_" for c in name).strip("_") or "x"
    return f"x{word}" if word[0].isdigit() or keyword.iskeyword(word) else word


def _one_word(name: str, others: set[str]) -> str:
    word = _word(name)
    word = f"{word}_" if hasattr(Model, word) else word
    while word in others:
        word += "_"
    others.add(word)
    return word


def _place(root: Module, path: Sequence[str], state: Parameter) -> None:
    module: Module = root
    for part in path[:-1]:
        if not isinstance(vars(module).get(part), Module):
            setattr(module, part, Scope())
        module = vars(module)[part]
    setattr(module, path[-1], state)
    state.cell.name = ".".join(path)


def load(source: Any, inputs: Mapping[str, Any] | None = None) -> Model:
    """A network from an ONNX file, as a module: to be run, explained, trained further, exported.

    source: a path, the bytes of a file, or an `onnx.ModelProto`. inputs: shapes by name that go before those
    of the file, as {"x": (None, 3, 224, 224)} for one that was exported for a single image.
    Float weights are parameters under their names in the file, running statistics are buffers. Numbers of
    float16 are computed in float32. Weights in other files are read from the model's own folder only.
    Raises DataError for what is damaged, circular, or uses operators that are not known (docs/onnx.md lists
    them); MissingExtraError without the package onnx.

    >>> import limpide as lp, numpy as np
    >>> net = load(lp.onnx.export(lp.nn.Linear(3, 2, init="ones")))
    >>> net(np.ones((1, 3))).numpy().tolist(), [name for name, _ in net.named_parameters()]
    ([[3.0, 3.0]], ['weight', 'bias'])
    """
    proto, folder = read(source)
    try:
        return Model(proto, folder, inputs)
    except DataError:
        raise
    except DAMAGE as error:
        if isinstance(error, (ArgumentError, ShapeError, DTypeError)):
            raise
        raise damaged(f"the model cannot be read: {type(error).__name__}: {error}") from error
