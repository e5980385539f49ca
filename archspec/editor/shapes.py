"""The shapes that nodes take and give, over all the times that they ran, in a few words."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TypeAlias

from archspec.editor.analysis import Analysis
from archspec.graph import Node, Scope
from archspec.language import NodeSpec
from archspec.types.sizes import Size
from archspec.types.tensor import shape_text

Shape: TypeAlias = tuple[Size, ...]

SHOWN = 3
"""Shapes that are told one by one."""


def shapes_of(analysis: Analysis, node: NodeSpec) -> dict[Shape, int]:
    """The shapes that a node gives, in the order in which it did first, and how often."""
    return _beside(runs(analysis, node)) or dict(analysis.trace.shapes.get(node.span, {}))


def runs(analysis: Analysis, node: NodeSpec) -> tuple[Node | Scope, ...]:
    """What was made of a node each time that it ran: its op, or its module; nothing of what makes none."""
    places = dict.fromkeys((node.span, node.whole))
    return tuple(item for span in places for item in analysis.items.get(span, ()) if item.label == node.op)


def _beside(items: Iterable[Node | Scope]) -> dict[Shape, int]:
    """The shapes of values that stand beside the current one, which a node gives on."""
    found: dict[Shape, int] = {}
    for item in items:
        if isinstance(item, Node) and item.beside and item.output.type is not None:
            found[item.output.type.shape] = found.get(item.output.type.shape, 0) + 1
    return found


def told(shapes: Collection[Shape]) -> str:
    """`64 × 56 × 56`; up to three one by one; of more, what each axis comes to: `64…512 × 7…56 × 7…56`."""
    found = [*dict.fromkeys(shapes)]
    if len(found) <= SHOWN:
        return ", ".join(map(shape_text, found))
    if len({len(shape) for shape in found}) > 1:
        return f"{shape_text(found[0])} … {shape_text(found[-1])}"
    return shape_text(_axis(sizes) for sizes in zip(*found, strict=True))


def compact(text: str) -> str:
    """The same where several stand in one line: `64×56×56`."""
    return text.replace(" × ", "×")


def _axis(sizes: tuple[Size, ...]) -> str:
    numbers = [size for size in sizes if isinstance(size, int)]
    ends = (min(numbers), max(numbers)) if len(numbers) == len(sizes) else (sizes[0], sizes[-1])
    return str(ends[0]) if len(set(sizes)) == 1 else f"{ends[0]}…{ends[1]}"
