"""The scopes of a network as nodes: each is a `seq` or a `stage`, and holds its nodes by the names that they have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from archspec.compiler.names import Entry
from archspec.errors import UsageError
from archspec.graph import Node, Scope, Value
from archspec.ops import JOINS, is_hidden
from archspec.resolver.arguments import written_arguments
from archspec.resolver.references import Hidden, Names, Path
from archspec.resolver.text import Nodes

NodeTree: TypeAlias = dict[str, dict[str, Any]]


@dataclass(slots=True, eq=False)
class Written:
    """What the scopes of a network leave beside their nodes.

    `hidden` are the scopes out of which some value is not found, `blocks` the definitions that they are written as, and
    `names` those of the blocks. `init` is that of the whole spec.
    """

    hidden: set[Scope] = field(default_factory=set)
    blocks: dict[str, dict[str, Any]] = field(default_factory=dict)
    names: dict[Scope, str] = field(default_factory=dict)
    init: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class ScopeWriter:
    """Writes the nodes of one scope, and defines their names as the compiler will."""

    scope: Scope
    names: Names
    paths: Mapping[Value, Sequence[Path]]
    written: Written

    def layers(self) -> Nodes:
        """All nodes of the scope; the last one gives what the scope returns."""
        found, current = Nodes(), self.scope.inputs[0]
        for item in self.scope.body:
            found.append(self._scope(item, current) if isinstance(item, Scope) else self._node(item, current))
            current = item.output
        if self.scope.output is not current:
            found.append({"repeat": {"from": self.reference(self.scope.output, current), "times": 0, "layers": []}})
        return found

    def reference(self, value: Value, current: Value) -> str:
        """The reference to a value. Raises `Hidden` where there is none."""
        return self.names.reference(value, current, self.paths)

    def _head(self, item: Node | Scope, current: Value) -> dict[str, Any]:
        """The name of an item, and the value that it takes where that is not the current one."""
        value = item.inputs[0]
        return {"name": item.name} | ({} if value is current else {"from": self.reference(value, current)})

    def _node(self, node: Node, current: Value) -> NodeTree:
        if type(node.op) in JOINS.values():
            given = {"name": node.name, "from": [self.reference(value, current) for value in node.inputs]}
        else:
            given = self._head(node, current) | written_arguments(node, self.written.init)
            for name, value in zip(node.op.referred, node.inputs[1:], strict=True):
                given[name] = self.reference(value, current)
        if is_hidden(type(node.op)):
            raise UsageError(f"the network cannot be written out: an op of a plugin hides `{node.op.name}`")
        self.names.lookup.entries[node.name] = Entry(node.output)
        return {node.op.name: given}

    def _scope(self, scope: Scope, current: Value) -> NodeTree:
        given = self._head(scope, current)
        if scope not in self.written.hidden:
            try:
                _, layers = self._inside(scope, is_block=False)
                return {"stage" if scope.kind == "stage" else "seq": {**given, "layers": layers}}
            except Hidden:
                if scope.kind == "stage":
                    raise
                self.written.hidden.add(scope)
        return self._block(scope, given, current)

    def _block(self, scope: Scope, given: dict[str, Any], current: Value) -> NodeTree:
        """The call of a block: names in it hide nothing of what it is given."""
        inner, layers = self._inside(scope, is_block=True)
        name = self.written.names.setdefault(scope, f"block_{len(self.written.names) + 1}")
        params = {"params": dict.fromkeys(inner.params.values(), "ref")} if inner.params else {}
        self.written.blocks[name] = {**params, "layers": layers}
        return {name: given | {param: self.reference(value, current) for value, param in inner.params.items()}}

    def _inside(self, scope: Scope, is_block: bool) -> tuple[Names, Nodes]:
        """What is found in a scope of this one, and its nodes."""
        inner = self.names.inside(scope, is_block)
        self.names.lookup.entries[scope.name] = Entry(None, inner.lookup)
        layers = ScopeWriter(scope, inner, self.paths, self.written).layers()
        self.names.lookup.entries[scope.name] = Entry(scope.output, inner.lookup)
        return inner, layers
