"""How many cores are used without asking."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from limpide.config import cores

ALL = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def group(root: Path, groups: str, limits: dict[str, str]) -> int:
    """The cores on a system where the process is in these groups, which have these limits."""
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/cgroup").write_text(groups)
    for name, text in limits.items():
        path = root / "sys/fs/cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return cores(f"{root}/")


@pytest.mark.parametrize(
    ("groups", "limits", "expected"),
    [
        ("0::/\n", {"cpu.max": "100000 100000\n"}, 1),
        ("0::/\n", {"cpu.max": "max 100000\n"}, ALL),
        ("0::/\n", {"cpu.max": "20000 100000\n"}, 1),
        ("0::/\n", {"cpu.max": "190000 100000\n"}, 1),
        ("0::/\n", {"cpu.max": "99900000 100000\n"}, ALL),
        ("0::/a/b\n", {"a/cpu.max": "100000 100000\n", "a/b/cpu.max": "max 100000\n"}, 1),
        ("0::/a/b\n", {"c/cpu.max": "100000 100000\n"}, ALL),
        ("4:memory:/\n3:cpu,cpuacct:/box\n0::/\n",
         {"cpu/box/cpu.cfs_quota_us": "100000\n", "cpu/box/cpu.cfs_period_us": "100000\n"}, 1),
        ("3:cpu:/box\n", {"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, ALL),
        ("3:cpuset:/box\n", {"cpu/cpu.cfs_quota_us": "1\n", "cpu/cpu.cfs_period_us": "100000\n"}, ALL),
        ("0::/\n", {"cpu.max": "0 0\n"}, ALL),
        ("0::/\n", {"cpu.max": "nonsense\n"}, ALL),
        ("0::/\n", {}, ALL),
    ],
)  # fmt: skip
def test_containers(tmp_path: Path, groups: str, limits: dict[str, str], expected: int) -> None:
    assert group(tmp_path, groups, limits) == expected


def test_a_system_without_groups(tmp_path: Path) -> None:
    assert cores(f"{tmp_path}/") == ALL


def threads(**environment: str) -> int:
    program = "import limpide; print(limpide.config.threads)"
    inherited = {k: v for k, v in os.environ.items() if k != "LIMPIDE_THREADS"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=inherited | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout)


def test_the_variable_goes_first() -> None:
    assert threads() == cores()
    assert threads(LIMPIDE_THREADS="7") == 7
    assert threads(LIMPIDE_THREADS="0") == 1
    assert threads(LIMPIDE_THREADS="many") == cores()


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="not to be had here")
def test_one_core_is_one_thread() -> None:
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        assert cores() == threads() == 1
    finally:
        os.sched_setaffinity(0, before)
