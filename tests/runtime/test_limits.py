import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from limpide.config import config
from limpide.errors import LimpideError
from limpide.runtime import cache, limits, native
from limpide.runtime.limits import Limits, typical
from limpide.runtime.toolchain import PLAIN, Isa, Toolchain

AVX2 = Isa("avx2", 32, 16)


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    limits._current.cache_clear()
    monkeypatch.setattr(config, "limits", "")
    monkeypatch.setattr(config, "threads", 2)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Probes that take a moment: what they find is not looked at."""
    monkeypatch.setattr(limits, "STREAM", 1 << 14)
    monkeypatch.setattr(limits, "FLOPS_STEPS", 1000)
    monkeypatch.setattr(limits, "CACHED_BYTES", 1 << 20)
    monkeypatch.setattr(limits, "BARRIER_COUNT", 50)
    monkeypatch.setattr(limits, "cache_sizes", lambda: (1 << 12, 1 << 14, 1 << 16))


def test_typical_limits_follow_the_vectors() -> None:
    one = typical(AVX2, (1, 2, 3), cores=4, threads=4)
    wide = typical(Isa("avx512", 64, 32), (1, 2, 3), cores=4, threads=4)
    assert (one.vector_bytes, one.registers, one.l1, one.l2, one.l3) == (32, 16, 1, 2, 3)
    assert wide.flops_f32 > one.flops_f32 > typical(PLAIN, (1, 2, 3), 4, 4).flops_f32
    assert one.flops_f32_all == 4 * one.flops_f32
    assert not one.measured


def test_current_never_measures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_measured", lambda: pytest.fail("measured"))
    monkeypatch.setattr(native, "load", lambda *_: pytest.fail("compiled"))
    assert not limits.current().measured
    assert limits.current() is limits.current()


def test_measured_limits_are_kept_and_used(compiler: Toolchain, quick: None) -> None:
    assert limits.kept() is None
    before = limits.current()
    found = limits.measure()
    assert found.measured and found != before
    assert all(value > 0 for value in asdict(found).values())
    assert limits.kept() == limits.current() == found
    config.threads = 1
    assert limits.kept() is None  # other figures for another number of threads


def test_one_thread_has_nobody_to_meet(compiler: Toolchain, quick: None) -> None:
    config.threads = 1
    found = limits.measure()
    assert found.threads == 1 and found.barrier > 0


@pytest.mark.parametrize("damage", ["", "{", "[]", "{}", '{"cores": 2}', "null", "\x00\x01"])
def test_a_damaged_file_counts_as_none(damage: str) -> None:
    cache.write_note(limits._note(), damage)
    assert limits.kept() is None
    assert not limits.current().measured


@pytest.mark.parametrize(
    ("field", "value"),
    [("cores", 0), ("cores", 2.5), ("read", "fast"), ("read", -1.0), ("l2", True), ("measured", 1)],
)
def test_a_field_that_cannot_be_makes_the_file_damaged(field: str, value: object) -> None:
    good = replace(limits.current(), measured=True)
    cache.write_note(limits._note(), json.dumps(asdict(good)))
    assert limits.kept() == good
    cache.write_note(limits._note(), json.dumps({**asdict(good), field: value}))
    assert limits.kept() is None
    cache.write_note(limits._note(), json.dumps({**asdict(good), "read": float("inf")}))
    assert limits.kept() is None


def test_the_users_file_goes_before(tmp_path: Path) -> None:
    file = tmp_path / "limits.json"
    file.write_text('{"l2": 4096, "barrier": 1e-6}')
    plain = limits.current()
    config.limits = str(file)
    assert limits.current() == replace(plain, l2=4096, barrier=1e-6)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (None, "No such file or directory"),
        ("[1]", "this is no JSON object"),
        ('{"l4": 1}', "there is no limit 'l4'"),
        ('{"l1": "big"}', "'l1' cannot be 'big'"),
    ],
)
def test_a_users_file_that_cannot_be_used(tmp_path: Path, text: str | None, why: str) -> None:
    file = tmp_path / "limits.json"
    if text is not None:
        file.write_text(text)
    config.limits = str(file)
    with pytest.raises(LimpideError) as caught:
        limits.current()
    assert f"{file} cannot be used: {why}" in str(caught.value)
    assert "LIMPIDE_LIMITS" in str(caught.value)


def test_cache_sizes_of_linux(tmp_path: Path) -> None:
    sizes = [("Data", 1, "48K"), ("Instruction", 1, "64K"), ("Unified", 2, "2048K"), ("Unified", 3, "30M")]
    for number, (kind, level, size) in enumerate(sizes):
        place = tmp_path / f"index{number}"
        place.mkdir()
        for name, text in (("type", kind), ("level", level), ("size", size)):
            (place / name).write_text(f"{text}\n")
    (tmp_path / "index9").mkdir()
    assert limits._sizes_of_linux(tmp_path) == {1: 48 << 10, 2: 2 << 20, 3: 30 << 20}
    assert limits._sizes_of_linux(tmp_path / "none") == {}


def test_sizes_that_the_system_does_not_tell_are_common_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_sizes_of_linux", lambda _: {1: 64 << 10})
    assert limits.cache_sizes.__wrapped__() == (64 << 10, 1 << 20, 0)


def test_described_for_a_reader() -> None:
    found = Limits(
        2, 2, 64, 32, 48 << 10, 2 << 20, 0, 217e9, 108e9, 434e9, 214e9,
        16e9, 34e9, 18e9, 35e9, 25e9, 53e9, 91e9, 30e9, 9.5e9, 282e-9, True,
    )  # fmt: skip
    assert found.describe() == [
        "vectors of 64 bytes, 32 registers; caches: 48 KB, 2 MB a core",
        "float32 217 / 434, float64 108 / 214 GFLOP/s (1 thread, 2 threads)",
        "long arrays: read 16 / 34, a + k * b 18 / 35, past the caches 25 / 53 GB/s (1 thread, 2 threads)",
        "one thread reads 91 GB/s from the second cache, 30 from the next, 9.5 from another core",
        "2 threads meet in 282 ns",
    ]
