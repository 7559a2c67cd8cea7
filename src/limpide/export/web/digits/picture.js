// Drawings and images as the 28 x 28 numbers that the network knows: ink from 0 to 255.
export const SIDE = 28;
const INNER = 20; // the digit itself, as MNIST has it
const LEAST = 24; // ink below which there is only paper

/** Ink (width x height, 0 to 255): its digit, at the size and place that MNIST's have. null: no ink. */
export function normalised(ink, width, height) {
  let left = width, right = -1, top = height, bottom = -1;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (ink[y * width + x] < LEAST) continue;
      left = Math.min(left, x), right = Math.max(right, x), top = Math.min(top, y), bottom = Math.max(bottom, y);
    }
  }
  if (right < 0) return null;
  const wide = right - left + 1, tall = bottom - top + 1;
  const scale = INNER / Math.max(wide, tall);
  const small = shrunk(ink, width, left, top, wide, tall, Math.max(1, Math.round(wide * scale)), Math.max(1, Math.round(tall * scale)));
  return centred(small);
}

// Every new pixel is the mean of those that it covers.
function shrunk(ink, width, left, top, wide, tall, w, h) {
  const data = new Float32Array(w * h);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const x0 = Math.floor((x * wide) / w), x1 = Math.max(x0 + 1, Math.ceil(((x + 1) * wide) / w));
      const y0 = Math.floor((y * tall) / h), y1 = Math.max(y0 + 1, Math.ceil(((y + 1) * tall) / h));
      let sum = 0;
      for (let j = y0; j < y1; j++) for (let i = x0; i < x1; i++) sum += ink[(top + j) * width + left + i];
      data[y * w + x] = sum / ((x1 - x0) * (y1 - y0));
    }
  }
  return { data, w, h };
}

// Its centre of mass comes to the middle.
function centred({ data, w, h }) {
  let mass = 0, mx = 0, my = 0;
  data.forEach((value, i) => {
    mass += value;
    mx += value * (i % w);
    my += value * Math.floor(i / w);
  });
  const dx = Math.min(SIDE - w, Math.max(0, Math.round(SIDE / 2 - 0.5 - mx / mass)));
  const dy = Math.min(SIDE - h, Math.max(0, Math.round(SIDE / 2 - 0.5 - my / mass)));
  const out = new Uint8Array(SIDE * SIDE);
  data.forEach((value, i) => (out[(dy + Math.floor(i / w)) * SIDE + dx + (i % w)] = Math.min(255, Math.round(value))));
  return out;
}

/** Pixels of an image as ink: dark on light, or light on dark, whichever the border says. */
export function inkOf(pixels, width, height) {
  const grey = new Float32Array(width * height);
  for (let i = 0; i < grey.length; i++) {
    const solid = pixels[4 * i + 3] / 255;
    const light = 0.299 * pixels[4 * i] + 0.587 * pixels[4 * i + 1] + 0.114 * pixels[4 * i + 2];
    grey[i] = light * solid + 255 * (1 - solid);
  }
  let border = 0, count = 0;
  for (let x = 0; x < width; x++) for (const y of [0, height - 1]) (border += grey[y * width + x]), count++;
  for (let y = 0; y < height; y++) for (const x of [0, width - 1]) (border += grey[y * width + x]), count++;
  const paper = border / count;
  let most = 1;
  const ink = grey.map((value) => Math.abs(value - paper));
  for (const value of ink) most = Math.max(most, value);
  return most < 30 ? new Float32Array(grey.length) : ink.map((value) => Math.max(0, (value / most) * 255 - 40) * (255 / 215));
}

/** The same digit a little elsewhere, turned and scaled: `random` gives numbers from -1 to 1. */
export function varied(image, random) {
  const angle = random() * 0.14, size = 1 + random() * 0.1, dx = random() * 1.5, dy = random() * 1.5;
  const cos = Math.cos(angle) / size, sin = Math.sin(angle) / size, middle = SIDE / 2 - 0.5;
  const out = new Uint8Array(SIDE * SIDE);
  const ink = (x, y) => (x < 0 || y < 0 || x >= SIDE || y >= SIDE ? 0 : image[y * SIDE + x]);
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const u = x - middle - dx, v = y - middle - dy;
      const sx = cos * u + sin * v + middle, sy = cos * v - sin * u + middle;
      const x0 = Math.floor(sx), y0 = Math.floor(sy), fx = sx - x0, fy = sy - y0;
      const above = ink(x0, y0) * (1 - fx) + ink(x0 + 1, y0) * fx;
      const below = ink(x0, y0 + 1) * (1 - fx) + ink(x0 + 1, y0 + 1) * fx;
      out[y * SIDE + x] = Math.round(above * (1 - fy) + below * fy);
    }
  }
  return out;
}
