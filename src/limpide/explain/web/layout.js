// A layered layout of boxes that may hold boxes: rows by distance from the sources, lanes for long edges, order by
// barycentres, places by averages that keep their distance (after Sugiyama, Tagawa and Toda 1981).

const GAP_X = 16, GAP_Y = 34, LANE = 8, SWEEPS = 6, MOST_LANES = 4000, SHORT = 6;

// boxes: {w, h} in an order in which most edges go forward; edges: [from, to] by number. Gives every box x and y
// (its left upper corner), and every edge the points that it passes: {w, h, lanes}.
function layered(boxes, edges) {
  const rows = [], items = boxes.map(box => ({w: box.w, h: box.h, box, up: [], down: [], row: 0, x: 0}));
  const into = boxes.map(() => []), out = boxes.map(() => []);
  for (const [a, b] of edges) if (a < b) { into[b].push(a); out[a].push(b); }
  items.forEach((item, i) => { for (const a of into[i]) item.row = Math.max(item.row, items[a].row + 1); });
  for (let i = items.length - 1; i >= 0; i--) {
    if (!into[i].length && out[i].length) items[i].row = Math.min(...out[i].map(b => items[b].row)) - 1;
  }
  for (const item of items) (rows[item.row] ||= []).push(item);
  for (let r = 0; r < rows.length; r++) rows[r] ||= [];
  const lanes = withLanes(items, rows, edges);
  order(rows);
  spread(rows);
  return positions(rows, lanes);
}

// Long edges get a place in every row that they pass; edges of one source share theirs.
function withLanes(items, rows, edges) {
  const spans = edges.map(([a, b]) => items[b].row - items[a].row - 1);
  const longest = spans.reduce((sum, s) => sum + Math.max(0, s), 0) <= MOST_LANES ? Infinity : SHORT;
  const shared = new Map();
  return edges.map(([a, b], e) => {
    if (spans[e] < 0) return [];
    const own = [];
    let before = items[a];
    for (let row = items[a].row + 1; row < items[b].row && spans[e] <= longest; row++) {
      const key = `${a} ${row}`;
      let lane = shared.get(key);
      if (!lane) {
        lane = {w: LANE, h: 0, up: [], down: [], row, x: 0, lane: true};
        shared.set(key, lane);
        rows[row].push(lane);
        join(before, lane);
      }
      own.push(lane);
      before = lane;
    }
    if (spans[e] <= longest) join(before, items[b]);
    return own;
  });
}

function join(upper, lower) {
  upper.down.push(lower);
  lower.up.push(upper);
}

function order(rows) {
  const number = row => row.forEach((item, i) => { item.at = i; });
  rows.forEach(number);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const way = sweep % 2 ? "down" : "up";
    for (const row of sweep % 2 ? [...rows].reverse() : rows) {
      for (const item of row) {
        const near = item[way];
        item.mean = near.length ? near.reduce((sum, n) => sum + n.at, 0) / near.length : item.at;
      }
      row.sort((a, b) => a.mean - b.mean || a.at - b.at);
      number(row);
    }
  }
}

function spread(rows) {
  for (const row of rows) {
    let x = 0;
    for (const item of row) { item.x = x + item.w / 2; x += item.w + GAP_X; }
  }
  for (let sweep = 0; sweep < 2 * SWEEPS; sweep++) {
    const way = sweep % 2 ? "down" : "up";
    for (const row of sweep % 2 ? [...rows].reverse() : rows) settle(row, way);
  }
}

// The places nearest to the wanted ones that keep order and distance: neighbours that clash are moved as one.
function settle(row, way) {
  const blocks = [];
  let offset = 0;
  row.forEach((item, i) => {
    if (i) offset += (row[i - 1].w + item.w) / 2 + GAP_X;
    item.offset = offset;
    const near = item[way];
    const wanted = near.length ? near.reduce((sum, n) => sum + n.x, 0) / near.length : item.x;
    let block = {mean: wanted - offset, weight: item.lane ? 6 : 1, count: 1};
    while (blocks.length && blocks[blocks.length - 1].mean > block.mean) {
      const last = blocks.pop(), weight = last.weight + block.weight;
      block = {mean: (last.mean * last.weight + block.mean * block.weight) / weight, weight,
        count: last.count + block.count};
    }
    blocks.push(block);
  });
  let i = 0;
  for (const block of blocks) for (let n = 0; n < block.count; n++, i++) row[i].x = block.mean + row[i].offset;
}

function positions(rows, lanes) {
  let left = Infinity, right = -Infinity, y = 0;
  for (const row of rows) for (const item of row) {
    left = Math.min(left, item.x - item.w / 2);
    right = Math.max(right, item.x + item.w / 2);
  }
  for (const row of rows) {
    const height = row.reduce((most, item) => Math.max(most, item.h), 0);
    for (const item of row) {
      item.x -= left;
      item.y = y;
      item.height = height;
      if (item.box) { item.box.x = item.x - item.w / 2; item.box.y = y + (height - item.h) / 2; }
    }
    y += height + GAP_Y;
  }
  return {
    w: rows.length ? right - left : 0,
    h: Math.max(0, y - GAP_Y),
    lanes: lanes.map(own => own.map(lane => ({x: lane.x, y: lane.y, h: lane.height}))),
  };
}
