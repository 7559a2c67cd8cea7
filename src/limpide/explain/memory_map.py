"""The memory plan as a picture: arrays as boxes, over the kernels that they live through and their bytes."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from ..codegen.c import Lowered
from ..memory import Slot
from ..schedule import Kernel, Plan, ScanKernel
from .linking import Links
from .words import both

WIDTH, HEIGHT, STRIP = 1000.0, 340.0, 16.0
LEFT = 70.0  # for the bytes
CHARACTER = 6.6


def ticks(plan: Plan, clock: int = 0) -> Iterator[tuple[Kernel, int]]:
    """When each kernel runs, as `Planner.lay_out` counts: behind the body of a loop one more passes."""
    for kernel in plan.kernels:
        clock += 1
        yield kernel, clock
        if isinstance(kernel, ScanKernel):
            inner = [*ticks(kernel.plan, clock)]
            yield from inner
            clock = (inner[-1][1] if inner else clock) + 1


def memory_map(lowered: Lowered, links: Links) -> str:
    """An SVG of the arena, and the arrays in a table."""
    slots = sorted(lowered.memory.arena_slots(), key=lambda s: (s.first, s.offset))
    if not slots:
        return f"<p>{both('no_arena')}</p>"
    times = [*ticks(lowered.plan)]
    number = {kernel: i for i, (kernel, _) in enumerate(times)}
    last = max([t for _, t in times] + [s.last for s in slots])
    step = (WIDTH - LEFT) / last
    boxes = [_box(s, links, step, lowered.memory.arena) for s in slots]
    strips = "".join(
        f'<rect class="tick" data-k="{number[kernel]}" x="{LEFT + (at - 1) * step:.1f}" y="{HEIGHT + 4:g}" '
        f'width="{max(step - 1, 0.6):.1f}" height="{STRIP - 4:g}"><title>{escape(kernel.name)}</title></rect>'
        for kernel, at in times
    )
    picture = (
        f'<svg class="memory" viewBox="0 0 {WIDTH:g} {HEIGHT + STRIP:g}" role="img" aria-label="arena">'
        f"{_scale(lowered.memory.arena)}{''.join(boxes)}{strips}</svg>"
    )
    return f'<p>{both("memory_text")}</p><div class="wide">{picture}</div>{_table(slots, links, times)}'


def _box(slot: Slot, links: Links, step: float, arena: int) -> str:
    height = max(HEIGHT * slot.space / arena, 1.5)
    x, y = LEFT + (slot.first - 1) * step, HEIGHT - HEIGHT * slot.offset / arena - height
    width = max((slot.last - slot.first + 1) * step - 0.6, 0.8)
    name = slot.name
    label = ""
    if height >= 12 and width >= len(name) * CHARACTER + 6:
        label = f'<text x="{x + 4:.1f}" y="{y + height / 2 + 4:.1f}">{escape(name)}</text>'
    hue = sum(map(ord, name)) * 47 % 360
    title = f"{name}: {slot.dtype.name}{list(slot.node.shape)}, {slot.size:,} bytes"
    return (
        f'<g data-n="{links.number(slot.node)}"><title>{escape(title)}</title><rect class="slot" '
        f'style="--hue:{hue}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"/>{label}</g>'
    )


def _scale(arena: int) -> str:
    parts = []
    for share in (0.0, 0.5, 1.0):
        y = HEIGHT * (1 - share)
        text = readable_bytes(round(arena * share))
        parts.append(f'<text class="scale" x="{LEFT - 6:g}" y="{max(y, 10):.0f}">{text}</text>')
        parts.append(f'<path class="scale" d="M{LEFT:g} {y:.1f}H{WIDTH:g}"/>')
    return "".join(parts)


def readable_bytes(count: int) -> str:
    """A size in the unit in which it reads well.

    >>> readable_bytes(300), readable_bytes(2048), readable_bytes(5 << 20)
    ('300 B', '2 KB', '5 MB')
    """
    size, unit = float(count), "B"
    for larger in ("KB", "MB", "GB"):
        if size >= 1024:
            size, unit = size / 1024, larger
    return f"{size:.3g} {unit}"


def _table(slots: list[Slot], links: Links, times: list[tuple[Kernel, int]]) -> str:
    names = {at: kernel.name for kernel, at in times}
    rows = "".join(
        f'<tr data-n="{links.number(s.node)}" tabindex="0"><th scope="row">{escape(s.name)}</th>'
        f"<td>{escape(f'{s.dtype.name}{list(s.node.shape)}')}</td>"
        f'<td class="n">{s.size:,}</td><td class="n">{s.offset:,}</td>'
        f"<td>{escape(names.get(s.first, ''))} – {escape(names.get(s.last, '…'))}</td></tr>"
        for s in slots
    )
    head = "".join(f"<th>{both(key)}</th>" for key in ("array", "type", "bytes", "offset", "lives"))
    return (
        f"<details><summary>{both('arrays')}</summary>"
        f'<div class="wide"><table><tr>{head}</tr>{rows}</table></div></details>'
    )
