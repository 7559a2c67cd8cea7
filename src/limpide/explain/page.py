"""Reports as self-contained HTML: no scripts, no fonts, nothing from elsewhere; light and dark."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

STYLE = """
.lp-report{--ink:#1b1b1f;--paper:#fff;--soft:#f4f4f7;--line:#dcdce4;--faint:#5f5f6b;--accent:#2b62b5;
  --rule:#e8eefb;font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;color:var(--ink);
  background:var(--paper);max-width:1100px;margin:0 auto;padding:8px 20px 40px;box-sizing:border-box}
.lp-report h1{font:600 21px/1.35 ui-monospace,Menlo,Consolas,monospace;margin:18px 0 6px;
  overflow-wrap:anywhere}
.lp-report h2{font-size:18px;margin:34px 0 10px;padding-bottom:5px;border-bottom:1px solid var(--line)}
.lp-report nav a{color:var(--accent);text-decoration:none;margin-right:16px}
.lp-report .remark,.lp-report figcaption{color:var(--faint)}
.lp-report .formulas{width:auto;display:block;overflow-x:auto}
.lp-report .formulas td{border:0;padding:4px 3px;vertical-align:baseline}
.lp-report .formulas .left{text-align:right}
.lp-report math{font-size:1.12em}
.lp-report pre{background:var(--soft);border:1px solid var(--line);border-radius:6px;padding:10px 12px;
  overflow-x:auto;font:12.5px/1.5 ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;margin:8px 0;
  color:var(--ink)}
.lp-report td pre{background:none;border:0;padding:0;margin:0}
.lp-report details{margin:6px 0}
.lp-report summary{cursor:pointer;color:var(--faint)}
.lp-report figure{margin:8px 0 20px;overflow-x:auto;text-align:center}
.lp-report figcaption{margin-bottom:8px}
.lp-report table{border-collapse:collapse;width:100%;margin:8px 0}
.lp-report th,.lp-report td{text-align:left;vertical-align:top;padding:6px 10px;
  border-bottom:1px solid var(--line)}
.lp-report th{color:var(--faint);font-weight:600}
.lp-report .n{text-align:right;font-variant-numeric:tabular-nums}
.lp-report .chip{display:inline-block;background:var(--rule);border-radius:10px;padding:0 9px;
  margin:1px 4px 1px 0;font:12.5px/1.7 ui-monospace,Menlo,Consolas,monospace}
.lp-report .c1{color:#6a737d;font-style:italic}
.lp-report .c2{color:#8250df}
.lp-report .c3{color:#0a6b3d}
@media (prefers-color-scheme:dark){
.lp-report{--ink:#e9e9ef;--paper:#17171b;--soft:#202027;--line:#3a3a45;--faint:#a4a4b2;--accent:#8ab4f8;
  --rule:#26314a}
.lp-report .c1{color:#8b949e}
.lp-report .c2{color:#d2a8ff}
.lp-report .c3{color:#7ee2a8}
}
"""


@dataclass
class Block:
    """A piece of a section: "math", "svg", "pre", "fold" (closed at first), "passes", "kernels" or "c"."""

    kind: str
    body: str
    title: str = ""
    rows: Sequence[tuple[Any, ...]] = field(default_factory=list)


def page(title: str, remarks: Sequence[str], sections: Sequence[tuple[str, str]], whole: bool) -> str:
    """A page, or with `whole=False` the piece of one that a notebook shows."""
    links = "".join(f'<a href="#lp-{escape(t.lower())}">{escape(t)}</a>' for t, _ in sections)
    notes = "".join(f'<p class="remark">{escape(r)}</p>' for r in remarks)
    parts = "\n".join(
        f'<section id="lp-{escape(t.lower())}"><h2>{escape(t)}</h2>\n{html}</section>' for t, html in sections
    )
    head = f"<h1>{escape(title)}</h1>{notes}<nav>{links}</nav>"
    body = f'<style>{STYLE}</style>\n<div class="lp-report">{head}\n{parts}</div>'
    if not whole:
        return body
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(title)}</title>"
        "<style>body{margin:0}@media (prefers-color-scheme:dark){body{background:#17171b}}</style>"
        f"</head><body>\n{body}\n</body></html>\n"
    )


def section_html(text: str, blocks: Sequence[Block]) -> str:
    """The blocks of a section, or its text where there are none."""
    return "\n".join(map(_block, blocks)) if blocks else f"<pre>{escape(text)}</pre>"


def _block(block: Block) -> str:
    match block.kind:
        case "math":
            return block.body
        case "svg":
            return f"<figure><figcaption>{escape(block.title)}</figcaption>{block.body}</figure>"
        case "fold":
            return (
                f"<details><summary>{escape(block.title)}</summary><pre>{escape(block.body)}</pre></details>"
            )
        case "passes":
            return _passes(block.rows)
        case "kernels":
            return _kernels(block.rows) + f'<p class="remark">{escape(block.body)}</p>'
        case "c":
            return f"<pre>{highlighted(block.body)}</pre>"
    return f"<pre>{escape(block.body)}</pre>"


def _passes(rows: Sequence[tuple[Any, ...]]) -> str:
    lines = []
    for name, before, after, fired in rows:
        chips = "".join(f'<span class="chip">{escape(r if n == 1 else f"{r} ×{n}")}</span>' for r, n in fired)
        cells = f'<td>{escape(name)}</td><td class="n">{before}</td><td class="n">{after}</td>'
        lines.append(f"<tr>{cells}<td>{chips}</td></tr>")
    head = '<th>pass</th><th class="n">nodes before</th><th class="n">after</th><th>rules that fired</th>'
    return f"<table><tr>{head}</tr>{''.join(lines)}</table>"


def _kernels(rows: Sequence[tuple[Any, ...]]) -> str:
    lines = [
        f'<tr><td><pre>{escape(loops)}</pre></td><td class="n">{flops}</td><td class="n">{moved}</td></tr>'
        for _, loops, flops, moved in rows
    ]
    head = '<tr><th>kernel and its loops</th><th class="n">FLOPs</th><th class="n">bytes</th></tr>'
    return f"<table>{head}{''.join(lines)}</table>"


TOKENS = re.compile(
    r"(?P<c1>/\*.*?\*/|//[^\n]*)|(?P<c2>\b(?:static|inline|const|void|restrict|float|double|char|int|int32_t|int64_t|"
    r"uint8_t|uint32_t|uint64_t|for|if|else|return|struct|sizeof)\b|^[ ]*#[^\n]*)|(?P<c3>\b[a-z_]\w*(?=\())",
    re.DOTALL | re.MULTILINE,
)


def highlighted(source: str) -> str:
    """C with comments, keywords and called functions marked.

    >>> highlighted("int f(int x);")
    '<span class="c2">int</span> <span class="c3">f</span>(<span class="c2">int</span> x);'
    """
    parts, end = [], 0
    for found in TOKENS.finditer(source):
        parts += [
            escape(source[end : found.start()]),
            f'<span class="{found.lastgroup}">{escape(found[0])}</span>',
        ]
        end = found.end()
    return "".join([*parts, escape(source[end:])])
