"""The compile cache: one folder per compiled source, found by a hash of all that made it.

    folder/
      step-0f3a.../        the key: the kernel's name and the hash
        step.c             the C source, to read
        step-x1y2z3.so     the library; its name is new with every build, as dlopen asks
        entry.json         the library's name, size and sha256; its time is the last use
      step-77ab....recipe  what calls of a library need, by the hash of the program that it was made from
      failed-step-.../     a source that the compiler refused
      .building-.../       a build under way

An entry is built aside and appears by one rename, so processes may build the same thing at once
and an interrupted build leaves nothing that a reader would take for an entry.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import os
import shutil
import stat
import sys
import tempfile
import time
import warnings
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from limpide.errors import CacheError, user_frame

MANIFEST = "entry.json"
BUILDING, FAILED, RECIPE = ".building-", "failed-", ".recipe"
DEFAULT_MEGABYTES = 512
GRACE_SECONDS = 60  # an entry used within it is never removed
ABANDONED_SECONDS = 3600  # a build this old belongs to a process that died
SWEEP_SECONDS = 3600  # how often all processes together look at the size
SWEEP_STORES = 64  # and how often one process does

_checked: set[Path] = set()
_replaced: dict[Path, Path] = {}  # unusable folder -> this process's temporary one
_stores = 0


@dataclass(frozen=True)
class Entry:
    """A compiled source: the paths of its C text and of its library."""

    source: Path
    library: Path


def location() -> Path:
    """The folder that the settings ask for, whether or not it can be used."""
    chosen = os.environ.get("LIMPIDE_CACHE")
    if chosen:
        return Path(chosen).expanduser().absolute()
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    elif sys.platform == "darwin":
        base = "~/Library/Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser().absolute() / "limpide"


def folder() -> Path:
    """The cache's folder, made if need be; a temporary one where that fails.

    Raises CacheError if the folder belongs to another user or all users may write to it:
    what lies there is loaded as code.
    """
    path = location()
    if path in _replaced:
        return _replaced[path]
    if path not in _checked:
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            return fall_back(error)
        _refuse_shared(path)
        _checked.add(path)
    return path


def fall_back(why: OSError) -> Path:
    """Use a private temporary folder for the rest of this process; warns once."""
    path = location()
    if path not in _replaced:
        _replaced[path] = Path(tempfile.mkdtemp(prefix="limpide-"))
        atexit.register(_remove_at_exit, _replaced[path], os.getpid())
        text = (
            f"the compile cache {path} cannot be used ({why.strerror or why}); compiled code is kept in "
            f"{_replaced[path]} and lost when this process ends. Set LIMPIDE_CACHE to a folder of your own."
        )
        warnings.warn_explicit(text, RuntimeWarning, *(user_frame() or ("limpide", 1)))
    return _replaced[path]


def is_temporary() -> bool:
    """Whether this process fell back to a temporary folder."""
    return location() in _replaced


def _refuse_shared(path: Path) -> None:
    if os.name != "posix":
        return
    status = path.stat()
    hint = "set LIMPIDE_CACHE to a folder of your own, with mode 0700"
    if status.st_uid != os.geteuid():
        raise CacheError("cache", f"{path} belongs to another user (uid {status.st_uid})", hint=hint)
    if status.st_mode & stat.S_IWOTH:
        mode = f"mode {status.st_mode & 0o7777:o}"
        raise CacheError("cache", f"all users may write to {path} ({mode})", hint=hint)


def _remove_at_exit(path: Path, owner: int) -> None:
    if os.getpid() == owner:
        shutil.rmtree(path, ignore_errors=True)


def key(name: str, *parts: str) -> str:
    """The key of a source: its name and the sha256 of all that its machine code depends on."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode()
        digest.update(b"%d:" % len(data))
        digest.update(data)
    return f"{name}-{digest.hexdigest()[:40]}"


def lookup(key: str) -> Entry | None:
    """The entry of a key, its bytes checked; None if there is none or it is damaged."""
    place = folder() / key
    try:
        manifest = json.loads((place / MANIFEST).read_bytes())
        source, library = place / manifest["source"], place / manifest["library"]
        content = library.read_bytes()
        if len(content) != manifest["size"] or hashlib.sha256(content).hexdigest() != manifest["sha256"]:
            return None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    with suppress(OSError):  # a read-only cache still serves
        os.utime(place / MANIFEST)
    return Entry(source, library)


class building:
    """A private folder to build in, on the cache's file system; gone afterwards, whatever happens.

    with building() as place: ...
    """

    def __enter__(self) -> Path:
        parent = folder()
        try:
            self.place = Path(tempfile.mkdtemp(prefix=BUILDING, dir=parent))
        except OSError as error:
            self.place = Path(tempfile.mkdtemp(prefix=BUILDING, dir=fall_back(error)))
        return self.place

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.place, ignore_errors=True)


