import ctypes
import os
import shlex
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limpide.errors import LimpideError
from limpide.runtime import cache, toolchain

pytestmark = pytest.mark.skipif(os.name != "posix", reason="compilers are stood in for by shell scripts")


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def no_compilers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.setenv("PATH", str(empty))
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setattr(toolchain, "zig_package", lambda: ((), "the package ziglang is not installed"))


def test_order_of_candidates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "anything")
    assert [one.name for one in toolchain.probe()] == ["$CC", "clang", "ziglang", "gcc", "cc"]
    monkeypatch.delenv("CC")
    assert [one.name for one in toolchain.probe()] == ["clang", "ziglang", "gcc", "cc"]


def test_without_compilers(no_compilers: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert toolchain.find() is None
    assert not any(one.found or one.works for one in toolchain.probe())
    with pytest.raises(LimpideError) as caught:
        toolchain.require()
    text = str(caught.value)
    assert "[compile] no C compiler was found that works" in text
    assert "gcc: gcc is not on the PATH" in text
    assert "pip install 'limpide[cc]'" in text
    toolchain.notice_no_compiler.cache_clear()
    toolchain.notice_no_compiler()
    toolchain.notice_no_compiler()
    assert capsys.readouterr().err.count("NumPy computes instead") == 1


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("exit 3", "cannot compile a small program (exit 3)"),
        ('echo "x.c:1: fatal error: stdint.h: No such file" >&2; exit 1', "stdint.h: No such file"),
        ("exit 0", "cannot load"),
        ('[ -f trial.so ] || cp "$DAMAGED" trial.so', "cannot load"),
    ],
)
def test_broken_cc_is_skipped_with_a_reason(
    body: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = tmp_path / "damaged.so"
    damaged.write_bytes(b"\x7fELF and nothing more")
    monkeypatch.setenv("DAMAGED", str(damaged))
    monkeypatch.setenv("CC", str(script(tmp_path / "cc", body)))
    first = toolchain.probe()[0]
    assert first.name == "$CC"
    assert first.found
    assert not first.works
    assert why in first.why
    found = toolchain.find()
    assert found is None or found.command != first.command


@pytest.mark.parametrize(
    ("text", "why"), [("no-such-compiler -x", "not on the PATH"), ("gcc '", "cannot be read")]
)
def test_cc_that_is_no_command(text: str, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", text)
    first = toolchain.probe()[0]
    assert not first.found
    assert why in first.why


def test_cc_that_is_not_a_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "cc"
    program.write_bytes(b"\0\1\2")
    program.chmod(0o755)
    monkeypatch.setenv("CC", str(program))
    assert "cannot be started" in toolchain.probe()[0].why


def test_cc_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchain, "TRY_SECONDS", 0.1)
    monkeypatch.setenv("CC", str(script(tmp_path / "cc", "exec sleep 5")))
    assert "did not answer" in toolchain.probe()[0].why


@pytest.mark.parametrize(
    "said", ["ld: final link failed: No space left on device", "ld: Read-only file system"]
)
def test_full_disk_is_not_taken_for_a_broken_compiler(
    said: str,
    compiler: toolchain.Toolchain,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    full = f'case "$PWD" in {folder}*) echo "{said}" >&2; exit 1;; esac'
    program = script(tmp_path / compiler.kind, f'{full}\nexec {shlex.join(compiler.command)} "$@"')
    monkeypatch.setenv("CC", str(program))
    with pytest.warns(RuntimeWarning, match=said.split(": ")[-1]):
        first = toolchain.probe()[0]
    assert first.works
    assert cache.is_temporary()


def test_cc_with_arguments_comes_first(
    compiler: toolchain.Toolchain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CC", f"{shlex.join(compiler.command)} -DANYTHING")
    toolchain.forget()
    assert toolchain.require().command == (*compiler.command, "-DANYTHING")


def test_flags(compiler: toolchain.Toolchain) -> None:
    flags = compiler.flags(2)
    assert flags[0] == "-O2"
    for wanted in (
        "-fno-math-errno",
        "-fno-trapping-math",
        "-ffp-contract=fast",
        "-std=gnu11",
        "-w",
        "-shared",
    ):
        assert wanted in flags
    assert "-ffast-math" not in flags
    assert ("-mprefer-vector-width=512" in flags) == (compiler.isa.name == "avx512")


@pytest.mark.parametrize(
    ("macros", "name"),
    [
        ({"__AVX512F__", "__AVX2__", "__SSE2__"}, "avx512"),
        ({"__AVX2__", "__SSE2__"}, "avx2"),
        ({"__SSE2__"}, "sse"),
        ({"__ARM_NEON"}, "neon"),
        (set(), "plain"),
    ],
)
def test_isa_is_read_from_macros(macros: set[str], name: str) -> None:
    found = toolchain._describe(("cc",), (), dict.fromkeys(macros, "1"))
    assert found.isa.name == name
    assert found.isa.vector_bytes == {"avx512": 64, "avx2": 32}.get(name, 16)
    assert found.isa.registers == (32 if name in ("avx512", "neon") else 16)


def test_kind() -> None:
    assert toolchain._kind(("/usr/bin/cc",), {"__GNUC__": "12"}) == "gcc"
    assert toolchain._kind(("/usr/bin/cc",), {"__GNUC__": "4", "__clang__": "1"}) == "clang"
    assert toolchain._kind(("/x/ziglang/zig", "cc"), {"__clang__": "1"}) == "zig"
    assert toolchain._kind((sys.executable, "-m", "ziglang", "cc"), {"__clang__": "1"}) == "zig"


def test_slow_probe_is_remembered_until_the_compiler_changes(
    compiler: toolchain.Toolchain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = tmp_path / "count"
    program = script(
        tmp_path / compiler.kind, f'echo run >> {count}; exec {shlex.join(compiler.command)} "$@"'
    )
    monkeypatch.setenv("CC", str(program))
    toolchain.forget()
    first = toolchain.require()
    runs = len(count.read_text().split())
    toolchain.forget()
    assert toolchain.require() == first
    assert len(count.read_text().split()) == runs
    os.utime(program, (1, 1))
    toolchain.forget()
    assert toolchain.require() == first
    assert len(count.read_text().split()) == 2 * runs


@given(st.text(max_size=30) | st.sampled_from(['{"command": 3}', "[]", '{"isa": {}}', "1"]))
def test_damaged_note_is_as_none(text: str) -> None:
    assert toolchain._from_note(text) is None


def test_probe_leaves_no_files(compiler: toolchain.Toolchain) -> None:
    assert all(item.name.startswith("compiler-") for item in cache.folder().iterdir())


def test_compiled_code_knows_nan(compiler: toolchain.Toolchain, tmp_path: Path) -> None:
    from limpide.runtime import native

    source = "#include <math.h>\nint is_nan(float x) { return x != x && isnan(x); }"
    library = native.load(source, "nan")
    library.is_nan.argtypes = [ctypes.c_float]
    assert library.is_nan(float("nan")) == 1
    assert library.is_nan(1.0) == 0
