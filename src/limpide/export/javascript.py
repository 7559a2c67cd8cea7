"""The JavaScript that calls a WebAssembly module, and its types."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..dtypes import DType
from .c import Call, File, Port

MODULE = Path(__file__).with_name("web") / "module.js"
ARRAYS = {
    "bool": "Uint8Array", "int8": "Int8Array", "uint8": "Uint8Array", "int16": "Int16Array",
    "uint16": "Uint16Array", "int32": "Int32Array", "uint32": "Uint32Array", "int64": "BigInt64Array",
    "uint64": "BigUint64Array", "float32": "Float32Array", "float64": "Float64Array",
}  # fmt: skip


def module_js(file: File) -> str:
    """The ES module: what there is, then the code that every module has."""
    about: dict[str, Any] = {
        "name": file.name,
        "calls": [
            {"name": c.name, "inputs": [*map(_port, c.inputs)], "outputs": [*map(_port, c.outputs)]}
            for c in file.calls
        ],
        "state": [*map(_port, file.state)],
        "bytes": file.state_bytes,
        "checks": [text for call in file.calls for text in call.checks],
        "beside": not file.inside and bool(file.state),
    }
    text = MODULE.read_text("utf-8").replace("ABOUT.name and", f"{file.name} and", 1)
    return text.replace("__ABOUT__", json.dumps(about), 1)


def _port(port: Port) -> dict[str, Any]:
    return {"name": port.name, "dtype": _dtype(port.dtype), "shape": list(port.shape)}


def _dtype(dtype: DType) -> str:
    """Its name in JavaScript's tables; bfloat16 are their bits."""
    return "uint16" if dtype.names else dtype.name


def types(file: File) -> str:
    """The .d.ts beside it."""
    calls = "\n".join(_signature(file, call) for call in file.calls)
    buffers = "\n".join(
        f"    {c.name}: {{ {' '.join(f'{p.name}: {_array(p)};' for p in c.inputs if p.shape)} }};"
        for c in file.calls
    )
    state = "\n".join(f"    {_key(p.name)}: {_array(p)}; // {_shape(p)}" for p in file.state)
    kind = "".join(part.capitalize() for part in file.name.split("_"))
    return f"""\
// Types of {file.name}.js. Written by limpide.
type Numbers = ArrayLike<number | bigint | boolean>;

export interface {kind} {{
{calls}
  /** The state, in the module's memory: it may be read and changed between calls. */
  readonly state: {{
{state}
  }};
  /** Where inputs lie: an array that is filled here and given to the function need not be copied. */
  readonly buffers: {{
{buffers}
  }};
  /** All state, as bytes: numbers with the lowest byte first. */
  save(): Uint8Array;
  /** State that was saved; throws where the number of bytes is another one, and then changes nothing. */
  load(state: ArrayBuffer | ArrayBufferView): void;
  /** The state as it was when the module was loaded, or at the last `start()`. */
  reset(): void;
  start(): void;
  /** Whether vectors are used, and the bytes of the module's memory. */
  readonly simd: boolean;
  readonly memory: number;
}}

export interface Options {{
  /** The module, its bytes, or where it is; the file beside this one by default. */
  wasm?: WebAssembly.Module | BufferSource | URL;
  /** The state to start with, or where it is. */
  weights?: BufferSource | URL;
  /** false: the module without vectors. */
  simd?: boolean;
}}

export function load(options?: Options): Promise<{kind}>;
export function vectors(): boolean;
"""


def _signature(file: File, call: Call) -> str:
    given = " ".join(f"{p.name}: {'Numbers' if p.shape else 'number'};" for p in call.inputs)
    made = " ".join(f"{p.name}: {_array(p) if p.shape else _number(p)};" for p in call.outputs)
    shapes = "; ".join(f"{p.name}: {_shape(p)}" for p in [*call.inputs, *call.outputs])
    throws = " Throws RangeError where a position in the data is wrong." if call.checks else ""
    return f"  /** {shapes}.{throws} */\n  {call.name}(given: {{ {given} }}): {{ {made} }};"


def _key(name: str) -> str:
    """A property's name: those that begin with a digit stand in quotes."""
    return name if name.isidentifier() else json.dumps(name)


def _shape(port: Port) -> str:
    return " x ".join(map(str, port.shape)) if port.shape else "a number"


def _array(port: Port) -> str:
    return ARRAYS[_dtype(port.dtype)]


def _number(port: Port) -> str:
    return "bigint" if "Big" in _array(port) else "number"
