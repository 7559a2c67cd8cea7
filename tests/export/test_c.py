"""The exported C: it compiles without a warning, and trains and infers as the native functions do."""

from __future__ import annotations

import ctypes
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import limpide as lp
from export.compilers import LOOPS, STRICT, call, command, loaded, put, run, state
from export.models import CLASSES, Coder, batch, frames, small
from limpide import nn
from limpide.build import optimise
from limpide.codegen.c import lower
from limpide.export import bundle_of, machine_of, written
from limpide.export.c import used
from limpide.function import specialise

COMPILERS = ("gcc", "clang", "zig")
STEPS = 12
# What rounding in another order makes of float32 weights in so many steps of Adam.
TOLERANCE = {"rtol": 1e-4, "atol": 2e-5}


def trained(machine: str = "portable") -> Any:
    model = small()
    x, y = batch()
    return model, written(bundle_of(model, x, y, "net", train=True, rows=1), machine_of(machine))


@pytest.mark.parametrize("compiler", COMPILERS)
def test_a_training_agrees_with_the_native_one(compiler: str, tmp_path: Path) -> None:
    model, file = trained()
    library = loaded(file, compiler, tmp_path)
    x, y = batch()
    for _ in range(STEPS):
        code, (loss,) = call(library, file, "train", x, y)
        assert code == 0
        assert loss == pytest.approx(model.train_on_batch(x, y), **{"rel": 1e-4})
    for name, parameter in model.named_state():
        ours = state(library, file, name.replace(".", "_"))
        np.testing.assert_allclose(ours, parameter.numpy(), **TOLERANCE, err_msg=name)
    code, (logits,) = call(library, file, "predict", x[:1])
    assert code == 0 and logits.shape == (1, CLASSES)
    np.testing.assert_allclose(logits, model.predict(x[:1]), rtol=1e-3, atol=1e-4)
    random = next(p.name for p in file.state if p.name.endswith("random") or "random" in p.name)
    assert state(library, file, random)[1] == STEPS  # the generator has gone on with it


@pytest.mark.parametrize("machine", ["sse", "avx2", "avx512", "neon", "wasm"])
def test_code_for_other_vectors_runs_here_too(machine: str, tmp_path: Path) -> None:
    model, file = trained(machine)
    library = loaded(file, "gcc", tmp_path)
    x, y = batch()
    for _ in range(2):
        _, (loss,) = call(library, file, "train", x, y)
        assert loss == pytest.approx(model.train_on_batch(x, y), rel=1e-4)


def coded() -> Any:
    coder = Coder()
    functions = {"epoch": (coder.epoch, frames(), np.arange(3), 0.1)}
    bundle = bundle_of(functions, name="coder", state={"W": coder.W, "V": coder.V})
    return coder, written(bundle, machine_of("portable"))


@pytest.mark.parametrize("compiler", COMPILERS)
def test_a_wrong_position_is_told_and_state_stays_as_it_was(compiler: str, tmp_path: Path) -> None:
    coder, file = coded()
    library = loaded(file, compiler, tmp_path)
    before = coder.W.numpy().copy()
    code, _ = call(library, file, "epoch", frames(), [0, 1, 7], 0.1)
    assert code > 0
    library.coder_message.restype = ctypes.c_char_p
    assert library.coder_message(code) == b"index that was given is outside of axis 0 of size 5"
    assert library.coder_message(0) == b"nothing is wrong"
    np.testing.assert_array_equal(state(library, file, "W"), before)
    code, (error,) = call(library, file, "epoch", frames(), [0, -1, 2], 0.1)
    assert code == 0 and error == pytest.approx(
        float(coder.epoch(frames(), np.array([0, -1, 2]), 0.1)["error"])
    )
    np.testing.assert_allclose(state(library, file, "W"), coder.W.numpy(), **TOLERANCE)


def test_state_is_saved_and_loaded(tmp_path: Path) -> None:
    _, file = coded()
    library = loaded(file, "gcc", tmp_path)
    size = file.state_bytes
    kept = ctypes.create_string_buffer(size)
    library.coder_save(kept)
    _, first = call(library, file, "epoch", frames(), [0, 1, 2], 0.1)
    assert library.coder_load(kept, ctypes.c_size_t(size - 1)) == -1
    assert library.coder_load(kept, ctypes.c_size_t(size)) == 0
    _, again = call(library, file, "epoch", frames(), [0, 1, 2], 0.1)
    assert first == again
    assert f"#define CODER_STATE {size} " in file.header


