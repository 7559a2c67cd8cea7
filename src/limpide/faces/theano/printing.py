"""Graphs and values shown: debugprint, pprint, pydotprint, the Print op."""

from __future__ import annotations

import importlib
import io
import sys
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import LimpideError, MissingExtraError
from ...explain import formula
from ...explain.layout import Edge, layout
from ...explain.picture import COLOURS, Picture
from ...io import write_atomically
from ...tensor import Tensor
from .. import missing, record
from ..record import Symbol
from .compile.function import Function
from .gof.graph import Node, node_of, outputs_of
from .gof.graph import inputs as inputs_behind
from .gof.op import Named
from .tensor.basic import record_op
from .tensor.elemwise import CAReduce, DimShuffle, Elemwise
from .tensor.subtensor import Subtensor
from .tensor.var import as_tensor_variable


# ------------------------------------------------------------------------------------------- debugprint
def char_from_number(number: int) -> str:
    """0 is A, 25 is Z, 26 is BA.

    >>> char_from_number(27)
    'BB'
    """
    digits = ""
    while number or not digits:
        number, rest = divmod(number, 26)
        digits = chr(ord("A") + rest) + digits
    return digits


class _Ids:
    """The letters of nodes and variables in a text."""

    def __init__(self, kind: str):
        self.kind = kind
        self.found: dict[Any, str] = {}

    def of(self, key: Any) -> tuple[str, bool]:
        """Its letters, and whether it was shown before."""
        if key in self.found:
            return self.found[key], True
        number = len(self.found)
        shown = {"CHAR": char_from_number(number), "int": str(number), "id": str(id(key))}.get(self.kind)
        self.found[key] = f"[id {shown}]" if shown is not None else ""
        return self.found[key], False


def debugprint(
    obj: Any,
    depth: int = -1,
    print_type: bool = False,
    file: Any = None,
    ids: str = "CHAR",
    stop_on_name: bool = False,
    done: Any = None,
    print_storage: bool = False,
    **_: Any,
) -> Any:
    """Print the graph behind a variable, a list of them or a function as a tree.

    file: where to; 'str' gives the text back. depth: how many levels, -1 for all.
    """
    lines: list[str] = []
    roots, order = _roots_of(obj)
    letters = _Ids(ids)
    for root in roots:
        _tree(root, "", "", depth, print_type, letters, stop_on_name, order, lines)
    text = "\n".join(lines) + "\n"
    if file == "str":
        return text
    print(text, end="", file=file or sys.stdout)
    return file


def _roots_of(obj: Any) -> tuple[list[Any], dict[Any, int]]:
    """The variables to show, and the numbers of a function's nodes."""
    if isinstance(obj, Function):
        graph = obj.maker.fgraph
        return graph.outputs, {n.source: i for i, n in enumerate(graph.toposort())}
    if isinstance(obj, Node):
        return list(obj.outputs), {}
    if isinstance(obj, (list, tuple, set)):
        return [r for o in obj for r in _roots_of(o)[0]], {}
    if isinstance(obj, Symbol):
        return [obj], {}
    raise TypeError(f"debugprint cannot print an object of type {type(obj)}")


def _tree(
    r: Any,
    prefix: str,
    below: str,
    depth: int,
    print_type: bool,
    letters: _Ids,
    stop_on_name: bool,
    order: dict[Any, int],
    lines: list[str],
) -> None:
    if depth == 0:
        return
    owner = getattr(r, "owner", None)
    type_text = f" <{r.type}>" if print_type else ""
    if owner is None:
        found, _ = letters.of(r.key)
        lines.append(f"{prefix}{r} {found}{type_text}")
        return
    found, before = letters.of(owner.source)
    which = f".{r.index}" if len(owner.outputs) > 1 else ""
    number = str(order[owner.source]) if owner.source in order else ""
    lines.append(f"{prefix}{owner.op}{which} {found}{type_text} '{r.name or ''}'   {number}")
    if before or (stop_on_name and r.name is not None):
        return
    inputs = owner.inputs
    for i, source in enumerate(inputs):
        last = i == len(inputs) - 1
        _tree(
            source, below + " |", below + ("  " if last else " |"), depth - 1, print_type, letters,
            stop_on_name, order, lines,
        )  # fmt: skip


# ------------------------------------------------------------------------------------------------ pprint
SIGNS = {
    "add": ("+", 1), "sub": ("-", 1), "mul": ("*", 2), "true_div": ("/", 2), "int_div": ("//", 2),
    "mod": ("%", 2), "pow": ("**", 3), "lt": ("<", 0), "gt": (">", 0), "le": ("<=", 0), "ge": (">=", 0),
    "eq": ("eq", 0), "neq": ("neq", 0), "and_": ("&", 0), "or_": ("|", 0), "xor": ("^", 0),
}  # fmt: skip


