"""Diagnostics as text for people, with the lines they are about."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from archspec.diagnostics.span import Span

if TYPE_CHECKING:
    from archspec.diagnostics.diagnostic import Diagnostic

DEFAULT_WIDTH = 120

_LEAST_ROOM = 20
_TAB = " " * 4
_RED, _YELLOW, _BLUE, _CYAN, _BOLD = "1;31", "1;33", "1;34", "1;36", "1"

Paint: TypeAlias = Callable[[str, str], str]


class _Screen(NamedTuple):
    """What is written on: how it is coloured, its columns, and the encoding that its characters must have."""

    paint: Paint
    width: int
    encoding: str


def render(
    diagnostics: Iterable[Diagnostic], color: bool = False, width: int | None = None, encoding: str = "utf-8"
) -> str:
    """All findings, each with its source line, the spans underlined, related places and the remedy.

    Source lines longer than `width` columns (default 120) are cut around the span. `color` adds ANSI codes. In source
    lines, a `?` stands for what `encoding` lacks.
    """
    screen = _Screen(_painted if color else _plain, width or DEFAULT_WIDTH, encoding)
    return "\n\n".join(_render(diagnostic, screen) for diagnostic in diagnostics)


def concise(diagnostics: Iterable[Diagnostic]) -> str:
    """One line for each finding, as compilers print it: `file:line:column: severity[CODE]: message`."""
    return "\n".join(_headline(diagnostic, _plain) for diagnostic in diagnostics)


def _plain(text: str, _: str) -> str:
    return text


def _painted(text: str, code: str) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if text else ""


def _severity_color(diagnostic: Diagnostic) -> str:
    return _RED if diagnostic.severity == "error" else _YELLOW


def _headline(diagnostic: Diagnostic, paint: Paint) -> str:
    kind = paint(f"{diagnostic.severity}[{diagnostic.code}]", _severity_color(diagnostic))
    head = f"{kind}: {escaped(diagnostic.message)}"
    return f"{paint(escaped(str(diagnostic.span)), _BOLD)}: {head}" if diagnostic.span else head


def _render(diagnostic: Diagnostic, screen: _Screen) -> str:
    paint = screen.paint
    color = _severity_color(diagnostic)
    places = [(related.span, "-", related.label, _BLUE) for related in diagnostic.related]
    parts = [_headline(diagnostic, paint)]
    if diagnostic.span is not None:
        places.insert(0, (diagnostic.span, "^", diagnostic.label, color))
    digits = max((len(str(span.line)) for span, *_ in places), default=1)
    margin = " " * digits
    shown = ("", 0, "")
    for span, sign, label, color in places:
        where = escaped(str(span))
        if not span.source.text:
            # A file that could not be read has a name, but no lines.
            if sign == "-":
                parts.append(f"{paint(f'{margin} :::', _BLUE)} {where}: {escaped(label)}")
            continue
        line, underline = _snippet(span, sign, label, screen, color, digits)
        row = (span.source.name, span.line, line)
        if row != shown:
            parts.append(paint(f"{margin} |", _BLUE) if sign == "^" else f"{paint(f'{margin} :::', _BLUE)} {where}")
            parts.append(line)
        parts.append(underline)
        shown = row
    for number, line in enumerate(diagnostic.help.split("\n") if diagnostic.help else ()):
        mark = f"{paint(f'{margin} =', _BLUE)} {paint('help', _CYAN)}:" if number == 0 else f"{margin}        "
        parts.append(f"{mark} {escaped(line)}")
    return "\n".join(parts)


def _snippet(span: Span, sign: str, label: str, screen: _Screen, color: str, digits: int) -> tuple[str, str]:
    """The first line of a span, and the line below it that underlines the span."""
    paint = screen.paint
    bar = paint("|", _BLUE)
    text, offset, length = _cut(span, max(screen.width - digits - 3, _LEAST_ROOM), screen.encoding)
    underline = " " * offset + paint(f"{sign * length} {escaped(label)}".rstrip(), color)
    number = paint(str(span.line).rjust(digits), _BLUE)
    return f"{number} {bar} {text}".rstrip(), f"{' ' * digits} {bar} {underline}"


def _line(span: Span) -> str:
    lines = span.source.lines
    return lines[span.line - 1] if span.line <= len(lines) else ""


def _cut(span: Span, room: int, encoding: str) -> tuple[str, int, int]:
    """The part of a span's first line that fits, and where in it the span stands: its offset and length in columns."""
    line = _line(span)
    start = min(span.column - 1, len(line))
    end = min(span.end_column - 1, len(line)) if span.end_line == span.line else len(line)
    end = max(end, start)
    # However long the line is, only what may be shown is looked at; a character is at least one column, or combines.
    first, last = max(start - room, 0), min(start + room, len(line))
    cells = [_cell(character) for character in line[first:last]]
    if encoding.lower() != "utf-8":
        cells = [cell.encode(encoding, "replace").decode(encoding) for cell in cells]
    widths = [_width(cell) for cell in cells]
    start, end = start - first, min(end - first, len(cells))
    low, high = 0, len(cells)
    if first > 0 or last < len(line) or sum(widths) > room:
        low, high = _window(widths, start, end, room - 2)
    before, after = first + low > 0, first + high < len(line)
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


def escaped(text: str) -> str:
    """A text in which whatever is invisible or would steer a terminal is written as an escape sequence."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else _escape(character) for character in text)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def _cell(character: str) -> str:
    """What is printed for one character of a source line."""
    if character.isprintable():
        return character
    return _TAB if character == "\t" else _escape(character)


def _width(cell: str) -> int:
    """The columns that a cell takes on a terminal."""
    if cell.isascii():
        return len(cell)
    # Most specs are ASCII and never need the table.
    from unicodedata import category, east_asian_width

    if category(cell) in ("Mn", "Me"):
        return 0
    return 2 if east_asian_width(cell) in "WF" else 1
