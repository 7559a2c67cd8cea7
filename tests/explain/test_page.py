"""The page: what it holds, that it is whole and alone, and what belongs to what."""

from __future__ import annotations

import base64
import html
import html.parser
import json
import re
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide import nn
from limpide.explain import Report, explain
from limpide.explain.french import WHYS
from limpide.explain.memory_map import ticks
from limpide.explain.page import SCRIPTS, WEB
from limpide.explain.words import WORDS, both, words
from limpide.graph import walk
from limpide.labs import load
from limpide.rules import whys
from limpide.schedule import ScanKernel
from limpide.schedule.plan import every_kernel

QUIET, BACKWARD, CONSTANT = 1, 2, 4


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lp.config, "threads", 1)


def step_report(**options: Any) -> Report:
    net = nn.Sequential(nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 3))
    optimizer = lp.optim.Adam(lr=0.1)

    @lp.compile
    def step(images: Any, labels: Any) -> Any:
        scores = net(images)
        loss = nn.cross_entropy(scores, labels)
        optimizer.minimize(loss)
        return loss

    return step.explain(np.zeros((4, 6), np.float32), np.zeros(4, np.int64), **options)  # type: ignore[no-any-return]


def data_of(page: str) -> Any:
    """What the page gives its scripts."""
    found = re.search(r'<script type="text/plain" id="data">([A-Za-z0-9+/=]*)</script>', page)
    assert found is not None
    return json.loads(zlib.decompress(base64.b64decode(found[1])))


class Checker(html.parser.HTMLParser):
    """Every element closes; nothing refers to another place."""

    VOID = frozenset(("meta", "path", "rect", "mspace", "br", "input"))

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.tags: list[str] = []
        self.pointed: list[tuple[str, str]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in ("link", "img", "iframe", "object", "base")
        self.tags.append(tag)
        for name, value in attrs:
            assert name != "src" and not name.startswith("on")
            if name == "href":
                self.targets.append(value or "")
            if name == "id":
                self.ids.append(value or "")
            if name in ("data-l", "data-k", "data-n", "data-s"):
                self.pointed += [(name[-1], number) for number in (value or "").split()]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def checked(page: str) -> Checker:
    checker = Checker()
    checker.feed(page)
    assert checker.open == []
    return checker


# --------------------------------------------------------------------------------------------- the page
def test_the_page_is_whole_and_alone() -> None:
    page = step_report().html()
    checker = checked(page)
    sections = ["source", "formula", "gradient", "graph", "passes", "kernels", "memory", "c"]
    assert [i for i in checker.ids if i in sections] == sections
    assert len(checker.ids) == len(set(checker.ids))
    assert {t for t in checker.targets} <= {f"#{i}" for i in checker.ids}
    assert re.findall(r"https?://[^\"<\s]+", page) == []
    assert "default-src 'none'" in page
    assert checker.tags.count("math") > 20


def test_all_that_can_be_pointed_at_exists() -> None:
    page = step_report().html()
    data, checker = data_of(page), checked(page)
    counts = {"l": data["lines"], "k": data["kernels"], "n": data["nodes"], "s": data["scopes"]}
    for kind, number in checker.pointed:
        assert 0 <= int(number) < len(counts[kind])
    assert {int(n) for kind, n in checker.pointed if kind == "k"} == set(range(len(data["kernels"])))
    assert {int(n) for kind, n in checker.pointed if kind == "s"} == set(range(len(data["scopes"])))


@pytest.mark.parametrize("level", [1, 2, 3, 4, 5])
def test_levels(level: int) -> None:
    page = step_report(level=level).html()
    ids = checked(page).ids
    found = [i in ids for i in ("formula", "graph", "passes", "kernels", "c")]
    assert found == [n <= level for n in range(1, 6)]
    assert bool(data_of(page)["source"]) == (level == 5)


def test_without_a_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lp.config, "device", "numpy")
    page = step_report().html()
    assert both("no_kernels") in page
    assert data_of(page)["kernels"] == []
    checked(page)


def test_a_notebook_gets_the_page_in_a_frame() -> None:
    report = step_report(level=2)
    found = re.search(r'srcdoc="([^"]*)"', report._repr_html_())
    assert found is not None and html.unescape(found[1]) == report.html()


def test_a_file_of_any_name(tmp_path: Path) -> None:
    x = lp.input("x", (3,))
    place = tmp_path / "page.xhtml"
    lp.function([x], x * 2).explain(html=place, level=2)
    assert place.read_text("utf-8").startswith("<!DOCTYPE html>")
    assert list(tmp_path.iterdir()) == [place]


