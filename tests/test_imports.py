"""The layers of the package, as a table, and the tests that hold the code to it."""

from __future__ import annotations

import ast
import graphlib
import json
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

# A module imports only from the rows above its own and from its own folder.
# Names in one row do not know of each other.
LAYERS = [
    ("errors", "nest", "display", "version"),
    ("config",),
    ("dtypes",),
    ("aligned",),
    ("shapes",),
    ("graph",),
    ("ops",),
    ("tracing",),
    ("grad",),
    ("rewrite",),
    ("rules",),
    ("schedule",),
    ("memory",),
    ("codegen",),
    ("runtime",),
    ("ready",),
    ("printing",),
    ("build",),
    ("function",),
    ("taps",),
    ("tensor",),
    ("compile",),
    ("derivatives", "debug"),
    ("explain",),
    ("random", "data", "io"),
    ("nn",),
    ("optim",),
    ("train",),
    ("faces", "sklearn", "onnx"),
    ("export",),
    ("limpide",),  # the package itself: the public words
    ("labs", "bench"),
    ("cli",),
    ("__main__",),
]
ROW = {name: row for row, names in enumerate(LAYERS) for name in names}

# Imported without asking: the core's one dependency, and the command line's and progress bars' two.
CORE = {"numpy", "rich", "typer"}

# Modules that are a door as a whole: their classes derive from the extra's, and nobody imports them unasked.
DOORS = {"limpide.sklearn"}

# Packages that are imported by another name than they are installed by.
INSTALLED_AS = {"PIL": "pillow", "sklearn": "scikit-learn", "yaml": "pyyaml"}

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)

REPOSITORY = Path(__file__).parents[1]
PACKAGE = REPOSITORY / "src" / "limpide"


@dataclass(frozen=True)
class Import:
    """One import statement's target, by its dotted name."""

    module: str
    target: str
    line: int
    in_function: bool
    for_types: bool  # under `if TYPE_CHECKING`: never runs

    def __str__(self) -> str:
        return f"{self.module}:{self.line} imports {self.target}"


def modules_of(package: Path) -> dict[str, Path]:
    modules = {}
    for file in sorted(package.rglob("*.py")):
        parts = file.relative_to(package.parent).with_suffix("").parts
        modules[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return modules


def imports_of(package: Path) -> list[Import]:
    modules = modules_of(package)
    return [found for name, file in modules.items() for found in _imports_in(name, file, modules)]


def _imports_in(name: str, file: Path, modules: dict[str, Path]) -> Iterator[Import]:
    tree = ast.parse(file.read_text("utf-8"))
    in_function = _below(tree, lambda node: isinstance(node, FUNCTIONS))
    for_types = _below(tree, lambda node: isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test))
    for node in ast.walk(tree):
        for target in _targets(node, name, file, modules):
            yield Import(name, target, node.lineno, node in in_function, node in for_types)


def _below(tree: ast.AST, wanted: Callable[[ast.AST], bool]) -> set[ast.AST]:
    return {node for outer in ast.walk(tree) if wanted(outer) for node in ast.walk(outer)}


def _targets(node: ast.AST, name: str, file: Path, modules: dict[str, Path]) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    base = node.module or ""
    if node.level:
        package = name.split(".") if file.name == "__init__.py" else name.split(".")[:-1]
        kept = package[: len(package) - node.level + 1]
        base = ".".join([*kept, *([node.module] if node.module else [])])
    members = [f"{base}.{alias.name}" for alias in node.names]
    return [member if member in modules else base for member in members]


