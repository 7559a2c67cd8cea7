"""`keras.utils.data_utils`: files by name, sequences of batches."""

from __future__ import annotations

import hashlib
import os
import queue
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ....errors import DataError
from ... import missing
from ...data import files, sets


class Sequence:
    """Batches by number: a subclass gives __getitem__ and __len__."""

    use_sequence_api = True

    def __getitem__(self, index: int) -> Any:
        raise NotImplementedError

    def __len__(self) -> int:
        raise NotImplementedError

    def on_epoch_end(self) -> None:
        """After an epoch."""

    def __iter__(self) -> Iterator[Any]:
        for i in range(len(self)):
            yield self[i]


class SequenceEnqueuer:
    """Batches of a source in order."""

    def __init__(self, sequence: Any, use_multiprocessing: bool = False, shuffle: bool = False, **_: Any):
        self.sequence, self.shuffle = sequence, shuffle
        self.queue: Any = queue.Queue()

    def start(self, workers: int = 1, max_queue_size: int = 10) -> None:
        """Begin."""
        self._items = self._all()

    def _all(self) -> Iterator[Any]:
        while True:
            yield from (
                (self.sequence[i] for i in range(len(self.sequence)))
                if hasattr(self.sequence, "__getitem__")
                else self.sequence
            )

    def is_running(self) -> bool:
        return hasattr(self, "_items")

    def get(self) -> Iterator[Any]:
        """The batches."""
        return self._items

    def stop(self, timeout: Any = None) -> None:
        """End."""
        self.__dict__.pop("_items", None)


OrderedEnqueuer = GeneratorEnqueuer = SequenceEnqueuer


def folders(cache_dir: Any, cache_subdir: str) -> list[Path]:
    """Where files by name are looked for."""
    named = os.environ.get("LIMPIDE_DATA")
    home = Path(cache_dir).expanduser() if cache_dir else Path.home() / ".keras"
    places = [home / cache_subdir, home]
    if named:
        places = [Path(named) / cache_subdir, Path(named), *places]
    return places


def get_file(
    fname: str, origin: str | None = None, untar: bool = False, md5_hash: str | None = None,
    file_hash: str | None = None,
    cache_subdir: str = "datasets", hash_algorithm: str = "auto", extract: bool = False,
    archive_format: str = "auto",
    cache_dir: Any = None,
) -> str:  # fmt: skip
    """The path of a file of the data folders; nothing is downloaded.

    In a run of a script, files that are known by name need not be there, and where stand-ins are allowed the
    path is given in any case. Raises DataError that says where the file has to lie and where it comes from.
    """
    name = os.path.basename(str(fname))
    archive = os.path.basename(str(origin or "")).split("?")[0]
    for place in folders(cache_dir, cache_subdir):
        for wanted in dict.fromkeys([str(fname), name, archive]):
            path = place / wanted
            if wanted and path.is_file():
                return _whole(path, untar or extract, file_hash or md5_hash, name)
            if wanted and path.is_dir():
                return str(path)
    if files.given(name):
        return str(folders(cache_dir, cache_subdir)[0] / name)
    if sets.synthetic_allowed():
        sets.use(f"{name}: not on this machine, and nothing stands in for it")
        return str(folders(cache_dir, cache_subdir)[0] / name)
    raise DataError(
        "get_file",
        f"there is no file '{fname}' in {' or '.join(str(p) for p in folders(cache_dir, cache_subdir)[:2])},"
        " and nothing is downloaded here",
        hint=f"get it from {origin} and put it there" if origin else "put it there",
    )


def _whole(path: Path, unpack: bool, digest: str | None, name: str) -> str:
    if digest and not validate_file(path, digest):
        raise DataError("get_file", f"{path} is not the file that was asked for: its hash is not {digest}")
    if not unpack:
        return str(path)
    if tarfile.is_tarfile(path):
        with tarfile.open(path) as archive:
            archive.extractall(path.parent, filter="data")
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            packed.extractall(path.parent)
    unpacked = path.parent / name.removesuffix(".tar.gz").removesuffix(".tgz").removesuffix(".zip")
    return str(unpacked if unpacked.exists() else path)


def validate_file(fpath: Any, file_hash: str, algorithm: str = "auto", chunk_size: int = 65535) -> bool:
    """Whether a file has this SHA-256 or MD5."""
    kind = "sha256" if algorithm == "sha256" or (algorithm == "auto" and len(file_hash) == 64) else "md5"
    with open(fpath, "rb") as file:
        return hashlib.file_digest(file, kind).hexdigest() == file_hash


__getattr__ = missing.attributes("keras.utils.data_utils", globals())
