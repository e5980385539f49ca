"""A text that is read again and again, as while somebody types: only what has changed in it is parsed anew.

A block mapping is the sum of its entries, and a block list that of its items: what stands at the first column, and one
level below it, is parsed by itself, and kept by its text. That holds where each piece is sound on its own; anything
else, a mistake included, is for the whole text to tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from archspec import limits
from archspec.diagnostics import Collector, Source, Span
from archspec.records import record
from archspec.source.characters import FORBIDDEN
from archspec.source.document import Parser, read_document
from archspec.source.taken import Taken
from archspec.source.tree import Mapping, Scalar, Sequence, Tree

_KEY = r"[A-Za-z_][\w.-]*(?=:(?:[ \n]))"
_SHARED = re.compile(r"(?:^|[-:?,\[{])[ \t]*(?:[&*][\w-]|!)|^(?:---|\.\.\.)", re.MULTILINE | re.ASCII)
"""What may reach from one piece into another: anchors, aliases and tags, and the ends of documents."""

_AT_MARGIN = re.compile(rf"^(?:(?P<key>{_KEY})|(?P<item>-[ \n])|(?P<other>[^\s#]))", re.MULTILINE | re.ASCII)
_BLANK = r"[ ]*(?:#[^\n]*)?\n"
_PROLOGUE = re.compile(f"(?:{_BLANK})*")
_HEADER = re.compile(rf"{_KEY}:(?:{_BLANK})+(?P<indent>[ ]*)(?=[^\s#])", re.ASCII)
_INDENTED = re.compile(rf"^(?P<indent>[ ]*)(?:(?P<key>{_KEY})|(?P<item>-[ \n])|(?P<other>[^ \n#]))", re.M | re.ASCII)


@record
class _Piece:
    """One entry or item, in a mapping or list of its own, with places as if the text began with it."""

    tree: Mapping | Sequence
    values: int
    height: int


class Pieces:
    """What was parsed of some files when they were read last, by their names."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, _Piece]] = {}

    def tree(self, source: Source, parser: Parser, taken: Taken) -> Tree | None:
        """The tree of a text, equal to the one that is read of all of it; None where only that can tell."""
        text = source.text.replace("\r\n", "\n").replace("\r", "\n") + "\n"
        starts = [] if FORBIDDEN.search(text) or _SHARED.search(text) else _entries(text)
        if not starts:
            return None
        reading = _Reading(source, parser, self._known.get(source.name, {}))
        tree = reading.mapping(text, starts)
        if tree is None or taken.values + reading.values > limits.VALUES:
            return None
        taken.values += reading.values
        self._known[source.name] = reading.found
        return tree


class _Reading:
    """One reading: the pieces known before it, and those that it finds."""

    def __init__(self, source: Source, parser: Parser, known: dict[str, _Piece]) -> None:
        self._source = source
        self._parser = parser
        self._known = known
        self.found: dict[str, _Piece] = {}
        self.values = 1  # the mapping itself

    def mapping(self, text: str, starts: list[int]) -> Mapping | None:
        """The mapping whose entries start at these offsets."""
        parts: list[Mapping | Sequence] = []
        line = text.count("\n", 0, starts[0])
        for part in _parts(text, starts):
            entry = self._divided(part, line) or self._piece(part, line, 0)
            if not isinstance(entry, Mapping):
                return None
            parts.append(entry)
            line += part.count("\n")
        whole = _sum(self._source, parts)
        return whole if isinstance(whole, Mapping) else None

    def _divided(self, part: str, line: int) -> Mapping | None:
        """An entry whose value is a block list or mapping, by the pieces of that."""
        starts = _inner(part)
        if len(starts) < 2:
            return None
        name = part[: part.index(":")]
        key = Span(self._source, line + 1, 1, line + 1, len(name) + 1)
        values, parts = self.values, []
        inner = line + part.count("\n", 0, starts[0])
        for piece in _parts(part, starts):
            tree = self._piece(piece, inner, 1)
            if tree is None:
                break
            parts.append(tree)
            inner += piece.count("\n")
        whole = _sum(self._source, parts) if len(parts) == len(starts) else None
        if whole is None:
            self.values = values
            return None
        self.values += 2  # the key, and the value itself
        return Mapping({name: whole}, {name: key}, Span(self._source, *key[1:3], *whole.span[3:]))

    def _piece(self, text: str, line: int, above: int) -> Mapping | Sequence | None:
        piece = self.found.get(text) or self._known.get(text) or _parsed(text, self._parser)
        if piece is None or piece.height + above > limits.NESTING:
            return None
        self.found[text] = piece
        self.values += piece.values
        moved = _moved(piece.tree, self._source, line)
        return moved if not isinstance(moved, Scalar) else None


