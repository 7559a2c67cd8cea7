"""`keras.utils.vis_utils`: the layers of a model as a picture."""

from __future__ import annotations

import io
import os
from html import escape
from pathlib import Path
from typing import Any

from ....explain.layout import Box, Edge, layout
from ....io.files import write_atomically
from ... import missing
from ...pillow import pillow_door
from ..symbols import int_shape

CHARACTER, LINE, MARGIN, PAD = 7.5, 17.0, 14.0, 8.0


class Drawing:
    """Boxes of text and the edges between them, placed."""

    def __init__(self, texts: dict[Any, list[str]], edges: list[tuple[Any, Any]]):
        self.boxes = {
            key: Box(max(map(len, lines)) * CHARACTER + 2 * PAD, len(lines) * LINE + PAD)
            for key, lines in texts.items()
        }
        self.texts = texts
        self.edges = [Edge(self.boxes[a], self.boxes[b]) for a, b in edges]
        placed = layout(list(self.boxes.values()), self.edges)
        self.width, self.height = placed.width + 2 * MARGIN, placed.height + 2 * MARGIN

    def paths(self) -> list[list[tuple[float, float]]]:
        """The edges as lines from box to box."""
        found = []
        for edge in self.edges:
            stops = [(edge.source.x, edge.source.y + edge.source.height)]
            for lane in edge.lanes:
                stops += [(lane.x, lane.y), (lane.x, lane.y + lane.height)]
            found.append([(x + MARGIN, y + MARGIN) for x, y in [*stops, (edge.target.x, edge.target.y)]])
        return found

    def svg(self) -> str:
        """As SVG."""
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width:.0f}" height="{self.height:.0f}" '
            'font-family="monospace" font-size="12" text-anchor="middle">'
        ]
        for path in self.paths():
            points = " ".join(f"{x:.1f},{y:.1f}" for x, y in path)
            parts.append(f'<polyline points="{points}" fill="none" stroke="#333"/>')
        for key, box in self.boxes.items():
            left, top = box.x - box.width / 2 + MARGIN, box.y + MARGIN
            parts.append(
                f'<rect x="{left:.1f}" y="{top:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" '
                'fill="white" stroke="#333"/>'
            )
            for i, line in enumerate(self.texts[key]):
                y = top + PAD / 2 + (i + 0.75) * LINE
                parts.append(f'<text x="{box.x + MARGIN:.1f}" y="{y:.1f}">{escape(line)}</text>')
        return "\n".join([*parts, "</svg>"])

    def picture(self, scale: float = 2.0) -> Any:
        """As an image of pillow."""
        pil = pillow_door()
        image = pil.Image.new("RGB", (int(self.width * scale), int(self.height * scale)), "white")
        draw = pil.ImageDraw.Draw(image)
        font = pil.ImageFont.load_default(size=12 * scale)
        for path in self.paths():
            draw.line([(x * scale, y * scale) for x, y in path], fill="#333333", width=int(scale))
        for key, box in self.boxes.items():
            left, top = box.x - box.width / 2 + MARGIN, box.y + MARGIN
            corners = [v * scale for v in (left, top, left + box.width, top + box.height)]
            draw.rectangle(corners, fill="white", outline="#333333", width=int(scale))
            for i, line in enumerate(self.texts[key]):
                at = ((box.x + MARGIN) * scale, (top + PAD / 2 + (i + 0.5) * LINE) * scale)
                draw.text(at, line, fill="#111111", font=font, anchor="mm")
        return image


class Dot:
    """The layers of a model as a graph, with the words of pydot that scripts use."""

    def __init__(
        self, model: Any, show_shapes: bool = False, show_layer_names: bool = True, rankdir: str = "TB"
    ):
        inside = {id(n) for n in model._nodes}
        texts: dict[Any, list[str]] = {}
        edges = []
        for node in model._nodes:
            layer = node.outbound_layer
            if id(layer) not in texts:
                kind = type(layer).__name__
                texts[id(layer)] = [f"{layer.name}: {kind}" if show_layer_names else kind]
                if show_shapes:
                    texts[id(layer)] += [
                        f"input: {_shapes(node.input_tensors)}",
                        f"output: {_shapes(node.output_tensors)}",
                    ]
            edges += [(id(b), id(layer)) for b, i in zip(node.inbound_layers, node.node_indices, strict=True)
                      if b is not None and id(b._inbound_nodes[i]) in inside]  # fmt: skip
        self.names = texts
        self.links = list(dict.fromkeys(edges))
        self.drawing = Drawing(texts, [e for e in self.links if e[0] in texts])

    def create(self, prog: Any = None, format: str = "png") -> bytes:
        """The picture as bytes."""

        if format == "svg":
            return self.drawing.svg().encode()
        if format == "dot":
            return self.to_string().encode()
        room = io.BytesIO()
        self.drawing.picture().save(room, format="JPEG" if format in ("jpg", "jpeg") else format.upper())
        return room.getvalue()

    def to_string(self) -> str:
        """The graph in Graphviz' language."""
        nodes = [f'{key} [label="{"|".join(lines)}", shape=record];' for key, lines in self.names.items()]
        return "digraph G {\n" + "\n".join([*nodes, *(f"{a} -> {b};" for a, b in self.links)]) + "\n}\n"

    def write(self, path: Any, prog: Any = None, format: str = "png") -> bool:
        """The picture as a file."""
        content = self.create(format=format)

        def fill(place: Path) -> None:
            place.write_bytes(content)

        write_atomically(path, fill)
        return True

    def write_png(self, path: Any) -> bool:
        return self.write(path, format="png")

    def write_svg(self, path: Any) -> bool:
        return self.write(path, format="svg")

    def write_pdf(self, path: Any) -> bool:
        return self.write(path, format="pdf")


def _shapes(tensors: Any) -> str:
    found = [int_shape(t) for t in tensors]
    return str(found[0] if len(found) == 1 else found)


def model_to_dot(
    model: Any, show_shapes: bool = False, show_layer_names: bool = True, rankdir: str = "TB", **_: Any
) -> Dot:
    """The layers of a model as a graph."""
    if not getattr(model, "_nodes", None):
        raise ValueError("This model has not yet been built: give its first layer an input_shape")
    return Dot(model, show_shapes, show_layer_names, rankdir)


def plot_model(
    model: Any,
    to_file: Any = "model.png",
    show_shapes: bool = False,
    show_layer_names: bool = True,
    rankdir: str = "TB",
    **_: Any,
) -> None:
    """Write a picture of the model's layers: PNG, SVG, PDF or what pillow writes, by the file's name."""
    extension = os.path.splitext(os.fspath(to_file))[1].removeprefix(".") or "png"
    model_to_dot(model, show_shapes, show_layer_names, rankdir).write(to_file, format=extension)


plot = plot_model
to_graph = model_to_dot

__getattr__ = missing.attributes("keras.utils.vis_utils", globals())
