"""A text and its offsets: between them and the lines and columns of spans."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from typing import NamedTuple

from archspec.diagnostics import Span

MARK = "\ufeff"
_BREAK = re.compile(r"\r\n|\r|\n")


class Range(NamedTuple):
    """A part of a text, from an offset up to, but not including, another."""

    start: int
    end: int

    def has(self, offset: int) -> bool:
        """Whether an offset lies in it, or right behind it."""
        return self.start <= offset <= self.end


class Text:
    """A text as an editor has it. Offsets count its characters from 0; a byte order mark is one of them."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def starts(self) -> list[int]:
        """Where each line starts; in spans, the first one starts behind the byte order mark."""
        return [int(self.text.startswith(MARK)), *(match.end() for match in _BREAK.finditer(self.text))]

    @cached_property
    def ends(self) -> list[int]:
        """Where each line ends, before its break."""
        return [*(match.start() for match in _BREAK.finditer(self.text)), len(self.text)]

    @property
    def line_break(self) -> str:
        """How its lines end."""
        return "\r\n" if "\r\n" in self.text else "\n"

    def offset(self, line: int, column: int) -> int:
        """The offset of a line and column, which count from 1; what lies outside becomes the nearest that does not."""
        if line < 1:
            return self.starts[0]
        if line > len(self.starts):
            return len(self.text)
        return min(self.starts[line - 1] + max(column - 1, 0), self.ends[line - 1])

    def position(self, offset: int) -> tuple[int, int]:
        """The line and column of an offset, from 1."""
        line = max(bisect_right(self.starts, offset), 1)
        return line, max(offset - self.starts[line - 1], 0) + 1

    def line(self, number: int) -> str:
        """A line without its break; lines count from 1."""
        return self.text[self.starts[number - 1] : self.ends[number - 1]]

    def range(self, span: Span) -> Range:
        """Where a span of this text lies."""
        return Range(self.offset(span.line, span.column), self.offset(span.end_line, span.end_column))
