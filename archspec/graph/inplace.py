"""Activations and sums that may overwrite a value: it is fresh, nobody else needs it, and no gradient does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Set

from archspec.graph.needed import Roles
from archspec.graph.nodes import Node, Scope


def in_place(scope: Scope) -> dict[Node, int]:
    """The nodes of a scope that can work in place, each with the number of the input to overwrite."""
    roles = Roles(scope)
    uses = Counter(value for _, takes, _ in roles.items for value in takes)
    uses.update(roles.gives)
    made = {gives[0]: item for item, _, gives in roles.items if isinstance(item, Node)}
    free = {value for value, source in made.items() if uses[value] == 1 and _is_fresh(source)}
    found: dict[Node, int] = {}
    for item, takes, _ in roles.items:
        if isinstance(item, Node):
            at = _overwritten(item, takes, free)
            if at is not None:
                found[item] = at
    return found


def _overwritten(node: Node, takes: tuple[object, ...], free: Set[object]) -> int | None:
    """The input that a node may overwrite. A module that runs again may not: elsewhere it is another value."""
    is_module = node.call.is_module
    shared = bool(node.again) or node.of is not None
    # values of a function with arguments are aligned first: they have not the shape of the output
    if _is_alone(node) or (shared if is_module else node.call.arguments):
        return None
    for at, value in enumerate(takes[: node.traits.overwrites]):
        fits = all(run.inputs[at].type == run.output.type for run in (node, *node.again))
        if value in free and fits and (at == 0 or not is_module):
            return at
    return None


def _is_fresh(node: Node) -> bool:
    """Whether the output is a tensor of its own, which its own gradient does not need."""
    return node.traits.fresh and not _is_alone(node)


def _is_alone(node: Node) -> bool:
    """Whether a join has nothing to join, and gives what it takes."""
    return node.traits.join is not None and len(node.inputs) == 1
