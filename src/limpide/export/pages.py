"""Pages that train in a browser: handwritten files of `web/`, the modules that they call, their data."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from ..config import cores
from .c import written
from .entries import Bundle
from .targets import machine_of, target_of
from .writing import Exported, beside, put, wasm_files

WEB = Path(__file__).with_name("web")
COMMON = "common"  # the folder of what all pages have


def page(
    folder: Path,
    name: str,
    bundles: Sequence[Bundle],
    data: Mapping[str, str | bytes],
    weights: str = "inside",
) -> Exported:
    """Write a page with its modules and data; any web server can serve the folder, and browsers keep it.

    name: its folder in `web/`. weights: "inside" the modules or "beside" them.
    Raises LimpideError where no compiler writes WebAssembly.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = put(folder, static(name) | dict(data))
    with ThreadPoolExecutor(cores()) as team:
        made = list(team.map(partial(_module, folder, weights), bundles))
    files += [path for paths, _ in made for path in paths]
    files += put(folder, {"page.webmanifest": manifest(name)})
    files += put(folder, {"sw.js": service_worker(name, files)})
    return Exported(tuple(files), max((memory for _, memory in made), default=0))


def static(name: str) -> dict[str, str | bytes]:
    """The handwritten files of a page by name, but for the service worker."""
    places = [*(WEB / COMMON).iterdir(), *(WEB / name).iterdir()]
    return {path.name: path.read_bytes() for path in sorted(places) if path.name != "sw.js"}


def _module(folder: Path, weights: str, bundle: Bundle) -> tuple[list[Path], int]:
    file = written(bundle, machine_of("wasm"), weights)
    files = wasm_files(file, target_of("wasm"), folder) + beside(file, folder, weights)
    return files, file.memory


def manifest(name: str) -> str:
    """What a phone needs to put the page among its programs."""
    icon = {"src": "icon.svg", "sizes": "any", "type": "image/svg+xml"}
    about = {"name": f"limpide {name}", "start_url": "./index.html", "display": "standalone", "icons": [icon]}
    return json.dumps(about, indent=1)


def service_worker(name: str, files: Sequence[Path]) -> str:
    """The script that keeps these files in the browser; another version where any of them has changed."""
    kept = sorted(path for path in files if not path.name.endswith(".d.ts"))
    digest = hashlib.sha256()
    for path in kept:
        digest.update(path.name.encode() + path.read_bytes())
    names = ["./", *(f"./{path.name}" for path in kept)]
    text = (WEB / COMMON / "sw.js").read_text("utf-8")
    version = f"{name}-{digest.hexdigest()[:16]}"
    return (
        text.replace("__VERSION__", version).replace("__FILES__", json.dumps(names)).replace("__PAGE__", name)
    )
