"""Circles of blocks: each of those that call one another is one mistake, whether anything enters it or not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from archspec.compiler.context import Context
from archspec.diagnostics import Related, Span
from archspec.language import BlockSpec

Calls = Mapping[BlockSpec, Mapping[BlockSpec, Span]]
"""What each block calls, and where it first does."""


def refuse_circles(context: Context) -> None:
    """Report the circles among the calls that the walk has met."""
    calls = {block: context.calls[block] for block in sorted(context.calls, key=_position)}
    for circle in _circles(calls):
        if context.collector.full:
            break
        names = " → ".join(f"`{block.name}`" for block in circle)
        related = [Related(calls[a][b], f"`{b.name}` is called here") for a, b in pairwise(circle[:-1])]
        help = "a block cannot contain itself; use `repeat` or a stage"
        last = calls[circle[-2]][circle[-1]]
        context.collector.error("A308", f"blocks call each other in a cycle: {names}", last, help, related)


def _position(block: BlockSpec) -> tuple[str | int, ...]:
    return (block.span.source.name, *block.span[1:])


def _circles(calls: Calls) -> Iterator[list[BlockSpec]]:
    """Each circle once: the blocks on it, from the first that is defined back to itself."""
    done: set[BlockSpec] = set()
    for start in calls:
        path: dict[BlockSpec, None] = {}
        stack: list[tuple[BlockSpec, Iterator[BlockSpec]]] = []
        if start not in done:
            path, stack = {start: None}, [(start, iter(calls[start]))]
        while stack:
            block, rest = stack[-1]
            inner = next(rest, None)
            if inner is None:
                done.add(block)
                stack.pop()
                del path[block]
            elif inner in path:
                found = list(path)
                yield [*found[found.index(inner) :], inner]
            elif inner in calls and inner not in done:
                path[inner] = None
                stack.append((inner, iter(calls[inner])))
