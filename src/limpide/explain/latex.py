"""Formulas as LaTeX."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .expression import BigSum, Call, Choice, Derivative, Element, Expr, Symbol
from .printer import ATOM, MUL, Printer, split_name

# Words that are Greek letters, and how these look.
GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η",
    "theta": "θ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ",
    "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "upsilon": "υ", "phi": "φ", "chi": "χ",
    "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ",
    "Pi": "Π", "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
}  # fmt: skip

# Functions that mathematics writes in its own way; {} is the argument, in parentheses where it needs them.
_KNOWN = ("log", "sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "max", "min")
LATEX_NAMES = {name: f"\\{name}" for name in _KNOWN} | {"sigmoid": r"\sigma"}
AROUND = {
    "sqrt": r"\sqrt{{{}}}",
    "cbrt": r"\sqrt[3]{{{}}}",
    "exp": "e^{{{}}}",
    "abs": r"\left|{}\right|",
    "floor": r"\left\lfloor {} \right\rfloor",
    "ceil": r"\left\lceil {} \right\rceil",
    "stop_gradient": "{}",
}
LATEX_SIGNS = {"==": "=", "!=": r"\neq", "<=": r"\leq", ">=": r"\geq", ":": ":"}


class Latex(Printer):
    array_last = True

    def at(self, e: Expr, level: int) -> str:
        bare = isinstance(e, Call) and (e.name == "exp" or _without_parentheses(e))
        return self.parentheses(self.show(e)) if bare and level == ATOM else super().at(e, level)

    def exponent(self, base: Expr, shown: str) -> str:
        return shown if base.scalar else rf"\odot {shown}"

    def row(self, parts: Sequence[str]) -> str:
        return " ".join(parts)

    def number(self, text: str) -> str:
        mantissa, _, exponent = text.partition("e")
        if exponent:
            ten = f"10^{{{int(exponent)}}}"
            return ten if mantissa == "1" else rf"{mantissa} \cdot {ten}"
        above, _, below = text.partition("/")
        return rf"\frac{{{above}}}{{{below}}}" if below else text

    def symbol(self, name: str) -> str:
        base, *indices = split_name(name)
        shown = _latex_word(base)
        return f"{shown}_{{{','.join(map(_latex_word, indices))}}}" if indices else shown

    def sign(self, text: str) -> str:
        return LATEX_SIGNS.get(text, text)

    def parentheses(self, inside: str) -> str:
        return rf"\left({inside}\right)"

    def brackets(self, inside: str) -> str:
        return rf"\left[{inside}\right]"

    def negative(self, shown: str) -> str:
        return f"-{shown}"

    def fraction(self, above: Expr, below: Expr) -> str:
        return rf"\frac{{{self.show(above)}}}{{{self.show(below)}}}"

    def raised(self, base: str, exponent: str, plain: bool) -> str:
        return f"{base}^{{{exponent}}}"

    def lowered(self, base: str, letters: Sequence[str]) -> str:
        return f"{{{base}}}_{{{' '.join(letters)}}}" if "_" in base else f"{base}_{{{' '.join(letters)}}}"

    def transposed(self, base: str) -> str:
        return rf"{base}^{{\top}}"

    def derivative(self, e: Derivative) -> str:
        return rf"\frac{{\partial {self.symbol(e.of)}}}{{\partial {self.symbol(e.by)}}}"

    def call(self, e: Call) -> str:
        if e.name in AROUND and len(e.args) == 1 and not e.keywords:
            return AROUND[e.name].format(self.show(e.args[0]))
        name = LATEX_NAMES.get(e.name) or rf"\operatorname{{{_escape_latex(e.name)}}}"
        if _without_parentheses(e):
            return f"{name} {self.show(e.args[0])}"
        below = ", ".join(rf"\mathrm{{{k}}}={_escape_latex(v)}" for k, v in e.keywords)
        name = f"{name}_{{{below}}}" if below else name
        return rf"{name}\left({', '.join(map(self.show, e.args))}\right)"

    def sums(self, e: BigSum) -> str:
        signs = [rf"\sum_{{{letter}=1}}^{{{self.show(size)}}}" for letter, size in e.over]
        return " ".join([*signs, self.at(e.body, MUL)])

    def times(self, parts: Sequence[str], scalar: Sequence[bool]) -> str:
        shown = parts[0]
        for part, before in zip(parts[1:], scalar, strict=False):
            sign = r"\odot" if not before else r"\cdot" if part[:1].isdigit() else r"\,"
            shown += f" {sign} {part}"
        return shown

    def matmul(self, parts: Sequence[str]) -> str:
        return r" \, ".join(parts)

    def item(self, base: str, entries: Sequence[str]) -> str:
        return rf"{base}\left[{', '.join(entries)}\right]"

    def choice(self, e: Choice) -> str:
        then, condition, other = self.show(e.then), self.show(e.condition), self.show(e.otherwise)
        return rf"\begin{{cases}} {then} & {condition} \\ {other} & \text{{otherwise}} \end{{cases}}"


def _without_parentheses(e: Call) -> bool:
    """Whether the argument stands right behind the name, as in sin x."""
    known = e.name in LATEX_NAMES and e.name != "sigmoid" and len(e.args) == 1 and not e.keywords
    return known and isinstance(e.args[0], Symbol | Element)


def _latex_word(word: str) -> str:
    if word in GREEK:
        return f"\\{word}"
    return word if len(word) == 1 or word.isdigit() else rf"\mathrm{{{_escape_latex(word)}}}"


def _escape_latex(text: str) -> str:
    return re.sub(r"([#$%&_{}])", r"\\\1", text.replace("\\", r"\backslash "))


LATEX = Latex()
