"""`keras.engine.saving`: models and weights in HDF5 files, laid out as Keras 2 does.

Files are outside data: nothing in them is run, links to other files are not followed, and an array is only
read
where its shape is that of the weight that it is for.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ....errors import DataError
from ....io.files import write_atomically
from ... import missing
from .. import backend as K
from .. import losses, metrics, optimizers
from ..symbols import int_shape
from ..utils.io_utils import h5py_door
from .base_layer import deserialize

ROOM = 60_000  # bytes of an attribute; HDF5 has room for 64 KiB
VERSION = "2.2.4"


# ----------------------------------------------------------------------------------------------- writing
def _write(filepath: Any, fill: Callable[[Any], None]) -> None:
    """Let `fill` fill a new HDF5 file, which takes the place of an old one when it is whole."""
    if not isinstance(filepath, (str, os.PathLike)):
        fill(filepath)  # an open file or group
        return
    h5py = h5py_door()

    def write(place: Any) -> None:
        with h5py.File(place, "w") as file:
            fill(file)

    write_atomically(filepath, write)


def save_model(model: Any, filepath: Any, overwrite: bool = True, include_optimizer: bool = True) -> None:
    """Write architecture, weights, and how the model is trained."""
    _may_write(filepath, overwrite)
    config = {"class_name": type(model).__name__, "config": model.get_config()}

    def fill(file: Any) -> None:
        file.attrs["keras_version"] = VERSION.encode()
        file.attrs["backend"] = K.backend().encode()
        file.attrs["model_config"] = json.dumps(config, default=_plain).encode()
        save_weights_to_hdf5_group(file.create_group("model_weights"), model.layers)
        if include_optimizer and model.optimizer is not None and model.optimizer.rule is not None:
            _save_training(file, model)

    _write(filepath, fill)


def _save_training(file: Any, model: Any) -> None:
    settings = {
        "optimizer_config": {"class_name": type(model.optimizer).__name__,
        "config": model.optimizer.get_config()},
        "loss": _names(model.loss, losses), "metrics": _names(model.metrics, metrics),
        "sample_weight_mode": model.sample_weight_mode, "loss_weights": model.loss_weights,
    }  # fmt: skip
    file.attrs["training_config"] = json.dumps(settings, default=_plain).encode()
    values = model.optimizer.get_weights()
    group = file.create_group("optimizer_weights")
    names = [f"training/{type(model.optimizer).__name__}/Variable_{i}:0".encode() for i in range(len(values))]
    group.attrs["weight_names"] = names
    for name, value in zip(names, values, strict=True):
        group.create_dataset(name.decode(), data=value)


def _names(value: Any, module: Any) -> Any:
    """Losses and metrics as their names."""
    if isinstance(value, dict):
        return {k: _names(v, module) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_names(v, module) for v in value]
    return (
        value if isinstance(value, str) or value is None else getattr(value, "__name__", type(value).__name__)
    )


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    if hasattr(value, "get_config"):
        return {"class_name": type(value).__name__, "config": value.get_config()}
    return getattr(value, "__name__", None) or str(value)


def save_weights(model: Any, filepath: Any, overwrite: bool = True) -> None:
    """Write the weights alone."""
    _may_write(filepath, overwrite)
    _write(filepath, lambda file: save_weights_to_hdf5_group(file, model.layers))


def _may_write(filepath: Any, overwrite: bool) -> None:
    if not overwrite and isinstance(filepath, (str, os.PathLike)) and os.path.exists(filepath):
        raise DataError("save", f"{os.fspath(filepath)} is there already", hint="overwrite=True replaces it")


def save_weights_to_hdf5_group(group: Any, layers: Any) -> None:
    """The weights of layers as data sets of a group of their name."""
    _save_names(group, "layer_names", [layer.name.encode() for layer in layers])
    group.attrs["backend"] = K.backend().encode()
    group.attrs["keras_version"] = VERSION.encode()
    for layer in layers:
        own = group.create_group(layer.name)
        names = _unique([_weight_name(w) for w in layer.weights])
        _save_names(own, "weight_names", [n.encode() for n in names])
        for name, value in zip(names, K.batch_get_value(layer.weights), strict=True):
            own.create_dataset(name, data=value)


def _weight_name(weight: Any) -> str:
    return str(weight.name) if str(weight.name).endswith(":0") else f"{weight.name}:0"


def _unique(names: list[str]) -> list[str]:
    found: list[str] = []
    for name in names:
        base, number = name, 1
        while name in found:
            name, number = f"{base.removesuffix(':0')}_{number}:0", number + 1
        found.append(name)
    return found


def _save_names(group: Any, key: str, names: list[bytes]) -> None:
    """A list of names as an attribute, or as several where there is no room in one."""
    array = np.asarray(names) if names else np.asarray([], "S1")
    pieces = max(1, -(-array.nbytes // ROOM))
    if pieces == 1:
        group.attrs[key] = array
        return
    for i, piece in enumerate(np.array_split(array, pieces)):
        group.attrs[f"{key}{i}"] = piece


# ----------------------------------------------------------------------------------------------- reading
@contextmanager
def _opened(filepath: Any) -> Iterator[Any]:
    if not isinstance(filepath, (str, os.PathLike)):
        yield filepath
        return
    h5py = h5py_door()
    path = os.fspath(filepath)
    if not os.path.exists(path):
        raise OSError(
            f"Unable to open file (unable to open file: name = '{path}', errno = 2, error message = 'No such"
            " file or directory')"
        )
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise DataError("load", f"{path} is no whole HDF5 file: {error}") from None
    try:
        with file:
            yield file
    except (KeyError, RuntimeError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise DataError("load", f"{path} is damaged: {error}") from None


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _attribute(group: Any, key: str) -> str:
    if key not in group.attrs:
        raise DataError(
            "load", f"the file has no '{key}'", hint="a file of weights alone is read by load_weights"
        )
    return _text(group.attrs[key])


def _read_names(group: Any, key: str) -> list[str]:
    if key in group.attrs:
        return [_text(n) for n in np.asarray(group.attrs[key]).tolist()]
    found: list[str] = []
    number = 0
    while f"{key}{number}" in group.attrs:
        found += [_text(n) for n in np.asarray(group.attrs[f"{key}{number}"]).tolist()]
        number += 1
    return found


def _member(group: Any, name: str) -> Any:
    """A group or data set inside of the file; DataError for links that lead out of it."""
    h5py = h5py_door()
    for part in name.strip("/").split("/"):
        link = group.get(part, getlink=True) if isinstance(group, h5py.Group) else None
        if not isinstance(link, h5py.HardLink):
            raise DataError("load", f"there is no '{name}' in the file")
        group = group[part]
    return group


def _array(data: Any, name: str) -> Any:
    """What is read of a data set: numbers that lie in the file itself."""
    h5py = h5py_door()
    if (
        not isinstance(data, h5py.Dataset)
        or data.external
        or data.is_virtual
        or data.dtype.kind not in "biuf"
    ):
        raise DataError("load", f"'{name}' is no array of numbers in the file")
    if data.nbytes > 64 and data.id.get_storage_size() * 2000 < data.nbytes:
        raise DataError(
            "load", f"'{name}' says that it has {data.nbytes} bytes, but the file does not hold them"
        )
    return data


def load_weights(
    model: Any, filepath: Any, by_name: bool = False, skip_mismatch: bool = False, reshape: bool = False
) -> None:
    """Give a model the weights of a file; all of them, or nothing where something does not fit."""
    if hasattr(model, "outputs") and not model.outputs and not by_name and getattr(model, "_added", None):
        raise ValueError(
            "Unable to load weights saved in HDF5 format into a subclassed Model which has not created its"
            " variables yet. Call the Model first, then load the weights."
        )
    with _opened(filepath) as file:
        group = (
            file["model_weights"]
            if "layer_names" not in file.attrs
            and "layer_names0" not in file.attrs
            and "model_weights" in file
            else file
        )
        if by_name:
            load_weights_from_hdf5_group_by_name(group, model.layers, skip_mismatch, reshape)
        else:
            load_weights_from_hdf5_group(group, model.layers, reshape)


def _stored(group: Any, name: str, layer: Any = None) -> list[Any]:
    own = _member(group, name)
    return [_array(_member(own, n), n) for n in _read_names(own, "weight_names")]


def load_weights_from_hdf5_group(group: Any, layers: Any, reshape: bool = False) -> None:
    """The weights of the file's layers for those of the model, in order."""
    version, backend = _origin(group)
    wanted = [layer for layer in layers if layer.weights]
    names = [n for n in _read_names(group, "layer_names") if _read_names(_member(group, n), "weight_names")]
    if len(names) != len(wanted):
        raise ValueError(
            f"You are trying to load a weight file containing {len(names)} layers into a model with"
            f" {len(wanted)} layers."
        )
    pairs = []
    for number, (name, layer) in enumerate(zip(names, wanted, strict=True)):
        values = converted(layer, _stored(group, name), version, backend, reshape)
        pairs += _fitting(layer, values, f'layer #{number} (named "{layer.name}" in the current model)', name)
    K.batch_set_value(pairs)


