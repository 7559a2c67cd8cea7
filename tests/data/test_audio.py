"""Sound: files, frames, rates, levels, the microphone."""

from __future__ import annotations

import struct
import sys
import tracemalloc
import types
import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from limpide.data import audio
from limpide.errors import ArgumentError, DataError, DTypeError, MissingExtraError, ShapeError

RATE = 16000
TONE = np.rint(12000 * np.sin(2 * np.pi * 440 * np.arange(RATE // 4) / RATE)).astype(np.int16)


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
@pytest.mark.parametrize("channels", [1, 2])
def test_what_is_written_is_read(tmp_path: Path, suffix: str, channels: int) -> None:
    samples = TONE if channels == 1 else np.stack([TONE, -TONE], axis=1)
    audio.write(tmp_path / f"a{suffix}", samples, RATE)
    back, rate = audio.read(tmp_path / f"a{suffix}", dtype="int16")
    assert rate == RATE and back.dtype == np.int16
    assert_array_equal(back, samples)
    floats, _ = audio.read(tmp_path / f"a{suffix}")
    assert floats.dtype == np.float32
    assert_allclose(floats, samples / 32768, atol=1e-7)
    assert [path.name for path in tmp_path.iterdir()] == [f"a{suffix}"]


def test_ogg_sounds_alike(tmp_path: Path) -> None:
    audio.write(tmp_path / "a.ogg", TONE, RATE)
    back, _ = audio.read(tmp_path / "a.ogg")
    assert len(back) == len(TONE)
    assert audio.signal_to_noise(TONE / 32768, back) > 15


def test_pythons_own_reader_agrees(tmp_path: Path) -> None:
    audio.write(tmp_path / "a.wav", TONE, RATE)
    with wave.open(str(tmp_path / "a.wav")) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE, 1, 2)
        assert_array_equal(np.frombuffer(file.readframes(file.getnframes()), "<i2"), TONE)


def test_floats_are_cut_off() -> None:
    assert audio.to_int16([2.0, -2.0, np.nan, np.inf]).tolist() == [32767, -32767, 0, 32767]
    with pytest.raises(DTypeError, match="samples are int64, expected int16 or floats"):
        audio.to_int16([1, 2])


def test_a_long_file_comes_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio, "CHUNK", 100)
    audio.write(tmp_path / "a.wav", TONE, RATE)
    assert_array_equal(audio.read(tmp_path / "a.wav", dtype="int16")[0], TONE)
    audio.write(tmp_path / "none.wav", TONE[:0], RATE)
    assert audio.read(tmp_path / "none.wav")[0].shape == (0,)


def test_a_file_can_be_resampled(tmp_path: Path) -> None:
    audio.write(tmp_path / "a.wav", TONE, RATE)
    half, rate = audio.read(tmp_path / "a.wav", rate=RATE // 2)
    assert rate == RATE // 2 and abs(len(half) - len(TONE) // 2) <= 1
    exact = 12000 / 32768 * np.sin(2 * np.pi * 440 * np.arange(len(half)) / rate)
    assert audio.signal_to_noise(exact[200:-200], half[200:-200]) > 60
    assert audio.resample(TONE, RATE, RATE) is TONE
    assert audio.resample(TONE, RATE, 8000).dtype == np.int16


# ----------------------------------------------------------------------------------------------- damage
def header(length: int, riff: int = 36) -> bytes:
    return struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", riff, b"WAVE", b"fmt ", 16, 1, 1, RATE, 2 * RATE, 2, 16,
                       b"data", length)  # fmt: skip


DAMAGED = {
    "empty": b"",
    "text": b"hello, this is no sound at all",
    "cut in its header": header(100)[:30],
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_damage_is_named(tmp_path: Path, kind: str) -> None:
    (tmp_path / "a.wav").write_bytes(DAMAGED[kind])
    with pytest.raises(DataError, match=r"\[audio.read\] .*a.wav cannot be read: \w+") as caught:
        audio.read(tmp_path / "a.wav")
    assert "SoundFile" not in str(caught.value)


def test_memory_follows_the_data_and_not_the_header(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(header(2**32 - 40, 2**32 - 1) + TONE.tobytes())
    tracemalloc.start()
    samples, _ = audio.read(tmp_path / "a.wav", dtype="int16")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(samples) <= len(TONE) and peak < 2**23


def test_missing_files_and_folders(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nothing.wav cannot be read: System error"):
        audio.read(tmp_path / "nothing.wav")
    with pytest.raises(DataError, match="cannot be written"):
        audio.write(tmp_path / "nowhere" / "a.wav", TONE, RATE)
    with pytest.raises(ArgumentError, match=r"a.mp3 ends in none of .wav, .flac, .ogg"):
        audio.write(tmp_path / "a.mp3", TONE, RATE)
    assert list(tmp_path.iterdir()) == []


@settings(max_examples=100, deadline=None)
@given(
    content=st.one_of(
        st.binary(max_size=120),
        st.builds(lambda n, tail: header(n) + tail, st.integers(0, 2**32 - 1), st.binary(max_size=60)),
        st.lists(st.tuples(st.integers(0, 43), st.integers(0, 255)), max_size=3).map(
            lambda edits: bytes(dict(edits).get(k, b) for k, b in enumerate(header(40) + bytes(40)))
        ),
    )
)
def test_any_bytes_give_samples_or_a_data_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzz.wav"
    path.write_bytes(content)
    try:
        samples, rate = audio.read(path)
    except DataError as error:
        assert str(path) in str(error)
    else:
        assert samples.ndim in (1, 2) and rate > 0


# ----------------------------------------------------------------------------------------------- frames
@given(n=st.integers(0, 60), size=st.integers(1, 12), hop=st.integers(1, 12), pad=st.booleans())
def test_frames_lie_where_they_should(n: int, size: int, hop: int, pad: bool) -> None:
    x = np.arange(n, dtype=np.int16)
    pieces = audio.frames(x, size, hop, pad)
    for k, piece in enumerate(pieces):
        expected = x[k * hop : k * hop + size]
        assert_array_equal(piece[: len(expected)], expected)
        assert not piece[len(expected) :].any() and (pad or len(expected) == size)
    whole = 0 if n < size else (n - size) // hop + 1
    assert len(pieces) == (whole + (n > 0 and (whole == 0 or (whole - 1) * hop + size < n)) if pad else whole)
    if len(pieces) and hop <= size:
        back = audio.overlap_add(pieces, hop)
        assert_array_equal(back[:n], x[: len(back)])


def test_frames_of_two_channels() -> None:
    x = np.arange(20.0).reshape(10, 2)
    pieces = audio.frames(x, 4, 2)
    assert pieces.shape == (4, 4, 2)
    assert_array_equal(audio.overlap_add(pieces, 2), x)
    with pytest.raises(ArgumentError, match="size is 0 and hop is 0"):
        audio.frames(x, 0)
    with pytest.raises(ShapeError, match=r"frames have the shape \(3,\)"):
        audio.overlap_add([1, 2, 3])
    with pytest.raises(ArgumentError, match="hop is 5, expected 1 to 4"):
        audio.overlap_add(pieces, 5)


def test_levels() -> None:
    assert audio.normalize(TONE, 0.5).max() == 0.5
    assert not audio.normalize(np.zeros(3, np.int16)).any()
    assert audio.signal_to_noise(TONE, TONE) == np.inf
    noise = np.random.default_rng(0).normal(0, 1, 100_000)
    assert abs(audio.signal_to_noise(noise * 10, noise * 11) - 20) < 1e-6
    with pytest.raises(ShapeError, match=r"the shapes \(3,\) and \(2,\) differ"):
        audio.signal_to_noise([1, 2, 3], [1, 2])


# ------------------------------------------------------------------------------------------- microphone
class PortAudioError(Exception):
    pass


def microphone(monkeypatch: pytest.MonkeyPatch, works: bool) -> types.SimpleNamespace:
    def rec(n: int, rate: int, channels: int, dtype: str) -> np.ndarray:
        if not works:
            raise PortAudioError("Error querying device -1")
        return np.arange(n, dtype=dtype)[:, None]

    fake = types.SimpleNamespace(rec=rec, wait=lambda: None, PortAudioError=PortAudioError)
    monkeypatch.setitem(sys.modules, "sounddevice", fake)  # type: ignore[arg-type]
    return fake


def test_a_recording_has_one_channel(monkeypatch: pytest.MonkeyPatch) -> None:
    microphone(monkeypatch, True)
    samples = audio.record(0.5, 1000)
    assert samples.dtype == np.int16 and samples.tolist() == list(range(500))
    with pytest.raises(ArgumentError, match="0 seconds"):
        audio.record(0)


def test_without_a_microphone_there_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    microphone(monkeypatch, False)
    with pytest.raises(DataError) as caught:
        audio.record(1)
    assert str(caught.value) == (
        "[audio.record] no microphone can be used: Error querying device -1\n"
        "  hint: is one connected, and PortAudio installed (Debian: apt install libportaudio2)? "
        "A file can be read instead: audio.read"
    )


@pytest.mark.parametrize("name", ["soundfile", "soxr", "sounddevice"])
def test_missing_packages_are_named(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, name, None)  # type: ignore[arg-type]
    uses = {
        "soundfile": lambda: audio.read(tmp_path / "a.wav"),
        "soxr": lambda: audio.resample(TONE, RATE, 8000),
        "sounddevice": lambda: audio.record(1),
    }
    with pytest.raises(MissingExtraError, match=f"needs the package '{name}'") as caught:
        uses[name]()
    assert caught.value.hint == "pip install 'limpide[audio]'"
