"""Activations and sums that may overwrite a value: it is fresh, nobody else needs it, and no gradient does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from archspec.graph.nodes import Node, Scope, Value


def in_place(scope: Scope) -> dict[Node, int]:
    """The nodes of a scope that can work in place, each with the number of the input to overwrite."""
    items = [item for item in scope.body if item.runs]
    uses = Counter(value for item in items for value in item.takes)
    uses.update(scope.gives)
    made = {item.output: item for item in items if isinstance(item, Node)}
    free = {value: source for value, source in made.items() if uses[value] == 1 and _is_fresh(source)}
    found: dict[Node, int] = {}
    for item in items:
        if isinstance(item, Node):
            at = _overwritten(item, free)
            if at is not None:
                found[item] = at
    return found


def _overwritten(node: Node, free: Mapping[Value, Node]) -> int | None:
    """The input that a node may overwrite."""
    if _is_alone(node):
        return None
    for at, value in enumerate(node.inputs[: node.traits.overwrites]):
        if value in free and value.type == node.output.type and (at == 0 or not node.call.is_module):
            return at
    return None


def _is_fresh(node: Node) -> bool:
    """Whether the output is a tensor of its own, which its own gradient does not need."""
    return node.traits.fresh and not _is_alone(node)


def _is_alone(node: Node) -> bool:
    """Whether a join has nothing to join, and gives what it takes."""
    return node.traits.join is not None and len(node.inputs) == 1