@pytest.mark.slow
def test_lenet_is_small() -> None:
    assert len(load("lenet").explained(5).html().encode()) < 500_000


# -------------------------------------------------------------------------------------------- hostile
HOSTILE = '</script><img src=x onerror="alert(1)">{{data}}'


def test_names_are_only_text() -> None:
    x, y = lp.input(HOSTILE, (3,)), lp.input("<b>&amp;", (3,))
    w = lp.parameter(np.ones(3, np.float32), name=f"w{HOSTILE}")
    loss = ((x * w - y) ** 2).sum()  # <img src=z>
    f = lp.function([x, y], loss, updates=[(w, w - lp.grad(loss, w))], name=f"*/{HOSTILE}")
    page = f.explain().html()
    checker = checked(page)
    assert "img" not in checker.tags and "b" not in {t for t in checker.tags if t == "img"}
    assert checker.tags.count("script") == 2
    assert any("<img src=z>" in text for text in "".join(checker.text).splitlines())
    assert any(node[2] == HOSTILE for node in data_of(page)["nodes"])


# ------------------------------------------------------------------------------------- what belongs to what
def lines_with(data: Any, page: str, text: str) -> list[int]:
    """The numbers of the user's lines that contain a text."""
    found = re.findall(r'<li value="\d+" data-l="(\d+)" tabindex="0"><code>(.*?)</code>', page)
    return [int(number) for number, line in found if text in html.unescape(line)]


def test_lines_lead_to_nodes_kernels_and_c() -> None:
    page = step_report().html()
    data = data_of(page)
    (first,) = lines_with(data, page, "net = nn.Sequential(nn.Linear")
    built = {s for s, (_, _, line) in enumerate(data["scopes"]) if line == first}
    assert sorted(data["scopes"][s][:2] for s in built) == [
        ["0", "Linear"], ["1", "Tanh"], ["2", "Linear"],
    ]  # fmt: skip
    (loss,) = lines_with(data, page, "loss = nn.cross_entropy")
    of_loss = {n for n, node in enumerate(data["nodes"]) if node[5] == loss}
    assert {data["nodes"][n][0] for n in of_loss} >= {"exp", "log", "max axis 1"}
    kernels = {k for k, kernel in enumerate(data["kernels"]) if of_loss & set(kernel["nodes"])}
    assert kernels and len(kernels) < len(data["kernels"])
    source = data["source"].splitlines()
    c = [source[at] for at, nodes in data["c"]["lines"] if of_loss & set(nodes)]
    assert any("lp_exp_f32" in line for line in c) and not any("lp_tanh_f32" in line for line in c)


def test_derivatives_belong_to_the_line_of_what_they_are_derivatives_of() -> None:
    page = step_report().html()
    data = data_of(page)
    (scores,) = lines_with(data, page, "scores = net(images)")
    backward = [n for n in data["nodes"] if n[7] & BACKWARD and n[0].startswith("matmul")]
    assert backward and all(n[5] == scores for n in backward)
    assert {data["scopes"][n[6]][0] for n in backward} == {"0", "2"}
    (asked,) = lines_with(data, page, "optimizer.minimize(loss)")
    assert all(n[9] == asked for n in backward)


def test_graphs_are_whole() -> None:
    report = step_report()
    data = data_of(report.html())
    stages = [graph["stage"] for graph in data["graphs"]]
    assert stages[0] == "" and stages[-1] == "scheduled"
    assert len(data["graphs"][0]["nodes"]) == len(walk(report.program.roots))
    for graph in data["graphs"]:
        known = set(graph["nodes"])
        assert all(set(data["nodes"][n][4]) <= known for n in known)
        assert {n for _, n in graph["results"]} <= known
    for number, node in enumerate(data["nodes"]):
        assert all(i < number for i in node[4])


def test_loops_have_graphs_of_their_own() -> None:
    xs = lp.input("xs", (7,))
    total, _ = lp.scan(lambda c, x: (lp.tanh(c) + x, None), 0.0, xs)
    report = lp.function([xs], total).explain()
    data = data_of(report.html())
    assert [(g["stage"], bool(g["loop"])) for g in data["graphs"]][:2] == [("", False), ("", True)]
    assert report.lowered is not None
    assert len(data["kernels"]) == len([*every_kernel(report.lowered.plan)])


