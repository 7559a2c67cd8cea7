// The WebAssembly module of ABOUT.name and its functions. Written by limpide; plain, modern JavaScript.
const ABOUT = __ABOUT__;

const ARRAYS = {
  bool: Uint8Array, int8: Int8Array, uint8: Uint8Array, int16: Int16Array, uint16: Uint16Array, int32: Int32Array,
  uint32: Uint32Array, int64: BigInt64Array, uint64: BigUint64Array, float32: Float32Array, float64: Float64Array,
};
const LINE = 64; // bytes: where arrays begin

// The smallest module with a vector in it: engines without vectors refuse it.
const VECTORS = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]);

const size = (port) => port.shape.reduce((product, n) => product * n, 1);
const bytes = (port) => size(port) * ARRAYS[port.dtype].BYTES_PER_ELEMENT;

async function read(url) {
  if (url.protocol === "file:" && typeof process !== "undefined") {
    const { readFile } = await import("node:fs/promises");
    return readFile(url);
  }
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`[${ABOUT.name}] ${url}: ${answer.status} ${answer.statusText}`);
  return answer.arrayBuffer();
}

/** Whether this engine has WebAssembly's vectors. */
export const vectors = () => WebAssembly.validate(VECTORS);

/** Load the module; see the types beside this file. */
export async function load({ wasm, weights, simd = vectors() } = {}) {
  const at = new URL(simd ? `./${ABOUT.name}.wasm` : `./${ABOUT.name}.plain.wasm`, import.meta.url);
  const source = wasm instanceof URL || wasm === undefined ? await read(wasm ?? at) : wasm;
  const module = source instanceof WebAssembly.Module ? source : await WebAssembly.compile(source);
  const instance = await WebAssembly.instantiate(module, {});
  const made = new Bundle(instance, simd);
  if (weights !== undefined || ABOUT.beside) {
    const place = weights ?? new URL(`./${ABOUT.name}.weights`, import.meta.url);
    made.load(place instanceof URL ? await read(place) : weights);
    made.start();
  }
  return made;
}

class Bundle {
  constructor(instance, simd) {
    this.simd = simd;
    const shown = instance.exports;
    const heap = shown.memory;
    let top = shown.__heap_base.value;
    const placed = (port) => {
      const at = Math.ceil(top / LINE) * LINE;
      top = at + bytes(port) + LINE; // vectors may read on behind an array
      return at;
    };
    const calls = ABOUT.calls.map((call) => ({
      call, inputs: call.inputs.map((port) => (port.shape.length ? placed(port) : 0)), outputs: call.outputs.map(placed),
    }));
    const missing = top - heap.buffer.byteLength;
    if (missing > 0) heap.grow(Math.ceil(missing / 65536));
    const view = (port, at) => new ARRAYS[port.dtype](heap.buffer, at, size(port));
    this.memory = heap.buffer.byteLength;
    this.state = {};
    for (const port of ABOUT.state) this.state[port.name] = view(port, shown[`${ABOUT.name}_${port.name}`].value);
    this.buffers = {};
    for (const { call, inputs, outputs } of calls) {
      const run = shown[`${ABOUT.name}_${call.name}`];
      const views = call.inputs.map((port, i) => (port.shape.length ? view(port, inputs[i]) : null));
      const results = call.outputs.map((port, i) => view(port, outputs[i]));
      this.buffers[call.name] = Object.fromEntries(call.inputs.map((port, i) => [port.name, views[i]]));
      this[call.name] = (given = {}) => {
        known(call, given);
        const numbers = call.inputs.map((port, i) => put(call, port, views[i], given[port.name]) ?? inputs[i]);
        const code = run(...numbers, ...outputs);
        if (code) throw new RangeError(`[${ABOUT.name}.${call.name}] ${ABOUT.checks[code - 1]}`);
        const made = call.outputs.map((port, i) => [port.name, port.shape.length ? results[i].slice() : results[i][0]]);
        return Object.fromEntries(made);
      };
    }
    this.start();
  }

  /** What `reset` goes back to: the state as it is now. */
  start() {
    this.first = this.save();
  }

  reset() {
    this.load(this.first);
  }

  cells() {
    return ABOUT.state.map((port) => this.state[port.name]);
  }

  save() {
    const all = new Uint8Array(ABOUT.bytes);
    let at = 0;
    for (const view of this.cells()) {
      all.set(new Uint8Array(view.buffer, view.byteOffset, view.byteLength), at);
      at += view.byteLength;
    }
    return all;
  }

  load(given) {
    const all = given instanceof ArrayBuffer ? new Uint8Array(given) : ArrayBuffer.isView(given) ? given : null;
    if (all === null) throw new TypeError(`[${ABOUT.name}.load] the state is not a buffer of bytes`);
    const raw = new Uint8Array(all.buffer, all.byteOffset, all.byteLength);
    if (raw.length !== ABOUT.bytes) {
      throw new RangeError(`[${ABOUT.name}.load] ${raw.length} bytes, but the state has ${ABOUT.bytes}`);
    }
    let at = 0;
    for (const view of this.cells()) {
      new Uint8Array(view.buffer, view.byteOffset, view.byteLength).set(raw.subarray(at, at + view.byteLength));
      at += view.byteLength;
    }
  }
}

function known(call, given) {
  const names = call.inputs.map((port) => port.name);
  const wrong = Object.keys(Object(given)).find((name) => !names.includes(name));
  const why = `the inputs are (${names.join(", ")})`;
  if (wrong !== undefined) throw new TypeError(`[${ABOUT.name}.${call.name}] '${wrong}' is not an input; ${why}`);
  const missing = names.find((name) => given?.[name] === undefined || given[name] === null);
  if (missing !== undefined) throw new TypeError(`[${ABOUT.name}.${call.name}] '${missing}' is missing; ${why}`);
}

// Copies an array to its place in the module's memory; gives the number where there is no array.
function put(call, port, view, value) {
  const whole = port.dtype.endsWith("int64");
  const fail = (what) => {
    throw new TypeError(`[${ABOUT.name}.${call.name}] ${port.name} ${what}`);
  };
  const one = (n) => {
    if (typeof n !== "number" && typeof n !== "bigint" && typeof n !== "boolean") fail(`holds ${n}, not a number`);
    if (whole && typeof n === "number" && !Number.isInteger(n)) fail(`holds ${n}, not a whole number`);
    return whole ? BigInt(n) : Number(n);
  };
  if (view === null) return one(value);
  if (value === view) return undefined;
  if (value?.length === undefined || typeof value === "string") fail("is not an array");
  if (value.length !== view.length) {
    fail(`has ${value.length} numbers, but ${port.shape.join(" x ")} = ${view.length} are expected`);
  }
  if (value.constructor === view.constructor) view.set(value);
  else for (let i = 0; i < view.length; i++) view[i] = one(value[i]);
  return undefined;
}
