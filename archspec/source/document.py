"""One YAML document: the text is cleaned, parsed to events, and built to a tree."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

import yaml
from yaml import events
from yaml.error import MarkedYAMLError

from archspec.diagnostics import Collector, Diagnostic, Related, Source, Span
from archspec.source import places
from archspec.source.builder import Builder, Enough
from archspec.source.characters import FORBIDDEN
from archspec.source.places import Mark
from archspec.source.taken import Taken
from archspec.source.tree import Scalar, Tree

if TYPE_CHECKING:
    from archspec.source.syntax import Mistake

Parser: TypeAlias = Callable[[str], Any]

# Of mistakes that are found before the document is read. More than that is no text, or not meant for us.
_MISTAKES_SHOWN = 10

_PROLOGUE = re.compile(r"(?:[ \t]*(?:#.*)?\n|%.*\n)*")
_DIRECTIVE = re.compile(r"^%.*", re.MULTILINE)
_YAML_DIRECTIVE = re.compile(r"%YAML[ \t]+1\.[12][ \t]*(?:#.*)?", re.ASCII)


def pure_parser(text: str) -> Any:
    """PyYAML's Python parser, made to read as libyaml does."""
    from archspec.source.pure import PureParser

    return PureParser(text)


def default_parser() -> Parser:
    """libyaml's parser where it is installed, in the version that the Python one follows; otherwise the Python one."""
    if yaml.__with_libyaml__:
        from yaml import _yaml

        if _yaml.get_version() >= (0, 2, 5):
            parser: Parser = _yaml.CParser
            return parser
    return pure_parser


def read_document(source: Source, collector: Collector, new_parser: Parser, taken: Taken) -> Tree | None:
    """The tree of a text, or None if reading ended early."""
    return _Reading(source, collector, taken).tree(new_parser)


class _Reading:
    def __init__(self, source: Source, collector: Collector, taken: Taken) -> None:
        self._source = source
        self._collector = collector
        self._hides_syntax = False  # errors may come of what was cleaned away
        self._text = self._clean()
        self._builder = Builder(source, self._text, collector, taken)

    def tree(self, new_parser: Parser) -> Tree | None:
        try:
            self._take_events(new_parser(self._text).get_event)
        except Enough:
            return None
        except (MarkedYAMLError, UnicodeDecodeError) as error:
            self._report(self._explain(error))
            return None
        root = self._builder.root
        if root is None or (isinstance(root, Scalar) and root.value is None and root.span[1:3] == root.span[3:]):
            what = "contains only comments" if self._text.strip() else "is empty"
            self._collector.error("A109", f"the file {what}", self._source.start, "a spec starts with `archspec: 1`")
            return None
        return root

    def _take_events(self, next_event: Callable[[], Any]) -> None:
        builder = self._builder
        handlers: dict[type[Any], Callable[[Any], None]] = {
            events.ScalarEvent: builder.scalar,
            events.AliasEvent: builder.alias,
            events.SequenceStartEvent: builder.start_sequence,
            events.SequenceEndEvent: builder.end_collection,
            events.MappingStartEvent: builder.start_mapping,
            events.MappingEndEvent: builder.end_collection,
        }
        while True:
            event = next_event()
            handle = handlers.get(type(event))
            if handle is not None:
                handle(event)
            elif type(event) is events.StreamEndEvent:
                return
            elif type(event) is events.DocumentStartEvent and builder.root is not None:
                from archspec.source import syntax

                self._report(syntax.after_document(self._text, builder.end))
                raise Enough

    def _explain(self, error: MarkedYAMLError | UnicodeDecodeError) -> Mistake:
        from archspec.source import syntax

        end = self._builder.end
        if self._builder.root is not None:
            # How far the parsers look ahead differs, but the first thing that is too much is too much for both.
            return syntax.after_document(self._text, end)
        if isinstance(error, UnicodeDecodeError):
            # libyaml lets escaped bytes of a tag pass that are no text.
            return syntax.bad_tag(self._text, end)
        return syntax.explain(error, self._text)

    def _report(self, mistake: Mistake) -> None:
        if mistake.code == "A102" and self._hides_syntax:
            return
        related: tuple[Related, ...] = ()
        if mistake.opened is not None:
            related = (Related(self._span(mistake.opened, mistake.opened), "in the value that starts here"),)
        span = self._span(mistake.start, mistake.end)
        self._collector.add(Diagnostic(mistake.code, mistake.message, span, "", mistake.help, related))

    def _span(self, start: Mark, end: Mark) -> Span:
        """The span between two marks, of which the newline that was added at the end is no part."""
        lines = self._source.lines
        if start.line < len(lines) and end.line < len(lines):
            return places.span(self._source, start, end)
        line, column = len(lines), len(lines[-1]) + 1
        if start.line < len(lines):
            return Span(self._source, start.line + 1, start.column + 1, line, column)
        return Span(self._source, line, column, line, column)

    def _clean(self) -> str:
        """The text with newlines only, a last one included, and without what is not allowed. Every character is
        replaced by one other, so that all places stay."""
        text = self._source.text
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        if not text.endswith("\n"):
            text += "\n"
        cleaned, forbidden = FORBIDDEN.subn("\ufffd", text)
        if forbidden:
            self._hides_syntax = True
            self._report_forbidden(text, forbidden)
            text = cleaned
        if text.startswith("%") or "\n%" in text:
            text = self._without_directives(text)
        return text

    def _report_forbidden(self, text: str, count: int) -> None:
        shown = count if count <= _MISTAKES_SHOWN else 1
        for match in islice(FORBIDDEN.finditer(text), shown):
            code = ord(match.group())
            message = f"the character U+{code:04X} is not allowed"
            if shown < count:
                message = f"the file contains {count:,} characters that are not allowed; the first is U+{code:04X}"
            start = places.moved(places.START, text[: match.start()])
            span = places.span(self._source, start, places.moved(start, match.group()))
            self._collector.error("A111", message, span, "remove it")

    def _without_directives(self, text: str) -> str:
        """`%YAML 1.2` before the document is welcome, but says nothing new; the parsers disagree on all others."""
        prologue = _PROLOGUE.match(text)
        end = prologue.end() if prologue else 0
        found = (m for m in _DIRECTIVE.finditer(text, 0, end) if not _YAML_DIRECTIVE.fullmatch(m.group()))
        for match in islice(found, _MISTAKES_SHOWN):
            from archspec.source import syntax

            mistake = syntax.directive(text, places.moved(places.START, text[: match.start()]))
            span = places.span(self._source, mistake.start, mistake.end)
            self._collector.error(mistake.code, mistake.message, span, mistake.help)
        return _DIRECTIVE.sub(lambda match: " " * len(match.group()), text[:end]) + text[end:]
