"""A layered layout: boxes in rows by their distance from the inputs, edges through places kept free for them.

Rows, dummy places for long edges, order by barycentres, then positions by averages with a minimum distance
(after Sugiyama, Tagawa and Toda 1981).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

GAP_X, GAP_Y = 18.0, 46.0
LANE = 10.0  # the width kept free for an edge that passes a row
SWEEPS = 12


@dataclass(eq=False)
class Box:
    """Something to place, or a lane that an edge passes through; x and y are the middle of its top."""

    width: float
    height: float
    row: int = 0
    x: float = 0.0
    y: float = 0.0
    lane: bool = False
    above: list[Box] = field(default_factory=list)
    below: list[Box] = field(default_factory=list)


@dataclass
class Edge:
    """From one box down to another, through lanes. slot: which of the target's inputs, of how many."""

    source: Box
    target: Box
    slot: tuple[int, int] = (0, 1)
    lanes: list[Box] = field(default_factory=list)


@dataclass
class Layout:
    width: float
    height: float
    rows: list[list[Box]]


def layout(boxes: Sequence[Box], edges: Sequence[Edge]) -> Layout:
    """Place the boxes, which come sources first, and give every edge its lanes."""
    _rows(boxes, edges)
    rows = _with_lanes(boxes, edges)
    _order(rows)
    _columns(rows)
    left = min((b.x - b.width / 2 for row in rows for b in row), default=0.0)
    y = 0.0
    for row in rows:
        height = max((b.height for b in row if not b.lane), default=LANE)
        for box in row:
            box.x -= left
            box.y = y + (0.0 if box.lane else (height - box.height) / 2)
            if box.lane:
                box.height = height
        y += height + GAP_Y
    right = max((b.x + b.width / 2 for row in rows for b in row), default=0.0)
    return Layout(right, max(y - GAP_Y, 0.0), rows)


def _rows(boxes: Sequence[Box], edges: Sequence[Edge]) -> None:
    """As high as the inputs allow; then boxes without inputs come down to right above their first user."""
    into: dict[Box, list[Box]] = {}
    out: dict[Box, list[Box]] = {}
    for edge in edges:
        into.setdefault(edge.target, []).append(edge.source)
        out.setdefault(edge.source, []).append(edge.target)
    for box in boxes:
        box.row = max((s.row + 1 for s in into.get(box, ())), default=0)
    for box in reversed(boxes):
        if box not in into and box in out:
            box.row = min(t.row for t in out[box]) - 1


def _with_lanes(boxes: Sequence[Box], edges: Sequence[Edge]) -> list[list[Box]]:
    """The rows, with a lane in every row that an edge passes; edges of one source share their lanes."""
    rows: list[list[Box]] = [[] for _ in range(max((b.row for b in boxes), default=-1) + 1)]
    for box in boxes:
        rows[box.row].append(box)
    shared: dict[tuple[Box, int], Box] = {}
    for edge in edges:
        before = edge.source
        for row in range(edge.source.row + 1, edge.target.row):
            lane = shared.get((edge.source, row))
            if lane is None:
                lane = shared[edge.source, row] = Box(LANE, 0.0, row, lane=True)
                rows[row].append(lane)
                _join(before, lane)
            edge.lanes.append(lane)
            before = lane
        _join(before, edge.target)
    return rows


def _join(upper: Box, lower: Box) -> None:
    upper.below.append(lower)
    lower.above.append(upper)


def _order(rows: list[list[Box]]) -> None:
    """Fewer crossings: rows by the mean place of their neighbours, down and up in turn; the best stays."""
    best, fewest = [list(row) for row in rows], _crossings(rows)
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        for row in rows if down else reversed(rows):
            place = {b: i for r in rows for i, b in enumerate(r)}
            row.sort(key=lambda b: _mean([place[n] for n in (b.above if down else b.below)], place[b]))
        count = _crossings(rows)
        if count < fewest:
            best, fewest = [list(row) for row in rows], count
    for row, order in zip(rows, best, strict=True):
        row[:] = order


def _mean(values: Sequence[float], default: float) -> float:
    return sum(values) / len(values) if values else default


def _crossings(rows: list[list[Box]]) -> int:
    total = 0
    for upper, lower in zip(rows, rows[1:], strict=False):
        place = {b: i for i, b in enumerate(lower)}
        ends = [sorted(place[n] for n in b.below) for b in upper]
        seen: list[int] = []
        for targets in ends:
            total += sum(1 for t in targets for s in seen if s > t)
            seen += targets
    return total


def _columns(rows: list[list[Box]]) -> None:
    """Positions: near the mean of the neighbours, in order, never closer than the gap."""
    for row in rows:
        x = 0.0
        for box in row:
            box.x = x + box.width / 2
            x += box.width + GAP_X
    for sweep in range(2 * SWEEPS):
        down = sweep % 2 == 0
        for row in rows if down else reversed(rows):
            wanted = [_mean([n.x for n in (b.above if down else b.below)], b.x) for b in row]
            _settle(row, wanted)


def _settle(row: Sequence[Box], wanted: Sequence[float]) -> None:
    """The places nearest to the wanted ones that keep order and distance (pool adjacent violators)."""
    offset, x = [], 0.0
    for i, box in enumerate(row):
        x += 0.0 if i == 0 else (row[i - 1].width + box.width) / 2 + GAP_X
        offset.append(x)
    blocks: list[tuple[float, float, int]] = []  # mean, weight, count
    for box, w, o in zip(row, wanted, offset, strict=True):
        weight = 6.0 if box.lane else 1.0  # straight lanes first
        block = (w - o, weight, 1)
        while blocks and blocks[-1][0] > block[0]:
            mean, heavy, count = blocks.pop()
            total = heavy + block[1]
            block = ((mean * heavy + block[0] * block[1]) / total, total, count + block[2])
        blocks.append(block)
    means = [mean for mean, _, count in blocks for _ in range(count)]
    for box, mean, o in zip(row, means, offset, strict=True):
        box.x = mean + o
