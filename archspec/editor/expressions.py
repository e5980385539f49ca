"""The words of expressions in a text: `$name`, and what stands in `$( … )`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple, TypeAlias

from archspec.identifiers import VARIABLE
from archspec.language.expressions.functions import FUNCTIONS

WordKind: TypeAlias = Literal["variable", "function", "keyword", "number", "string", "operator"]

_START = re.compile(rf"\$\$|\$\(|\$({VARIABLE})", re.ASCII)
_WORD = re.compile(
    rf"""(?P<string>'[^']*'|"[^"]*")|(?P<number>\d+(?:\.\d*)?(?:[eE][-+]?\d+)?)|(?P<name>{VARIABLE})"""
    r"|(?P<bracket>[()\[\]])|(?P<operator>//|\*\*|[<>=!]=|[-+*/%<>])",
    re.ASCII,
)
_KEYWORDS = frozenset("and or not if else in is for true false null True False None".split())  # noqa: SIM905


class Word(NamedTuple):
    """A word of an expression: what it is, and where it stands in the text."""

    kind: WordKind
    text: str
    start: int
    end: int


def words(text: str) -> Iterator[Word]:
    """The words of all expressions in a text, in order; of one that is not closed, those that are there."""
    for start, end, alone in _expressions(text):
        if alone:
            yield Word("variable", text[start:end], start, end)
            continue
        for match in _WORD.finditer(text, start, end):
            kind = match.lastgroup
            if kind == "name":
                yield Word(_named(match.group()), match.group(), *match.span())
            elif kind != "bracket":
                yield Word(_KINDS[str(kind)], match.group(), *match.span())


def is_open(text: str) -> bool:
    """Whether a text ends inside of an expression, or right behind its `$`."""
    last = [*_expressions(text)][-1:]
    ends_in_one = any(end == len(text) and (alone or not _is_closed(text, start)) for start, end, alone in last)
    return ends_in_one or (len(text) - len(text.rstrip("$"))) % 2 == 1


def _expressions(text: str) -> Iterator[tuple[int, int, bool]]:
    """Where the inside of each expression starts and ends, and whether it is a name alone."""
    at = 0
    while (match := _START.search(text, at)) is not None:
        at = match.end()
        if match[1] is not None:
            yield *match.span(1), True
        elif match.group() == "$(":
            start, at = at, _end(text, at)
            yield start, at, False


def _end(text: str, start: int) -> int:
    """Where the parenthesis closes that was opened before; the end of the text where none does."""
    depth = 1
    for match in _WORD.finditer(text, start):
        depth += {"(": 1, ")": -1}.get(match.group(), 0)
        if depth == 0:
            return match.start()
    return len(text)


def _is_closed(text: str, start: int) -> bool:
    return _end(text, start) < len(text)


def _named(name: str) -> WordKind:
    return "keyword" if name in _KEYWORDS else "function" if name in FUNCTIONS else "variable"


_KINDS: dict[str, WordKind] = {"string": "string", "number": "number", "operator": "operator"}
