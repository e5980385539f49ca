"""A graph seen as a flow: who makes each value, who takes it, and where a node is to be blamed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from archspec.diagnostics import Diagnostic, Related, Span
from archspec.graph.graph import Graph, Node, Value

_THROUGH = ("dropout", "identity", "drop_path")


@dataclass(frozen=True)
class Flow:
    """A graph with its values' makers and takers. `batch_size` is that of training, where it is known."""

    graph: Graph
    batch_size: int | None = None

    @cached_property
    def nodes(self) -> list[Node]:
        """All nodes, in the order in which they run."""
        return [node for _, node in self.graph.nodes()]

    @cached_property
    def maker(self) -> dict[Value, Node]:
        """The node that makes each value."""
        return {node.output: node for node in self.nodes}

    @cached_property
    def takers(self) -> dict[Value, list[Node]]:
        """The nodes that take each value."""
        found: dict[Value, list[Node]] = {}
        for node in self.nodes:
            for value in node.inputs:
                found.setdefault(value, []).append(node)
        return found

    def before(self, node: Node) -> Node | None:
        """What made the value that a node takes, looking through dropout and the like; None at the input."""
        found = self.maker.get(node.inputs[0])
        while found is not None and (found.op.name in _THROUGH or is_nothing(found)):
            found = self.maker.get(found.inputs[0])
        return found

    def only_taker(self, node: Node) -> Node | None:
        """The one node that takes a node's output, where no other does and the network does not return it."""
        takers = self.takers.get(node.output, [])
        return takers[0] if len(takers) == 1 and node.output not in self.graph.outputs.values() else None


def is_nothing(node: Node) -> bool:
    """Whether a norm or activation is switched off."""
    return (node.op.name, getattr(node.op, "type", None)) in (("norm", "none"), ("act", "identity"))


def is_norm(node: Node, *types: str) -> bool:
    """Whether a node normalizes, in one of the given ways."""
    return node.op.name == "norm" and not is_nothing(node) and (not types or node.op.type in types)


def is_layer(node: Node) -> bool:
    """Whether a node multiplies by weights."""
    return node.op.name in ("conv", "conv_transpose", "linear")


def advice(code: str, node: Node, message: str, help: str) -> tuple[Diagnostic, Span]:
    """A warning about a node, with the place of the node itself; where that is a bundled block's, the call is shown."""
    sites = node.site.chain() if node.site is not None else []
    if sites and sites[0].span.source is not node.span.source:
        where = (Related(node.span, f"in `{sites[-1].block}`"),)
        return Diagnostic(code, message, sites[0].span, "called here", help, where, "warning"), node.span
    related = (Related(sites[0].span, f"`{sites[0].block}` is called here"),) if sites else ()
    return Diagnostic(code, message, node.span, "", help, related, "warning"), node.span


Rule: TypeAlias = Callable[[Flow], Iterator[tuple[Diagnostic, Span]]]
"""A rule: its findings, each with the place that makes it one finding however often it is met."""
