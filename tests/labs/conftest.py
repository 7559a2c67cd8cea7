"""Few digits, no terminal, English: what the tests of the labs run on."""

from __future__ import annotations

from pathlib import Path

import pytest

from limpide.data import mnist, write_idx
from limpide.data.mnist import FILES

TRAIN, TEST = 500, 200


@pytest.fixture(scope="session")
def few_digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with some of the embedded digits as MNIST files."""
    folder = tmp_path_factory.mktemp("mnist")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("LIMPIDE_DATA", raising=False)
        patch.setenv("XDG_CACHE_HOME", str(folder))
        (x, y), (xt, yt) = mnist()
    for name, array in zip(FILES, (x[:TRAIN], y[:TRAIN], xt[:TEST], yt[:TEST]), strict=True):
        write_idx(folder / name, array)
    return folder


@pytest.fixture(autouse=True)
def surroundings(few_digits: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIMPIDE_DATA", str(few_digits))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)
