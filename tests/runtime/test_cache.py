import errno
import json
import os
import stat
import sys
import time
import warnings
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limpide.errors import CacheError
from limpide.runtime import cache

POSIX = pytest.mark.skipif(os.name != "posix", reason="owners and modes are POSIX's")


def put(key: str, content: bytes = b"machine code", used: float | None = None) -> cache.Entry:
    with cache.building() as place:
        (place / "a.c").write_text("int x;")
        (place / "a.so").write_bytes(content)
        entry = cache.store(key, place, "a.c", "a.so")
    if used is not None:
        os.utime(entry.library.with_name(cache.MANIFEST), (used, used))
    return entry


def names(folder: Path) -> set[str]:
    return {item.name for item in folder.iterdir() if item.is_dir()}


def test_what_is_stored_is_found_with_its_source() -> None:
    stored = put("k")
    assert cache.lookup("k") == stored
    assert stored.source.read_text() == "int x;"
    assert cache.lookup("other") is None


def test_folder_follows_the_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIMPIDE_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/x")
    monkeypatch.setattr(sys, "platform", "linux")
    assert cache.location() == Path("/x/limpide")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache.location() == Path.home() / ".cache/limpide"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert cache.location() == Path.home() / "Library/Caches/limpide"
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", "/local")
    assert cache.location() == Path("/local/limpide")


@POSIX
def test_folder_is_private() -> None:
    assert stat.S_IMODE(cache.folder().stat().st_mode) == 0o700


@POSIX
def test_world_writable_folder_is_refused(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o777)
    with pytest.raises(CacheError, match=r"\[cache\] all users may write to .*mode 777") as caught:
        cache.lookup("k")
    assert "LIMPIDE_CACHE" in str(caught.value)


@POSIX
def test_folder_of_another_user_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir(mode=0o700)
    owner = folder.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    with pytest.raises(CacheError, match=f"belongs to another user \\(uid {owner}\\)"):
        cache.folder()


def test_folder_that_cannot_be_made_is_replaced_with_one_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LIMPIDE_CACHE", str(tmp_path / "file" / "inside"))
    with pytest.warns(RuntimeWarning, match="cannot be used .* lost when this process ends"):
        temporary = cache.folder()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        put("k")
        assert cache.lookup("k") is not None
    assert cache.is_temporary()
    assert cache.folder() == temporary


def test_read_only_folder_still_serves_what_it_has(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put("old")
    real = cache.tempfile.mkdtemp

    def refuse(prefix: str, dir: Path | None = None) -> str:
        if dir == folder:
            raise OSError(errno.EROFS, "Read-only file system")
        return real(prefix=prefix, dir=dir)

    monkeypatch.setattr(cache.tempfile, "mkdtemp", refuse)
    monkeypatch.setattr(os, "utime", lambda path: refuse("", folder))
    assert cache.lookup("old") is not None
    with pytest.warns(RuntimeWarning, match="Read-only file system"):
        entry = put("new")
    assert entry.library.is_file()
    assert folder not in entry.library.parents


def test_sound_entry_is_kept_when_another_is_stored() -> None:
    first = put("k")
    before = first.library.stat().st_ino
    assert put("k") == first
    assert first.library.stat().st_ino == before


@pytest.mark.parametrize("damage", ["truncate", "flip", "remove", "manifest"])
def test_damaged_entry_is_not_found_and_can_be_replaced(damage: str) -> None:
    library = put("k").library
    if damage == "truncate":
        library.write_bytes(library.read_bytes()[:-1])
    elif damage == "flip":
        library.write_bytes(b"M" + library.read_bytes()[1:])
    elif damage == "remove":
        library.unlink()
    else:
        library.with_name(cache.MANIFEST).unlink()
    assert cache.lookup("k") is None
    put("k")
    assert cache.lookup("k") is not None


@given(st.binary(max_size=60) | st.recursive(
    st.none() | st.integers() | st.text(max_size=5), lambda inner: st.dictionaries(
        st.sampled_from(["source", "library", "size", "sha256"]), inner)).map(
            lambda value: json.dumps(value).encode()))  # fmt: skip
def test_any_manifest_is_read_without_a_crash(content: bytes) -> None:
    library = put("k").library
    library.with_name(cache.MANIFEST).write_bytes(content)
    assert cache.lookup("k") is None


def test_interrupted_build_leaves_nothing(folder: Path) -> None:
    with pytest.raises(KeyboardInterrupt), cache.building() as place:
        (place / "half.so").write_text("half")
        raise KeyboardInterrupt
    assert list(folder.iterdir()) == []


def test_least_recently_used_goes_first(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    for age, key in enumerate(("new", "middle", "old"), start=1):
        put(key, bytes(500_000), used=now - 1000 * age)
    monkeypatch.setenv("LIMPIDE_CACHE_SIZE", "1")
    assert cache.lookup("old") is not None  # now the youngest
    cache.sweep()
    assert names(folder) == {"old"}


def test_entry_used_in_the_last_minute_stays(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put("a", bytes(900_000))
    put("b", bytes(900_000))
    monkeypatch.setenv("LIMPIDE_CACHE_SIZE", "1")
    cache.sweep()
    assert names(folder) == {"a", "b"}
    cache.sweep(now=time.time() + 100)
    assert len(names(folder)) == 1


def test_stores_keep_the_size_bounded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIMPIDE_CACHE_SIZE", "1")
    monkeypatch.setattr(cache, "SWEEP_STORES", 4)
    for i in range(16):
        put(f"k{i}", bytes(300_000), used=time.time() - 1000 + i)
    assert cache.usage()[1] <= 1_000_000 + 3 * 301_000


def test_abandoned_builds_are_swept(folder: Path) -> None:
    abandoned, recent = cache.folder() / ".building-dead", cache.folder() / ".building-live"
    abandoned.mkdir()
    recent.mkdir()
    os.utime(abandoned, (0, 0))
    cache.sweep()
    assert names(folder) == {".building-live"}


def test_usage_and_clear(folder: Path) -> None:
    assert cache.usage() == (0, 0)
    put("a", bytes(1000))
    put("b", bytes(1000))
    cache.write_note("note", "text")
    count, size = cache.usage()
    assert count == 2
    assert 2000 < size < 3000
    cache.clear()
    assert cache.usage() == (0, 0)
    assert list(folder.iterdir()) == []


def test_notes() -> None:
    assert cache.read_note("n") is None
    cache.write_note("n", "one")
    cache.write_note("n", "two")
    assert cache.read_note("n") == "two"


def test_key_tells_its_parts_apart() -> None:
    assert cache.key("n", "ab", "c") != cache.key("n", "a", "bc")
    assert cache.key("n", "ab").startswith("n-")
