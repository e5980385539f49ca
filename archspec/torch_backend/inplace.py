"""Activations that may overwrite their input: it is fresh, nobody else needs it, and no gradient does."""

from __future__ import annotations

from collections import Counter

from archspec.graph.graph import Node, Scope, Value
from archspec.torch_backend.program import taken

_ACTIVATIONS = ("relu", "relu6", "leaky_relu", "hardswish", "silu")
_FRESH = ("conv", "conv_transpose", "linear", "add", "concat")


def in_place(scope: Scope, results: list[Value]) -> set[Node]:
    """The activations of a scope that can work in place."""
    uses = Counter(value for item in scope.body for value in taken(item))
    uses.update(results)
    made = {item.output: item for item in scope.body if isinstance(item, Node)}
    found: set[Node] = set()
    for item in scope.body:
        if not isinstance(item, Node) or item.op.name != "act" or item.op.type not in _ACTIVATIONS:
            continue
        source = made.get(item.inputs[0])
        if source is not None and uses[item.inputs[0]] == 1 and _is_fresh(source):
            found.add(item)
    return found


def _is_fresh(node: Node) -> bool:
    return node.op.name in _FRESH or (node.op.name == "norm" and node.op.type in ("batch", "group", "instance"))
