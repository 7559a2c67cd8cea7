"""Files that are whole: the old content, or the new, whatever happens in between."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

MARK = ".unfinished-"  # in the names of files that are being written


def write_atomically(path: str | os.PathLike[str], write: Callable[[Path], None]) -> None:
    """Let `write` fill a file beside `path`, and give it that name when all is on the disk.

    A process that is killed leaves the old file, and at most one with ".unfinished-" in its name; the next
    write to `path` removes those.
    Raises what `write` raises; then nothing has changed.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    for left in target.parent.glob(f".{target.name}{MARK}*"):
        if not _running(left.name.rpartition("-")[2]):
            left.unlink(missing_ok=True)
    beside = target.with_name(f".{target.name}{MARK}{os.getpid()}")
    try:
        write(beside)
        _flush(beside)
        os.replace(beside, target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    with contextlib.suppress(OSError):  # not all systems can flush a folder
        _flush(target.parent)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _running(pid: str) -> bool:
    """Whether another process with this number is there, which may be writing still."""
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except (ValueError, OSError):
        return True
    return int(pid) != os.getpid()
