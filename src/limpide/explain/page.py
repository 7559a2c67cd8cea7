"""The report as one page that needs nothing from elsewhere: its text, its data, its style and its scripts."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from ..build import Stage
from ..codegen.c import Lowered
from ..graph import Program, text
from ..printing import signature
from ..runtime.limits import Limits
from . import sections
from .derivation import derivation
from .lines import gradients, lines_of, roots_of
from .linking import Links
from .times import Times
from .words import WORDS, both, words

WEB = Path(__file__).with_name("web")
SCRIPTS = ("links.js", "layout.js", "graph.js", "code.js", "main.js")
LISTED = 1000  # nodes of a graph that is also written as text


@dataclass(frozen=True)
class Content:
    """What the page shows. given: the program as it was written; program: with its sizes known.

    chosen: the inputs whose unknown sizes were chosen, and what was.
    """

    given: Program
    program: Program
    optimised: Program
    stages: Sequence[Stage]
    lowered: Lowered | None
    limits: Limits | None
    times: Times | None
    chosen: tuple[str, int] | None
    level: int


def page(content: Content) -> str:
    """The whole page."""
    links = Links()
    graphs = _graphs(content, links)
    kernels = links.kernels(content.lowered) if content.lowered and content.level >= 4 else []
    c_lines = links.c_lines(content.lowered) if content.lowered and content.level >= 5 else {}
    shown = _sections(content, links)
    source = sections.source(links.passages(), links)
    data = links.data() | {
        "graphs": graphs,
        "kernels": kernels,
        "c": c_lines,
        "source": content.lowered.source if content.lowered and content.level >= 5 else "",
        "lines": [[Path(file).name, line] for file, line in links.lines],
        "words": {key: words(key) for key in WORDS},
    }
    title = signature(content.program)
    navigation = "".join(f'<a href="#{key}">{both(key)}</a>' for key, _ in shown)
    body = "".join(f'<section id="{key}"><h2>{both(key)}</h2>{html}</section>' for key, html in shown)
    values = {
        "title": escape(title),
        "style": _file("page.css"),
        "remark": f'<p class="remark">{both("unknown_sizes", **_chosen(content))}</p>'
        if content.chosen
        else "",
        "navigation": f'<a href="#source">{both("source")}</a>{navigation}',
        "source": source,
        "sections": body,
        "data": packed(data),
        "script": "\n".join(map(_file, SCRIPTS)),
    }
    return _filled(_file("page.html"), values | {f"word:{key}": both(key) for key in WORDS})


def _chosen(content: Content) -> dict[str, Any]:
    inputs, size = content.chosen or ("", 0)
    return {"inputs": inputs, "size": size}


def _file(name: str) -> str:
    return (WEB / name).read_text("utf-8")


def _filled(template: str, values: dict[str, str]) -> str:
    """The template with values for its {{names}}; values are not looked through for more."""
    parts = template.split("{{")
    rest = [part.split("}}", 1) for part in parts[1:]]
    return parts[0] + "".join(values[name] + after for name, after in rest)


def packed(data: Any) -> str:
    """Data as JSON, deflated, in signs that may stand anywhere in a page."""
    plain = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(zlib.compress(plain.encode(), 9)).decode()


def _graphs(content: Content, links: Links) -> list[dict[str, Any]]:
    """The graphs as they are after every pass that changed something, at last as they are scheduled."""
    if content.level < 2:
        return []
    graphs = links.graphs("", content.program)
    if content.level >= 3:
        before = content.program.roots
        for stage in content.stages[1:]:
            if stage.program.roots != before:
                graphs += links.graphs(stage.name, stage.program)
            before = stage.program.roots
    if content.level >= 4 and content.lowered is not None:
        plan = content.lowered.plan
        roots = [*plan.outputs, *(value for _, value in plan.updates)]
        graphs += links.graphs("scheduled", content.optimised.with_roots(roots))
    return graphs


def _sections(content: Content, links: Links) -> list[tuple[str, str]]:
    program, level = content.program, content.level
    given = content.given
    named = gradients(given)
    shown = [("formula", sections.formula(lines_of(roots_of(given), named)))]
    if level >= 2:
        shown.append(("gradient", sections.gradient(given, derivation(program), links)))
        shown.append(("graph", _graph(program)))
    if level >= 3:
        shown.append(("passes", sections.passes(content.stages, content.optimised)))
    if level >= 4:
        shown.append(("kernels", sections.kernels(content.lowered, content.limits, content.times)))
        shown.append(("memory", sections.memory(content.lowered, links)))
    if level >= 5:
        shown.append(("c", sections.c(content.lowered)))
    return shown


def _graph(program: Program) -> str:
    """The place where the graph is drawn, and its nodes as text."""
    lines = text(program.roots).splitlines()
    listed = "\n".join(lines[:LISTED]) + ("\n..." if len(lines) > LISTED else "")
    return f'<div id="graph-view"></div>{sections.fold(both("nodes_list"), listed)}'
