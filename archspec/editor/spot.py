"""A place where something is typed: what is there, what it is in, and what stands beside."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

from archspec.editor.expressions import is_open
from archspec.editor.text import Range, Text

Step: TypeAlias = str | int
Given: TypeAlias = dict[str, str | None]
"""Keys of a mapping, with the values that are scalars in one line."""
Kind: TypeAlias = Literal["key", "value", "either"]

_NAME = re.compile(r"[A-Za-z0-9_]*\Z")
_REST = re.compile(r"[A-Za-z0-9_]*")


class Spot(NamedTuple):
    """A place where something is typed.

    `path` leads to the mapping that a `key` is typed in, to the `value` that is typed, or to what may yet become
    `either`. The `word` is what is typed of it up to the offset, and `range` all of it, to be replaced. `around` has,
    for each step of the path and for the place itself, the other keys that stand beside; `starts` says where the key or
    item of each step starts, `before` where the item in front of it does. `lead` is what is missing before the word: a
    space, or the dash of an item. `named` says that a colon follows, `flow` that braces or brackets are around,
    `expression` that an expression is, `scalar` is the text of the scalar up to the offset.
    """

    path: tuple[Step, ...]
    kind: Kind
    word: str
    range: Range
    around: tuple[Mapping[str, str | None], ...]
    starts: tuple[int, ...]
    before: tuple[int | None, ...]
    scalar: str
    lead: str = ""
    named: bool = False
    flow: bool = False
    quoted: bool = False
    expression: bool = False

    @property
    def siblings(self) -> Mapping[str, str | None]:
        """The other keys of the mapping in which a key is typed."""
        return self.around[-1]


class Typed(NamedTuple):
    """A scalar that is typed: from where to where it goes, whether it is quoted, and whether a colon follows."""

    start: int
    end: int
    quoted: bool = False
    named: bool = False


class Level(NamedTuple):
    """A step of a path, where it starts, where the item before it does, and the other keys beside it."""

    step: Step
    start: int
    before: int | None
    given: Given


def placed(
    text: Text, offset: int, typed: Typed, kind: Kind, levels: Sequence[Level], given: Given, lead: str, flow: bool
) -> Spot:
    """The place of a scalar: `levels` lead to it, from the outer to the inner, and the keys that are `given` stand
    beside it."""
    scalar = text.text[typed.start : offset]
    expression = is_open(scalar)
    word, found = scalar, Range(typed.start, max(typed.end, offset))
    if expression:
        name, rest = _NAME.search(scalar), _REST.match(text.text, offset, found.end)
        word = name.group() if name is not None else ""
        found = Range(offset - len(word), offset if rest is None else rest.end())
    return Spot(
        tuple(level.step for level in levels),
        kind,
        word,
        found,
        (*(level.given for level in levels), given),
        tuple(level.start for level in levels),
        tuple(level.before for level in levels),
        scalar,
        lead,
        typed.named,
        flow,
        typed.quoted,
        expression,
    )
