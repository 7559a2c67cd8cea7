"""The pieces of support.h: each is found by its names, with what it needs."""

from __future__ import annotations

import re
from pathlib import Path

from export.compilers import STRICT, run
from limpide.export.support import SUPPORT, pieces, support

PARTS = re.compile(r"\b(?:lpi?|LPI?)_\w*[A-Za-z0-9]\b(?!##)")


def test_every_function_macro_and_type_has_its_piece() -> None:
    text = SUPPORT.read_text("utf-8")
    functions = re.findall(r"^LP_INLINE [\w ]*?\**(\w+)\(", text, re.MULTILINE)
    macros = re.findall(r"^#define (\w+)", text, re.MULTILINE)
    names = {name for piece in pieces() for name in piece.names}
    assert {*functions, *macros} - {"LIMPIDE_SUPPORT_H"} <= names
    assert {"lp_to_i16_f64", "lp_vf32u", "lp_mod_u8", "lpi_dd", "lp_index"} <= names
    assert all(piece.names for piece in pieces())


def test_all_of_it_compiles_by_itself(tmp_path: Path) -> None:
    names = " ".join(name for piece in pieces() for name in piece.names)
    whole = support([names], 16)
    called = "lp_index(i, 1, e, 1) + lp_likely(i, 1) + lp_start(i, 1, e, 1)"
    uses = f"int64_t f(int64_t i, int64_t *e) {{ return {called}; }}"
    head = "#include <stddef.h>\n#include <stdint.h>\n"
    (tmp_path / "all.c").write_text(f"{head}{whole}\nint64_t f(int64_t i, int64_t *e);\n{uses}\n")
    run(["gcc", *STRICT, "-Wno-unknown-pragmas", "-O0", "-c", "all.c"], tmp_path)


def test_only_what_is_needed_is_there() -> None:
    text = support(["lp_tanh_f32(x)"], 32)
    assert text.startswith("#define LP_VB 32")
    assert "lp_tanh_f32(float x)" in text and "lp_erf" not in text and "philox" not in text
    assert support(["nothing"], 16).count("\n") == 0
