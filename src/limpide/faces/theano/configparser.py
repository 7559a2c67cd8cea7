"""`theano.config`: the table of settings, THEANO_FLAGS and .theanorc."""

from __future__ import annotations

import configparser
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# Dotted name -> default, as Theano 1.0 documents them. What has no meaning here is kept and read back.
DEFAULTS: dict[str, Any] = {
    "floatX": "float64", "device": "cpu", "mode": "Mode", "optimizer": "fast_run", "linker": "cvm",
    "compute_test_value": "off", "compute_test_value_opt": "off", "warn_float64": "ignore",
    "exception_verbosity": "low", "on_unused_input": "raise", "on_opt_error": "warn",
    "on_shape_error": "warn", "cast_policy": "custom", "int_division": "int", "allow_gc": True,
    "profile": False, "profile_memory": False, "profile_optimizer": False, "openmp": False,
    "openmp_elemwise_minsize": 200000, "force_device": False, "init_gpu_device": "",
    "print_active_device": True,
    "deterministic": "default", "optimizer_including": "", "optimizer_excluding": "",
    "optimizer_requiring": "", "optimizer_verbose": False, "reoptimize_unpickled_function": False,
    "unpickle_function": True, "pickle_test_value": True, "ignore_bug_before": "0.9", "base_compiledir": "",
    "compiledir": "", "root": "", "cxx": "g++", "gpuarray.preallocate": -1.0, "gpuarray.sched": "default",
    "lib.cnmem": 0.0, "lib.amdlibm": False, "nvcc.fastmath": False, "nvcc.flags": "", "cuda.root": "",
    "cuda.enabled": True, "dnn.enabled": "auto", "dnn.conv.algo_fwd": "small",
    "dnn.conv.algo_bwd_filter": "none",
    "dnn.conv.algo_bwd_data": "none", "dnn.conv.workmem": "small", "dnn.include_path": "",
    "dnn.library_path": "", "blas.ldflags": "", "gcc.cxxflags": "", "cmodule.mac_framework_link": False,
    "scan.allow_gc": False, "scan.allow_output_prealloc": True, "scan.debug": False, "tensor.cmp_sloppy": 0,
    "tensor.local_elemwise_fusion": True, "tensor.insert_inplace_optimizer_validate_nb": -1,
    "gradient.fake": False, "experimental.unpickle_gpu_on_cpu": False, "numpy.seterr_all": "ignore",
    "numpy.seterr_divide": "None", "numpy.seterr_over": "None", "numpy.seterr_under": "None",
    "numpy.seterr_invalid": "None", "traceback.limit": 8, "traceback.compile_limit": 0,
    "metaopt.verbose": False, "vm.lazy": None, "warn.ignore_bug_before": "0.9",
    "warn.subtensor_merge_bug": False, "warn.signal_conv2d_interface": False, "warn.round": False,
    "warn.sum_sum_bug": False, "warn.sum_div_dimshuffle_bug": False, "warn.argmax_pushdown_bug": False,
    "warn.gpusparseblockgemv_opt": False, "warn.reduce_join": False, "warn.inc_set_subtensor1": False,
    "warn.vm_gc_bug": False, "NanGuardMode.nan_is_error": True, "NanGuardMode.inf_is_error": True,
    "NanGuardMode.big_is_error": True, "NanGuardMode.action": "raise", "DebugMode.patience": 10,
    "DebugMode.check_c": True, "DebugMode.check_py": True, "DebugMode.check_finite": True,
    "DebugMode.check_strides": 0, "DebugMode.warn_input_not_reused": True,
    "ProfileMode.min_memory_size": 1024,
    "ProfileMode.n_apply_to_print": 15, "ProfileMode.n_ops_to_print": 20, "profiling.time_thunks": True,
    "profiling.n_apply": 20, "profiling.n_ops": 20, "profiling.destination": "stderr",
    "profiling.min_memory_size": 1024, "profiling.min_peak_memory": False, "magma.enabled": False,
}  # fmt: skip

