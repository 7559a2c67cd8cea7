"""Graphs as SVG pictures, drawn by our own layout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise

from ..dtypes import readable
from ..graph import Literal, Node, Program, walk
from ..ops.define import constant_value
from ..shapes import show
from ..tensor import Tensor
from .expression import Number
from .formula import loop_label, matrix_form, plain_number
from .layout import Box, Edge, Layout, layout
from .printer import show_number

FONT = 12.0
CHARACTER = 7.25  # the width of a character of the monospaced font at that size
LINE = 16.0
MARGIN = 16.0

# kind -> (fill, border) on light and on dark pages
COLOURS = {
    "input": ("#d6e6fb", "#3b78c3", "#1d3557", "#6ea8ee"),
    "parameter": ("#d9f2dc", "#3a9150", "#1c3d26", "#6ccb85"),
    "constant": ("#ececec", "#8a8a8a", "#333333", "#9a9a9a"),
    "map": ("#fdf3d3", "#bd9227", "#43381a", "#dcb754"),
    "reduce": ("#fbdfd5", "#c4633c", "#4a281b", "#ee9873"),
    "view": ("#f4f4f6", "#a6a6b2", "#2b2b33", "#85858f"),
    "block": ("#e6dcf7", "#7b55b8", "#33264c", "#b493ea"),
    "output": ("#ffffff", "#222222", "#111111", "#eeeeee"),
}


def _style() -> str:
    light = "".join(f".k-{k} rect{{fill:{c[0]};stroke:{c[1]}}}" for k, c in COLOURS.items())
    dark = "".join(f".k-{k} rect{{fill:{c[2]};stroke:{c[3]}}}" for k, c in COLOURS.items())
    return (
        f".lp-graph text{{font:{FONT:g}px ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace;"
        "fill:#1b1b1f;text-anchor:middle}.lp-graph .name{font-weight:bold}"
        ".lp-graph .detail{fill:#5a5a66;font-size:10.5px}"
        f".lp-graph .edge{{fill:none;stroke:#77777f;stroke-width:1.2}}.lp-graph .tip{{fill:#77777f}}{light}"
        "@media (prefers-color-scheme:dark){.lp-graph text{fill:#eeeef2}.lp-graph .detail{fill:#b0b0ba}"
        f".lp-graph .edge{{stroke:#9a9aa4}}.lp-graph .tip{{fill:#9a9aa4}}{dark}}}"
    )


@dataclass
class Picture:
    """What is drawn: one box per node that is shown, and the edges between them."""

    boxes: dict[object, Box] = field(default_factory=dict)
    lines: dict[Box, list[tuple[str, str]]] = field(default_factory=dict)  # text and its class
    kinds: dict[Box, str] = field(default_factory=dict)
    titles: dict[Box, str] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)

    def box(self, key: object, kind: str, lines: list[tuple[str, str]], title: str) -> Box:
        width = max(len(text) for text, _ in lines) * CHARACTER + 18
        box = Box(max(width, 44.0), LINE * len(lines) + 10)
        self.boxes[key] = box
        self.lines[box], self.kinds[box], self.titles[box] = lines, kind, title
        return box

    def svg(self) -> str:
        """The picture as SVG."""
        return _write(self, layout(list(self.boxes.values()), self.edges))


def svg(target: Tensor | Node | Sequence[Node] | Program, collapse: bool = True) -> str:
    """A picture of the graph behind tensors or nodes, or of a program with its outputs and updates.

    collapse: views that only move or stretch axes, and casts, are drawn as part of the edge.
    """
    return picture_of(target, collapse).svg()


def picture_of(
    target: Tensor | Node | Sequence[Node] | Program,
    collapse: bool = True,
    names: Sequence[str] | None = None,
) -> Picture:
    """Which boxes there are and how they are joined; names: those of a program's results."""
    picture = Picture()
    roots = _roots(target)
    hidden = {n for n in walk(roots) if collapse and is_quiet(n)} - set(roots)
    for node in walk(roots):
        if node in hidden or (_plain(node) and node not in roots):
            continue
        box = picture.box(node, kind_of(node), _node_lines(node), _title(node))
        _join_inputs(picture, node, box, hidden)
    if isinstance(target, Program):
        for i, (name, node) in enumerate(zip(names or _result_names(target), roots, strict=True)):
            box = picture.box(("result", i), "output", [(name, "name")], name)
            picture.edges.append(Edge(picture.boxes[node], box))
    return picture