def load_weights_from_hdf5_group_by_name(
    group: Any, layers: Any, skip_mismatch: bool = False, reshape: bool = False
) -> None:
    """The weights of the file's layers for those of the model with the same name."""
    version, backend = _origin(group)
    known = set(_read_names(group, "layer_names"))
    pairs = []
    for layer in layers:
        if layer.name in known and layer.weights:
            values = converted(layer, _stored(group, layer.name), version, backend, reshape)
            try:
                pairs += _fitting(layer, values, f'layer "{layer.name}"', layer.name)
            except ValueError:
                if not skip_mismatch:
                    raise
    K.batch_set_value(pairs)


def _origin(group: Any) -> tuple[str, str | None]:
    version = _text(group.attrs["keras_version"]) if "keras_version" in group.attrs else "1"
    return version, _text(group.attrs["backend"]) if "backend" in group.attrs else None


def _fitting(layer: Any, values: list[Any], what: str, name: str) -> list[Any]:
    own = layer.weights
    if len(own) != len(values):
        raise ValueError(
            f"{what[0].upper()}{what[1:]} was found to correspond to layer {name} in the save file. However"
            f" the new layer {layer.name} expects {len(own)} weights, but the saved weights have"
            f" {len(values)} elements."
        )
    for w, value in zip(own, values, strict=True):
        if tuple(int_shape(w)) != tuple(value.shape):
            raise ValueError(
                f"{what}, weight {w.name} has shape {int_shape(w)}, but the saved weight has shape"
                f" {tuple(value.shape)}."
            )
    return [(w, np.array(v)) for w, v in zip(own, values, strict=True)]


