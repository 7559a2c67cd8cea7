"""`limpide serve`: a small server for exported pages; of this machine alone, unless it is told otherwise."""

from __future__ import annotations

import ipaddress
import socket
import sys
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, unquote, urlsplit

import typer

from limpide.errors import ArgumentError
from limpide.version import VERSION

TYPES = {
    ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".json": "application/json",
    ".webmanifest": "application/manifest+json", ".wasm": "application/wasm", ".svg": "image/svg+xml",
    ".png": "image/png", ".wav": "audio/wav", ".txt": "text/plain; charset=utf-8",
    ".c": "text/plain; charset=utf-8", ".h": "text/plain; charset=utf-8", ".ts": "text/plain; charset=utf-8",
}  # fmt: skip
HEADERS = {
    "Cache-Control": "no-cache",  # what was exported anew is seen at once
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
SECONDS = 30  # without a word from the other side
PIECE = 1 << 16


class Handler(BaseHTTPRequestHandler):
    """Files below one folder. No listings, nothing hidden, nothing that a link leads to outside."""

    server_version = f"limpide/{VERSION}"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    timeout = SECONDS

    def __init__(self, root: Path, *args: object):
        self.root = root
        super().__init__(*args)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        self._answer(body=True)

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def _answer(self, body: bool) -> None:
        if not known_host(self.headers.get("Host"), self.connection.getsockname()[0]):
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST, "This host is not served here")
            return
        path = file_of(self.root, self.path)
        if path is not None and path.is_dir():
            if not urlsplit(self.path).path.endswith("/"):
                self._redirect()
                return
            path = file_of(self.root, f"{urlsplit(self.path).path}index.html")
        try:
            file = path.open("rb") if path is not None and path.is_file() else None
        except OSError:
            file = None
        if path is None or file is None:
            self.send_error(HTTPStatus.NOT_FOUND, "There is no such file")
            return
        with file:
            left = path.stat().st_size
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", TYPES.get(path.suffix.lower(), "application/octet-stream"))
            self.send_header("Content-Length", str(left))
            self.end_headers()
            while body and left and (part := file.read(min(left, PIECE))):
                self.wfile.write(part)
                left -= len(part)

    def _redirect(self) -> None:
        """A folder needs a slash behind it, for the addresses in its page."""
        self.send_response(HTTPStatus.MOVED_PERMANENTLY)
        self.send_header("Location", "/" + quote(unquote(urlsplit(self.path).path).strip("/")) + "/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def end_headers(self) -> None:
        for name, value in HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the browser shows what it does not get."""


class Server(ThreadingHTTPServer):
    """One thread for every connection; what breaks off on the other side is nobody's error."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


class Server6(Server):
    """The same at addresses of IPv6."""

    address_family = socket.AF_INET6


def known_host(given: str | None, reached: str) -> bool:
    """Whether a Host header names this server by an address or as localhost: other names are not ours.

    reached: the address that the request came to. A page elsewhere whose name was made to lead here would
    be of the same origin as ours.

    >>> known_host("localhost:8000", "127.0.0.1"), known_host("evil.example", "127.0.0.1")
    (True, False)
    """
    if given is None:
        return False
    try:
        name = urlsplit(f"//{given}").hostname or ""
    except ValueError:
        return False
    if name == "localhost":
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return name == socket.gethostname().lower() and not is_loopback(reached)
    return address.is_loopback or not is_loopback(reached)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a host."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def file_of(root: Path, target: str) -> Path | None:
    """The file or folder that a request names; None where there is none, or none that may be seen."""
    try:
        parts = unquote(urlsplit(target).path, errors="strict").split("/")
    except ValueError:
        return None
    names = [part for part in parts if part]
    if any(name.startswith(".") or "\\" in name or "\0" in name or ":" in name for name in names):
        return None
    try:
        path = root.joinpath(*names).resolve()
        return path if path.is_relative_to(root) and path.exists() else None
    except OSError:
        return None


def server(folder: Path, host: str, port: int) -> Server:
    """A server of a folder, ready to run. Raises ArgumentError where there is no folder or no free port."""
    if not folder.is_dir():
        raise ArgumentError("serve", f"there is no folder {folder}")
    kind = Server6 if ":" in host else Server
    try:
        return kind((host, port), partial(Handler, folder.resolve()))
    except (OSError, OverflowError) as error:
        what = getattr(error, "strerror", None) or str(error)
        hint = "--port 0 takes one that is free"
        raise ArgumentError("serve", f"{host}:{port} cannot be used: {what}", hint=hint) from error


def serve(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder.")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0: any that is free.")] = 8000,
    host: Annotated[
        str, typer.Option(help="Address to be reached at: 0.0.0.0 lets others on the network in.")
    ] = "127.0.0.1",
) -> None:
    """Serve a folder of pages on this machine, until Ctrl-C.

    Browsers give the microphone to pages of localhost or of https alone.
    """
    with server(folder, host, port) as running:
        shown = "localhost" if is_loopback(host) else host
        print(
            f"{folder} at http://{f'[{shown}]' if ':' in shown else shown}:{running.server_address[1]}/",
            flush=True,
        )
        running.serve_forever()