def _roots(target: Tensor | Node | Sequence[Node] | Program) -> list[Node]:
    if isinstance(target, Program):
        return target.roots
    if isinstance(target, Tensor):
        return [target.node]
    return [target] if isinstance(target, Node) else list(target)


def _result_names(program: Program) -> list[str]:
    count = len(program.outputs)
    outputs = ["output"] if count == 1 else [f"output {i}" for i in range(count)]
    return [*outputs, *(f"{cell.name} ←" for cell, _ in program.updates)]


def _join_inputs(picture: Picture, node: Node, box: Box, hidden: set[Node]) -> None:
    for i, source in enumerate(node.inputs):
        while source in hidden:
            source = source.inputs[0]
        if _plain(source):  # every user has its own, so that numbers pull no edges through the picture
            key = ("number", node, i)
            text = number_text(source)
            last = picture.boxes.pop(node)
            upper = picture.box(key, "constant", [(text, "name")], f"{text}: {source.dtype.name}")
            picture.boxes[node] = last
        else:
            upper = picture.boxes[source]
        picture.edges.append(Edge(upper, box, (i, len(node.inputs))))


def is_quiet(node: Node) -> bool:
    """Views that only move or stretch axes, and casts: a reader looks through them."""
    return node.op.name in ("broadcast_to", "reshape", "cast", "stop_gradient") and node.name is None


def _plain(node: Node) -> bool:
    value = constant_value(node)
    return value is not None and value.ndim == 0


def number_text(node: Node) -> str:
    value = constant_value(node)
    assert value is not None
    shown = plain_number(readable(value))
    return show_number(shown.value) if isinstance(shown, Number) else str(value)


def kind_of(node: Node) -> str:
    if node.op.name == "cell":
        return "parameter"
    if node.op.name in ("constant", "size", "iota"):
        return "constant"
    if node.op.name == "pick":
        return "block"
    kind = getattr(node.op, "kind", "map")
    return "input" if kind == "source" else kind


def _node_lines(node: Node) -> list[tuple[str, str]]:
    """The name or the op, the other one where there are both, and shape and dtype."""
    name = node.name or (node.attr("label") if node.op.name == "input" else None)
    op = op_text(node)
    head = [(f"{_short(name)}", "name")] if name else [(op, "name")]
    if name and node.op.name not in ("input", "cell"):
        head = [(f"{_short(name)} = {op}", "name")]
    return [*head, (f"{node.dtype.name} {show(node.shape)}", "detail")]


def _short(name: str) -> str:
    return name if len(name) <= 24 else f"{name[:11]}…{name[-11:]}"


def op_text(node: Node) -> str:
    match node.op.name:
        case "contract":
            return _product_text(*node.attr("spec"))
        case "sum" | "max" | "min" | "prod" | "any" | "all" | "argmax" | "argmin":
            axes = node.attr("axes")
            return node.op.name if len(axes) == node.inputs[0].ndim else f"{node.op.name} axis {_axes(axes)}"
        case "pick":
            return f"result {loop_label(node.inputs[0], node.attr('index'))}"
        case "size":
            return str(node.attr("dim"))
        case "scan":
            return "scan (loop)"
    return node.op.name


def _product_text(left: str, right: str, out: str) -> str:
    form = matrix_form(left, right, out)
    if form is None:
        return f"einsum {left},{right}→{out}"
    a, b = ("Aᵀ" if form[0] else "A"), ("Bᵀ" if form[1] else "B")
    return f"matmul {b} {a}" if form[2] else f"matmul {a} {b}"