def pp(x: Any) -> str:
    """A variable as a formula in one line.

    >>> from limpide.faces.theano import tensor as T
    >>> x = T.dscalar("x")
    >>> pp(x**2 + 1)
    '((x ** TensorConstant{2}) + TensorConstant{1})'
    """
    if isinstance(x, Function):
        return ", ".join(map(pp, x.maker.fgraph.outputs))
    if not isinstance(x, Symbol):
        return str(x)
    owner = getattr(x, "owner", None)
    if owner is None:
        return str(x)
    inputs = [pp(i) for i in owner.inputs]
    op = owner.op
    name = op.scalar_op.name if isinstance(op, (Elemwise, CAReduce)) else str(op)
    if name in SIGNS and len(inputs) > 1:
        return f"({f' {SIGNS[name][0]} '.join(inputs)})"
    if name == "neg":
        return f"(-{inputs[0]})"
    if name == "dot":
        return f"({inputs[0]} \\dot {inputs[1]})"
    if name == "grad":
        return _gradient(x)
    if isinstance(op, DimShuffle):
        inner = [o for o in op.new_order if o != "x"]
        moved = inner == list(range(len(inner)))[::-1] and len(inner) > 1
        return f"{inputs[0]}.T" if moved and len(op.new_order) == len(inner) else f"{op}({inputs[0]})"
    if isinstance(op, Subtensor):
        return f"{inputs[0]}[{', '.join(_index(e) for e in vars(x.source)['args'][1:])}]"
    if isinstance(op, Elemwise):
        return f"{'fill' if name == 'second' else name}({', '.join(inputs)})"
    return f"{op}({', '.join(inputs)})"


def _index(e: Any) -> str:
    if isinstance(e, slice):
        parts = ["" if b is None else _index(b) for b in (e.start, e.stop)]
        return ":".join(parts) + ("" if e.step is None else f":{_index(e.step)}")
    return pp(e) if isinstance(e, Symbol) else str(e)


def _gradient(x: Any) -> str:
    """A gradient as the engine writes it, or as a call where it cannot be written."""
    leaves = [v for v in inputs_behind([x]) if not isinstance(v.source, record.Fixed)]
    try:
        with record.guessing():
            return str(formula(record.Replay({v.key: v.formula for v in leaves}).value(x)))
    except (LimpideError, record.Unknown):
        return f"grad({', '.join(pp(i) for i in x.owner.inputs)})"


pprint = pp


def min_informative_str(obj: Any, indent_level: int = 0, **_: Any) -> str:
    """The graph behind a variable by letters, one line for each."""
    lines: list[str] = []

    def walk(v: Any, level: int) -> None:
        owner = getattr(v, "owner", None)
        name = v.name if v.name is not None or owner is None else str(owner.op)
        lines.append(f"{'    ' * level}{char_from_number(len(lines))}. {name or v}")
        if owner is not None and v.name is None:
            for i in owner.inputs:
                walk(i, level + 1)

    walk(obj, indent_level)
    return "\n".join(lines)


# --------------------------------------------------------------------------------------------- pydotprint
def picture_of(fct: Any) -> Picture:
    """The graph as boxes and edges."""
    outputs = [] if not isinstance(fct, Function) else list(fct.maker.fgraph.outputs)
    roots, _ = _roots_of(fct)
    picture = Picture()
    for source in record.sources_behind(roots):
        kind, lines, title = _box(source)
        box = picture.box(source, kind, lines, title)
        if isinstance(source, record.Apply):
            for i, v in enumerate(source.inputs):
                picture.edges.append(Edge(picture.boxes[v.source], box, (i, len(source.inputs))))
    for i, root in enumerate(roots):
        label = root.name or (f"output {i}" if len(outputs or roots) > 1 else "output")
        box = picture.box(
            ("output", i), "output", [(label, "name"), (str(getattr(root, "type", "")), "detail")], label
        )
        picture.edges.append(Edge(picture.boxes[root.source], box))
    return picture


def _box(source: record.Source) -> tuple[str, list[tuple[str, str]], str]:
    where = f"\n{source.where[0]}:{source.where[1]}" if source.where else ""
    variable = outputs_of(source)[0]
    type_text = str(getattr(variable, "type", ""))
    if isinstance(source, record.State):
        return (
            "parameter",
            [(str(source.name), "name"), (type_text, "detail")],
            f"{source.name}: {type_text}{where}",
        )
    if isinstance(source, record.Fixed):
        return "constant", [(_short(str(variable)), "name")], f"{variable}: {type_text}{where}"
    if not isinstance(source, record.Apply):
        return (
            "input",
            [(source.name or "input", "name"), (type_text, "detail")],
            f"{source.name}: {type_text}{where}",
        )
    op = node_of(source).op
    kind = (
        "map" if isinstance(op, Elemwise)
        else "view" if isinstance(op, (DimShuffle, Subtensor))
        else "reduce" if isinstance(op, CAReduce) or str(op).startswith(("Sum", "mean", "Max", "Argmax"))
        else "block"
    )  # fmt: skip
    text = op.scalar_op.name if isinstance(op, Elemwise) else str(op)
    return kind, [(_short(text), "name"), (type_text, "detail")], f"{op}{where}"


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}..."


