import ctypes
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from limpide.errors import CacheError, CompilerError
from limpide.runtime import cache, native, toolchain

pytestmark = pytest.mark.usefixtures("compiler")
POSIX = pytest.mark.skipif(os.name != "posix", reason="signals and shell scripts")

TWICE = "int twice(int x) { return 2 * x; }"


def fresh_process() -> None:
    """Forget what this process has loaded, as a new one would."""
    native._loaded.clear()


def python(text: str, **more: str) -> "subprocess.Popen[str]":
    environment = {**os.environ, **more}
    return subprocess.Popen(
        [sys.executable, "-c", text],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    """Take a shell script as the compiler for all but the probe."""
    real = toolchain.require()
    program = tmp_path / "standin"
    program.write_text(f"#!/bin/sh\nreal='{' '.join(real.command)}'\n{body}\n")
    program.chmod(0o755)
    fake = toolchain.Toolchain((str(program),), real.kind, real.version, real.isa, real.target)
    monkeypatch.setattr(toolchain, "require", lambda: fake)


def test_load_and_call() -> None:
    assert native.load(TWICE, "twice").twice(21) == 42


def test_the_same_source_is_compiled_once() -> None:
    first = native.load(TWICE, "twice")
    assert native.load(TWICE, "twice") is first
    fresh_process()
    assert native.load(TWICE, "twice").twice(4) == 8
    assert (native.stats.compiles, native.stats.hits) == (1, 1)
    assert native.stats.seconds > 0


def test_level_headers_and_source_make_a_new_entry() -> None:
    source = '#include "k.h"\nint k(void) { return K; }'
    assert native.load(source, "k", headers={"k.h": "#define K 1"}).k() == 1
    assert native.load(source, "k", headers={"k.h": "#define K 2"}).k() == 2
    native.load(source, "k", level=0, headers={"k.h": "#define K 2"})
    assert native.stats.compiles == 3


def test_source_and_headers_are_kept_to_read(folder: Path) -> None:
    native.load('#include "k.h"\nint k(void) { return K; }', "my kernel", headers={"k.h": "#define K 1"})
    entry = next(folder.glob("my_kernel-*"))
    kept = {file.name for file in entry.iterdir()}
    assert {"my_kernel.c", "k.h", cache.MANIFEST} < kept
    assert len(kept) == 4


def test_damaged_library_is_rebuilt_at_a_new_path(folder: Path) -> None:
    native.load(TWICE, "twice")
    library = next(folder.glob("twice-*/twice-*"))
    library.write_bytes(b"not a library")
    fresh_process()
    assert native.load(TWICE, "twice").twice(3) == 6
    assert native.stats.compiles == 2
    assert not library.exists()


def test_library_that_does_not_load_is_rebuilt(folder: Path) -> None:
    native.load(TWICE, "twice")
    entry = next(folder.glob("twice-*"))
    cache.discard(entry.name)
    with cache.building() as place:
        (place / "twice.c").write_text(TWICE)
        (place / "wrong.so").write_bytes(b"sound by its checksum, yet no library")
        cache.store(entry.name, place, "twice.c", "wrong.so")
    fresh_process()
    assert native.load(TWICE, "twice").twice(3) == 6
    assert native.stats.compiles == 2


def test_library_that_another_process_removes_before_it_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    real = cache.store

    def store_and_lose(key: str, *rest: Any) -> cache.Entry:
        entry = real(key, *rest)
        if native.stats.compiles == 1:
            cache.discard(key)
        return entry

    monkeypatch.setattr(cache, "store", store_and_lose)
    assert native.load(TWICE, "twice").twice(3) == 6
    assert native.stats.compiles == 2


def test_refused_source_is_our_defect_and_is_kept() -> None:
    with pytest.raises(CompilerError) as caught:
        native.load("int broken( {", "broken")
    text = str(caught.value)
    assert text.startswith("[compile] the C compiler refused code that limpide wrote:\n    broken.c:1:")
    assert "error:" in text
    assert "this is a defect of limpide, not of your program; please report it" in text
    kept = Path(text.split("source kept at ")[1].splitlines()[0])
    assert kept.read_text() == "int broken( {"


def test_missing_symbol_is_our_defect() -> None:
    with pytest.raises(CompilerError, match="defect of limpide"):
        native.load("int no_such_function(void); int f(void) { return no_such_function(); }", "f").f()


@POSIX
@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("kill -9 $$", "killed by signal 9"),
        ("echo 'gcc: fatal error: Killed signal terminated program cc1' >&2; exit 1", "ran out of memory"),
        ("echo 'internal compiler error: in x' >&2; exit 1", "the C compiler itself crashed"),
        ("echo 'k.c:1:10: fatal error: math.h: No such file or directory' >&2; exit 1", "is not complete"),
        ("echo 'cc1: cannot execute' >&2; exit 1", "is not complete"),
    ],
)
def test_faults_of_the_machine_are_not_called_ours(
    body: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, monkeypatch, body)
    with pytest.raises(CompilerError, match=text) as caught:
        native.load(TWICE, "twice")
    assert "defect" not in str(caught.value)


