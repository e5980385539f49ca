"""A704, A705: activations that do nothing useful."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics import Diagnostic, Span
from archspec.lint.flow import Flow, advice, is_layer, is_nothing

_IDEMPOTENT_HELP = "leave one of them out, or put a layer between"
# what a last activation turns into probabilities or a bounded value is meant
_OUTPUTS = ("sigmoid", "softmax", "tanh", "hardsigmoid", "softplus", "identity")


def two_activations(flow: Flow) -> Iterator[tuple[Diagnostic, Span]]:
    """An activation of an activation."""
    for node in flow.nodes:
        before = flow.before(node)
        if node.op.name == "act" and not is_nothing(node) and before is not None and before.op.name == "act":
            message = f"two activations in a row: `{node.op.type}` of `{before.op.type}`"
            yield advice("A704", node, message, _IDEMPOTENT_HELP)


def last_activation(flow: Flow) -> Iterator[tuple[Diagnostic, Span]]:
    """An activation after the last linear cuts off what a loss needs (Goodfellow et al. 2016, section 6.2.2)."""
    for value in flow.graph.outputs.values():
        node = flow.maker.get(value)
        if node is None or node.op.name != "act" or is_nothing(node) or node.op.type in _OUTPUTS:
            continue
        before = flow.before(node)
        if before is not None and is_layer(before) and before.op.name == "linear":
            message = f"the network ends in `{node.op.type}`: outputs are cut off where a loss expects any number"
            yield advice("A705", node, message, "leave the last activation out")
