// The page: search, folds, the panel of a node, bars, the table, and the tree that keyboards and screen readers use.
"use strict";

const get = (id) => document.getElementById(id);

/** The network, which lies in the page packed. */
async function unpacked() {
  const bytes = Uint8Array.from(atob(get("network").textContent), (character) => character.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).json();
}

const { frames, nodes, rows, bars, start } = await unpacked();
const opened = new Set(start), ROW = 24, SHOWN = 300;
/** Every box, by its path; the frame that each frame's box stands in. */
const boxes = new Map(), holders = new Map();
frames.forEach((frame, number) => frame.boxes.forEach((box, place) => {
  boxes.set(box.path, [number, place]);
  if (box.frame >= 0) holders.set(box.frame, [number, place]);
  for (const path of box.nodes) if (!boxes.has(path)) boxes.set(path, [number, place]);
}));
const boxAt = ([frame, number]) => frames[frame].boxes[number];
const labelOf = (box) => [box.path, ...box.text].join(", ");

function html(name, attributes = {}, ...children) {
  const found = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) found.setAttribute(key, value);
  found.append(...children);
  return found;
}

const view = new View(get("picture"), frames, opened, (frame, number, fold) => (fold ? toggle : choose)(frame, number));

function toggle(frame, number) {
  const box = frames[frame].boxes[number];
  if (box.frame < 0) return;
  if (!opened.delete(box.frame)) opened.add(box.frame);
  view.arrange(frame, number, holders);
  tree.update();
}

function choose(frame, number, center = false) {
  const box = frames[frame].boxes[number];
  history.replaceState(null, "", `#${encodeURIComponent(box.path)}`);
  view.mark(frame, number);
  if (center) view.center(frame, number);
  tree.select(box.path);
  panel(box);
}

/** Open what is around a box, and show it. */
function reveal(path) {
  const at = boxes.get(path) ?? boxes.get([...boxes.keys()].find((other) => other.startsWith(`${path}.`)));
  if (!at) return false;
  let [frame] = at, changed = false;
  while (holders.has(frame)) {
    changed ||= !opened.has(frame);
    opened.add(frame);
    [frame] = holders.get(frame);
  }
  if (changed) view.arrange();
  tree.update();
  choose(...at, true);
  return true;
}

function panel(box) {
  const parts = [html("h2", {}, box.path)];
  const copy = (text) => {
    const button = html("button", { type: "button", "aria-label": `copy ${text}` }, "copy");
    button.addEventListener("click", () => navigator.clipboard?.writeText(text));
    return button;
  };
  for (const path of box.nodes.length ? box.nodes : [box.path]) {
    const node = nodes[path];
    if (!node) continue;
    if (box.nodes.length > 1) parts.push(html("h3", {}, path));
    const list = html("dl");
    for (const [name, value] of node.facts) list.append(html("dt", {}, name), html("dd", {}, value));
    parts.push(list);
    for (const [key, shape] of node.keys) {
      parts.push(html("p", { class: "key" }, html("code", {}, key), ` ${shape} `, copy(key)));
    }
    if (node.lines) parts.push(html("pre", { "aria-label": node.lines[0] }, node.lines[1]), html("p", {}, node.lines[0]));
  }
  if (box.frame >= 0) {
    const at = boxes.get(box.path);
    const fold = html("button", { type: "button" }, opened.has(box.frame) ? "fold" : "unfold");
    fold.addEventListener("click", () => {
      toggle(...at);
      panel(box);
    });
    parts.push(fold);
  }
  get("panel").replaceChildren(...parts);
}

/** The boxes that are not in a folded one, a row each; only those in view are in the document. */
class Tree {
  constructor(list) {
    this.list = list;
    this.rows = [];
    this.at = 0;
    list.addEventListener("scroll", () => this.draw());
    list.addEventListener("keydown", (event) => this.key(event));
    list.addEventListener("click", (event) => {
      const row = event.target.closest("[data-row]");
      if (row) this.go(Number(row.dataset.row));
    });
    this.update();
  }

  update() {
    this.rows = [];
    const walk = (frame, level) => frames[frame].boxes.forEach((box, number) => {
      this.rows.push([frame, number, level]);
      if (box.frame >= 0 && opened.has(box.frame)) walk(box.frame, level + 1);
    });
    walk(0, 1);
    this.draw();
  }

  draw() {
    const first = Math.max(0, Math.floor(this.list.scrollTop / ROW) - 5);
    const last = Math.min(this.rows.length, first + Math.ceil((this.list.clientHeight || 400) / ROW) + 10);
    const items = [];
    for (let row = first; row < last; row++) {
      const [frame, number, level] = this.rows[row], box = frames[frame].boxes[number];
      const item = html("li", {
        role: "treeitem", id: `row${row}`, "data-row": row, "aria-level": level, "aria-setsize": this.rows.length,
        "aria-posinset": row + 1, "aria-selected": row === this.at, "aria-label": labelOf(box),
      }, `${box.frame >= 0 ? (opened.has(box.frame) ? "▾ " : "▸ ") : ""}${box.heading || box.text[0]}`);
      if (box.frame >= 0) item.setAttribute("aria-expanded", opened.has(box.frame));
      item.style.top = `${row * ROW}px`;
      item.style.paddingLeft = `${level * 12}px`;
      items.push(item);
    }
    const end = html("li", { role: "presentation", class: "end" });
    end.style.top = `${this.rows.length * ROW}px`;
    this.list.replaceChildren(...items, end);
    this.list.setAttribute("aria-activedescendant", `row${this.at}`);
  }

  select(path) {
    const found = this.rows.findIndex(([frame, number]) => frames[frame].boxes[number].path === path);
    if (found < 0) return;
    this.at = found;
    const top = found * ROW;
    if (top < this.list.scrollTop || top > this.list.scrollTop + this.list.clientHeight - ROW) this.list.scrollTop = top - 60;
    this.draw();
  }

