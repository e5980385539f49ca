"""Places in a text: what every diagnostic points at."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple


class Source:
    """A text with a name to show for it: a path as the user gave it, or `<text>`.

    `path` is the file it was read from; what is bundled has none, nor has a text that stands in no file. `via` is the
    place in another text that brings this one in, the name that its `extends` or `include` gives, and `verb` says which
    of them; the file at hand has none. What is `bundled` is installed with archspec, where nobody can mend it.
    """

    def __init__(self, name: str, text: str, path: Path | None = None) -> None:
        self.name = name
        self.text = text
        self.path = path
        self.via: Span | None = None
        self.verb = ""
        self.bundled = False

    @cached_property
    def lines(self) -> list[str]:
        """The lines without their ends; an empty text has one empty line."""
        return self.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")

    @property
    def way(self) -> Iterator[Source]:
        """The texts that bring it in: itself, what names it, and so on to the file at hand."""
        source: Source | None = self
        while source is not None:
            yield source
            source = source.via.source if source.via is not None else None

    @property
    def above(self) -> list[Source]:
        """The texts that extend it, the nearest first."""
        extended = takewhile(lambda source: source.verb == "extended", self.way)
        return [source.via.source for source in extended if source.via is not None]

    @property
    def start(self) -> Span:
        """The place before its first character."""
        return Span(self, 1, 1, 1, 1)

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

    @property
    def text(self) -> str:
        """What stands there, if it is on one line; otherwise nothing."""
        lines = self.source.lines
        if self.line != self.end_line or self.line > len(lines):
            return ""
        return lines[self.line - 1][self.column - 1 : self.end_column - 1]

    def part(self, start: int, end: int) -> Span:
        """The piece from `start` to `end`, counted in characters from the start of this one-line span."""
        return Span(self.source, self.line, self.column + start, self.line, self.column + end)
