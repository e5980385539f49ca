"""A710, A711: residuals that grow, and projections that nothing asks for."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics import Diagnostic
from archspec.graph.nodes import Node, Scope
from archspec.lint.flow import Flow, advice, is_layer, is_norm

_AS_IT_IS = ("norm", "identity", "dropout")


def without_norm(flow: Flow) -> Iterator[Diagnostic]:
    """A network of many residuals without a norm doubles its variance at each (Zhang et al. 2019, Fixup, section 2)."""
    joins = [node for node in flow.nodes if node.op.name == "add"]
    if len(joins) < 2 or any(_tamed(node) for node in flow.nodes) or not any(is_layer(node) for node in flow.nodes):
        return
    message = f"{len(joins)} residuals without any normalization: the variance grows with each"
    yield advice("A710", joins[0], message, "normalize in the body, or start its last layer at `init: {weight: zeros}`")


def _tamed(node: Node) -> bool:
    """Whether a node keeps the variance of residuals down: a norm, a factor, or weights that start at zero."""
    weight = node.init.get("weight")
    return is_norm(node) or node.op.name in ("scale", "multiply") or (weight is not None and weight.name == "zeros")


def needless_projection(flow: Flow) -> Iterator[Diagnostic]:
    """A shortcut with weights where stride and channels are equal: the identity serves better.

    He et al. 2016, Identity Mappings in Deep Residual Networks, section 3.
    """
    for _, scope in flow.graph.items():
        if not isinstance(scope, Scope) or scope.kind != "shortcut":
            continue
        before, after = scope.inputs[0].type, scope.output.type
        if before is None or after is None or before.shape != after.shape:
            continue
        nodes = list(scope.nodes())
        layers = [node for node in nodes if is_layer(node)]
        added = any(taker.op.name == "add" for taker in flow.takers.get(scope.output, ()))
        if layers and added and before.layout == after.layout and all(_projects(node) for node in nodes):
            message = f"the shortcut projects {before} to itself, where the identity fits"
            yield advice("A711", layers[0], message, "leave `shortcut` out: `auto` projects only where it must")


def _projects(node: Node) -> bool:
    """Whether a node may be part of a projection: linear, and each position by itself."""
    if node.op.name == "conv":
        return node.op.kernel == 1 or (isinstance(node.op.kernel, tuple) and set(node.op.kernel) == {1})
    return node.op.name in ("linear", *_AS_IT_IS) or (node.op.name == "act" and node.op.type == "identity")
