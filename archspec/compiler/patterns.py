"""Blocks that are called again with the same values: walked once or twice, and copied from then on.

What a block makes depends on its arguments, the defaults in force and the type that it receives, and on nothing else
unless it asks where in the network it stands. Deep networks call one block many times: ten thousand equal blocks take
half the time. What one compilation makes is never seen by another.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from archspec.compiler.context import ITEMS_A_STEP, Context
from archspec.compiler.here import Here
from archspec.compiler.names import Entry, Lookup
from archspec.compiler.passed import Call, Passed, Reference
from archspec.compiler.site import Site
from archspec.graph.nodes import Node, Scope, Value, link
from archspec.language import BlockSpec
from archspec.limits import NODES, STEPS
from archspec.records import record

_CHEAPER = 4
"""How many nodes are copied while one is walked."""
_COPIED_NODES = STEPS // 8
"""Nodes of a block that is copied: of a larger one there cannot be many."""


@record(eq=False, repr=False)
class Pattern:
    """What a walk through a block made: a module that is part of no graph, the names in it, and its last value."""

    scope: Scope
    lookup: Lookup
    site: Site
    last: Value
    nodes: int
    steps: int


def expanded(block: BlockSpec, params: Mapping[str, Any], here: Here) -> Value:
    """The last value of a block, whose nodes are put into the scope that `here` is the inside of."""
    context = here.context
    key = _key(block, params, here)
    pattern = None if key is None else context.patterns.get(key)
    if pattern is not None and context.nodes + pattern.nodes <= NODES:
        context.nodes += pattern.nodes
        here.spend(pattern.steps, block.span)
        return _copied(pattern.scope, pattern.lookup, pattern.site, pattern.last, here)
    before, nodes, visits = _progress(context), context.nodes, context.visited
    last = here.walk(block.layers)
    if key is not None and last.type is not None and not context.collector and before == _progress(context):
        steps = (context.visited - visits) // _CHEAPER + _scopes(here.scope)
        # what is called once is not worth a copy; what keeps the type of its input is likely to follow itself
        is_again = key in context.patterns
        if (is_again or last.type == here.value.type) and steps <= _COPIED_NODES:
            if is_again:
                # a copy, and one of all names; one that may never be used takes no step from the network
                here.spend(2 * steps, block.span)
            context.patterns[key] = _pattern(block, last, context.nodes - nodes, steps, here)
        else:
            context.patterns[key] = None
    return last


def _key(block: BlockSpec, params: Mapping[str, Any], here: Here) -> Hashable | None:
    """All that a block can see; None where that is too much, or something was found that each call is told."""
    kind, context = here.value.type, here.context
    if kind is None or context.collector or here.seam is not None:
        return None
    arguments = []
    for argument in params.values():
        is_list = isinstance(argument, tuple) and any(isinstance(one, Reference) for one in argument)
        if isinstance(argument, Reference) or is_list or (isinstance(argument, Passed) and argument.here is not None):
            return None
        arguments.append("" if isinstance(argument, Passed) else repr(argument))
    context.steps += sum(map(len, arguments)) // ITEMS_A_STEP
    return (block, *arguments, repr(here.norm), repr(here.act), kind, here.level, here.times)


def _progress(context: Context) -> tuple[int, ...]:
    """What changes where a block asks where it stands, or has stages of its own."""
    return context.asked, context.stages, context.blocks, len(context.levels)


def _scopes(scope: Scope) -> int:
    """How many modules there are inside."""
    found, stack = -1, [scope]
    while stack:
        found += 1
        stack += [item for item in stack.pop().body if isinstance(item, Scope)]
    return found


def _pattern(block: BlockSpec, last: Value, nodes: int, steps: int, here: Here) -> Pattern:
    """A copy of what a walk made, which later references to the original do not change."""
    assert here.site is not None
    input = Value(here.value.type, None)
    scope, lookup, site = Scope("", "block", (input,)), Lookup(input), Site(block.name, block.span)
    inside = here.receiving(input).at(scope=scope, lookup=lookup, site=site)
    copy = _copied(here.scope, here.lookup, here.site, last, inside)
    return Pattern(scope, lookup, site, copy, nodes, steps)


def _copied(scope: Scope, lookup: Lookup, site: Site, last: Value, here: Here) -> Value:
    """Put copies of all that is in a scope into that of `here`, and the names of it; the copy of its last value."""
    copies = _Copies({scope.inputs[0]: here.value}, {scope: here.scope}, {id(site): here.site})
    copies.body(scope, here.scope)
    here.lookup.fill = lambda names: copies.names(lookup, names)
    return copies.values[last]


@record(eq=False, repr=False)
class _Copies:
    """What is copied, each with its copy."""

    values: dict[Value, Value]
    items: dict[Node | Scope, Any]
    sites: dict[int, Site | None]

    def body(self, scope: Scope, made: Scope) -> None:
        """Copy what stands in a scope into another."""
        for item in scope.body:
            inputs = tuple([self.values[value] for value in item.inputs])
            if isinstance(item, Node):
                made.body.append(self.node(item, inputs, made))
            else:
                inner = Scope(item.name, item.kind, inputs, made, item.numbered, item.block, item.note, item.span)
                inner.arguments = {
                    name: self.values.get(given, given) if isinstance(given, Value) else given
                    for name, given in item.arguments.items()
                }
                self.items[item] = inner
                self.body(item, inner)
                inner.captures = dict.fromkeys([self.values[value] for value in item.captures])
                inner.exports = dict.fromkeys([self.values[value] for value in item.exports])
                inner.output = self.values[item.output]
                if item.of is not None:
                    first = self.items[item.of]
                    inner.of = first
                    first.again.append(inner)
                made.body.append(inner)

    def node(self, item: Node, inputs: tuple[Value, ...], made: Scope) -> Node:
        """The copy of a node."""
        output = self.values[item.output] = Value(item.output.type, made)
        assert isinstance(item.site, Site)
        copy = Node(item.name, item.op, inputs, output, item.init, item.span, item.note, self.site(item.site))
        self.items[item] = copy
        if item.more:
            copy.more = tuple(Value(value.type, made) for value in item.more)
            self.values.update(zip(item.more, copy.more, strict=True))
        if item.tied:
            copy.tied = {name: (self.items[owner], theirs) for name, (owner, theirs) in item.tied.items()}
        if item.of is not None:
            link(copy, self.items[item.of])
        return copy

    def site(self, site: Site) -> Site | None:
        """The chain of calls that led to a copy; one for all nodes of a call."""
        if id(site) not in self.sites:
            assert site.outer is not None
            self.sites[id(site)] = Site(site.block, site.span, self.site(site.outer))
        return self.sites[id(site)]

    def names(self, lookup: Lookup, made: Lookup) -> None:
        """Copy the names that references find."""
        lookup.complete()
        made.left_out |= lookup.left_out
        made.unnamed |= lookup.unnamed
        made.open |= lookup.open
        for name, entry in lookup.entries.items():
            value = None if entry.value is None else self.values[entry.value]
            inner = None
            if entry.inner is not None:
                inner = Lookup(self.values[entry.inner.input])
                self.names(entry.inner, inner)
            item = None if entry.item is None else self.items[entry.item]
            made.entries[name] = Entry(value, inner, item, self.call(entry.call, made))

    def call(self, call: Call | None, made: Lookup) -> Call | None:
        """How a copy was made, by which it is run again."""
        if call is None:
            return None
        here = call.here
        value, scope = self.values.get(here.value, here.value), self.items.get(here.scope, here.scope)
        return call._replace(here=here.at(value=value, scope=scope, lookup=made))