def test_functions_share_kernels_and_memory() -> None:
    a, b = lp.input("a", (40, 40)), lp.input("b", (40, 40))
    f = lp.function([a, b], lp.exp(a @ b), name="f")
    one = written(bundle_of({"f": f}), machine_of("portable"))
    two = written(bundle_of({"f": f, "g": f}), machine_of("portable"))
    assert two.arena == one.arena
    kernels = re.findall(r"static void (\w+)\(", two.source)
    assert len(kernels) == len(re.findall(r"static void (\w+)\(", one.source)) + 1  # g's own run


def test_inference_holds_its_weights_as_constants(tmp_path: Path) -> None:
    model = small()
    x, _ = batch()
    file = written(bundle_of(model, x, name="net", rows=2), machine_of("portable"))
    assert "extern const float net_conv_weight[27]; /* 3 x 1 x 3 x 3 */" in file.header
    assert "net_save" not in file.header
    library = loaded(file, "gcc", tmp_path)
    _, (logits,) = call(library, file, "predict", x[:2])
    np.testing.assert_allclose(logits, model.predict(x[:2]), rtol=1e-4, atol=1e-5)


def test_nothing_of_the_library_is_called(tmp_path: Path) -> None:
    _, file = trained()
    put(file, tmp_path)
    if shutil.which("nm") is None:
        pytest.skip("no nm")
    for compiler in ("gcc", "clang"):
        if shutil.which(compiler) is None:
            continue
        run([compiler, *STRICT, *LOOPS, "-O2", "-ffreestanding", "-c", "net.c", "-o", "net.o"], tmp_path)
        missing = {line.split()[-1] for line in run(["nm", "-u", "net.o"], tmp_path).splitlines()}
        assert missing <= {"memcpy", "memset", "_GLOBAL_OFFSET_TABLE_"}, compiler


