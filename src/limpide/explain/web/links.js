// What belongs to what: nodes, the user's lines, modules, kernels and lines of C, all by number.
"use strict";

const QUIET = 1, BACKWARD = 2, CONSTANT = 4;

class Links {
  constructor(data) {
    this.data = data;
    this.nodes = data.nodes.map(([op, kind, name, type, inputs, line, scope, flags, attributes, asked], number) =>
      ({number, op, kind: data.kinds[kind], name, type, inputs, line, scope, flags, attributes, asked}));
    this.nodesOfLine = data.lines.map(() => []);
    this.nodesOfScope = data.scopes.map(() => []);
    for (const node of this.nodes) {
      for (const line of this.linesOf(node)) this.nodesOfLine[line].push(node.number);
      if (node.scope >= 0) this.nodesOfScope[node.scope].push(node.number);
    }
    this.kernelsOfNode = this.nodes.map(() => []);
    data.kernels.forEach((kernel, k) => kernel.nodes.forEach(n => this.kernelsOfNode[n].push(k)));
    this.spans = data.c.spans || [];
    this.spansOfKernel = data.kernels.map(() => []);
    this.spans.forEach(span => span[2].forEach(k => this.spansOfKernel[k].push(span)));
    this.nodesOfC = new Map(data.c.lines || []);
    this.cOfNode = new Map();
    for (const [line, nodes] of this.nodesOfC) {
      for (const n of nodes) this.cOfNode.has(n) ? this.cOfNode.get(n).push(line) : this.cOfNode.set(n, [line]);
    }
  }

  // The line that made a node, the one that made its module, the one that asked for its derivative.
  linesOf(node) {
    const built = node.scope >= 0 ? this.data.scopes[node.scope][2] : -1;
    return [...new Set([node.line, built, node.asked])].filter(line => line >= 0);
  }

  kernelsOfC(line) {
    let low = 0, high = this.spans.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.spans[middle][1] < line) low = middle + 1; else high = middle;
    }
    const span = this.spans[low];
    return span && span[0] <= line ? span[2] : [];
  }

  // Nodes that stand for these in what was compiled: the same, or what came from the same place.
  compiled(numbers) {
    if (numbers.some(n => this.kernelsOfNode[n].length)) return numbers;
    const place = n => { const node = this.nodes[n]; return `${node.line} ${node.scope} ${node.flags & BACKWARD}`; };
    const places = new Set(numbers.map(place));
    const lines = new Set(numbers.map(n => this.nodes[n].line).filter(line => line >= 0));
    return [...lines].flatMap(line => this.nodesOfLine[line]).filter(n => places.has(place(n)));
  }

  // Everything that belongs to nodes; `lines` and `kernels` take the place of what would be found.
  around(numbers, {lines, kernels, c} = {}) {
    const compiled = this.compiled(numbers);
    const lit = {
      nodes: new Set(numbers),
      lines: new Set(lines || numbers.flatMap(n => this.linesOf(this.nodes[n]))),
      kernels: new Set(kernels || compiled.flatMap(n => this.kernelsOfNode[n])),
      scopes: new Set(numbers.map(n => this.nodes[n].scope).filter(scope => scope >= 0)),
      c: new Set(c || compiled.flatMap(n => this.cOfNode.get(n) || [])),
    };
    if (!c) for (const k of lit.kernels) for (const [first] of this.spansOfKernel[k]) lit.c.add(first);
    return lit;
  }

  ofLine(line) { return this.around(this.nodesOfLine[line], {lines: [line]}); }

  ofNodes(numbers) { return this.around(numbers); }

  ofScope(scope) {
    const path = this.data.scopes[scope][0];
    const inside = this.data.scopes.map((_, s) => s)
      .filter(s => s === scope || !path || this.data.scopes[s][0].startsWith(`${path}.`));
    return this.around(inside.flatMap(s => this.nodesOfScope[s]));
  }

  ofKernel(k) {
    const c = this.spansOfKernel[k].flatMap(([first, last]) => range(first, last + 1));
    return this.around(this.data.kernels[k].nodes, {kernels: [k], c});
  }

  ofC(line) {
    const nodes = this.nodesOfC.get(line), kernels = this.kernelsOfC(line);
    if (nodes) return this.around(nodes, {kernels, c: [line]});
    return this.around(kernels.flatMap(k => this.data.kernels[k].nodes), {kernels, c: [line]});
  }

  // What a node is, in a line.
  describe(number) {
    const node = this.nodes[number];
    const name = node.name && node.name !== node.op ? `${node.name} = ` : "";
    return `${name}${node.op}${node.attributes ? ` (${node.attributes})` : ""}: ${node.type}`;
  }
}

const range = (start, end) => Array.from({length: Math.max(0, end - start)}, (_, i) => start + i);

const escaped = text => String(text).replace(/[&<>"']/g, sign => `&#${sign.charCodeAt(0)};`);
