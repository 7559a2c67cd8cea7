"""Use report pages in a headless browser: pointing, keys, languages, colours, a phone, 5,000 nodes.

    python benchmarks/report_page.py OUT

Needs chromium or google-chrome. Pictures of what it saw are in OUT. Fails where a page fails to do its part.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from browser import Browser, program_of_a_browser

import limpide as lp
from limpide import nn, optim
from limpide.labs import load

OPENS_IN = 2.0  # seconds, with 5,000 nodes
HOSTILE = '</script><b onclick="x">'


class Block(nn.Module):
    """A residual block."""

    def __init__(self, size: int):
        self.first, self.second, self.norm = nn.Linear(size, size), nn.Linear(size, size), nn.LayerNorm(size)

    def forward(self, x: Any) -> Any:
        return self.norm(x + self.second(lp.relu(self.first(x))))


def deep() -> Any:
    """The training step of a network whose graph has more than 5,000 nodes."""
    net = nn.Sequential(*(Block(16) for _ in range(36)), nn.Linear(16, 4))
    optimizer = optim.Adam(lr=0.001)

    @lp.compile
    def step(x: Any, labels: Any) -> Any:
        loss = nn.cross_entropy(net(x), labels)
        optimizer.minimize(loss)
        return loss

    return step.explain(np.zeros((8, 16), np.float32), np.zeros(8, np.int64))


def chain() -> Any:
    """As many nodes of one line, without modules."""
    x = lp.input("x", (64,))
    y = x
    for i in range(1700):
        y = lp.tanh(y * float(1 + i / 1000) + x)
    return lp.function([x], y.sum(), name="chain").explain(level=3)


def hostile() -> Any:
    """Names that look like HTML."""
    x, w = lp.input(HOSTILE, (3,)), lp.parameter(np.ones(3, np.float32), name=f"w{HOSTILE}")
    loss = ((x * w) ** 2).sum()  # <b>bold</b>
    return lp.function([x], loss, updates=[(w, w - lp.grad(loss, w))], name=HOSTILE).explain()


class Visit:
    """A page in the browser, and what was found wrong with it."""

    def __init__(self, browser: Browser, name: str, page: str, folder: Path, out: Path):
        self.browser, self.name, self.out = browser, name, out
        self.place = folder / f"{name}.html"
        self.place.write_text(page, "utf-8")
        self.wrong: list[str] = []
        self.seconds = self.open()

    def open(self) -> float:
        """Seconds until it is ready."""
        self.browser.call("Page.navigate", url="about:blank")
        start = time.perf_counter()
        self.browser.call("Page.navigate", url=self.place.as_uri())
        while self.browser.evaluate("document.documentElement?.dataset.ready ?? ''") != "yes":
            if time.perf_counter() - start > 20:
                raise SystemExit(f"{self.name} does not open: {self.browser.complaints}")
            time.sleep(0.01)
        self.browser.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        return time.perf_counter() - start

    def check(self, what: str, right: Any) -> None:
        print(f"{self.name:8} {'ok' if right else 'WRONG':5} {what}", flush=True)
        if not right:
            self.wrong.append(f"{self.name}: {what}")

    def __call__(self, expression: str) -> Any:
        return self.browser.evaluate(expression)

    def go(self, section: str) -> None:
        self(f"limpide.go('{section}')")
        time.sleep(0.5)

    def picture(self, name: str) -> None:
        self.browser.picture(self.out / f"{self.name}-{name}.png")


LIT = "document.querySelectorAll('{}.lit').length"


def pointing(visit: Visit) -> None:
    """A line, a node, a kernel and a line of C light up what belongs to them."""
    visit("limpide.code.pieces.forEach((_, i) => limpide.code.draw(i))")
    line = "[...document.querySelectorAll('[data-l]')].find(e => e.textContent.includes('self.conv2 ='))"
    visit(f"{line}.dispatchEvent(new PointerEvent('pointerover', {{bubbles: true, pointerType: 'mouse'}}))")
    found = [
        visit(LIT.format(s)) for s in ("#source li", ".kernels tr", "#source-c .line", ".step", ".memory g")
    ]
    visit.check(f"a line lights up lines, kernels, lines of C, steps, arrays: {found}", all(found))
    visit.check("and nodes of the graph", visit("limpide.graph.litBoxes().length") > 0)
    visit(f"{line}.click()")
    visit.check("a click keeps it", visit("document.body.classList.contains('kept')"))
    visit(f"{line}.click()")
    visit("document.querySelectorAll('.kernels tr')[9].click()")
    visit.check("a kernel lights up its line", visit(LIT.format("#source li")))
    visit.check("and its C, in sight", visit(c_in_sight()))
    visit("limpide.release()")
    node = "limpide.graph.boxes.find(b => b.leaf && b.texts[0].startsWith('relu'))"
    visit(f"limpide.graph.click({node})")
    found = [visit(LIT.format(s)) for s in ("#source li", ".kernels tr", "#source-c .line")]
    visit.check(f"a node lights up its line, kernels and C: {found}", all(found))
    visit("limpide.release()")
    c = "[...document.querySelectorAll('#source-c [data-c]')].find(e => e.textContent.includes('lp_exp_f32'))"
    visit(f"{c}.click()")
    text = visit("document.querySelector('#source li.lit').textContent")
    visit.check(f"a line of C lights up its line: {text.strip()}", "cross_entropy" in text)
    visit("limpide.release()")
    visit.check("nothing stays lit", not visit("document.querySelectorAll('.lit:not(path)').length"))


def c_in_sight() -> str:
    return """(() => {
      const place = document.getElementById("source-c").getBoundingClientRect();
      return [...document.querySelectorAll("#source-c .lit")].some(e => {
        const at = e.getBoundingClientRect();
        return at.top >= place.top && at.bottom <= place.bottom;
      });
    })()"""


def keyboard(visit: Visit) -> None:
    """Everything can be reached and done without a pointer."""
    browser = visit.browser
    visit("document.querySelector('#source [data-l]').focus()")
    visit.check("focus lights up", visit(LIT.format(".kernels tr")))
    browser.press("Enter", 13, "\r")
    visit.check("Enter keeps", visit("Boolean(limpide.kept)"))
    browser.press("Escape", 27)
    visit.check("Escape lets go", not visit("Boolean(limpide.kept)"))
    browser.press("Tab", 9)
    visit.check("Tab goes to the next line", visit("Boolean(document.activeElement.dataset.l)"))
    visit("document.querySelector('.canvas').focus()")
    keys = [("ArrowDown", 40)] * 4
    for key, code in keys:
        browser.press(key, code)
    visit.check("arrows walk down the graph", visit("limpide.graph.at && limpide.graph.at.top > 100"))
    visit.check("and say where", visit("document.getElementById('status').textContent.length") > 5)
    group = "limpide.graph.at = limpide.graph.boxes.find(b => !b.leaf)"
    before = visit(f"{group}; limpide.graph.boxes.length")
    browser.press("Enter", 13, "\r")
    visit.check("Enter opens a group", visit("limpide.graph.boxes.length") > before)
    browser.press("+", 187, "+")
    browser.press("0", 48, "0")
    visit.check("0 fits", visit("limpide.graph.fitted"))
    visit("document.getElementById('source-c').focus()")
    browser.press("Enter", 13, "\r")
    browser.press("ArrowDown", 40)
    visit.check("arrows walk through the C", visit("Boolean(document.activeElement.dataset.c)"))
    visit("limpide.graph.search('max_pool'); limpide.graph.nextFound()")
    visit.check(
        "a search finds nodes", visit("limpide.graph.matches.length > 0 && limpide.graph.lit.size > 0")
    )
    visit("limpide.graph.search(''); limpide.release()")


def looks(visit: Visit) -> None:
    """Two languages, two colour schemes, two sizes."""
    for dark in (False, True):
        visit.browser.look(1400, 1000, dark=dark)
        background = visit("getComputedStyle(document.body).backgroundColor")
        visit.check(
            f"{'dark' if dark else 'light'}: {background}", (background == "rgb(255, 255, 255)") != dark
        )
        visit("document.getElementById('language').click()")
        heading = visit("document.querySelector('#kernels h2').innerText")
        visit.check(f"the language changes: {heading}", heading == ("Kernels" if dark else "Noyaux"))
        for section in ("formula", "graph", "kernels", "memory"):
            visit.go(section)
            visit.picture(f"{section}-{'dark' if dark else 'light'}")
    visit("document.getElementById('theme').click()")
    visit.check(
        "the switch goes before the system",
        visit("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)",
    )
    visit.browser.look(390, 844, phone=True)
    visit.open()
    for section in ("source", "gradient", "graph", "kernels", "c"):
        visit.go(section)
        visit.picture(f"{section}-phone")
    visit.check(
        "a phone has nothing to scroll sideways", visit("document.documentElement.scrollWidth") <= 390
    )
    small = """[...document.querySelectorAll("button, select, input")].filter(e => e.offsetHeight &&
      e.type !== "checkbox" && e.offsetHeight < 32).length"""
    visit.check("what is touched is large enough", not visit(small))
    visit.browser.look(1400, 1000)


def large(visit: Visit) -> None:
    """Opens soon, and every node can be unfolded."""
    nodes = visit("limpide.data.graphs[0].nodes.length")
    visit.check(f"{nodes:,} nodes", nodes >= 5000)
    visit.check(f"open in {visit.seconds:.2f} s", visit.seconds < OPENS_IN)
    unfold = (
        "(() => { const t = performance.now(); limpide.graph.act('unfold'); return performance.now() - t })()"
    )
    taken = visit(unfold)
    boxes = visit("limpide.graph.boxes.length")
    visit.check(f"all unfolded, {boxes:,} boxes, in {taken:.0f} ms", taken < 1000 and boxes > 2000)
    visit.go("graph")
    visit.picture("unfolded")


def escapes(visit: Visit) -> None:
    visit.check("no element comes from a name", not visit("document.querySelectorAll('b[onclick]').length"))
    visit.check("the names stand there", HOSTILE in visit("document.querySelector('h1').textContent"))
    visit.check(
        "in the graph, too", visit("document.querySelector('.scene').textContent.includes('onclick')")
    )


def pages() -> Iterator[tuple[str, Any, tuple[Any, ...]]]:
    yield "lenet", load("lenet").explained(5), (pointing, keyboard, looks)
    yield "deep", deep(), (large,)
    yield "chain", chain(), (large,)
    yield "hostile", hostile(), (escapes,)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("out", type=Path, nargs="?", default=Path("out/report"))
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    program = program_of_a_browser()
    if program is None:
        raise SystemExit("no chromium or google-chrome on PATH")
    wrong = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        browser = Browser(program, f"{folder}/profile")
        browser.look(1400, 1000)
        for name, report, checks in pages():
            visit = Visit(browser, name, report.html(), Path(folder), out)
            print(
                f"{name:8} {visit.place.stat().st_size / 1000:.0f} KB, open in {visit.seconds:.2f} s",
                flush=True,
            )
            for check in checks:
                check(visit)
            wrong += visit.wrong
        browser.close()
    if wrong or browser.complaints:
        raise SystemExit("; ".join([*wrong, *browser.complaints]))


if __name__ == "__main__":
    main()
