"""Between offsets in characters and those of JavaScript, which count code units of UTF-16."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import NamedTuple

from archspec.editor import Range, Text

_LAST = "\uffff"
"""The last character that is one unit."""


class Offsets(NamedTuple):
    """A text, and where each of its characters of two units stands, in characters and in units."""

    text: Text
    wide: tuple[int, ...]
    wide_units: tuple[int, ...]

    @classmethod
    def of(cls, text: Text) -> Offsets:
        """The offsets of a text."""
        if text.text.isascii():
            return cls(text, (), ())
        wide = tuple(at for at, character in enumerate(text.text) if character > _LAST)
        return cls(text, wide, tuple(at + before for before, at in enumerate(wide)))

    def units(self, offset: int) -> int:
        """An offset in units."""
        return offset + bisect_left(self.wide, offset)

    def characters(self, units: int) -> int:
        """An offset in characters, for one in units, which may lie in the middle of a character, or outside."""
        found = units - bisect_left(self.wide_units, units)
        inside = bisect_right(self.wide_units, units - 1)
        if inside and self.wide_units[inside - 1] + 1 == units:
            found = self.wide[inside - 1]
        return min(max(found, 0), len(self.text.text))

    def range(self, range: Range) -> list[int]:
        """Both ends of a range in units."""
        return [self.units(range.start), self.units(range.end)]
