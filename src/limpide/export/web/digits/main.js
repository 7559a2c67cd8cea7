// The page: a pad to draw on, what the network sees, corrections.
import { colours, fresh, lossCurve, number, start, text } from "./page.js";
import { SIDE, inkOf, normalised } from "./picture.js";
import { TEXTS } from "./texts.js";

const at = (id) => document.getElementById(id);
const PAD = 280, PEN = 20; // of the drawing
const LARGEST = 32; // megabytes of an image
const CLASSES = 10;

const ink = document.createElement("canvas"); // white on black, whatever the colours of the page
ink.width = ink.height = PAD;
const pen = ink.getContext("2d", { willReadFrequently: true });
const state = {
  image: null, seen: null, learning: null, learnt: null, taught: false, forgotten: false, error: null, failure: null,
  loaded: false, cursor: { x: PAD / 2, y: PAD / 3, down: false }, lines: false,
};
const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });

worker.onmessage = ({ data }) => {
  if (data.kind === "loaded") state.loaded = true;
  else if (data.kind === "seen") Object.assign(state, { seen: data, taught: data.changed });
  else if (data.kind === "example") shown(data.image);
  else if (data.kind === "learning") Object.assign(state, { learning: data, learnt: null });
  else if (data.kind === "learnt") Object.assign(state, { learning: null, learnt: data });
  else if (data.kind === "forgotten") {
    Object.assign(state, { learnt: null, taught: false, forgotten: true });
    look();
  } else {
    state.learning = null;
    state.failure = [data.loading ? "error-network" : "error-worker", { why: data.why }];
  }
  draw();
};
worker.onerror = (event) => {
  state.failure = ["error-worker", { why: event.message ?? "" }];
  draw();
};

// ---------------------------------------------------------------------------------------------- drawing in
function clear() {
  pen.fillStyle = "#000";
  pen.fillRect(0, 0, PAD, PAD);
  Object.assign(state, { image: null, seen: null, learnt: null, error: null, forgotten: false });
  draw();
}

function line(from, to) {
  pen.strokeStyle = "#fff";
  pen.lineWidth = PEN;
  pen.lineCap = pen.lineJoin = "round";
  pen.beginPath();
  pen.moveTo(from.x, from.y);
  pen.lineTo(to.x + 0.01, to.y);
  pen.stroke();
  state.error = null;
  state.learnt = null;
  soon();
}

let asked = false;
function soon() {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    const { data } = pen.getImageData(0, 0, PAD, PAD);
    state.image = normalised(data.filter((_, i) => i % 4 === 0), PAD, PAD);
    look();
    draw();
  });
}

function look() {
  if (state.image) worker.postMessage({ kind: "look", image: state.image });
}

// An image of 28 x 28 on the pad, as it is for the network.
function shown(image) {
  const small = new ImageData(SIDE, SIDE);
  image.forEach((value, i) => small.data.set([value, value, value, 255], 4 * i));
  const place = document.createElement("canvas");
  place.width = place.height = SIDE;
  place.getContext("2d").putImageData(small, 0, 0);
  clear();
  pen.drawImage(place, 0, 0, PAD, PAD);
  state.image = image;
  look();
  draw();
}

const pad = at("pad");
let last = null;
const place = (event) => {
  const box = pad.getBoundingClientRect();
  return { x: ((event.clientX - box.left) / box.width) * PAD, y: ((event.clientY - box.top) / box.height) * PAD };
};
pad.addEventListener("pointerdown", (event) => {
  if (event.button) return;
  event.preventDefault();
  pad.setPointerCapture(event.pointerId);
  state.lines = false;
  last = place(event);
  line(last, last);
});
pad.addEventListener("pointermove", (event) => {
  if (!last) return;
  for (const each of event.getCoalescedEvents?.() ?? [event]) {
    const next = place(each);
    line(last, next);
    last = next;
  }
});
for (const name of ["pointerup", "pointercancel"]) pad.addEventListener(name, () => (last = null));

const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
pad.addEventListener("keydown", (event) => {
  const { cursor } = state;
  if (event.key === " ") cursor.down = !cursor.down;
  else if (event.key in MOVES) {
    const from = { ...cursor };
    cursor.x = Math.min(PAD, Math.max(0, cursor.x + 10 * MOVES[event.key][0]));
    cursor.y = Math.min(PAD, Math.max(0, cursor.y + 10 * MOVES[event.key][1]));
    if (cursor.down) line(from, cursor);
  } else return;
  event.preventDefault();
  state.lines = true;
  if (cursor.down && event.key === " ") line(cursor, cursor);
  draw();
});
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") clear();
  else if (/^[0-9]$/.test(event.key)) correct(Number(event.key));
});
at("clear").addEventListener("click", clear);
at("example").addEventListener("click", () => worker.postMessage({ kind: "example", digit: null }));
at("open").addEventListener("click", () => at("file").click());
at("file").addEventListener("change", () => {
  const [file] = at("file").files;
  at("file").value = "";
  if (file) opened(file);
});

async function opened(file) {
  state.error = null;
  try {
    if (file.size > LARGEST * 1e6) throw ["error-large", { size: (file.size / 1e6).toFixed(0), most: LARGEST }];
    const found = await createImageBitmap(file).catch(() => {
      throw ["error-image", { name: file.name }];
    });
    const scale = Math.min(1, PAD / Math.max(found.width, found.height));
    const sheet = document.createElement("canvas");
    sheet.width = Math.max(1, Math.round(found.width * scale));
    sheet.height = Math.max(1, Math.round(found.height * scale));
    const brush = sheet.getContext("2d");
    brush.drawImage(found, 0, 0, sheet.width, sheet.height);
    const { data, width, height } = brush.getImageData(0, 0, sheet.width, sheet.height);
    const image = normalised(inkOf(data, width, height), width, height);
    if (!image) throw ["error-blank", {}];
    shown(image);
  } catch (error) {
    state.error = Array.isArray(error) ? error : ["error-image", { name: file.name }];
    draw();
  }
}

