"""The scopes of a network as nodes: each is a `seq` or a `stage`, and holds its nodes by the names that they have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from archspec.compiler.names import Entry, Lookup
from archspec.errors import UsageError
from archspec.graph import Graph, Node, Scope, Value
from archspec.ops import JOINS, is_hidden
from archspec.ops.written import explicit_arguments
from archspec.records import record
from archspec.resolver.arguments import written, written_arguments
from archspec.resolver.references import Hidden, Names, Path, Role, inputs_of
from archspec.resolver.text import Nodes

NodeTree: TypeAlias = dict[str, dict[str, Any]]
Items: TypeAlias = tuple[Node | Scope, ...]
"""A node or scope in each run of the scope around, the first in front."""


@dataclass(slots=True, eq=False)
class Written:
    """What the scopes of a network leave beside their nodes.

    `hidden` are the scopes out of which some value is not found, `blocks` the definitions that they are written as, and
    `names` those of the blocks, and `params` the values that their parameters are. `init` is that of the whole spec.
    `referred` are the values that something takes which does not come right after.
    """

    hidden: set[Scope] = field(default_factory=set)
    blocks: dict[str, dict[str, Any]] = field(default_factory=dict)
    names: dict[Scope, str] = field(default_factory=dict)
    init: dict[str, Any] = field(default_factory=dict)
    params: dict[Scope, dict[Role | Node | Scope, str]] = field(default_factory=dict)
    referred: frozenset[Value] = frozenset()


@record(eq=False)
class ScopeWriter:
    """Writes the nodes of one scope, and defines their names as the compiler will."""

    scope: Scope
    names: Names
    paths: Mapping[Value, Sequence[Path]]
    written: Written

    def layers(self) -> Nodes:
        """All nodes of the scope; the last one gives what the scope returns."""
        found, current = Nodes(), inputs_of(self.scope)
        around: list[Nodes] = []
        for items in zip(*[run.body for run in self.scope.family], strict=True):
            item = items[0]
            if isinstance(item, Node) and item.op.inserted:
                found = self._end(items, found, current, around)
            else:
                found.append(self._item(items, current))
            current = current if item.beside else tuple([one.output for one in items])
        if self.scope.output is not current[0]:
            last = tuple([run.output for run in self.scope.family])
            found.append({"repeat": {"from": self.reference(last, current), "times": 0, "layers": []}})
        return found

    def _end(self, items: Items, found: Nodes, current: Role, around: list[Nodes]) -> Nodes:
        """Begin a `within`, or end it; the list that nodes go into from here."""
        node, source = items[0], inputs_of_items(items)
        assert isinstance(node, Node)
        if node.op.begins:
            given = written_arguments(node, self.written.init)
            if source != current:
                given["from"] = self.reference(source, current)
            layers = given["layers"] = Nodes()
            if shift := given.pop("shift"):
                apart: list[bool] = getattr(node.op, "taken_apart")  # noqa: B009 - what begins a combinator has it
                given["shift"] = [step for step, is_apart in zip(shift, apart, strict=False) if is_apart]
            found.append({"within": given})
            around.append(found)
            self._called(node, layers)
            return layers
        if node.op.ends:
            if source != current:
                found.append({"repeat": {"from": self.reference(source, current), "times": 0, "layers": []}})
            found = around.pop()
            if self.scope.kind != "within":
                self._called(node, found)
        return found

    def _called(self, node: Node, found: Nodes) -> None:
        """A name for what begins or ends a `within`, where something refers to it: the one part of a `split`."""
        if node.output in self.written.referred and node.output.type is not None:
            found.append({"split": {"parts": {node.name: node.output.type.channels}}})
            self.names.lookup.entries[node.name] = Entry(node.output)

    def _item(self, items: Items, current: Role) -> NodeTree:
        item = items[0]
        if item.of is not None:
            return self._again(items, current)
        return self._scope(item, items, current) if isinstance(item, Scope) else self._node(item, items, current)

    def reference(self, role: Role, current: Role) -> str:
        """The reference to a value. Raises `Hidden` where there is none."""
        return self.names.reference(role, current, self.paths)

    def _head(self, items: Items, current: Role) -> dict[str, Any]:
        """The name of an item, and the value that it takes where that is not the current one."""
        item = items[0]
        if isinstance(item, Node) and not item.op.takes_value:
            return {"name": item.name}
        source = inputs_of_items(items)
        return {"name": item.name} | ({} if source == current else {"from": self.reference(source, current)})

    def _node(self, node: Node, items: Items, current: Role) -> NodeTree:
        if type(node.op) in JOINS.values():
            taken = zip(*[item.inputs for item in items], strict=True)
            given = {"name": node.name, "from": [self.reference(role, current) for role in taken]}
            given |= {key: written(value) for key, value in explicit_arguments(node.op).items()}
        else:
            given = self._head(items, current) | written_arguments(node, self.written.init)
            given |= self._references(node, items, current)
        if is_hidden(type(node.op)):
            raise UsageError(f"the network cannot be written out: an op of a plugin hides `{node.op.name}`")
        if node.tied:
            given["tie"] = self.names.module(_owner(node), self.paths)
        self._define(node)
        return {node.op.name: given}

    def _references(self, node: Node, items: Items, current: Role) -> dict[str, Any]:
        """The arguments of a node that are references."""
        given: dict[str, Any] = {}
        roles = list(zip(*[item.inputs for item in items], strict=True))
        taken = iter(roles[node.op.takes_value :])
        for name in node.op.referred:
            role = next(taken)
            if name not in node.op.implied:
                given[name] = self.reference(role, current)
        return given

    def _again(self, items: Items, current: Role) -> NodeTree:
        """A module that runs again; of a block, what it takes from outside is given anew."""
        item = items[0]
        assert item.of is not None
        given = {"of": self.names.module(item.of, self.paths)} | self._head(items, current)
        if isinstance(item, Node):
            given |= self._references(item, items, current)
        elif isinstance(item.of, Scope):
            given |= self._passed(item.of, items, current)
        self._define(item)
        return {"reuse": given}

    def _passed(self, block: Scope, items: Items, current: Role) -> dict[str, str]:
        """What the parameters of a block get in one of its runs."""
        places = {run: at for at, run in enumerate(block.family)}
        found = {}
        for taken, param in self.written.params.get(block, {}).items():
            if isinstance(taken, tuple):
                role = tuple([taken[places[run]] for run in items if isinstance(run, Scope)])
                found[param] = self.reference(role, current)
            else:
                found[param] = self.names.module(taken, self.paths)
        return found

    def _define(self, item: Node | Scope) -> None:
        """Let references find an item, and what it gives, by its name."""
        self.names.lookup.entries[item.name] = entry_of(item)

    def _scope(self, scope: Scope, items: Items, current: Role) -> NodeTree:
        given = self._head(items, current)
        if scope not in self.written.hidden:
            try:
                _, layers = self._inside(scope, is_block=False)
                if scope.kind == "within":
                    return {"within": given | layers[0]["within"]}
                return {"stage" if scope.kind == "stage" else "seq": {**given, "layers": layers}}
            except Hidden:
                if scope.kind == "stage":
                    raise
                self.written.hidden.add(scope)
        return self._block(scope, items, given, current)

    def _block(self, scope: Scope, items: Items, given: dict[str, Any], current: Role) -> NodeTree:
        """The call of a block: names in it hide nothing of what it is given."""
        inner, layers = self._inside(scope, is_block=True)
        name = self.written.names.setdefault(scope, f"block_{len(self.written.names) + 1}")
        params = {"params": dict.fromkeys(inner.params.values(), "ref")} if inner.params else {}
        self.written.blocks[name] = {**params, "layers": layers}
        self.written.params[scope] = inner.params
        # the block's own name is none in its call
        return {name: given | self._passed(scope, items, current)}

    def _inside(self, scope: Scope, is_block: bool) -> tuple[Names, Nodes]:
        """What is found in a scope of this one, and its nodes."""
        inner = self.names.inside(scope, is_block)
        self.names.lookup.entries[scope.name] = Entry(None, inner.lookup, scope)
        layers = ScopeWriter(scope, inner, self.paths, self.written).layers()
        self.names.lookup.entries[scope.name] = Entry(scope.output, inner.lookup, scope)
        return inner, layers


def inputs_of_items(items: Items) -> Role:
    """What an item works on, in each run of the scope around."""
    return tuple([item.inputs[0] for item in items])


def entry_of(item: Node | Scope) -> Entry:
    """What the name of an item finds: its value, and the names inside."""
    inner: Lookup | None = None
    if isinstance(item, Scope):
        inner = Lookup(item.inputs[0])
        inner.entries = {one.name: entry_of(one) for one in item.body}
    elif item.more:
        inner = Lookup(item.output)
        inner.entries = {name: Entry(value) for name, value in zip(item.op.more, item.more, strict=True)}
    return Entry(item.output, inner, item)


def _owner(node: Node) -> Node:
    """The node that another names as the owner of its weights: of several, the last, which is tied to the others."""
    *_, last = sorted({owner for owner, _ in node.tied.values()}, key=lambda owner: len(owner.tied))
    names = {weight.name for weight in last.weights if weight.trainable} & {weight.name for weight in node.weights}
    if {name: last.tied.get(name, (last, name)) for name in names} != node.tied:
        raise UsageError(f"the network cannot be written out: `{node.name}` is tied to several nodes")
    return last


def needs_block(scope: Scope) -> bool:
    """Whether a scope is written as a block: its nodes have names and no numbers."""
    has_within = any(isinstance(item, Node) and item.op.begins for item in scope.body)
    return scope.of is None and has_within and scope.kind != "within" and scope.parent is not None


def referred(graph: Graph) -> frozenset[Value]:
    """The values that something takes which does not come right after what gives them."""
    return frozenset(_referred(graph.root) | {*graph.outputs.values()})


def _referred(root: Scope) -> set[Value]:
    found: set[Value] = set()
    stack = [root]
    while stack:
        scope = stack.pop()
        before = scope.inputs[0]
        for item in scope.body:
            takes = (*item.inputs, *item.captures) if isinstance(item, Scope) else item.inputs
            found.update(value for value in takes if value is not before)
            before = before if item.beside else item.output
            if isinstance(item, Scope):
                stack.append(item)
    return found