def _axes(axes: Sequence[int]) -> str:
    return ",".join(map(str, axes))


def _title(node: Node) -> str:
    """What the browser shows when the pointer rests on the box."""
    attrs = ", ".join(f"{k}={v!r}" for k, v in node.attrs if not isinstance(v, Literal) and k != "identity")
    where = f"\n{node.where[0]}:{node.where[1]}" if node.where else ""
    return (
        f"{node.op.name}({attrs if len(attrs) < 200 else '...'}) : {node.dtype.name}{show(node.shape)}{where}"
    )


# -------------------------------------------------------------------------------------------- writing
def _write(picture: Picture, placed: Layout) -> str:
    legend = sorted(set(picture.kinds.values()), key=list(COLOURS).index)
    legend_width = sum(len(k) * CHARACTER + 30 for k in legend)
    width = max(placed.width, legend_width) + 2 * MARGIN
    height = placed.height + 2 * MARGIN + 34
    left = MARGIN + max(0.0, legend_width - placed.width) / 2
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="lp-graph" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" style="max-width:100%;height:auto" role="img">',
        f"<style>{_style()}</style>",
        f'<g transform="translate({left:.1f} {MARGIN:g})">',
        *(_edge(edge) for edge in picture.edges),
        *(_box(picture, box) for box in picture.boxes.values()),
        "</g>",
        _legend(legend, height - MARGIN - 10),
        "</svg>",
    ]
    return "\n".join(parts)


def _box(picture: Picture, box: Box) -> str:
    kind = picture.kinds[box]
    x, y = box.x - box.width / 2, box.y
    radius = box.height / 2 if kind in ("constant", "output") else 10 if kind in ("input", "parameter") else 4
    texts = "".join(
        f'<text class="{css}" x="{box.x:.1f}" y="{y + 18 + i * LINE:.1f}">{escape(text)}</text>'
        for i, (text, css) in enumerate(picture.lines[box])
    )
    return (
        f'<g class="k-{kind}"><title>{escape(picture.titles[box])}</title>'
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="{radius:g}"/>'
        f"{texts}</g>"
    )


def _edge(edge: Edge) -> str:
    """Straight down through its lanes, curved between the rows."""
    i, count = edge.slot
    end = edge.target.x + edge.target.width * ((i + 1) / (count + 1) - 0.5)
    points = [(edge.source.x, edge.source.y + edge.source.height)]
    for lane in edge.lanes:
        points += [(lane.x, lane.y), (lane.x, lane.y + lane.height)]
    points.append((end, edge.target.y - 5))
    path = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for step, ((x0, y0), (x1, y1)) in enumerate(pairwise(points)):
        middle = (y0 + y1) / 2
        path += (
            f"V{y1:.1f}" if step % 2 else f"C{x0:.1f} {middle:.1f} {x1:.1f} {middle:.1f} {x1:.1f} {y1:.1f}"
        )
    tip, base = edge.target.y, edge.target.y - 6
    arrow = f"M{end - 3.5:.1f} {base:.1f}L{end + 3.5:.1f} {base:.1f}L{end:.1f} {tip:.1f}Z"
    return f'<path class="edge" d="{path}"/><path class="tip" d="{arrow}"/>'


def _legend(kinds: Sequence[str], y: float) -> str:
    parts = []
    x = MARGIN
    for kind in kinds:
        parts.append(
            f'<g class="k-{kind}"><rect x="{x:.1f}" y="{y - 9:.1f}" width="12" height="12" rx="3"/>'
            f'<text class="detail" style="text-anchor:start" x="{x + 17:.1f}" y="{y + 1:.1f}">'
            f"{kind}</text></g>"
        )
        x += len(kind) * CHARACTER + 30
    return "".join(parts)
