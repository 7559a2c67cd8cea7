"""A generated C file cut into units that compilers work on at the same time.

Generated text keeps to one form: a function starts at the left edge with its name and parameters on one line
that ends in `{`, and ends with `}` at the left edge. `run` calls the kernels, which are static; they call
helpers, which are LP_INLINE. Every unit has some of the kernels, what these call, and declarations of the
others; the first has `run` and the entry. Text between functions is in all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ..config import cores

UNIT_CHARACTERS = 12_000  # less is compiled as quickly in one piece
MOST_UNITS = 4

FUNCTION = re.compile(r"^(static|LP_INLINE) \w+ (\w+)\(.*\) \{\n(?:(?!\}).*\n)*\}\n", re.MULTILINE)
ENTRY = "\nint64_t lp_call("
HIDDEN = '__attribute__((visibility("hidden"))) '  # seen by the other units, and by nobody else


def count(source: str) -> int:
    """How many units a source is worth on the cores that there are."""
    kernels = sum(1 for found in FUNCTION.finditer(source) if found[1] == "static") - 1  # `run` is none
    return max(1, min(cores(), MOST_UNITS, kernels, len(source) // UNIT_CHARACTERS))


def longest(source: str) -> int:
    """Lines of the longest function."""
    return max((found.group().count("\n") for found in FUNCTION.finditer(source)), default=0)


def cut(source: str, number: int) -> list[str]:
    """The source as `number` units that take about as long."""
    functions = {found[2]: found for found in FUNCTION.finditer(source)}
    helpers = {name: found.group() for name, found in functions.items() if found[1] == "LP_INLINE"}
    needs = {name: _called([found.group()], helpers) for name, found in functions.items()}
    sizes = {
        name: len(found.group()) + sum(len(helpers[n]) for n in needs[name])
        for name, found in functions.items()
        if name not in helpers
    }
    home = {"run": 0}
    loads = [sizes.pop("run", 0)] + [0] * (number - 1)
    for name in sorted(sizes, key=lambda name: -sizes[name]):
        home[name] = loads.index(min(loads))
        loads[home[name]] += sizes[name]
    return [_unit(source, home, needs, unit) for unit in range(number)]


def _called(texts: Iterable[str], helpers: Mapping[str, str]) -> set[str]:
    """The helpers that texts call, and those that these call."""
    found: set[str] = set()
    for text in texts:
        found |= {word for word in re.findall(r"\w+(?=\()", text) if word in helpers}
    new = found and _called([helpers[n] for n in found], {n: t for n, t in helpers.items() if n not in found})
    return found | new


def _unit(source: str, home: Mapping[str, int], needs: Mapping[str, set[str]], unit: int) -> str:
    own = {name for name, at in home.items() if at == unit}
    helpers = {n for name in own & needs.keys() for n in needs[name]}

    def placed(found: re.Match[str]) -> str:
        name, text = found[2], found.group()
        if found[1] == "LP_INLINE":
            return text if name in helpers else ""
        if name == "run":
            return text if unit == 0 else ""
        shown = HIDDEN + text.removeprefix("static ")
        return shown if name in own else shown.partition(" {\n")[0] + ";\n"

    return FUNCTION.sub(placed, source if unit == 0 else source[: source.index(ENTRY)])
