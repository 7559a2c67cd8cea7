"""Graphs as SVG: well-formed, with every node, nothing on top of anything else."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import limpide as lp
from limpide.explain import svg
from limpide.explain.layout import GAP_X, Box, Edge, layout
from limpide.explain.picture import is_quiet, picture_of
from limpide.graph import Program, walk

SVG = "{http://www.w3.org/2000/svg}"


def training_step() -> Program:
    rng = np.random.default_rng(0)
    W = lp.parameter(rng.normal(size=(6, 4)).astype(np.float32), "W")

    @lp.compile
    def step(images: Any, labels: Any) -> Any:
        loss = -(lp.one_hot(labels, 4) * lp.log_softmax(images @ W)).sum(axis=1).mean()
        W.assign(W - 0.1 * lp.grad(loss, W))
        return loss

    return step.program(np.zeros((5, 6), np.float32), np.zeros(5, np.int64))


def boxes_of(picture: str) -> list[tuple[str, list[str]]]:
    """(class, texts) of every box, the legend's left out."""
    root = ElementTree.fromstring(picture)
    (drawing,) = (g for g in root.findall(f"{SVG}g") if g.get("transform"))
    groups = drawing.findall(f"{SVG}g")
    return [(g.get("class", ""), [t.text or "" for t in g.findall(f"{SVG}text")]) for g in groups]


def test_a_small_graph() -> None:
    a, b = lp.input("a"), lp.input("b")
    boxes = boxes_of(svg(lp.sqrt(a**2 + b)))
    assert sorted(boxes) == sorted(
        [
            ("k-input", ["a", "float32 ()"]),
            ("k-input", ["b", "float32 ()"]),
            ("k-constant", ["2"]),
            ("k-map", ["power", "float32 ()"]),
            ("k-map", ["add", "float32 ()"]),
            ("k-map", ["sqrt", "float32 ()"]),
        ]
    )


def test_every_node_is_there_without_collapsing() -> None:
    program = training_step()
    nodes = [n for n in walk(program.roots) if n.op.name != "constant"]
    drawn = picture_of(program, collapse=False)
    assert set(nodes) <= set(drawn.boxes)
    assert len(boxes_of(drawn.svg())) == len(drawn.boxes)


def test_collapsing_hides_views_that_only_stretch() -> None:
    program = training_step()
    drawn = picture_of(program)
    shown = {n for n in walk(program.roots) if n in drawn.boxes}
    missing = {n for n in walk(program.roots) if n not in shown and n.op.name != "constant"}
    assert missing and all(map(is_quiet, missing))


def test_kinds_and_results_are_told_apart() -> None:
    boxes = boxes_of(svg(training_step()))
    assert ("k-parameter", ["W", "float32 (6, 4)"]) in boxes
    assert ("k-output", ["W ←"]) in boxes
    assert ("k-output", ["output"]) in boxes
    assert ("k-block", ["matmul A B", "float32 (5, 4)"]) in boxes


def test_names_are_escaped() -> None:
    x = lp.input("<x & y>")
    assert ["<x & y>", "float32 ()"] in [texts for _, texts in boxes_of(svg(x + 1))]


def test_it_is_one_file() -> None:
    picture = svg(training_step())
    assert re.findall(r"https?://[^\"]+", picture) == ["http://www.w3.org/2000/svg"]
    assert "href" not in picture and "@import" not in picture and "url(" not in picture
    assert 'viewBox="0 0 ' in picture


# --------------------------------------------------------------------------------------------- layout
@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[Box], list[Edge]]:
    count = draw(st.integers(1, 25))
    boxes = [
        Box(draw(st.sampled_from([40.0, 90.0, 160.0])), draw(st.sampled_from([26.0, 42.0])))
        for _ in range(count)
    ]
    edges = []
    for i, box in enumerate(boxes):
        sources = draw(st.lists(st.integers(0, i - 1), max_size=3)) if i else []
        edges += [Edge(boxes[s], box, (n, len(sources))) for n, s in enumerate(sources)]
    return boxes, edges


@given(graphs())
def test_nothing_overlaps(graph: tuple[list[Box], list[Edge]]) -> None:
    boxes, edges = graph
    placed = layout(boxes, edges)
    assert sorted(map(id, boxes)) == sorted(id(b) for row in placed.rows for b in row if not b.lane)
    for row in placed.rows:
        for left, right in pairwise(row):  # lanes included: no edge runs through a box
            assert right.x - right.width / 2 >= left.x + left.width / 2 + GAP_X - 1e-6
    for upper, lower in pairwise(placed.rows):
        assert max(b.y + b.height for b in upper) < min(b.y for b in lower)
    for box in boxes:
        assert box.x - box.width / 2 >= -1e-6 and box.x + box.width / 2 <= placed.width + 1e-6
        assert box.y >= 0 and box.y + box.height <= placed.height + 1e-6


@given(graphs())
def test_edges_go_down_row_by_row(graph: tuple[list[Box], list[Edge]]) -> None:
    boxes, edges = graph
    layout(boxes, edges)
    for edge in edges:
        rows = [edge.source.row, *(lane.row for lane in edge.lanes), edge.target.row]
        assert rows == list(range(edge.source.row, edge.target.row + 1))


def test_a_wide_graph_scales() -> None:
    x = lp.input("x")
    wide = sum((lp.sin(x * float(i)) for i in range(30)), start=lp.astensor(0.0))
    root = ElementTree.fromstring(svg(wide))
    assert root.get("style") == "max-width:100%;height:auto"
    assert float(root.get("viewBox", "").split()[2]) > 500
