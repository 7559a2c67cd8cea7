"""tf.train.Saver: values of variables in files of TensorFlow's names, in a safe format of our own."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from ..errors import NotFoundError
from ..graph import Graph, GraphKeys, get_default_graph
from ..variables import Variable

MAGIC = b"limpide.tf.1\n"


class CheckpointState:
    """The file `checkpoint` of a folder: the newest checkpoint, and all that are kept."""

    def __init__(self, model_checkpoint_path: str = "", all_model_checkpoint_paths: Any = ()):
        self.model_checkpoint_path = model_checkpoint_path
        self.all_model_checkpoint_paths = list(all_model_checkpoint_paths)

    def __str__(self) -> str:
        lines = [f'model_checkpoint_path: "{self.model_checkpoint_path}"']
        lines += [f'all_model_checkpoint_paths: "{p}"' for p in self.all_model_checkpoint_paths]
        return "\n".join(lines) + "\n"


def get_checkpoint_state(checkpoint_dir: Any, latest_filename: str | None = None) -> CheckpointState | None:
    """What a folder's file `checkpoint` says, with whole paths; None where there is none."""
    folder = os.fspath(checkpoint_dir)
    file = Path(folder) / (latest_filename or "checkpoint")
    try:
        text = file.read_text("utf-8")
    except OSError:
        return None
    state = CheckpointState()
    for key, value in re.findall(r'(\w+): "((?:[^"\\]|\\.)*)"', text):
        path = value if os.path.isabs(value) else os.path.join(folder, value)
        if key == "model_checkpoint_path":
            state.model_checkpoint_path = path
        elif key == "all_model_checkpoint_paths":
            state.all_model_checkpoint_paths.append(path)
    return state if state.model_checkpoint_path else None


def update_checkpoint_state(
    save_dir: Any, model_checkpoint_path: str, all_model_checkpoint_paths: Any = None,
    latest_filename: Any = None, **_: Any,
) -> None:  # fmt: skip
    """Write a folder's file `checkpoint`."""
    folder = os.fspath(save_dir) or "."
    paths = [*(all_model_checkpoint_paths or [])]
    if model_checkpoint_path not in paths:
        paths.append(model_checkpoint_path)
    inside = [
        os.path.relpath(p, folder) if not os.path.isabs(p) else p for p in [model_checkpoint_path, *paths]
    ]
    _write(
        Path(folder) / (latest_filename or "checkpoint"), str(CheckpointState(inside[0], inside[1:])).encode()
    )


def latest_checkpoint(checkpoint_dir: Any, latest_filename: str | None = None) -> str | None:
    """The path of the newest checkpoint of a folder, or None."""
    state = get_checkpoint_state(checkpoint_dir, latest_filename)
    if state is None or not checkpoint_exists(state.model_checkpoint_path):
        return None
    return state.model_checkpoint_path


def checkpoint_exists(checkpoint_prefix: Any) -> bool:
    """Whether there is a checkpoint of this path."""
    return os.path.exists(f"{os.fspath(checkpoint_prefix)}.index")


