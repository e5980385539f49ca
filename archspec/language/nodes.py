"""Nodes as the file writes them: an op, combinator or block by name, with arguments that are yet to be computed."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Mapping as MappingType
from dataclasses import field
from functools import cached_property
from typing import Any

from archspec.diagnostics import Collector, Span
from archspec.language.combinators import COMBINATORS
from archspec.language.expressions.template import Template, template
from archspec.language.models import Kind
from archspec.records import record
from archspec.source import Mapping, Scalar, Sequence, Tree
from archspec.source.scalars import closes, unclosed

COMMON = ("name", "from", "when")
"""The keys that every node takes."""


class Argument:
    """One argument: where its key and value stand, and the value read as what it holds, when asked."""

    def __init__(self, key: Span, tree: Tree, collector: Collector) -> None:
        self.key = key
        self.tree = tree
        self._collector = collector

    @property
    def at(self) -> Span:
        """Where its value stands."""
        return self.tree.span

    @property
    def whole(self) -> Span:
        """From the key to the end of the value; the key alone where an alias stands for a value before it."""
        end = self.at
        if end.source is not self.key.source or end[1:3] < self.key[1:3]:
            return self.key
        return Span(end.source, self.key.line, self.key.column, end.end_line, end.end_column)

    @property
    def inner(self) -> dict[str, Argument]:
        """The entries of its value, where that is a mapping."""
        return arguments_in(self.tree, self._collector)

    def key_of(self, *path: str) -> Span:
        """Where a key inside of its value stands; a text that stands for a mapping is its one key."""
        *above, last = path
        tree: Tree | None = self.tree
        for step in above:
            tree = tree.entries.get(step) if isinstance(tree, Mapping) else None
        if isinstance(tree, Mapping):
            return tree.keys.get(last, tree.span)
        return tree.span if tree is not None else self.at

    def part(self, *path: str | int) -> Span:
        """Where a part of its value stands, by keys and positions; what is not written stands where its whole does."""
        tree = self.tree
        for step in path:
            inner: Tree | None = None
            if isinstance(tree, Mapping):
                inner = tree.entries.get(str(step))
            elif isinstance(tree, Sequence) and isinstance(step, int) and step < len(tree.items):
                inner = tree.items[step]
            if inner is None:
                break
            tree = inner
        return tree.span

    @property
    def text(self) -> str | None:
        """Its value as it is written, where that is a text."""
        return self.tree.value if isinstance(self.tree, Scalar) and isinstance(self.tree.value, str) else None

    def with_value(self, value: bool | int | float | str) -> Argument:
        """The same argument with another value in its place."""
        return Argument(self.key, Scalar(value, self.at), self._collector)

    def known_as(self, value: Any) -> Argument:
        """The same argument, whose value is computed already."""
        found = Argument(self.key, self.tree, self._collector)
        found.template = Template(self.tree, lambda _: value)
        return found

    @cached_property
    def template(self) -> Template:
        """The value as a template."""
        return template(self.tree, self._collector)

    @cached_property
    def nodes(self) -> Nodes:
        """The value as a list of nodes."""
        return nodes(self.tree, self._collector)

    @cached_property
    def arguments(self) -> dict[str, Argument]:
        """The arguments in it, where the value is a mapping."""
        return arguments_in(self.tree, self._collector)

    @cached_property
    def overrides(self) -> dict[str, Argument] | None:
        """The arguments in it; None after a report where the value is no mapping."""
        if isinstance(self.tree, Mapping):
            return self.arguments
        if not self._collector.hides(self.at):
            self._collector.error("A203", "`first` must be a mapping", self.at, "`first: {stride: 2}`")
        return None

    @cached_property
    def shortcut(self) -> ShortcutSpec:
        """The value as the shortcut of a residual: a policy, a mapping, or a list of nodes."""
        if isinstance(self.tree, Sequence):
            return ShortcutSpec(self.key, self.at, layers=self.nodes, always=True)
        if isinstance(self.tree, Scalar):
            return ShortcutSpec(self.key, self.at, {} if self.tree.value is None else {"policy": self})
        given = dict(self.arguments)
        layers = given.pop("layers", None)
        return ShortcutSpec(self.key, self.at, given, None if layers is None else layers.nodes)

    @cached_property
    def branches(self) -> Branches:
        """The value as the branches of a `parallel`."""
        return branches(self.tree, self._collector)

    def children(self, kind: Kind) -> tuple[Nodes, ...]:
        """The lists of nodes in its value, if that holds what `kind` says, in their order."""
        if kind == "nodes":
            return (self.nodes,)
        if kind == "shortcut":
            layers = self.shortcut.layers
            return () if layers is None else (layers,)
        return tuple(branch.layers for branch in self.branches.items) if kind == "branches" else ()


def arguments_in(tree: Tree, collector: Collector) -> dict[str, Argument]:
    """The entries of a mapping as arguments; what is no mapping has none."""
    if not isinstance(tree, Mapping):
        return {}
    return {key: Argument(tree.keys[key], value, collector) for key, value in tree.entries.items()}


@record(eq=False, repr=False)
class ShortcutSpec:
    """The shortcut of a residual: its arguments, and the nodes that it may have instead of a projection; they are
    `always` there if it is a list of nodes."""

    key: Span
    at: Span
    arguments: MappingType[str, Argument] = field(default_factory=dict)
    layers: Nodes | None = None
    always: bool = False


@record(eq=False, repr=False)
class BranchSpec:
    """One branch of a `parallel`; without a name, the scope around names its nodes. `key` is where the name stands."""

    name: str | None
    key: Span | None
    at: Span
    layers: Nodes
    when: Argument | None = None


@record(eq=False, repr=False)
class Branches:
    """The branches of a `parallel`; `broken` says that some could not be read and were reported."""

    items: tuple[BranchSpec, ...]
    broken: bool


@record(eq=False, repr=False)
class NodeSpec:
    """One node. `span` is its name, `whole` all of it; `principal` is a bare value, not yet named."""

    op: str
    span: Span
    whole: Span
    arguments: MappingType[str, Argument] = field(default_factory=dict)
    principal: Argument | None = None

    def arguments_for(self, principal: str | None, own: Collection[str] = ()) -> dict[str, Argument]:
        """Its arguments: the bare value under the name of the principal one, and of the keys of every node those that
        are its `own`."""
        found = {key: argument for key, argument in self.arguments.items() if key not in COMMON or key in own}
        if self.principal is not None and principal is not None:
            found[principal] = self.principal
        return found

    @property
    def children(self) -> tuple[Nodes, ...]:
        """The lists of nodes inside it, in their order; what it passes to a block is that block's."""
        model = COMBINATORS.get(self.op)
        if model is None:
            return ()
        found: list[Nodes] = []
        for key, argument in self.arguments_for(model.principal).items():
            found += argument.children(model.kinds().get(key, "value"))
        return tuple(found)

    @property
    def branch_names(self) -> list[str]:
        """The names that the branches inside it are given."""
        model = COMBINATORS.get(self.op)
        if model is None:
            return []
        given = self.arguments_for(model.principal)
        held = [given[key] for key, kind in model.kinds().items() if kind == "branches" and key in given]
        return [branch.name for one in held for branch in one.branches.items if branch.name is not None]

    @property
    def name(self) -> Argument | None:
        """The name that it is given."""
        return self.arguments.get("name")

    @property
    def source(self) -> Argument | None:
        """The reference whose value it receives."""
        return self.arguments.get("from")

    @property
    def when(self) -> Argument | None:
        """The condition under which the node exists."""
        return self.arguments.get("when")


