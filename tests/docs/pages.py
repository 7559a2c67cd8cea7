"""Run the Python blocks of a page, in order and in one namespace.

A block fenced ```python is run; what it prints is what the ```text or ```c block right below it must show.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path

FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass
class Block:
    """A Python block: its code, the line it starts on, and the place and text of the output below it."""

    code: str
    line: int
    output: tuple[int, int] | None
    expected: str
    language: str = ""  # of the output


def blocks(page: str) -> list[Block]:
    """The Python blocks of a page, each with the output that follows it."""
    found: list[Block] = []
    end = -1  # where the last Python block ended, if nothing but a blank line came after it
    for match in FENCED.finditer(page):
        language, text = match.groups()
        if language == "python":
            found.append(Block(text, page.count("\n", 0, match.start()) + 2, None, ""))
            end = match.end()
        elif language in ("text", "c") and found and not page[end : match.start()].strip():
            found[-1].output, found[-1].expected, found[-1].language = match.span(2), text, language
    return found


def run(path: Path) -> list[str]:
    """What each Python block of a page prints."""
    namespace: dict[str, object] = {"__name__": "__main__"}
    printed = []
    for block in blocks(path.read_text("utf-8")):
        out = io.StringIO()
        code = compile("\n" * (block.line - 1) + block.code, str(path), "exec")
        with contextlib.redirect_stdout(out):
            exec(code, namespace)
        printed.append("".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines()))
    return printed


def updated(page: str, printed: list[str]) -> str:
    """The page with the outputs put in."""
    for block, text in reversed(list(zip(blocks(page), printed, strict=True))):
        if block.output is not None:
            page = page[: block.output[0]] + text + page[block.output[1] :]
    return page


if __name__ == "__main__":
    print(json.dumps(run(Path(sys.argv[1]))))
