// The page: a text, and around it what archspec says of it. Typing never waits for an answer, and an answer to a text
// that has changed meanwhile is dropped.
import { by, element } from "./dom.js";
import { editor as editorIn } from "./editor.js";
import { pack, unpack } from "./link.js";
import { choose, close, dialog, source } from "./opening.js";
import { load, Pool } from "./pool.js";
import { fields, problems, show } from "./views.js";

const FIRST = "resnet18"; // the network that one sees first

const state = { start: "", from: "", params: {}, size: "", levels: null, view: "picture", known: null, stopped: null, ready: false };
let pool = null;
let work = Promise.resolve();

const editor = editorIn(by("editor"), {
  ask: (question) => ask(question),
  changed: () => check(),
  defined: (place) => (place.file ? source(place) : editor.show(place.range)),
  mended: () => mend(),
});

/** The answer to a question about the text as it is; null where that came too late, or did not come. */
async function ask(question) {
  const text = editor.text;
  if (!pool || state.stopped === text) return null;
  const answer = await pool.ask({ ...question, text });
  return editor.text === text ? answer : null;
}

async function check() {
  if (!pool) return;
  const { params, size, levels, start, view } = state;
  const began = performance.now();
  const answer = await ask({ ask: "check", params, size, levels, start, views: [view] });
  if (!answer) return;
  if (answer.error) return told(`A fault of archspec itself, please report it: ${answer.error}`, "failed");
  state.known = answer;
  editor.tell(answer);
  problems(answer, editor, ask);
  fields(answer, state, check);
  render();
  told(state.ready ? `${Math.round(performance.now() - began)} ms` : "");
}

function render() {
  for (const name of ["picture", "summary", "changes"]) {
    const tab = by(`tab-${name}`);
    tab.setAttribute("aria-selected", String(state.view === name));
    tab.tabIndex = state.view === name ? 0 : -1;
  }
  by("view").setAttribute("aria-labelledby", `tab-${state.view}`);
  show(state, editor);
}

function told(text, kind = "") {
  by("status").textContent = text;
  by("status").className = kind;
}

async function mend() {
  const { from, to } = editor.view.state.selection.main;
  const line = editor.view.state.doc.lineAt(from);
  const found = await ask({ ask: "mend", range: [line.from, Math.max(line.to, to)] });
  const actions = found?.actions ?? [];
  if (!actions.length) return told("Nothing to fix in this line");
  const list = actions.map(({ title, edits }) =>
    element("button", { type: "button", onclick: () => (close(), editor.edit(edits)) }, title));
  dialog("Fixes", element("div", { class: "choices" }, ...list));
}

/** Begin with a text: what follows is compared with it. */
function begin({ text, from = "", params = {}, size = "", start = text }) {
  Object.assign(state, { start: start.replace(/\r\n?/g, "\n"), from, params, size, known: null });
  by("fields").replaceChildren();
  editor.text = text;
  document.title = `${from || "spec"} · archspec playground`;
  check();
}

async function bundled(kind, name) {
  const found = await pool.ask({ ask: "bundled", kind, name });
  if (found?.text === undefined) return;
  begin({ text: found.text, from: kind === "spec" ? name : "" });
}

async function opened() {
  const found = await pool.ask({ ask: "bundled" });
  if (!found?.spec) return;
  choose(found, {
    open: bundled,
    extend: (name) => begin({ text: `archspec: 1\nname: my_${name}\nextends: ${name}\n` }),
  });
}

async function share() {
  const { from, params, size } = state;
  const fragment = `s=${await pack({ text: editor.text, from, params, size })}`;
  history.replaceState(null, "", `#${fragment}`);
  const field = element("input", { type: "text", readonly: true, value: location.href, "aria-label": "Link" });
  dialog("Share", element("p", {}, "This link holds the spec itself. It is kept nowhere else."), field);
  field.select();
  const copied = await navigator.clipboard?.writeText(location.href).then(() => true, () => false);
  if (copied) field.before(element("p", { class: "done" }, "Copied to the clipboard."));
}

/** The spec that a link holds, if it is one. */
async function linked() {
  const packed = new URLSearchParams(location.hash.slice(1)).get("s");
  if (!packed) return false;
  try {
    const found = await unpack(packed);
    const base = found.from ? await pool.ask({ ask: "bundled", kind: "spec", name: found.from }) : null;
    begin({ ...found, from: base?.text ? found.from : "", start: base?.text ?? found.text });
    return true;
  } catch (error) {
    dialog("This link cannot be opened", element("p", {}, `It is damaged or cut off: ${error.message}.`));
    return false;
  }
}

function download(text, suffix, type) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const name = (state.known?.name ?? "").replace(/[^\w-]/g, "") || "spec";
  element("a", { href: url, download: `${name}.${suffix}` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

function failed(reason) {
  told(`archspec cannot start here: ${reason}`, "failed");
  by("progress").hidden = true;
  by("count").textContent = "Not checked";
  document.body.dataset.state = "failed";
}

async function ready() {
  by("progress").hidden = true;
  if (state.ready) return;
  state.ready = true;
  if (!(await linked())) {
    if (editor.text) begin({ text: editor.text });
    else await bundled("spec", FIRST);
  }
  document.body.dataset.state = "ready";
}

function hung({ ask: kind, text }) {
  if (kind === "check" || kind === "complete") state.stopped = text;
  told("This took more than 3 s and was stopped. Change the spec to check it again.", "failed");
}

by("open").onclick = opened;
by("share").onclick = share;
by("yaml").onclick = () => download(editor.text, "yaml", "application/yaml");
by("svg").onclick = async () => {
  const { params, size, levels } = state;
  const found = await ask({ ask: "check", params, size, levels, views: ["picture"] });
  if (found?.network) download(found.network.picture.svg, "svg", "image/svg+xml");
};
by("html").onclick = async () => {
  const found = await ask({ ask: "html" });
  if (found?.html) download(found.html, "html", "text/html");
};
by("levels").onchange = () => {
  const { value } = by("levels");
  state.levels = value === "" ? null : Number(value);
  check();
};
by("fields").onsubmit = (event) => event.preventDefault();
const tabs = ["picture", "summary", "changes"];
for (const name of tabs) {
  by(`tab-${name}`).onclick = () => (state.view = name, render(), check());
  by(`tab-${name}`).onkeydown = ({ key }) => {
    const step = { ArrowRight: 1, ArrowLeft: tabs.length - 1 }[key];
    if (!step) return;
    const next = by(`tab-${tabs[(tabs.indexOf(name) + step) % tabs.length]}`);
    next.click();
    next.focus();
  };
}
addEventListener("hashchange", linked);

render();
load((part) => (by("progress").value = part))
  .then((parts) => {
    told("Starting Python…");
    by("progress").removeAttribute("value");
    pool = new Pool(parts, { ready, failed, hung });
  })
  .catch((error) => failed(error.message));
