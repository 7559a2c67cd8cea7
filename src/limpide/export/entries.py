"""What is exported: functions as programs whose sizes are known, and the state that they share."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .. import nest
from ..compile import Compiled, CompiledFunction, compile
from ..errors import ArgumentError, user_frame
from ..function import specialise
from ..graph import Cell, Program, walk
from ..nn import Module
from ..ops.define import cell_op
from ..schedule import c_name
from ..shapes import Dim
from ..train.arrays import as_arrays, each, length
from ..train.trainer import Trainer

# Words that every exported file or module has for itself.
OWN = {
    "message",
    "save",
    "load",
    "reset",
    "start",
    "state",
    "buffers",
    "simd",
    "memory",
    "MEMORY",
    "STATE",
    "H",
}
IDENTIFIER = re.compile(r"[A-Za-z]\w*")


@dataclass(frozen=True)
class Entry:
    """One function: its name, its program with all sizes known, what its inputs and outputs are called."""

    name: str
    program: Program
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True)
class Bundle:
    """Functions that share state, under one name. cells: the state by name."""

    name: str
    entries: tuple[Entry, ...]
    cells: Mapping[str, Cell] = field(default_factory=dict)

    @property
    def changes(self) -> bool:
        """Whether any of the functions changes state."""
        return any(entry.program.updates for entry in self.entries)


def of_model(model: Module, x: Any, y: Any, name: str, train: bool, rows: int | None) -> Bundle:
    """`predict` of a model, and `train`: one step of its optimizer on a batch; gives the loss before it.

    x, y: a batch as fit takes it, of which only shapes and dtypes count. rows: of predict; None: all of x.
    """
    trainer = model._compiled("export") if train else Trainer(model, None, None)
    batch = as_arrays("export", "x", x, trainer.dtype)
    state = dict(model.named_state())

    def predict(x: Any) -> Any:
        return trainer.forward(x, training=False)

    def step(x: Any, y: Any) -> Any:
        return {"loss": trainer.train_loss(x, y)}

    programs = {"predict": traced(predict, _resized(batch, rows))}
    if train:
        if y is None:
            raise ArgumentError("export", "training needs labels", where=user_frame(), hint="give y=")
        labels = as_arrays("export", "y", y, trainer.dtype)
        length("export", batch, labels)
        programs["train"] = traced(step, batch, labels)
        assert trainer.optimizer is not None  # the step would have said so
        state |= {f"optimizer.{path}": p for path, p in trainer.optimizer.named_state()}
    return bundle(name, programs, {path: p.cell for path, p in state.items()})


def _resized(batch: Any, rows: int | None) -> Any:
    """Batches of so many rows."""
    if rows is None:
        return batch
    return each(batch, lambda array: np.zeros((rows, *array.shape[1:]), array.dtype))


Traced = tuple[Program, tuple[str, ...], tuple[str, ...]]  # and the names of inputs and outputs


def of_functions(functions: Mapping[str, Any], name: str, state: Mapping[str, Any]) -> Bundle:
    """Functions by name, each with example arguments: `f`, or `(f, *arguments)`."""
    programs = {}
    for word, given in functions.items():
        f, *arguments = given if isinstance(given, tuple) else (given,)
        programs[word] = traced(f, *arguments)
    return bundle(name, programs, {path: p.cell for path, p in state.items()})


def traced(f: Any, *arguments: Any) -> Traced:
    """The program of a compiled function for arguments like these."""
    if isinstance(f, CompiledFunction):
        program = f.program
        arrays = [np.asarray(a) for a in f.arrange(arguments, {})] if arguments else None
        shapes = [a.shape for a in arrays] if arrays else [node.shape for node in program.inputs]
        if any(isinstance(size, Dim) for shape in shapes for size in shape):
            raise ArgumentError(
                "export", f"'{program.name}' has inputs of unknown sizes", where=user_frame(),
                hint="give example arguments: (f, array, ...)",
            )  # fmt: skip
        known = specialise(program, [tuple(map(int, shape)) for shape in shapes])
        return known, _labels(known), _result_names(known, f._spec)
    compiled = f if isinstance(f, Compiled) else compile(f) if callable(f) else None
    if compiled is None:
        raise ArgumentError(
            "export", f"{f!r} is no function", where=user_frame(),
            hint="a model, or what lp.function and @lp.compile give",
        )  # fmt: skip
    program, spec = compiled.traced(*arguments)
    known = specialise(program, [tuple(map(int, node.shape)) for node in program.inputs])
    return known, _labels(known), _result_names(known, spec)


def _labels(program: Program) -> tuple[str, ...]:
    return tuple(node.attr("label") for node in program.inputs)


def _result_names(program: Program, spec: nest.Spec) -> tuple[str, ...]:
    """Outputs are called by their keys, else by their variables, else by their places."""
    whole = nest.unflatten(spec, range(len(program.outputs)))
    if isinstance(whole, dict):
        return tuple(name.removeprefix("_") for name in nest.names(whole, ""))
    own = [node.name for node in program.outputs]
    if all(own) and len({*own}) == len(own):
        return tuple(name or "" for name in own)
    return ("result",) if len(own) == 1 else tuple(nest.names(whole, "result"))


def bundle(name: str, programs: Mapping[str, Traced], state: Mapping[str, Cell]) -> Bundle:
    """Programs under C names of their own, and names for all state that they touch."""
    if not IDENTIFIER.fullmatch(name) or c_name(name) != name:
        raise ArgumentError(
            "export", f"'{name}' is no name in C", where=user_frame(), hint="letters, digits and _"
        )
    entries = []
    plain = [after_prefix(word) for word in programs]
    words = unique([word if IDENTIFIER.fullmatch(word) else f"f{word}" for word in plain], OWN)
    for word, (program, inputs, outputs) in zip(words, programs.values(), strict=True):
        ports = list(unique([c_name(port) for port in [*inputs, *outputs]], set()))
        own = tuple(ports[: len(inputs)]), tuple(ports[len(inputs) :])
        entries.append(Entry(word, program, *own))
    given = {cell: path for path, cell in state.items()}
    cells = list(dict.fromkeys(cell for entry in entries for cell in cells_of(entry.program)))
    taken = {entry.name for entry in entries} | OWN
    names = unique([after_prefix(given.get(cell) or cell.name or "state") for cell in cells], taken)
    return Bundle(name, tuple(entries), dict(zip(names, cells, strict=True)))


def cells_of(program: Program) -> list[Cell]:
    """The state that a program reads or writes."""
    read = [node.attr("cell") for node in walk(program.roots) if node.op is cell_op]
    return list(dict.fromkeys([*read, *(cell for cell, _ in program.updates)]))


def after_prefix(label: str) -> str:
    """A label as the end of a C name."""
    return re.sub(r"[^A-Za-z0-9]+", "_", label).strip("_") or "v"


def unique(names: Sequence[str], taken: set[str]) -> Iterator[str]:
    """The names, with numbers behind those that are there already."""
    used = set(taken)
    for base in names:
        name, count = base, 1
        while name in used:
            count += 1
            name = f"{base}_{count}"
        used.add(name)
        yield name