@record(eq=False, repr=False)
class Nodes:
    """A list of nodes. `broken` counts those that could not be read and were reported."""

    items: tuple[NodeSpec, ...]
    span: Span
    broken: int = 0


def nodes(tree: Tree | None, collector: Collector) -> Nodes:
    """Read a list of nodes; what is no node is reported and left out."""
    assert tree is not None
    if collector.hides(tree.span):
        return Nodes((), tree.span, 1)
    if not isinstance(tree, Sequence):
        message = f"expected a list of nodes, found {_kind(tree)}"
        help = "write each node on a line of its own, after `- `"
        if isinstance(tree, Scalar) and isinstance(tree.value, str):
            help = f"write a list: `[{tree.value[:80]}]`"
        if isinstance(tree, Scalar) and str(tree.value).startswith("$"):
            help = f"for the nodes that a call passes, write `- slot: {str(tree.value)[1:]}`"
        collector.error("A203", message, tree.span, help)
        return Nodes((), tree.span, 1)
    found: list[NodeSpec | None] = []
    for item, before in zip(tree.items, (None, *tree.items), strict=False):
        # an expression with a comma that stands without quotes is one mistake, not a node more
        found.append(None if _is_rest(item, before) else node(item, collector))
    return Nodes(tuple(n for n in found if n is not None), tree.span, found.count(None))