CHOICES: dict[str, tuple[str, ...]] = {
    "floatX": ("float64", "float32"),
    "compute_test_value": ("off", "ignore", "warn", "raise", "pdb"),
    "warn_float64": ("ignore", "warn", "raise", "pdb"),
    "exception_verbosity": ("low", "high"),
    "on_unused_input": ("raise", "warn", "ignore"),
    "optimizer": ("fast_run", "o4", "o3", "o2", "o1", "fast_compile", "merge", "unsafe", "None", "none", ""),
    "cast_policy": ("custom", "numpy+floatX"),
}


class Section:
    """Settings whose names begin alike: `config.warn.round`."""

    def __init__(self, values: dict[str, Any], prefix: str = ""):
        object.__setattr__(self, "_values", values)
        object.__setattr__(self, "_prefix", prefix)

    def __getattr__(self, name: str) -> Any:
        full = self._prefix + name
        if full in self._values:
            return self._values[full]
        if any(key.startswith(full + ".") for key in self._values):
            return Section(self._values, full + ".")
        raise AttributeError(f"theano.config has no setting '{full}'")

    def __setattr__(self, name: str, value: Any) -> None:
        full = self._prefix + name
        if full == "device":
            if str(value) != "cpu":
                warnings.warn(f"there is no device '{value}' here: the CPU is used", stacklevel=2)
            return
        self._values[full] = checked(full, value)

    def __dir__(self) -> list[str]:
        return sorted(
            {key[len(self._prefix) :].split(".")[0] for key in self._values if key.startswith(self._prefix)}
        )

    def __str__(self) -> str:
        return "\n".join(f"{key} = {value!r}" for key, value in sorted(self._values.items()))


class Config(Section):
    """`theano.config`."""

    @contextmanager
    def change_flags(self, given: Mapping[str, Any] | None = None, **flags: Any) -> Iterator[None]:
        """Settings for the time of a block; `a__b` stands for `a.b`."""
        wanted = {key.replace("__", "."): value for key, value in {**(given or {}), **flags}.items()}
        before = dict(self._values)
        self._values.update({key: checked(key, value) for key, value in wanted.items()})
        try:
            yield
        finally:
            self._values.clear()
            self._values.update(before)


def checked(name: str, value: Any) -> Any:
    """A value in the type of the setting's default. Raises ValueError for one that is not a choice."""
    default = DEFAULTS.get(name)
    if isinstance(value, str):
        if isinstance(default, bool):
            value = value.strip().lower() in ("true", "1", "yes")
        elif isinstance(default, (int, float)):
            try:
                value = type(default)(value)
            except ValueError:
                raise ValueError(f"theano.config.{name} is a number, not {value!r}") from None
    if name in CHOICES and str(value) not in CHOICES[name]:
        raise ValueError(
            f"theano.config.{name} is one of {', '.join(map(repr, CHOICES[name]))}, not {value!r}"
        )
    return value


def flags(text: str) -> dict[str, str]:
    """`THEANO_FLAGS` as a dict.

    >>> flags("floatX=float32, device=cpu")
    {'floatX': 'float32', 'device': 'cpu'}
    """
    pairs = (part.partition("=") for part in text.split(",") if "=" in part)
    return {key.strip(): value.strip() for key, _, value in pairs}


def file_settings(paths: list[Path]) -> dict[str, str]:
    """The settings of .theanorc files; those of [global] have no prefix, `[a.b]` stands before its names."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        parser.read(paths, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError) as error:
        warnings.warn(f"a .theanorc cannot be read: {error}", stacklevel=2)
        return {}
    return {
        key if section == "global" else f"{section}.{key}": value
        for section in parser.sections()
        for key, value in parser.items(section)
    }


def read(environment: Mapping[str, str]) -> Config:
    """The settings of this process: defaults, then files, then THEANO_FLAGS."""
    named = environment.get("THEANORC")
    paths = [Path(p).expanduser() for p in named.split(os.pathsep)] if named else [Path.home() / ".theanorc"]
    values = dict(DEFAULTS)
    found = file_settings(paths) | flags(environment.get("THEANO_FLAGS", ""))
    config = Config(values)
    for key, value in found.items():
        if key == "device":
            continue  # scripts for a graphics card run on the CPU
        try:
            values[key] = checked(key, value)
        except ValueError as error:
            raise ValueError(f"{error} (THEANO_FLAGS or .theanorc)") from None
    return config


config = read(os.environ)
change_flags = config.change_flags
