// The page: a sound, a network, its training in a worker, and what comes out of it.
import { colours, curve, fresh, lossCurve, number, start, text } from "./page.js";
import { FRAME, RATE, SoundError, decoded, opened, play, record, signalToNoise } from "./sound.js";
import { TEXTS } from "./texts.js";
import { FIRST, RATES, VARIANTS } from "./variants.js";

const at = (id) => document.getElementById(id);
const SHOWN = 4; // frames

const state = {
  sound: null, name: "", made: null, losses: [], epochs: 0, speed: NaN, error: null, failure: null,
  code: FIRST.code, layers: FIRST.layers, rate: RATES.usual, training: false, recording: null, playing: "", seed: 1,
};
const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
const variant = () => VARIANTS.find((each) => each.code === state.code && each.layers === state.layers);

// Drawn at most once for every picture on the screen, however much has come.
let asked = false;
function soon() {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    draw();
  });
}

worker.onmessage = ({ data }) => {
  if (data.name !== undefined && data.name !== variant().name) return; // of the network before
  if (data.kind === "progress") {
    state.losses.push(...data.losses);
    Object.assign(state, { epochs: data.epochs, speed: data.speed });
  } else if (data.kind === "made") {
    state.made = data.made;
    if (!data.epochs) Object.assign(state, { losses: [], epochs: 0, speed: NaN });
  } else {
    state.training = false;
    state.failure = data.kind === "diverged" ? ["error-diverged", {}] : ["error-worker", { why: data.why }];
  }
  soon();
};
worker.onerror = (event) => {
  state.training = false;
  state.failure = ["error-worker", { why: event.message ?? "" }];
  draw();
};

function choose(network) {
  state.failure = null;
  Object.assign(state, network, { losses: [], epochs: 0, speed: NaN, made: null });
  worker.postMessage({ kind: "network", variant: variant().name });
  if (state.training) worker.postMessage({ kind: "train", on: true });
  draw();
}

function heard(samples, name) {
  Object.assign(state, { sound: samples, name, error: null, made: null });
  worker.postMessage({ kind: "sound", samples });
  draw();
}

async function take(get, name) {
  state.error = null;
  try {
    heard(await get(), name);
  } catch (error) {
    state.error = error instanceof SoundError ? [error.key, error.values] : ["error-microphone", { why: error.message }];
  }
  draw();
}

at("record").addEventListener("click", async () => {
  if (state.recording) return;
  state.recording = { left: null, part: null };
  draw();
  const told = (left, part, share) => {
    Object.assign(state.recording, { left, part, share });
    soon();
  };
  await take(() => record(told), "name-record");
  state.recording = null;
  draw();
});
at("sample").addEventListener("click", () =>
  take(async () => decoded(await (await fetch("./sample.wav")).arrayBuffer(), "sample.wav"), "name-sample"),
);
at("open").addEventListener("click", () => at("file").click());
at("file").addEventListener("change", () => {
  const [file] = at("file").files;
  if (file) take(() => opened(file), "name-file");
  at("file").value = "";
});
at("train").addEventListener("click", () => {
  state.training = !state.training;
  state.failure = null;
  worker.postMessage({ kind: "train", on: state.training });
  draw();
});
at("again").addEventListener("click", () => {
  state.failure = null;
  state.seed++;
  Object.assign(state, { losses: [], epochs: 0, speed: NaN });
  worker.postMessage({ kind: "begin", seed: state.seed });
  draw();
});
for (const [id, samples] of [["play-sound", () => state.sound], ["play-made", () => state.made]]) {
  at(id).addEventListener("click", () => {
    const stopping = state.playing !== "";
    state.playing = stopping ? state.playing : id;
    play(samples(), () => {
      state.playing = "";
      draw();
    });
    draw();
  });
}

function choices(place, name, values, chosen, changed) {
  for (const value of values) {
    const label = document.createElement("label"), input = document.createElement("input"), shown = document.createElement("span");
    Object.assign(input, { type: "radio", name, value, checked: value === chosen });
    input.addEventListener("change", () => changed(value));
    label.append(input, shown);
    at(place).append(label);
  }
}
const distinct = (key) => [...new Set(VARIANTS.map((each) => each[key]))];
choices("codes", "code", distinct("code"), state.code, (code) => choose({ code }));
choices("layers", "layers", distinct("layers"), state.layers, (layers) => choose({ layers }));
choices("rates", "rate", RATES.all, state.rate, (rate) => {
  state.rate = rate;
  worker.postMessage({ kind: "rate", rate });
});
for (let i = 0; i < SHOWN; i++) {
  const canvas = document.createElement("canvas");
  canvas.setAttribute("role", "img");
  at("frames").append(canvas);
}