def _entries(text: str) -> list[int]:
    """Where the entries of the mapping start that the text is, which is empty where it may be something else."""
    found: list[int] = []
    for match in _AT_MARGIN.finditer(text):
        if match["key"]:
            found.append(match.start())
        elif match["other"] or not found:
            return []
    return found if found and _PROLOGUE.fullmatch(text, 0, found[0]) else []


def _inner(part: str) -> list[int]:
    """Where the items or entries start of the block list or mapping that an entry's value is; empty for any other."""
    header = _HEADER.match(part)
    if header is None:
        return []
    found: list[int] = []
    indent, kind = header["indent"], None
    for match in _INDENTED.finditer(part, header.start("indent")):
        if len(match["indent"]) > len(indent):
            continue
        here = "item" if match["item"] else "key" if match["key"] else None
        if here is None or len(match["indent"]) < len(indent) or kind not in (None, here):
            return []
        kind = here
        found.append(match.start())
    return [] if kind == "key" and not indent else found


def _parts(text: str, starts: list[int]) -> Iterator[str]:
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        yield text[start:end]


def _parsed(text: str, parser: Parser) -> _Piece | None:
    """A piece on its own, or None where it is not sound, or not one."""
    collector, taken = Collector(), Taken()
    tree = read_document(Source("", text), collector, parser, taken)
    if collector.diagnostics or not isinstance(tree, (Mapping, Sequence)):
        return None
    if len(tree.entries if isinstance(tree, Mapping) else tree.items) != 1:
        return None
    return _Piece(tree, taken.values - 1, _height(tree))


def _height(tree: Tree) -> int:
    if isinstance(tree, Scalar):
        return 0
    inner = tree.entries.values() if isinstance(tree, Mapping) else tree.items
    return 1 + max(map(_height, inner), default=0)


def _sum(source: Source, parts: list[Mapping | Sequence]) -> Mapping | Sequence | None:
    """The mapping or list of all entries or items; None where two have one key, or where not all are of one kind."""
    first, last = parts[0].span, parts[-1].span
    span = Span(source, first.line, first.column, last.end_line, last.end_column)
    if isinstance(parts[0], Sequence):
        items = [item for part in parts if isinstance(part, Sequence) for item in part.items]
        return Sequence(tuple(items), span) if len(items) == len(parts) else None
    entries: dict[str, Tree] = {}
    keys: dict[str, Span] = {}
    for part in parts:
        if isinstance(part, Mapping):
            entries |= part.entries
            keys |= part.keys
    return Mapping(entries, keys, span) if len(entries) == len(parts) else None


def _moved(tree: Tree, source: Source, lines: int) -> Tree:
    """A tree in another text, so many lines below where it stands now."""
    _, line, column, end_line, end_column = tree.span
    span = Span(source, line + lines, column, end_line + lines, end_column)
    if isinstance(tree, Scalar):
        return Scalar(tree.value, span, tree.quoted)
    if isinstance(tree, Sequence):
        return Sequence(tuple([_moved(item, source, lines) for item in tree.items]), span)
    entries = {key: _moved(value, source, lines) for key, value in tree.entries.items()}
    keys = {
        key: Span(source, line + lines, column, end_line + lines, end_column)
        for key, (_, line, column, end_line, end_column) in tree.keys.items()
    }
    return Mapping(entries, keys, span)
