"""The shapes that nodes take and give, over all the times that they ran, in a few words."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypeAlias

from archspec.editor.analysis import Analysis
from archspec.editor.kept import kept
from archspec.graph import Node, Scope
from archspec.language import BlockSpec, NodeSpec
from archspec.language.combinators import COMBINATORS
from archspec.types.sizes import Size
from archspec.types.tensor import shape_text

Shape: TypeAlias = tuple[Size, ...]

SHOWN = 3
"""Shapes that are told one by one."""


def shapes_of(analysis: Analysis, node: NodeSpec) -> tuple[Shape, ...]:
    """The shapes that a node gives each time that it runs, in order; of one that makes nothing itself, each once."""
    made = runs(analysis, node)
    if made:
        return tuple(item.output.type.shape for item in made if item.output.type is not None)
    found = analysis.trace.shapes.get(node.span, ())
    constraints = analysis.graph.constraints if analysis.graph is not None else {}
    return tuple(tuple(_assumed(size, constraints) for size in shape) for shape in found)


def runs(analysis: Analysis, node: NodeSpec) -> tuple[Node | Scope, ...]:
    """What was made of a node each time that it ran: its op, or its module; nothing of what makes none."""
    model = COMBINATORS.get(node.op)
    inserts = model is not None and bool(model.lists())
    found = (item for span in dict.fromkeys((node.span, node.whole)) for item in analysis.items.get(span, ()))
    return tuple(item for item in found if item.label == node.op and (isinstance(item, Scope) or not inserts))


def times_called(analysis: Analysis, block: BlockSpec) -> int:
    """How often a block is called."""
    return sum(_is_of(item, block) for item in _modules(analysis).get(block.name, ()))


@kept
def _modules(analysis: Analysis) -> Mapping[str, tuple[Scope, ...]]:
    """The modules of blocks, by the names of these."""
    found: dict[str, list[Scope]] = {}
    for items in analysis.items.values():
        for item in items:
            if isinstance(item, Scope) and item.block:
                found.setdefault(item.block, []).append(item)
    return {name: tuple(scopes) for name, scopes in found.items()}


def _is_of(scope: Scope, block: BlockSpec) -> bool:
    """Whether a module is of this block, and of no other of its name: something in it stands in the definition."""
    whole = block.layers.span
    spans = (item.span for item in scope.body if item.span is not None)
    return not scope.body or any(
        span.source is whole.source and whole.line <= span.line <= whole.end_line for span in spans
    )


def _assumed(size: Size, constraints: Mapping[str, int]) -> Size:
    return size if isinstance(size, int) or not constraints else size.assume(constraints)


def told(shapes: Collection[Shape]) -> str:
    """`64 × 56 × 56`; up to three one by one; of more, what each axis comes to: `64…512 × 7…56 × 7…56`."""
    found = [*dict.fromkeys(shapes)]
    if len(found) <= SHOWN:
        return ", ".join(shape_text(shape) or "a number" for shape in found)
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
