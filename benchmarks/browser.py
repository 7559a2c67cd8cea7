"""A headless Chromium for checks of pages, driven by Chrome's DevTools protocol over a pipe."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

# All text of a page, also of what components hide.
TEXT = """(() => {
  const parts = [];
  const walk = node => {
    if (node.nodeType === 3) parts.push(node.textContent.trim());
    if (node.nodeName === "SCRIPT" || node.nodeName === "STYLE") return;
    if (node.shadowRoot) walk(node.shadowRoot);
    node.childNodes.forEach(walk);
  };
  walk(document.body);
  return parts.filter(Boolean).join("\\n");
})()"""

COMPLAINTS = ("Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled")


def program_of_a_browser() -> str | None:
    """A browser that can run without a display."""
    return next(
        (p for n in ("chromium", "chromium-browser", "google-chrome") if (p := shutil.which(n))), None
    )


class Browser:
    """One page of it. flags: more of its command line.

    complaints: what the page wrote to its console, errors of scripts and of loading.
    """

    def __init__(self, program: str, profile: str, flags: Sequence[str] = ()):
        read, self._out = os.pipe()
        self._in, write = os.pipe()

        def place() -> None:  # the browser expects them as numbers 3 and 4
            a, b = os.dup(read), os.dup(write)
            os.dup2(a, 3)
            os.dup2(b, 4)

        command = [
            program, "--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1500,1100",
            "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync", f"--user-data-dir={profile}", *flags, "--remote-debugging-pipe", "about:blank",
        ]  # fmt: skip
        self._process = subprocess.Popen(
            command, preexec_fn=place, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(read)
        os.close(write)
        self._number, self._rest = 0, b""
        self.complaints: list[str] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Runtime", "Log", "Page"):
            self.call(f"{domain}.enable")

    _session: str | None = None

    def call(self, method: str, whole: bool = False, **params: Any) -> Any:
        """One command of the protocol, to the page or to the whole browser."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session is not None and not whole:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("method") in COMPLAINTS:
                self.complaints.append(json.dumps(answer["params"])[:400])
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise SystemExit(f"{method}: {answer['error']}")
                return answer["result"]

    def _receive(self) -> Any:
        while b"\0" not in self._rest:
            part = os.read(self._in, 2**16)
            if not part:
                raise SystemExit("the browser has ended")
            self._rest += part
        message, _, self._rest = self._rest.partition(b"\0")
        return json.loads(message)

    def open(self, url: str) -> None:
        """Go to an address, anew."""
        self.call("Page.navigate", url="about:blank")
        self.call("Page.navigate", url=url)

    def wait(self, expression: str, seconds: float = 20) -> Any:
        """The value of an expression as soon as it is true; raises SystemExit where that takes too long."""
        until = time.monotonic() + seconds
        tried = f"(() => {{ try {{ return {expression}; }} catch {{ return null; }} }})()"
        while not (value := self.evaluate(tried)):
            if time.monotonic() > until:
                raise SystemExit(f"not within {seconds} s: {expression}; {self.complaints}")
            time.sleep(0.05)
        return value

    def show(self, url: str, words: list[str], seconds: float = 40) -> list[str]:
        """The words that stand on a page, waited for."""
        self.open(url)
        until = time.monotonic() + seconds
        while True:
            text = self.evaluate(TEXT) or ""
            found = [word for word in words if word in text]
            if len(found) == len(words) or time.monotonic() > until:
                time.sleep(2)  # charts are drawn after their titles
                return found
            time.sleep(0.5)

    def evaluate(self, expression: str) -> Any:
        """The value of an expression in the page; raises SystemExit where it fails."""
        found = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True, userGesture=True
        )
        if "exceptionDetails" in found:
            raise SystemExit(f"{expression}: {found['exceptionDetails']}")
        return found["result"].get("value")

    def look(self, width: int, height: int, dark: bool = False, phone: bool = False) -> None:
        """The size of the window, and which colours are preferred."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, mobile=phone,
            deviceScaleFactor=2 if phone else 1,
        )  # fmt: skip
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.call("Emulation.setEmulatedMedia", features=features)

    def press(self, key: str, code: int, text: str = "") -> None:
        """A key goes down and up again."""
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, text=text)

    def picture(self, path: Path, whole: bool = False) -> None:
        """What is on the screen, or the whole page, as a PNG."""
        data = self.call("Page.captureScreenshot", captureBeyondViewport=whole)["data"]
        path.write_bytes(base64.b64decode(data))

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()
