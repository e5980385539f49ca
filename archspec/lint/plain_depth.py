"""A702: plain networks beyond twenty layers train worse than shallower ones (He et al. 2015, figure 1)."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics import Diagnostic
from archspec.graph.nodes import Node, Value
from archspec.lint.flow import Flow, advice

PLAIN_LAYERS = 20


def plain_depth(flow: Flow) -> Iterator[Diagnostic]:
    """A row of layers that no shortcut crosses, where a depthwise convolution and the one after it are one layer."""
    depth: dict[Value, int] = {}
    beyond: list[Node] = []
    for node, crossed in zip(flow.nodes, _crossed(flow), strict=True):
        if crossed or node.traits.join:
            continue
        before = depth.get(node.source, 0) if node.source else 0
        depth[node.output] = before + (node.traits.layer and not _is_depthwise(node))
        if depth[node.output] == PLAIN_LAYERS + 1:
            beyond.append(node)
    if beyond:
        message = f"{max(depth.values())} layers in a row without a shortcut, more than {PLAIN_LAYERS}"
        yield advice("A702", beyond[0], message, "wrap every two or three layers in a `residual`")


def _is_depthwise(node: Node) -> bool:
    """Whether a node convolves each channel by itself."""
    seen = node.kernel
    return seen is not None and seen[0] == 1 and node.types[0].channels > 1


def _crossed(flow: Flow) -> list[bool]:
    """For each node, in order, whether a value from before it is joined after it."""
    made: dict[Value, int] = {}
    last: dict[Value, int] = {}
    for at, node in enumerate(flow.nodes):
        made |= dict.fromkeys(node.outputs, at)
        for value in node.inputs if node.traits.join else node.inputs[:1]:
            last[value] = at
    changes = [0] * (len(flow.nodes) + 1)
    for value, end in last.items():
        changes[made.get(value, -1) + 1] += 1
        changes[end] -= 1
    crossed = []
    open_ = 0
    for change in changes[:-1]:
        open_ += change
        crossed.append(open_ > 0)
    return crossed