def _write(path: Path, content: bytes) -> None:
    """The whole file or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")
    beside.write_bytes(content)
    os.replace(beside, path)


# -------------------------------------------------------------------------------------------- the format
def write_checkpoint(prefix: str, values: dict[str, Any]) -> None:
    """Values by name: `.data-00000-of-00001` holds the numbers, `.index` says which is where."""
    lines, parts, at = [], [], 0
    for name, value in values.items():
        array = np.ascontiguousarray(value)
        shape = ",".join(map(str, np.shape(value)))
        lines.append(f"{name}\t{array.dtype.str}\t{shape}\t{at}\t{array.nbytes}\n")
        parts.append(array.tobytes())
        at += array.nbytes
    _write(Path(f"{prefix}.data-00000-of-00001"), b"".join(parts))
    _write(Path(f"{prefix}.index"), MAGIC + "".join(lines).encode())


def read_checkpoint(prefix: str) -> dict[str, Any]:
    """The values of a checkpoint by name. Raises NotFoundError or ValueError for what is none."""
    index = Path(f"{prefix}.index")
    if not index.exists():
        raise NotFoundError(
            None,
            None,
            f"Failed to find any matching files for {prefix}",
        )
    content = index.read_bytes()
    if not content.startswith(MAGIC):
        raise ValueError(f"{index} is a checkpoint of TensorFlow's own format, which is not read here")
    data = Path(f"{prefix}.data-00000-of-00001").read_bytes()
    values = {}
    for line in content[len(MAGIC) :].decode().splitlines():
        name, kind, shape, at, size = line.split("\t")
        dtype, sizes = np.dtype(kind), tuple(int(s) for s in shape.split(",") if s)
        begin, end = int(at), int(at) + int(size)
        if (
            dtype.hasobject
            or not 0 <= begin <= end <= len(data)
            or int(np.prod(sizes)) * dtype.itemsize != end - begin
        ):
            raise ValueError(f"{index} is damaged: '{name}' is not in its data")
        values[name] = np.frombuffer(data[begin:end], dtype).reshape(sizes).copy()
    return values


class Saver:
    """Saves and restores variables, by default all of them.

    var_list: variables, or a dict from names in the file. max_to_keep: older checkpoints are deleted.
    """

    def __init__(
        self,
        var_list: Any = None,
        reshape: bool = False,
        sharded: bool = False,
        max_to_keep: int | None = 5,
        keep_checkpoint_every_n_hours: float = 10000.0,
        name: str | None = None,
        restore_sequentially: bool = False,
        saver_def: Any = None,
        builder: Any = None,
        defer_build: bool = False,
        allow_empty: bool = False,
        write_version: Any = 2,
        pad_step_number: bool = False,
        save_relative_paths: bool = False,
        filename: Any = None,
    ):
        self._graph = get_default_graph()
        self._given, self._reshape, self._max = var_list, reshape, max_to_keep or 0
        self._pad = pad_step_number
        self.last_checkpoints: list[str] = []
        self.saver_def = SimpleNamespace(
            filename_tensor_name="save/Const:0", restore_op_name="save/restore_all"
        )
        if not self._named() and not defer_build and not allow_empty:
            raise ValueError("No variables to save")
        self._fixed: dict[str, Any] | None = None if defer_build else self._named()

    def build(self) -> None:
        self._fixed = self._named()

    def _named(self) -> dict[str, Any]:
        given = self._given
        if isinstance(given, dict):
            return {k: v for k, v in given.items()}
        if given is None:
            keys = (GraphKeys.GLOBAL_VARIABLES, GraphKeys.SAVEABLE_OBJECTS)
            given = [v for key in keys for v in self._graph.get_collection(key)]
        return {getattr(v, "op", v).name: v for v in given}

    @property
    def variables(self) -> dict[str, Any]:
        return self._named() if self._fixed is None else self._fixed

    def save(
        self,
        sess: Any,
        save_path: Any,
        global_step: Any = None,
        latest_filename: str | None = None,
        meta_graph_suffix: str = "meta",
        write_meta_graph: bool = True,
        write_state: bool = True,
        strip_default_attrs: bool = False,
        save_debug_info: bool = False,
    ) -> str:
        """Write a checkpoint; the result is its path. Raises ValueError where the folder is missing."""
        prefix = str(os.fspath(save_path))
        if global_step is not None:
            step = (
                int(sess.run(global_step))
                if not isinstance(global_step, (int, np.integer))
                else int(global_step)
            )
            prefix = f"{prefix}-{step:08d}" if self._pad else f"{prefix}-{step}"
        folder = os.path.dirname(prefix)
        if folder and not os.path.isdir(folder):
            raise ValueError(f"Parent directory of {prefix} doesn't exist, can't save.")
        named = self.variables
        values = dict(zip(named, sess.run(list(named.values())), strict=True)) if named else {}
        write_checkpoint(prefix, values)
        if write_meta_graph:
            self.export_meta_graph(f"{prefix}.{meta_graph_suffix}")
        if write_state:
            self._keep(prefix, folder, latest_filename)
        return prefix

    def _keep(self, prefix: str, folder: str, latest_filename: str | None) -> None:
        self.last_checkpoints = [p for p in self.last_checkpoints if p != prefix] + [prefix]
        while self._max and len(self.last_checkpoints) > self._max:
            for file in _files(self.last_checkpoints.pop(0)):
                file.unlink(missing_ok=True)
        update_checkpoint_state(folder, prefix, self.last_checkpoints, latest_filename)

    def restore(self, sess: Any, save_path: Any) -> None:
        """Give the variables the values of a checkpoint; they need no initialisation then.

        Raises ValueError where there is no such checkpoint, NotFoundError where it lacks a variable,
        InvalidArgumentError where a shape differs.
        """
        if save_path is None:
            raise ValueError("Can't load save_path when it is None.")
        prefix = os.fspath(save_path)
        if not checkpoint_exists(prefix):
            raise ValueError(f"The passed save_path is not a valid checkpoint: {prefix}")
        values = read_checkpoint(prefix)
        for name, variable in self.variables.items():
            if name not in values:
                raise NotFoundError(None, None, f"Key {name} not found in checkpoint")
            value = values[name]
            if self._reshape:
                value = value.reshape(variable.shape.as_list())
            sess.load(variable, value)

    def set_last_checkpoints(self, last_checkpoints: list[str]) -> None:
        self.last_checkpoints = list(last_checkpoints)

    def set_last_checkpoints_with_time(self, last_checkpoints_with_time: Any) -> None:
        self.last_checkpoints = [p for p, _ in last_checkpoints_with_time]

    def recover_last_checkpoints(self, checkpoint_paths: Any) -> None:
        self.last_checkpoints = [p for p in checkpoint_paths if checkpoint_exists(p)]

    def export_meta_graph(self, filename: str | None = None, collection_list: Any = None, **_: Any) -> Any:
        """Write the names of the graph's operations; this process finds the graph by the file again."""
        return export_meta_graph(filename, graph=self._graph)

    def as_saver_def(self) -> Any:
        return self.saver_def

    to_proto = as_saver_def