# ---------------------------------------------------------------------------------------- old layouts
def converted(
    layer: Any, values: list[Any], version: str, backend: str | None, reshape: bool = False
) -> list[Any]:
    """The weights of a file in the order and shapes of today's layer."""
    kind = type(layer).__name__
    inner = getattr(layer, "layer", None)
    if kind == "Bidirectional":
        half = len(values) // 2
        parts = (layer.forward_layer, values[:half]), (layer.backward_layer, values[half:])
        return [v for part, own in parts for v in converted(part, own, version, backend)]
    if inner is not None and kind == "TimeDistributed":
        return converted(inner, values, version, backend)
    if getattr(layer, "_layers", None) and kind != "Merge":
        return values
    if version.startswith("1") or version.startswith("0"):
        values = _from_first(layer, kind, values)
    wants = [tuple(int_shape(w)) for w in layer.weights]
    if (
        kind.startswith("Conv")
        and len(values)
        and backend == "theano"
        and values[0].ndim in (4, 5)
        and version.startswith("1")
    ):
        values = [np.array(values[0])[(slice(None, None, -1),) * (values[0].ndim - 2)], *values[1:]]
    if reshape and values and [tuple(v.shape) for v in values] != wants:
        values = [
            np.array(v).reshape(w) if v.size == np.prod(w) else v for v, w in zip(values, wants, strict=False)
        ]
    return values


