"""Names in the generated C: the user's where there is one, and never the templates' own."""

from __future__ import annotations

import re


def c_name(label: str) -> str:
    """A valid C name that reads like `label` and is none of the generated code's own.

    Names ending with _ belong to kernel templates, and so do loop variables such as i0 and r1.
    """
    name = re.sub(r"[^A-Za-z0-9]", "_", label).strip("_")
    if not name or not name[0].isalpha():
        name = f"v{name}"
    own = (
        name in RESERVED
        or re.fullmatch(r"[ir]\d+", name)
        or re.match(r"lp_|LP_|lpi_|u?int\w*_t$|[A-Z0-9_]+_(MAX|MIN|C)$|parts_\d", name)
    )
    return f"{name}_v" if own else name


# The words of C, then those of the generated code.
WORDS = """
auto break case char const continue default do double else enum extern float for goto if inline int long
register restrict return short signed sizeof static struct switch typedef union unsigned void volatile
while asm typeof main NULL memcpy memset offsetof size_t ptrdiff_t wchar_t linux unix
i j tid nt args given err pool arena scratch parts run
"""
RESERVED = frozenset(WORDS.split())
