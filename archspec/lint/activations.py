"""A704, A705: activations that do nothing useful."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics import Diagnostic
from archspec.lint.flow import Flow, advice, is_nothing

# x · tanh(softplus(x)) is mish, written out
_COMPOSED = {("tanh", "softplus")}
# what a last activation turns into probabilities or a bounded or positive value is meant
_OUTPUTS = ("sigmoid", "softmax", "tanh", "hardsigmoid", "softplus")


def two_activations(flow: Flow) -> Iterator[Diagnostic]:
    """An activation of an activation adds no layer: max(0, max(0, x)) is max(0, x)."""
    for node in flow.named("act"):
        if is_nothing(node):
            continue
        before = flow.before(node)
        if before is None or before.op.name != "act":
            continue
        if (node.op.type, before.op.type) not in _COMPOSED:
            message = f"two activations in a row: `{node.op.type}` of `{before.op.type}`"
            yield advice("A704", node, message, "leave one of them out, or put a layer between")


def last_activation(flow: Flow) -> Iterator[Diagnostic]:
    """An activation after the last linear cuts off what a loss needs (Goodfellow et al. 2016, section 6.2.2)."""
    for value in flow.graph.outputs.values():
        node = flow.makers.get(value)
        if node is None or node.op.name != "act" or node.op.type in _OUTPUTS or flow.takers.get(value):
            continue
        before = flow.before(node)
        if before is not None and before.op.name == "linear":
            message = f"the network ends in `{node.op.type}`: outputs are cut off where a loss expects any number"
            yield advice("A705", node, message, "leave the last activation out")
