"""`limpide serve`: the right headers, and nothing but what lies in the folder."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from limpide.cli.serve import TYPES, file_of, known_host, server
from limpide.errors import ArgumentError

Answer = tuple[int, dict[str, str], bytes]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    site = tmp_path / "site"
    (site / "inner").mkdir(parents=True)
    (site / "index.html").write_text("<p>hello</p>")
    (site / "inner" / "index.html").write_text("inside")
    (site / "a.wasm").write_bytes(b"\0asm")
    (site / "été.txt").write_text("x")
    (site / ".secret").write_text("hidden")
    (tmp_path / "outside.txt").write_text("not yours")
    (site / "link.txt").symlink_to(tmp_path / "outside.txt")
    (site / "up").symlink_to(tmp_path)
    (site / "good.txt").symlink_to(site / "index.html")
    return site


@pytest.fixture
def port(folder: Path) -> Iterator[int]:
    with server(folder, "127.0.0.1", 0) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running.server_address[1]
        running.shutdown()
        thread.join()


def ask(port: int, path: str, method: str = "GET", host: str = "localhost") -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.putrequest(method, path, skip_host=True)
    if host:
        connection.putheader("Host", host)
    connection.endheaders()
    answer = connection.getresponse()
    found = answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
    connection.close()
    return found


def test_pages_and_their_headers(port: int) -> None:
    status, headers, body = ask(port, "/?lang=fr")
    assert (status, body) == (200, b"<p>hello</p>")
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["cache-control"] == "no-cache" and headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-embedder-policy"] == "require-corp"
    assert "python" not in headers["server"].lower()
    assert ask(port, "/a.wasm")[1]["content-type"] == "application/wasm"
    assert ask(port, "/inner/")[2] == ask(port, "/inner/index.html")[2] == b"inside"
    status, headers, _ = ask(port, "//inner")
    assert (status, headers["location"]) == (301, "/inner/")
    assert ask(port, "/%C3%A9t%C3%A9.txt")[2] == b"x"
    assert ask(port, "/good.txt")[0] == 200
    status, headers, body = ask(port, "/index.html", "HEAD")
    assert (status, headers["content-length"], body) == (200, "12", b"")


@pytest.mark.parametrize(
    "path",
    [
        "/../outside.txt", "/%2e%2e/outside.txt", "/inner/../../outside.txt", "/..%2foutside.txt",
        "//etc/passwd", "/etc/passwd", "/link.txt", "/up/outside.txt", "/.secret", "/%2esecret", "/gone",
        "/..\\outside.txt",
        "/%5c..%5coutside.txt", "/a.wasm/x", "/%00", "/%ff", "/c:/x", "/" + "x" * 5000, "*",
    ],
)  # fmt: skip
def test_what_is_not_there_for_others(port: int, path: str) -> None:
    status, _, body = ask(port, path)
    assert status == 404 and b"not yours" not in body and b"hidden" not in body


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "localhost.evil.example", "", "[::", "192.168.1.2"]
)
def test_foreign_hosts(port: int, host: str) -> None:
    assert ask(port, "/", host=host)[0] == 421


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:9", "[::1]:8000"])
def test_own_hosts(port: int, host: str) -> None:
    assert ask(port, "/", host=host)[0] == 200


def test_a_server_for_the_network_has_addresses_and_its_own_name() -> None:
    assert known_host("192.168.1.2:8000", "192.168.1.2")
    assert known_host(socket.gethostname(), "192.168.1.2")
    assert not known_host("evil.example", "192.168.1.2")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_other_methods(port: int, method: str) -> None:
    assert ask(port, "/", method)[0] == 501


def test_errors(folder: Path, port: int) -> None:
    with pytest.raises(ArgumentError, match="there is no folder"):
        server(folder / "gone", "127.0.0.1", 0)
    with pytest.raises(ArgumentError, match="cannot be used: Address already in use"):
        server(folder, "127.0.0.1", port)
    with pytest.raises(ArgumentError, match="cannot be used"):
        server(folder, "no such host", 0)


def test_types_of_what_is_exported(folder: Path) -> None:
    web = Path(__file__).parents[2] / "src" / "limpide" / "export" / "web"
    assert {path.suffix for path in web.rglob("*") if path.is_file()} <= set(TYPES)
    assert file_of(folder.resolve(), "/index.html?x=1#y") == (folder / "index.html").resolve()
