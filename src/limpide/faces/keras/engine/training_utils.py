"""`keras.engine.training_utils`: arrays as a model takes them, checked with Keras' words."""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import missing
from ..utils.generic_utils import to_list

SEVERAL = "the list of Numpy arrays that you are passing to your model is not the size the model expected"


def standardize_input_data(
    data: Any, names: list[str], shapes: Any = None, check_batch_axis: bool = True, exception_prefix: str = ""
) -> list[Any]:
    """Arrays in the order of the names, of a list, a dict or one array; ValueError where they do not fit."""
    if not names:
        if data is not None and hasattr(data, "__len__") and len(data):
            raise ValueError(
                f"Error when checking model {exception_prefix}: expected no data, but got:", data
            )
        return []
    if data is None:
        return [None for _ in names]
    if isinstance(data, dict):
        unknown = [n for n in names if n not in data]
        if unknown:
            raise ValueError(f'No data provided for "{unknown[0]}". Need data for each key in: {names}')
        arrays = [data[n] for n in names]
    elif isinstance(data, (list, tuple)) and (len(names) > 1 or (data and _is_array(data[0]))):
        arrays = list(data)
    else:
        arrays = [data]
    arrays = [_array(a) for a in arrays]
    if len(arrays) != len(names):
        raise ValueError(
            f"Error when checking model {exception_prefix}: {SEVERAL}. Expected to see {len(names)} "
            f"array(s), but instead got the following list of {len(arrays)} arrays: {str(data)[:200]}..."
        )
    for i, (name, array) in enumerate(zip(names, arrays, strict=False)):
        wanted = shapes[i] if shapes else None
        if array is not None and array.ndim == 1 and (wanted is None or len(wanted) != 1):
            arrays[i] = array = array[:, None]
        if wanted is not None and array is not None:
            arrays[i] = _fitting(array, name, wanted, check_batch_axis, exception_prefix)
    return arrays


def _is_array(value: Any) -> bool:
    return (
        hasattr(value, "shape") and np.ndim(value) > 0 or value.__class__.__name__ in ("DataFrame", "Series")
    )


def _array(value: Any) -> Any:
    if value is None or isinstance(value, np.ndarray):
        return value
    if value.__class__.__name__ in ("DataFrame", "Series"):
        return np.asarray(value.values)
    if type(value).__name__ == "csr_matrix" or hasattr(value, "todense"):
        return np.asarray(value.todense())
    return np.asarray(value)


def _fitting(array: Any, name: str, wanted: Any, check_batch_axis: bool, prefix: str) -> Any:
    shape = array.shape
    if len(shape) == len(wanted) - 1 and wanted[-1] in (1, None) or len(shape) == 1 and len(wanted) == 2:
        array = array[..., None] if len(shape) == len(wanted) - 1 else array
        shape = array.shape
    if len(shape) != len(wanted):
        raise ValueError(
            f"Error when checking {prefix}: expected {name} to have {len(wanted)} dimensions, but got array"
            f" with shape {shape}"
        )
    for axis, (size, size_wanted) in enumerate(zip(shape, wanted, strict=True)):
        if size_wanted is not None and size != size_wanted and (axis or check_batch_axis):
            raise ValueError(
                f"Error when checking {prefix}: expected {name} to have shape {_short(wanted)} but got array"
                f" with shape {shape[1:]}"
            )
    return array


def _short(shape: Any) -> str:
    return str(tuple(shape[1:]))


def standardize_sample_or_class_weights(
    x_weight: Any, output_names: list[str], weight_type: str
) -> list[Any]:
    """Weights per output, of a list, a dict or one."""
    if x_weight is None or (hasattr(x_weight, "__len__") and len(x_weight) == 0):
        return [None for _ in output_names]
    if len(output_names) == 1:
        if isinstance(x_weight, list) and len(x_weight) == 1:
            return x_weight
        if isinstance(x_weight, dict) and output_names[0] in x_weight:
            return [x_weight[output_names[0]]]
        return [x_weight]
    if isinstance(x_weight, list):
        if len(x_weight) != len(output_names):
            raise ValueError(
                f"Provided `{weight_type}` was a list of {len(x_weight)} elements, but the model has"
                f" {len(output_names)} outputs."
            )
        return x_weight
    if isinstance(x_weight, dict):
        return [x_weight.get(n) for n in output_names]
    raise TypeError(
        f"The model has multiple outputs, so `{weight_type}` should be either a list or a dict. Provided:"
        f" {x_weight}"
    )


def check_array_lengths(inputs: Any, targets: Any, weights: Any = None) -> None:
    """ValueError where arrays have different numbers of samples."""
    sizes = {"Input": _sizes(inputs), "target": _sizes(targets), "sample_weight": _sizes(weights)}
    for name, found in sizes.items():
        if len(found) > 1:
            raise ValueError(
                f"All {name.lower()} arrays (x) should have the same number of samples. Got array shapes:"
                f" {sorted(found)}"
            )
    first, second = sizes["Input"], sizes["target"]
    if first and second and first != second:
        raise ValueError(
            f"Input arrays should have the same number of samples as target arrays. Found {first.pop()} input"
            f" samples and {second.pop()} target samples."
        )
    if second and sizes["sample_weight"] and second != sizes["sample_weight"]:
        raise ValueError(
            "Sample_weight arrays should have the same number of samples as target arrays. Got"
            f" {sizes['sample_weight'].pop()} input samples and {second.pop()} target samples."
        )


def _sizes(arrays: Any) -> set[int]:
    return {len(a) for a in to_list(arrays, True) if a is not None}


def class_weights_of(y: Any, class_weight: Any, sample_weight: Any) -> Any:
    """The weight of every sample from that of its class and its own; None where there is none."""
    if sample_weight is not None:
        sample_weight = np.asarray(sample_weight)
    if not isinstance(class_weight, dict):
        return sample_weight
    if y.ndim > 2:
        raise ValueError("`class_weight` not supported for 3+ dimensional targets.")
    classes = y.argmax(axis=1) if y.ndim == 2 and y.shape[1] > 1 else y.reshape(-1).astype(np.int64)
    known = {int(k): float(v) for k, v in class_weight.items()}
    absent = set(np.unique(classes).tolist()) - set(known)
    if absent:
        raise ValueError(
            f"`class_weight` must contain all classes in the data. The classes {absent} exist in the data but"
            " not in `class_weight`."
        )
    weights = np.asarray([known[c] for c in classes.tolist()], np.float32)
    return weights if sample_weight is None else weights * sample_weight


def collect_metrics(metrics: Any, output_names: list[str]) -> list[Any]:
    """The metrics of every output, of a list for all or a dict by output."""
    if not metrics:
        return [[] for _ in output_names]
    if isinstance(metrics, dict):
        return [to_list(metrics.get(n, []), True) for n in output_names]
    if isinstance(metrics, (list, tuple)):
        if any(isinstance(m, (list, tuple)) for m in metrics):
            return [list(m) if isinstance(m, (list, tuple)) else [m] for m in metrics]
        return [list(metrics) for _ in output_names]
    if isinstance(metrics, str) or callable(metrics):
        return [[metrics] for _ in output_names]
    raise TypeError(
        f"Type of `metrics` argument not understood. Expected a list or dictionary, found: {metrics}"
    )


__getattr__ = missing.attributes("keras.engine.training_utils", globals())