def _from_first(layer: Any, kind: str, values: list[Any]) -> list[Any]:
    """Weights of Keras 1: kernels of images with the filters first, a matrix for every gate."""
    if kind == "Conv1D" and values and values[0].ndim == 4:
        shape = values[0].shape
        if shape[:2] != (layer.kernel_size[0], 1) or shape[3] != layer.filters:
            values = [np.transpose(np.array(values[0]), (2, 3, 1, 0)), *values[1:]]
        values = [np.array(values[0])[:, 0, :, :], *values[1:]]
    elif kind in ("Conv2D", "Conv2DTranspose", "Conv3D") and values:
        want = tuple(int_shape(layer.weights[0]))
        rank = values[0].ndim - 2
        moved = np.transpose(np.array(values[0]), (*range(2, rank + 2), 1, 0))
        if kind == "Conv2DTranspose":
            moved = np.swapaxes(moved, -1, -2) if moved.shape != want else moved
        if tuple(values[0].shape) != want and moved.shape == want:
            values = [moved, *values[1:]]
    elif kind == "LSTM" and len(values) == 12:
        w, u, b = (np.concatenate([np.array(values[i + n]) for i in (0, 6, 3, 9)], axis=-1) for n in range(3))
        values = [w, u, b]
    elif kind == "GRU" and len(values) == 9:
        w, u, b = (np.concatenate([np.array(values[i + n]) for i in (0, 3, 6)], axis=-1) for n in range(3))
        values = [w, u, b]
    elif kind == "BatchNormalization" and len(values) == 4:
        pass
    return values


preprocess_weights_for_loading = converted


# ------------------------------------------------------------------------------------------ whole models
def load_model(filepath: Any, custom_objects: Any = None, compile: bool = True) -> Any:
    """The model of a file, compiled as it was; custom_objects: names of one's own layers and functions."""
    with _opened(filepath) as file:
        config = json.loads(_attribute(file, "model_config"))
        if not isinstance(config, dict) or "class_name" not in config:
            raise DataError("load", "the file's 'model_config' is no model")
        model = deserialize(config, custom_objects)
        load_weights_from_hdf5_group(_member(file, "model_weights"), model.layers)
        if compile and "training_config" in file.attrs:
            _compile(model, json.loads(_attribute(file, "training_config")), file, custom_objects or {})
    return model


def _compile(model: Any, settings: dict[str, Any], file: Any, custom: dict[str, Any]) -> None:
    def found(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: found(v) for k, v in value.items()}
        if isinstance(value, list):
            return [found(v) for v in value]
        return custom.get(value, value) if isinstance(value, str) else value

    optimizer = optimizers.deserialize(settings["optimizer_config"], custom_objects=custom)
    model.compile(
        optimizer, found(settings["loss"]), metrics=found(_flat(settings.get("metrics"))),
        loss_weights=settings.get("loss_weights"), sample_weight_mode=settings.get("sample_weight_mode"),
    )  # fmt: skip
    if "optimizer_weights" in file:
        group = _member(file, "optimizer_weights")
        values = [np.array(_array(_member(group, n), n)) for n in _read_names(group, "weight_names")]
        model._trainer.optimizer_updates(False)
        try:
            optimizer.set_weights(values)
        except ValueError:
            print(
                "Error in loading the saved optimizer state. As a result, your model is starting with a"
                " freshly initialized optimizer."
            )


def _flat(metrics: Any) -> Any:
    """Metrics of one output, which later generations write as a list in a list."""
    if isinstance(metrics, list) and len(metrics) == 1 and isinstance(metrics[0], list):
        return metrics[0]
    return metrics


def model_from_config(config: Any, custom_objects: Any = None) -> Any:
    """The model of a configuration."""
    if isinstance(config, list):
        raise TypeError(
            "`model_from_config` expects a dictionary, not a list. Maybe you meant to use"
            " `Sequential.from_config(config)`?"
        )
    return deserialize(config, custom_objects)


def model_from_json(json_string: str, custom_objects: Any = None) -> Any:
    """The model of `to_json`."""
    return deserialize(json.loads(json_string), custom_objects)


__getattr__ = missing.attributes("keras.engine.saving", globals())