def store(key: str, place: Path, source: str, library: str) -> Entry:
    """Make the built folder `place` the entry of `key`, and give the entry that stands.

    source, library: names of files in `place`. A damaged entry is replaced; a sound one, made by
    another process meanwhile, stays, as that process may be about to open it. Raises OSError if
    the disk is full.
    """
    content = (place / library).read_bytes()
    manifest = {
        "source": source,
        "library": library,
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    (place / MANIFEST).write_text(json.dumps(manifest))
    theirs = _publish(place, place.parent / key)
    _sweep_sometimes()
    return theirs or Entry(place.parent / key / source, place.parent / key / library)


def keep_failed(key: str, place: Path, source: str) -> Path:
    """Keep a source that did not compile, to be looked at; gives its path."""
    target = place.parent / (FAILED + key)
    _publish(place, target)
    return target / source


def _publish(place: Path, target: Path) -> Entry | None:
    """Give a built folder its name; the entry that has it already, if that is sound, is given back."""
    for _ in range(100):
        try:
            os.replace(place, target)
            return None
        except OSError:
            if not target.is_dir():
                raise
        theirs = lookup(target.name)
        if theirs is not None:
            return theirs
        _remove(target)
    raise OSError(f"{target} could not be replaced")


def discard(key: str) -> None:
    """Remove the entry of a key, if there is one."""
    if (folder() / key).is_dir():
        _remove(folder() / key)


def _remove(target: Path) -> None:
    """Remove a folder so that no reader sees half of it."""
    aside = Path(tempfile.mkdtemp(prefix=BUILDING, dir=target.parent))
    with suppress(FileNotFoundError):  # another process was faster
        os.replace(target, aside / "old")
    shutil.rmtree(aside, ignore_errors=True)


def read_note(name: str) -> str | None:
    """A small text kept between processes, or None."""
    path = folder() / name
    try:
        text = path.read_text("utf-8")
    except (OSError, ValueError):
        return None
    with suppress(OSError):
        os.utime(path)
    return text


def write_note(name: str, text: str) -> None:
    """Keep a small text between processes; not kept where the folder cannot be written."""
    place = folder()
    try:
        handle, temporary = tempfile.mkstemp(prefix=BUILDING, dir=place)
    except OSError:
        return
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(temporary, place / name)
    except OSError:
        os.unlink(temporary)


@dataclass(frozen=True)
class _Held:
    path: Path
    bytes: int
    used: float  # time of the last use


def _entries() -> list[_Held]:
    held = []
    for item in _scan(folder()):
        if item.name.startswith(BUILDING):
            continue
        if item.is_dir(follow_symlinks=False):
            files = {file.name: file for file in _scan(Path(item.path))}
        elif item.name.endswith(RECIPE):
            files = {item.name: item}
        else:
            continue
        try:
            sizes = sum(file.stat().st_size for file in files.values())
            used = files.get(MANIFEST, item).stat().st_mtime
        except OSError:
            continue  # removed meanwhile
        held.append(_Held(Path(item.path), sizes, used))
    return held


def _scan(place: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(place) as items:
            return list(items)
    except OSError:
        return []


def usage() -> tuple[int, int]:
    """How many entries the cache holds, and their bytes."""
    held = _entries()
    return len(held), sum(one.bytes for one in held)


def clear() -> None:
    """Remove all entries, what is known of the compilers, and abandoned builds."""
    for item in _scan(folder()):
        _delete(item)


def _delete(item: os.DirEntry[str]) -> None:
    if item.is_dir(follow_symlinks=False):
        _remove(Path(item.path))
    else:
        Path(item.path).unlink(missing_ok=True)


def limit() -> int:
    """The most bytes that the cache may hold (LIMPIDE_CACHE_SIZE, in MB)."""
    text = os.environ.get("LIMPIDE_CACHE_SIZE", "").strip()
    return (int(text) if text.isdigit() else DEFAULT_MEGABYTES) * 1_000_000


def sweep(now: float | None = None) -> None:
    """Remove abandoned builds, and the entries unused for longest while there are too many bytes."""
    now = time.time() if now is None else now
    for item in _scan(folder()):
        if item.name.startswith(BUILDING) and _age(item, now) > ABANDONED_SECONDS:
            _delete(item)
    held = sorted(_entries(), key=lambda one: one.used)
    excess = sum(one.bytes for one in held) - limit()
    for one in held:
        if excess <= 0 or now - one.used < GRACE_SECONDS:
            break
        _remove(one.path)
        excess -= one.bytes


def _age(item: os.DirEntry[str], now: float) -> float:
    try:
        return now - item.stat(follow_symlinks=False).st_mtime
    except OSError:
        return 0.0


def _sweep_sometimes() -> None:
    global _stores
    _stores += 1
    stamp = folder() / "swept"
    try:
        recent = time.time() - stamp.stat().st_mtime < SWEEP_SECONDS
    except OSError:
        recent = False
    if recent and _stores % SWEEP_STORES:
        return
    write_note(stamp.name, "")
    sweep()
