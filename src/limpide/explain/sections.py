"""The sections of the page as HTML, in both languages: they can be read without the page's scripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from ..build import Stage
from ..codegen.c import Lowered
from ..graph import Program
from ..rules import whys
from ..runtime.limits import Limits
from ..schedule import Kernel, ScanKernel
from ..schedule.plan import every_kernel
from .derivation import Applied, Derivation, Rule
from .expression import Expr
from .french import WHYS
from .lines import Line, Root, as_latex, as_mathml, as_text, gradients, lines_of, roots_of
from .linking import Links, Passage
from .mathml import MATHML
from .memory_map import memory_map, readable_bytes
from .schedule import shares
from .times import Times, least_seconds, rounds
from .words import NO_BREAK, both

MOST_DRAWN = 150  # formulas, and steps of a derivation; where there are more, they are text


def fold(title: str, body: str) -> str:
    """Text that is closed at first."""
    return f"<details><summary>{title}</summary><pre>{escape(body)}</pre></details>"


def formula(lines: Sequence[Line]) -> str:
    """Formulas, and their texts to copy; very many are text alone."""
    if len(lines) > MOST_DRAWN:
        return f"<pre>{escape(as_text(lines))}</pre>"
    return as_mathml(lines) + fold("LaTeX", as_latex(lines)) + fold(both("text"), as_text(lines))


# ------------------------------------------------------------------------------------------------- source
def source(passages: Sequence[Passage], links: Links) -> str:
    """The user's lines; those that nodes come from can be pointed at. Below them the modules."""
    parts, before = [], ""
    for passage in passages:
        if passage.name != before:
            parts.append(f'<h3 class="file">{escape(passage.name)}</h3>')
            before = passage.name
        rows = []
        for number, text in enumerate(passage.lines, passage.first):
            line = links.lines.get((passage.file, number))
            point = "" if line is None else f' data-l="{line}" tabindex="0"'
            rows.append(f'<li value="{number}"{point}><code>{escape(text) or " "}</code></li>')
        parts.append(f'<ol class="code">{"".join(rows)}</ol>')
    if not parts:
        parts.append(f"<p>{both('no_source')}</p>")
    return "".join(parts) + _modules(links)


def _modules(links: Links) -> str:
    scopes = sorted(links.scopes.items(), key=lambda item: _in_order(item[0].path))
    if not scopes:
        return ""
    rows = "".join(
        f'<li data-s="{number}" tabindex="0" style="--depth:{len(_in_order(scope.path))}">'
        f"<code>{escape(scope.path)}</code> {escape(scope.kind)}</li>"
        for scope, number in scopes
    )
    return f'<h3>{both("modules")}</h3><ul class="modules">{rows}</ul>'


def _in_order(path: str) -> list[tuple[int, str]]:
    """A path as it is sorted: numbers by size."""
    parts = path.split(".") if path else []
    return [(int(part) if part.isdecimal() else -1, part) for part in parts]


# ----------------------------------------------------------------------------------------------- gradient
def gradient(program: Program, found: Derivation | None, links: Links) -> str:
    """The gradients by their formulas, then how they came about."""
    named = gradients(program)
    if found is None:
        return f"<p>{both('no_gradient')}</p>"
    head = formula(lines_of([Root(n, e) for n, e in named.items()], named)) if named else ""
    drawn = len(found.steps) <= MOST_DRAWN
    rows = "".join(_step(step, found.rules, links, drawn) for step in found.steps)
    return (
        f"{head}<h3>{both('steps')}</h3><p>{both('steps_text')}</p>"
        f'<div class="steps"><div class="step head" aria-hidden="true"><span>{both("node")}</span>'
        f"<span>{both('rule')}</span><span>{both('here')}</span></div>{rows}</div>"
    )


def _step(step: Applied, rules: Sequence[Rule], links: Links, drawn: bool) -> str:
    numbers = [links.number(n) for n in [step.node, *(p.made for p in step.parts)]]
    write = as_mathml if drawn else _plain
    if step.rule is None:
        remark = both("again_back" if step.node.op.name == "checkpoint" else "loop_back")
        middle, here = remark, ""
    else:
        rule = rules[step.rule]
        comes = f"{both('incoming')} {_inline(step.coming)}"
        name = f'<b title="{escape(rule.about)}">{escape(rule.op)}</b>'
        middle = f"<small>{name}, {comes}</small>{write(rule.backward)}"
        here = write([line for part in step.parts for line in part.lines])
    first = write(step.forward) if step.forward else f"<code>{escape(step.node.op.name)}</code>"
    return (
        f'<div class="step" data-n="{" ".join(map(str, numbers))}" tabindex="0">'
        f"<div>{first}</div><div>{middle}</div><div>{here}</div></div>"
    )


