"""Places in a text: what every diagnostic points at."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple


class Source:
    """A text with a name to show for it: a path as the user gave it, or `<text>`."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text

    @cached_property
    def lines(self) -> list[str]:
        """The lines without their ends; an empty text has one empty line."""
        return self.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")

    def __repr__(self) -> str:
        return f"Source({self.name!r})"


class Span(NamedTuple):
    """From a position up to, but not including, another; lines and columns count characters from 1."""

    source: Source
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.source.name}:{self.line}:{self.column}"

    def part(self, start: int, end: int) -> Span:
        """The piece from `start` to `end`, counted in characters from the start of this one-line span."""
        return Span(self.source, self.line, self.column + start, self.line, self.column + end)
