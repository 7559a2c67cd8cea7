// What every page has: two languages, colours for drawings, the service worker that keeps it when offline.
const LANGUAGES = ["en", "fr"];
const STORED = "limpide.language";

let texts = {};
let current = "en";

function remembered() {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null; // cookies are refused
  }
}

function chosen() {
  const asked = new URLSearchParams(location.search).get("lang");
  const wanted = [asked, remembered(), ...(navigator.languages ?? [navigator.language])];
  return wanted.map((word) => word?.slice(0, 2)).find((word) => LANGUAGES.includes(word)) ?? "en";
}

/** A text in the reader's language, with its {names} filled in. */
export function text(key, values = {}) {
  const found = texts[current]?.[key] ?? key;
  return found.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}

/** A number as the reader's language writes it. */
export function number(value, digits = 2) {
  if (!Number.isFinite(value)) return "–";
  const small = value !== 0 && Math.abs(value) < 0.001;
  return value.toLocaleString(current, small ? { maximumSignificantDigits: 2 } : { maximumFractionDigits: digits });
}

/** Begin: fill the page's texts, and again whenever the language changes; `changed` redraws the rest. */
export function start(all, changed) {
  texts = all;
  const button = document.querySelector("#language");
  const show = () => {
    document.documentElement.lang = current;
    document.title = text("title");
    for (const element of document.querySelectorAll("[data-text]")) element.textContent = text(element.dataset.text);
    for (const element of document.querySelectorAll("[data-label]")) {
      element.setAttribute("aria-label", text(element.dataset.label));
    }
    changed();
  };
  button.addEventListener("click", () => {
    current = current === "en" ? "fr" : "en";
    try {
      localStorage.setItem(STORED, current);
    } catch {
      // it is chosen again next time
    }
    show();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
  addEventListener("resize", changed);
  current = chosen();
  show();
  if ("serviceWorker" in navigator && isSecureContext) navigator.serviceWorker.register("./sw.js").catch(() => {});
}

/** The colours of the style sheet, for drawings. */
export function colours() {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(
    ["ink", "faint", "line", "grey", "accent", "warm", "good", "shade", "card"].map((name) => [
      name,
      style.getPropertyValue(`--${name}`).trim(),
    ]),
  );
}

/** A canvas made as sharp as the screen; gives its context and its size in CSS pixels. */
export function fresh(canvas, height) {
  const width = canvas.clientWidth || 300;
  const scale = Math.min(devicePixelRatio || 1, 3);
  canvas.style.height = `${height}px`;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const pen = canvas.getContext("2d");
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, width, height);
  return { pen, width, height };
}

/** A curve through values from left to right. low, high: what bottom and top are. */
export function curve(pen, values, colour, { width, height, low, high, thick = 1.5, pad = 0 }) {
  pen.strokeStyle = colour;
  pen.lineWidth = thick;
  pen.lineJoin = "round";
  pen.beginPath();
  const span = high - low || 1;
  values.forEach((value, i) => {
    const x = values.length > 1 ? (i / (values.length - 1)) * width : width / 2;
    const y = height - pad - ((value - low) / span) * (height - 2 * pad);
    if (i) pen.lineTo(x, y);
    else pen.moveTo(x, y);
  });
  pen.stroke();
}

/** A falling loss on a logarithmic scale, with its powers of ten. */
export function lossCurve(canvas, losses, height = 170) {
  const { pen, width } = fresh(canvas, height);
  const colour = colours();
  const known = losses.filter((loss) => loss > 0 && Number.isFinite(loss));
  if (known.length < 2) return;
  const bins = thinned(known, Math.max(2, Math.round(width)));
  const logs = bins.map(Math.log10);
  const low = Math.min(...logs) - 0.05, high = Math.max(...logs) + 0.05;
  pen.font = "11px system-ui, sans-serif";
  pen.fillStyle = colour.faint;
  pen.strokeStyle = colour.line;
  for (let power = Math.ceil(low); power <= high; power++) {
    for (const factor of high - low < 1.2 ? [1, 2, 5] : [1]) {
      const at = power + Math.log10(factor);
      if (at > high) continue;
      const y = height - 8 - ((at - low) / (high - low)) * (height - 16);
      pen.lineWidth = 1;
      pen.beginPath();
      pen.moveTo(0, y);
      pen.lineTo(width, y);
      pen.stroke();
      pen.fillText(number(factor * 10 ** power, 3), 4, y - 3);
    }
  }
  curve(pen, logs, colour.accent, { width, height, low, high, thick: 2, pad: 8 });
}

function thinned(values, count) {
  if (values.length <= count) return values;
  return Array.from({ length: count }, (_, i) => values[Math.floor((i * (values.length - 1)) / (count - 1))]);
}