def _inline(coming: Expr) -> str:
    return f"<math>{MATHML.row([MATHML.symbol('g'), MATHML.sign('='), MATHML.show(coming)])}</math>"


def _plain(lines: Sequence[Line]) -> str:
    return f"<pre>{escape(as_text(lines))}</pre>"


# ------------------------------------------------------------------------------------------------- passes
def passes(stages: Sequence[Stage], optimised: Program) -> str:
    rows = "".join(
        f'<tr><th scope="row"><a href="#graph" data-stage="{escape(s.name)}">{escape(s.name)}</a></th>'
        f'<td class="n">{s.before}</td><td class="n">{s.after}</td>'
        f"<td>{''.join(_fired(*item) for item in s.fired.items())}</td></tr>"
        for s in stages[1:]
    )
    head = (
        f'<th>{both("pass")}</th><th class="n">{both("before")}</th><th class="n">{both("after")}</th>'
        f"<th>{both('fired')}</th>"
    )
    table = f'<div class="wide"><table><tr>{head}</tr>{rows}</table></div>'
    return f"{table}{_whys(stages)}<h3>{both('after_passes')}</h3>{formula(lines_of(roots_of(optimised)))}"


def _fired(name: str, count: int) -> str:
    times = f" ×{count}" if count > 1 else ""
    return f'<span class="chip">{escape(name)}{times}</span>'


def _whys(stages: Sequence[Stage]) -> str:
    """Why the rules that fired hold."""
    fired = dict.fromkeys(name for stage in stages for name in stage.fired if name in whys)
    if not fired:
        return ""
    rows = []
    for name in fired:
        english = " ".join(whys[name].split())
        french = NO_BREAK.sub("\u00a0", WHYS.get(name, english))
        said = f'<span lang="en">{escape(english)}</span><span lang="fr">{escape(french)}</span>'
        rows.append(f"<dt><code>{escape(name)}</code></dt><dd>{said}</dd>")
    return f"<details><summary>{both('whys')}</summary><dl>{''.join(rows)}</dl></details>"


# ------------------------------------------------------------------------------------------------ kernels
def kernels(lowered: Lowered | None, limits: Limits | None, times: Times | None) -> str:
    """A row for every kernel: its loops, what it computes and moves, its time against the machine's limit."""
    if lowered is None or limits is None:
        return f"<p>{both('no_kernels')}</p>"
    all_kernels = [*every_kernel(lowered.plan)]
    often = rounds(lowered.plan)
    taken = {k.name: times.kernels[k.name] if times else k.cost * often[k.name] for k in all_kernels}
    longest = max(taken.values(), default=0.0) or 1.0
    rows = "".join(
        _kernel(i, k, lowered, limits, times, taken[k.name] / longest, often[k.name])
        for i, k in enumerate(all_kernels)
    )
    kind = both("measured_limits" if limits.measured else "typical_limits")
    columns = ["flops", "bytes", "measured" if times else "expected", "at_least"]
    head = "".join(f'<th class="n">{both(c)}</th>' for c in columns)
    return (
        f'<p>{_times_text(times) if times else both("no_times")}</p><div class="wide"><table class="kernels">'
        f"<tr><th>{both('kernel')}</th>{head}</tr>{rows}</table></div><p>{both('limit_text')}</p>"
        f"<h3>{both('machine')}: {kind}</h3>{_machine(limits)}"
    )


