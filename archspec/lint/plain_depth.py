"""A702: plain networks beyond twenty layers train worse than shallower ones (He et al. 2015, figure 1)."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics import Diagnostic, Span
from archspec.graph.graph import Node, Value
from archspec.lint.flow import Flow, advice, is_layer

MOST = 20


def plain_depth(flow: Flow) -> Iterator[tuple[Diagnostic, Span]]:
    """A chain of layers that no shortcut crosses: a join starts a new count."""
    depth: dict[Value, int] = {}
    for node in flow.nodes:
        joins = len(node.inputs) > 1
        before = 0 if joins else max((depth.get(value, 0) for value in node.inputs), default=0)
        depth[node.output] = before + is_layer(node)
        if depth[node.output] == MOST + 1 and is_layer(node) and not _crossed(flow, node):
            message = f"more than {MOST} layers in a row without a shortcut"
            yield advice("A702", node, message, "wrap every two or three layers in a `residual`")
            return


def _crossed(flow: Flow, node: Node) -> bool:
    """Whether a value from before the chain is joined after it."""
    chain = {node.output}
    value = node.inputs[0]
    while (maker := flow.maker.get(value)) is not None and len(maker.inputs) == 1:
        chain.add(value)
        value = maker.inputs[0]
    chain.add(value)
    joined = (taker for v in chain for taker in flow.takers.get(v, []))
    return any(len(taker.inputs) > 1 for taker in joined)
