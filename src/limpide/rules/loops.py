"""Loops: what a scan does not need is left out, and loops that carry the same become one.

The gradient of a scan runs it once more to keep what it carried; here the two become one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..graph import Node, make_node, rebuild, replace, standing_for, walk
from ..ops.loop import Body, pick, pick_op, placeholder, scan_op
from ..ops.view import broadcast_to
from ..rewrite import Fired, apply_rules, joined
from .fold import fold
from .match import known, number

FOLD = joined(fold)


@dataclass
class Loop:
    """A scan taken apart: the holes of its body with what goes into them, and what comes out."""

    scan: Node
    count: Node
    carries: list[tuple[Node, Node]]  # hole, outer
    elements: list[tuple[Node, Node]]
    constants: list[tuple[Node, Node]]
    new: list[Node]  # of every carry
    stacked: list[Node]

    @staticmethod
    def of(scan: Node, inputs: Sequence[Node]) -> Loop:
        body: Body = scan.attr("body")
        pairs = list(zip(body.inputs, inputs[1:], strict=True))
        split = body.carries + body.elements
        return Loop(
            scan,
            inputs[0],
            pairs[: body.carries],
            pairs[body.carries : split],
            pairs[split:],
            list(body.outputs[: body.carries]),
            list(body.outputs[body.carries :]),
        )

    def build(self) -> Node:
        pairs = [*self.carries, *self.elements, *self.constants]
        outputs = (*self.new, *self.stacked)
        body = Body(tuple(hole for hole, _ in pairs), outputs, len(self.carries), len(self.elements))
        old: Body = self.scan.attr("body")
        if (body.inputs, body.outputs, body.carries) == (old.inputs, old.outputs, old.carries):
            body = old
        attrs = (("body", body), ("reverse", self.scan.attr("reverse")))
        return make_node(scan_op, (self.count, *(outer for _, outer in pairs)), attrs, self.scan)

    def apart(self) -> Loop:
        """The same loop with holes of its own: equal loops share theirs."""
        pairs = [*self.carries, *self.elements, *self.constants]
        own = {hole: placeholder(hole.attr("label"), hole.shape, hole.dtype) for hole, _ in pairs}
        outputs = replace([*self.new, *self.stacked], own)
        return Loop(
            self.scan,
            self.count,
            [(own[hole], outer) for hole, outer in self.carries],
            [(own[hole], outer) for hole, outer in self.elements],
            [(own[hole], outer) for hole, outer in self.constants],
            outputs[: len(self.new)],
            outputs[len(self.new) :],
        )

    def substitute(self, changes: dict[Node, Node]) -> None:
        outputs = replace([*self.new, *self.stacked], changes)
        self.new, self.stacked = outputs[: len(self.new)], outputs[len(self.new) :]


def loops(roots: Sequence[Node], fired: Fired) -> list[Node]:
    """The pass: bodies first, then loops merged, and what is not needed left out."""
    return _tidied(roots, fired, {})


Bodies = dict[object, Body]  # what a body computes -> the one body that stands for all such


def _tidied(roots: Sequence[Node], fired: Fired, bodies: Bodies) -> list[Node]:
    if not any(node.op is scan_op for node in walk(roots)):
        return list(roots)

    def inside(body: Body) -> Body:
        outputs = tuple(_tidied(body.outputs, fired, bodies))
        same = outputs == body.outputs
        return body if same else Body(body.inputs, outputs, body.carries, body.elements)

    current = _with_bodies(roots, lambda body: _one(inside(body), bodies))
    current = _shrunk(current, fired)
    current = _shrunk(_merged(current, fired), fired)
    return _with_bodies(current, lambda body: _one(body, bodies))


def count(fired: Fired, name: str) -> None:
    fired[name] = fired.get(name, 0) + 1


# ---------------------------------------------------------------------------------------------- bodies
def _with_bodies(roots: Sequence[Node], change: Callable[[Body], Body]) -> list[Node]:
    done: dict[Node, Node] = {}
    for node in standing_for(walk(roots)):
        new = rebuild(node, tuple(done[i] for i in node.inputs))
        if node.op is scan_op:
            body = change(node.attr("body"))
            new = rebuild(new, new.inputs, (("body", body), ("reverse", node.attr("reverse"))))
        done[node] = new
    return [done[root] for root in roots]


def _one(body: Body, bodies: Bodies) -> Body:
    """The same body for all that compute the same, so that loops can be compared."""
    holes = [_numbered(hole, i) for i, hole in enumerate(body.inputs)]
    outputs = replace(body.outputs, dict(zip(body.inputs, holes, strict=True)))
    return bodies.setdefault((body.carries, body.elements, *holes, *outputs), body)


def _numbered(hole: Node, i: int) -> Node:
    """A stand-in for a hole that is equal in equal places of equal bodies."""
    attrs = (("dtype", hole.dtype), ("identity", i), ("label", ""), ("shape", hole.shape))
    return make_node(hole.op, (), attrs, hole)


# ---------------------------------------------------------------------------------------------- shrinking
def _shrunk(roots: Sequence[Node], fired: Fired) -> list[Node]:
    """Loops without the results that nobody reads, and without what only those need."""
    nodes = walk(roots)
    used = _used_results(nodes, roots)
    done: dict[Node, Node] = {}
    results: dict[Node, dict[int, Node]] = {}
    for node in standing_for(nodes):
        inputs = tuple(done.get(i, i) for i in node.inputs)
        if node.op is scan_op and node in used:
            results[node] = _shrink(Loop.of(node, inputs), sorted(used[node]), fired)
        elif node.op is pick_op and node.inputs[0] in results:
            done[node] = results[node.inputs[0]].get(node.attr("index"), node)
        else:
            done[node] = rebuild(node, inputs)
    return [done[root] for root in roots]


def _used_results(nodes: Sequence[Node], roots: Sequence[Node]) -> dict[Node, set[int]]:
    """For every scan that is needed, the results that are: users come before it, looking backwards."""
    needed = set(roots)
    used: dict[Node, set[int]] = {}
    for node in reversed(nodes):
        if node not in needed:
            continue
        if node.op is pick_op:
            used.setdefault(node.inputs[0], set()).add(node.attr("index"))
            needed.add(node.inputs[0])
        elif node.op is scan_op:
            loop = Loop.of(node, node.inputs)
            _, read = _live(loop, used[node])
            needed.add(loop.count)
            needed.update(o for hole, o in [*loop.carries, *loop.elements, *loop.constants] if hole in read)
            needed.update(o for _, o in loop.elements[:1])  # it says how many steps there are
        else:
            needed.update(node.inputs)
    return used


def _live(loop: Loop, used: set[int]) -> tuple[set[int], set[Node]]:
    """The carries that the used results need, and the holes that are read on the way (theirs included)."""
    size = len(loop.carries)
    outputs = [*loop.new, *loop.stacked]
    live = {i for i in used if i < size}
    while True:
        needed = live | used
        read = set(walk(outputs[i] for i in needed)) | {loop.carries[i][0] for i in live}
        more = {i for i in range(size) if loop.carries[i][0] in read}
        if more == live:
            return live, read
        live = more


def _shrink(loop: Loop, used: list[int], fired: Fired) -> dict[int, Node]:
    """The results of the loop that are used, by their old index, from as small a loop as gives them."""
    size = len(loop.carries)
    live, read = _live(loop, set(used))
    fixed = {i: loop.carries[i][1] for i in sorted(live) if _never_changes(*loop.carries[i], loop.new[i])}
    _substitute_constants(loop, fixed, read, fired)
    carried = [i for i in sorted(live) if i not in fixed]
    kept = [i for i in used if i >= size]
    if not carried and not kept:
        return fixed
    if len(live) + len(kept) < size + len(loop.stacked):
        count(fired, "unused_results")
    scan = _part(loop, carried, kept).build()
    return fixed | {old: pick(scan, at) for at, old in enumerate([*carried, *kept])}


def _part(loop: Loop, carried: list[int], kept: list[int]) -> Loop:
    """The loop with some of its results, and what their steps read."""
    new = [loop.new[i] for i in carried]
    stacked = [loop.stacked[i - len(loop.new)] for i in kept]
    read = set(walk([*new, *stacked]))
    elements = [pair for pair in loop.elements if pair[0] in read]
    if not elements and known(loop.count) is None:
        elements = loop.elements[:1]  # it says how many steps there are
    constants = [pair for pair in loop.constants if pair[0] in read]
    return Loop(loop.scan, loop.count, [loop.carries[i] for i in carried], elements, constants, new, stacked)


def _substitute_constants(loop: Loop, fixed: dict[int, Node], read: set[Node], fired: Fired) -> None:
    """Put in what is the same in every step: carries that stay, repeated elements, numbers, and doubles."""
    changes: dict[Node, Node] = {}
    for i, outer in fixed.items():
        count(fired, "loop_invariant_carry")
        changes[loop.carries[i][0]] = _constant_in_loop(loop, outer)
    for hole, outer in loop.elements:
        inner = _repeated_element(outer) if hole in read and known(loop.count) is not None else None
        if inner is not None:
            count(fired, "repeated_element")
            changes[hole] = _constant_in_loop(loop, inner)
    first: dict[Node, Node] = {}
    for hole, outer in loop.constants:
        same = outer if number(outer) is not None else first.setdefault(outer, hole)
        if same is not hole:
            changes[hole] = same
    if changes:
        loop.substitute(changes)


def _never_changes(hole: Node, outer: Node, new: Node) -> bool:
    """Whether a carry leaves every step as it enters: handed on, or a number that folds to itself."""
    if new is hole:
        return True
    value = number(outer)
    if (
        value is None
        or hole not in new.inputs
        or any(i is not hole and number(i) is None for i in new.inputs)
    ):
        return False
    found = number(apply_rules(replace([new], {hole: outer}), FOLD, {})[0])
    return found is not None and bool(found.tobytes() == value.tobytes())


def _constant_in_loop(loop: Loop, outer: Node) -> Node:
    """What stands in the body for a node that is the same in every step."""
    if number(outer) is not None:
        return outer
    for hole, other in loop.constants:
        if other is outer:
            return hole
    hole = placeholder(outer.name or f"constant{len(loop.constants)}", outer.shape, outer.dtype)
    loop.constants.append((hole, outer))
    return hole


def _repeated_element(outer: Node) -> Node | None:
    """What every step sees of a sequence that is one value repeated."""
    if outer.op.name != "broadcast_to":
        return None
    inner = outer.inputs[0]
    if inner.ndim == outer.ndim:
        return None
    return broadcast_to(inner, outer.shape[1:])


# ------------------------------------------------------------------------------------------------ merging
def _merged(roots: Sequence[Node], fired: Fired) -> list[Node]:
    """Loops of the same steps, neither of which needs the other, become one where they carry the same."""
    current = list(roots)
    for _ in range(sum(node.op is scan_op for node in walk(current))):
        pair = _mergeable(current)
        if pair is None:
            return current
        count(fired, "merged_loops")
        current = replace(current, pair)
    return current


def _mergeable(roots: Sequence[Node]) -> dict[Node, Node] | None:
    """For the first two loops that can be one: what their results become."""
    nodes = walk(roots)
    scans = [node for node in nodes if node.op is scan_op]
    if len(scans) < 2:
        return None
    behind: dict[Node, int] = {}
    bit = {scan: 1 << i for i, scan in enumerate(scans)}
    for node in nodes:
        mask = bit.get(node, 0)
        for i in node.inputs:
            mask |= behind[i]
        behind[node] = mask
    for at, a in enumerate(scans):
        for b in scans[at + 1 :]:
            if (
                a.inputs[0] is b.inputs[0]
                and a.attr("reverse") == b.attr("reverse")
                and not behind[b] & bit[a]
            ):
                results = _merge(Loop.of(a, a.inputs), Loop.of(b, b.inputs).apart())
                if results is not None:
                    return results
    return None


def _merge(a: Loop, b: Loop) -> dict[Node, Node] | None:
    """What the results of two loops are in a loop that does both; None where they share too little."""
    known_holes = _shared_holes(a.elements, b.elements) | _shared_holes(a.constants, b.constants)
    same = _same_carries(a, b, known_holes)
    if len(same) < min(len(a.carries), len(b.carries)):
        return None
    if not same and not _shared_holes(a.elements, b.elements):
        return None
    changes = known_holes | {b.carries[j][0]: a.carries[i][0] for j, i in same.items()}
    outputs = replace([*b.new, *b.stacked], changes)
    own = [j for j in range(len(b.carries)) if j not in same]
    merged = Loop(
        a.scan,
        a.count,
        a.carries + [b.carries[j] for j in own],
        a.elements + [pair for pair in b.elements if pair[0] not in changes],
        a.constants + [pair for pair in b.constants if pair[0] not in changes],
        a.new + [outputs[j] for j in own],
        a.stacked + outputs[len(b.new) :],
    )
    scan = merged.build()
    return _results(a, b, scan, same, own, len(merged.new))


def _results(
    a: Loop, b: Loop, scan: Node, same: dict[int, int], own: list[int], carries: int
) -> dict[Node, Node]:
    results: dict[Node, Node] = {}
    for i in range(len(a.new) + len(a.stacked)):
        results[pick(a.scan, i)] = pick(scan, i if i < len(a.new) else i - len(a.new) + carries)
    for j in range(len(b.new) + len(b.stacked)):
        if j >= len(b.new):
            place = j - len(b.new) + carries + len(a.stacked)
        else:
            place = same[j] if j in same else len(a.new) + own.index(j)
        results[pick(b.scan, j)] = pick(scan, place)
    return results


def _shared_holes(a: list[tuple[Node, Node]], b: list[tuple[Node, Node]]) -> dict[Node, Node]:
    """The holes of `b` that are filled with what fills a hole of `a`."""
    filled = {outer: hole for hole, outer in reversed(a)}
    return {hole: filled[outer] for hole, outer in b if outer in filled}


def _same_carries(a: Loop, b: Loop, shared: dict[Node, Node]) -> dict[int, int]:
    """The carries of `b` that are carries of `a`: they start alike and, if they are alike, step alike."""
    same: dict[int, int] = {}
    for j, (_, start) in enumerate(b.carries):
        order = sorted(range(len(a.carries)), key=lambda i: i != j)
        match = next((i for i in order if a.carries[i][1] is start and i not in same.values()), None)
        if match is not None:
            same[j] = match
    while True:
        changes = shared | {b.carries[j][0]: a.carries[i][0] for j, i in same.items()}
        steps = replace([b.new[j] for j in same], changes)
        wrong = [j for j, step in zip(same, steps, strict=True) if step is not a.new[same[j]]]
        if not wrong:
            return same
        for j in wrong:
            del same[j]
