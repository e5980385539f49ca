// The dialog: what is bundled, the source of a block, fixes, links.
import { by, element } from "./dom.js";

export function dialog(title, ...children) {
  by("dialog-title").textContent = title;
  by("dialog-body").replaceChildren(...children);
  if (!by("dialog").open) by("dialog").showModal();
}

export function close() {
  by("dialog").close();
}

/** The text of a file that ships with archspec, with a line of it marked. */
export function source({ file, text, range: [from] }) {
  const before = text.slice(0, from).split("\n").length - 1;
  const lines = text.split("\n").map((line, index) => element("span", { class: index === before ? "marked" : null }, `${line}\n`));
  dialog(`${file}.yaml`, element("pre", {}, ...lines));
  by("dialog-body").querySelector(".marked")?.scrollIntoView({ block: "center" });
}

/** Bundled specs and blocks, to open, or to start from. */
export function choose({ spec, block }, { open, extend }) {
  const search = element("input", { type: "search", placeholder: "resnet, vit, unet …", "aria-label": "Search" });
  const list = element("ul", { class: "bundled" });
  const item = (name, family, kind) => element("li", {},
    element("button", { type: "button", onclick: () => (close(), open(kind, name)) }, name),
    element("small", {}, family),
    kind === "spec" ? element("button", {
      type: "button", class: "minor", title: `A spec of your own that extends ${name}`, onclick: () => (close(), extend(name)),
    }, "extend") : null);
  const all = [...spec.map(([name, family]) => [name, family, "spec"]), ...block.map((name) => [name, "block", "block"])];
  const shown = () => {
    const words = search.value.toLowerCase().split(/\s+/);
    const found = all.filter(([name, family]) => words.every((word) => `${family} ${name}`.toLowerCase().includes(word)));
    list.replaceChildren(...found.map((one) => item(...one)));
    if (!found.length) list.append(element("li", { class: "empty" }, "Nothing has that name."));
  };
  search.oninput = shown;
  search.onkeydown = (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    list.querySelector("button")?.click();
  };
  shown();
  dialog("Open", search, list);
  search.focus();
}
