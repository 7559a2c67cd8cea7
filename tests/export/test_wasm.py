"""WebAssembly: it trains as native functions do; its JavaScript refuses what is wrong."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import limpide as lp
from export.models import Coder, batch, frames, small
from limpide.errors import LimpideError
from limpide.export import bundle_of, machine_of, wasm, written
from limpide.export.c import File
from limpide.labs.audio import AutoEncoder
from limpide.runtime import toolchain

pytestmark = pytest.mark.skipif(wasm.find() is None, reason="no compiler for WebAssembly")

STEPS = 8
TOLERANCE = {"rtol": 1e-4, "atol": 2e-5}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trainable network and a loop over frames, as modules."""
    place = tmp_path_factory.mktemp("wasm")
    x, y = batch()
    done = small().export(place, x, y, name="net", train=True, rows=1, format="wasm", weights="beside")
    assert [p.name for p in done.files] == ["net.wasm", "net.plain.wasm", "net.js", "net.d.ts", "net.weights"]
    coder = Coder()
    functions = {"epoch": (coder.epoch, frames(), np.arange(3), 0.1)}
    lp.export.export(functions, place, name="coder", format="wasm", state={"W": coder.W, "V": coder.V})
    return place


class Module:
    """A module in wasmtime, called as its JavaScript calls it."""

    def __init__(self, file: File, path: Path):
        wasmtime = pytest.importorskip("wasmtime")
        self.file, self.store = file, wasmtime.Store()
        compiled = wasmtime.Module.from_file(self.store.engine, str(path))
        assert not compiled.imports
        self.shown = wasmtime.Instance(self.store, compiled, []).exports(self.store)
        self.memory = self.shown["memory"]
        self.memory.grow(self.store, 4)
        self.top = self.shown["__heap_base"].value(self.store)

    def place(self, size: int) -> int:
        at = -(-self.top // 64) * 64
        self.top = at + size + 64
        return at

    def __call__(self, word: str, *arguments: Any) -> tuple[int, list[Any]]:
        call = next(c for c in self.file.calls if c.name == word)
        given: list[Any] = []
        for port, value in zip(call.inputs, arguments, strict=True):
            array = np.asarray(value, port.dtype)
            given.append(self.place(array.nbytes) if port.shape else array.item())
            if port.shape:
                self.memory.write(self.store, array.tobytes(), given[-1])
        made = [self.place(port.size * port.dtype.itemsize) for port in call.outputs]
        code = self.shown[f"{self.file.name}_{word}"](self.store, *given, *made)
        return code, [self.read(at, port) for at, port in zip(made, call.outputs, strict=True)]

    def state(self, word: str) -> Any:
        port = next(p for p in self.file.state if p.name == word)
        return self.read(self.shown[f"{self.file.name}_{word}"].value(self.store), port)

    def read(self, at: int, port: Any) -> Any:
        raw = self.memory.read(self.store, at, at + port.size * port.dtype.itemsize)
        return np.frombuffer(bytes(raw), port.dtype).reshape(port.shape)


@pytest.mark.parametrize("ending", [".wasm", ".plain.wasm"])
def test_training_in_wasmtime(ending: str, tmp_path: Path) -> None:
    model = small()
    x, y = batch()
    file = written(bundle_of(model, x, y, "net", train=True, rows=1), machine_of("wasm"))
    wasm.modules(file, tmp_path)
    module = Module(file, tmp_path / f"net{ending}")
    for _ in range(STEPS):
        code, (loss,) = module("train", x, y)
        assert code == 0
        assert loss == pytest.approx(model.train_on_batch(x, y), rel=1e-4)
    for name, parameter in model.named_state():
        ours = module.state(name.replace(".", "_"))
        np.testing.assert_allclose(ours, parameter.numpy(), **TOLERANCE, err_msg=name)
    _, (logits,) = module("predict", x[:1])
    np.testing.assert_allclose(logits, model.predict(x[:1]), rtol=1e-3, atol=1e-4)


def test_the_size_of_the_audio_trainer(tmp_path: Path) -> None:
    model = AutoEncoder(0)
    many = np.zeros((400, 160), np.float32)
    functions = {"epoch": (model.epoch, many, np.arange(400), 0.01), "regenerate": (model.regenerate, many)}
    bundle = bundle_of(functions, name="audio", state={"W": model.W, "V": model.V})
    for path in wasm.modules(written(bundle, machine_of("wasm"), "beside"), tmp_path):
        assert len(gzip.compress(path.read_bytes())) < 8000


def in_node(folder: Path, program: str) -> Any:
    """What a program of the folder prints as JSON."""
    if shutil.which("node") is None:
        pytest.skip("no node")
    words = ["node", "--input-type=module", "-e", program]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


TRAINING = """
import { load } from "./net.js";
const net = await load({ simd: SIMD });
const [x, y, steps] = GIVEN;
const losses = [];
for (let i = 0; i < steps; i++) losses.push(net.train({ x, y }).loss);
const trained = Array.from(net.state.out_weight);
const saved = net.save();
const { result } = net.predict({ x: x.slice(0, 64) });
net.reset();
const again = net.train({ x, y }).loss;
net.load(saved.buffer);
const back = net.predict({ x: x.slice(0, 64) }).result.every((n, i) => n === result[i]);
console.log(JSON.stringify({ losses, trained, result: Array.from(result), again, back, simd: net.simd }));
"""


@pytest.mark.parametrize("simd", [True, False])
def test_training_in_node(simd: bool, folder: Path) -> None:
    model = small()
    x, y = batch()
    given = json.dumps([x.ravel().tolist(), y.tolist(), STEPS])
    said = in_node(folder, TRAINING.replace("GIVEN", given).replace("SIMD", json.dumps(simd)))
    losses = [model.train_on_batch(x, y) for _ in range(STEPS)]
    np.testing.assert_allclose(said["losses"], losses, rtol=1e-4)
    np.testing.assert_allclose(said["trained"], model.out.weight.numpy().ravel(), **TOLERANCE)
    np.testing.assert_allclose(said["result"], model.predict(x[:1])[0], rtol=1e-3, atol=1e-4)
    assert said["again"] == said["losses"][0] and said["back"] and said["simd"] is simd


WRONG = """
import { load, vectors } from "./coder.js";
import { readFileSync } from "node:fs";
const coder = await load({ wasm: readFileSync("coder.wasm") });
const frames = new Float32Array(40).fill(0.5), order = [0, 1, 2], rate = 0.1;
const said = [];
async function attempt(action) {
  try { await action(); said.push("nothing"); }
  catch (error) { said.push(`${error.name}: ${error.message}`); }
}
await attempt(() => coder.epoch({ frames: frames.subarray(1), order, rate }));
await attempt(() => coder.epoch({ frames, order }));
await attempt(() => coder.epoch());
await attempt(() => coder.epoch({ frames, order, rate, extra: 1 }));
await attempt(() => coder.epoch({ frames: "x".repeat(40), order, rate }));
await attempt(() => coder.epoch({ frames: 3, order, rate }));
await attempt(() => coder.epoch({ frames: [...frames].fill("a"), order, rate }));
await attempt(() => coder.epoch({ frames, order: [0, 0.5, 1], rate }));
await attempt(() => coder.epoch({ frames, order, rate: "fast" }));
await attempt(() => coder.epoch({ frames, order: [0, 1, 9], rate }));
await attempt(() => coder.load(new Uint8Array(7)));
await attempt(() => coder.load("state"));
await attempt(() => load({ wasm: new Uint8Array([0, 1]) }));
await attempt(() => load({ wasm: new URL("gone.wasm", import.meta.url) }));
const { error } = coder.epoch({ frames, order: new BigInt64Array([0n, 1n, 2n]), rate });
console.log(JSON.stringify({ said, error, vectors: vectors() }));
"""
SAID = [
    "TypeError: [coder.epoch] frames has 39 numbers, but 5 x 8 = 40 are expected",
    "TypeError: [coder.epoch] 'rate' is missing; the inputs are (frames, order, rate)",
    "TypeError: [coder.epoch] 'frames' is missing; the inputs are (frames, order, rate)",
    "TypeError: [coder.epoch] 'extra' is not an input; the inputs are (frames, order, rate)",
    "TypeError: [coder.epoch] frames is not an array",
    "TypeError: [coder.epoch] frames is not an array",
    "TypeError: [coder.epoch] frames holds a, not a number",
    "TypeError: [coder.epoch] order holds 0.5, not a whole number",
    "TypeError: [coder.epoch] rate holds fast, not a number",
    "RangeError: [coder.epoch] index that was given is outside of axis 0 of size 5",
    "RangeError: [coder.load] 7 bytes, but the state has 192",
    "TypeError: [coder.load] the state is not a buffer of bytes",
]


def test_what_javascript_refuses(folder: Path) -> None:
    found = in_node(folder, WRONG)
    assert found["said"][: len(SAID)] == SAID
    assert found["said"][len(SAID)].startswith("CompileError")
    assert "gone.wasm" in found["said"][len(SAID) + 1]
    expected = Coder().epoch(np.full((5, 8), 0.5, np.float32), np.arange(3), 0.1)["error"]
    assert found["error"] == pytest.approx(float(expected), rel=1e-5)
    assert found["vectors"] is True


def test_types(folder: Path) -> None:
    text = (folder / "coder.d.ts").read_text()
    assert "export interface Coder {" in text
    assert "epoch(given: { frames: Numbers; order: Numbers; rate: number; }): { error: number; };" in text
    assert "    W: Float32Array; // 3 x 8\n" in text


def test_names_that_begin_with_a_digit(tmp_path: Path) -> None:
    """JavaScript puts keys that are whole numbers first, whatever their order; TypeScript wants quotes."""
    late, early = lp.parameter(np.float32([1, 2]), name="7"), lp.parameter(np.float32(3), name="0")

    @lp.compile
    def swap() -> Any:
        early.assign(early + 1)
        return {"sum": late + early}

    state = {"7": late, "0": early}
    lp.export.export({"1st": swap}, tmp_path, name="odd", format="wasm", state=state)
    text = (tmp_path / "odd.d.ts").read_text()
    assert '    "7": Float32Array;' in text and "  f1st(given: {  }): { sum: Float32Array; };" in text
    program = """import { load } from "./odd.js";
    const odd = await load();
    const saved = [...new Float32Array(odd.save().buffer)], first = [...odd.f1st().sum];
    odd.load(new Float32Array([5, 6, 7]));
    console.log(JSON.stringify([saved, first, odd.state]));"""
    saved, first, state_now = in_node(tmp_path, program)
    order = [name for name in ("7", "0") if f'"{name}": ' in text]
    values = {"7": [1, 2], "0": [3]}
    assert sorted(saved) == [1, 2, 3] and len(order) == 2
    written_order = sorted(order, key=lambda name: text.index(f'"{name}": '))
    assert saved == [n for name in written_order for n in values[name]]
    assert first == [5, 6] and len(state_now) == 2  # what was assigned is what is read


def test_no_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda *words, **options: None)
    monkeypatch.setattr(toolchain, "zig_package", lambda: ((), "no"))
    wasm.find.cache_clear()
    with pytest.raises(LimpideError, match="no compiler was found that writes WebAssembly"):
        wasm.require()
    wasm.find.cache_clear()


def test_zig_writes_it_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    words, why = toolchain.zig_package()
    if not words:
        pytest.skip(why)
    monkeypatch.setattr(wasm, "require", lambda: wasm.Compiler(words, zig=True))
    coder = Coder()
    functions = {"epoch": (coder.epoch, frames(), np.arange(3), 0.1)}
    file = written(bundle_of(functions, name="coder"), machine_of("wasm"))
    expected = float(coder.epoch(frames(), np.arange(3), 0.1)["error"])
    for path in wasm.modules(file, tmp_path):
        code, (error,) = Module(file, path)("epoch", frames(), np.arange(3), 0.1)
        assert code == 0 and error == pytest.approx(expected, rel=1e-5)