def _is_rest(item: Tree, before: Tree | None) -> bool:
    if not isinstance(item, Scalar) or not closes(item.value) or not isinstance(before, Mapping):
        return False
    return any(isinstance(value, Scalar) and unclosed(value.value) for value in before.entries.values())


def node(tree: Tree, collector: Collector) -> NodeSpec | None:
    """Read one node: a name, or a mapping with exactly one key."""
    if collector.hides(tree.span):
        return None
    if isinstance(tree, Scalar) and isinstance(tree.value, str):
        return NodeSpec(tree.value, tree.span, tree.span)
    if not isinstance(tree, Mapping) or not tree.entries:
        help = "a node is an op or block: `- act`, `- conv: {channels: 64}`, `- linear: 10`"
        collector.error("A205", f"expected a node, found {_kind(tree)}", tree.span, help)
        return None
    if len(tree.entries) > 1:
        keys = ", ".join(f"`{key}`" for key in tree.entries)
        first = next(iter(tree.entries))
        help = f"put the arguments of `{first}` in braces or indent them: `- {first}: {{…}}`"
        collector.error("A205", f"a node has exactly one key, its op or block; found {keys}", tree.span, help)
        return None
    ((op, value),) = tree.entries.items()
    span = tree.keys[op]
    if collector.hides(value.span):
        return None
    if isinstance(value, Mapping):
        return NodeSpec(op, span, tree.span, arguments_in(value, collector))
    if isinstance(value, Scalar) and value.value is None:
        return NodeSpec(op, span, tree.span)
    return NodeSpec(op, span, tree.span, principal=Argument(span, value, collector))


def _kind(tree: Tree) -> str:
    if isinstance(tree, Mapping):
        return "a mapping"
    if isinstance(tree, Sequence):
        return "a list"
    if isinstance(tree.value, bool):
        return "`true`" if tree.value else "`false`"
    return "nothing" if tree.value is None else f"`{tree.value}`"


def branches(tree: Tree, collector: Collector) -> Branches:
    """Read the branches of a `parallel`; what is no branch is reported and left out."""
    if collector.hides(tree.span):
        return Branches((), True)
    listed: list[tuple[str | None, Span | None, Tree]]
    if isinstance(tree, Mapping):
        listed = [(name, tree.keys[name], item) for name, item in tree.entries.items()]
    elif isinstance(tree, Sequence):
        listed = [(None, None, item) for item in tree.items]
    else:
        help = "a mapping from names to lists of nodes, or a list of lists of nodes"
        collector.error("A203", "`branches` must be a mapping or a list", tree.span, help)
        return Branches((), True)
    found: list[BranchSpec] = []
    broken = bare = False
    for name, key, item in listed:
        layers: Tree | None = item
        when: Argument | None = None
        if isinstance(item, Mapping):
            wrong = _branch_mistakes(item)
            # nodes where branches belong are one mistake, however many there are
            for code, message, span in () if bare else wrong:
                collector.error(code, message, span, _BRANCH_HELP)
            layers = item.get("layers")
            broken, bare = broken or bool(wrong), bare or layers is None
            when = arguments_in(item, collector).get("when")
        if layers is not None:
            found.append(BranchSpec(name, key, item.span, nodes(layers, collector), when))
    return Branches(tuple(found), broken)


def _branch_mistakes(branch: Mapping) -> list[tuple[str, str, Span]]:
    """What is wrong with the keys of a branch in full, which has `layers`, and perhaps `when`: code, message, place."""
    wrong = [key for key in branch.entries if key not in ("when", "layers")]
    if not wrong and "layers" not in branch.entries:
        return [("A202", "a branch needs `layers`", branch.span)]
    return [("A201", f"a branch has no key `{key}`", branch.keys[key]) for key in wrong]


_BRANCH_HELP = "a branch is a list of nodes, `[conv: 8, act]`, or `{when: …, layers: […]}`"
