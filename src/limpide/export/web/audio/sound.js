// Sounds as 16,000 numbers a second: from the microphone, from files; and back to the loudspeaker.
export const RATE = 16000, FRAME = 160, SECONDS = 4;
export const MOST = RATE * SECONDS;
const LARGEST = 64; // megabytes of a file
const SILENT = 0.003; // of 1
const PEAK = 0.9;

/** An error whose text the page has in every language. */
export class SoundError extends Error {
  constructor(key, values = {}) {
    super(key);
    this.key = key;
    this.values = values;
  }
}

/** Four seconds from the microphone; `told` hears of the seconds that are left, and of the level. */
export async function record(told) {
  if (!isSecureContext || !navigator.mediaDevices?.getUserMedia) throw new SoundError("error-insecure");
  const stream = await navigator.mediaDevices
    .getUserMedia({ audio: { channelCount: 1, echoCancellation: false, noiseSuppression: false } })
    .catch((error) => {
      if (error.name === "NotAllowedError" || error.name === "SecurityError") throw new SoundError("error-refused");
      if (error.name === "NotFoundError") throw new SoundError("error-missing");
      throw new SoundError("error-microphone", { why: error.message || error.name });
    });
  const context = new AudioContext();
  try {
    await context.resume();
    await context.audioWorklet.addModule("./recorder.js");
    return prepared(await resampled(await collected(context, stream, told), context.sampleRate));
  } finally {
    for (const track of stream.getTracks()) track.stop();
    await context.close();
  }
}

function collected(context, stream, told) {
  const wanted = Math.ceil(SECONDS * context.sampleRate);
  const all = new Float32Array(wanted);
  const node = new AudioWorkletNode(context, "recorder");
  let count = 0;
  return new Promise((done, failed) => {
    const late = setTimeout(() => failed(new SoundError("error-microphone", { why: "…" })), SECONDS * 3000);
    stream.getTracks()[0].addEventListener("ended", () => failed(new SoundError("error-microphone", { why: "■" })));
    node.port.onmessage = ({ data }) => {
      const part = data.subarray(0, wanted - count);
      all.set(part, count);
      count += part.length;
      told(SECONDS - count / context.sampleRate, all.subarray(0, count), count / wanted);
      if (count < wanted) return;
      clearTimeout(late);
      node.port.onmessage = null;
      done(all);
    };
    context.createMediaStreamSource(stream).connect(node);
  });
}

/** The first four seconds of a file. */
export async function opened(file) {
  const size = file.size / 1e6;
  if (size > LARGEST) throw new SoundError("error-large", { size: size.toFixed(0), most: LARGEST });
  return decoded(await file.arrayBuffer(), file.name);
}

export async function decoded(bytes, name) {
  const reader = new OfflineAudioContext(1, 1, RATE); // decodes to this rate
  const found = await reader.decodeAudioData(bytes).catch(() => {
    throw new SoundError("error-file", { name });
  });
  const mixed = new Float32Array(Math.min(found.length, MOST));
  for (let channel = 0; channel < found.numberOfChannels; channel++) {
    found.getChannelData(channel).subarray(0, mixed.length).forEach((value, i) => (mixed[i] += value / found.numberOfChannels));
  }
  return prepared(mixed);
}

async function resampled(samples, rate) {
  if (rate === RATE) return samples;
  const context = new OfflineAudioContext(1, Math.floor((samples.length * RATE) / rate), RATE);
  const buffer = context.createBuffer(1, samples.length, rate);
  buffer.copyToChannel(samples, 0);
  const source = context.createBufferSource();
  source.buffer = buffer;
  source.connect(context.destination);
  source.start();
  return (await context.startRendering()).getChannelData(0);
}

/** Whole frames, as loud as may be. */
function prepared(samples) {
  const whole = samples.slice(0, Math.min(MOST, Math.floor(samples.length / FRAME) * FRAME));
  if (!whole.length) throw new SoundError("error-short");
  let peak = 0;
  for (const value of whole) peak = Math.max(peak, Math.abs(value));
  if (!(peak > SILENT) || !Number.isFinite(peak)) throw new SoundError("error-silent");
  return whole.map((value) => (value * PEAK) / peak);
}

let playing = null;

/** Play samples; a second call stops. `ended` is told. */
export function play(samples, ended) {
  if (playing) {
    playing.stop();
    return;
  }
  const context = new AudioContext();
  const buffer = context.createBuffer(1, samples.length, RATE);
  buffer.copyToChannel(samples.map((value) => Math.max(-1, Math.min(1, value))), 0);
  playing = context.createBufferSource();
  playing.buffer = buffer;
  playing.connect(context.destination);
  playing.onended = () => {
    playing = null;
    context.close();
    ended();
  };
  context.resume();
  playing.start();
}

/** 10 log10 of the energy of a sound over that of its error, in decibels. */
export function signalToNoise(sound, made) {
  let energy = 0, error = 0;
  for (let i = 0; i < sound.length; i++) {
    energy += sound[i] ** 2;
    error += (sound[i] - made[i]) ** 2;
  }
  return 10 * Math.log10(energy / error);
}
