"""Does course code run? Executes a list of scripts with `limpide run --quick`; prints which reach their end.

    python benchmarks/corpus.py scripts.json checkouts/ --face theano --difficulty 1-3 --json results.json

LIST is a JSON list of `{"face", "repo", "path", "difficulty", "commit"}`. FOLDER holds the repositories as
`OWNER__NAME` or `OWNER__NAME@COMMIT` (the first 8 digits). Every script runs in a process of its own, in a
copy of its repository, under a time limit. With --json, results are kept as they come; --resume leaves out
what the file has.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

FACES = ("theano", "tf1", "keras")
FIGURE = re.compile(r"(acc|loss|cost|error|score|precision).{0,40}?\d", re.IGNORECASE)
FIGURES = 3  # printed lines that are kept
WIDTH = 150


@dataclass
class Result:
    """How one script ended. why: the first missing symbol, the last error line, or the time limit."""

    face: str
    difficulty: int
    repo: str
    path: str
    commit: str
    ended: bool
    seconds: float
    why: str = ""
    place: str | None = None
    missing: list[str] = field(default_factory=list)
    figures: list[str] = field(default_factory=list)
    data: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        return key_of(self.repo, self.path, self.commit)


def key_of(repo: str, path: str, commit: str) -> str:
    """A script's name; one repository may be there at several commits."""
    return f"{repo}@{commit[:8]}:{path}" if commit else f"{repo}:{path}"


def chosen(scripts: Sequence[dict[str, Any]], options: argparse.Namespace) -> list[dict[str, Any]]:
    """The scripts that the options ask for."""
    low, high = options.difficulty
    return [
        each
        for each in scripts
        if each["face"] in (options.face or FACES)
        and low <= each["difficulty"] <= high
        and options.only.lower() in f"{each['repo']}:{each['path']}".lower()
    ]


def checkout(folder: Path, script: dict[str, Any]) -> Path:
    """The folder of the script's repository."""
    name = script["repo"].replace("/", "__")
    exact = folder / f"{name}@{script.get('commit', '')[:8]}"
    return exact if exact.is_dir() else folder / name


def execute(folder: Path, script: dict[str, Any], seconds: float, keep: Path | None) -> Result:
    """Run one script in a scratch copy of its repository."""
    commit = script.get("commit", "")
    result = Result(script["face"], script["difficulty"], script["repo"], script["path"], commit, False, 0.0)
    source = checkout(folder, script)
    if not (source / script["path"]).is_file():
        result.why = f"not in {source}"
        return result
    with tempfile.TemporaryDirectory(prefix="corpus-") as scratch:
        place = Path(scratch) / source.name
        shutil.copytree(source, place, symlinks=True, ignore=shutil.ignore_patterns(".git"))
        since = time.perf_counter()
        code, out, err = _run(place / script["path"], Path(scratch) / "facts.json", seconds)
        result.seconds = round(time.perf_counter() - since, 1)
        facts = _facts(Path(scratch) / "facts.json")
    if keep is not None:
        _keep(keep, result, out, err)
    result.figures = [line.strip()[:WIDTH] for line in out.splitlines() if FIGURE.search(line)][-FIGURES:]
    result.missing, result.data = list(facts.get("missing", {})), facts.get("data", [])
    result.ended = code == 0
    if not result.ended:
        result.place = facts.get("place")
        result.why = _why(code, facts, err, seconds)
    return result


def _run(script: Path, facts: Path, seconds: float) -> tuple[int | None, str, str]:
    """Exit code (None: out of time), stdout and stderr."""
    command = [sys.executable, "-m", "limpide.faces", "--quick", "--summary", str(facts), script.name]
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    with (
        tempfile.TemporaryFile("w+", errors="replace") as out,
        tempfile.TemporaryFile("w+", errors="replace") as err,
    ):
        process = subprocess.Popen(
            command, cwd=script.parent, env=environment, stdin=subprocess.DEVNULL,
            stdout=out, stderr=err, start_new_session=True,
        )  # fmt: skip
        try:
            code: int | None = process.wait(seconds)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            _end(process)
        out.seek(0)
        err.seek(0)
        return code, out.read(), err.read()


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the script and whatever it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _facts(path: Path) -> dict[str, Any]:
    try:
        facts: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return facts
    except (OSError, ValueError):
        return {}


def _why(code: int | None, facts: dict[str, Any], err: str, seconds: float) -> str:
    lines = [line for line in err.splitlines() if line.strip() and not line.startswith("limpide:")]
    if code is None:
        return f"not at its end after {seconds:.0f} s"
    said = facts.get("error") or (lines[-1].strip() if lines else "")
    return f"{said[:WIDTH]}" if said else f"exit code {code}"


