"""Data files that a script opens, looks for or downloads: given from the data folders, in this process alone.

Only for reading, only where no file is at the path, and only for names that `data.files` knows. Nothing else
of the network is reached unless the run allows it.
"""

from __future__ import annotations

import atexit
import builtins
import gzip
import io
import os
import shutil
import socket
import tempfile
import urllib.error
import urllib.request
import urllib.response
from collections.abc import Callable
from email.message import Message
from functools import cache as once
from pathlib import PurePath
from typing import Any
from urllib.parse import urlsplit

from ..data import files

LOOPBACK = ("127.", "::1", "localhost")
OFFLINE = "limpide run keeps scripts off the network; --network lets them through"

_saved: dict[str, str] = {}  # paths that the script downloaded to -> the file's own name


def install(network: bool, lenient_text: Callable[[], bool]) -> None:
    """Put the functions in place. lenient_text: whether text files may hold any bytes (Python 2)."""
    files.serve()
    _opening(lenient_text)
    _looking()
    _fetching(network)
    if not network:
        _staying_off()


def _served(path: Any) -> str | None:
    """The name of the data file that stands in for a path, if it has one."""
    try:
        text = os.fspath(path)
    except TypeError:
        return None
    if not isinstance(text, str) or _exists(text):
        return None
    name = _saved.get(os.path.abspath(text), text)
    return name if files.known(name) else None


_exists, _is_file, _size = os.path.exists, os.path.isfile, os.path.getsize
_open, _open_gzip = builtins.open, gzip.open


@once
def _folder() -> str:
    """A folder for the files of this run."""
    folder = tempfile.mkdtemp(prefix="limpide-data-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _on_disk(name: str) -> str:
    """A file with the content of a data file, for code that reads below Python; gone when the run ends."""
    path = os.path.join(_folder(), name.replace(os.sep, "-").replace("..", ""))
    if not _exists(path):
        with _open(path, "wb") as file:
            file.write(files.content(name))
    return path


def _opening(lenient_text: Callable[[], bool]) -> None:
    def opened(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        served = None if isinstance(file, int) or set(mode) & set("wax+") else _served(file)
        if served is None:
            if "b" not in mode and len(args) < 3 and "errors" not in kwargs and lenient_text():
                kwargs["errors"] = "surrogateescape"
            return _open(file, mode, *args, **kwargs)
        if "b" not in mode:
            kwargs.setdefault("errors", "surrogateescape")
        return _open(_on_disk(served), mode, *args, **kwargs)

    def opened_gzip(filename: Any, mode: str = "rb", *args: Any, **kwargs: Any) -> Any:
        served = None if set(mode) & set("wax") or hasattr(filename, "read") else _served(filename)
        if served is None or not served.endswith(".gz"):
            return _open_gzip(filename, mode, *args, **kwargs)
        stream = io.BytesIO(files.unpacked(served))
        return io.TextIOWrapper(stream, "utf-8") if "t" in mode else stream

    builtins.open = opened
    io.open = opened
    gzip.open = opened_gzip


def _looking() -> None:
    os.path.exists = lambda path: _exists(path) or _served(path) is not None
    os.path.isfile = lambda path: _is_file(path) or _served(path) is not None

    def getsize(path: Any) -> int:
        served = _served(path)
        return _size(path) if served is None else len(files.content(served))

    os.path.getsize = getsize  # type: ignore[assignment]


def _fetching(network: bool) -> None:
    urlopen, urlretrieve = urllib.request.urlopen, urllib.request.urlretrieve

    def opened(url: Any, *args: Any, **kwargs: Any) -> Any:
        address = getattr(url, "full_url", url)
        name = _name_of(address)
        if files.known(name):
            return urllib.response.addinfourl(io.BytesIO(files.content(name)), Message(), address, 200)
        _ask(address, network)
        return urlopen(url, *args, **kwargs)

    def retrieved(url: str, filename: Any = None, *args: Any, **kwargs: Any) -> Any:
        name = _name_of(url)
        if files.known(name):
            target = os.fspath(filename) if filename is not None else os.path.abspath(name)
            _saved[os.path.abspath(target)] = name
            return target, Message()
        _ask(url, network)
        return urlretrieve(url, filename, *args, **kwargs)

    urllib.request.urlopen = opened
    urllib.request.urlretrieve = retrieved


def _name_of(address: str) -> str:
    return PurePath(urlsplit(address).path).name


def _ask(address: str, network: bool) -> None:
    local = urlsplit(address).scheme in ("file", "data") or (urlsplit(address).hostname or "").startswith(
        LOOPBACK
    )
    if not network and not local:
        raise urllib.error.URLError(f"{address} is not read: {OFFLINE}")


def _staying_off() -> None:
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def connected(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not str(address[0]).startswith(LOOPBACK):
            raise ConnectionRefusedError(f"no connection to {address[0]}: {OFFLINE}")
        connect(self, address)

    def looked_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host is not None and not str(host).startswith((*LOOPBACK, socket.gethostname(), "0.0.0.0")):
            raise socket.gaierror(socket.EAI_NONAME, f"no connection to {host}: {OFFLINE}")
        return look_up(host, *args, **kwargs)

    socket.socket.connect = connected  # type: ignore[method-assign,assignment]
    socket.getaddrinfo = looked_up
