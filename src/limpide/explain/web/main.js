// The page: its languages and colours, what is pointed at, and where that lights up.

async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), sign => sign.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

// Words in the language of the page; `both` gives HTML with the two of them.
function speaker(words) {
  const say = (key, n) => {
    const found = n === 1 && words[`${key}_1`] || words[key];
    return found[document.documentElement.lang === "fr" ? 1 : 0].replace("{n}", n);
  };
  say.both = key => words[key].map((text, i) => `<span lang="${i ? "fr" : "en"}">${escaped(text)}</span>`).join("");
  return say;
}

class Page {
  constructor(data) {
    this.data = data;
    this.links = new Links(data);
    this.say = speaker(data.words);
    this.status = document.getElementById("status");
    this.kept = null;
    this.index();
    this.colourPython();
    const c = document.getElementById("source-c");
    this.code = c && new Code(c, data.source, this.links);
    const view = document.getElementById("graph-view");
    this.graph = view && data.graphs.length ? new Graph(view, this.links, this.say, (box, keep) => this.pointBox(box, keep)) : null;
    this.controls();
    this.listen();
  }

  // Elements by what they stand for.
  index() {
    const elements = (name, each) => document.querySelectorAll(`[data-${name}]`).forEach(element =>
      element.dataset[name].split(" ").forEach(number => each(+number, element)));
    const add = (map, number, element) => map.has(number) ? map.get(number).push(element) : map.set(number, [element]);
    this.of = {l: new Map(), k: new Map(), s: new Map(), n: new Map()};
    for (const name of Object.keys(this.of)) elements(name, (number, element) => add(this.of[name], number, element));
    this.shown = [];
  }

  colourPython() {
    document.querySelectorAll("#source .code code").forEach(code => { code.innerHTML = coloured(code.textContent, "python"); });
  }

  // ---------------------------------------------------------------------------------------- controls
  controls() {
    const root = document.documentElement;
    const remembered = key => { try { return localStorage.getItem(key); } catch { return null; } };
    const remember = (key, value) => { try { localStorage.setItem(key, value); } catch { /* not allowed here */ } };
    const speak = language => {
      root.lang = language;
      this.graph?.speak();
      this.graph?.draw(true);
      this.tell();
    };
    speak(remembered("limpide-language") || (navigator.language.toLowerCase().startsWith("fr") ? "fr" : "en"));
    const theme = remembered("limpide-theme");
    if (theme) root.dataset.theme = theme;
    const language = document.getElementById("language"), colours = document.getElementById("theme");
    language.hidden = colours.hidden = false;
    language.addEventListener("click", () => {
      speak(root.lang === "fr" ? "en" : "fr");
      remember("limpide-language", root.lang);
    });
    colours.addEventListener("click", () => {
      const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
      root.dataset.theme = dark ? "light" : "dark";
      remember("limpide-theme", root.dataset.theme);
    });
    for (const link of document.querySelectorAll("[data-stage]")) {
      const stage = this.data.graphs.findIndex(graph => graph.stage === link.dataset.stage);
      if (stage >= 0) link.addEventListener("click", () => this.graph?.choose(stage));
      else link.replaceWith(...link.childNodes);
    }
  }

  // ---------------------------------------------------------------------------------------- pointing
  listen() {
    const target = event => event.target.closest?.("[data-l],[data-n],[data-k],[data-s],[data-c]");
    document.addEventListener("pointerover", event => { if (event.pointerType === "mouse") this.point(target(event)); });
    document.addEventListener("focusin", event => this.point(target(event)));
    document.addEventListener("click", event => {
      const element = target(event);
      if (element && !event.target.closest("a, button, summary") && !getSelection().toString()) this.keep(element);
    });
    document.addEventListener("keydown", event => this.key(event, target(event)));
    this.status.addEventListener("click", event => {
      const where = event.target.dataset.to;
      if (where === "free") this.release();
      else if (where) this.go(where);
    });
    for (const link of document.querySelectorAll("nav a, .skip")) {
      link.addEventListener("click", () => this.go(link.hash.slice(1)));
    }
  }

  // Sections get their heights when they come into sight, so that the way there is gone more than once.
  go(id) {
    const show = () => document.getElementById(id).scrollIntoView({block: "start"});
    for (const wait of [0, 60, 200, 500]) setTimeout(show, wait);
  }

