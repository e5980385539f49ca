"""The scopes of a network as nodes: each is a `seq` or a `stage`, and holds its nodes by the names that they have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from archspec.compiler.names import Entry, Lookup
from archspec.errors import UsageError
from archspec.graph import Graph, Node, Scope, Value
from archspec.ops import JOINS, is_hidden
from archspec.ops.written import explicit_arguments
from archspec.resolver.arguments import written, written_arguments
from archspec.resolver.references import Hidden, Names, Path
from archspec.resolver.text import Nodes

NodeTree: TypeAlias = dict[str, dict[str, Any]]


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
    params: dict[Scope, dict[Value | Node, str]] = field(default_factory=dict)
    referred: frozenset[Value] = frozenset()


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
        around: list[tuple[Nodes, Value]] = []
        for item in self.scope.body:
            if isinstance(item, Node) and item.op.inserted:
                found, current = self._end(item, found, current, around)
                continue
            found.append(self._item(item, current))
            current = current if item.beside else item.output
        if self.scope.output is not current:
            found.append({"repeat": {"from": self.reference(self.scope.output, current), "times": 0, "layers": []}})
        return found

    def _end(self, node: Node, found: Nodes, current: Value, around: list[tuple[Nodes, Value]]) -> tuple[Nodes, Value]:
        """Begin a `within`, or end it; the list that nodes go into from here, and the current value."""
        if node.op.begins:
            given = written_arguments(node, self.written.init)
            if node.inputs[0] is not current:
                given["from"] = self.reference(node.inputs[0], current)
            layers = given["layers"] = Nodes()
            if shift := given.pop("shift"):
                apart: list[bool] = getattr(node.op, "taken_apart")  # noqa: B009 - what begins a combinator has it
                given["shift"] = [step for step, is_apart in zip(shift, apart, strict=False) if is_apart]
            found.append({"within": given})
            around.append((found, node.output))
            self._called(node, layers)
            return layers, node.output
        if node.op.ends:
            if node.inputs[0] is not current:
                last = self.reference(node.inputs[0], current)
                found.append({"repeat": {"from": last, "times": 0, "layers": []}})
            found, _ = around.pop()
            if self.scope.kind != "within":
                self._called(node, found)
            return found, node.output
        return found, current

    def _called(self, node: Node, found: Nodes) -> None:
        """A name for what begins or ends a `within`, where something refers to it: the one part of a `split`."""
        if node.output in self.written.referred and node.output.type is not None:
            found.append({"split": {"parts": {node.name: node.output.type.channels}}})
            self.names.lookup.entries[node.name] = Entry(node.output)

    def _item(self, item: Node | Scope, current: Value) -> NodeTree:
        if item.of is not None:
            return self._again(item, current)
        return self._scope(item, current) if isinstance(item, Scope) else self._node(item, current)

    def reference(self, value: Value, current: Value) -> str:
        """The reference to a value. Raises `Hidden` where there is none."""
        return self.names.reference(value, current, self.paths)

    def _head(self, item: Node | Scope, current: Value) -> dict[str, Any]:
        """The name of an item, and the value that it takes where that is not the current one."""
        if isinstance(item, Node) and not item.op.takes_value:
            return {"name": item.name}
        value = item.inputs[0]
        return {"name": item.name} | ({} if value is current else {"from": self.reference(value, current)})

    def _node(self, node: Node, current: Value) -> NodeTree:
        if type(node.op) in JOINS.values():
            given = {"name": node.name, "from": [self.reference(value, current) for value in node.inputs]}
            given |= {key: written(value) for key, value in explicit_arguments(node.op).items()}
        else:
            given = self._head(node, current) | written_arguments(node, self.written.init)
            given |= self._references(node, current)
        if is_hidden(type(node.op)):
            raise UsageError(f"the network cannot be written out: an op of a plugin hides `{node.op.name}`")
        if node.tied:
            given["tie"] = self.names.owner(_owner(node), self.paths)
        self._define(node)
        return {node.op.name: given}

    def _references(self, node: Node, current: Value) -> dict[str, Any]:
        """The arguments of a node that are references."""
        given: dict[str, Any] = {}
        values = iter(node.inputs[node.op.takes_value :])
        for name in node.op.referred:
            value = next(values)
            if name not in node.op.implied:
                given[name] = self.reference(value, current)
        return given

    def _again(self, item: Node | Scope, current: Value) -> NodeTree:
        """A module that runs again; of a block, what it takes from outside is given anew."""
        assert item.of is not None
        given = {"of": self.names.module(item.of, self.paths)} | self._head(item, current)
        if isinstance(item, Node):
            given |= self._references(item, current)
        elif isinstance(item.of, Scope):
            for taken, param in self.written.params.get(item.of, {}).items():
                run = _counterpart(taken, item.of, item) if isinstance(taken, Value) else taken
                given[param] = self._taken(run, current)
        self._define(item)
        return {"reuse": given}

    def _define(self, item: Node | Scope) -> None:
        """Let references find an item, and what it gives, by its name."""
        self.names.lookup.entries[item.name] = entry_of(item)

    def _scope(self, scope: Scope, current: Value) -> NodeTree:
        given = self._head(scope, current)
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
        return self._block(scope, given, current)

    def _block(self, scope: Scope, given: dict[str, Any], current: Value) -> NodeTree:
        """The call of a block: names in it hide nothing of what it is given."""
        inner, layers = self._inside(scope, is_block=True)
        name = self.written.names.setdefault(scope, f"block_{len(self.written.names) + 1}")
        params = {"params": dict.fromkeys(inner.params.values(), "ref")} if inner.params else {}
        self.written.blocks[name] = {**params, "layers": layers}
        self.written.params[scope] = inner.params
        return {name: given | {param: self._taken(item, current) for item, param in inner.params.items()}}

    def _taken(self, item: Value | Node, current: Value) -> str:
        """The reference to what a block takes from outside: a value, or the owner of weights."""
        return self.reference(item, current) if isinstance(item, Value) else self.names.owner(item, self.paths)

    def _inside(self, scope: Scope, is_block: bool) -> tuple[Names, Nodes]:
        """What is found in a scope of this one, and its nodes."""
        inner = self.names.inside(scope, is_block)
        self.names.lookup.entries[scope.name] = Entry(None, inner.lookup, scope)
        layers = ScopeWriter(scope, inner, self.paths, self.written).layers()
        self.names.lookup.entries[scope.name] = Entry(scope.output, inner.lookup, scope)
        return inner, layers


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
    """Whether a scope is written as a block: its nodes have names and no numbers, or it runs with other values."""
    has_within = any(isinstance(item, Node) and item.op.begins for item in scope.body)
    if scope.of is None and has_within and scope.kind != "within" and scope.parent is not None:
        return True
    if any(len(set(first)) < len(set(zip(*rest, strict=True))) for first, *rest in _uses(scope)):
        raise UsageError(f"the network cannot be written out: `{scope.name}` takes one value for two things")
    if scope.again and scope.inputs[0] in _referred(scope):
        # by a name from outside it would be the same value in every run
        return True
    return any(list(run.captures) != list(scope.captures) for run in scope.again)


def _uses(scope: Scope) -> Iterator[tuple[list[Value], ...]]:
    """What nodes take from outside in all runs of a module, and once more by what it is for."""
    if scope.again:
        made = {value for node in scope.nodes() for value in node.outputs}
        runs = zip(*[run.nodes() for run in scope.family], strict=True)
        uses = [use for nodes in runs for use in zip(*[node.inputs for node in nodes], strict=True)]
        outer = [use for use in uses if use[0] not in made]
        yield [use[0] for use in outer], *[list(values) for values in zip(*outer, strict=True)]


def _counterpart(value: Value, first: Scope, run: Scope) -> Value:
    """What another run of a module takes in the place of a value."""
    pairs = zip(first.nodes(), run.nodes(), strict=True)
    found = {b for one, other in pairs for a, b in zip(one.inputs, other.inputs, strict=True) if a is value}
    if len(found) != 1:
        raise UsageError(f"the network cannot be written out: `{run.name}` takes one value for two things")
    return found.pop()


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
