"""tf.gfile: files and folders of this machine."""

from __future__ import annotations

import glob
import os
import shutil
from collections.abc import Iterator
from typing import Any

from .. import missing
from .errors import AlreadyExistsError, NotFoundError


class GFile:
    """A file, opened when it is first read or written."""

    def __init__(self, name: Any, mode: str = "r"):
        self.name, self.mode = os.fspath(name), mode
        self._file: Any = None

    def _open(self) -> Any:
        if self._file is None:
            try:
                self._file = open(self.name, self.mode)  # noqa: SIM115 (closed by close)
            except FileNotFoundError:
                raise NotFoundError(None, None, f"{self.name}; No such file or directory") from None
        return self._file

    def read(self, n: int = -1) -> Any:
        return self._open().read(n)

    def readline(self) -> Any:
        return self._open().readline()

    def readlines(self) -> Any:
        return self._open().readlines()

    def write(self, content: Any) -> None:
        self._open().write(content)

    def seek(self, offset: int = 0, whence: int = 0) -> None:
        self._open().seek(offset, whence)

    def tell(self) -> int:
        return int(self._open().tell())

    def size(self) -> int:
        return os.path.getsize(self.name)

    def flush(self) -> None:
        self._open().flush()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> GFile:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def __iter__(self) -> Iterator[Any]:
        return iter(self._open())


Open = FastGFile = GFile


def Exists(path: Any) -> bool:
    return os.path.exists(path)


def IsDirectory(path: Any) -> bool:
    return os.path.isdir(path)


def MakeDirs(path: Any) -> None:
    os.makedirs(path, exist_ok=True)


def MkDir(path: Any) -> None:
    os.mkdir(path)


def ListDirectory(path: Any) -> list[str]:
    if not os.path.isdir(path):
        raise NotFoundError(None, None, f"Could not find directory {path}")
    return os.listdir(path)


def DeleteRecursively(path: Any) -> None:
    """Delete a folder and all that is in it."""
    if not os.path.exists(path):
        raise NotFoundError(None, None, f"{path}; No such file or directory")
    shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)


def Remove(path: Any) -> None:
    try:
        os.remove(path)
    except FileNotFoundError:
        raise NotFoundError(None, None, f"{path}; No such file or directory") from None


def Rename(oldpath: Any, newpath: Any, overwrite: bool = False) -> None:
    if os.path.exists(newpath) and not overwrite:
        raise AlreadyExistsError(None, None, f"file already exists: {newpath}")
    os.replace(oldpath, newpath)


def Copy(oldpath: Any, newpath: Any, overwrite: bool = False) -> None:
    if os.path.exists(newpath) and not overwrite:
        raise AlreadyExistsError(None, None, f"file already exists: {newpath}")
    shutil.copy(oldpath, newpath)


def Glob(pattern: Any) -> list[str]:
    patterns = [pattern] if isinstance(pattern, (str, os.PathLike)) else pattern
    return [found for p in patterns for found in sorted(glob.glob(os.fspath(p)))]


def Stat(path: Any) -> Any:
    return os.stat(path)


def Walk(top: Any, in_order: bool = True) -> Iterator[Any]:
    return os.walk(top, topdown=in_order)


# the names of tf.io.gfile
exists, isdir, makedirs, mkdir, listdir = Exists, IsDirectory, MakeDirs, MkDir, ListDirectory
rmtree, remove, rename, copy, stat, walk = DeleteRecursively, Remove, Rename, Copy, Stat, Walk
globals()["glob"] = Glob

__getattr__ = missing.attributes("tensorflow.gfile", globals())
