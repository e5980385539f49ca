"""A704, A705: activations that do nothing useful."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics import Diagnostic
from archspec.lint.flow import Flow, advice

# x · tanh(softplus(x)) is mish, written out
_COMPOSED = {("tanh", "softplus")}


def two_activations(flow: Flow) -> Iterator[Diagnostic]:
    """An activation of an activation adds no layer: max(0, max(0, x)) is max(0, x)."""
    for node in flow.nodes:
        own = node.traits.activation
        before = flow.before(node) if own else None
        first = before.traits.activation if before is not None else None
        if first and (own, first) not in _COMPOSED:
            message = f"two activations in a row: `{own}` of `{first}`"
            yield advice("A704", node, message, "remove one of them, or put a layer between them")


def last_activation(flow: Flow) -> Iterator[Diagnostic]:
    """An activation after the last linear cuts off what a loss needs (Goodfellow et al. 2016, section 6.2.2)."""
    for value in flow.graph.outputs.values():
        node = flow.makers.get(value)
        traits = node.traits if node is not None else None
        if node is None or not traits or not traits.activation or traits.final or flow.takers.get(value):
            continue
        before = flow.before(node)
        if before is not None and before.traits.layer and before.output.type and not before.output.type.channels_first:
            message = f"the network ends in `{traits.activation}`: it limits the outputs, but a loss expects any number"
            yield advice("A705", node, message, "remove the last activation")
