// The graph: groups that fold, a view that moves, a search, the keyboard.

const FONT = 7.25, MANY = 300, PART = 150, SMALL_GROUP = 2, FEW_OF_A_LINE = 12, FEW_STATES = 5, DRAWN = 700, READABLE = 0.3, FIRST_SCALE = 0.55;
const KEYS = {"+": 1.25, "=": 1.25, "-": 0.8};

class Graph {
  constructor(place, links, say, chosen) {
    this.place = place;
    this.links = links;
    this.say = say;
    this.chosen = chosen;  // (lit, keep, title): something is pointed at, or taken
    this.stage = 0;
    this.fold = links.data.scopes.length ? "module" : "line";
    this.hideViews = true;
    this.open = new Set();
    this.lit = new Set();
    this.at = null;
    this.kindOf = new Map(links.data.scopes.map(([path, kind]) => [path, kind]));
    place.innerHTML = this.frame();
    this.canvas = place.querySelector(".canvas");
    this.svg = place.querySelector("svg");
    this.scene = place.querySelector(".scene");
    this.listen();
    this.rebuild(true);
  }

  // ------------------------------------------------------------------------------------------ controls
  frame() {
    const {say} = this;
    const stages = this.links.data.graphs.map((graph, i) => `<option value="${i}">${escaped(this.title(graph))}</option>`);
    const button = (name, sign, label) => `<button type="button" data-do="${name}" data-label="${label}">${sign}</button>`;
    return `<div class="tools">
      <label>${say.both("stage")} <select class="stage">${stages.join("")}</select></label>
      <label>${say.both("fold_by")} <select class="fold"></select></label>
      <label><input type="checkbox" class="views"> ${say.both("views")}</label>
      ${button("fold", "⊟", "fold_all")}${button("unfold", "⊞", "open_all")}
      ${button("in", "+", "zoom_in")}${button("out", "−", "zoom_out")}${button("fit", "⤢", "fit")}
      <input type="search" data-label="search" data-place="search"><span class="found" role="status"></span></div>
      <div class="canvas" tabindex="0" role="application" data-label="graph_help">
      <svg><g class="scene"></g></svg></div><p class="remark">${say.both("graph_help")}</p>`;
  }

  title(graph) {
    const stage = graph.stage === "" ? this.say("first_graph") : graph.stage === "scheduled" ? this.say("scheduled") : graph.stage;
    const loop = graph.loop ? ` › ${this.say("loop")} ${graph.loop}` : "";
    return `${stage}${loop} (${this.say("nodes", graph.nodes.length)})`;
  }

  // Words that are attributes or options: no style sheet can choose between two of them.
  speak() {
    for (const element of this.place.querySelectorAll("[data-label]")) {
      element.setAttribute("aria-label", this.say(element.dataset.label));
      element.title = this.say(element.dataset.label);
    }
    this.place.querySelector("[data-place]").placeholder = this.say("search");
    this.place.querySelectorAll(".stage option").forEach((option, i) => {
      option.textContent = this.title(this.links.data.graphs[i]);
    });
    const scheduled = this.graph.stage === "scheduled";
    const ways = ["module", "line", ...(scheduled ? ["kernel"] : []), "nothing"];
    const fold = this.place.querySelector(".fold");
    fold.innerHTML = ways.map(way => `<option value="${way}">${this.say(`by_${way}`)}</option>`).join("");
    fold.value = this.fold;
  }

