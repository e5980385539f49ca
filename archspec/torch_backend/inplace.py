"""Activations and sums that may overwrite a value: it is fresh, nobody else needs it, and no gradient does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from archspec.graph.nodes import Node, Scope, Value

_ACTIVATIONS = ("relu", "relu6", "leaky_relu", "hardswish", "silu")
_JOINS = ("add", "concat")
_FRESH = ("conv", "conv_transpose", "linear", *_JOINS)


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
    if node.op.name == "act":
        return 0 if node.inputs[0] in free and _can_overwrite(node) else None
    if node.op.name != "add":
        return None
    # a sum of three is the sum of the first two, and then the third: to begin elsewhere rounds differently
    for at, value in enumerate(node.inputs[:2]):
        if value in free and value.type == node.output.type and len(node.inputs) > 1:
            return at
    return None


def _can_overwrite(act: Node) -> bool:
    """With a negative slope the gradient of a leaky relu needs the input."""
    return act.op.type in _ACTIVATIONS and (act.op.negative_slope or 0) >= 0


def _is_fresh(node: Node) -> bool:
    """Whether the output is a tensor of its own, which its own gradient does not need."""
    if node.op.name in _JOINS:
        return len(node.inputs) > 1
    return node.op.name in _FRESH or (node.op.name == "norm" and node.op.type in ("batch", "group", "instance"))
