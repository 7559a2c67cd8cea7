import ctypes
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from limpide.config import config
from limpide.runtime import native

pytestmark = [
    pytest.mark.usefixtures("compiler"),
    pytest.mark.skipif(os.name != "posix", reason="teams of one where there are no POSIX threads"),
]

KERNELS = r"""
#include "pool.h"
typedef struct { lp_pool *pool; long steps; long *out; long inner; } job;

/* Each step, every thread adds up what all wrote in the step before: wrong if the barrier leaks. */
static void chain(int tid, int nt, void *arg) {
  job *j = arg;
  for (long step = 0; step < j->steps; step++) {
    long sum = 1;
    for (int other = 0; other < nt; other++) sum += j->out[(step & 1) * 64 + other];
    j->out[(~step & 1) * 64 + tid] = sum % 1000003;
    lp_barrier(j->pool, nt);
  }
}
long run_chain(lp_pool *pool, int nt, long steps) {
  long out[128] = {0};
  job j = {pool, steps, out};
  lp_run(pool, chain, &j, nt);
  return out[(steps & 1) * 64];
}

static void mark(int tid, int nt, void *arg) { ((long *)arg)[tid] += nt; }
void run_mark(lp_pool *pool, int nt, long times, long *out) {
  for (long i = 0; i < times; i++) lp_run(pool, mark, out, nt);
}

static void inner(int tid, int nt, void *arg) { __atomic_add_fetch((long *)arg, nt, __ATOMIC_SEQ_CST); }
static void outer(int tid, int nt, void *arg) {
  job *j = arg;
  lp_run(j->pool, inner, &j->inner, 4);
}
long run_nested(lp_pool *pool, int nt) {
  job j = {pool};
  lp_run(pool, outer, &j, nt);
  return j.inner;
}
"""


def kernels() -> ctypes.CDLL:
    library = native.load(KERNELS, "kernels", headers={"pool.h": native.pool_header()})
    library.run_chain.restype = library.run_nested.restype = ctypes.c_long
    library.run_chain.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_long]
    library.run_mark.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_long, ctypes.c_void_p]
    library.run_nested.argtypes = [ctypes.c_void_p, ctypes.c_int]
    return library


def chain(nt: int, steps: int) -> int:
    before = [0] * nt
    for _ in range(steps):
        before = [(1 + sum(before)) % 1000003] * nt
    return before[0]


@pytest.mark.parametrize(("nt", "steps"), [(1, 5000), (2, 20001), (3, 3000), (8, 301)])
def test_barrier_keeps_the_team_in_step(nt: int, steps: int) -> None:
    assert kernels().run_chain(native.get_pool(), nt, steps) == chain(nt, steps)


def test_every_thread_runs_once_with_its_own_number() -> None:
    for nt in (1, 2, 5, 3):
        out = (ctypes.c_long * 8)()
        kernels().run_mark(native.get_pool(), nt, 200, out)
        assert list(out) == [200 * nt] * nt + [0] * (8 - nt)


def test_one_thread_needs_no_pool() -> None:
    out = (ctypes.c_long * 1)()
    kernels().run_mark(None, 1, 3, out)
    assert out[0] == 3


def test_more_threads_than_the_pool_has() -> None:
    out = (ctypes.c_long * 300)()
    kernels().run_mark(native.get_pool(), 300, 1, out)
    team = sum(1 for value in out if value)
    assert 1 <= team <= 256
    assert list(out)[:team] == [team] * team


def test_run_inside_of_a_run_has_one_thread() -> None:
    assert kernels().run_nested(native.get_pool(), 3) == 3


def test_python_threads_take_turns() -> None:
    library, pool = kernels(), native.get_pool()
    answers: list[int] = []
    work = [
        threading.Thread(target=lambda: answers.append(library.run_chain(pool, 2, 4001))) for _ in range(4)
    ]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    assert answers == [chain(2, 4001)] * 4


def test_max_threads_follows_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "threads", 3)
    assert native.max_threads() == 3
    monkeypatch.setattr(config, "threads", 1)
    assert native.max_threads() == 1
    monkeypatch.setattr(config, "threads", 10_000)
    assert native.max_threads() == 256


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="looks at threads in /proc")
def test_idle_workers_sleep() -> None:
    kernels().run_chain(native.get_pool(), 3, 10)
    own = threading.get_native_id()
    for _ in range(500):
        states = [
            stat.read_text().rsplit(")", 1)[1].split()[0]
            for stat in Path("/proc/self/task").glob("*/stat")
            if stat.parent.name != str(own)
        ]
        if set(states) == {"S"}:
            return
        time.sleep(0.01)
    pytest.fail(f"workers still run: {states}")


def run_script(text: str) -> str:
    """Output of a fresh Python that has this file's kernels."""
    start = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\nfrom test_pool import *\n"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", start + text], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_forked_child_has_workers_again() -> None:
    text = """
library, pool = kernels(), native.get_pool()
assert library.run_chain(pool, 3, 100) == chain(3, 100)
child = os.fork()
assert library.run_chain(pool, 3, 101) == chain(3, 101)
if child == 0:
    os._exit(7)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    assert run_script(text) == "7\n"


def test_fork_while_another_thread_runs_and_compiles() -> None:
    text = """
library, pool = kernels(), native.get_pool()
stop = threading.Event()
def runs():
    while not stop.is_set():
        library.run_chain(pool, 2, 500)
def compiles():
    i = 0
    while not stop.is_set():
        i += 1
        native.load(f"int f(void) {{ return {i}; }}", "f")
work = [threading.Thread(target=runs), threading.Thread(target=compiles)]
for thread in work: thread.start()
codes = []
for i in range(10):
    child = os.fork()
    if child == 0:
        good = library.run_chain(pool, 2, 101) == chain(2, 101)
        good = good and native.load("int g(void) { return 5; }", "g").g() == 5
        os._exit(0 if good else 1)
    codes.append(os.waitpid(child, 0)[1])
stop.set()
for thread in work: thread.join()
print(codes)
"""
    assert run_script(text) == f"{[0] * 10}\n"


def test_exit_while_workers_sleep_or_run() -> None:
    text = """
library, pool = kernels(), native.get_pool()
threading.Thread(target=lambda: library.run_chain(pool, 2, 1 << 40), daemon=True).start()
time.sleep(0.05)
print("end", flush=True)
"""
    assert run_script(text) == "end\n"
