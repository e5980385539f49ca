"""Which items of a scope are a `parallel` that splits channels: it alone makes chunks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TypeAlias

from archspec.errors import UsageError
from archspec.graph import Node, Scope
from archspec.ops import JOINS, Chunk

Items: TypeAlias = Sequence[Node | Scope]


def is_chunk(item: Node | Scope) -> bool:
    """Whether an item is a part of the channels of a value."""
    return isinstance(item, Node) and isinstance(item.op, Chunk)


def chunks(body: Items, at: int) -> list[Node]:
    """The parts of one value: the chunks that follow each other up to its last channel."""
    found: list[Node] = []
    total = 0
    for item in body[at:]:
        if not isinstance(item, Node) or not isinstance(item.op, Chunk) or item.op.start != total:
            break
        found.append(item)
        total += item.op.length
        if item.types[0].channels == total:
            break
    return found


def bounds(body: Items, at: int) -> list[int]:
    """Where each branch begins of the split that begins at `at`, and where the join stands that ends the last.

    Raises `UsageError` where no join ends them all, as it does in whatever the compiler makes.
    """
    parts = chunks(body, at)
    first = place = at + len(parts)
    if len(parts) == 1:
        return [first, first]
    likely: list[int] = []
    while place < len(body):
        item = body[place]
        if is_chunk(item):
            place = bounds(body, place)[-1]
        elif isinstance(item, Node) and item.op.name in JOINS and item.name.startswith(item.op.name):
            found = _branches(body, parts, first, place, item)
            if found and _apart(body, parts, found):
                return found
            likely = likely or found
        place += 1
    if likely:
        return likely
    raise UsageError(f"the network cannot be written out: what `{parts[0].name}` begins is not joined")


def _branches(body: Items, parts: list[Node], first: int, end: int, joined: Node) -> list[int]:
    """Where each branch begins if this join ends them; nothing if it does not."""
    if len(joined.inputs) != len(parts):
        return []
    after = {item.output: place for place, item in enumerate(body[first:end], first + 1)}
    found = [first]
    for chunk, value in zip(parts, joined.inputs, strict=True):
        found.append(max(after.get(value, 0), found[-1] if value is chunk.output else 0))
        if found[-1] < found[-2]:
            return []
    return found if found[-1] == end else []


def _apart(body: Items, parts: list[Node], places: list[int]) -> bool:
    """Whether no branch takes the part of another, as where a residual in the first one ends rather than the split."""
    owner = {part.output: branch for branch, part in enumerate(parts)}
    return all(
        owner.get(value, branch) == branch
        for branch, (start, end) in enumerate(pairwise(places))
        for item in body[start:end]
        for value in item.inputs
    )
