// The editor: CodeMirror, and what archspec knows of the text in it.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, snippet } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import {
  bracketMatching, foldGutter, foldKeymap, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting,
} from "@codemirror/language";
import { lintGutter, lintKeymap, nextDiagnostic, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState, StateEffect, StateField } from "@codemirror/state";
import {
  Decoration, drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, hoverTooltip, keymap,
  lineNumbers, tooltips, WidgetType,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { element, markdown } from "./dom.js";

const TRIGGERS = /[\w$.:\-{[, ]$/;
const KINDS = {
  key: "property", op: "function", value: "enum", variable: "variable", function: "method", reference: "constant",
  file: "text", code: "keyword",
};

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--key)" },
  { tag: [tags.string, tags.content], color: "var(--text)" },
  { tag: [tags.number, tags.bool, tags.null, tags.keyword], color: "var(--value)" },
  { tag: tags.comment, color: "var(--quiet)", fontStyle: "italic" },
  { tag: [tags.punctuation, tags.separator, tags.bracket, tags.brace, tags.squareBracket], color: "var(--quiet)" },
]);

const look = EditorView.theme({
  "&": { height: "100%", fontSize: "13.5px", color: "var(--text)", backgroundColor: "var(--page)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.6" },
  ".cm-content": { caretColor: "var(--accent)", padding: "8px 0" },
  ".cm-cursor": { borderLeftColor: "var(--accent)", borderLeftWidth: "2px" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--selection)",
  },
  ".cm-gutters": { backgroundColor: "var(--page)", color: "var(--quiet)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--line)" },
  ".cm-hint": { color: "var(--quiet)", fontSize: "0.88em", paddingLeft: "1.2em", fontFamily: "var(--sans)" },
  ".cm-hint-projection": { color: "var(--accent)" },
  ".cm-hint-value": { paddingLeft: "0.4em" },
  ".cm-lens": { color: "var(--quiet)", fontSize: "0.84em", fontFamily: "var(--sans)", paddingLeft: "6px" },
  ".cm-word": { color: "var(--value)" },
  ".cm-tooltip": {
    backgroundColor: "var(--raised)", color: "var(--text)", border: "1px solid var(--edge)", borderRadius: "8px",
    boxShadow: "var(--shadow)", overflow: "hidden", maxWidth: "min(560px, 92vw)", fontFamily: "var(--sans)",
  },
  ".cm-tooltip .markdown": { padding: "2px 12px", maxHeight: "320px", overflow: "auto", fontSize: "13px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", maxHeight: "260px" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { background: "var(--accent)", color: "var(--on-accent)" },
  ".cm-completionDetail": { color: "var(--quiet)", fontStyle: "normal", marginLeft: "1.2em" },
  ".cm-tooltip-autocomplete ul li[aria-selected] .cm-completionDetail": { color: "inherit" },
  ".cm-completionInfo": { padding: "0", maxHeight: "340px", overflow: "auto" },
  ".cm-diagnostic": { fontFamily: "var(--sans)", fontSize: "13px", whiteSpace: "pre-line", padding: "6px 12px" },
  ".cm-diagnostic-error": { borderLeft: "4px solid var(--error)" },
  ".cm-diagnostic-warning": { borderLeft: "4px solid var(--warning)" },
  ".cm-diagnosticAction": {
    backgroundColor: "var(--accent)", color: "var(--on-accent)", borderRadius: "5px", padding: "2px 8px", font: "inherit",
  },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--error) 1.5px" },
  ".cm-lintRange-warning": { backgroundImage: "none", textDecoration: "underline wavy var(--warning) 1.5px" },
  ".cm-lint-marker": { width: "0.8em", height: "0.8em" },
  ".cm-panels": { backgroundColor: "var(--raised)", color: "var(--text)", borderColor: "var(--edge)" },
  ".cm-panel button, .cm-panel input": {
    backgroundImage: "none", backgroundColor: "var(--page)", color: "var(--text)", border: "1px solid var(--edge)",
    borderRadius: "5px",
  },
  ".cm-foldPlaceholder": { backgroundColor: "var(--line)", border: "none", color: "var(--quiet)", padding: "0 6px" },
  ".cm-matchingBracket": { backgroundColor: "var(--selection) !important", outline: "none" },
});

// What stands beside and above the text: it moves with it until the next answer.
class Words extends WidgetType {
  constructor(text, title, kind) {
    super();
    Object.assign(this, { text, title, kind });
  }
  eq(other) {
    return other.text === this.text && other.kind === this.kind && other.title === this.title;
  }
  toDOM() {
    const tag = this.kind === "lens" ? "div" : "span";
    const name = this.kind === "lens" ? "cm-lens" : `cm-hint cm-hint-${this.kind}`;
    return element(tag, { class: name, title: this.title || null }, this.text);
  }
  ignoreEvent() {
    return true;
  }
}

