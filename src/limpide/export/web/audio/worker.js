// Trains away from the page, so that the page stays quick. Messages are checked: a wrong one is an error, and told.
import { VARIANTS } from "./variants.js";

const FRAME = 160, ROWS = 400;
const TURN = 40; // milliseconds of training between two looks at what the page wants
const SHOWN = 120; // milliseconds between two regenerated sounds

const loaded = new Map(); // networks by name
let net = null, name = "", frames = null, rows = 0, rate = 0.002, seed = 1;
let epochs = 0, running = false, waiting = false, shown = 0;

const say = (kind, values = {}, moved = []) => postMessage({ kind, ...values }, moved);

function check(right, what) {
  if (!right) throw new TypeError(`[worker] ${what}`);
}

const KINDS = {
  async network({ variant }) {
    const known = VARIANTS.find((each) => each.name === variant);
    check(known, `there is no network '${variant}'`);
    if (!loaded.has(variant)) {
      const { load } = await import(`./${known.name}.js`);
      loaded.set(variant, await load());
    }
    net = loaded.get(variant);
    name = variant;
    begin();
  },
  sound({ samples }) {
    check(samples instanceof Float32Array, "the sound is no Float32Array");
    check(samples.length >= FRAME && samples.length <= FRAME * ROWS, `the sound has ${samples.length} numbers`);
    check(samples.length % FRAME === 0, "the sound is no whole number of frames");
    check(samples.every(Number.isFinite), "the sound holds what is no number");
    rows = samples.length / FRAME;
    frames = new Float32Array(FRAME * ROWS);
    frames.set(samples);
    show();
  },
  rate({ rate: wanted }) {
    check(typeof wanted === "number" && wanted > 0 && wanted <= 1, `the learning rate is ${wanted}`);
    rate = wanted;
  },
  begin({ seed: wanted }) {
    check(Number.isSafeInteger(wanted) && wanted >= 0, `the seed is ${wanted}`);
    seed = wanted;
    begin();
  },
  train({ on }) {
    check(typeof on === "boolean", `on is ${on}`);
    check(!on || (net && frames), "there is no network or no sound to train");
    running = on;
    if (on) turn();
  },
};

function begin() {
  if (!net) return;
  net.begin({ seed });
  epochs = 0;
  show();
}

// The frames in a new order; where there are fewer than the network takes, some twice.
function order() {
  const all = Int32Array.from({ length: ROWS }, (_, i) => i % rows);
  for (let i = ROWS - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [all[i], all[j]] = [all[j], all[i]];
  }
  return all;
}

function turn() {
  waiting = false;
  if (!running) return;
  const started = performance.now();
  const losses = [];
  net.state.lr[0] = rate;
  net.buffers.epoch.frames.set(frames);
  do {
    losses.push(net.epoch({ frames: net.buffers.epoch.frames, order: order() }).loss);
    epochs++;
  } while (performance.now() - started < TURN && Number.isFinite(losses.at(-1)));
  const spent = performance.now() - started;
  say("progress", { name, epochs, losses, speed: (losses.length * 1000) / spent });
  if (!Number.isFinite(losses.at(-1))) {
    running = false;
    say("diverged");
    return;
  }
  if (performance.now() - shown > SHOWN) show();
  again();
}

function again() {
  if (waiting) return;
  waiting = true;
  setTimeout(turn);
}

function show() {
  if (!net || !frames) return;
  shown = performance.now();
  const made = net.regenerate({ frames }).result.slice(0, rows * FRAME);
  say("made", { name, epochs, made }, [made.buffer]);
}

let before = Promise.resolve();
onmessage = ({ data }) => {
  before = before.then(async () => {
    try {
      check(data !== null && typeof data === "object" && Object.hasOwn(KINDS, data.kind), "a message of no known kind");
      await KINDS[data.kind](data);
    } catch (error) {
      running = false;
      say("error", { why: error.message });
    }
  });
};