def pydotprint(
    fct: Any,
    outfile: Any = None,
    compact: bool = True,
    format: str = "png",
    with_ids: bool = False,
    high_contrast: bool = True,
    cond_highlight: Any = None,
    colorCodes: Any = None,
    max_label_size: int = 70,
    scan_graphs: bool = False,
    var_with_name_simple: bool = False,
    print_output_file: bool = True,
    return_image: bool = False,
) -> Any:
    """The graph of a function or of variables as a picture file; return_image: its bytes instead.

    format: svg, or png, pdf, jpg by matplotlib; the name of `outfile` says it too.
    """
    if outfile is not None and Path(outfile).suffix:
        format = Path(outfile).suffix[1:]
    picture = picture_of(fct)
    content = picture.svg().encode() if format == "svg" else _drawn(picture, format)
    if return_image:
        return content
    name = getattr(fct, "name", None) or "graph"
    path = Path(outfile if outfile is not None else f"theano.pydotprint.{name}.{format}")
    path = path if path.suffix else path.with_suffix(f".{format}")
    write_atomically(path, lambda temporary: _write(temporary, content))
    if print_output_file:
        print("The output file is available at", path)
    return None


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _drawn(picture: Picture, format: str) -> bytes:
    """The picture drawn by matplotlib."""
    try:
        Figure = importlib.import_module("matplotlib.figure").Figure
        patches = importlib.import_module("matplotlib.patches")
    except ImportError:
        raise MissingExtraError("matplotlib", "faces", f"pydotprint(format={format!r})") from None
    placed = layout(list(picture.boxes.values()), picture.edges)
    figure = Figure(figsize=((placed.width + 40) / 72, (placed.height + 40) / 72))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(-20, placed.width + 20)
    axes.set_ylim(placed.height + 20, -20)
    axes.axis("off")
    for edge in picture.edges:
        i, count = edge.slot
        end = edge.target.x + edge.target.width * ((i + 1) / (count + 1) - 0.5)
        points = [(edge.source.x, edge.source.y + edge.source.height)]
        for lane in edge.lanes:
            points += [(lane.x, lane.y), (lane.x, lane.y + lane.height)]
        points.append((end, edge.target.y))
        axes.plot(*zip(*points, strict=True), color="#77777f", linewidth=1)
        before = points[-2]
        axes.annotate("", points[-1], before, arrowprops={"arrowstyle": "-|>", "color": "#77777f", "lw": 0})
    for box in picture.boxes.values():
        fill, border, _, _ = COLOURS[picture.kinds[box]]
        place = (box.x - box.width / 2, box.y)
        axes.add_patch(patches.Rectangle(place, box.width, box.height, facecolor=fill, edgecolor=border))
        for i, (text, css) in enumerate(picture.lines[box]):
            axes.text(
                box.x, box.y + 14 + i * 16, text, ha="center", va="center", family="monospace",
                fontsize=9 if css == "name" else 7.5, parse_math=False,
            )  # fmt: skip
    out = io.BytesIO()
    figure.savefig(out, format=format, dpi=100)
    return out.getvalue()


def html_page(fct: Any) -> str:
    """A page with the picture of a graph."""
    return (
        f"<!DOCTYPE html>\n<html><head><meta charset='utf-8'><title>{escape(str(fct))}</title></head>\n"
        f"<body>\n{picture_of(fct).svg()}\n</body></html>\n"
    )


# -------------------------------------------------------------------------------------------------- Print
def _print_fn(op: Any, xin: Any) -> None:
    for attr in op.attrs:
        found = getattr(xin, attr)
        print(op.message, attr, "=", found() if callable(found) else found)


class Print(Named):
    """The value as it is, printed whenever it is computed: Print('message')(x)."""

    def __init__(
        self,
        message: str = "",
        attrs: Sequence[str] = ("__str__",),
        global_fn: Callable[..., None] = _print_fn,
    ):
        super().__init__(f"Print{{message={message!r}, attrs={tuple(attrs)!r}}}")
        self.message, self.attrs, self.global_fn = message, tuple(attrs), global_fn

    def __call__(self, x: Any, *_: Any, **__: Any) -> Any:
        def build(t: Tensor) -> Tensor:
            record.effect(lambda value: self.global_fn(self, np.asarray(value)), t)
            return t

        variable = as_tensor_variable(x)
        return record_op(str(self), build, variable, known=lambda: variable.formula)


__getattr__ = missing.attributes("theano.printing", globals())
