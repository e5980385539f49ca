// Where everything lies: the same layout as in Python (channel.py, columns.py, spread.py, arrange.py), number by number.
"use strict";

const GAP = 26, PITCH = 10, REACH = 14, NEAR = 6, ASIDE = 8, JOG = 3, SORTED = 60;
const PORT = 16, MARGIN = 12, BESIDE = 22, PASS = 20, HEAD = 20, LANE = 14, SWEEPS = 4;

/** The places of nets, each once, by net. */
function placesOf(points) {
  const found = new Map();
  for (const [net, x] of points) {
    if (!found.has(net)) found.set(net, []);
    if (!found.get(net).includes(x)) found.get(net).push(x);
  }
  return found;
}

function channel(tops, bottoms) {
  const upper = placesOf(tops), lower = placesOf(bottoms);
  const nets = [...new Set([...upper.keys(), ...lower.keys()])];
  const up = (net) => upper.get(net) ?? [], down = (net) => lower.get(net) ?? [];
  const spans = new Map(nets.map((net) => {
    const places = [...up(net), ...down(net)];
    return [net, [Math.min(...places), Math.max(...places)]];
  }));
  const tracks = tracksOf(order(nets.filter((net) => spans.get(net)[0] < spans.get(net)[1]), spans, up, down), spans);
  const count = 1 + Math.max(-1, ...tracks.values());
  const height = count ? Math.max(GAP, REACH + PITCH * count) : GAP;
  const top = count ? Math.floor((height - REACH - PITCH * (count - 1)) / 2) : 0;
  const wires = [];
  for (const net of nets) {
    if (!tracks.has(net)) {
      wires.push([net, spans.get(net)[0], 0, spans.get(net)[0], height]);
      continue;
    }
    const y = top + PITCH * tracks.get(net), downs = [...down(net)];
    for (const x of up(net)) {
      const aside = x + (isInTheWay(net, x, tracks, down) ? ASIDE : 0);
      wires.push([net, x, 0, x, aside > x ? JOG : y]);
      if (aside > x) wires.push([net, x, JOG, aside, JOG], [net, aside, JOG, aside, y]);
      downs.push(aside);
    }
    wires.push([net, Math.min(...downs), y, Math.max(...downs), y]);
    for (const x of down(net)) wires.push([net, x, y, x, height]);
  }
  return { height, wires };
}

function isInTheWay(net, x, tracks, down) {
  for (const [other, track] of tracks) if (track < tracks.get(net) && meet([x], down(other))) return true;
  return false;
}

function order(nets, spans, up, down) {
  if (nets.length > SORTED) return nets;
  const above = new Map(nets.map((net) => [net, new Map()]));
  nets.forEach((one, place) => {
    for (const other of nets.slice(0, place)) {
      const wish = hits(up(one), spans.get(other)) + hits(down(other), spans.get(one))
        - hits(up(other), spans.get(one)) - hits(down(one), spans.get(other))
        + 1000 * (meet(up(one), down(other)) - meet(up(other), down(one)));
      if (wish > 0) above.get(other).set(one, wish);
      else if (wish < 0) above.get(one).set(other, -wish);
    }
  });
  const found = [], left = [...nets];
  const weight = (net) => [...above.get(net).values()].reduce((sum, wish) => sum + wish, 0);
  while (left.length) {
    let best = 0;
    left.forEach((net, place) => { if (weight(net) < weight(left[best])) best = place; });
    const [net] = left.splice(best, 1);
    found.push(net);
    for (const other of left) above.get(other).delete(net);
  }
  return found;
}

const hits = (places, [low, high]) => places.filter((x) => low < x && x < high).length;
const meet = (above, below) =>
  above.reduce((sum, x) => sum + below.filter((other) => Math.abs(x - other) < NEAR).length, 0);

function tracksOf(nets, spans) {
  const found = new Map();
  for (const net of nets) {
    const [low, high] = spans.get(net);
    let track = 0;
    for (const [other, theirs] of found) {
      const [start, stop] = spans.get(other);
      if (start <= high + NEAR && low <= stop + NEAR) track = Math.max(track, theirs + 1);
    }
    found.set(net, track);
  }
  return found;
}

/** A part of a picture; see block.py. */
function block(frame, width, height, axis, box = -1, isOpen = false) {
  return { frame, width, height, axis, entries: [], exits: [], parts: [], wires: [], arrows: [], box, isOpen };
}

