"""Between offsets in characters and the positions of the protocol, which count code units of UTF-16, 8 or 32."""

from __future__ import annotations

from bisect import bisect_right

from lsprotocol.types import Position, PositionEncodingKind
from lsprotocol.types import Range as Span

from archspec.editor import Range, Text

_UNITS: dict[str, tuple[str, int]] = {
    PositionEncodingKind.Utf8.value: ("utf-8", 1),
    PositionEncodingKind.Utf16.value: ("utf-16-le", 2),
    PositionEncodingKind.Utf32.value: ("utf-32-le", 4),
}


class Positions:
    """The conversion for a client that counts in an encoding."""

    def __init__(self, encoding: str) -> None:
        self._codec, self._size = _UNITS[encoding]

    def offset(self, text: Text, position: Position) -> int:
        """The offset of a position; what lies outside of the text, or in the middle of a character, becomes the nearest
        before it that does not."""
        line = position.line
        if line >= len(text.starts):
            return len(text.text)
        start, end = self._start(text, line), text.ends[line]
        piece = text.text[start:end]
        if piece.isascii():
            return min(start + position.character, end)
        lengths = range(len(piece) + 1)
        return start + bisect_right(lengths, position.character, key=lambda length: self._units(piece[:length])) - 1

    def position(self, text: Text, offset: int) -> Position:
        """The position of an offset."""
        number = text.position(offset)[0] - 1
        start = self._start(text, number)
        piece = text.text[start : max(start, min(offset, text.ends[number]))]
        return Position(number, self._units(piece))

    def span(self, text: Text, range: Range) -> Span:
        """The range of the protocol for one of a text."""
        return Span(self.position(text, range.start), self.position(text, range.end))

    def range(self, text: Text, span: Span) -> Range:
        """The range in a text for one of the protocol."""
        start, end = self.offset(text, span.start), self.offset(text, span.end)
        return Range(start, max(start, end))

    def _units(self, piece: str) -> int:
        """How many code units a piece of a line has; half of a pair of surrogates is a character, too."""
        return len(piece) if piece.isascii() else len(piece.encode(self._codec, "surrogatepass")) // self._size

    def _start(self, text: Text, line: int) -> int:
        """Where a line starts, from 0; a byte order mark is a character of the first one."""
        return 0 if line == 0 else text.starts[line]
