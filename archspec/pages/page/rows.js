// Columns and layers: rows of blocks, the nets between them and the lanes beside them (columns.py, spread.py).
"use strict";

/** The x of the lane of each net that has one, from the axis. */
function lanePlaces(rows, sided, ways) {
  const found = new Map(), placed = [];
  const slotted = ways.filter((way) => way[3] >= 0).sort((a, b) => a[3] - b[3] || a[1] - b[1]);
  for (const way of slotted) {
    const [net, start, ends, slot] = way, stop = ends[ends.length - 1];
    const last = stop < rows.length && sided[stop] ? stop : stop - 1;
    let reach = Math.max(...rows.slice(start + 1, last + 1).map((row) => (slot % 2 ? row.axis : beyond(row))));
    for (const [other, x] of placed) {
      if (other[3] % 2 === slot % 2 && other[1] < stop && start < other[2][other[2].length - 1]) {
        reach = Math.max(reach, x);
      }
    }
    placed.push([way, reach + LANE]);
    found.set(net, slot % 2 ? -(reach + LANE) : reach + LANE);
  }
  return found;
}

function stack(frame, rows, sided, ways, nets) {
  const lanes = lanePlaces(rows, sided, ways);
  let axis = -Infinity, right = -Infinity;
  for (const row of rows) {
    axis = Math.max(axis, row.axis);
    right = Math.max(right, beyond(row));
  }
  for (const x of lanes.values()) {
    axis = Math.max(axis, -x);
    right = Math.max(right, x);
  }
  const found = block(frame, axis + right, 0, axis);
  const at = new Map([...lanes].map(([net, x]) => [net, axis + x]));
  const near = Array.from({ length: rows.length + 1 }, () => []);
  for (const way of ways) {
    for (let row = Math.max(way[1], 0); row <= way[2][way[2].length - 1]; row++) near[row].push(way);
  }
  rows.forEach((part, row) => {
    const shift = axis - part.axis;
    if (row === 0) {
      found.entries = shifted(part.entries, shift);
      for (const way of ways) if (way[3] >= 0 && way[1] < 0) found.entries.push([way[0], at.get(way[0])]);
    }
    found.parts.push([part, shift, found.height]);
    pass(found, part, row, sided[row], near[row], at);
    found.height += part.height;
    if (row + 1 < rows.length) {
      const [tops, bottoms] = between(row, part, rows[row + 1], sided[row + 1], axis, near[row], at, nets);
      const way = channel(tops, bottoms);
      draw(found, way.wires, 0, found.height);
      found.height += way.height;
    } else {
      found.exits = shifted(part.exits, shift);
      for (const way of ways) {
        if (way[3] >= 0 && way[2][way[2].length - 1] === rows.length) {
          found.exits.push([nets[way[0]][0], at.get(way[0])]);
        }
      }
    }
  });
  return found;
}

function pass(found, part, row, sided, ways, at) {
  const left = found.axis - part.axis, right = found.axis + beyond(part);
  const sides = new Map();
  if (sided) for (const [net, , y, direction] of part.arrows) if (direction) sides.set(net, y);
  for (const [net, start, ends, slot] of ways) {
    const stop = ends[ends.length - 1];
    if (slot < 0 || !(start < row && row <= stop)) continue;
    const x = at.get(net), top = found.height;
    if (sides.has(net) && ends.includes(row)) {
      const y = top + sides.get(net), edge = slot % 2 ? left : right;
      found.wires.push([net, Math.min(x, edge), y, Math.max(x, edge), y]);
      if (row === stop) found.wires.push([net, x, top, x, y]);
    }
    if (row < stop) found.wires.push([net, x, top, x, top + part.height]);
  }
}

function between(row, above, below, sided, axis, ways, at, nets) {
  const tops = [], bottoms = [];
  for (const [net, start, ends, slot] of ways) {
    const stop = ends[ends.length - 1];
    if (!(start <= row && row < stop)) continue;
    if (start === row) tops.push([net, exitOf(above, nets[net][0]) + axis - above.axis]);
    else if (slot >= 0) tops.push([net, at.get(net)]);
    const fromLane = slot >= 0 && start < row;
    if (ends.includes(row + 1) && !(sided && fromLane)) {
      for (const [other, x] of below.entries) if (other === net) bottoms.push([net, x + axis - below.axis]);
    }
    if (slot >= 0 && (stop > row + 1 || (sided && fromLane))) bottoms.push([net, at.get(net)]);
  }
  return [tops, bottoms];
}