const beyond = (part) => part.width - part.axis;
const exitOf = (part, value) => part.exits.find(([other]) => other === value)[1];
const draw = (into, wires, x, y) => {
  for (const [net, a, b, c, d] of wires) into.wires.push([net, a + x, b + y, c + x, d + y]);
};
const shifted = (points, x) => points.map(([name, at]) => [name, at + x]);

function ports(count, middle = -1) {
  return Array.from({ length: count }, (_, place) =>
    middle < 0 ? PORT / 2 * (2 * place - count + 1) : PORT * (place - middle));
}

/** A net for each value of a frame, one that is not dashed if there is any. */
function netsOf(frame) {
  if (!frame.netOf) {
    frame.netOf = new Map();
    for (const dashed of [true, false]) {
      frame.nets.forEach((net, number) => { if (Boolean(net[3]) === dashed) frame.netOf.set(net[0], number); });
    }
  }
  return frame.netOf;
}

class Arrangement {
  /** `known` are the blocks of open boxes by their frames, as far as nothing in them has changed. */
  constructor(frames, opened, known) {
    Object.assign(this, { frames, opened, known });
  }

  isOpen(frame, box) {
    return this.opened.has(this.frames[frame].boxes[box].frame);
  }

  block(frame, plan) {
    const [form, what] = plan;
    if (form === "box") return this.box(frame, what);
    if (form === "row") return this.row(frame, what.map((part) => this.block(frame, part)));
    return form === "layers" ? this.layers(frame, what) : this.column(frame, what, plan[2], plan[3]);
  }

  box(frame, number) {
    return this.isOpen(frame, number)
      ? this.openBox(frame, number)
      : this.closed(frame, number, this.frames[frame].boxes[number].takes);
  }

  closed(frame, number, tops, left = [], right = [], axis = -1) {
    const box = this.frames[frame].boxes[number];
    const places = ports(tops.length, axis), below = ports(box.gives.length);
    const reach = Math.max(0, ...[...places, ...below].map(Math.abs));
    const width = Math.max(box.width, 2 * reach + PORT);
    const height = Math.max(box.height, PORT * Math.max(left.length, right.length) + 8);
    const middle = Math.floor(width / 2);
    const found = block(frame, width, height, middle, number);
    found.entries = tops.map((net, place) => [net, middle + places[place]]);
    found.exits = box.gives.map((value, place) => [value, middle + below[place]]);
    found.arrows = found.entries.map(([net, x]) => [net, x, 0, 0, 1]);
    for (const [nets, x, way] of [[left, 0, 1], [right, width, -1]]) {
      ports(nets.length).forEach((y, place) => found.arrows.push([nets[place], x, Math.floor(height / 2) + y, way, 0]));
    }
    return found;
  }

  openBox(frame, number) {
    const at = this.frames[frame].boxes[number].frame;
    if (!this.known.has(at)) this.known.set(at, this.opening(frame, number));
    return this.known.get(at);
  }

  opening(frame, number) {
    const box = this.frames[frame].boxes[number], inner = this.frames[box.frame];
    const inside = this.block(box.frame, inner.plan);
    const doors = new Map();
    for (const [net] of [...inside.entries].reverse()) doors.set(inner.nets[net][0], inside.axis);
    if (doors.size > 1) {
      const best = new Map();
      for (const [net, x] of inside.entries) {
        const value = inner.nets[net][0];
        if (!best.has(value) || Math.abs(x - inside.axis) < Math.abs(best.get(value) - inside.axis)) best.set(value, x);
      }
      for (const value of doors.keys()) doors.set(value, best.get(value));
    }
    const tops = [...new Set(inside.entries.map(([net]) => net))].map((net) => [net, doors.get(inner.nets[net][0])]);
    const above = channel(tops, inside.entries), title = Math.floor(box.title / 2);
    const axis = Math.max(inside.axis, title) + MARGIN, shift = axis - inside.axis;
    const width = axis + Math.max(beyond(inside), title) + MARGIN;
    const found = block(frame, width, HEAD + above.height + inside.height + MARGIN, axis, number, true);
    const body = block(box.frame, width, found.height, axis);
    draw(body, above.wires, shift, HEAD);
    body.parts.push([inside, shift, HEAD + above.height]);
    const netOf = netsOf(inner);
    for (const [value, x] of inside.exits) {
      body.wires.push([netOf.get(value), x + shift, found.height - MARGIN, x + shift, found.height]);
    }
    found.parts.push([body, 0, 0]);
    const taken = new Map(box.takes.map((net) => [this.frames[frame].nets[net][0], net]));
    found.entries = [...doors].map(([value, x]) => [taken.get(value), x + shift]);
    found.exits = shifted(inside.exits.filter(([value]) => box.gives.includes(value)), shift);
    found.arrows = found.entries.map(([net, x]) => [net, x, 0, 0, 1]);
    return found;
  }