const told = StateEffect.define();
const beside = StateField.define({
  create: () => Decoration.none,
  update(decorations, transaction) {
    for (const effect of transaction.effects) if (effect.is(told)) return effect.value;
    return decorations.map(transaction.changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});

function decorations(doc, { hints, lenses, tokens }) {
  const found = [
    ...hints.map(([at, text, title, kind]) => Decoration.widget({ widget: new Words(text, title, kind), side: 1 }).range(at)),
    ...lenses.map(([at, text]) =>
      Decoration.widget({ widget: new Words(text, "", "lens"), block: true, side: -1 }).range(doc.lineAt(at).from)),
    ...tokens.filter(([from, to]) => from < to).map(([from, to]) => Decoration.mark({ class: "cm-word" }).range(from, to)),
  ];
  return Decoration.set(found, true);
}

/** An editor in a shadow root, whose styles need no permission of the page. `ask` puts questions about its text. */
export function editor(parent, { ask, changed, defined, mended }) {
  const root = parent.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [];
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(":host { display: block; min-height: 0 } .cm-editor { height: 100% } .markdown pre { white-space: pre-wrap }");
  root.adoptedStyleSheets.push(sheet);

  async function complete(context) {
    if (!context.explicit && !TRIGGERS.test(context.state.sliceDoc(Math.max(0, context.pos - 1), context.pos))) return null;
    const found = await ask({ ask: "complete", at: context.pos });
    if (!found?.options?.length || context.aborted) return null;
    const from = Math.min(...found.options.map((one) => one.range[0]));
    return {
      from,
      to: Math.max(...found.options.map((one) => one.range[1])),
      options: found.options.map((one, index) => ({
        label: one.label,
        type: KINDS[one.kind],
        detail: one.detail || undefined,
        sortText: String(index).padStart(5, "0"),
        info: one.page ? () => markdown(one.page) : undefined,
        apply: one.snippet ? snippet(one.snippet) : one.text,
      })),
      validFor: /^[\w$.]*$/,
    };
  }

  async function hover(view, at) {
    const found = await ask({ ask: "hover", at });
    if (!found?.page || found.range[1] > view.state.doc.length) return null;
    return { pos: found.range[0], end: found.range[1], above: true, create: () => ({ dom: markdown(found.page) }) };
  }

  async function define(view, at) {
    const found = await ask({ ask: "define", at });
    const [place] = found?.places ?? [];
    if (place) defined(place);
  }

  const view = new EditorView({
    root,
    parent: root,
    extensions: [
      lineNumbers(), foldGutter(), lintGutter(), history(), drawSelection(), indentOnInput(), bracketMatching(),
      closeBrackets(), highlightActiveLine(), highlightActiveLineGutter(), highlightSelectionMatches(), yaml(),
      indentUnit.of("  "), EditorState.tabSize.of(2), syntaxHighlighting(colours), look, beside,
      tooltips({ position: "fixed" }), autocompletion({ override: [complete], icons: false }), hoverTooltip(hover, { hoverTime: 250 }),
      EditorView.contentAttributes.of({ "aria-label": "Spec, in YAML", spellcheck: "false" }),
      EditorView.updateListener.of((update) => update.docChanged && changed()),
      EditorView.domEventHandlers({
        mousedown(event, view) {
          const at = view.posAtCoords({ x: event.clientX, y: event.clientY });
          if (!(event.ctrlKey || event.metaKey) || at === null) return false;
          define(view, at);
          return true;
        },
        // Typed over a selection: a browser would keep the style of what was there as one of the element.
        beforeinput(event, view) {
          const { from, to, empty } = view.state.selection.main;
          if (event.inputType !== "insertText" || event.data === null || empty || view.composing) return false;
          event.preventDefault();
          const typed = { userEvent: "input.type", scrollIntoView: true };
          const insert = () => view.state.update(view.state.replaceSelection(event.data), typed);
          const handlers = view.state.facet(EditorView.inputHandler);
          if (!handlers.some((handle) => handle(view, from, to, event.data, insert))) view.dispatch(insert());
          return true;
        },
      }),
      keymap.of([
        { key: "F12", run: (view) => (define(view, view.state.selection.main.head), true) },
        { key: "Mod-.", run: () => (mended(), true) },
        { key: "Alt-Enter", run: () => (mended(), true) },
        { key: "F8", run: nextDiagnostic },
        ...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, ...completionKeymap,
        ...lintKeymap, indentWithTab,
      ]),
    ],
  });

  return {
    view,
    get text() {
      return view.state.doc.toString();
    },
    /** Have another text, as one step that can be undone. */
    set text(text) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text }, selection: { anchor: 0 } });
    },
    edit(edits) {
      view.dispatch({ changes: edits.map(([from, to, insert]) => ({ from, to, insert })), userEvent: "input.fix" });
      view.focus();
    },
    show([from, to]) {
      view.dispatch({ selection: { anchor: from, head: to }, effects: EditorView.scrollIntoView(from, { y: "center" }) });
      view.focus();
    },
    /** Show what is known of the text as it is. */
    tell(answer) {
      const problems = answer.problems.map(({ range: [from, to], severity, message, code, fix }) => ({
        from, to, severity, message: `${message}`, source: code,
        actions: fix ? [{ name: fix[2] ? `Replace with ${fix[2]}` : "Remove", apply: () => this.edit([fix]) }] : [],
      }));
      view.dispatch(setDiagnostics(view.state, problems));
      view.dispatch({ effects: told.of(decorations(view.state.doc, answer)) });
    },
  };
}