  go(row) {
    this.at = Math.min(this.rows.length - 1, Math.max(0, row));
    const [frame, number] = this.rows[this.at];
    choose(frame, number, true);
  }

  key(event) {
    const [frame, number] = this.rows[this.at], box = frames[frame].boxes[number];
    const isOpen = box.frame >= 0 && opened.has(box.frame);
    const steps = { ArrowDown: this.at + 1, ArrowUp: this.at - 1, Home: 0, End: this.rows.length - 1 };
    if (event.key in steps) this.go(steps[event.key]);
    else if (event.key === "Enter" || event.key === " ") toggle(frame, number);
    else if (event.key === "ArrowRight" && box.frame >= 0) isOpen ? this.go(this.at + 1) : toggle(frame, number);
    else if (event.key === "ArrowLeft" && isOpen) toggle(frame, number);
    else if (event.key === "ArrowLeft" && holders.has(frame)) choose(...holders.get(frame), true);
    else return;
    event.preventDefault();
  }
}

const tree = new Tree(get("tree"));

/** A table that sorts by the column whose head is pressed. */
function table() {
  const heads = ["path", "layer", "output", "parameters", "MACs"];
  let by = -1, down = false;
  const body = html("tbody"), more = html("p");
  const fill = () => {
    const found = by < 0 ? [...rows] : [...rows].sort(([...a], [...b]) => {
      const order = typeof a[by] === "number" && typeof b[by] === "number" ? a[by] - b[by] : String(a[by]).localeCompare(String(b[by]));
      return down ? -order : order;
    });
    body.replaceChildren(...found.slice(0, SHOWN).map((row) => {
      const link = html("a", { href: `#${encodeURIComponent(row[0])}` }, row[0]);
      return html("tr", {}, html("td", {}, link), ...row.slice(1).map((value) => html("td", {}, value.toLocaleString("en"))));
    }));
    more.textContent = found.length > SHOWN ? `and ${found.length - SHOWN} more` : "";
  };
  const row = html("tr", {}, ...heads.map((name, number) => {
    const button = html("button", { type: "button" }, name), head = html("th", { scope: "col", "aria-sort": "none" }, button);
    button.addEventListener("click", () => {
      down = by === number ? !down : number > 2;
      by = number;
      for (const other of row.children) other.setAttribute("aria-sort", "none");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      fill();
    });
    return head;
  }));
  fill();
  get("table").append(html("table", {}, html("caption", {}, "Layers"), html("thead", {}, row), body), more);
}

/** Bars of the parts of the network. */
function charts() {
  for (const [place, name] of ["parameters", "MACs", "activations"].entries()) {
    const sum = bars.reduce((total, bar) => total + bar[place + 1], 0);
    if (!sum) continue;
    const list = html("ul", { "aria-label": name });
    for (const bar of bars.filter((one) => one[place + 1])) {
      const share = bar[place + 1] / sum;
      const said = `${bar[0]}: ${bar[place + 1].toLocaleString("en")} (${(100 * share).toFixed(1)} %)`;
      list.append(html("li", {}, html("meter", { value: share, min: 0, max: 1, "aria-label": said }), ` ${said}`));
    }
    get("bars").append(html("section", {}, html("h2", {}, name), list));
  }
}

function search() {
  const words = get("search").value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const found = [];
  for (const [path, at] of words.length ? boxes : []) {
    const text = `${path} ${boxAt(at).text.join(" ")}`.toLowerCase();
    if (words.every((word) => text.includes(word))) found.push(path);
  }
  get("found").replaceChildren(...found.slice(0, 50).map((path) => {
    const button = html("button", { type: "button" }, path);
    button.addEventListener("click", () => reveal(path));
    return html("li", {}, button);
  }));
  get("count").textContent = words.length ? `${found.length} found` : "";
  return found;
}

get("search").addEventListener("input", search);
get("search").addEventListener("keydown", (event) => {
  if (event.key === "Enter") search().slice(0, 1).forEach(reveal);
});
const actions = {
  fit: () => view.fit(), in: () => view.zoom(1.25), out: () => view.zoom(0.8), print: () => window.print(),
  fold: () => { opened.clear(); view.arrange(); tree.update(); view.fit(); },
  unfold: () => { for (const frame of holders.keys()) opened.add(frame); view.arrange(); tree.update(); view.fit(); },
};
for (const [id, action] of Object.entries(actions)) get(id).addEventListener("click", action);
document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, [role=tree]") || event.ctrlKey || event.metaKey || event.altKey) return;
  const keys = { "/": () => get("search").focus(), f: actions.fit, "+": actions.in, "-": actions.out };
  if (!keys[event.key]) return;
  event.preventDefault();
  keys[event.key]();
});
get("picture").addEventListener("keydown", (event) => {
  const steps = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
  if (steps[event.key]) {
    event.preventDefault();
    view.pan(...steps[event.key]);
  }
});
window.addEventListener("hashchange", () => reveal(decodeURIComponent(location.hash.slice(1))));
window.addEventListener("resize", () => view.show());
window.addEventListener("beforeprint", () => {
  get("picture").setAttribute("viewBox", `-10 -10 ${view.layout.width + 20} ${view.layout.height + 20}`);
  view.world.removeAttribute("transform");
  view.k = 1;
  view.draw(-Infinity, 0, Infinity, view.layout.height);
});
window.addEventListener("afterprint", () => {
  get("picture").removeAttribute("viewBox");
  view.fit();
});
table();
charts();
view.fit();
if (location.hash.length > 1) reveal(decodeURIComponent(location.hash.slice(1)));
document.body.dataset.ready = "yes";