  column(frame, parts, ways, turn) {
    if (turn >= 0 && parts.every(([form, box]) => form === "box" && !this.isOpen(frame, box))) {
      return turned(frame, parts.map(([, box]) => this.closed(frame, box, [])), ways, turn);
    }
    const { nets, boxes } = this.frames[frame], rows = [], sided = [];
    const lanes = Array.from({ length: parts.length + 1 }, () => []);
    const slotted = ways.filter((way) => way[3] >= 0).sort((a, b) => a[3] - b[3] || a[0] - b[0]);
    for (const way of slotted) for (const end of way[2]) if (end > way[1] + 1) lanes[end].push(way);
    parts.forEach((part, place) => {
      const leaf = part[0] === "box" && !this.isOpen(frame, part[1]);
      sided.push(leaf);
      if (!leaf) {
        rows.push(this.block(frame, part));
        return;
      }
      const sides = [1, 0].map((side) => lanes[place].filter((way) => way[3] % 2 === side).map(([net]) => net));
      const tops = boxes[part[1]].takes.filter((net) => !sides[0].includes(net) && !sides[1].includes(net));
      let middle = -1;
      const last = rows[rows.length - 1];
      if (last) {
        const offset = new Map(tops.map((net) => [net, exitOf(last, nets[net][0]) - last.axis]));
        tops.sort((a, b) => offset.get(a) - offset.get(b));
        middle = tops.findIndex((net) => offset.get(net) === 0);
      }
      rows.push(this.closed(frame, part[1], tops, sides[0], sides[1], middle));
    });
    return stack(frame, rows, sided, ways, nets);
  }

  row(frame, parts) {
    const places = [];
    let x = 0;
    for (const part of parts) {
      places.push(x);
      x += part.width + BESIDE;
    }
    const width = x - BESIDE, middle = Math.floor(parts.length / 2);
    let axis = parts.length % 2 ? places[middle] + parts[middle].axis : Math.floor(width / 2);
    if (parts.length === 2 && parts[0].height > parts[1].height) axis = parts[0].axis;
    const found = block(frame, width, Math.max(...parts.map((part) => part.height)), axis);
    beside(found, parts, places, 0, found.height, netsOf(this.frames[frame]));
    found.entries = parts.flatMap((part, place) => shifted(part.entries, places[place]));
    found.exits = parts.flatMap((part, place) => shifted(part.exits, places[place]));
    return found;
  }

  layers(frame, rows) {
    const { nets, boxes } = this.frames[frame];
    let above = new Map();
    const blocks = rows.map((cells) => {
      const found = cells.map((cell) => {
        if (cell < 0) return passing(frame, ~cell, nets[~cell][0]);
        if (this.isOpen(frame, cell)) return this.box(frame, cell);
        const at = (net) => above.get(nets[net][0]) ?? -1;
        return this.closed(frame, cell, [...boxes[cell].takes].sort((a, b) => at(a) - at(b)));
      });
      above = new Map(found.flatMap((part, place) => part.exits.map(([value]) => [value, place])));
      return found;
    });
    return layered(frame, blocks, this.frames[frame]);
  }
}

function passing(frame, net, value) {
  const found = block(frame, PASS, 0, PASS / 2);
  found.entries.push([net, PASS / 2]);
  found.exits.push([value, PASS / 2]);
  return found;
}

function beside(into, parts, places, y, height, netOf) {
  parts.forEach((part, place) => {
    const x = places[place], top = y + Math.floor((height - part.height) / 2);
    into.parts.push([part, x, top]);
    if (top > y) draw(into, part.entries.map(([net, at]) => [net, at, y, at, top]), x, 0);
    if (top + part.height < y + height) {
      draw(into, part.exits.map(([value, at]) => [netOf.get(value), at, top + part.height, at, y + height]), x, 0);
    }
  });
}