def _machine(limits: Limits) -> str:
    """The machine's limits in a table: of one thread, of all."""
    giga = [
        ("float32, GFLOP/s", limits.flops_f32, limits.flops_f32_all),
        ("float64, GFLOP/s", limits.flops_f64, limits.flops_f64_all),
        (f"{both('read_memory')}, GB/s", limits.read, limits.read_all),
        (f"{both('read_l2')}, GB/s", limits.l2_read, None),
        (f"{both('read_l3')}, GB/s", limits.l3_read, None),
        (f"{both('read_core')}, GB/s", limits.core_to_core, None),
    ]
    cells = "".join(
        f'<tr><th scope="row">{name}</th><td class="n">{one / 1e9:.1f}</td>'
        f'<td class="n">{"" if team is None else f"{team / 1e9:.1f}"}</td></tr>'
        for name, one, team in giga
    )
    sizes = f"{readable_bytes(limits.l1)}, {readable_bytes(limits.l2)} {both('a_core')}"
    if limits.l3:
        sizes += f", {readable_bytes(limits.l3)} {both('shared')}"
    head = f'<th></th><th class="n">{both("one_thread")}</th>'
    head += f'<th class="n">{both("all_threads", n=limits.threads)}</th>'
    vectors = both("vectors", bytes=limits.vector_bytes, registers=limits.registers)
    return (
        f"<p>{vectors}; {both('caches')}: {sizes}; {both('barrier')} {duration(limits.barrier)}</p>"
        f'<div class="wide"><table><tr>{head}</tr>{cells}</table></div>'
    )


def _times_text(times: Times) -> str:
    given = ("given_inputs", "random_inputs")[not times.given]
    values = {
        "runs": times.runs,
        "clock": duration(times.clock),
        "kernels": duration(sum(times.kernels.values())),
        "waits": duration(sum(times.waits.values())),
        "plain": duration(times.plain),
    }
    return f"{both('times_text', **values)} {both(given)}"


def _kernel(
    number: int,
    kernel: Kernel,
    lowered: Lowered,
    limits: Limits,
    times: Times | None,
    share: float,
    often: int,
) -> str:
    """The row of one kernel; times and limit are of all its rounds in a call."""
    if isinstance(kernel, ScanKernel):
        loop = f"{escape(kernel.name)} <small>{both('steps_of', n=kernel.steps)}</small>"
        return f'<tr data-k="{number}" tabindex="0"><th scope="row">{loop}</th>{"<td></td>" * 4}</tr>'
    least = often * least_seconds(kernel, limits, lowered.threads)
    seconds = times.kernels[kernel.name] if times else often * kernel.cost
    waits = times.waits[kernel.name] if times else 0.0
    after = f"<br><small>{both('waits')} {duration(waits)}</small>" if waits >= 5e-8 else ""
    unseen = times is not None and seconds < times.clock
    shown = f"&lt; {duration(times.clock)}" if times and unseen else duration(seconds)
    seen = seconds > 0 and not unseen
    reached = f"<br><small>{100 * least / seconds:.0f} % {both('share')}</small>" if seen else ""
    mark = f'<b style="left:{100 * min(1.0, share * least / seconds):.1f}%"></b>' if seen else ""
    said = f"{both('rounds', n=often)}, " if often > 1 else ""
    said += ", ".join(both(key, **values) for key, values in shares(kernel, lowered.machine))
    bar = f'<div class="bar"><i style="width:{100 * share:.1f}%"></i>{mark}</div>'
    loops = "\n".join(kernel.describe()[1:]) or kernel.describe()[0]
    return (
        f'<tr data-k="{number}" tabindex="0"><th scope="row">{escape(kernel.name)}'
        f"<small> {said}</small><pre>{escape(loops)}</pre></th>"
        f'<td class="n">{kernel.flops:,}</td><td class="n">{kernel.bytes:,}</td>'
        f'<td class="n">{shown}{after}{bar}</td>'
        f'<td class="n">{duration(least)}{reached}</td></tr>'
    )


def duration(seconds: float) -> str:
    """A time in the unit in which it reads well.

    >>> duration(1.234e-6), duration(0.0123), duration(4e-10)
    ('1.2 µs', '12.3 ms', '0.4 ns')
    """
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{_digits(seconds / size)} {unit}"
    return f"{_digits(seconds / 1e-9)} ns"


def _digits(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}" if value >= 10 else f"{value:.2g}"


# -------------------------------------------------------------------------------------------- memory, C
def memory(lowered: Lowered | None, links: Links) -> str:
    if lowered is None:
        return f"<p>{both('no_kernels')}</p>"
    sizes: Mapping[str, int] = {
        "arena": lowered.memory.arena,
        "unshared": lowered.memory.unshared_bytes,
        "peak": lowered.peak_bytes,
    }
    chips = "".join(f'<span class="chip">{both(k)}: {v:,} {both("bytes")}</span>' for k, v in sizes.items())
    return f"<p>{chips}</p>{memory_map(lowered, links)}"


def c(lowered: Lowered | None) -> str:
    if lowered is None:
        return f"<p>{both('no_kernels')}</p>"
    return '<pre id="source-c" class="code" tabindex="0"></pre>'
