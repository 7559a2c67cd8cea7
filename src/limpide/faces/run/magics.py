"""What notebooks write that is not Python: `%magic`, `!command`, `thing?`. Turned into calls of `Shell`.

%matplotlib inline   ->  get_ipython().run_line_magic('matplotlib', 'inline')
files = !ls *.py     ->  files = get_ipython().getoutput('ls *.py')
array.sum?           ->  get_ipython().pinfo('array.sum')
"""

from __future__ import annotations

import re

MAGIC = re.compile(r"^(?P<indent>\s*)(?P<target>[\w.,\s\[\]]+=\s*)?(?P<mark>%|!!?)(?P<rest>[A-Za-z{$./~].*)$")
HELP = re.compile(r"^\s*(\?{1,2}\s*(?P<before>[\w.*%]+)|(?P<after>[\w.*%]+(\([^)]*\))?)\s*\?{1,2})\s*$")
CELL = re.compile(r"^%%(?P<name>\w+)[ \t]*(?P<line>[^\n]*)\n?(?P<body>.*)$", re.DOTALL)

# Names that work without the percent sign, alone on a line.
AUTOMAGIC = re.compile(r"^(?:cd|ls|pwd|mkdir|matplotlib|pylab|cat|pdb)(?:[ \t]+[\w./~*-]+)*[ \t]*$")


def plain(cell: str) -> str:
    """The cell as Python, with as many lines."""
    lines = cell.split("\n")
    number = 0
    inside = _Strings()
    while number < len(lines):
        line = lines[number]
        if not inside.open and not inside.joined:
            number = _line(lines, number)
        if lines[number] == line or inside.open:
            inside.feed(lines[number])
        number += 1
    return "\n".join(lines)


def _line(lines: list[str], number: int) -> int:
    """Turn a line, and those that a backslash joins to it, into a call; gives the last of them."""
    line = lines[number]
    found, helps = MAGIC.match(line), HELP.match(line)
    if found is not None:
        last = number
        text = found["rest"]
        while text.endswith("\\") and last + 1 < len(lines):
            last += 1
            text = f"{text[:-1]}{lines[last].strip()}"
            lines[last] = ""
        lines[number] = (
            f"{found['indent']}{found['target'] or ''}{_call(found['mark'], text, found['target'])}"
        )
        return last
    if helps is not None:
        lines[number] = f"get_ipython().pinfo({(helps['before'] or helps['after'])!r})"
    elif AUTOMAGIC.match(line) and not line.startswith(" "):
        lines[number] = _call("%", line, None)
    return number


def _call(mark: str, text: str, target: str | None) -> str:
    if mark == "%":
        name, _, rest = text.partition(" ")
        return f"get_ipython().run_line_magic({name!r}, {rest.strip()!r})"
    return f"get_ipython().{'getoutput' if target or mark == '!!' else 'system'}({text!r})"


class _Strings:
    """Whether a line begins inside of a string of several lines, or goes on with the line before it."""

    def __init__(self) -> None:
        self.open = ""  # the quotes of the string that is open
        self.depth = 0  # of brackets
        self.backslash = False

    @property
    def joined(self) -> bool:
        return self.depth > 0 or self.backslash

    def feed(self, line: str) -> None:
        at = 0
        while at < len(line):
            if self.open:
                if line[at] == "\\":
                    at += 1
                elif line.startswith(self.open, at):
                    at += len(self.open) - 1
                    self.open = ""
            elif line[at] == "#":
                break
            elif line[at] in "\"'":
                quote = line[at]
                self.open = quote * 3 if line.startswith(quote * 3, at) else quote
                at += len(self.open) - 1
            elif line[at] in "([{":
                self.depth += 1
            elif line[at] in ")]}":
                self.depth = max(0, self.depth - 1)
            at += 1
        self.backslash = line.endswith("\\")
        if len(self.open) == 1 and not self.backslash:
            self.open = ""  # a broken string: Python will say so
