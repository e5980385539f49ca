"""A308: blocks that contain themselves, and slots of no parameter, whether anything calls them or not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archspec.diagnostics import Span

Calls = Mapping[str, Mapping[str, Span]]
"""What each block calls, and where it first does."""


def circles(calls: Calls) -> Iterator[tuple[list[str], Span]]:
    """Each circle of calls once: the blocks on it, from the first that is defined back to itself, and the last call."""
    done: set[str] = set()
    for start in calls:
        path: list[str] = []
        stack: list[tuple[str, Iterator[str]]] = []
        if start not in done:
            path, stack = [start], [(start, iter(calls[start]))]
        while stack:
            name, rest = stack[-1]
            inner = next(rest, None)
            if inner is None:
                done.add(name)
                stack.pop()
                path.pop()
            elif inner in path:
                yield [*path[path.index(inner) :], inner], calls[name][inner]
            elif inner in calls and inner not in done:
                path.append(inner)
                stack.append((inner, iter(calls[inner])))


def circle_message(names: list[str]) -> str:
    """What is wrong with a circle."""
    return f"blocks call each other in a circle: {' → '.join(f'`{name}`' for name in names)}"


CIRCLE_HELP = "a block cannot contain itself; use `repeat` or a stage"


def no_slot(name: str, inside: bool) -> tuple[str, str]:
    """What is wrong with a slot of no parameter, inside a block or outside of any, and the remedy."""
    if inside:
        message = f"the block has no parameter `{name}` of type `layers`"
        return message, f"declare it: `params: {{{name}: layers}}`"
    message = f"`slot: {name}` stands outside of a block"
    return message, "it is the place of the nodes that a call passes to the block"