def layer(name: str) -> str:
    """`limpide.ops.map` -> `ops`; the package itself is the layer `limpide`."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else parts[0]


def top(name: str) -> str:
    return name.split(".")[0]


def upward(imports: list[Import]) -> list[str]:
    """Modules without a row count as the lowest: everything that they import is upward."""
    ours = [each for each in imports if top(each.target) == "limpide"]
    return [
        str(each)
        for each in ours
        if layer(each.module) != layer(each.target)
        and ROW.get(layer(each.module), -1) <= ROW.get(layer(each.target), -1)
    ]


def hidden(imports: list[Import]) -> list[str]:
    return [str(each) for each in imports if each.in_function and top(each.target) == "limpide"]


def cycle(imports: list[Import]) -> list[str]:
    edges: dict[str, set[str]] = {}
    for each in imports:
        edges.setdefault(each.module, set()).add(each.target)
    try:
        graphlib.TopologicalSorter(edges).prepare()
    except graphlib.CycleError as error:
        return list(error.args[1])
    return []


def doors(imports: list[Import]) -> dict[str, set[str]]:
    """For each package that is neither ours, the core's nor Python's: the modules that import it."""
    found: dict[str, set[str]] = {}
    for each in imports:
        if not each.for_types and top(each.target) not in {"limpide", *CORE, *sys.stdlib_module_names}:
            found.setdefault(top(each.target), set()).add(each.module)
    return found


@pytest.fixture(scope="module")
def imports() -> list[Import]:
    found = imports_of(PACKAGE)
    assert len(found) > 20
    return found


def test_every_module_has_its_row() -> None:
    assert sorted({layer(name) for name in modules_of(PACKAGE)} - set(ROW)) == []


def test_imports_go_down(imports: list[Import]) -> None:
    assert upward(imports) == []


def test_no_import_hides_in_a_function(imports: list[Import]) -> None:
    assert hidden(imports) == []


def test_no_cycles(imports: list[Import]) -> None:
    assert cycle(imports) == []


def test_extras_have_one_door_each(imports: list[Import]) -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    declared = {need.split(">=")[0] for name, needs in extras.items() if name != "dev" for need in needs}
    for package, users in doors(imports).items():
        assert INSTALLED_AS.get(package, package) in declared, f"{users} import {package}, in no extra"
        assert len(users) == 1, f"{package} has more than one door: {sorted(users)}"


def test_extras_are_imported_where_they_are_used(imports: list[Import]) -> None:
    early = [each for each in imports if not (each.in_function or each.for_types or each.module in DOORS)]
    assert doors(early) == {}


def test_whole_doors_are_opened_by_their_name_alone(imports: list[Import]) -> None:
    assert [str(each) for each in imports if each.target in DOORS and each.module not in DOORS] == []


def loaded_by(package: str) -> set[str]:
    program = f"import json, sys, {package}; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return {top(name) for name in json.loads(done.stdout)}


def test_importing_the_package_loads_numpy_alone() -> None:
    own = loaded_by("limpide") - loaded_by("numpy") - set(sys.stdlib_module_names)
    assert own == {"limpide"}


WRONG = {
    "from .ops import map": "limpide.graph:1 imports limpide.ops.map",
    "from . import tensor": "limpide.graph:1 imports limpide.tensor",
    "import limpide": "limpide.graph:1 imports limpide",
    "if True:\n    import limpide.ops.map": "limpide.graph:2 imports limpide.ops.map",
    "from limpide.ops.map import exp": "limpide.graph:1 imports limpide.ops.map",
}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A small package that keeps to the rules."""
    root = tmp_path / "limpide"
    (root / "ops").mkdir(parents=True)
    (root / "__init__.py").write_text("from . import tensor\n")
    (root / "graph.py").write_text("import numpy as np\n")
    (root / "ops" / "__init__.py").write_text("from .map import exp\n")
    (root / "ops" / "map.py").write_text("from ..graph import Node\nfrom .define import Op\n")
    (root / "ops" / "define.py").write_text("from limpide.graph import Node\n")
    (root / "tensor.py").write_text("from .ops import exp, map\n")
    return root


def test_the_rules_accept_a_good_package(package: Path) -> None:
    imports = imports_of(package)
    assert len(imports) == 8
    assert upward(imports) == hidden(imports) == cycle(imports) == []
    assert doors(imports) == {}


@pytest.mark.parametrize("line", WRONG)
def test_an_import_upwards_is_seen(package: Path, line: str) -> None:
    (package / "graph.py").write_text(line)
    assert upward(imports_of(package)) == [WRONG[line]]


def test_names_in_one_row_may_not_know_each_other(package: Path) -> None:
    (package / "io.py").write_text("from . import data")
    (package / "data.py").write_text("")
    assert upward(imports_of(package)) == ["limpide.io:1 imports limpide.data"]


def test_a_hidden_import_is_seen(package: Path) -> None:
    (package / "tensor.py").write_text("def f():\n    if True:\n        from .graph import Node\n")
    assert hidden(imports_of(package)) == ["limpide.tensor:3 imports limpide.graph"]


def test_a_cycle_is_seen(package: Path) -> None:
    (package / "ops" / "define.py").write_text("from . import exp\n")
    assert set(cycle(imports_of(package))) == {"limpide.ops", "limpide.ops.map", "limpide.ops.define"}


def test_an_import_for_types_is_no_door_but_still_has_to_go_down(package: Path) -> None:
    (package / "graph.py").write_text(
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pooch\n    from .ops import exp\n"
    )
    imports = imports_of(package)
    assert doors(imports) == {}
    assert upward(imports) == ["limpide.graph:4 imports limpide.ops"]


def test_a_second_door_is_seen(package: Path) -> None:
    (package / "graph.py").write_text("import pooch.core\n")
    (package / "tensor.py").write_text("def f():\n    from pooch import retrieve\n")
    assert doors(imports_of(package)) == {"pooch": {"limpide.graph", "limpide.tensor"}}