function correct(label) {
  if (state.learning || !state.loaded) return;
  state.failure = null;
  if (!state.image) state.error = ["error-empty", {}];
  else {
    Object.assign(state, { learning: { label, steps: 0, losses: [] }, learnt: null, forgotten: false });
    worker.postMessage({ kind: "learn", image: state.image, label });
  }
  draw();
}

at("forget").addEventListener("click", () => worker.postMessage({ kind: "forget" }));
for (let digit = 0; digit < CLASSES; digit++) {
  const button = document.createElement("button");
  for (const name of ["i", "small", "b"]) button.append(document.createElement(name));
  button.querySelector("b").textContent = digit;
  button.addEventListener("click", () => correct(digit));
  at("bars").append(button);
}
for (const [id, count] of [["first", 6], ["second", 16]]) {
  for (let n = 0; n < count; n++) {
    const canvas = document.createElement("canvas");
    canvas.setAttribute("role", "img");
    at(id).append(canvas);
  }
}

// --------------------------------------------------------------------------------------------- drawing out
function draw() {
  drawPad();
  drawAnswer();
  drawMaps("first", state.seen?.first, 28, 1);
  drawMaps("second", state.seen?.second, 10, 2);
}

function drawPad() {
  const { pen: out, width } = fresh(pad, pad.clientWidth || 280);
  const colour = colours();
  const { data } = pen.getImageData(0, 0, PAD, PAD);
  const sheet = new ImageData(PAD, PAD);
  const [r, g, b] = rgb(colour.ink);
  for (let i = 0; i < data.length; i += 4) sheet.data.set([r, g, b, data[i]], i);
  const copy = document.createElement("canvas");
  copy.width = copy.height = PAD;
  copy.getContext("2d").putImageData(sheet, 0, 0);
  out.drawImage(copy, 0, 0, width, width);
  if (state.lines) {
    const { x, y, down } = state.cursor, s = width / PAD;
    out.strokeStyle = down ? colour.warm : colour.accent;
    out.lineWidth = 2;
    out.beginPath();
    out.arc(x * s, y * s, (PEN / 2) * s, 0, 7);
    out.stroke();
  }
  const small = at("seen");
  small.width = small.height = SIDE;
  if (state.image) paint(small, state.image, 255, ([v]) => [r, g, b, v]);
  at("draw-error").textContent = state.error ? text(...state.error) : "";
}

function rgb(colour) {
  const found = /^#(..)(..)(..)$/.exec(colour);
  return found ? found.slice(1).map((part) => parseInt(part, 16)) : [0, 0, 0];
}

function drawAnswer() {
  const { seen, learning, learnt } = state;
  const shares = seen?.probabilities;
  const best = shares ? shares.indexOf(Math.max(...shares)) : -1;
  const percent = (share) => number(Math.round(1000 * share) / 10, share > 0.99 ? 1 : 0);
  at("said").textContent = shares
    ? text(shares[best] > 0.6 ? "says" : "unsure", { digit: best, share: percent(shares[best]) })
    : text("nothing");
  [...at("bars").children].forEach((button, digit) => {
    const share = shares?.[digit] ?? 0;
    button.querySelector("i").style.height = `${100 * share}%`;
    button.querySelector("small").textContent = shares ? percent(share) : "";
    button.className = [digit === best && "best", digit === (learning ?? learnt)?.label && "right"].filter(Boolean).join(" ");
    button.disabled = Boolean(learning) || !state.loaded;
    button.setAttribute("aria-label", text("is-a", { digit, share: percent(share) }));
  });
  const steps = learning ?? learnt;
  at("learnt").textContent = learning
    ? text("learning", { digit: learning.label, steps: learning.steps, loss: number(learning.losses.at(-1) ?? NaN, 3) })
    : learnt
      ? text(learnt.share > 0.5 ? "learnt" : "not-learnt", { digit: learnt.label, steps: learnt.steps, share: percent(learnt.share) })
      : state.forgotten ? text("forgotten") : "";
  at("loss").hidden = !steps;
  if (steps) lossCurve(at("loss"), steps.losses, 90);
  at("forget").disabled = !state.taught || Boolean(learning);
  at("learn-error").textContent = state.failure ? text(...state.failure) : "";
}

function drawMaps(id, values, side, layer) {
  const canvases = [...at(id).children];
  const most = values ? Math.max(...values) || 1 : 1;
  canvases.forEach((canvas, n) => {
    canvas.width = canvas.height = side;
    canvas.setAttribute("aria-label", text("map", { n: n + 1, layer }));
    if (values) paint(canvas, values.subarray(n * side * side, (n + 1) * side * side), most, glow);
  });
}

// From dark blue over green to yellow, as the answer grows.
const STOPS = [[30, 26, 64], [38, 84, 124], [32, 144, 130], [122, 200, 80], [250, 230, 60]];
function glow([value]) {
  const at_ = Math.min(0.9999, Math.max(0, value / 255)) * (STOPS.length - 1), i = Math.floor(at_), part = at_ - i;
  return [...STOPS[i].map((from, k) => from + (STOPS[i + 1][k] - from) * part), 255];
}

function paint(canvas, values, most, colour) {
  const image = new ImageData(canvas.width, canvas.height);
  values.forEach((value, i) => image.data.set(colour([(255 * value) / most]), 4 * i));
  canvas.getContext("2d").putImageData(image, 0, 0);
}

pen.fillRect(0, 0, PAD, PAD);
start(TEXTS, draw);
worker.postMessage({ kind: "load" });
