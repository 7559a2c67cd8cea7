"""Formulas as MathML, for pages."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from .expression import BigSum, Call, Choice, Derivative, Expr
from .latex import GREEK
from .printer import ATOM, MUL, Printer, split_name

SIDE_BY_SIDE = '<mo>&#8290;</mo><mspace width="0.2em"/>'  # an invisible times sign


class MathML(Printer):
    """Presentation MathML Core, which every browser draws by itself."""

    array_last = True

    def at(self, e: Expr, level: int) -> str:
        bare = isinstance(e, Call) and e.name == "exp" and level == ATOM
        return self.parentheses(self.show(e)) if bare else super().at(e, level)

    def exponent(self, base: Expr, shown: str) -> str:
        return shown if base.scalar else f"<mrow><mo>⊙</mo>{shown}</mrow>"

    def row(self, parts: Sequence[str]) -> str:
        return parts[0] if len(parts) == 1 else f"<mrow>{''.join(parts)}</mrow>"

    def number(self, text: str) -> str:
        above, _, below = text.partition("/")
        return f"<mfrac><mn>{above}</mn><mn>{below}</mn></mfrac>" if below else f"<mn>{escape(text)}</mn>"

    def symbol(self, name: str) -> str:
        base, *indices = split_name(name)
        shown = _identifier(base)
        return f"<msub>{shown}<mrow>{''.join(map(_identifier, indices))}</mrow></msub>" if indices else shown

    def sign(self, text: str) -> str:
        shown = {"==": "=", "!=": "≠", "<=": "≤", ">=": "≥", "-": "−"}.get(text, text)
        return f"<mo>{escape(shown)}</mo>"

    def parentheses(self, inside: str) -> str:
        return self._around("(", inside, ")")

    def brackets(self, inside: str) -> str:
        return self._around("[", inside, "]")

    def _around(self, left: str, inside: str, right: str) -> str:
        return f"<mrow><mo>{left}</mo>{inside}<mo>{right}</mo></mrow>"

    def negative(self, shown: str) -> str:
        return f'<mrow><mo form="prefix">−</mo>{shown}</mrow>'

    def fraction(self, above: Expr, below: Expr) -> str:
        return f"<mfrac>{self.row([self.show(above)])}{self.row([self.show(below)])}</mfrac>"

    def raised(self, base: str, exponent: str, plain: bool) -> str:
        return f"<msup>{base}{exponent}</msup>"

    def lowered(self, base: str, letters: Sequence[str]) -> str:
        return f"<msub>{base}<mrow>{''.join(map(_identifier, letters))}</mrow></msub>"

    def transposed(self, base: str) -> str:
        return f"<msup>{base}<mo>⊤</mo></msup>"

    def derivative(self, e: Derivative) -> str:
        above, below = (f"<mrow><mo>∂</mo>{self.symbol(n)}</mrow>" for n in (e.of, e.by))
        return f"<mfrac>{above}{below}</mfrac>"

    def call(self, e: Call) -> str:
        args = [self.show(a) for a in e.args]
        if len(args) == 1 and not e.keywords:
            match e.name:
                case "sqrt":
                    return f"<msqrt>{args[0]}</msqrt>"
                case "exp":
                    return f"<msup><mi>e</mi>{args[0]}</msup>"
                case "abs":
                    return self._around("|", args[0], "|")
        name = "<mi>σ</mi>" if e.name == "sigmoid" else f"<mi>{escape(e.name)}</mi>"
        below = escape(", ".join(f"{k}={v}" for k, v in e.keywords))
        name = f"<msub>{name}<mtext>{below}</mtext></msub>" if below else name
        return f"<mrow>{name}<mo>&#8289;</mo>{self.parentheses('<mo>,</mo>'.join(args))}</mrow>"

    def sums(self, e: BigSum) -> str:
        signs = [
            f"<munderover><mo>∑</mo><mrow>{_identifier(letter)}<mo>=</mo><mn>1</mn></mrow>{self.show(size)}</munderover>"
            for letter, size in e.over
        ]
        return f"<mrow>{''.join(signs)}{self.at(e.body, MUL)}</mrow>"

    def times(self, parts: Sequence[str], scalar: Sequence[bool]) -> str:
        shown = parts[0]
        for part, before in zip(parts[1:], scalar, strict=False):
            shown += f"{SIDE_BY_SIDE if before else '<mo>⊙</mo>'}{part}"
        return f"<mrow>{shown}</mrow>" if len(parts) > 1 else shown

    def matmul(self, parts: Sequence[str]) -> str:
        return f"<mrow>{SIDE_BY_SIDE.join(parts)}</mrow>"

    def item(self, base: str, entries: Sequence[str]) -> str:
        return f"<mrow>{base}{self.brackets('<mo>,</mo>'.join(entries))}</mrow>"

    def choice(self, e: Choice) -> str:
        rows = [
            (self.show(e.then), self.show(e.condition)),
            (self.show(e.otherwise), "<mtext>otherwise</mtext>"),
        ]
        table = "".join(f"<mtr><mtd>{a}</mtd><mtd>{b}</mtd></mtr>" for a, b in rows)
        return f'<mtable class="cases">{table}</mtable>'


def _identifier(word: str) -> str:
    if word.isdigit():
        return f"<mn>{word}</mn>"
    return f"<mi>{escape(GREEK.get(word, word))}</mi>"


MATHML = MathML()
