"""One C function for kernels that differ in the names of their arrays alone, and one for equal tiles."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ..graph import Node

WORD = re.compile(r"\b[A-Za-z_]\w*")


@dataclass
class Function:
    """The function of a kernel.

    names: what nodes are called in it. describe: its comment, given such names; begins with the function's.
    parameters: declarations of its arrays by their names, in order. extra: the others. values: names of what
    it computes, where they come from the user. written: the arrays that it writes. makes: the nodes whose
    elements have these names. uses: of every kernel that has this function its name, its arrays and values in
    order of appearance, and what it makes.
    """

    name: str
    names: Mapping[Node, str]
    describe: Callable[[Mapping[Node, str]], Sequence[str]]
    parameters: Mapping[str, str]
    extra: Sequence[str]
    values: Sequence[str]
    written: set[str]
    lines: Sequence[str]
    makes: Mapping[str, Node]
    uses: list[tuple[str, list[str], Mapping[str, Node]]] = field(default_factory=list)

    @property
    def body(self) -> str:
        declared = ", ".join([*self.parameters.values(), *self.extra])
        return "\n".join([f"({declared}) {{", *self.lines, "}"])

    def appearing(self) -> list[str]:
        """Arrays and values, in the order in which they appear."""
        own = {*self.parameters, *self.values}
        return list(dict.fromkeys(word for word in WORD.findall(self.body) if word in own))

    def key(self) -> str:
        """The text with numbers for names: equal for kernels that may share it."""
        return renamed(self.body, {name: f"@{i}" for i, name in enumerate(self.appearing())})

    def text(self) -> str:
        """C. What its uses call differently is called after its role."""
        roles = self.roles()
        first, *rest = self.describe({node: roles.get(name, name) for node, name in self.names.items()})
        kernels = ", ".join(name for name, *_ in self.uses)
        heading = textwrap.wrap(kernels + first.removeprefix(self.name), 110, subsequent_indent="     ")
        comment = "\n".join([*heading, *(f"   {line}" for line in rest)]).strip()
        return f"/* {comment_text(comment)} */\nstatic void {self.name}{renamed(self.body, roles)}"

    def roles(self) -> dict[str, str]:
        """New names for the first use's, where others call the same place differently."""
        own, *others = [names for _, names, _ in self.uses]
        taken = set(WORD.findall(self.body))
        roles = {}
        for at, name in enumerate(own):
            if all(names[at] == name for names in others):
                continue
            base = "value" if name not in self.parameters else "out" if name in self.written else "in"
            count = 1
            while f"{base}{count}" in taken:
                count += 1
            roles[name] = f"{base}{count}"
            taken.add(roles[name])
        return roles


def renamed(text: str, names: Mapping[str, str]) -> str:
    return WORD.sub(lambda word: names.get(word[0], word[0]), text)


def comment_text(text: str) -> str:
    """What may stand in a comment: names are the user's, and may be anything."""
    return text.replace("*/", "* /")


@dataclass
class Functions:
    """The functions of a file, in order; taken: names that they may not have."""

    taken: set[str]
    found: dict[str, Function | str] = field(default_factory=dict)  # by their text without names
    helpers: dict[str, str] = field(default_factory=dict)  # the names of helpers, by the same

    def add(self, function: Function, helpers: Iterable[tuple[str, str]]) -> str:
        """Take in a function and the helpers (name, text) that it calls; gives its name in the file."""
        known = {name: self._helper(function.name, name, text) for name, text in helpers}
        function.lines = [renamed(line, known) for line in function.lines] if known else function.lines
        shared = self.found.setdefault(function.key(), function)
        assert isinstance(shared, Function)
        shared.uses.append((function.name, function.appearing(), function.makes))
        return shared.name

    def names(self) -> set[str]:
        """What the functions and their helpers are called."""
        own = {f.name for f in self.found.values() if isinstance(f, Function)}
        return own | set(self.helpers.values())

    def _helper(self, kernel: str, name: str, text: str) -> str:
        """A helper is named without its kernel: others that need the same call it, too."""
        base = name.removeprefix(f"{kernel}_")
        key = renamed(text, {name: "@"})
        if key not in self.helpers:
            free, count = base, 1
            while free in self.taken:
                count += 1
                free = f"{base}_{count}"
            self.taken.add(free)
            self.helpers[key] = free
            self.found[key] = renamed(text, {name: free})
        return self.helpers[key]

    def text(self) -> str:
        return "\n\n".join(f if isinstance(f, str) else f.text() for f in self.found.values())
