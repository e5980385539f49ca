"""TOML to a tree in which every value knows its place; mistakes become diagnostics.

Python's own parser says what a text means, but not where: a second look at the text, which that parser has found sound,
finds the places of what it names.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from collections import Counter
from pathlib import Path
from typing import Any, TypeAlias

from archspec import files, limits
from archspec.diagnostics import Collector, Source, Span
from archspec.source.reader import decoded, unreadable
from archspec.source.tree import Mapping, Scalar, Sequence, Tree

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

KeyPath: TypeAlias = "tuple[str | int, ...]"

_AT = re.compile(r" \(at line ([0-9]+), column ([0-9]+)\)$")
_AT_END = " (at end of document)"
_QUOTED = r"\"(?:\\.|[^\"\\\n])*\"|'[^'\n]*'"
_MANY_PARTS = re.compile(rf"(?<![\w-])(?:(?:[\w-]+|{_QUOTED})[ \t]*\.[ \t]*){{{limits.NAME_DOTS}}}")
"""A key with more dots than anybody needs: every key in its table is looked up through all of its parts, and a table in
so many tables is too deep for the parser."""
_TOKEN = re.compile(
    r"(?P<skip>[ \t]+|\#[^\n]*)|(?P<line>\n)|(?P<sign>[][{},=])"
    rf"|(?P<text>\"\"\"(?:\\.|[^\\])*?\"{{3,5}}|'''.*?'{{3,5}}|{_QUOTED}|[^\s\#\"'\[\]{{}},=]+)",
    re.DOTALL,
)


def parsed(text: str) -> dict[str, Any]:
    """The values of a text. Raises `ValueError` for what is no TOML, and `RecursionError` for what nests too deeply."""
    many = _MANY_PARTS.search(text)
    if many:
        line = text.count("\n", 0, many.start()) + 1
        raise ValueError(f"More than {limits.NAME_DOTS} names are joined by dots (at line {line}, column 1)")
    found: dict[str, Any] = tomllib.loads(text)
    return found


def read_toml(path: Path, name: str, collector: Collector, section: tuple[str, ...] = ()) -> Mapping | None:
    """The table of a file that `section` leads to; None after a report, or where there is no such table.

    Dates and times, which no spec has, are strings.
    """
    try:
        text = decoded(files.read_file(path, limits.SETTINGS_BYTES), name, collector)
    except OSError as error:
        unreadable(error, name, collector)
        return None
    if isinstance(text, Source):
        return None
    source = Source(name, text.removeprefix("\ufeff"))
    try:
        found: Any = parsed(source.text)
        for key in section:
            found = found.get(key) if isinstance(found, dict) else None
        return None if found is None else _table(found, source, section, collector)
    except RecursionError:
        collector.error("A108", "values are nested too deeply", source.start, "settings need no more than lists")
    except ValueError as error:
        message, span = _explained(error, source)
        collector.error("A102", message, span, 'write `key = value`, such as `paths = ["specs"]`')
    return None


def _explained(error: ValueError, source: Source) -> tuple[str, Span]:
    """What the parser says, and where."""
    message = str(error)
    if place := _AT.search(message):
        line, column = int(place[1]), int(place[2])
        return f"invalid TOML: {message[: place.start()]}", Span(source, line, column, line, column + 1)
    if message.endswith(_AT_END):
        line, column = len(source.lines), len(source.lines[-1]) + 1
        return f"invalid TOML: {message.removesuffix(_AT_END)}", Span(source, line, column, line, column)
    return f"invalid TOML: {message}", source.start


def _table(found: Any, source: Source, section: tuple[str, ...], collector: Collector) -> Mapping | None:
    tree = _tree(found, section, _Places(source, section))
    if isinstance(tree, Mapping):
        return tree
    name = ".".join(section)
    collector.error("A203", f"`{name}` must be a table", tree.span, f"write `[{name}]`, and the settings below it")
    return None


def _tree(value: Any, path: KeyPath, places: _Places) -> Tree:
    span = places.values.get(path) or places.source.start
    if isinstance(value, dict):
        entries = {key: _tree(item, (*path, key), places) for key, item in value.items()}
        return Mapping(entries, {key: places.keys.get((*path, key)) or span for key in entries}, span)
    if isinstance(value, list):
        return Sequence(tuple(_tree(item, (*path, number), places) for number, item in enumerate(value)), span)
    return Scalar(value if isinstance(value, (bool, int, float, str)) else str(value), span, isinstance(value, str))


class _Places:
    """Where the keys and values below `section` stand in a sound text, by their paths in what it holds.

    A table, and what a key with dots makes, stands where it is first named.
    """

    def __init__(self, source: Source, section: tuple[str, ...]) -> None:
        self.source = source
        self.section = section
        self.keys: dict[KeyPath, Span] = {}
        self.values: dict[KeyPath, Span] = {}
        self._text = "\n".join(source.lines)
        self._starts = [0, *(at.end() for at in re.finditer("\n", self._text))]
        self._tokens = [token for token in _TOKEN.finditer(self._text) if token.lastgroup != "skip"]
        self._repeated: Counter[KeyPath] = Counter()
        at = 0
        table: KeyPath = ()
        while at < len(self._tokens):
            if self._is(at, "\n"):
                at += 1
            elif self._is(at, "["):
                at, table = self._header(at)
            else:
                at = self._entry(at, table)

    def _is(self, at: int, sign: str) -> bool:
        return self._tokens[at].group() == sign

    def _header(self, at: int) -> tuple[int, KeyPath]:
        """The token after the name of a table, and the table's path."""
        is_repeated = self._is(at + 1, "[")
        start = end = at + 1 + is_repeated
        while not self._is(end, "]"):
            end += 1
        names = self._names(start, end)
        path: KeyPath = ()
        for number, name in enumerate(names, 1):
            path = (*path, name)
            if number == len(names):
                self._name(path, start, end)
                self._repeated[path] += is_repeated
            if self._repeated[path]:
                path = (*path, self._repeated[path] - 1)
        self._name(path, start, end)
        return end + 1 + is_repeated, path

    def _entry(self, at: int, table: KeyPath) -> int:
        """The token after `key = value`."""
        end = at
        while not self._is(end, "="):
            end += 1
        path = (*table, *self._names(at, end))
        self._name(path, at, end)
        return self._value(end + 1, path)

    def _value(self, at: int, path: KeyPath) -> int:
        """The token after a value."""
        start = at
        if self._is(at, "[") or self._is(at, "{"):
            is_list, number = self._is(at, "["), 0
            at += 1
            while not (self._is(at, "]") or self._is(at, "}")):
                if self._is(at, ",") or self._is(at, "\n"):
                    at += 1
                elif is_list:
                    at, number = self._value(at, (*path, number)), number + 1
                else:
                    at = self._entry(at, path)
        elif at + 1 < len(self._tokens) and self._tokens[at + 1].lastgroup == "text":
            at += 1  # the time after a date
        if self._is_wanted(path):
            self.values[path] = self._span(start, at + 1)
        return at + 1

    def _names(self, start: int, end: int) -> tuple[str, ...]:
        """The names that dots join in a key."""
        text = self._text[self._tokens[start].start() : self._tokens[end - 1].end()]
        found: Any = tomllib.loads(f"{text} = 0")
        names = []
        while isinstance(found, dict):
            name, found = next(iter(found.items()))
            names.append(name)
        return tuple(names)

    def _name(self, path: KeyPath, start: int, end: int) -> None:
        for length in range(1, min(len(path), limits.NAME_DOTS) + 1):
            if self._is_wanted(path[:length]):
                self.keys.setdefault(path[:length], self._span(start, end))
                self.values.setdefault(path[:length], self._span(start, end))

    def _is_wanted(self, path: KeyPath) -> bool:
        return path[: len(self.section)] == self.section

    def _span(self, start: int, end: int) -> Span:
        first, last = self._tokens[start].start(), self._tokens[end - 1].end()
        return Span(self.source, *self._place(first), *self._place(last))

    def _place(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1