def test_lines_of_c_name_their_nodes() -> None:
    report = step_report()
    data = data_of(report.html())
    source = data["source"].splitlines()
    assert report.lowered is not None and report.lowered.source == data["source"]
    nodes = dict(data["c"]["lines"])
    (tanh,) = [at for at, line in enumerate(source) if re.search(r"= lp_tanh_f32\(", line)]
    assert [data["nodes"][n][0] for n in nodes[tanh]] == ["tanh"]
    names = [kernel["name"] for kernel in data["kernels"]]
    for first, last, kernels in data["c"]["spans"]:
        text = "\n".join(source[first : last + 1])
        assert any(names[k] in text or "(" in text for k in kernels)
    covered = {at for first, last, _ in data["c"]["spans"] for at in range(first, last + 1)}
    for at, line in enumerate(source):
        if re.match(r"  (if \(tid == 0\) )?\w+_\d+\(", line):
            assert at in covered


def test_kernels_that_share_a_function_have_their_own_nodes() -> None:
    x = lp.input("x", (8, 4))
    a = [lp.parameter(np.ones((4, 4), np.float32), name=f"a{i}") for i in range(3)]
    y = x
    for w in a:
        y = lp.tanh(y @ w).T.T
    report = lp.function([x], y).explain()
    data = data_of(report.html())
    assert report.lowered is not None
    tanhs = {n for n, node in enumerate(data["nodes"]) if node[0] == "tanh"} & {
        n for k in data["kernels"] for n in k["nodes"]
    }
    by_lines = {n for _, nodes in data["c"]["lines"] for n in nodes}
    assert len(tanhs) == 3 and tanhs <= by_lines


# ----------------------------------------------------------------------------------------------- memory
@pytest.mark.parametrize("loop", [False, True])
def test_the_memory_map_counts_as_the_planner(loop: bool) -> None:
    xs = lp.input("xs", (7, 5))
    y: Any = lp.exp(xs) @ np.ones((5, 5), np.float32)
    if loop:
        w = lp.parameter(np.ones((5, 5), np.float32), name="w")
        final, ys = lp.scan(lambda c, x: (lp.tanh(c @ w), lp.exp(c) @ w), xs[0], y)
        y = lp.exp(ys @ w) * final
    report = lp.function([xs], lp.softmax(y @ np.ones((5, 4), np.float32)).sum(0)).explain()
    assert report.lowered is not None
    times = dict(ticks(report.lowered.plan))
    assert [*times] == [*every_kernel(report.lowered.plan)]
    for slot in report.lowered.memory.arena_slots():
        makers = [k for k in times if slot.node in k.writes and not isinstance(k, ScanKernel)]
        assert all(slot.first <= times[k] <= slot.last for k in makers)
    checked(report.html())


# ------------------------------------------------------------------------------------------------- words
def test_both_languages_say_the_same_things() -> None:
    for key, (english, french) in WORDS.items():
        assert english and french
        assert sorted(re.findall(r"\{\w+\}", english)) == sorted(re.findall(r"\{\w+\}", french)), key


def test_every_word_is_used() -> None:
    folder = Path(explain.__code__.co_filename).parent
    code = "".join(p.read_text("utf-8") for p in folder.rglob("*.*") if p.suffix in (".py", ".js", ".html"))
    for key in WORDS:
        stem = key.removesuffix("_1")
        used = re.search(rf"[\"':`]{stem}[\"'}}`]", code.replace(f'"{key}": (', ""))
        assert used or key.startswith("by_"), key


def test_french_rules_are_rules() -> None:
    assert set(WHYS) <= set(whys)
    page = step_report(level=3).html()
    fired = {name for stage in step_report(level=3).stages for name in stage.fired} & set(WHYS)
    assert fired and all(html.escape(WHYS[name].split(" ")[0]) in page for name in fired)


def test_words_fill_their_places() -> None:
    assert words("unknown_sizes", inputs="x", size=4)[1].startswith(
        "Les tailles inconnues de x valent ici 4\u00a0: "
    )
    assert both("c") == "C"
    assert both("node") == '<span lang="en">node</span><span lang="fr">nœud</span>'


def test_the_scripts_ask_for_nothing_from_elsewhere() -> None:
    for name in SCRIPTS:
        text = (WEB / name).read_text("utf-8")
        assert not re.search(r"\b(fetch|XMLHttpRequest|import\(|eval|WebSocket|document\.write)\b", text)
