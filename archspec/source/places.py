"""Where values start and end in the text, where the marks of the parser do not say it as a reader would."""

from __future__ import annotations

import re
from typing import Any, Protocol

from archspec.diagnostics import Source, Span
from archspec.records import record


class Mark(Protocol):
    """A position in the text, counted from 0, as PyYAML and libyaml give it."""

    @property
    def index(self) -> int:
        """The number of characters before it."""

    @property
    def line(self) -> int:
        """The number of lines before its line."""

    @property
    def column(self) -> int:
        """The number of characters before it in its line."""


@record
class Place:
    """A mark of our own."""

    index: int
    line: int
    column: int


START = Place(0, 0, 0)

_TAG = r"!(?:<[^>\s]*>|[^\s,\[\]{}]*)"
_ANCHOR = r"&[-\w]+"
_GAP = r"(?:[ \t\n]|(?<=[ \t\n])#[^\n]*\n)*"
_PROPERTIES = re.compile(f"(?:{_ANCHOR}{_GAP}(?:{_TAG}{_GAP})?|{_TAG}{_GAP}(?:{_ANCHOR}{_GAP})?)", re.ASCII)
_FIRST_TAG = re.compile(_TAG)
_INDICATOR = re.compile(r"(?:[ \t\n]|#[^\n]*\n)*[:?]")


def span(source: Source, start: Mark, end: Mark) -> Span:
    """The span between two marks."""
    return Span(source, start.line + 1, start.column + 1, end.line + 1, end.column + 1)


def ends(text: str, end: Mark) -> bool:
    """Whether an entry of a mapping in brackets ends here: a key without a value."""
    return _INDICATOR.match(text, end.index) is None


def moved(start: Mark, text: str) -> Place:
    """The place after a text that starts at a mark."""
    breaks = text.count("\n")
    column = len(text) - text.rfind("\n") - 1 if breaks else start.column + len(text)
    return Place(start.index + len(text), start.line + breaks, column)


def properties(text: str, start: Mark) -> str:
    """The anchor and the tag that stand before a value, with the blanks after them."""
    match = _PROPERTIES.match(text, start.index)
    return match.group() if match else ""


def tag(properties: str, start: Mark) -> tuple[str, Place, Place]:
    """The tag among the properties that start at a mark, and its start and end."""
    match = _FIRST_TAG.search(properties)
    if match is None:
        return "!", moved(start, ""), moved(start, "")
    first = moved(start, properties[: match.start()])
    return match.group(), first, moved(first, match.group())


def trimmed(text: str, start: Mark, end: Mark) -> Place:
    """The end of a block scalar without the blank lines after it."""
    return moved(start, text[start.index : end.index].rstrip(" \t\n"))


def empty(text: str, event: Any, end: Mark, in_brackets: bool, after_key: bool) -> Mark:
    """Where a scalar that is not written would stand: after its `:`, `-` or `?`. `end` is that of the token before."""
    start: Mark = event.end_mark
    if event.anchor or event.tag:
        return start
    if in_brackets:
        # Here the Python parser gives the end of the indicator, libyaml the start of whatever follows it.
        match = _INDICATOR.match(text, end.index)
        return moved(end, match.group()) if match else end
    # After a key without `:` both give the start of whatever follows, lines below.
    return end if after_key and start.line != end.line else start


def shown(text: str) -> str:
    """A text of the file, short enough for a message."""
    return text if len(text) <= 40 else text[:39] + "…"