function layered(frame, rows, inside) {
  const places = spread(rows, inside.nets);
  const low = Math.min(...places.map((row) => Math.min(...row)));
  const width = Math.max(...rows.flatMap((row, r) => row.map((part, p) => places[r][p] + part.width))) - low;
  const found = block(frame, width, 0, Math.floor(width / 2)), netOf = netsOf(inside);
  let exits = [], y = 0;
  rows.forEach((parts, number) => {
    const at = places[number].map((x) => x - low);
    const entries = parts.flatMap((part, place) => shifted(part.entries, at[place]));
    if (number) {
      const of = new Map(exits);
      const way = channel(entries.map(([net]) => [net, of.get(inside.nets[net][0])]), entries);
      draw(found, way.wires, 0, y);
      y += way.height;
    } else {
      found.entries = entries;
    }
    const height = Math.max(...parts.map((part) => part.height));
    beside(found, parts, at, y, height, netOf);
    y += height;
    exits = parts.flatMap((part, place) => shifted(part.exits, at[place]));
  });
  found.exits = exits;
  found.height = y;
  return found;
}

function spread(rows, nets) {
  const places = rows.map((row) => {
    const at = [];
    let x = 0;
    for (const part of row) {
      at.push(x);
      x += part.width + BESIDE;
    }
    return at.map((place) => place - Math.floor((x - BESIDE) / 2));
  });
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const down = sweep % 2 === 0, last = rows.length - 1;
    for (let step = 1; step <= last; step++) {
      const number = down ? step : last - step, upper = down ? number - 1 : number;
      const pulls = pullsOf(rows[upper], places[upper], rows[upper + 1], places[upper + 1], nets, down);
      places[number] = settled(rows[number], places[number], pulls);
    }
  }
  return places;
}

function pullsOf(upper, above, lower, under, nets, down) {
  const exits = new Map();
  upper.forEach((part, place) => part.exits.forEach(([value, x]) => exits.set(value, [place, above[place] + x])));
  const found = (down ? lower : upper).map(() => []);
  lower.forEach((part, place) => {
    for (const [net, x] of part.entries) {
      const [other, start] = exits.get(nets[net][0]), shift = start - (under[place] + x);
      if (down) found[place].push(shift);
      else found[other].push(-shift);
    }
  });
  return found;
}

function settled(row, places, pulls) {
  const wishes = [], widths = [];
  let x = 0;
  row.forEach((part, place) => {
    const pull = pulls[place], sum = pull.reduce((total, one) => total + one, 0);
    wishes.push(places[place] + (pull.length ? Math.floor(sum / pull.length) : 0) - x);
    widths.push(x);
    x += part.width + BESIDE;
  });
  const groups = [];
  for (const wish of wishes) {
    groups.push([wish, 1]);
    for (;;) {
      const [one, other] = groups.slice(-2);
      if (!other || !(one[0] * other[1] > other[0] * one[1])) break;
      groups.splice(-2, 2, [one[0] + other[0], one[1] + other[1]]);
    }
  }
  const found = groups.flatMap(([total, count]) => Array(count).fill(Math.floor(total / count)));
  return found.map((place, number) => place + widths[number]);
}

/** The layout of a frame with what is open in it: boxes, pieces of nets and tips, as lists of numbers; see layout.py. */
function layout(frames, opened, frame = 0, known = new Map()) {
  const whole = new Arrangement(frames, opened, known).block(frame, frames[frame].plan);
  const boxes = [], pieces = [], tips = [], left = [[whole, 0, 0]];
  while (left.length) {
    const [part, x, y] = left.pop();
    if (part.box >= 0) boxes.push([part.frame, part.box, x, y, part.width, part.height, part.isOpen]);
    for (const [net, a, b, c, d] of part.wires) {
      if (a !== c || b !== d) pieces.push([part.frame, net, x + a, y + b, x + c, y + d]);
    }
    for (const [net, a, b, right, down] of part.arrows) {
      tips.push([part.frame, net, part.box, x + a, y + b, right, down]);
    }
    for (let at = part.parts.length - 1; at >= 0; at--) {
      const [inner, a, b] = part.parts[at];
      left.push([inner, x + a, y + b]);
    }
  }
  return { width: whole.width, height: whole.height, boxes, pieces, tips };
}
