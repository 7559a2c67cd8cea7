"""Each test gets a cache folder of its own and a process that has not looked for compilers yet."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from limpide.runtime import cache, native, toolchain


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    place = tmp_path / "cache"
    monkeypatch.setenv("LIMPIDE_CACHE", str(place))
    monkeypatch.setattr(native, "_loaded", {})
    monkeypatch.setattr(native, "stats", native.Stats())
    monkeypatch.setattr(cache, "_stores", 0)
    toolchain.forget()
    yield place
    toolchain.forget()


@pytest.fixture
def compiler() -> toolchain.Toolchain:
    found = toolchain.find()
    if found is None:
        pytest.skip("no C compiler here")
    return found
