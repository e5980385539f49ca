// What is shown of an answer: findings, fields, and the network as picture, summary and changes.
import { by, element, markdown } from "./dom.js";
import { dialog } from "./opening.js";

const TRIED = 3; // findings whose remedies are looked for at once: each is tried

/** The findings below the editor, each with what can be done about it. */
export function problems(answer, editor, ask) {
  const errors = answer.problems.filter((one) => one.severity === "error").length;
  const warnings = answer.problems.length - errors;
  const counted = [[errors, "error"], [warnings, "warning"]].filter(([count]) => count);
  const words = counted.map(([count, word]) => `${count} ${word}${count > 1 ? "s" : ""}`).join(", ");
  by("count").textContent = (words || "No findings") + (answer.hidden ? `, and ${answer.hidden} more` : "");
  by("count").className = errors ? "error" : warnings ? "warning" : "sound";
  by("problems").replaceChildren(...answer.problems.map((one) => finding(one, answer, editor, ask)));
  const open = answer.problems.filter((one) => !one.fix).slice(0, TRIED);
  remedies(open, answer, editor, ask);
}

function finding(one, answer, editor, ask) {
  const line = editor.view.state.doc.lineAt(Math.min(one.range[0], editor.view.state.doc.length)).number;
  const [first, ...rest] = one.message.split("\n");
  const told = element("button", { type: "button", class: "place", onclick: () => editor.show(one.range) },
    element("span", { class: "line" }, `${line}`), element("span", {}, first));
  const page = async () => {
    const found = await ask({ ask: "rule", code: one.code });
    if (found?.page) dialog(one.code, markdown(found.page));
  };
  const actions = element("div", { class: "actions" });
  const item = element("li", { class: one.severity },
    told,
    element("button", { type: "button", class: "code", title: "What this rule means", onclick: page }, one.code),
    rest.length ? element("p", {}, rest.join("\n")) : null,
    ...one.related.map((at) => element("p", { class: "related" }, `${at.label || "here"}${at.file ? `, in ${at.file}` : ""}`)),
    actions);
  if (one.fix) actions.append(fixed(one.fix[2] ? `Replace with ${one.fix[2]}` : "Remove", [one.fix], editor));
  one.actions = actions;
  return item;
}

function fixed(title, edits, editor) {
  return element("button", { type: "button", onclick: () => editor.edit(edits) }, title);
}

async function remedies(open, answer, editor, ask) {
  for (const one of open) {
    await new Promise((resolve) => setTimeout(resolve, 250));
    if (!one.actions.isConnected) return;
    const found = await ask({ ask: "mend", range: one.range });
    if (!one.actions.isConnected) return;
    const own = (found?.actions ?? []).filter((action) => action.code === one.code);
    one.actions.append(...own.map(({ title, edits }) => fixed(title, edits, editor)));
  }
}

/** A field for each parameter and one for the input size: what is empty is as in the spec. */
export function fields(answer, state, check) {
  const form = by("fields");
  const wanted = [...answer.params, ["size", answer.network?.size ?? "", "Size of the input: 256, or 256,320, or H=256"]];
  const named = wanted.map(([name]) => name).join(" ");
  if (form.dataset.named !== named) {
    form.dataset.named = named;
    form.replaceChildren(...wanted.map(([name, , title], index) => field(name, title, index === answer.params.length, state, check)));
  }
  wanted.forEach(([name, value], index) => {
    const label = form.children[index];
    const input = label.querySelector("input");
    input.placeholder = value;
    const wrong = answer.refused[index === answer.params.length ? "size" : name] ?? "";
    input.setAttribute("aria-invalid", String(Boolean(wrong)));
    label.querySelector("small").textContent = wrong;
  });
  form.querySelector("output")?.remove();
  if (answer.given.length) form.append(element("output", {}, answer.given.join("\n")));
}

function field(name, title, isSize, state, check) {
  const value = isSize ? state.size : state.params[name] ?? "";
  const input = element("input", { type: "text", value, title, autocomplete: "off", spellcheck: "false" });
  input.oninput = () => {
    if (isSize) state.size = input.value;
    else if (input.value.trim()) state.params[name] = input.value;
    else delete state.params[name];
    check();
  };
  return element("label", {}, element("span", {}, isSize ? "input size" : name), input, element("small", { role: "alert" }));
}

/** The network, in the view that is chosen; while the text is broken, as it was last. */
export function show(state, editor) {
  const { known, view } = state;
  const network = known?.network;
  const panel = by("view");
  panel.classList.toggle("old", Boolean(known?.old));
  by("totals").textContent = network ? network.totals : "";
  by("html").disabled = by("svg").disabled = !network;
  by("levels").parentElement.hidden = view !== "picture";
  if (!network) return panel.replaceChildren(element("p", { class: "empty" }, known ? "The network shows here once the spec is sound." : ""));
  if (view === "picture" && network.picture) picture(panel, network.picture);
  if (view === "summary" && network.rows) summary(panel, network, editor);
  if (view === "changes" && known.changes !== undefined) changes(panel, known.changes, state.from);
}

/** The picture, an SVG whose text is data: its styles go into a shadow root, where they need no permission. */
function picture(panel, { svg }) {
  let frame = panel.querySelector(".picture");
  if (!frame) {
    frame = element("div", { class: "picture" });
    frame.attachShadow({ mode: "open" });
    panel.replaceChildren(frame);
  }
  const [, style] = svg.match(/<style>([^<]*)<\/style>/);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`svg { max-width: 100%; height: auto; display: block; margin: auto } ${style}`);
  frame.shadowRoot.adoptedStyleSheets = [sheet];
  const bare = svg.replace(`<style>${style}</style>`, "");
  frame.shadowRoot.replaceChildren(new DOMParser().parseFromString(bare, "image/svg+xml").documentElement);
}

function summary(panel, { rows, hidden }, editor) {
  const head = ["layer", "op", "output", "parameters", "MACs"].map((text, index) =>
    element("th", { scope: "col", class: index > 2 ? "number" : null }, text));
  const at = (row) => Math.min(row.at, editor.view.state.doc.length); // the text may be another by now
  const body = rows.map((row) => {
    const name = row.depth === 0 ? row.path : row.path.split(" … ").map((part) => part.split(".").pop()).join(" … ");
    const label = row.at === null ? element("span", {}, name)
      : element("button", { type: "button", title: row.path, onclick: () => editor.show([at(row), at(row)]) }, name);
    const op = (row.times > 1 ? `${row.op} × ${row.times}` : row.op) + (row.note && !row.leaf ? ` (${row.note})` : "");
    return element("tr", { class: row.leaf ? "leaf" : "scope", "data-depth": Math.min(row.depth, 8) },
      element("th", { scope: "row" }, label), element("td", {}, op), element("td", {}, row.shape),
      element("td", { class: "number" }, row.params), element("td", { class: "number" }, row.macs));
  });
  const table = element("table", {}, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...body));
  panel.replaceChildren(table, hidden ? element("p", { class: "empty" }, `and ${hidden} rows more`) : "");
}

function changes(panel, text, from) {
  const what = from || "what you started from";
  if (!text) return panel.replaceChildren(element("p", { class: "empty" }, `The same network as ${what}.`));
  panel.replaceChildren(element("pre", { class: "drawing" }, text));
}
