"""What of support.h a file needs: its functions, macros and types by name, with all that they use."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache as once
from pathlib import Path

from ..codegen import c

SUPPORT = Path(c.__file__).with_name("support.h")
WORD = re.compile(r"[A-Za-z_]\w*")
SECTION = re.compile(r"/\* ---- .* -+ \*/$")
DEFINED = re.compile(
    r"^\s*#define (\w+)"  # a macro,
    r"|^(?:LP_INLINE|LP_NOINLINE|static inline) [\w *]*?(\w+)\("  # a function,
    r"|^static const \w+ (\w+)\["  # a table,
    r"|^typedef .*?(\w+)(?: __attribute__\(\(.*\)\))?;$",  # a type
    re.MULTILINE,
)
CALLED = re.compile(r"^(LPI_\w+)\((.*)\);?$")  # a macro that writes functions or types
MACRO = re.compile(r"#define (LPI_\w+)\(([^)]*)\)(.*)", re.DOTALL)
BRACED = re.compile(r"^\}", re.MULTILINE)


@dataclass(frozen=True)
class Item:
    """A piece of the text: the names that it gives, and the words in it."""

    text: str
    names: frozenset[str]
    words: frozenset[str]


def support(texts: Iterable[str], vector_bytes: int) -> str:
    """The pieces of support.h, and of the checks of positions, that these texts need; in their order."""
    items = pieces()
    home = {name: item for item in items for name in item.names}
    wanted: set[Item] = set()
    left = {word for text in texts for word in WORD.findall(text)}
    while left:
        new = {home[word] for word in left if word in home} - wanted
        wanted |= new
        left = {word for item in new for word in item.words}
    kept = [item.text for item in items if item in wanted and "LP_VB" not in item.names]
    return "\n".join([f"#define LP_VB {vector_bytes} /* bytes of one vector */", *kept])


@once
def pieces() -> tuple[Item, ...]:
    """All of it."""
    found: list[Item] = []
    macros: dict[str, tuple[list[str], str]] = {}
    for text in [*_blocks(SUPPORT.read_text("utf-8")), *_blocks(c.checks_text(threads=1))]:
        macro = MACRO.search(text)
        if macro and not text.startswith("#if"):
            macros[macro[1]] = [p.strip() for p in macro[2].split(",")], macro[3]
        found.append(Item(text, *_names_and_words(text, macros)))
    return tuple(found)


def _names_and_words(
    text: str, macros: Mapping[str, tuple[list[str], str]]
) -> tuple[frozenset[str], frozenset[str]]:
    code = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    call = CALLED.match(code.strip())
    if call and call[1] in macros:
        parameters, body = macros[call[1]]
        given = dict(zip(parameters, [a.strip() for a in call[2].split(",")], strict=True))
        code = WORD.sub(lambda word: given.get(word[0], word[0]), _pasted(body, given))
        names = set(re.findall(r"LP_INLINE \w+ (\w+)\(", code)) | set(
            re.findall(r"typedef \w+ (\w+)(?= __attribute__)", code)
        )
        return frozenset(names), frozenset({call[1], *WORD.findall(code)} - names)
    names = {name for groups in DEFINED.findall(code) for name in groups if name}
    return frozenset(names), frozenset(set(WORD.findall(code)) - names)


def _pasted(body: str, given: Mapping[str, str]) -> str:
    """A macro's body with its parameters put in where they are pasted to words."""
    for name, value in given.items():
        body = re.sub(rf"##{name}\b(##)?", value, body)
    return body.replace("\\\n", "\n")


def _blocks(text: str) -> Iterator[str]:
    """The text in pieces: conditions, macros, functions, lines; each with the comment before it."""
    lines = _inside_guard(text.splitlines())
    comment: list[str] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        end = at + 1
        if not line.strip() or SECTION.match(line):
            comment = []
        elif line.startswith("/*"):
            while not lines[end - 1].rstrip().endswith("*/"):
                end += 1
            comment = lines[at:end]
        else:
            end = _end(lines, at)
            yield "\n".join([*comment, *lines[at:end]])
            comment = []
        at = end


def _inside_guard(lines: list[str]) -> list[str]:
    """What stands between the includes and the last #endif of a header; all of anything else."""
    includes = [i for i, line in enumerate(lines) if "#include" in line]
    return lines[includes[-1] + 2 : -1] if includes else lines


def _end(lines: list[str], at: int) -> int:
    """Behind the last line of the piece that begins here."""
    first = re.sub(r"\s*/\*.*\*/$", "", lines[at])
    end = at + 1
    if first.startswith("#if"):
        depth = 1
        while depth:
            depth += lines[end].startswith("#if") - lines[end].startswith("#endif")
            end += 1
    elif first.startswith("#"):
        while lines[end - 1].endswith("\\"):
            end += 1
    elif first.endswith(("{", ",")):
        while not BRACED.match(lines[end - 1]):
            end += 1
    return end
