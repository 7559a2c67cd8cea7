"""Checkpoints: all that a training needs to go on as if it had never stopped."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np

from .. import nest
from ..config import config
from ..errors import ArgumentError, DataError, user_frame
from ..graph import Array
from ..io import load_tensors, save_tensors
from ..nn import Module, state
from ..random import Generator, default_generator
from ..tensor import Parameter
from .callbacks import Callback
from .run import Position, Run
from .weights import ARCHITECTURE, about, as_error, difference, warn

FORMAT = "1"
NAME = re.compile(r"epoch(\d+)-step(\d+)\.safetensors")
# What a training must share with the one that it continues, as long as that is in the middle of an epoch.
SAME = ("batch_size", "shuffle", "seed", "samples", "steps")


class Checkpoint(Callback):
    """Keeps the whole state of a training in a folder, so that `fit(..., resume=True)` goes on from it.

    A file holds weights, optimizer, random generators, callbacks, the history, and the place in the
    (shuffled) data. It is written beside its name and renamed: what has the name is whole.

    folder: where. every_epochs: so many epochs apart; every_steps: and after so many steps in an epoch.
    keep: how many files are kept, the newest ones.
    """

    last = True

    def __init__(
        self,
        folder: str | os.PathLike[str],
        every_epochs: int = 1,
        every_steps: int | None = None,
        keep: int = 3,
    ):
        for name, value in {
            "every_epochs": every_epochs,
            "every_steps": every_steps or 1,
            "keep": keep,
        }.items():
            if not isinstance(value, int) or value < 1:
                raise ArgumentError(
                    "Checkpoint", f"{name} is {value!r}, not a positive whole number", where=user_frame()
                )
        self.folder = Path(folder)
        self.every_epochs, self.every_steps, self.keep = every_epochs, every_steps, keep
        self.every = every_steps or 1

    @classmethod
    def of(cls, given: Any) -> Checkpoint | None:
        """What fit is given: a folder, one of these, or nothing."""
        return given if given is None or isinstance(given, Checkpoint) else cls(given)

    def watches(self, word: str) -> bool:
        return word == "train" and self.every_steps is not None

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.save()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if (epoch + 1) % self.every_epochs == 0:
            self.save()

    def on_train_end(self, logs: Any = None) -> None:
        self.save()

    def save(self) -> Path:
        """Write the state as it is now; the file."""
        at = self.run.position
        path = self.folder / f"epoch{at.epoch:06}-step{at.step:09}.safetensors"
        arrays, texts = collect(self.run)
        save_tensors(path, arrays, texts)
        for old in files(self.folder)[self.keep :]:
            old.unlink(missing_ok=True)
        return path


def files(folder: Path) -> list[Path]:
    """The checkpoints of a folder, the newest first."""
    found = {path: NAME.fullmatch(path.name) for path in folder.glob("*.safetensors")}
    place = {path: (int(m[1]), int(m[2])) for path, m in found.items() if m}
    return sorted(place, key=lambda path: place[path], reverse=True)


# --------------------------------------------------------------------------------------------- what it holds
def owned(run: Run) -> dict[str, Parameter]:
    """All state of a training by name: of the model, the optimizer and the random generators."""
    named = {f"model/{name}": p for name, p in run.model.named_state()}
    if run.optimizer is not None:
        named |= {f"optimizer/{name}": p for name, p in run.optimizer.named_state()}
    return named | {f"random/{name}": g.state for name, g in _generators(run.model)}


def _generators(model: Module) -> Iterator[tuple[str, Generator]]:
    """The default generator, and those that modules have as attributes."""
    yield "default", default_generator()
    for path, module in model.named_modules():
        for name, value in vars(module).items():
            if isinstance(value, Generator) and value is not default_generator():
                yield f"{path}.{name}" if path else name, value


def collect(run: Run) -> tuple[dict[str, Array], dict[str, str]]:
    """The state of a training as arrays and texts."""
    at = run.position
    arrays = {name: p.cell.value for name, p in owned(run).items()}
    if at.step:
        leaves = nest.flatten(at.totals)[0]
        arrays |= {f"totals/{i}": np.asarray(leaf) for i, leaf in enumerate(leaves)}
    states = []
    for i, callback in enumerate(_remembering(run)):
        plain = dict(callback.state_dict())
        for name in [n for n, v in plain.items() if isinstance(v, np.ndarray)]:
            arrays[f"callback/{i}/{name}"] = plain.pop(name)
        states.append({"kind": type(callback).__name__, "state": plain})
    info = {
        "epoch": at.epoch,
        "step": at.step,
        "rows": at.rows,
        "settings": run.settings,
        "threads": config.threads,
        "stopped": bool(run.model.stop_training),
        "history": run.history.history,
        "epochs": run.history.epoch,
        "callbacks": states,
    }
    return arrays, about(run.model) | {"checkpoint": FORMAT, "training": json.dumps(info)}


def _remembering(run: Run) -> list[Any]:
    """The callbacks with a state, in an order that does not depend on where the checkpoint stands."""
    return [c for c in run.callbacks.all if hasattr(c, "state_dict") and not isinstance(c, Checkpoint)]


# ---------------------------------------------------------------------------------------------- going on
def resume_from(resume: Any, saver: Checkpoint | None) -> Saved | None:
    """The checkpoint that `fit(resume=...)` means; None to start anew.

    True: the newest whole one in the folder of `saver`, if there is one. A path: that file, or the newest
    whole one of that folder, which must be there.
    """
    if resume is None or resume is False:
        return None
    if resume is True:
        if saver is None:
            raise ArgumentError(
                "fit", "resume=True needs a place to look: checkpoint=FOLDER", where=user_frame()
            )
        return newest(saver.folder)
    path = Path(resume)
    if not path.is_dir():
        return Saved.read(path)
    found = newest(path)
    if found is None:
        raise DataError("fit", f"there is no checkpoint in {path}")
    return found


def newest(folder: Path) -> Saved | None:
    """The newest checkpoint that can be read; those that cannot are told of and passed over.

    Raises DataError where there are some, but none can be read.
    """
    problem: DataError | None = None
    for path in files(folder):
        try:
            saved = Saved.read(path)
        except DataError as error:
            problem = problem or error
            continue
        if problem is not None:
            warn("fit", f"{problem.what}; training goes on from {path.name}")
        return saved
    if problem is not None:
        raise problem
    return None


class Saved:
    """A checkpoint that was read: nothing of it is believed before it was checked."""

    def __init__(self, path: Path, arrays: Mapping[str, Array], texts: Mapping[str, str]):
        self.path, self.arrays, self.texts = path, arrays, texts
        if texts.get("checkpoint") != FORMAT:
            raise as_error(str(path), "no checkpoint of a training, or one of another version of limpide")
        try:
            self.info = json.loads(texts.get("training", ""))
        except (ValueError, RecursionError):
            raise as_error(str(path), "its description of the training is damaged") from None
        self._check()

    @classmethod
    def read(cls, path: Path) -> Self:
        """Raises DataError where the file is missing, damaged, or no checkpoint."""
        return cls(path, *load_tensors(path))

    @property
    def seed(self) -> int:
        seed: int = self.info["settings"]["seed"]
        return seed

    def _check(self) -> None:
        info = self.info
        kinds = {"epoch": int, "step": int, "rows": int, "settings": dict, "stopped": bool, "history": dict,
                 "epochs": list, "callbacks": list}  # fmt: skip
        sound = isinstance(info, dict) and all(type(info.get(k)) is kind for k, kind in kinds.items())
        if sound:
            columns = info["history"].values()
            numbers = [
                info["epoch"],
                info["step"],
                info["rows"],
                info["settings"].get("seed"),
                *info["epochs"],
            ]
            sound = (
                all(type(n) is int and 0 <= n < 2**63 for n in numbers)
                and all(type(v) is list and all(type(n) in (int, float) for n in v) for v in columns)
                and all(
                    type(c) is dict and type(c.get("kind")) is str and type(c.get("state")) is dict
                    for c in info["callbacks"]
                )
            )
        if not sound:
            raise as_error(str(self.path), "its description of the training is damaged")

    def restore(self, run: Run) -> None:
        """Put a training where this one was; all of it, or nothing where something does not fit."""
        info, position = self.info, self._position(run)
        if position.step:
            other = [k for k in SAME if info["settings"].get(k) != run.settings.get(k)]
            if other:
                listed = ", ".join(
                    f"{k} was {info['settings'].get(k)} and is {run.settings.get(k)}" for k in other
                )
                raise ArgumentError(
                    "fit",
                    f"{self.path} is in the middle of an epoch of another training: {listed}",
                    where=user_frame(),
                    hint="give fit the same data, batch_size, shuffle and seed",
                )
        callbacks = self._callbacks(run)
        given = {n: a for n, a in self.arrays.items() if n.startswith(("model/", "optimizer/", "random/"))}
        try:
            state.load("fit", owned(run), given)
        except ArgumentError as error:
            other_model = difference(self.texts.get(ARCHITECTURE), repr(run.model))
            error.what += f"\n  in {self.path}" + (f", which {other_model}" if other_model else "")
            error.hint = None
            raise
        for callback, remembered in callbacks:
            callback.load_state_dict(remembered)
        run.position = position
        run.history.history = {name: list(map(float, values)) for name, values in info["history"].items()}
        run.history.epoch = list(info["epochs"])
        run.model.stop_training = info["stopped"]

    def _position(self, run: Run) -> Position:
        info = self.info
        if not info["step"]:
            return Position(info["epoch"])
        leaves, spec = nest.flatten(run.objective.start())
        found = [self.arrays.get(f"totals/{i}") for i in range(len(leaves))]
        for leaf, array in zip(leaves, found, strict=True):
            if array is None or array.shape != np.shape(leaf) or array.dtype != np.asarray(leaf).dtype:
                raise as_error(str(self.path), "its metrics are not those of this model.compile")
        return Position(info["epoch"], info["step"], info["rows"], nest.unflatten(spec, found))

    def _callbacks(self, run: Run) -> list[tuple[Any, dict[str, Any]]]:
        """The callbacks with what they remembered, matched by kind, in order."""
        waiting = list(enumerate(self.info["callbacks"]))
        found = []
        for callback in _remembering(run):
            kind = type(callback).__name__
            match = next((pair for pair in waiting if pair[1]["kind"] == kind), None)
            if match is not None:
                waiting.remove(match)
                prefix = f"callback/{match[0]}/"
                own = {n[len(prefix) :]: a for n, a in self.arrays.items() if n.startswith(prefix)}
                found.append((callback, match[1]["state"] | own))
        return found
