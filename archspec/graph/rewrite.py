"""A graph with some of its ops replaced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from archspec.graph.graph import Graph, Level
from archspec.graph.nodes import Node, Scope, Value, link
from archspec.ops.base import Op


def replaced(graph: Graph, ops: Mapping[Node, Op]) -> Graph:
    """A graph of its own, in which nodes have other ops with outputs of the same types; initializers of weights that
    an op no longer has are dropped."""
    return _Copy(ops).graph(graph)


class _Copy:
    """What each value and scope of the former graph is in the new one."""

    def __init__(self, ops: Mapping[Node, Op]) -> None:
        self.ops = ops
        self.values: dict[Value, Value] = {}
        self.nodes: dict[Node, Node] = {}
        self.scopes: dict[Scope | None, Scope | None] = {None: None}

    def graph(self, graph: Graph) -> Graph:
        root = self.scope(graph.root)
        levels = tuple(Level(level.name, self.value(level.value)) for level in graph.levels)
        inputs, outputs = (
            {name: self.value(value) for name, value in each.items()} for each in (graph.inputs, graph.outputs)
        )
        return replace(graph, root=root, inputs=inputs, outputs=outputs, levels=levels)

    def scope(self, scope: Scope) -> Scope:
        """A scope with all in it. Depth is bounded by the compiler."""
        new = replace(scope, inputs=scope.inputs, parent=self.scopes[scope.parent], body=[], captures={}, exports={})
        self.scopes[scope] = new
        new.inputs = tuple(map(self.value, scope.inputs))
        new.captures = dict.fromkeys(map(self.value, scope.captures))
        new.body = [self.scope(item) if isinstance(item, Scope) else self.node(item) for item in scope.body]
        new.exports = dict.fromkeys(map(self.value, scope.exports))
        new.output = self.value(scope.output)
        if scope.of is not None:
            first = self.scopes[scope.of]
            assert first is not None
            new.of = first
            first.again.append(new)
        return new

    def node(self, node: Node) -> Node:
        inputs, output = tuple(map(self.value, node.inputs)), self.value(node.output)
        new = self.nodes[node] = replace(node, op=self.ops.get(node, node.op), inputs=inputs, output=output)
        new.more = tuple(map(self.value, node.more))
        new.tied = {name: (self.nodes[owner], theirs) for name, (owner, theirs) in node.tied.items()}
        if node.of is not None:
            link(new, self.nodes[node.of])
        names = {weight.name for weight in new.weights}
        new.init = {name: rule for name, rule in node.init.items() if name in names}
        return new

    def value(self, value: Value) -> Value:
        if value not in self.values:
            self.values[value] = Value(value.type, self.scopes[value.scope])
        return self.values[value]
