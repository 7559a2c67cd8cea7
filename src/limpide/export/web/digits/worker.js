// The network lives here, away from the page. Messages are checked: a wrong one is an error, and told.
import { ABOUT } from "./about.js";
import { load } from "./lenet.js";
import { SIDE, varied } from "./picture.js";

const PIXELS = SIDE * SIDE, CLASSES = 10;
const OWN = 12; // images of a step that are the corrected one, varied
const RATE = 0.01, MOST = 60; // steps
const SURE = 0.95;

let net = null, labels = null, images = null, changed = false;

const say = (kind, values = {}) => postMessage({ kind, ...values });
const random = () => 2 * Math.random() - 1;

function check(right, what) {
  if (!right) throw new TypeError(`[worker] ${what}`);
}

function checked(image) {
  check(image instanceof Uint8Array && image.length === PIXELS, `the image is not ${PIXELS} bytes`);
  return image;
}

const KINDS = {
  async load() {
    const answer = await fetch("./samples.bin");
    check(answer.ok, `samples.bin: ${answer.status}`);
    const all = new Uint8Array(await answer.arrayBuffer());
    check(all.length === ABOUT.count * (1 + PIXELS), `samples.bin has ${all.length} bytes`);
    labels = all.subarray(0, ABOUT.count);
    images = all.subarray(ABOUT.count);
    net = await load();
    say("loaded", { simd: net.simd });
  },
  look({ image }) {
    see(checked(image));
  },
  example({ digit }) {
    check(digit === null || (Number.isInteger(digit) && digit >= 0 && digit < CLASSES), `the digit is ${digit}`);
    let i;
    do i = Math.floor(Math.random() * ABOUT.count);
    while (digit !== null && labels[i] !== digit);
    say("example", { image: images.slice(i * PIXELS, (i + 1) * PIXELS), label: labels[i] });
  },
  async learn({ image, label }) {
    checked(image);
    check(Number.isInteger(label) && label >= 0 && label < CLASSES, `the label is ${label}`);
    changed = true;
    const losses = [];
    let share = 0;
    for (let steps = 1; steps <= MOST; steps++) {
      losses.push(step(image, label));
      check(Number.isFinite(losses.at(-1)), "the loss has become infinite");
      share = see(image)[label];
      say("learning", { label, steps, losses: losses.slice() });
      if (share > SURE && steps >= 3) break;
      await new Promise((done) => setTimeout(done, 30)); // slow enough to be watched
    }
    say("learnt", { label, steps: losses.length, share, losses });
  },
  forget() {
    net.reset();
    changed = false;
    say("forgotten");
  },
};

function see(image) {
  const { probabilities, first, second } = net.look({ image });
  say("seen", { probabilities, first, second, changed });
  return probabilities;
}

// A step on the corrected image and on others, so that these are not forgotten.
function step(image, label) {
  const { images: place, labels: names } = net.buffers.learn;
  for (let i = 0; i < ABOUT.batch; i++) {
    const k = Math.floor(Math.random() * ABOUT.count);
    place.set(i === 0 ? image : i < OWN ? varied(image, random) : images.subarray(k * PIXELS, (k + 1) * PIXELS), i * PIXELS);
    names[i] = i < OWN ? label : labels[k];
  }
  return net.learn({ images: place, labels: names, rate: RATE }).loss;
}

let before = Promise.resolve();
onmessage = ({ data }) => {
  before = before.then(async () => {
    try {
      check(data !== null && typeof data === "object" && Object.hasOwn(KINDS, data.kind), "a message of no known kind");
      check(net || data.kind === "load", "the network is not loaded");
      await KINDS[data.kind](data);
    } catch (error) {
      say("error", { why: error.message, loading: data?.kind === "load" });
    }
  });
};
