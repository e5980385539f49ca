"""Diagnostics as text for people, with the lines they are about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeAlias

from archspec.diagnostics.finding import Finding
from archspec.diagnostics.span import Span
from archspec.escape import inline, line, shown

DEFAULT_WIDTH = 120

_LEAST_ROOM = 20
_TAB = " " * 4
_RED, _YELLOW, _BLUE, _CYAN, _BOLD = "1;31", "1;33", "1;34", "1;36", "1"

Line: TypeAlias = "list[tuple[str, str]]"
"""Pieces of text, each with the code of its colour, if it has one: what they hold is escaped as the line is written."""


class _Screen(NamedTuple):
    """What is written on: its columns, and the encoding that its characters must have."""

    width: int
    encoding: str


def render(
    diagnostics: Iterable[Finding], color: bool = False, width: int | None = None, encoding: str | None = "utf-8"
) -> str:
    """All findings, each with its source line, the spans underlined, related places and the remedy.

    Source lines longer than `width` columns (default 120) are cut around the span. `color` adds ANSI codes. In source
    lines, a `?` stands for what `encoding` lacks.
    """
    screen = _Screen(width or DEFAULT_WIDTH, encoding or "utf-8")
    return "\n\n".join(_written(_render(diagnostic, screen), color) for diagnostic in diagnostics)


def concise(diagnostics: Iterable[Finding]) -> str:
    """One line for each finding, as compilers print it: `file:line:column: severity[CODE]: message`."""
    return _written(map(_headline, diagnostics), False)


def _written(found: Iterable[Line], color: bool) -> str:
    return "\n".join("".join(_pieces(pieces, color)).rstrip() for pieces in found)


def _pieces(pieces: Line, color: bool) -> Iterator[str]:
    for number, (text, code) in enumerate(pieces):
        safe = inline(text) if number else line(text)
        yield f"\x1b[{code}m{safe}\x1b[0m" if color and code and safe else safe


def _severity_color(diagnostic: Finding) -> str:
    return _RED if diagnostic.severity == "error" else _YELLOW


def _headline(diagnostic: Finding) -> Line:
    where = [(str(diagnostic.span), _BOLD), (": ", "")] if diagnostic.span else []
    kind = (f"{diagnostic.severity}[{diagnostic.code}]", _severity_color(diagnostic))
    return [*where, kind, (f": {diagnostic.message}", "")]


def _render(diagnostic: Finding, screen: _Screen) -> Iterator[Line]:
    color = _severity_color(diagnostic)
    places = [(related.span, "-", related.label, _BLUE) for related in diagnostic.related]
    yield _headline(diagnostic)
    if diagnostic.span is not None:
        places.insert(0, (diagnostic.span, "^", diagnostic.label, color))
    digits = max((len(str(span.line)) for span, *_ in places), default=1)
    margin = " " * digits
    before: tuple[str, int, Line] = ("", 0, [])
    for span, sign, label, color in places:
        if not span.source.text:
            # A file that could not be read has a name, but no lines.
            if sign == "-":
                yield [(f"{margin} :::", _BLUE), (f" {span}: {label}", "")]
            continue
        excerpt, underline = _snippet(span, sign, label, screen, color, digits)
        row = (span.source.name, span.line, excerpt)
        if row != before:
            yield [(f"{margin} |", _BLUE)] if sign == "^" else [(f"{margin} :::", _BLUE), (f" {span}", "")]
            yield excerpt
        yield underline
        before = row
    mark = [(f"{margin} =", _BLUE), (" ", ""), ("help", _CYAN), (":", "")]
    for text in diagnostic.help.split("\n") if diagnostic.help else ():
        yield [*mark, (f" {text}", "")]
        mark = [(f"{margin}        ", "")]


def _snippet(span: Span, sign: str, label: str, screen: _Screen, color: str, digits: int) -> tuple[Line, Line]:
    """The first line of a span, and the line below it that underlines the span."""
    text, offset, length = _cut(span, max(screen.width - digits - 3, _LEAST_ROOM), screen.encoding)
    bar = ("|", _BLUE)
    number = (str(span.line).rjust(digits), _BLUE)
    underline = (f"{sign * length} {label}".rstrip(), color)
    excerpt = [number, (" ", ""), bar, (f" {text}", "")]
    return excerpt, [(" " * (digits + 1), ""), bar, (" " * (offset + 1), ""), underline]


def _line(span: Span) -> str:
    lines = span.source.lines
    return lines[span.line - 1] if span.line <= len(lines) else ""


def _cut(span: Span, room: int, encoding: str) -> tuple[str, int, int]:
    """The part of a span's first line that fits, and where in it the span stands: its offset and length in columns."""
    whole = _line(span)
    start = min(span.column - 1, len(whole))
    end = min(span.end_column - 1, len(whole)) if span.end_line == span.line else len(whole)
    end = max(end, start)
    # However long the line is, only what may be shown is looked at; a character is at least one column, or combines.
    first, last = max(start - room, 0), min(start + room, len(whole))
    cells = [_cell(character) for character in whole[first:last]]
    if encoding.lower() != "utf-8":
        cells = [cell.encode(encoding, "replace").decode(encoding) for cell in cells]
    widths = [_width(cell) for cell in cells]
    start, end = start - first, min(end - first, len(cells))
    low, high = 0, len(cells)
    if first > 0 or last < len(whole) or sum(widths) > room:
        low, high = _window(widths, start, end, room - 2)
    before, after = first + low > 0, first + high < len(whole)
    text = "…" * before + "".join(cells[low:high]) + "…" * after
    offset = before + sum(widths[low:start])
    return text, offset, max(sum(widths[start : min(end, high)]), 1)


def _window(widths: list[int], start: int, end: int, room: int) -> tuple[int, int]:
    """The cells around a span that fit into a number of columns; of a span that does not fit, its beginning."""
    left = max((room - sum(widths[start:end])) // 2, room // 8)
    low = start
    while low > 0 and left >= widths[low - 1]:
        low -= 1
        left -= widths[low]
    rest = room - sum(widths[low:start])
    high = start
    while high < len(widths) and rest >= widths[high]:
        rest -= widths[high]
        high += 1
    while low > 0 and rest >= widths[low - 1]:
        low -= 1
        rest -= widths[low]
    return low, high


def _cell(character: str) -> str:
    """What is printed for one character of a source line."""
    return _TAB if character == "\t" else shown(character)


def _width(cell: str) -> int:
    """The columns that a cell takes on a terminal."""
    if cell.isascii():
        return len(cell)
    # Most specs are ASCII and never need the table.
    from unicodedata import category, east_asian_width

    if category(cell) in ("Mn", "Me"):
        return 0
    return 2 if east_asian_width(cell) in "WF" else 1
