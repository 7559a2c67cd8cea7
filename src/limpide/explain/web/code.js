// Code with colours, and the C in pieces that are drawn when there is time for them.

const TOKENS = {
  c: /(\/\*[\s\S]*?\*\/|\/\/[^\n]*)|(^[ ]*#[^\n]*|\b(?:static|inline|const|void|restrict|float|double|char|int|int8_t|int16_t|int32_t|int64_t|uint8_t|uint16_t|uint32_t|uint64_t|for|if|else|while|return|struct|sizeof|break|continue)\b)|(\b[A-Za-z_]\w*(?=\())|(\b\d[\w.]*)/gm,
  python: /(#.*)|(\b(?:def|class|return|for|in|if|elif|else|while|import|from|as|with|lambda|not|and|or|is|None|True|False|self|yield|pass|raise|try|except|finally|assert)\b)|(\b[A-Za-z_]\w*(?=\())|(\b\d[\w.]*)|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')/gm,
};

function coloured(text, language) {
  let html = "", end = 0;
  for (const found of text.matchAll(TOKENS[language])) {
    const kind = found.findIndex((part, i) => i > 0 && part !== undefined);
    html += `${escaped(text.slice(end, found.index))}<span class="t${kind}">${escaped(found[0])}</span>`;
    end = found.index + found[0].length;
  }
  return html + escaped(text.slice(end));
}

const PIECE = 200, LINE = 18.75;  // lines; pixels of one

class Code {
  constructor(place, source, links) {
    this.place = place;
    this.links = links;
    this.lit = new Set();
    this.lines = source.split("\n");
    this.pieces = [];
    for (let first = 0; first < this.lines.length; first += PIECE) {
      const piece = document.createElement("div");
      piece.className = "piece";
      piece.style.setProperty("--lines", Math.min(PIECE, this.lines.length - first));
      place.append(piece);
      this.pieces.push(piece);
    }
    this.inComment = this.comments();
    this.later(0);
  }

  // Whether each line begins inside of a comment.
  comments() {
    let inside = false;
    return this.lines.map(line => {
      const before = inside;
      for (const [sign] of line.matchAll(/\/\*|\*\//g)) inside = sign === "/*";
      return before;
    });
  }

  later(number) {
    if (number >= this.pieces.length) return;
    const soon = window.requestIdleCallback || (f => setTimeout(f, 1));
    soon(() => { this.draw(number); this.later(number + 1); }, {timeout: 200});
  }

  draw(number) {
    const piece = this.pieces[number];
    if (!piece || piece.firstChild) return;
    const first = number * PIECE;
    piece.innerHTML = this.lines.slice(first, first + PIECE).map((line, i) => {
      const at = first + i, known = this.links.kernelsOfC(at).length || this.links.nodesOfC.has(at);
      const point = known ? ` data-c="${at}"` : "";
      return `<div class="line${this.lit.has(at) ? " lit" : ""}"${point}>${this.colours(at)}\n</div>`;
    }).join("");
  }

  colours(at) {
    const line = this.lines[at];
    if (!this.inComment[at]) {
      const open = line.lastIndexOf("/*");
      if (open < 0 || line.indexOf("*/", open) >= 0) return coloured(line, "c");
      return `${coloured(line.slice(0, open), "c")}<span class="t1">${escaped(line.slice(open))}</span>`;
    }
    const close = line.indexOf("*/");
    if (close < 0) return `<span class="t1">${escaped(line)}</span>`;
    return `<span class="t1">${escaped(line.slice(0, close + 2))}</span>${coloured(line.slice(close + 2), "c")}`;
  }

  element(at) {
    const piece = this.pieces[Math.floor(at / PIECE)];
    return piece && piece.children[at % PIECE];
  }

  light(lines) {
    for (const at of this.lit) this.element(at)?.classList.remove("lit");
    this.lit = lines;
    for (const at of lines) this.element(at)?.classList.add("lit");
  }

  // Brings a line into view, drawing what is around it first.
  show(at) {
    this.draw(Math.floor(at / PIECE));
    this.place.scrollTop = at * LINE - this.place.clientHeight / 3;
  }

  // The first line in sight.
  get top() { return Math.max(0, Math.round(this.place.scrollTop / LINE) - 1); }

  // The next line in some direction that belongs to something.
  next(at, step) {
    for (let i = at + step; i >= 0 && i < this.lines.length; i += step) {
      if (this.links.kernelsOfC(i).length || this.links.nodesOfC.has(i)) return i;
    }
    return at;
  }
}