def _keep(folder: Path, result: Result, out: str, err: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^\w.-]+", "_", result.key)
    (folder / f"{name}.txt").write_text(f"{out}\n----- stderr\n{err}", "utf-8")


# ---------------------------------------------------------------------------------------------------- report
def report(results: Sequence[Result]) -> Iterator[str]:
    """A line for each face and difficulty, then one for each script that failed, then what others printed."""
    groups: dict[tuple[str, int], list[Result]] = defaultdict(list)
    for result in results:
        groups[result.face, result.difficulty].append(result)
    yield f"{'face':8} {'difficulty':>10} {'ended':>9}"
    for (face, difficulty), group in sorted(groups.items()):
        yield f"{face:8} {difficulty:10} {share(group)}"
    for face in sorted({result.face for result in results}):
        for name, low, high in (("1-3", 1, 3), ("4-5", 4, 5)):
            group = [r for r in results if r.face == face and low <= r.difficulty <= high]
            if group:
                yield f"{face:8} {name:>10} {share(group)}  {sum(r.ended for r in group) / len(group):.0%}"
    for result in sorted(results, key=lambda r: (r.face, r.difficulty, r.key)):
        yield line(result)


def share(group: Sequence[Result]) -> str:
    """`ended / all` of some scripts."""
    return f"{sum(result.ended for result in group):4} / {len(group):2}"


def line(result: Result) -> str:
    """One script: how it ended, and what it printed of accuracies and losses."""
    place = f" ({result.place})" if result.place else ""
    missing = f" | missing: {result.missing[0]}" if result.missing and not result.ended else ""
    how = "ok  " if result.ended else "FAIL"
    text = f"{how} {result.face} {result.difficulty} {result.key} [{result.seconds} s]"
    detail = f"{result.why}{place}{missing}" if not result.ended else " ; ".join(result.figures)
    return f"{text} {detail}".rstrip()


def levels(text: str) -> tuple[int, int]:
    """`3` or `1-3`."""
    low, _, high = text.partition("-")
    return int(low), int(high or low)


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("list", type=Path, metavar="LIST", help="the scripts, as JSON")
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the repositories")
    parser.add_argument("--face", action="append", choices=FACES, help="one face (can be given again)")
    parser.add_argument(
        "--only", default="", metavar="TEXT", help="scripts with this text in repository:path"
    )
    parser.add_argument("--difficulty", type=levels, default=(1, 5), metavar="N or N-M")
    parser.add_argument("--timeout", type=float, default=60.0, metavar="SECONDS", help="of each script (60)")
    parser.add_argument("--jobs", type=int, default=1, help="scripts at once (1)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the results there")
    parser.add_argument("--resume", action="store_true", help="leave out what --json has already")
    parser.add_argument("--failed", action="store_true", help="run again only what failed, by --json")
    parser.add_argument("--logs", type=Path, metavar="FOLDER", help="keep what each script printed")
    return parser.parse_args(given)


def main(given: Sequence[str] | None = None) -> int:
    options = arguments(given)
    scripts = json.loads(options.list.read_text("utf-8"))
    known = {r.key: r for r in _read(options.json)}
    wanted = chosen(scripts, options)
    keys = [key_of(each["repo"], each["path"], each.get("commit", "")) for each in wanted]
    skipped = {
        key for key in known if options.resume or (options.failed and known[key].ended)
    }  # fmt: skip
    todo = [each for each, key in zip(wanted, keys, strict=True) if key not in skipped]
    with ThreadPoolExecutor(options.jobs) as pool:
        runs = (pool.submit(execute, options.folder, each, options.timeout, options.logs) for each in todo)
        for run in list(runs):
            result = run.result()
            known[result.key] = result
            print(line(result), file=sys.stderr, flush=True)
            if options.json:
                _write(options.json, list(known.values()))
    results = [known[key] for key in keys if key in known]
    print("\n".join(report(results)))
    return 0 if all(result.ended for result in results) else 1


def _read(path: Path | None) -> list[Result]:
    if path is None or not path.exists():
        return []
    return [Result(**each) for each in json.loads(path.read_text("utf-8"))]


def _write(path: Path, results: list[Result]) -> None:
    beside = path.with_suffix(".unfinished")
    beside.write_text(json.dumps([asdict(result) for result in results], indent=1) + "\n", "utf-8")
    os.replace(beside, path)


if __name__ == "__main__":
    sys.exit(main())
