"""Names of other libraries lead to the faces, and what is missing is recorded."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from limpide.errors import UnknownNameError
from limpide.faces import finder, missing, names


@pytest.fixture
def faces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A face `abacus` with modules of its own, behind the real finder."""
    root = tmp_path / "abacus_face"
    (root / "beads").mkdir(parents=True)
    end = "\nfrom limpide.faces import missing\n__getattr__ = missing.attributes({!r}, globals())\n"
    (root / "__init__.py").write_text("runs = []\nruns.append(1)\ncount = 3" + end.format("abacus"))
    (root / "beads" / "__init__.py").write_text("from .. import count" + end.format("abacus.beads"))
    (root / "beads" / "red.py").write_text("colour = 'red'")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(names.ALIASES, "abacus", "abacus_face")
    monkeypatch.setitem(names.CONVENIENCE, "tally", "abacus_face.beads.red")
    missing.forget()
    finder.install()
    yield tmp_path
    finder.uninstall()
    missing.forget()
    for name in [each for each in sys.modules if each.startswith("abacus_face")]:
        del sys.modules[name]


def load(name: str):  # type: ignore[no-untyped-def]
    return importlib.import_module(name)


def test_one_module_under_both_names(faces: Path) -> None:
    module = load("abacus")
    assert module is load("abacus_face") and module.runs == [1]
    assert load("abacus.beads.red") is load("abacus_face.beads.red") is module.beads.red
    assert module.__spec__.name == module.__package__ == "abacus_face"


def test_an_installed_package_of_the_name_is_shadowed_until_the_end(
    faces: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (faces / "abacus.py").write_text("real = True")
    assert not hasattr(load("abacus"), "real")
    finder.uninstall()
    assert load("abacus").real


def test_submodules_come_when_they_are_asked_for(faces: Path) -> None:
    module = load("abacus")
    assert "abacus_face.beads" not in sys.modules
    assert module.beads.red.colour == "red"
    assert missing.recorded() == {}


def test_from_import_of_a_submodule_records_nothing(faces: Path) -> None:
    namespace: dict[str, object] = {}
    exec("from abacus import beads, count\nfrom abacus.beads import red", namespace)
    assert namespace["count"] == 3 and missing.recorded() == {}


def test_a_missing_name_is_recorded_with_its_line(faces: Path) -> None:
    script = faces / "script.py"
    script.write_text("import abacus\n\nabacus.counts\n")
    with pytest.raises(UnknownNameError, match=r"\[abacus\] has no 'counts'") as caught:
        exec(compile(script.read_text(), str(script), "exec"), {})
    assert "hint: did you mean 'abacus.count'?" in str(caught.value)
    assert missing.recorded() == {"abacus.counts": (str(script), 3)}


def test_from_import_of_a_missing_name_is_an_import_error(faces: Path) -> None:
    with pytest.raises(ImportError, match="cannot import name 'blue' from 'abacus_face.beads'"):
        exec("from abacus.beads import blue", {})
    assert list(missing.recorded()) == ["abacus.beads.blue"]


def test_a_missing_module_is_recorded(faces: Path) -> None:
    with pytest.raises(ModuleNotFoundError, match="No module named 'abacus.sandbox'") as caught:
        load("abacus.sandbox.cuda")
    assert caught.value.name == "abacus.sandbox"
    assert list(missing.recorded()) == ["abacus.sandbox"]


def test_probes_are_not_recorded(faces: Path) -> None:
    module = load("abacus")
    assert not hasattr(module, "__wrapped__") and not hasattr(module, "_repr_html_")
    assert importlib.util.find_spec("abacus.beads") is not None
    assert missing.recorded() == {}


def test_a_file_of_the_users_own_wins_over_a_convenience_module(faces: Path) -> None:
    assert load("tally").colour == "red"
    finder.uninstall()
    (faces / "tally.py").write_text("colour = 'own'")
    importlib.invalidate_caches()
    finder.install()
    assert load("tally").colour == "own"
    del sys.modules["tally"]
