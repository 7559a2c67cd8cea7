"""HDF5 files: those of others, round trips, and files that are cut or mean harm."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from limpide.errors import DataError
from limpide.faces.keras import backend as K
from limpide.faces.keras.layers import BatchNormalization, Dense, Dropout, Input, Lambda, TimeDistributed
from limpide.faces.keras.models import (
    Model,
    Sequential,
    clone_model,
    load_model,
    model_from_json,
    model_from_yaml,
)

FILES = Path(__file__).with_name("files")


@pytest.fixture(autouse=True)
def fresh() -> None:
    K.clear_session()


def small() -> Any:
    return Sequential(
        [Dense(3, input_shape=(4,), name="a"), BatchNormalization(name="n"), Dense(2, name="b")]
    )


def test_a_file_of_keras_3_in_keras_2s_format() -> None:
    model = load_model(FILES / "keras3.h5", compile=False)
    x = np.sin(np.arange(60) * 0.3).reshape(2, 6, 5).astype("f4")
    assert np.allclose(model.predict(x), np.load(FILES / "keras3.npy"), atol=1e-6)


def test_the_layout_is_that_of_keras_2(tmp_path: Path) -> None:
    model = small()
    model.compile("adam", "mse")
    model.save(tmp_path / "m.h5")
    with h5py.File(tmp_path / "m.h5") as file:
        assert sorted(file.attrs) == ["backend", "keras_version", "model_config", "training_config"]
        group = file["model_weights"]
        assert group.attrs["layer_names"].tolist() == [b"a", b"n", b"b"]
        names = group["n"].attrs["weight_names"].tolist()
        assert names == [b"n/gamma:0", b"n/beta:0", b"n/moving_mean:0", b"n/moving_variance:0"]
        assert group["a"]["a"]["kernel:0"].shape == (4, 3)


def test_weights_by_name(tmp_path: Path) -> None:
    first = small()
    first.save_weights(tmp_path / "w.h5")
    K.clear_session()
    second = Sequential([Dense(3, input_shape=(4,), name="a"), Dense(7, name="other")])
    second.load_weights(tmp_path / "w.h5", by_name=True)
    assert np.array_equal(second.get_weights()[0], first.get_weights()[0])
    with pytest.raises(ValueError, match="containing 3 layers into a model with 2 layers"):
        second.load_weights(tmp_path / "w.h5")


def test_architectures_as_text() -> None:
    x = Input((5, 4))
    model = Model(x, TimeDistributed(Dense(2, kernel_regularizer="l2"))(Dropout(0.5)(x)))
    for again in (model_from_json(model.to_json()), model_from_yaml(model.to_yaml()), clone_model(model)):
        assert again.get_config()["layers"] == model.get_config()["layers"]
    again = model_from_json(model.to_json())
    again.set_weights(model.get_weights())
    data = np.ones((2, 5, 4), "f4")
    assert np.array_equal(again.predict(data), model.predict(data))


def test_code_in_a_file_is_not_run(tmp_path: Path) -> None:
    def double(x: Any) -> Any:
        return x * 2

    model = Sequential([Lambda(double, input_shape=(3,))])
    model.save(tmp_path / "m.h5")
    with pytest.raises(ValueError, match="never read from a file"):
        load_model(tmp_path / "m.h5")
    again = load_model(tmp_path / "m.h5", custom_objects={"double": double})
    assert again.predict(np.ones((1, 3))).tolist() == [[2, 2, 2]]


def test_links_that_lead_out_of_the_file_are_refused(tmp_path: Path) -> None:
    model = small()
    model.save_weights(tmp_path / "w.h5")
    with h5py.File(tmp_path / "w.h5", "a") as file:
        del file["a"]["a"]["kernel:0"]
        file["a"]["a"]["kernel:0"] = h5py.ExternalLink("/etc/passwd", "/x")
    with pytest.raises(DataError, match="there is no"):
        model.load_weights(tmp_path / "w.h5")


def test_an_array_that_is_not_there_is_not_read(tmp_path: Path) -> None:
    model = small()
    model.save_weights(tmp_path / "w.h5")
    with h5py.File(tmp_path / "w.h5", "a") as file:
        del file["a"]["a"]["kernel:0"]
        file["a"]["a"].create_dataset("kernel:0", shape=(10**6, 10**6), chunks=(10, 10), dtype="f4")
    before = model.get_weights()
    with pytest.raises(DataError, match="does not hold them"):
        model.load_weights(tmp_path / "w.h5")
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


def test_a_missing_file_is_an_oserror(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="Unable to open file"):
        small().load_weights(tmp_path / "none.h5")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 19000), st.binary(min_size=1, max_size=8))
def test_damaged_files_give_clear_errors(tmp_path: Path, at: int, junk: bytes) -> None:
    content = bytearray((FILES / "keras3.h5").read_bytes())
    at %= len(content)
    content[at : at + len(junk)] = junk
    (tmp_path / "bad.h5").write_bytes(content[: max(100, at * 2)])
    with contextlib.suppress(DataError, ValueError, TypeError, OSError):
        load_model(tmp_path / "bad.h5", compile=False)