@POSIX
def test_full_disk_moves_to_a_temporary_folder(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = (
        f'case "$PWD" in {folder}*) echo "ld: final link failed: No space left on device" >&2; exit 1;; esac'
    )
    stand_in(tmp_path, monkeypatch, f'{full}\nexec $real "$@"')
    with pytest.warns(RuntimeWarning, match="No space left on device"):
        library = native.load(TWICE, "twice")
    assert library.twice(1) == 2
    assert list(folder.glob("twice-*")) == []


@POSIX
def test_full_disk_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, monkeypatch, "echo 'No space left on device' >&2; exit 1")
    with pytest.warns(RuntimeWarning), pytest.raises(CacheError, match="No space left") as caught:
        native.load(TWICE, "twice")
    assert "free some disk space" in str(caught.value)


def test_compiler_that_vanished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, monkeypatch, "")
    (tmp_path / "standin").unlink()
    with pytest.raises(CompilerError, match="is gone"):
        native.load(TWICE, "twice")


def test_processes_build_the_same_and_different_sources(folder: Path) -> None:
    work = """
from limpide.runtime import native
for i in (0, 1, {own}):
    assert native.load(f"int f(void) {{{{ return {{i}}; }}}}", "f").f() == i
print("well")
"""
    running = [python(work.format(own=own)) for own in (2, 2, 3)]
    said = [process.communicate(timeout=60) for process in running]
    assert said == [("well\n", "")] * 3
    assert len(list(folder.glob("f-*"))) == 4
    assert list(folder.glob(cache.BUILDING + "*")) == []
    for entry in folder.glob("f-*"):
        assert cache.lookup(entry.name) is not None


def test_threads_share_one_build() -> None:
    libraries = []
    threads = [threading.Thread(target=lambda: libraries.append(native.load(TWICE, "t"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(libraries) == 4
    assert len(set(map(id, libraries))) == 1
    assert native.stats.compiles == 1


@POSIX
def test_interrupt_while_compiling_leaves_no_process_and_no_entry(folder: Path, tmp_path: Path) -> None:
    started, child = tmp_path / "started", tmp_path / "child"
    program = tmp_path / "slow"
    program.write_text(
        f'#!/bin/sh\ncase "$*" in *slow.c*) sleep 60 & echo $! > {child}; touch {started}; wait;; esac\n'
        f'exec {shlex.join(toolchain.require().command)} "$@"\n'
    )
    program.chmod(0o755)
    work = "from limpide.runtime import native\nnative.load('int f(void) { return 1; }', 'slow')"
    process = python(work, CC=str(program))
    deadline = time.monotonic() + 30
    while not started.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert "KeyboardInterrupt" in said
    assert list(folder.glob("slow-*")) == []
    assert list(folder.glob(cache.BUILDING + "*")) == []
    assert not is_running(int(child.read_text()))


def is_running(pid: int) -> bool:
    for _ in range(100):
        try:
            os.kill(pid, 0)
            if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return False
        except OSError:
            return False
        time.sleep(0.02)
    return True


def test_imports_look_for_nothing(tmp_path: Path) -> None:
    place = tmp_path / "untouched"
    process = python("import limpide.runtime.native", LIMPIDE_CACHE=str(place))
    assert process.communicate(timeout=60) == ("", "")
    assert not place.exists()


def test_load_returns_a_library() -> None:
    assert isinstance(native.load(TWICE, "twice"), ctypes.CDLL)
