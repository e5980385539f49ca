"""The answers of `archspec.editor` as the protocol has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from lsprotocol import types

from archspec.editor import Range, Text
from archspec.editor.actions import Action
from archspec.editor.completion import Completion
from archspec.editor.completion import Kind as CompletionKind
from archspec.editor.edits import Edit
from archspec.editor.hints import Hint
from archspec.editor.hover import Hover
from archspec.editor.lenses import Lens
from archspec.editor.outline import Kind as SymbolKind
from archspec.editor.outline import Symbol
from archspec.editor.problems import Place, Problem
from archspec.editor.tokens import Token
from archspec.server.documents import Documents
from archspec.server.positions import Positions

SOURCE = "archspec"
"""What problems say that they are from."""

TOKENS = ("variable", "function", "keyword", "number", "string", "operator")
"""The kinds of words that have colours, in the order in which the protocol numbers them."""

_SEVERITIES = {"error": types.DiagnosticSeverity.Error, "warning": types.DiagnosticSeverity.Warning}
_SYMBOLS: dict[SymbolKind, types.SymbolKind] = {
    "section": types.SymbolKind.Namespace,
    "parameter": types.SymbolKind.Variable,
    "block": types.SymbolKind.Class,
    "stage": types.SymbolKind.Module,
    "node": types.SymbolKind.Function,
}
_COMPLETIONS: dict[CompletionKind, types.CompletionItemKind] = {
    "key": types.CompletionItemKind.Property,
    "op": types.CompletionItemKind.Function,
    "value": types.CompletionItemKind.EnumMember,
    "variable": types.CompletionItemKind.Variable,
    "function": types.CompletionItemKind.Function,
    "reference": types.CompletionItemKind.Reference,
    "file": types.CompletionItemKind.File,
    "code": types.CompletionItemKind.Constant,
}


_ACTIONS = {"quickfix": types.CodeActionKind.QuickFix, "source.fixAll": types.CodeActionKind.SourceFixAll}


class Answers:
    """The conversion for one client."""

    def __init__(self, documents: Documents, positions: Positions) -> None:
        self.documents = documents
        self.positions = positions

    def location(self, place: Place) -> types.Location:
        """A range in a file."""
        return types.Location(self.documents.uri(place.path), self.positions.span(place.text, place.range))

    def diagnostic(self, problem: Problem, text: Text) -> types.Diagnostic:
        """A finding, with its places and the page of its rule."""
        related = [
            types.DiagnosticRelatedInformation(self.location(one.place), one.label or "here") for one in problem.related
        ]
        return types.Diagnostic(
            range=self.positions.span(text, problem.range),
            message=problem.message,
            severity=_SEVERITIES[problem.severity],
            code=problem.code,
            code_description=types.CodeDescription(problem.page.as_uri()) if problem.page else None,
            source=SOURCE,
            related_information=related or None,
        )

    def completion(self, one: Completion, text: Text, number: int, snippets: bool) -> types.CompletionItem:
        """What fits: the client keeps the order, and expands a snippet where it can."""
        snippet = one.snippet if snippets else None
        page = types.MarkupContent(types.MarkupKind.Markdown, one.documentation) if one.documentation else None
        return types.CompletionItem(
            label=one.label,
            kind=_COMPLETIONS[one.kind],
            detail=one.detail or None,
            documentation=page,
            sort_text=f"{number:05}",
            filter_text=one.text,
            insert_text_format=types.InsertTextFormat.Snippet if snippet else types.InsertTextFormat.PlainText,
            text_edit=types.TextEdit(self.positions.span(text, one.range), snippet or one.text),
        )

    def action(self, action: Action, problems: Iterable[Problem], texts: Mapping[Path, Text]) -> types.CodeAction:
        """What can be done, and about which finding."""
        own = [one for one in problems if one.finding is action.finding]
        text = next(iter(texts.values()))
        return types.CodeAction(
            title=action.title,
            kind=_ACTIONS[action.kind],
            diagnostics=[self.diagnostic(one, text) for one in own] or None,
            is_preferred=action.preferred or None,
            edit=self.edits(action.edits, texts),
        )

    def edits(self, edits: Mapping[Path, Iterable[Edit]], texts: Mapping[Path, Text]) -> types.WorkspaceEdit:
        """The edits of several files."""
        found = {
            self.documents.uri(path): [
                types.TextEdit(self.positions.span(texts[path], edit.range), edit.text) for edit in own
            ]
            for path, own in edits.items()
        }
        return types.WorkspaceEdit(changes=found)

    def offered(
        self, edits: Mapping[Path, Iterable[Edit]], more: Mapping[Path, Iterable[Edit]], texts: Mapping[Path, Text]
    ) -> types.WorkspaceEdit:
        """The edits of several files, and beside them those that their user is asked about: a rule for weights."""
        asked = types.ChangeAnnotation(
            "Keep checkpoints loading", True, "A rule in `weights: rename` for the keys that the new name changes."
        )
        changes = []
        for path, own in edits.items():
            text, uri = texts[path], self.documents.uri(path)
            plain = [types.TextEdit(self.positions.span(text, one.range), one.text) for one in own]
            rules = [
                types.AnnotatedTextEdit("weights", self.positions.span(text, one.range), one.text)
                for one in more.get(path, ())
                if one not in own
            ]
            version = next((one.version for one in self.documents.of(path) if one.uri == uri), None)
            document = types.OptionalVersionedTextDocumentIdentifier(uri, version)
            changes.append(types.TextDocumentEdit(document, [*plain, *rules]))
        return types.WorkspaceEdit(document_changes=changes, change_annotations={"weights": asked})

    def symbol(self, symbol: Symbol, text: Text) -> types.DocumentSymbol:
        """A part of the outline, with what is in it."""
        return types.DocumentSymbol(
            name=symbol.name,
            detail=symbol.detail or None,
            kind=_SYMBOLS[symbol.kind],
            range=self.positions.span(text, symbol.range),
            selection_range=self.positions.span(text, symbol.selection),
            children=[self.symbol(child, text) for child in symbol.children],
        )

    def hint(self, hint: Hint, text: Text) -> types.InlayHint:
        """What stands beside the text."""
        return types.InlayHint(
            position=self.positions.position(text, hint.offset),
            label=hint.text,
            kind=types.InlayHintKind.Type if hint.kind == "shape" else types.InlayHintKind.Parameter,
            tooltip=hint.tooltip or None,
            padding_left=True,
        )

    def hover(self, hover: Hover, text: Text) -> types.Hover:
        """What is told of a word."""
        page = types.MarkupContent(types.MarkupKind.Markdown, hover.text)
        return types.Hover(page, self.positions.span(text, hover.range))

    def lens(self, lens: Lens, text: Text) -> types.CodeLens:
        """A line above the text, which is there to be read."""
        return types.CodeLens(self.positions.span(text, lens.range), types.Command(lens.text, ""))

    def fold(self, range: Range, text: Text) -> types.FoldingRange:
        """A part that can be folded: its lines."""
        return types.FoldingRange(text.position(range.start)[0] - 1, text.position(range.end)[0] - 1)

    def tokens(self, tokens: Iterable[Token], text: Text) -> types.SemanticTokens:
        """The words of expressions, each from where the one before starts."""
        return types.SemanticTokens([*self._numbers(tokens, text)])

    def _numbers(self, tokens: Iterable[Token], text: Text) -> Iterator[int]:
        line = character = 0
        for token in tokens:
            span = self.positions.span(text, token.range)
            if span.start.line != line:
                character = 0
            yield span.start.line - line
            yield span.start.character - character
            yield span.end.character - span.start.character
            yield TOKENS.index(token.kind)
            yield 0
            line, character = span.start.line, span.start.character
