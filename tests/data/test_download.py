from __future__ import annotations

import hashlib
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from limpide.data import cifar, download_mnist, mnist
from limpide.data.download import CIFAR10, FASHION_MNIST, MNIST, Source, download
from limpide.data.mnist import FILES
from limpide.errors import DataError, MissingExtraError

from .test_mnist import small_mnist


class Server(ThreadingHTTPServer):
    """Serves `files`; remembers what was asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.cut = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        name = self.path.lstrip("/")
        self.server.asked.append(name)
        content = self.server.files.get(name)
        if content is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if self.server.cut else content)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def files(tmp_path: Path) -> dict[str, bytes]:
    small_mnist(tmp_path / "source")
    return {path.name: path.read_bytes() for path in sorted((tmp_path / "source").iterdir())}


def source(files: dict[str, bytes], *mirrors: str) -> Source:
    """MNIST, but from here and with these files."""
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    return Source("mnist", mirrors, digests)


def closed_port() -> str:
    with Server() as unused:
        return unused.url


def test_downloads_where_mnist_looks(server: Server, files: dict[str, bytes], empty_home: Path) -> None:
    server.files = files
    reports: list[tuple[str, int, int]] = []
    folder = download(source(files, server.url), progress=lambda *report: reports.append(report))
    assert folder == empty_home / "cache/limpide/data/mnist"
    assert sorted(path.name for path in folder.iterdir()) == sorted(files)
    (x, y), (_, y_test) = mnist()
    assert (x.shape, y.shape, y_test.shape) == ((7, 28, 28), (7,), (3,))
    for name, content in files.items():
        mine = [report[1:] for report in reports if report[0] == name]
        assert mine[-1] == (len(content), len(content))
        assert all(done <= total == len(content) for done, total in mine)


def test_keeps_what_is_there_and_replaces_what_is_wrong(
    server: Server, files: dict[str, bytes], tmp_path: Path
) -> None:
    server.files = files
    for name in files:
        (tmp_path / name).write_bytes(files[name])
    (tmp_path / f"{FILES[1]}.gz").write_bytes(b"spoilt")
    download(source(files, server.url), tmp_path)
    assert server.asked == [f"{FILES[1]}.gz"]
    assert (tmp_path / f"{FILES[1]}.gz").read_bytes() == files[f"{FILES[1]}.gz"]


def test_second_mirror_serves_when_the_first_fails(
    server: Server, files: dict[str, bytes], tmp_path: Path
) -> None:
    server.files = files
    download(source(files, closed_port(), server.url + "gone/", server.url), tmp_path / "here")
    assert sorted(path.name for path in (tmp_path / "here").iterdir()) == sorted(files)


def failure(folder: Path, files: dict[str, bytes], *mirrors: str) -> str:
    with pytest.raises(DataError) as caught:
        download(source(files, *mirrors), folder)
    assert list(folder.iterdir()) == []
    return str(caught.value)


def test_offline_says_so(files: dict[str, bytes], tmp_path: Path) -> None:
    mirror, folder = closed_port(), tmp_path / "here"
    assert failure(folder, files, mirror) == (
        "[download_mnist] t10k-images-idx3-ubyte.gz could not be downloaded from any of 1 places:\n"
        f"  {mirror}: no connection\n"
        "  hint: is this machine online? Or copy the 4 .gz files from another one to "
        f"{folder}, or set LIMPIDE_DATA to their folder"
    )


def test_each_mirror_has_its_reason(server: Server, files: dict[str, bytes], tmp_path: Path) -> None:
    server.files = {f"other/{name}": b"something else" for name in files}
    message = failure(tmp_path / "here", files, server.url, server.url + "other/")
    assert f"{server.url}: the server answered 404 Not Found\n" in message
    assert f"{server.url}other/: what came is not the expected file (its SHA-256 differs)\n" in message


def test_cut_connection_leaves_nothing(server: Server, files: dict[str, bytes], tmp_path: Path) -> None:
    server.files, server.cut = files, True
    assert f"{server.url}: " in failure(tmp_path / "here", files, server.url)


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="file/here cannot be made: Not a directory"):
        download_mnist(tmp_path / "file" / "here")


def test_without_pooch(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(MissingExtraError, match=r"downloading data needs the package 'pooch'") as caught:
        download_mnist(tmp_path)
    assert caught.value.hint == "pip install 'limpide[data]'"


@pytest.mark.parametrize("source", [MNIST, FASHION_MNIST, CIFAR10], ids=lambda source: source.name)
def test_checksums_are_of_the_files_that_are_read(source: Source) -> None:
    expected = {cifar.ARCHIVE} if source is CIFAR10 else {f"{name}.gz" for name in FILES}
    assert set(source.checksums) == expected
    assert all(len(bytes.fromhex(digest)) == 32 for digest in source.checksums.values())
    assert all(mirror.startswith("https://") and mirror.endswith("/") for mirror in source.mirrors)


def test_one_file_is_named_where_it_has_to_be_copied(tmp_path: Path) -> None:
    alone = Source("cifar10", (closed_port(),), CIFAR10.checksums)
    with pytest.raises(DataError, match="^.download_cifar10. ") as caught:
        download(alone, tmp_path)
    assert "Or copy cifar-10-binary.tar.gz from another one" in str(caught.value)
