"""Sound: files, the microphone, frames, resampling, levels. The one door to soundfile, soxr and sounddevice.

Samples are arrays (n,), or (n, channels): float32 from -1 to 1, or int16 as they are in a file of 16 bits.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from ..errors import ArgumentError, DataError, DTypeError, MissingExtraError, ShapeError

Samples = NDArray[Any]

DTYPES = ("int16", "int32", "float32", "float64")
FORMATS = (".wav", ".flac", ".ogg")
CHUNK = 1 << 18  # numbers that are read at a time


# ------------------------------------------------------------------------------------------------ files
def read(
    path: str | os.PathLike[str], rate: int | None = None, dtype: DTypeLike = "float32"
) -> tuple[Samples, int]:
    """The samples of a WAV, FLAC or OGG file, and how many there are a second.

    Samples are (n,), or (n, channels) where there are several. rate: resample to it, if the file has
    another. dtype: float32 or float64 from -1 to 1, or the integers int16 or int32. Memory follows what is
    really in the file, whatever its header says.

    Raises DataError if the file cannot be read or is damaged, MissingExtraError without the package
    soundfile, or without soxr where it has to be resampled.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write(folder + "/a.wav", np.array([0, 1000, -1000], np.int16), 16000)
    ...     read(folder + "/a.wav", dtype="int16")
    (array([    0,  1000, -1000], dtype=int16), 16000)
    """
    wanted = np.dtype(dtype)
    if wanted.name not in DTYPES:
        raise DTypeError("audio.read", f"samples are not {wanted}, but one of {', '.join(DTYPES)}")
    package = _package("soundfile", "reading and writing sound files")
    try:
        with package.SoundFile(os.fspath(path)) as file:
            own, channels = int(file.samplerate), int(file.channels)
            parts = []
            step = max(1, CHUNK // channels)
            while len(part := file.read(step, dtype=wanted.name)):
                parts.append(part)
    except (package.SoundFileError, OSError, TypeError, ValueError) as error:
        raise DataError("audio.read", f"{path} cannot be read: {_reason(error)}") from error
    samples = np.concatenate(parts) if parts else np.zeros((0, channels)[: 1 + (channels > 1)], wanted)
    return (samples, own) if rate is None else (resample(samples, own, rate), rate)


def write(path: str | os.PathLike[str], samples: ArrayLike, rate: int) -> None:
    """Write samples as a file of 16 bits: WAV, FLAC or OGG (Vorbis), by the name's ending.

    samples: (n,) or (n, channels); int16 go in as they are, floats are cut off at -1 and 1. The file
    appears whole or not at all. Raises DataError if it cannot be written, DTypeError or ShapeError for what
    are no samples.
    """
    target = Path(path)
    if target.suffix.lower() not in FORMATS:
        raise ArgumentError("audio.write", f"{target.name} ends in none of {', '.join(FORMATS)}")
    if rate < 1:
        raise ArgumentError("audio.write", f"rate is {rate}, expected samples a second")
    content = to_int16(samples)
    package = _package("soundfile", "reading and writing sound files")
    beside = target.with_name(f".{secrets.token_hex(4)}.part{target.suffix.lower()}")
    try:
        package.write(os.fspath(beside), content, rate)
        os.replace(beside, target)
    except (package.SoundFileError, OSError, TypeError, ValueError) as error:
        raise DataError("audio.write", f"{path} cannot be written: {_reason(error)}") from error
    finally:
        beside.unlink(missing_ok=True)


def to_int16(samples: ArrayLike) -> NDArray[np.int16]:
    """Samples as 16-bit integers; floats times 32767, rounded, cut off at -1 and 1.

    >>> to_int16([0.0, 0.5, -1.0, 2.0])
    array([     0,  16384, -32767,  32767], dtype=int16)
    """
    array = _samples("audio", samples)
    if array.dtype == np.int16:
        return array
    if array.dtype.kind != "f":
        raise DTypeError("audio", f"samples are {array.dtype}, expected int16 or floats from -1 to 1")
    return np.asarray(np.rint(np.clip(np.nan_to_num(array), -1, 1) * 32767), np.int16)


# ----------------------------------------------------------------------------------------------- frames
def frames(samples: ArrayLike, size: int, hop: int | None = None, pad: bool = False) -> Samples:
    """Pieces of `size` samples, one every `hop` samples: (count, size), or (count, size, channels).

    hop: `size` if not given, so that none overlaps. What is left over at the end is dropped, or with pad=True
    filled up with zeros. Raises ArgumentError for a size or hop below 1.

    >>> frames(np.arange(7), 4, hop=2)
    array([[0, 1, 2, 3],
           [2, 3, 4, 5]])
    """
    array = _samples("audio.frames", samples)
    hop = size if hop is None else hop
    if size < 1 or hop < 1:
        raise ArgumentError("audio.frames", f"size is {size} and hop is {hop}, expected 1 or more")
    if pad and len(array):
        missing = max(size - len(array), -(len(array) - size) % hop)
        array = np.concatenate([array, np.zeros((missing, *array.shape[1:]), array.dtype)])
    count = max(0, (len(array) - size) // hop + 1)
    return np.asarray(array[np.arange(count)[:, None] * hop + np.arange(size)])


def overlap_add(pieces: ArrayLike, hop: int | None = None) -> Samples:
    """The samples of frames (count, size), one every `hop` samples; where frames overlap, their mean.

    `overlap_add(frames(x, size, hop), hop)` is x, up to what `frames` left over and to rounding.
    """
    array = np.asarray(pieces)
    if array.ndim not in (2, 3):
        raise ShapeError("audio.overlap_add", f"frames have the shape {array.shape}, expected (count, size)")
    count, size = array.shape[:2]
    hop = size if hop is None else hop
    if not 1 <= hop <= size:
        raise ArgumentError("audio.overlap_add", f"hop is {hop}, expected 1 to {size}")
    if hop == size:
        return array.reshape(count * size, *array.shape[2:])
    length = (count - 1) * hop + size if count else 0
    places = (np.arange(count)[:, None] * hop + np.arange(size)).ravel()
    total = np.zeros((length, *array.shape[2:]), np.float64)
    np.add.at(total, places, array.reshape(count * size, *array.shape[2:]))
    share = np.bincount(places, minlength=length).reshape(-1, *[1] * (array.ndim - 2))
    mean = total / share
    return np.asarray(np.rint(mean) if array.dtype.kind == "i" else mean).astype(array.dtype)


# ---------------------------------------------------------------------------------------- rates, levels
def resample(samples: ArrayLike, rate: int, new_rate: int) -> Samples:
    """The same sound with `new_rate` samples a second, by soxr in its high quality; the dtype stays.

    Raises MissingExtraError without the package soxr.
    """
    array = _samples("audio.resample", samples)
    if rate < 1 or new_rate < 1:
        raise ArgumentError("audio.resample", f"from {rate} to {new_rate} samples a second")
    if rate == new_rate:
        return array
    return np.asarray(_package("soxr", "resampling").resample(array, rate, new_rate))


def normalize(samples: ArrayLike, peak: float = 1.0) -> Samples:
    """Floats of the same sound whose largest value is `peak`; silence stays silence.

    >>> normalize(np.array([1.0, -4.0]))
    array([ 0.25, -1.  ])
    """
    array = _samples("audio.normalize", samples)
    floats = array if array.dtype.kind == "f" else array.astype(np.float32)
    largest = np.abs(floats).max(initial=0)
    return floats * (peak / largest if largest else 1)


def signal_to_noise(signal: ArrayLike, changed: ArrayLike) -> float:
    """Decibels: 10 log10 of the signal's energy over that of the difference; infinite where there is none.

    >>> round(signal_to_noise([1.0, -1.0], [1.1, -1.1]), 6)
    20.0
    """
    one, two = np.asarray(signal, np.float64), np.asarray(changed, np.float64)
    if one.shape != two.shape:
        raise ShapeError("audio.signal_to_noise", f"the shapes {one.shape} and {two.shape} differ")
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(10 * np.log10(np.sum(one**2) / np.sum((one - two) ** 2)))


# ------------------------------------------------------------------------------------------- microphone
def record(seconds: float, rate: int = 16000) -> NDArray[np.int16]:
    """Record from the microphone: int16 samples (n,) of one channel. Returns when the time is over.

    Raises DataError where there is no microphone that can be used, MissingExtraError without sounddevice.
    """
    recording = Recording(seconds, rate)
    return recording.samples()


class Recording:
    """A recording that goes on while the program does something else; `samples()` waits for its end."""

    def __init__(self, seconds: float, rate: int = 16000):
        if seconds <= 0:
            raise ArgumentError("audio.record", f"{seconds} seconds, expected more than 0")
        try:
            self._package = _package("sounddevice", "recording from a microphone")
        except OSError as error:
            raise _no_microphone(error) from error
        try:
            self._buffer = self._package.rec(round(seconds * rate), rate, channels=1, dtype="int16")
        except self._package.PortAudioError as error:
            raise _no_microphone(error) from error

    def samples(self) -> NDArray[np.int16]:
        """What was recorded, when the time is over."""
        self._package.wait()
        return np.asarray(self._buffer[:, 0])


def _no_microphone(error: Exception) -> DataError:
    return DataError(
        "audio.record",
        f"no microphone can be used: {error}",
        hint="is one connected, and PortAudio installed (Debian: apt install libportaudio2)? "
        "A file can be read instead: audio.read",
    )


def _samples(op: str, samples: ArrayLike) -> Samples:
    array = np.asarray(samples)
    if array.ndim not in (1, 2):
        raise ShapeError(op, f"samples have the shape {array.shape}, expected (n,) or (n, channels)")
    return array


def _reason(error: Exception) -> str:
    text = getattr(error, "error_string", None) or getattr(error, "strerror", None) or str(error)
    return str(text).rstrip(".")


def _package(name: str, why: str) -> Any:
    """One of the packages of sound. Raises MissingExtraError where it is not installed."""
    try:
        if name == "soundfile":
            import soundfile as package
        elif name == "soxr":
            import soxr as package
        else:
            import sounddevice as package
    except ImportError as error:
        raise MissingExtraError(name, "audio", why) from error
    return package
