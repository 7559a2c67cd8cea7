"""The pages of `docs/` are run: their code works, and what they show is what it prints.

LIMPIDE_WRITE_PAGES=1 puts what is printed into the pages; read the difference before it is committed.
"""

from __future__ import annotations

import json
import os
import re
import runpy
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from docs.pages import blocks, updated
from limpide.build import machine, optimise
from limpide.codegen.c import lower
from limpide.function import specialise
from limpide.runtime import toolchain

REPOSITORY = Path(__file__).parents[2]
PAGES = sorted((REPOSITORY / "docs").glob("*.md"))
AVX512 = 64  # bytes in a vector of the machine that the pages were written on
WITH_CODE = [page for page in PAGES if blocks(page.read_text("utf-8"))]


@pytest.mark.parametrize("page", WITH_CODE, ids=lambda page: page.stem)
def test_page(page: Path, tmp_path: Path) -> None:
    compiler = toolchain.find()
    if compiler is None:
        pytest.skip("the pages show C: no C compiler here")
    paths = os.pathsep.join(str(REPOSITORY / folder) for folder in ("tests", "src"))
    environment = os.environ | {"PYTHONPATH": paths, "LIMPIDE_CACHE": str(tmp_path)}
    environment["LIMPIDE_DEVICE"] = "c"
    command = [sys.executable, "-m", "docs.pages", str(page)]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    printed = json.loads(done.stdout)
    text = page.read_text("utf-8")
    if "LIMPIDE_WRITE_PAGES" in os.environ:
        page.write_text(updated(text, printed), "utf-8")
        text = page.read_text("utf-8")
    for block, out in zip(blocks(text), printed, strict=True):
        if block.language == "c" and compiler.isa.vector_bytes != AVX512:
            assert out  # it differs from machine to machine, in the sizes of tiles
        elif block.output is not None:
            assert out == block.expected, f"{page.name}:{block.line}"
        else:
            assert not out, f"{page.name}:{block.line} prints something that the page does not show"


def test_there_are_pages() -> None:
    assert {"new-op", "road"} <= {page.stem for page in WITH_CODE}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_to_files(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target


PAGE = """
# Title

```python
x = 2
```

```python
print(x + 1)
```

```text
3
```

```sh
make
```

```text
not what any Python printed
```
"""


def test_blocks() -> None:
    first, second = blocks(PAGE)
    assert (first.code, first.line, first.output) == ("x = 2\n", 5, None)
    assert (second.code, second.expected) == ("print(x + 1)\n", "3\n")
    assert updated(PAGE, ["", "4\n"]) == PAGE.replace("\n3\n", "\n4\n")


def test_the_page_of_benchmarks_shows_what_was_recorded() -> None:
    figures = json.loads((REPOSITORY / "benchmarks" / "figures.json").read_text("utf-8"))
    program = runpy.run_path(str(REPOSITORY / "benchmarks" / "page.py"))
    page = (REPOSITORY / "docs" / "benchmarks.md").read_text("utf-8")
    assert program["filled"](page, figures) == page
    for w in (w for run in figures["runs"] for w in run["workloads"] if w["ratio"] is not None):
        medians = {name: statistics.median(run["ms"]) for name, run in w["runs"].items()}
        ours = medians.pop("limpide")
        assert w["ratio"] == pytest.approx(min(medians.values()) / ours), w["name"]


def test_the_readme_shows_the_code_that_is_written() -> None:
    """The C of the README's first example is what the compiler writes for it today."""
    text = (REPOSITORY / "README.md").read_text("utf-8")
    code, shown = (re.search(rf"```{kind}\n(.*?)```", text, re.DOTALL) for kind in ("python", "c"))
    assert code is not None and shown is not None
    if toolchain.find() is None:
        pytest.skip("the machine is that of a C compiler")
    names: dict[str, Any] = {}
    exec(code[1].split("step(a,")[0], names)
    known, _ = optimise(specialise(names["step"].program, [(256,), (256,)]))
    assert shown[1].strip() in lower(known, machine()).source