  listen() {
    const find = selector => this.place.querySelector(selector);
    find(".stage").addEventListener("change", event => this.choose(+event.target.value));
    find(".fold").addEventListener("change", event => { this.fold = event.target.value; this.open.clear(); this.rebuild(true); });
    find(".views").addEventListener("change", event => { this.hideViews = !event.target.checked; this.rebuild(true); });
    find(".tools").addEventListener("click", event => this.act(event.target.dataset.do));
    const search = find("[type=search]");
    search.addEventListener("input", () => this.search(search.value));
    search.addEventListener("keydown", event => { if (event.key === "Enter") this.nextFound(); });
    this.canvas.addEventListener("keydown", event => this.key(event));
    this.canvas.addEventListener("wheel", event => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY / 200), event.offsetX, event.offsetY);
    }, {passive: false});
    this.drag();
    new ResizeObserver(() => this.fitted ? this.fit(FIRST_SCALE) : this.draw()).observe(this.canvas);
  }

  act(what) {
    const middle = [this.canvas.clientWidth / 2, this.canvas.clientHeight / 2];
    if (what === "in") this.zoom(1.25, ...middle);
    if (what === "out") this.zoom(0.8, ...middle);
    if (what === "fit") this.fit();
    if (what === "fold") { this.open.clear(); this.rebuild(true); }
    if (what === "unfold") { this.everyGroup(this.root, group => this.open.add(group.key)); this.rebuild(true); }
  }

  choose(stage) {
    this.stage = stage;
    if (this.graph.stage !== "scheduled" && this.fold === "kernel") this.fold = "module";
    this.place.querySelector(".stage").value = stage;
    this.rebuild(true);
  }

  get graph() { return this.links.data.graphs[this.stage]; }

  // --------------------------------------------------------------------------------------------- tree
  // Leaves are what is drawn of the nodes; groups hold them by module, line or kernel.
  rebuild(fit) {
    const {nodes} = this.links;
    const shown = new Set(this.graph.nodes);
    const results = new Set(this.graph.results.map(([, n]) => n));
    const hidden = n => this.hideViews && nodes[n].flags & QUIET && !results.has(n);
    this.seen = n => { while (shown.has(n) && hidden(n)) n = nodes[n].inputs[0]; return n; };
    this.leaves = new Map();
    this.root = this.group(null, "", "");
    const homeless = this.graph.nodes.filter(n => nodes[n].kind === "parameter" && !this.path(nodes[n], 0).length);
    this.state = this.fold !== "nothing" && homeless.length > FEW_STATES ? new Set(homeless) : new Set();
    const lines = new Map();
    for (const n of this.graph.nodes) lines.set(nodes[n].line, (lines.get(nodes[n].line) || 0) + 1);
    for (const n of this.graph.nodes) {
      if (nodes[n].flags & CONSTANT && !results.has(n) || hidden(n)) continue;
      this.addLeaf(n, this.state.has(n) ? [this.say("state")] : this.path(nodes[n], lines.get(nodes[n].line)));
    }
    this.edges = [];
    for (const [n, leaf] of this.leaves) for (const source of new Set(nodes[n].inputs.map(this.seen))) {
      if (this.leaves.has(source)) this.edges.push([this.leaves.get(source), leaf]);
    }
    const many = this.fold !== "nothing" && this.graph.results.length > FEW_STATES;
    const updates = many ? this.inside(this.root, this.say("updates")) : this.root;
    for (const [name, n] of this.graph.results) {
      const leaf = this.leaf(`result ${name}`, [name], "output", -1);
      this.append(name.endsWith("←") ? updates : this.root, leaf);
      if (this.leaves.has(n)) this.edges.push([this.leaves.get(n), leaf]);
    }
    this.tidy(this.root);
    this.number(this.root, 0);
    this.speak();
    this.arrange(fit);
  }

  path(node, ofLine) {
    const {scopes, lines, kernels} = this.links.data, back = node.flags & BACKWARD ? "∇ " : "";
    const source = node.kind === "input" || node.kind === "parameter" && !back;
    const byLine = () => node.line < 0 || source ? [] : [`${back}${lines[node.line][0]}:${lines[node.line][1]}`];
    if (this.fold === "kernel") {
      const of = this.links.kernelsOfNode[node.number];
      return of.length ? [kernels[of[of.length - 1]].name] : [];
    }
    if (this.fold === "line") return byLine();
    if (this.fold === "nothing") return [];
    const path = node.scope < 0 ? "" : scopes[node.scope][0];
    if (!path) return ofLine >= FEW_OF_A_LINE ? byLine() : [];
    const parts = path.split(".");
    return parts.map((part, i) => {
      const kind = this.kindOf.get(parts.slice(0, i + 1).join("."));
      return `${i ? "" : back}${part}${kind ? ` ${kind}` : ""}`;
    });
  }

  group(parent, key, title) { return {parent, key, title, children: [], inside: new Map(), leaf: false}; }

  leaf(key, texts, kind, node) {
    const width = Math.max(40, 16 + FONT * Math.max(...texts.map(text => text.length)));
    return {key, texts, kind, node, leaf: true, w: width, h: 12 + 15 * texts.length};
  }

  append(group, child) { child.parent = group; group.children.push(child); }

  addLeaf(n, path) {
    const group = path.reduce((outer, part) => this.inside(outer, part), this.root);
    const node = this.links.nodes[n], numbers = node.inputs.filter(i => this.links.nodes[i = this.through(i)].flags & CONSTANT)
      .map(i => this.links.nodes[this.through(i)].op);
    const op = numbers.length ? `${node.op} (${numbers.join(", ")})` : node.op;
    const plain = node.kind === "input" || node.kind === "parameter";
    const head = plain ? short(node.name || node.op) : node.name ? `${short(node.name)} = ${op}` : op;
    const leaf = this.leaf(`n${n}`, [head, node.type], node.kind, n);
    this.leaves.set(n, leaf);
    this.append(group, leaf);
  }

  // The group of this title in another one.
  inside(group, title) {
    if (!group.inside.has(title)) {
      const inner = this.group(group, `${group.key}/${title}`, title);
      group.inside.set(title, inner);
      group.children.push(inner);
    }
    return group.inside.get(title);
  }

  through(n) { while (this.links.nodes[n].flags & QUIET) n = this.links.nodes[n].inputs[0]; return n; }

  // Groups of next to nothing go; those of very many get parts.
  tidy(group) {
    group.children = group.children.flatMap(child => {
      if (child.leaf) return [child];
      this.tidy(child);
      if (child.children.length > SMALL_GROUP) return [child];
      child.children.forEach(inner => { inner.parent = group; });
      return child.children;
    });
    if (group.children.length <= MANY) return;
    const parts = [];
    for (let i = 0; i < group.children.length; i += PART) {
      const part = this.group(group, `${group.key}/#${i}`, `${this.say("part")} ${parts.length + 1}`);
      for (const child of group.children.slice(i, i + PART)) this.append(part, child);
      parts.push(part);
    }
    group.children = parts;
  }

  number(group, depth) {
    group.depth = depth;
    group.count = 0;
    for (const child of group.children) {
      if (!child.leaf) this.number(child, depth + 1);
      group.count += child.leaf ? 1 : child.count;
    }
  }

  everyGroup(group, visit) {
    for (const child of group.children) if (!child.leaf) { visit(child); this.everyGroup(child, visit); }
  }

  // ------------------------------------------------------------------------------------------ layout
  isOpen(group) { return group === this.root || this.open.has(group.key); }

  // The box that stands for something now: itself, or the outermost group around it that is folded.
  visible(item) {
    let found = item;
    for (let group = item.parent; group; group = group.parent) if (!this.isOpen(group)) found = group;
    return found;
  }

  arrange(fit) {
    const pairs = new Map();
    for (const [from, to] of this.edges) {
      const a = this.visible(from), b = this.visible(to);
      if (a === b) continue;
      if (!pairs.has(a)) pairs.set(a, new Map());
      pairs.get(a).set(b, (pairs.get(a).get(b) || 0) + 1);
    }
    this.ways = [];
    const levels = new Map();
    for (const [a, targets] of pairs) for (const [b, count] of targets) {
      const [group, x, y] = this.meeting(a, b);
      const way = {a, b, x, y, count, lanes: []};
      this.ways.push(way);
      levels.has(group) ? levels.get(group).push(way) : levels.set(group, [way]);
    }
    this.boxes = [];
    this.inner(this.root, levels);
    this.absolute(this.root, 0, 0);
    this.rank();
    if (this.at && !this.boxes.includes(this.at)) this.at = this.boxes.find(box => box.key === this.at.key) || null;
    if (fit) this.fit(FIRST_SCALE); else this.draw(true);
  }

  // The group in which the ways of two boxes part, and its children that hold them.
  meeting(a, b) {
    const above = new Map();
    for (let item = a; item.parent; item = item.parent) above.set(item.parent, item);
    let item = b;
    while (!above.has(item.parent)) item = item.parent;
    return [item.parent, above.get(item.parent), item];
  }

  inner(group, levels) {
    for (const child of group.children) {
      if (child.leaf) continue;
      if (this.isOpen(child)) this.inner(child, levels);
      else Object.assign(child, {w: Math.max(60, 30 + FONT * Math.max(child.title.length + 2, 12)), h: 44});
    }
    const numbers = new Map(group.children.map((child, i) => [child, i]));
    const own = levels.get(group) || [], seen = new Map();
    for (const way of own) {
      const key = numbers.get(way.x) * group.children.length + numbers.get(way.y);
      if (!seen.has(key)) seen.set(key, []);
      seen.get(key).push(way);
    }
    const edges = [...seen.values()].map(([way]) => [numbers.get(way.x), numbers.get(way.y)]);
    const placed = layered(group.children, edges);
    [...seen.values()].forEach((ways, i) => ways.forEach(way => { way.lanes = placed.lanes[i]; way.group = group; }));
    Object.assign(group, {w: Math.max(placed.w + 24, 40 + FONT * group.title.length), h: placed.h + 44});
  }

  absolute(group, x, y) {
    Object.assign(group, {left: x, top: y});
    for (const child of group.children) {
      const left = x + 12 + child.x, top = y + 30 + child.y;
      Object.assign(child, {left, top});
      this.boxes.push(child);
      if (!child.leaf && this.isOpen(child)) this.absolute(child, left, top);
    }
  }

  rank() {
    this.sources = new Map();
    this.users = new Map();
    const add = (map, key, value) => map.has(key) ? map.get(key).push(value) : map.set(key, [value]);
    for (const {a, b} of this.ways) { add(this.sources, b, a); add(this.users, a, b); }
  }

  // -------------------------------------------------------------------------------------------- view
  fit(least = 0.02) {
    const {w, h} = this.root, width = this.canvas.clientWidth, height = this.canvas.clientHeight;
    this.scale = Math.min(1.2, Math.max(least, Math.min(width / w, height / h)));
    const first = this.boxes.reduce((a, b) => b.top < a.top ? b : a, this.boxes[0]);
    const middle = w * this.scale > width && first ? first.left + first.w / 2 : w / 2;
    this.x = width / 2 - middle * this.scale;
    this.y = Math.max(0, (height - h * this.scale) / 2);
    this.fitted = true;
    this.draw(true);
  }

  zoom(factor, x, y) {
    const scale = Math.min(4, Math.max(0.02, this.scale * factor));
    this.x = x - (x - this.x) * scale / this.scale;
    this.y = y - (y - this.y) * scale / this.scale;
    this.scale = scale;
    this.fitted = false;
    this.draw();
  }

  pan(dx, dy) { this.x += dx; this.y += dy; this.fitted = false; this.draw(); }

  // A box comes to the middle, large enough to be read.
  centre(box) {
    this.scale = Math.max(this.scale, 0.7);
    this.x = this.canvas.clientWidth / 2 - (box.left + box.w / 2) * this.scale;
    this.y = this.canvas.clientHeight / 2 - (box.top + box.h / 2) * this.scale;
    this.fitted = false;
    this.draw();
  }

  drag() {
    const fingers = new Map();
    let moved = 0;
    const place = event => { const r = this.canvas.getBoundingClientRect(); return [event.clientX - r.left, event.clientY - r.top]; };
    this.canvas.addEventListener("pointerdown", event => {
      this.canvas.setPointerCapture(event.pointerId);
      fingers.set(event.pointerId, place(event));
      moved = fingers.size > 1 ? 99 : 0;
    });
    this.canvas.addEventListener("pointermove", event => {
      const now = place(event), before = fingers.get(event.pointerId);
      if (!before) return this.hover(this.hit(...now));
      const other = [...fingers].find(([id]) => id !== event.pointerId);
      if (other) {
        const apart = point => Math.hypot(point[0] - other[1][0], point[1] - other[1][1]);
        this.zoom(apart(now) / Math.max(1, apart(before)), other[1][0], other[1][1]);
      } else {
        moved += Math.abs(now[0] - before[0]) + Math.abs(now[1] - before[1]);
        if (moved > 6) this.pan(now[0] - before[0], now[1] - before[1]);
      }
      fingers.set(event.pointerId, now);
    });
    const end = event => {
      if (fingers.delete(event.pointerId) && event.type === "pointerup" && moved <= 6) this.click(this.hit(...place(event)));
    };
    this.canvas.addEventListener("pointerup", end);
    this.canvas.addEventListener("pointercancel", end);
    this.canvas.addEventListener("pointerleave", () => this.hover(null));
  }

  // The innermost box at a point of the canvas; of an open group its title.
  hit(x, y) {
    const left = (x - this.x) / this.scale, top = (y - this.y) / this.scale;
    for (let i = this.boxes.length - 1; i >= 0; i--) {
      const box = this.boxes[i], height = !box.leaf && this.isOpen(box) ? 26 : box.h;
      if (left >= box.left && left <= box.left + box.w && top >= box.top && top <= box.top + height) return box;
    }
    return null;
  }

  // ----------------------------------------------------------------------------------------- pointing
  numbers(box) {
    if (box.leaf) return box.node >= 0 ? [box.node] : [];
    return box.children.flatMap(child => this.numbers(child));
  }

  hover(box) {
    if (box === this.over) return;
    this.over = box;
    this.chosen(box, false);
  }

  click(box) {
    this.at = box;
    if (box && !box.leaf) this.toggle(box);
    else this.chosen(box, true);
    this.draw();
  }

  toggle(group) {
    const before = [group.left * this.scale + this.x, group.top * this.scale + this.y];
    this.open.has(group.key) ? this.open.delete(group.key) : this.open.add(group.key);
    this.arrange(false);
    this.pan(before[0] - group.left * this.scale - this.x, before[1] - group.top * this.scale - this.y);
  }

  key(event) {
    const moves = {ArrowUp: "up", ArrowDown: "down", ArrowLeft: "left", ArrowRight: "right"};
    if (event.key in KEYS) this.zoom(KEYS[event.key], this.canvas.clientWidth / 2, this.canvas.clientHeight / 2);
    else if (event.key === "0") this.fit();
    else if (event.key === "Enter" || event.key === " ") this.click(this.at);
    else if (event.key in moves) this.go(this.neighbour(moves[event.key]));
    else return;
    event.preventDefault();
  }

  neighbour(way) {
    if (!this.at) return this.boxes[0];
    const near = way === "up" ? this.sources.get(this.at) : way === "down" ? this.users.get(this.at) : null;
    if (near && near.length) return near.reduce((a, b) => Math.abs(a.left - this.at.left) <= Math.abs(b.left - this.at.left) ? a : b);
    if (way === "up" || way === "down") {
      const group = this.at.parent !== this.root ? this.at.parent : null;
      return way === "up" ? group || this.at : !this.at.leaf && this.isOpen(this.at) ? this.at.children[0] : this.at;
    }
    const row = this.at.parent.children.filter(box => Math.abs(box.top + box.h / 2 - this.at.top - this.at.h / 2) < GAP_Y)
      .sort((a, b) => a.left - b.left);
    const next = row.indexOf(this.at) + (way === "left" ? -1 : 1);
    return row[(next + row.length) % row.length];
  }

  go(box) {
    this.at = box;
    this.centre(box);
    this.chosen(box, false);
  }

  // ------------------------------------------------------------------------------------------- search
  search(text) {
    const wanted = text.trim().toLowerCase();
    const {nodes, data} = this.links;
    const words = n => `${nodes[n].name} ${nodes[n].op} ${nodes[n].type} ${nodes[n].scope < 0 ? "" : data.scopes[nodes[n].scope].slice(0, 2).join(" ")}`;
    this.matches = wanted ? [...this.leaves.keys()].filter(n => words(n).toLowerCase().includes(wanted)) : [];
    this.match = -1;
    this.place.querySelector(".found").textContent = wanted ? this.say("found", this.matches.length) : "";
    this.light(new Set(this.matches));
  }

  nextFound() {
    if (!this.matches?.length) return;
    this.match = (this.match + 1) % this.matches.length;
    this.reveal(this.matches[this.match]);
  }

  // Opens what is around a node and goes there.
  reveal(n) {
    const leaf = this.leaves.get(this.seen(n));
    if (!leaf) return;
    let folded = false;
    for (let group = leaf.parent; group !== this.root; group = group.parent) {
      if (!this.isOpen(group)) { this.open.add(group.key); folded = true; }
    }
    if (folded) this.arrange(false);
    this.go(leaf);
  }

  light(nodes) {
    this.lit = nodes;
    this.drawLit();
  }

  // Moves the view to what is lit, if none of it is in sight.
  showLit() {
    const boxes = this.litBoxes();
    if (!boxes.length || boxes.some(box => this.inSight(box, 0))) return;
    this.centre(boxes[0]);
  }

  litBoxes() {
    const found = new Set();
    for (const n of this.lit) {
      const leaf = this.leaves.get(this.seen(n));
      if (leaf) found.add(this.visible(leaf));
    }
    return [...found];
  }

  // ------------------------------------------------------------------------------------------ drawing
  inSight(box, margin) {
    const left = box.left * this.scale + this.x, top = box.top * this.scale + this.y;
    return left + box.w * this.scale > -margin && left < this.canvas.clientWidth + margin &&
      top + box.h * this.scale > -margin && top < this.canvas.clientHeight + margin;
  }

  draw(all = false) {
    if (!this.boxes) return;
    const readable = this.scale >= READABLE || this.boxes.length < DRAWN;
    const part = this.boxes.length >= DRAWN && readable;
    const place = part ? `${Math.round(this.x / 300)} ${Math.round(this.y / 300)} ${this.scale.toFixed(1)}` : "";
    const state = `${readable} ${place}`;
    if (all || state !== this.state) {
      this.state = state;
      const shown = part ? this.boxes.filter(box => this.inSight(box, 600)) : this.boxes;
      this.scene.innerHTML = (readable ? this.detailed(shown) : this.coarse(shown)) + '<g class="over"></g>';
    }
    this.scene.setAttribute("transform", `translate(${this.x.toFixed(1)} ${this.y.toFixed(1)}) scale(${this.scale.toFixed(4)})`);
    this.drawLit();
  }

  detailed(shown) {
    const groups = shown.filter(box => !box.leaf && this.isOpen(box)), others = shown.filter(box => box.leaf || !this.isOpen(box));
    return groups.map(box => this.groupBox(box)).join("") + this.lines() + others.map(box => this.box(box)).join("");
  }

  // From far away: one shape for all boxes of a kind.
  coarse(shown) {
    const shapes = new Map();
    for (const box of shown) {
      const kind = box.leaf ? `k-${box.kind}` : this.isOpen(box) ? "group" : "folded";
      shapes.set(kind, (shapes.get(kind) || "") + outline(box));
    }
    const drawn = kind => shapes.has(kind) ? `<g class="${kind}"><path class="shape" d="${shapes.get(kind)}"/></g>` : "";
    const kinds = [...shapes.keys()].filter(kind => kind !== "group");
    return drawn("group") + this.lines() + kinds.map(drawn).join("");
  }

  lines() {
    let path = "", tips = "";
    for (const way of this.ways) {
      const {a, b} = way, end = b.left + b.w / 2;
      const top = !b.leaf && this.isOpen(b) ? b.top : b.top;
      const points = [[a.left + a.w / 2, a.top + a.h]];
      for (const lane of way.lanes) {
        const x = way.group.left + 12 + lane.x, y = way.group.top + 30 + lane.y;
        points.push([x, y], [x, y + lane.h]);
      }
      points.push([end, top - 4]);
      path += `M${points[0][0].toFixed(0)} ${points[0][1].toFixed(0)}`;
      for (let i = 1; i < points.length; i++) {
        const [x0, y0] = points[i - 1], [x1, y1] = points[i], middle = ((y0 + y1) / 2).toFixed(0);
        path += i % 2 ? `C${x0.toFixed(0)} ${middle} ${x1.toFixed(0)} ${middle} ${x1.toFixed(0)} ${y1.toFixed(0)}` : `V${y1.toFixed(0)}`;
      }
      tips += `M${(end - 3.5).toFixed(1)} ${(top - 6).toFixed(1)}h7l-3.5 6z`;
    }
    return `<path class="edge" d="${path}"/><path class="tip" d="${tips}"/>`;
  }

  box(box) {
    const middle = box.left + box.w / 2;
    const texts = box.leaf ? box.texts : [`⊞ ${box.title}`, this.say("nodes", box.count)];
    const lines = texts.map((text, i) => `<text class="${i ? "detail" : "name"}" x="${middle.toFixed(1)}" y="${(box.top + 17 + i * 15).toFixed(1)}">${escaped(text)}</text>`);
    const round = {input: 10, parameter: 10, output: 12}[box.kind] || 4;
    const kind = box.leaf ? `k-${box.kind}` : "folded";
    return `<g class="${kind}"><rect x="${box.left.toFixed(1)}" y="${box.top.toFixed(1)}" width="${box.w.toFixed(1)}" height="${box.h}" rx="${round}"/>${lines.join("")}</g>`;
  }

  groupBox(box) {
    return `<g class="group"><rect x="${box.left.toFixed(1)}" y="${box.top.toFixed(1)}" width="${box.w.toFixed(1)}" height="${box.h.toFixed(1)}" rx="8"/>` +
      `<text class="title" x="${(box.left + 10).toFixed(1)}" y="${(box.top + 18).toFixed(1)}">⊟ ${escaped(box.title)}</text></g>`;
  }

  drawLit() {
    const over = this.scene.querySelector(".over");
    if (!over) return;
    const lit = this.litBoxes().map(outline).join("");
    over.innerHTML = `<path class="lit" d="${lit}"/>` + (this.at ? `<path class="current" d="${outline(this.at)}"/>` : "");
  }
}

const outline = box => `M${box.left.toFixed(1)} ${box.top.toFixed(1)}h${box.w.toFixed(1)}v${box.h.toFixed(1)}h${(-box.w).toFixed(1)}z`;

const short = name => name.length <= 26 ? name : `${name.slice(0, 12)}…${name.slice(-12)}`;
