// Elements, made without markup: every text is data.
import { micromark } from "micromark";

export function element(tag, attributes = {}, ...children) {
  const found = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) found.addEventListener(name.slice(2), value);
    else if (value === true) found.setAttribute(name, "");
    else if (value !== false && value != null) found.setAttribute(name, value);
  }
  found.append(...children.filter((child) => child != null));
  return found;
}

/** Markdown as elements. Links, pictures and HTML in it stay text: nothing in a spec leads out of the page. */
export function markdown(text) {
  const disabled = ["labelStartImage", "labelStartLink", "autolink", "definition", "htmlFlow", "htmlText"];
  const found = element("div", { class: "markdown" });
  found.innerHTML = micromark(text, { extensions: [{ disable: { null: disabled } }] });
  return found;
}

export const by = (id) => document.getElementById(id);
