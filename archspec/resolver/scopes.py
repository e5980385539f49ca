"""The nodes of a scope, as the compiler walks them: with the names they claim and the references that find them."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

from archspec.graph import Node, Scope, Value
from archspec.ops import JOINS
from archspec.resolver.arguments import argument, arguments
from archspec.resolver.namespace import Hidden, Namespace, Shared
from archspec.resolver.residuals import End, end_at, has_residual
from archspec.resolver.splits import bounds, chunks, is_chunk
from archspec.resolver.text import Nodes

NodeTree: TypeAlias = dict[str, dict[str, Any]]


class _Written(NamedTuple):
    """A node, the value that the one before gives, and the one that it takes; joins take several."""

    before: Value
    taken: Value | None
    node: NodeTree


class ScopeWriter(Namespace):
    """Writes the nodes of one scope.

    The compiler names what a residual or a split inserts: a scope with one of them in it is written as a composite one.
    With `joins`, whatever can be a join with a name of its own is one and no residual.
    """

    def __init__(
        self, scope: Scope, outer: ScopeWriter | None, shared: Shared, is_block: bool = False, joins: bool = False
    ) -> None:
        self.body = scope.body
        self.joins = joins
        self.composite = outer is None or is_block or has_residual(scope, joins)
        super().__init__(scope, outer, shared, numbered=not self.composite, is_block=is_block)

    def layers(self) -> Nodes:
        """All nodes of the scope; the last one gives what the scope returns."""
        nodes, last = self._range(0, len(self.body), self.scope.inputs[0])
        return Nodes([*nodes, *self._back(self.scope.output, last)])

    def _back(self, value: Value, current: Value) -> list[NodeTree]:
        """A node that only goes back to a former value, where that is not the current one."""
        if value is current:
            return []
        return [{"repeat": {"from": self.reference(value, current), "times": 0, "layers": Nodes()}}]

    def _from(self, value: Value, current: Value) -> dict[str, Any]:
        return {} if value is current else {"from": self.reference(value, current)}

    def _dot(self, item: Node | Scope, current: Value) -> Value | None:
        """What an item may call `.`: nothing beside a `from`, which a residual around it may take over."""
        return current if item.inputs[0] is current else None

    def _range(self, start: int, stop: int, current: Value) -> tuple[Nodes, Value]:
        """The nodes of some items, the first of which is given `current`, and the value that the last one gives."""
        written: list[_Written] = []
        at = start
        while at < stop:
            item, before = self.body[at], current
            taken = None if isinstance(item, Node) and item.op.name in JOINS else item.inputs[0]
            if is_chunk(item):
                node, at, current = self._split(at, current)
            elif (end := self._end(at, written, current)) is not None:
                taken = end.x
                before, node = self._residual(end, written, current)
                at, current = at + end.size, end.joined.output
            else:
                node = self._scope(item, current) if isinstance(item, Scope) else self._node(item, current)
                at, current = at + 1, item.output
            written.append(_Written(before, taken, node))
        return Nodes(node for _, _, node in written), current

    def _node(self, node: Node, current: Value) -> NodeTree:
        given: dict[str, Any] = {"name": node.name}
        if node.op.name in JOINS:
            given["from"] = [self.reference(value, current) for value in node.inputs]
        else:
            given |= self._from(node.inputs[0], current) | arguments(node, self.shared.init)
            named = [name for name in node.op.references if getattr(node.op, name) is not None]
            for name, value in zip(named, node.inputs[1:], strict=True):
                given[name] = self.reference(value, self._dot(node, current))
        self.claim(node.name)
        self.define(node.name, node.output)
        return {node.op.name: given}

    def _scope(self, scope: Scope, current: Value) -> NodeTree:
        given: dict[str, Any] = {"name": scope.name} | self._from(scope.inputs[0], current)
        self.claim(scope.name)
        if scope not in self.shared.hidden:
            try:
                return _module(*self._inside(scope), given)
            except Hidden:
                if scope.kind == "stage":
                    raise
                self.shared.hidden.add(scope)
        return self._block(scope, given, current)

    def _block(self, scope: Scope, given: dict[str, Any], current: Value) -> NodeTree:
        """The call of a block: names in it hide nothing of what it is given."""
        inner, layers = self._inside(scope, is_block=True)
        name = self.shared.names.setdefault(scope, f"block_{len(self.shared.names) + 1}")
        params = {"params": dict.fromkeys(inner.params.values(), "ref")} if inner.params else {}
        self.shared.blocks[name] = {**params, "layers": layers}
        references = {param: self.reference(value, self._dot(scope, current)) for value, param in inner.params.items()}
        return {name: {**given, **references}}

    def _inside(self, scope: Scope, is_block: bool = False) -> tuple[ScopeWriter, Nodes]:
        """Write a module in this one."""
        for joins in (False, True):
            inner = ScopeWriter(scope, self, self.shared, is_block, joins)
            self.define(scope.name, None, inner.lookup)
            layers = inner.layers()
            self.define(scope.name, scope.output, inner.lookup)
            if inner.faithful:
                break
        return inner, layers

    def _end(self, at: int, written: list[_Written], current: Value) -> End | None:
        """The end of a residual that begins here, if it is to be written as one."""
        end = end_at(self.body, at, current) if self.composite else None
        if end is None or end.dropped is not None:
            return end
        return end if not self.joins and _since(end.x, written) is not None else None

    def _residual(self, end: End, written: list[_Written], current: Value) -> tuple[Value, NodeTree]:
        """A residual, which takes the nodes since its input for its body, and the value before it."""
        cut = _since(end.x, written)
        if cut is not None:
            body, before, last = Nodes(node for _, _, node in written[cut:]), written[cut].before, current
            del written[cut:]
            ((_, first),) = body[0].items()
            given = {"from": first.pop("from")} if "from" in first else {}
        else:
            given, body, before, last = self._from(end.x, current), Nodes(), current, end.x
        given["body"] = Nodes([*body, *self._back(end.made, last)])
        if end.shortcut is None:
            given["shortcut"] = "identity" if end.x.type == end.made.type else Nodes()
        else:
            self.claim(end.shortcut.name)
            _, layers = self._inside(end.shortcut)
            given["shortcut"] = {"policy": "always", "name": end.shortcut.name, "layers": layers}
        given["merge"] = end.joined.op.name
        if end.dropped is not None:
            given["drop_path"] = argument(end.dropped.op.p)
            self.insert(end.dropped)
        self.insert(end.joined)
        return before, {"residual": given}

    def _split(self, at: int, current: Value) -> tuple[NodeTree, int, Value]:
        """A `parallel` whose branches get parts of the channels, the place after it, and what it gives."""
        parts, places = chunks(self.body, at), bounds(self.body, at)
        given = self._from(parts[0].inputs[0], current)
        for chunk in parts:
            self.insert(chunk)
        split = [chunk.op.length for chunk in parts]
        if len(parts) == 1:
            return {"parallel": {**given, "branches": [Nodes()], "split": split}}, places[-1], parts[0].output
        joined = self.body[places[-1]]
        assert isinstance(joined, Node)
        branches = []
        for chunk, start, stop, value in zip(parts, places, places[1:], joined.inputs, strict=False):
            nodes, last = self._range(start, stop, chunk.output)
            branches.append(Nodes([*nodes, *self._back(value, last)]))
        self.insert(joined)
        given |= {"branches": branches, "merge": joined.op.name, "split": split}
        return {"parallel": given}, places[-1] + 1, joined.output


def _module(inner: ScopeWriter, layers: Nodes, given: dict[str, Any]) -> NodeTree:
    """The node of a scope: a composite one is a named residual, that of its first node where there is one."""
    if not inner.composite:
        return {"stage" if inner.scope.kind == "stage" else "seq": {**given, "layers": layers}}
    ((op, own),) = layers[0].items()
    plain = not {"from", "name"} & own.keys()
    if op == "residual" and plain:
        return {"residual": {**given, **own} | ({"after": Nodes(layers[1:])} if layers[1:] else {})}
    if op == "parallel" and plain and len(layers) == 1:
        return {"parallel": {**given, **own}}
    return {"residual": {**given, "body": layers, "shortcut": "none"}}


def _since(value: Value, written: list[_Written]) -> int | None:
    """Where the last node stands that takes a value."""
    return next((at for at in range(len(written) - 1, -1, -1) if written[at].taken is value), None)
