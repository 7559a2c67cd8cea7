"""scipy and scikit-learn."""

from __future__ import annotations

import functools
import importlib
from types import SimpleNamespace
from typing import Any

import numpy as np

from ...data.sequences import boston_housing
from ...data.sets import mnist
from .put import put, rename, renamed, translated


def _module(name: str) -> Any:
    return importlib.import_module(name)


def _misc(module: Any) -> None:
    special = _module("scipy.special")
    put(module, {name: getattr(special, name) for name in ("logsumexp", "comb", "factorial")})
    put(module, {"imread": imread, "imsave": imsave, "imresize": imresize, "toimage": toimage})
    put(module, {"face": _bundled("face"), "ascent": _bundled("ascent"), "lena": _bundled("ascent")})


def _bundled(name: str) -> Any:
    return lambda *args, **kwargs: getattr(_module("scipy.datasets"), name)(*args, **kwargs)


def imread(name: Any, flatten: bool = False, mode: str | None = None) -> Any:
    """A picture's file as an array; flatten: as float32 grey."""
    picture = _module("PIL.Image").open(name)
    if flatten:
        return np.array(picture.convert("F"))
    if mode is None and picture.mode == "P":
        mode = "RGBA" if "transparency" in picture.info else "RGB"
    return np.array(picture if mode is None else picture.convert(mode))


def imsave(name: Any, array: Any, format: str | None = None) -> None:
    """Write an array as a picture, its values spread over 0 to 255."""
    toimage(array).save(name, format)


def imresize(array: Any, size: Any, interp: str = "bilinear", mode: str | None = None) -> Any:
    """An array as a picture of another size: a share, a percentage or (height, width)."""
    picture = toimage(array, mode=mode)
    if isinstance(size, int | np.integer):
        size = size / 100.0
    if isinstance(size, float):
        height, width = (int(n * size) for n in np.shape(array)[:2])
    else:
        height, width = size[:2]
    method = getattr(_module("PIL.Image").Resampling, "BICUBIC" if interp == "cubic" else interp.upper())
    return np.array(picture.resize((int(width), int(height)), method))


def toimage(
    array: Any, high: int = 255, low: int = 0, cmin: Any = None, cmax: Any = None, **kwargs: Any
) -> Any:
    """An array as a Pillow image; what is not of bytes is spread over low to high."""
    values = np.asarray(array)
    if values.ndim == 3 and values.shape[0] in (3, 4) and values.shape[2] not in (3, 4):
        values = np.moveaxis(values, 0, -1)
    if values.dtype != np.uint8:
        least = values.min() if cmin is None else cmin
        span = float((values.max() if cmax is None else cmax) - least) or 1.0
        values = np.clip((values - least) * ((high - low) / span) + low, low, high) + 0.5
    picture = _module("PIL.Image").fromarray(values.astype(np.uint8))
    mode = kwargs.get("mode")
    return picture if mode in (None, "F") else picture.convert(mode)


def _integrate(module: Any) -> None:
    renamed(module, {"simps": "simpson", "trapz": "trapezoid", "cumtrapz": "cumulative_trapezoid"})


def _signal(module: Any) -> None:
    windows = module.windows
    put(module, {name: getattr(windows, name) for name in windows.__all__})


def _ndimage(module: Any) -> None:
    put(module, {"imread": imread, "filters": module, "interpolation": module})


def _sklearn_datasets(module: Any) -> None:
    fetch = getattr(module, "fetch_openml", None)

    def fetch_openml(name: Any = None, *args: Any, **kwargs: Any) -> Any:
        if str(name).lower().replace("_", " ").startswith("mnist"):
            return _digits(kwargs.get("return_X_y", False))
        assert fetch is not None
        return fetch(name, *args, **kwargs)

    module.fetch_openml = fetch_openml
    put(module, {"fetch_mldata": lambda name, **_: fetch_openml(name), "samples_generator": module})
    put(module, {"load_boston": _houses})


def _digits(pair: bool) -> Any:
    """MNIST as scikit-learn gave it: 70,000 rows, those to train on first."""
    (x, y), (x_test, y_test) = mnist()
    rows = np.concatenate([x, x_test]).reshape(-1, 784)
    labels = np.concatenate([y, y_test]).astype(np.float64)
    if pair:
        return rows, labels
    return SimpleNamespace(data=rows, target=labels, COL_NAMES=["label", "data"], DESCR="MNIST")


def _houses(return_X_y: bool = False) -> Any:
    """`load_boston`, which is gone, from the data folders."""
    (x, y), (x_test, y_test) = boston_housing(test_split=0.0)
    rows, prices = np.concatenate([x, x_test]), np.concatenate([y, y_test])
    return (rows, prices) if return_X_y else SimpleNamespace(data=rows, target=prices, feature_names=HOUSES)


HOUSES = np.array(
    ["CRIM", "ZN", "INDUS", "CHAS", "NOX", "RM", "AGE", "DIS", "RAD", "TAX", "PTRATIO", "B", "LSTAT"]
)


def _preprocessing(module: Any) -> None:
    put(module, {"Imputer": lambda *args, **kwargs: _module("sklearn.impute").SimpleImputer(*args, **kwargs)})
    translated(module, "OneHotEncoder", rename(sparse="sparse_output", n_values=None))
    for kind in (module.StandardScaler, module.MinMaxScaler):
        for name in ("transform", "inverse_transform"):
            setattr(kind, name, _single_rows(getattr(kind, name)))


def _single_rows(method: Any) -> Any:
    """A method of a scaler that takes a single row (n,) too, as it did."""

    @functools.wraps(method)
    def scaled(self: Any, rows: Any, *args: Any, **kwargs: Any) -> Any:
        if getattr(rows, "ndim", 2) != 1:
            return method(self, rows, *args, **kwargs)
        return method(self, rows.reshape(1, -1), *args, **kwargs)[0]

    return scaled


PATCHES = {
    "scipy.misc": _misc,
    "scipy.integrate": _integrate,
    "scipy.signal": _signal,
    "scipy.ndimage": _ndimage,
    "sklearn.datasets": _sklearn_datasets,
    "sklearn.preprocessing": _preprocessing,
}
