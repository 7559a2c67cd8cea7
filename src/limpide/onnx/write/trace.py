"""From a model, or a function, to the program that it is and the names of what it gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ... import nest
from ...compile import Compiled, CompiledFunction
from ...compile import input as symbol
from ...errors import ArgumentError, user_frame
from ...graph import Program
from ...nn import Module
from ...shapes import Dim
from ...tensor import Tensor, astensor
from ...tracing import tracing

BATCH = "batch"  # the size of the first axis where it may vary: the same for all inputs


def program_of(model: Any, inputs: Any = None, name: str | None = None) -> tuple[Program, list[str]]:
    """The program of a model in evaluation mode, or of a function, and a name for each of its outputs.

    Raises ArgumentError for what is neither, where inputs are not told, or where state is changed.
    """
    if isinstance(model, Module):
        program, names = _of_module(model, inputs)
    elif isinstance(model, CompiledFunction):
        program, names = model.program, _labels(model.output_names())
    elif isinstance(model, Compiled):
        examples = inputs if isinstance(inputs, (tuple, list)) else [] if inputs is None else [inputs]
        program = model.program(*examples)
        names = _labels([""] * len(program.outputs))
    else:
        raise ArgumentError(
            "onnx",
            f"a {type(model).__name__} is neither a model nor a compiled function",
            where=user_frame(),
            hint="a nn.Module, or what lp.function or @lp.compile gives",
        )
    if program.updates:
        raise ArgumentError(
            "onnx",
            f"'{program.name}' changes state ('{program.updates[0][0].name}'), which ONNX models cannot",
            where=user_frame(),
            hint="export the model, or a function that only predicts",
        )
    taken = {node.attr("label") for node in program.inputs}
    named = Program(name or program.name, program.inputs, program.outputs)
    return named, [f"{n}_out" if n in taken else n for n in names]


def _of_module(model: Module, inputs: Any) -> tuple[Program, list[str]]:
    args, kwargs = symbols(model, inputs)
    with evaluating(model), tracing():
        result = model(*args, **kwargs)
        leaves, _ = nest.flatten(result)
        roots = tuple(astensor(leaf).node for leaf in leaves)
    nodes = tuple(t.node for t in (*args, *kwargs.values()))
    return Program(type(model).__name__, nodes, roots), _labels(nest.names(result, ""))


def _labels(names: list[str]) -> list[str]:
    """One name per output: its key where it has one."""
    if len(names) == 1:
        return [names[0].strip("_") or "output"]
    return [f"output_{i}" if not n.strip("_0123456789") else n.strip("_") for i, n in enumerate(names)]


@contextmanager
def evaluating(model: Module) -> Iterator[None]:
    """Evaluation mode in this block; afterwards every module has its own mode again."""
    before = [(module, module._training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, was in before:
            module.training = was


def symbols(model: Module, inputs: Any) -> tuple[list[Tensor], dict[str, Tensor]]:
    """Symbolic inputs for a model, as positional and named arguments."""
    if inputs is None:
        inputs = model.input_shape()
    if inputs is None:
        raise ArgumentError(
            "onnx",
            f"the shape of the input of this {type(model).__name__} is not known",
            where=user_frame(),
            hint="inputs=(None, 3, 32, 32), or an example array",
        )
    if isinstance(inputs, Mapping):
        return [], {name: _symbol(name, given) for name, given in inputs.items()}
    given = [inputs] if _is_one(inputs) else list(inputs)
    names = _names(model, len(given))
    return [_symbol(name, each) for name, each in zip(names, given, strict=True)], {}


def _names(model: Module, count: int) -> list[str]:
    """Names for so many inputs: those of forward's arguments as far as they go."""
    names = [p.name for p in model.signature().parameters.values() if p.kind < 2]
    return [names[i] if i < len(names) else f"x{i}" for i in range(count)]


def batches(model: Module, examples: Sequence[Any]) -> list[Tensor]:
    """Symbolic inputs of the shapes and dtypes of examples, of any number of samples."""
    shapes = [(BATCH, *np.shape(x)[1:]) if np.ndim(x) else () for x in examples]
    return [
        symbol(name, shape, x.dtype)
        for name, shape, x in zip(_names(model, len(examples)), shapes, examples, strict=True)
    ]


def _is_one(inputs: Any) -> bool:
    """Whether this describes one input: a shape, an array, an `lp.input`."""
    return not isinstance(inputs, (tuple, list)) or all(
        size is None or isinstance(size, (int, str, np.integer, Dim)) for size in inputs
    )


def _symbol(name: str, given: Any) -> Tensor:
    if isinstance(given, Tensor) and given.value is None and given.node.op.name == "input":
        return given
    if isinstance(given, (Tensor, np.ndarray, np.generic)):
        return symbol(name, given.shape, given.dtype)
    sizes = tuple(given)
    return symbol(name, (BATCH, *sizes[1:]) if sizes and sizes[0] is None else sizes)