def _files(prefix: str) -> Iterator[Path]:
    for end in (".data-00000-of-00001", ".index", ".meta"):
        yield Path(prefix + end)


_exported: dict[str, Graph] = {}


def export_meta_graph(filename: str | None = None, graph: Graph | None = None, **_: Any) -> Any:
    """Write a graph's definition as text; `import_meta_graph` in this process finds the graph itself."""
    graph = graph or get_default_graph()
    if filename is not None:
        _exported[os.path.abspath(filename)] = graph
        _write(Path(filename), str(graph.as_graph_def()).encode())
    return SimpleNamespace(graph_def=graph.as_graph_def(), meta_info_def=SimpleNamespace())


def import_meta_graph(
    meta_graph_or_file: Any, clear_devices: bool = False, import_scope: Any = None, **_: Any
) -> Saver:
    """The graph that was exported to this file in this process becomes part of the default graph.

    Raises ValueError for a file that another process wrote: a graph's operations are Python functions here.
    """
    path = os.path.abspath(os.fspath(meta_graph_or_file))
    found = _exported.get(path)
    if found is None:
        if not os.path.exists(path):
            raise OSError(f"File {meta_graph_or_file} does not exist.")
        raise ValueError(f"{meta_graph_or_file} was written by another process: build the graph by its code")
    graph = get_default_graph()
    if found is not graph:
        graph.adopt(found)
    return Saver()


class Checkpointable:
    """tf.train.Checkpoint: objects by name."""

    def __init__(self, **objects: Any):
        self.objects = objects

    def save(self, file_prefix: str, session: Any = None) -> str:
        prefix = f"{file_prefix}-{int(time.time())}"
        write_checkpoint(prefix, {name: v.numpy() for name, v in self._state()})
        update_checkpoint_state(os.path.dirname(prefix), prefix)
        return prefix

    def restore(self, save_path: str) -> Any:
        values = read_checkpoint(save_path)
        for name, v in self._state():
            v.assign(values[name])
        return SimpleNamespace(assert_consumed=lambda: None, run_restore_ops=lambda *a: None)

    def _state(self) -> Iterator[tuple[str, Any]]:
        for name, each in self.objects.items():
            parts = getattr(each, "variables", None)
            if isinstance(each, Variable) or parts is None:
                yield name, each
            else:
                for i, v in enumerate(parts() if callable(parts) else parts):
                    yield f"{name}/{i}", v


Checkpoint = Checkpointable


class NewCheckpointReader:
    """Looks into a checkpoint."""

    def __init__(self, filepattern: str):
        self._values = read_checkpoint(filepattern)

    def get_variable_to_shape_map(self) -> dict[str, list[int]]:
        return {k: list(v.shape) for k, v in self._values.items()}

    def has_tensor(self, name: str) -> bool:
        return name in self._values

    def get_tensor(self, name: str) -> Any:
        return self._values[name]


load_checkpoint = NewCheckpointReader


def load_variable(ckpt_dir_or_file: str, name: str) -> Any:
    return read_checkpoint(_path(ckpt_dir_or_file))[name]


def list_variables(ckpt_dir_or_file: str) -> list[tuple[str, list[int]]]:
    return [(k, list(v.shape)) for k, v in sorted(read_checkpoint(_path(ckpt_dir_or_file)).items())]


def _path(folder_or_prefix: str) -> str:
    return (
        latest_checkpoint(folder_or_prefix) or folder_or_prefix
        if os.path.isdir(folder_or_prefix)
        else folder_or_prefix
    )
