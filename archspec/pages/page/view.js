// The picture: what is seen of the layout is in the document, and nothing else; pan and zoom move it.
"use strict";

const SPACE = "http://www.w3.org/2000/svg", BAND = 400, TEXT = 0.4, MARGINS = 0.5, CLOSE = 4;

function element(name, attributes = {}, text = "") {
  const found = document.createElementNS(SPACE, name);
  for (const [key, value] of Object.entries(attributes)) found.setAttribute(key, value);
  if (text) found.textContent = text;
  return found;
}

class View {
  constructor(svg, frames, opened, chosen) {
    Object.assign(this, { svg, frames, opened, chosen, x: 20, y: 20, k: 1, marked: "", drawn: null });
    this.known = new Map();
    this.world = svg.appendChild(element("g"));
    this.arrange();
    this.listen();
  }

  /** Lay out anew; the box of a frame and number stays where it is, and what it is not in has not changed. */
  arrange(frame = -1, number = -1, holders = new Map()) {
    const before = this.placed?.get(`${frame} ${number}`);
    if (frame < 0) this.known.clear();
    for (let at = frame; at >= 0; at = holders.get(at)?.[0] ?? -1) this.known.delete(at);
    this.layout = layout(this.frames, this.opened, 0, this.known);
    this.placed = new Map(this.layout.boxes.map((box) => [`${box[0]} ${box[1]}`, box]));
    const after = this.placed.get(`${frame} ${number}`);
    if (before && after) {
      this.x += (before[2] - after[2]) * this.k;
      this.y += (before[3] - after[3]) * this.k;
    }
    this.bands = new Map();
    const add = (low, high, item) => {
      for (let band = Math.floor(low / BAND); band <= Math.floor(high / BAND); band++) {
        if (!this.bands.has(band)) this.bands.set(band, []);
        this.bands.get(band).push(item);
      }
    };
    for (const box of this.layout.boxes) add(box[3], box[3] + box[5], ["box", box]);
    for (const piece of this.layout.pieces) add(piece[3], piece[5], ["piece", piece]);
    for (const tip of this.layout.tips) add(tip[4], tip[4], ["tip", tip]);
    this.drawn = null;
    this.show();
  }

  /** What is seen, with a margin around it. */
  window() {
    const width = this.svg.clientWidth || 1200, height = this.svg.clientHeight || 800;
    const wide = width * MARGINS / this.k, high = height * MARGINS / this.k;
    return [-this.x / this.k - wide, -this.y / this.k - high,
      (width - this.x) / this.k + wide, (height - this.y) / this.k + high];
  }

  show() {
    this.world.setAttribute("transform", `translate(${this.x} ${this.y}) scale(${this.k})`);
    const [left, top, right, bottom] = this.window(), last = this.drawn;
    const mx = (right - left) * MARGINS / 4, my = (bottom - top) * MARGINS / 4;
    const enough = last && last.k === this.k && left >= last.left - mx && right <= last.right + mx
      && top >= last.top - my && bottom <= last.bottom + my;
    if (!enough) this.draw(left, top, right, bottom);
  }

  draw(left, top, right, bottom) {
    this.drawn = { left, top, right, bottom, k: this.k };
    const seen = { box: new Set(), piece: new Set(), tip: new Set() };
    for (let band = Math.floor(top / BAND); band <= Math.floor(bottom / BAND); band++) {
      for (const [kind, item] of this.bands.get(band) ?? []) {
        const x = item[kind === "tip" ? 3 : 2], far = { box: x + item[4], piece: item[4], tip: x }[kind];
        if (x <= right && far >= left) seen[kind].add(item);
      }
    }
    const parts = document.createDocumentFragment(), far = this.k < TEXT;
    const boxes = [...seen.box].filter((box) => !far || box[5] * this.k > 1);
    const around = boxes.filter((one) => one[6]);
    parts.append(...(far ? this.outlines(around) : around.map((box) => this.box(box))));
    parts.append(...this.nets([...seen.piece]));
    if (!far) for (const tip of seen.tip) parts.append(this.tip(tip));
    const closed = boxes.filter((one) => !one[6]);
    parts.append(...(far ? this.outlines(closed) : closed.map((box) => this.box(box))));
    this.world.replaceChildren(parts);
  }

  nets(pieces) {
    const paths = ["", ""];
    for (const [frame, net, x, y, toX, toY] of pieces) {
      paths[this.frames[frame].nets[net][3]] += `M${x} ${y}${y === toY ? `H${toX}` : `V${toY}`}`;
    }
    return paths.map((d, dashed) => element("path", { class: dashed ? "net dashed" : "net", d }));
  }

  tip([, , , x, y, right, down]) {
    const bx = x - right * 7, by = y - down * 7;
    return element("path", { class: "tip", d: `M${x} ${y}L${bx - down * 3} ${by - right * 3}L${bx + down * 3} ${by + right * 3}Z` });
  }

