"""A710, A711: residuals that grow, and projections that nothing asks for."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics import Diagnostic
from archspec.graph.nodes import Node, Scope
from archspec.lint.flow import Flow, advice


def without_norm(flow: Flow) -> Iterator[Diagnostic]:
    """A network of many residuals without a norm doubles its variance at each (Zhang et al. 2019, Fixup, section 2)."""
    joins = [node for node in flow.nodes if node.traits.join == "sum"]
    if len(joins) < 2 or any(_tamed(node) for node in flow.nodes) or not any(node.traits.layer for node in flow.nodes):
        return
    message = f"{len(joins)} residuals without any normalization: the variance grows with each"
    yield advice("A710", joins[0], message, "normalize in the body, or start its last layer at `init: {weight: zeros}`")


def _tamed(node: Node) -> bool:
    """Whether a node keeps the variance of residuals down: a norm, a factor, or weights that start at zero."""
    weight = node.init.get("weight")
    return bool(node.traits.norm) or node.traits.scales or (weight is not None and weight.name == "zeros")


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
        layers = [node for node in nodes if node.traits.layer]
        added = any(taker.traits.join == "sum" for taker in flow.takers.get(scope.output, ()))
        if layers and added and before.layout == after.layout and all(_projects(node) for node in nodes):
            message = f"the shortcut projects {before} to the same shape, where the identity fits"
            yield advice("A711", layers[0], message, "remove `shortcut`: `auto` projects only where needed")


def _projects(node: Node) -> bool:
    """Whether a node may be part of a projection: linear, and each position by itself."""
    seen = node.kernel
    return bool(node.traits.norm) or node.traits.passes or (seen is not None and set(seen[1:]) <= {1})