  key(event, element) {
    if (event.key === "Escape") this.release();
    else if (event.key === "Enter" && element === event.target && element) this.keep(element);
    else if (event.target === this.code?.place && event.key === "Enter") this.step(event, this.code.top - 1, 1);
    else if (element?.dataset.c && ["ArrowUp", "ArrowDown"].includes(event.key)) {
      this.step(event, +element.dataset.c, event.key === "ArrowUp" ? -1 : 1);
    }
  }

  // In the C the arrows go from line to line: one stop of the Tab key is enough for all of it.
  step(event, from, way) {
    const at = this.code.next(from, way);
    this.code.draw(Math.floor(at / PIECE));
    const line = this.code.element(at);
    line.tabIndex = -1;
    line.focus();
    event.preventDefault();
  }

  // What an element stands for: [what is lit, in words].
  meaning(element) {
    const {l, n, k, s, c} = element.dataset, {links, data, say} = this;
    if (l !== undefined) return [links.ofLine(+l), () => `${say("line")} ${data.lines[l][1]}`];
    if (s !== undefined) return [links.ofScope(+s), () => data.scopes[s].slice(0, 2).join(" ")];
    if (k !== undefined) return [links.ofKernel(+k), () => `${say("kernel")} ${data.kernels[k].name}`];
    if (c !== undefined) return [links.ofC(+c), () => `C ${+c + 1}`];
    const numbers = n.split(" ").map(Number);
    return [links.ofNodes(numbers), () => links.describe(numbers[0])];
  }

  point(element) {
    if (this.kept) return;
    if (!element) return this.light(null);
    this.light(...this.meaning(element));
  }

  keep(element) {
    if (this.kept === element) return this.release();
    this.kept = element;
    this.light(...this.meaning(element));
    this.bring(element);
  }

  pointBox(box, keep) {
    if (this.kept && !keep) return;
    const numbers = box ? this.graph.numbers(box) : [];
    if (!numbers.length) return keep || !this.kept ? this.release() : undefined;
    const title = () => box.leaf ? this.links.describe(numbers[0]) : box.title;
    this.light(this.links.ofNodes(numbers), title);
    this.kept = keep ? box : null;
    if (keep) this.bring(null);
    this.tell();
  }

  release() {
    this.kept = null;
    this.light(null);
  }

  light(lit, title) {
    for (const element of this.shown) element.classList.remove("lit");
    this.shown = [];
    this.lit = lit;
    this.title = title;
    if (lit) {
      const sets = {l: lit.lines, k: lit.kernels, s: lit.scopes, n: lit.nodes};
      for (const [name, numbers] of Object.entries(sets)) {
        for (const number of numbers) this.shown.push(...this.of[name].get(number) || []);
      }
      for (const element of this.shown) element.classList.add("lit");
    }
    this.code?.light(lit ? lit.c : new Set());
    this.graph?.light(lit ? lit.nodes : new Set());
    this.tell();
  }

  // What is lit comes into view in every box that scrolls by itself, but for the one that was pointed at.
  bring(from) {
    const aside = document.getElementById("source");
    const line = this.of.l.get([...this.lit.lines][0])?.[0];
    if (line && !aside.contains(from) && aside.scrollHeight > aside.clientHeight) {
      aside.scrollTop = line.offsetTop - aside.clientHeight / 3;
    }
    if (this.code && this.lit.c.size && !this.code.place.contains(from)) this.code.show(Math.min(...this.lit.c));
    if (from) this.graph?.showLit();
  }

  tell() {
    const {status, lit, say} = this;
    status.hidden = !lit;
    document.body.classList.toggle("kept", Boolean(this.kept));
    if (!lit) return;
    const links = [
      ["source", "n_lines", lit.lines.size], ["graph", "n_nodes", lit.nodes.size],
      ["kernels", "n_kernels", lit.kernels.size], ["c", "n_c", lit.c.size],
    ].filter(([id, , count]) => count && document.getElementById(id));
    const buttons = links.map(([id, key, count]) => `<button type="button" data-to="${id}">${escaped(say(key, count))}</button>`);
    const free = this.kept ? `<button type="button" data-to="free">${escaped(say("let_go"))}</button>` : "";
    status.innerHTML = `<b>${escaped(this.title())}</b> ${buttons.join(" ")} ${free}`;
  }
}

unpacked(document.getElementById("data").textContent).then(data => {
  window.limpide = new Page(data);
  document.documentElement.dataset.ready = "yes";
});