  /** Many small boxes as one path for each kind. */
  outlines(boxes) {
    const kinds = new Map();
    for (const [frame, number, x, y, width, height, isOpen] of boxes) {
      const kind = isOpen ? "frame" : this.frames[frame].boxes[number].kind;
      kinds.set(kind, `${kinds.get(kind) ?? ""}M${x} ${y}h${width}v${height}h${-width}z`);
    }
    return [...kinds].map(([kind, d]) => {
      const group = element("g", { class: kind });
      group.append(element("path", { class: "outline", d }));
      return group;
    });
  }

  box([frame, number, x, y, width, height, isOpen]) {
    const box = this.frames[frame].boxes[number], at = `${frame} ${number}`;
    const marked = this.marked === at ? " marked" : "";
    const group = element("g", { class: (isOpen ? "frame" : box.kind) + marked, "data-at": at });
    group.append(element("title", {}, box.path));
    const lines = isOpen ? [] : box.text, middle = x + Math.floor(width / 2);
    const round = !isOpen && lines.length === 1 && [...lines[0]].length === 1 && width === height;
    const pill = round ? width / 2 : (box.kind === "end" || box.kind === "join") && lines.length === 1 ? height / 2 : CLOSE;
    if (box.times > 1 && !isOpen) {
      group.append(element("rect", { class: "more", x: x + 4, y: y + 4, width, height, rx: pill }));
    }
    group.append(element("rect", { x, y, width, height, rx: isOpen ? 6 : pill }));
    if (isOpen) {
      group.append(element("path", { class: "head", d: `M${x} ${y + 20}h${width}` }));
      group.append(element("text", { class: "b", x: middle, y: y + 14 }, box.heading));
    }
    let line = y + Math.floor((height - 15 - 13 * (lines.length - 1)) / 2) + 12;
    lines.forEach((text, place) => {
      group.append(element("text", { x: middle, y: line, ...(place ? { class: "s" } : {}) }, text));
      line += 13;
    });
    if (box.frame >= 0) {
      const sign = element("text", { class: "fold", x: x + width - 9, y: y + 14, "data-fold": at }, isOpen ? "−" : "+");
      group.append(sign);
    }
    return group;
  }

  mark(frame, number) {
    this.marked = `${frame} ${number}`;
    this.drawn = null;
    this.show();
  }

  /** Bring a box into the middle. */
  center(frame, number) {
    const box = this.placed.get(`${frame} ${number}`);
    if (!box) return;
    this.k = Math.max(this.k, 0.8);
    this.x = this.svg.clientWidth / 2 - (box[2] + box[4] / 2) * this.k;
    this.y = this.svg.clientHeight / 2 - (box[3] + Math.min(box[5], 200) / 2) * this.k;
    this.show();
  }

  fit() {
    const wide = this.svg.clientWidth || 1200, high = this.svg.clientHeight || 800;
    this.k = Math.min(1.5, (wide - 40) / this.layout.width, (high - 40) / this.layout.height);
    this.x = (wide - this.layout.width * this.k) / 2;
    this.y = 20;
    this.show();
  }

  zoom(factor, x = this.svg.clientWidth / 2, y = this.svg.clientHeight / 2) {
    const k = Math.min(6, Math.max(0.01, this.k * factor));
    this.x = x - (x - this.x) * k / this.k;
    this.y = y - (y - this.y) * k / this.k;
    this.k = k;
    this.show();
  }

  pan(x, y) {
    this.x += x;
    this.y += y;
    this.show();
  }

  listen() {
    let held = null, moved = false;
    this.svg.addEventListener("pointerdown", (event) => {
      held = [event.clientX, event.clientY];
      moved = false;
    });
    this.svg.addEventListener("pointermove", (event) => {
      if (!held || !(event.buttons & 1)) return;
      const [x, y] = held;
      if (!moved && Math.hypot(event.clientX - x, event.clientY - y) < CLOSE) return;
      moved = true;
      held = [event.clientX, event.clientY];
      this.pan(event.clientX - x, event.clientY - y);
    });
    this.svg.addEventListener("pointerup", () => { held = null; });
    this.svg.addEventListener("wheel", (event) => {
      event.preventDefault();
      const around = this.svg.getBoundingClientRect();
      if (event.ctrlKey || event.metaKey) this.zoom(Math.exp(-event.deltaY / 200), event.clientX - around.x, event.clientY - around.y);
      else this.pan(-event.deltaX, -event.deltaY);
    }, { passive: false });
    this.svg.addEventListener("click", (event) => {
      const group = event.target.closest("[data-at]");
      if (moved || !group) return;
      const [frame, number] = group.dataset.at.split(" ").map(Number);
      this.chosen(frame, number, Boolean(event.target.closest("[data-fold]")) || event.detail === 2);
    });
  }
}
