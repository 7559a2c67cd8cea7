"""Run the `onnx` package's own node tests on limpide, and write the lists of docs/onnx.md.

python benchmarks/onnx_nodes.py                 what passes, what is not supported and why
python benchmarks/onnx_nodes.py --compiled      the same in compiled functions
python benchmarks/onnx_nodes.py --only Resize   the tests of one operator, with the errors in full
python benchmarks/onnx_nodes.py --write         the lists of docs/onnx.md
"""

from __future__ import annotations

import argparse
import collections
import re
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import limpide as lp
from limpide.errors import LimpideError, SymbolicError
from limpide.onnx.read.graph import supported
from limpide.onnx.types import NUMBERS

PAGE = Path(__file__).parents[1] / "docs" / "onnx.md"
KINDS = ("node", "simple", "pytorch-operator", "pytorch-converted")
RANDOM = ("Bernoulli", "RandomNormal", "RandomUniform", "Multinomial", "Dropout")  # values that cannot agree


class Outcome(NamedTuple):
    """How one test went: "passed", "unsupported" or "failed", and why."""

    name: str
    operators: tuple[str, ...]
    result: str
    why: str = ""


def tests(kinds: tuple[str, ...] = KINDS) -> Iterator[Any]:
    """The tests that the package brings, or makes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from onnx.backend.test import loader

        for kind in kinds:
            yield from loader.load_model_tests(kind=kind)


def stored(folder: str) -> tuple[Any, list[Any]]:
    """The model and the data of a test that is a folder."""
    import onnx

    model = onnx.load(Path(folder) / "model.onnx")
    sets = []
    for data in sorted(Path(folder).glob("test_data_set_*")):
        pair = []
        for kind, infos in (("input", model.graph.input), ("output", model.graph.output)):
            files = [(data / f"{kind}_{i}.pb", info) for i, info in enumerate(infos)]
            pair.append([_value(path, info) for path, info in files if path.exists()])
        sets.append(tuple(pair))
    return model, sets


def _value(path: Path, info: Any) -> Any:
    import onnx

    if info.type.HasField("tensor_type"):
        return onnx.numpy_helper.to_array(onnx.TensorProto.FromString(path.read_bytes()))
    return onnx.numpy_helper.to_list(onnx.SequenceProto.FromString(path.read_bytes()))


def content(test: Any) -> tuple[Any, list[Any]]:
    if test.model is not None:
        return test.model, test.data_sets
    return stored(test.model_dir)


def usable(value: Any) -> Any:
    """An array of the test as one of ours: floats of few bits as float32."""
    if value is None or isinstance(value, list):
        return value if value is None else [usable(v) for v in value]
    array = as_array(value)
    if array.dtype.kind in "SUO":
        raise LimpideError("onnx", "strings")
    if array.dtype.kind == "c":
        raise LimpideError("onnx", "complex numbers")
    if array.dtype in [d for n, d in NUMBERS.items() if n != 16]:
        return array
    if array.dtype.name in ("float16", "bfloat16"):
        return array.astype(np.float32)
    raise LimpideError("onnx", f"the element type {array.dtype.name}")


def as_array(value: Any) -> Any:
    """An array of a test, which may be a message."""
    import onnx

    return onnx.numpy_helper.to_array(value) if isinstance(value, onnx.TensorProto) else np.asarray(value)


def agrees(test: Any, want: Any, got: Any) -> None:
    """Raises AssertionError where a result is another one."""
    if want is None or isinstance(want, list):
        assert (want is None) == (got is None)
        for w, g in zip(want or [], got or [], strict=True):
            agrees(test, w, g)
        return
    want, got = as_array(want), np.asarray(lp.astensor(got).numpy())
    assert want.shape == got.shape, f"shape {got.shape} instead of {want.shape}"
    rtol = max(test.rtol, 1e-3)
    if want.dtype.name in ("float16", "bfloat16"):  # rounded once, not after every step
        rtol = 4 * 2.0 ** (-8 if want.dtype.name == "bfloat16" else -11)
        want, got = want.astype(np.float32), got.astype(want.dtype).astype(np.float32)
    else:
        assert want.dtype == got.dtype, f"dtype {got.dtype} instead of {want.dtype}"
    if not any(name.startswith(RANDOM) for name in operators(test)):
        np.testing.assert_allclose(got, want, rtol=rtol, atol=max(test.atol, 1e-6))


def operators(test: Any) -> tuple[str, ...]:
    model = content(test)[0]
    return tuple(sorted({f"{n.domain}.{n.op_type}".lstrip(".") for n in model.graph.node}))


def run(test: Any, compiled: bool = False) -> Outcome:
    """One test, eagerly or in a compiled function."""
    model, sets = content(test)
    name, names = test.name, operators(test)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            net = lp.onnx.load(model)
            for inputs, outputs in sets:
                given = [usable(i) for i in inputs]
                wanted = [usable(o) for o in outputs]
                results = in_one_function(net, given) if compiled else net(*given)
                results = list(results) if isinstance(results, tuple) else [results]
                assert len(results) == len(wanted)
                for want, got in zip(outputs, results, strict=True):
                    agrees(test, want, got)
    except LimpideError as error:
        return Outcome(name, names, "unsupported", reason(error))
    except Exception as error:
        return Outcome(name, names, "failed", f"{type(error).__name__}: {error}")
    return Outcome(name, names, "passed")


def in_one_function(net: Any, given: list[Any]) -> Any:
    """The results of a compiled function of all inputs, or of the first where the others steer shapes."""
    try:
        return lp.compile(lambda *inputs: net(*inputs))(*given)
    except SymbolicError:
        return lp.compile(lambda first: net(first, *given[1:]))(given[0])


def reason(error: LimpideError) -> str:
    """Why a test cannot run, in words that many share."""
    return re.sub(r"'[^']*'", "'...'", error.what).splitlines()[0]


def outcomes(compiled: bool = False, only: str = "") -> list[Outcome]:
    return [run(test, compiled) for test in tests() if not only or only in operators(test)]


def onnx_version() -> str:
    import onnx

    return str(onnx.__version__)


def page(found: list[Outcome]) -> str:
    """The lists as a part of a page."""
    counts = collections.Counter(o.result for o in found)
    known = supported()
    lines = [
        f"Of the {len(found)} tests of onnx {onnx_version()}, {counts['passed']} pass, "
        f"{counts['unsupported']} use what is not supported and "
        f"{counts['failed']} fail.",
        "",
        f"**The {len(known)} operators that models may have:** " + ", ".join(known) + ".",
        "",
        "| not supported | tests | operators |",
        "|---|---|---|",
    ]
    groups: dict[str, list[Outcome]] = {}
    for outcome in found:
        if outcome.result == "unsupported":
            groups.setdefault(outcome.why, []).append(outcome)
    for why, group in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])):
        names = sorted({name for outcome in group for name in outcome.operators})
        shown = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
        lines.append(f"| {why.replace('|', '/')} | {len(group)} | {shown} |")
    for outcome in found:
        if outcome.result == "failed":
            lines.append(f"| fails: {outcome.why.splitlines()[0][:100]} | 1 | {outcome.name} |")
    return "\n".join(lines)


MARKS = "<!-- benchmarks/onnx_nodes.py writes this -->", "<!-- to here -->"


def write(found: list[Outcome]) -> None:
    text = PAGE.read_text("utf-8")
    before, _, rest = text.partition(MARKS[0])
    after = rest.partition(MARKS[1])[2]
    PAGE.write_text(f"{before}{MARKS[0]}\n{page(found)}\n{MARKS[1]}{after}", "utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--compiled", action="store_true")
    parser.add_argument("--only", default="", metavar="OPERATOR")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    found = outcomes(options.compiled, options.only)
    if options.write:
        write(found)
    shown = (
        [o for o in found if o.result != "passed"]
        if options.only
        else [o for o in found if o.result == "failed"]
    )
    for outcome in shown:
        print(f"{outcome.result}: {outcome.name} {outcome.operators}\n    {outcome.why}")
    print(collections.Counter(o.result for o in found))
    return int(any(o.result == "failed" for o in found))


if __name__ == "__main__":
    sys.exit(main())