// ------------------------------------------------------------------------------------------------ drawing
function draw() {
  drawSound();
  drawNetwork();
  lossCurve(at("loss"), state.losses);
  at("train").textContent = text(state.training ? "stop" : "train");
  at("train").className = state.training ? "live" : "main";
  at("train").disabled = at("again").disabled = !state.sound;
  at("train-error").textContent = state.failure ? text(...state.failure) : "";
  at("epochs").textContent = number(state.epochs, 0);
  at("error").textContent = number(state.losses.at(-1) ?? NaN, 3);
  at("speed").textContent = number(state.speed, state.speed < 10 ? 1 : 0);
  const whole = state.sound && state.made && state.sound.length === state.made.length;
  const ratio = whole ? signalToNoise(state.sound, state.made) : NaN;
  at("ratio").textContent = whole ? `${number(ratio, 1)} dB` : "–";
  for (const [id, key, there] of [["play-sound", "original", state.sound], ["play-made", "regenerated", whole]]) {
    at(id).textContent = text(state.playing === id ? "playing" : key);
    at(id).disabled = !there || (state.playing !== "" && state.playing !== id);
  }
  drawFrames(whole);
}

function drawSound() {
  const { recording, sound } = state;
  const shown = recording ? recording.part : sound;
  const { pen, width, height } = fresh(at("wave"), 90);
  const colour = colours();
  if (shown) {
    pen.fillStyle = recording ? colour.warm : colour.accent;
    const filled = recording ? width * recording.share : width * (sound.length / (4 * RATE));
    const step = shown.length / Math.max(1, filled);
    for (let x = 0; x < filled; x++) {
      let peak = 0;
      for (let i = Math.floor(x * step); i < (x + 1) * step && i < shown.length; i++) peak = Math.max(peak, Math.abs(shown[i]));
      const tall = Math.max(1, Math.min(1, peak) * height);
      pen.fillRect(x, (height - tall) / 2, 1, tall);
    }
  }
  const { left } = recording ?? {};
  at("record").textContent = recording
    ? left === null ? text("opening") : `● ${text("recording", { left: number(Math.max(0, left), 1) })}`
    : text("record");
  at("record").className = recording ? "live" : "main";
  for (const id of ["sample", "open"]) at(id).disabled = Boolean(recording);
  at("sound-error").textContent = state.error ? text(...state.error) : "";
  at("about-sound").textContent = sound
    ? text("about-sound", { name: text(state.name), seconds: number(sound.length / RATE, 1), frames: sound.length / FRAME })
    : text("no-sound");
}

function drawNetwork() {
  for (const place of ["codes", "layers", "rates"]) {
    for (const input of at(place).querySelectorAll("input")) input.nextSibling.textContent = number(Number(input.value), 4);
  }
  const { sizes, parameters, code } = variant();
  at("about-network").textContent = text("about-network", {
    sizes: sizes.join(" – "), parameters: number(parameters, 0), share: number((100 * code) / FRAME, 1),
  });
}

// The loudest frame, and others down to the middle.
function chosenFrames() {
  const count = state.sound.length / FRAME;
  const energy = Float32Array.from({ length: count }, (_, k) =>
    state.sound.subarray(k * FRAME, (k + 1) * FRAME).reduce((sum, value) => sum + value * value, 0),
  );
  const sorted = [...energy.keys()].sort((a, b) => energy[b] - energy[a]);
  return Array.from({ length: SHOWN }, (_, i) => sorted[Math.floor((i * count) / (2 * SHOWN))]);
}

let frameOrder = { sound: null, chosen: [] };
function drawFrames(whole) {
  const canvases = at("frames").children, colour = colours();
  if (state.sound && frameOrder.sound !== state.sound) frameOrder = { sound: state.sound, chosen: chosenFrames() };
  for (let i = 0; i < SHOWN; i++) {
    const { pen, width, height } = fresh(canvases[i], 96);
    if (!state.sound) continue;
    const k = frameOrder.chosen[i], part = (all) => [...all.subarray(k * FRAME, (k + 1) * FRAME)];
    const before = part(state.sound), most = Math.max(...before.map(Math.abs), 1e-3) * 1.3;
    const place = { width, height, low: -most, high: most };
    curve(pen, before, colour.grey, { ...place, thick: 2.5 });
    if (whole) curve(pen, part(state.made), colour.accent, place);
    pen.fillStyle = colour.faint;
    pen.font = "11px system-ui, sans-serif";
    pen.fillText(text("frame", { n: k + 1 }), 6, 14);
    canvases[i].setAttribute("aria-label", text("frame", { n: k + 1 }));
  }
}

start(TEXTS, draw);
worker.postMessage({ kind: "rate", rate: state.rate });
choose({});