def test_every_type_of_number(tmp_path: Path) -> None:
    inputs = [lp.input(f"x_{d}", (5,), d) for d in ("int8", "uint16", "int32", "int64", "float64", "bool")]
    big = lp.astensor(np.array([1, 2**62, 3, -4, -(2**63)]))
    outputs = [inputs[0] + 1, inputs[1] // 3, -inputs[2], inputs[3] + big, lp.tanh(inputs[4]), ~inputs[5]]
    f = lp.function(inputs, outputs)
    file = written(bundle_of({"call": f}, name="kinds"), machine_of("portable"))
    library = loaded(file, "gcc", tmp_path, "-fwrapv")
    given = [np.arange(5).astype(i.dtype) for i in inputs]
    code, ours = call(library, file, "call", *given)
    assert code == 0
    for mine, native in zip(ours, f(*given), strict=True):
        np.testing.assert_allclose(mine, native, rtol=1e-14)


def shared_by_types(mixed: bool) -> bool:
    """Whether arrays of different types share a place, in a function that sorts and multiplies."""
    x: Any = lp.input("x", (32, 32))
    order = lp.argsort(x @ x, axis=1)
    f = lp.function([x], (lp.take(x[0], order) @ x) @ x)
    program, _ = optimise(specialise(f.program, [(32, 32)]))
    slots = lower(program, machine_of("portable"), mixed=mixed).memory.arena_slots()
    return any(a.dtype != b.dtype and a.overlaps(b) for a in slots for b in slots)


def test_arrays_of_several_types_have_places_of_their_own() -> None:
    assert shared_by_types(mixed=True)
    assert not shared_by_types(mixed=False)


def test_names_that_a_run_does_not_use_are_left_out() -> None:
    lines = ["  float *a = args[0];", "  float *b = args[1];", "  char *arena = args[2];", "  f(b);"]
    assert used(lines) == [lines[1], lines[3]]


@pytest.mark.parametrize("compiler", COMPILERS)
def test_the_example_runs(compiler: str, tmp_path: Path) -> None:
    model = small()
    x, y = batch()
    done = model.export(tmp_path, x, y, name="net", train=True, rows=1, weights="beside")
    names = sorted(path.name for path in done.files)
    assert names == ["CMakeLists.txt", "main.c", "net.c", "net.h", "net.weights"]
    run([*command(compiler), *STRICT, *LOOPS, "net.c", "main.c", "-o", "it"], tmp_path)
    said = run(["./it"], tmp_path)
    assert re.fullmatch(r"predict: \w+( \S+){4}\ntrain: loss \S+\n", said)
    (tmp_path / "net.weights").write_bytes(b"short")
    with pytest.raises(AssertionError, match="net.weights does not hold the weights of net"):
        run(["./it"], tmp_path)


@pytest.mark.slow
def test_cmake_builds_it(tmp_path: Path) -> None:
    if shutil.which("cmake") is None:
        pytest.skip("no cmake")
    x, _ = batch()
    small().export(tmp_path, x, name="net")
    run(["cmake", "-B", "build", "-DCMAKE_C_FLAGS=-Wall -Wextra -pedantic -Werror"], tmp_path)
    run(["cmake", "--build", "build"], tmp_path)
    assert run(["build/net_example"], tmp_path).startswith("predict: ")


TRIPLES = {"x86_64": "", "aarch64": "qemu-aarch64", "arm": "qemu-arm", "riscv64": "qemu-riscv64"}


def target(processor: str) -> str:
    return f"{processor}-linux-musl{'eabihf' if processor == 'arm' else ''}"


@pytest.mark.parametrize("processor", TRIPLES)
def test_other_processors_take_it_without_a_warning(processor: str, tmp_path: Path) -> None:
    _, file = trained()
    put(file, tmp_path)
    run([*command("zig"), "-target", target(processor), *STRICT, *LOOPS, "-c", "net.c"], tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("processor", ["aarch64", "arm", "riscv64"])
def test_other_processors_under_emulation(processor: str, tmp_path: Path) -> None:
    """They train as this one does. zig builds their C library once."""
    emulator = TRIPLES[processor]
    if shutil.which(emulator) is None:
        pytest.skip(f"no {emulator}")
    x, y = batch()
    small().export(tmp_path, x, y, name="net", train=True, rows=1)
    files = ["net.c", "main.c"]
    there = [*command("zig"), "-target", target(processor), *STRICT, *LOOPS, *files, "-static", "-o", "there"]
    run(there, tmp_path, keep=True)
    run(["gcc", *STRICT, *LOOPS, *files, "-o", "here"], tmp_path)
    said = run([emulator, "./there"], tmp_path), run(["./here"], tmp_path)
    words = [re.sub(r"-?\d+\.\d+", "n", text) for text in said]
    numbers = [[float(n) for n in re.findall(r"-?\d+\.\d+", text)] for text in said]
    assert words[0] == words[1]
    np.testing.assert_allclose(*numbers, rtol=1e-3, atol=1e-5)


def test_the_size_of_lenet() -> None:
    from limpide.labs.lenet import LeNet

    model = LeNet(0)
    x = np.zeros((1, 28, 28), np.uint8)
    file = written(bundle_of(model, x, name="lenet"), machine_of("portable"), "beside")
    assert len(file.source) + len(file.header) < 100_000


class Two(nn.Module):
    """Two inputs, two outputs."""

    def __init__(self) -> None:
        self.left, self.right = nn.Linear(2, 3, seed=1), nn.Linear(4, 3, seed=2)

    def forward(self, a: Any, b: Any) -> Any:
        return {"sum": self.left(a) + self.right(b), "left": self.left(a)}


def test_several_inputs_and_outputs(tmp_path: Path) -> None:
    model, a, b = Two(), np.ones((2, 2)), np.arange(8.0).reshape(2, 4)  # float64: the model's dtype counts
    file = written(bundle_of(model, (a, b), name="two"), machine_of("portable"))
    assert (
        file.calls[0].declaration("f") == "int f(const float *x_0, const float *x_1, float *sum, float *left)"
    )
    _, ours = call(loaded(file, "gcc", tmp_path), file, "predict", a, b)
    for mine, theirs in zip(ours, model.predict((a, b)).values(), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-5)


def test_a_network_with_one_output_is_called_by_its_variable() -> None:
    model = nn.Sequential(nn.Linear(3, 2))
    file = written(bundle_of(model, np.zeros((1, 3), np.float32)), machine_of("portable"))
    assert file.name == "sequential"
    assert [p.name for p in file.calls[0].inputs] == ["x"]
