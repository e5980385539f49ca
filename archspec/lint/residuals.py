"""A710, A711: residuals that grow, and projections that nothing asks for."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics import Diagnostic, Span
from archspec.graph.graph import Node, Scope
from archspec.lint.flow import Flow, advice, is_layer, is_norm

_TOUCHES = ("scale", "multiply", "sigmoid")


def without_norm(flow: Flow) -> Iterator[tuple[Diagnostic, Span]]:
    """A network of many residuals without a norm doubles its variance at each (Zhang et al. 2019, Fixup)."""
    joins = [node for node in flow.nodes if node.op.name == "add" and node.inputs[0] is not node.inputs[-1]]
    if len(joins) < 2 or any(is_norm(node) or node.op.name in _TOUCHES for node in flow.nodes):
        return
    if any(is_layer(node) for node in flow.nodes):
        message = f"{len(joins)} residuals without any normalization: the variance grows with each"
        yield advice(
            "A710", joins[0], message, "normalize in the body, or start its last layer at `init: {weight: zeros}`"
        )


def needless_projection(flow: Flow) -> Iterator[tuple[Diagnostic, Span]]:
    """A shortcut with weights where stride and channels are equal: the identity serves (He et al. 2016, section 3)."""
    stack: list[Node | Scope] = [*flow.graph.root.body]
    while stack:
        item = stack.pop(0)
        if not isinstance(item, Scope):
            continue
        stack += item.body
        layers = [node for node in item.body if isinstance(node, Node) and is_layer(node)]
        before, after = item.inputs[0].type, item.output.type
        if item.kind != "shortcut" or not layers or before is None or after is None:
            continue
        if before.shape == after.shape and before.layout == after.layout:
            message = f"the shortcut projects {before} to itself, where the identity fits"
            yield advice("A711", layers[0], message, "leave `shortcut` out: `auto` projects only where it must")
